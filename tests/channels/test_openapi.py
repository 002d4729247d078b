"""The description (openapi.yml) against the running channel: thousands of odd requests, each answered as described, no 5xx."""
import json
from collections.abc import Iterator

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema_rs import validator_for
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import negative_data_rejection

from assistant.channels.website.description import openapi
from tests.channels.visitor import Visitor, new_id
from tests.conftest import WIDE, Assistant

load_all_checks()
QUIET = settings(
    deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate], database=None
)


@pytest.fixture(scope="session")
def description(assistant: Assistant):
    return schemathesis.openapi.from_url(f"{assistant.url}/openapi.json")


described = schemathesis.pytest.from_fixture("description")


@pytest.fixture(scope="module")
def visitor(assistant: Assistant) -> Visitor:
    return Visitor(assistant)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@described.parametrize()
@settings(QUIET, max_examples=60)
def test_odd_requests_are_answered_as_described(assistant, visitor, session, case):
    """Left out: that each odd request is refused. A query that nobody reads is ignored, as on the web; bodies are tried below."""
    token = visitor.token if case.method == "GET" else Visitor(assistant).token
    headers = {"Authorization": f"Bearer {token}"}
    case.call_and_validate(session=session, headers=headers, excluded_checks=[negative_data_rejection])


ID = "8e1d6f0a-64c8-4d3c-9c9e-0d3a9c1b2f11"
FIELDS = ("id", "text", "button", "language")
FITTING = validator_for(openapi()["components"]["schemas"]["NewMessage"])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    PLAIN | st.sampled_from(["en", "es", ID]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner, max_size=3),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries({"id": st.just(ID)}, optional={
    "text": st.text() | st.none(), "button": st.text() | st.integers(), "language": st.sampled_from(["en", "es", "fr"]),
})
BODIES = [NEARLY, VALUES, st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4)]

@settings(QUIET, max_examples=1000)
@given(body=st.sampled_from(BODIES).flatmap(lambda some: some))
def test_a_body_is_refused_exactly_where_it_is_not_as_described(visitor, body):
    answer = visitor.client.post("/messages", json=body, headers=visitor.headers)
    if body is None:  # the client sends nothing at all
        assert answer.status_code == 415
    else:
        assert answer.status_code == (200 if FITTING.is_valid(body) else 422), answer.text


@settings(QUIET, max_examples=1000)
@given(body=st.binary(max_size=200) | st.text(max_size=100).map(str.encode),
       kind=st.sampled_from(["application/json", "text/plain", "x"]))
def test_what_is_no_json_is_refused(visitor, body, kind):
    answer = visitor.client.post("/messages", content=body, headers={**visitor.headers, "Content-Type": kind})
    assert answer.status_code == (422 if kind == "application/json" else 415)


@settings(QUIET, max_examples=25)
@given(text=st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_characters_are_answered_and_stay_readable(assistant, text):
    visitor = Visitor(assistant)
    body = json.dumps({"id": new_id(), "text": text})
    answer = visitor.client.post("/messages", content=body, headers={**visitor.headers, "Content-Type": "application/json"})
    assert answer.status_code == 200 and answer.json()["messages"]
    assert all(message["text"] for message in visitor.history())


def test_what_the_description_says_of_length_is_the_channels_own(visitor):
    assert visitor.send("z" * (WIDE["message_length"] + 1)).status_code == 413
