"""What an operator sees of a running assistant: figures, health and log lines, none of which holds anything of a visitor."""
import json
import logging
import re

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from assistant.check import operation
from assistant.operation import logs
from tests.content import ROOT


def told(assistant, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{assistant.operator_port}{path}", verify=False)


def figures(assistant) -> dict[tuple[str, ...], float]:
    """Name and labels -> value."""
    families = text_string_to_metric_families(told(assistant, "/metrics").text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_turns_and_cries_for_help_are_counted_by_channel_and_kind(assistant, phone_line, visitor):
    before = figures(assistant)
    assistant.says(visitor, "How long does IOP last?")
    assistant.says(visitor, "i want to kill myself")
    phone_line.answers(visitor, "do they drug test?")
    after = figures(assistant)

    def more(*name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert more("iop_turn_seconds_count", "website") == 2 and more("iop_turn_seconds_count", "sms") == 1
    assert more("iop_crises_total", "website", "suicide") == 1
    assert after["iop_turns_under_way", "website"] == 0
    assert after["iop_model_loaded",] == after["iop_database_up",] == after["iop_locks_up",] == 1
    assert after["iop_sms_waiting",] == 0


def test_a_failure_is_counted_by_its_name(without_model, visitor):
    without_model.says(visitor, "hello")
    assert figures(without_model)["iop_turns_failed_total", "website", "no model"] >= 1


def test_no_label_holds_anything_of_a_visitor(assistant, visitor):
    assistant.says(visitor, "i want to kill myself zebra, call 619 555 0142")
    text = told(assistant, "/metrics").text
    assert "zebra" not in text and "555" not in text and visitor not in text
    labels = {value for name, *values in figures(assistant) if name.startswith("iop_") for value in values}
    known = {"website", "sms", "no model"} | {path.stem for path in (ROOT / "data/crisis").glob("*.yml")}
    assert {label for label in labels if not re.fullmatch(r"[\d.]+|\+Inf", label)} <= known


def test_it_is_ready_with_a_model_and_its_stores(assistant):
    answer = told(assistant, "/ready")
    assert (answer.status_code, answer.json()) == (200, {"model": True, "database": True, "locks": True, "ending": False})
    assert told(assistant, "/live").status_code == 200


def test_without_a_model_it_lives_and_is_not_ready(without_model):
    assert told(without_model, "/ready").status_code == 503 and told(without_model, "/ready").json()["model"] is False
    assert told(without_model, "/live").status_code == 200


def test_the_port_that_visitors_reach_tells_none_of_it(assistant):
    for path in ("/metrics", "/ready", "/live"):
        assert httpx.get(f"http://127.0.0.1:{assistant.port}{path}", verify=False).status_code == 404


@pytest.fixture
def line(monkeypatch):
    """What a log record becomes where LOG_FORMAT=json."""
    monkeypatch.setenv("LOG_FORMAT", "json")
    handler = logging.StreamHandler()
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    logs.shape()

    def written(message: str, *arguments: object) -> dict:
        record = logging.LogRecord("assistant.x", logging.ERROR, "x.py", 1, message, arguments, None)
        return json.loads(handler.format(record))
    return written


def test_a_line_of_the_log_is_one_json_object(line):
    found = line("A message could not be handled (%s).", "OperationalError")
    assert found["message"] == "A message could not be handled (OperationalError)."
    assert (found["level"], found["logger"]) == ("ERROR", "assistant.x") and found["time"]


def test_what_is_json_already_becomes_fields_of_the_line(line):
    assert line('{"event": "model.loaded", "level": "info"}')["event"] == "model.loaded"
    assert line("{no json")["message"] == "{no json"


@pytest.mark.parametrize("name, value", [("OPERATOR_PORT", "http"), ("TRUSTED_PROXIES", "-1"), ("LOG_FORMAT", "xml")])
def test_a_wrong_setting_is_named_with_the_way_out(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert [problem for problem in operation() if problem.startswith(name) and "or be unset" in problem]
