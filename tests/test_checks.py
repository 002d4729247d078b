"""`python -m assistant.check` and `bin/run` say in one line what is wrong, where, and how to mend it, and exit with 1."""
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import free_port
from tests.content import ROOT

CONTENT = ("actions", "assistant", "data", "clinic.yml", "config.yml", "credentials.yml", "domain.yml", "endpoints.yml")
GROUP_SIZE = "data/faq/finding_the_right_iop/group_size.yml"


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of the content and what reads it, for spoiling."""
    for name in CONTENT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def check(what: str, folder: Path, **environment: str) -> tuple[int, list[str]]:
    """The exit code and the lines that `python -m assistant.check` says in a folder."""
    unset = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "ASSISTANT_SECRET")}
    done = subprocess.run(
        [sys.executable, "-m", "assistant.check", what], cwd=folder, env={**unset, "PYTHONPATH": str(folder), **environment},
        capture_output=True, text=True, timeout=60,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


def replaced(file: Path, old: str, new: str) -> int:
    """Changes a file at the first place that has `old`, and tells its line."""
    before, found, after = file.read_text("utf-8").partition(old)
    assert found, f"{file} does not have {old!r}"
    file.write_text(before + new + after, "utf-8")
    return before.count("\n") + 1


# --- Content ---------------------------------------------------------------------------------------------------------------


def test_clean_content_passes(copy):
    assert check("content", copy) == (0, [])


@pytest.mark.parametrize("old, new", [
    ("  - text:", "\t- text:"),
    ('."\n', ".\n"),
    ('    text: "', "    text: "),
    ('  - text: "', '  - text: "an "unescaped" quote '),
    ('"}\n', '"\n'),
], ids=["tab", "no closing quote", "no opening quote", "quote within quotes", "missing brace"])
def test_a_slip_in_a_file_is_named_with_its_line(copy, old, new):
    line = replaced(copy / GROUP_SIZE, old, new)
    code, said = check("content", copy)
    assert code == 1 and len(said) == 1, said
    named = said[0].removeprefix(f"{GROUP_SIZE}, line ")
    assert said[0] != named and 0 <= int(named.split(":")[0]) - line <= 10, said  # YAML sees an open quote at the next one


def test_two_broken_files_are_both_named(copy):
    replaced(copy / GROUP_SIZE, "  - text:", "\t- text:")
    replaced(copy / "data/handoff/price.yml", "  - text:", "\t- text:")
    code, said = check("content", copy)
    assert code == 1 and [line.split(",")[0] for line in said] == [GROUP_SIZE, "data/handoff/price.yml"]


def test_a_placeholder_that_nothing_fills_is_named(copy):
    line = replaced(copy / "data/handoff/price.yml", "{admissions_phone}", "{admission_phone}")
    code, said = check("content", copy)
    assert code == 1 and len(said) == 1
    assert said[0].startswith(f"data/handoff/price.yml, line {line}:") and "{admission_phone}" in said[0]


def test_a_value_that_clinic_yml_lacks_is_named(copy):
    replaced(copy / "clinic.yml", "suicide_line:", "suicideline:")
    code, said = check("content", copy)
    assert code == 1 and len(said) == 1
    assert said[0].startswith("clinic.yml: no value for suicide_line")


def test_a_phone_line_that_cannot_be_dialled_is_named(copy):
    replaced(copy / "clinic.yml", '"(949) 280-8360"', '"call us"')
    code, said = check("content", copy)
    assert code == 1 and len(said) == 1 and "admissions_phone" in said[0]


def test_a_broken_crisis_phrase_is_named_with_its_file(copy):
    replaced(copy / "data/crisis/suicide.yml", "any:\n    - ", 'any:\n    - "i want to (die"\n    - ')
    code, said = check("content", copy)
    assert code == 1 and len(said) == 1
    assert said[0].startswith("suicide.yml: rule") and "i want to (die" in said[0]


def test_a_broken_answer_phrase_is_named_with_its_file(copy):
    replaced(copy / "data/triage/triage_housing.yml", '      - "', '      - "live in [a car')
    code, said = check("content", copy)
    assert code == 1 and len(said) == 1 and said[0].startswith("triage_housing.yml: triage_housing,")


def test_an_empty_file_and_a_missing_one_are_named(copy):
    (copy / GROUP_SIZE).write_text("")
    assert check("content", copy) == (1, [f"{GROUP_SIZE}: empty. Restore it with: git checkout {GROUP_SIZE}"])
    (copy / "domain.yml").unlink()
    assert check("content", copy) == (1, ["domain.yml is missing. Restore it with: git checkout domain.yml"])


def test_a_question_without_examples_is_named(copy):
    replaced(copy / GROUP_SIZE, "  examples: |", "  example: |")
    code, said = check("content", copy)
    assert code == 1 and len(said) == 1 and said[0].startswith(f"{GROUP_SIZE}, line ")


# --- Settings --------------------------------------------------------------------------------------------------------------

SETTINGS = [
    ("DATABASE_URL", "mysql://someone@localhost/chats"),
    ("DATABASE_URL", "conversations.db"),
    ("DATABASE_URL", "postgresql://someone:secret-word@127.0.0.1:1/chats"),
    ("DATABASE_URL", "postgresql://someone@127.0.0.1:port/chats"),
    ("DATABASE_URL", "sqlite:////no/such/folder/chats.db"),
    ("REDIS_URL", "http://localhost:6379"),
    ("REDIS_URL", "redis://127.0.0.1:1"),
    ("REDIS_URL", "redis://127.0.0.1:port"),
    ("REDIS_URL", "unix:///no/such/redis.sock"),
    ("ASSISTANT_SECRET", "too short"),
    ("SMS_KEYS", "no key"),
    ("SMS_PSEUDONYM_KEY", "too short"),
]


def test_settings_that_work_pass(tmp_path):
    usual = {"DATABASE_URL": f"sqlite:///{tmp_path}/chats.db", "ASSISTANT_SECRET": "s" * 32}
    assert check("settings", ROOT, **usual) == (0, [])


@pytest.mark.parametrize("name, value", SETTINGS, ids=[f"{name}={value}" for name, value in SETTINGS])
def test_a_wrong_setting_is_named_in_one_line(tmp_path, name, value):
    usual = {"DATABASE_URL": f"sqlite:///{tmp_path}/chats.db", "ASSISTANT_SECRET": "s" * 32}
    code, said = check("settings", ROOT, **{**usual, name: value})
    assert code == 1 and len(said) == 1, said
    assert said[0].startswith(name) and "secret-word" not in said[0]


def test_half_an_account_for_text_messages_is_named(tmp_path):
    usual = {"DATABASE_URL": f"sqlite:///{tmp_path}/chats.db", "ASSISTANT_SECRET": "s" * 32}
    code, said = check("settings", ROOT, TWILIO_ACCOUNT_SID="AC" + "0" * 32, **usual)
    needed = "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, PUBLIC_URL"
    assert (code, said) == (1, [f"TWILIO_AUTH_TOKEN is not set. Text messages need {needed}: see docs/sms.md."])


def test_a_slip_in_the_words_for_text_messages_is_named(copy):
    replaced(copy / "data/sms/wording.yml", '"i said [stop', '"(i said [stop')
    code, said = check("content", copy)
    assert code == 1 and len(said) == 1 and said[0].startswith("wording.yml: stop,")
    shutil.copy(ROOT / "data/sms/wording.yml", copy / "data/sms/wording.yml")
    replaced(copy / "data/sms/replies.yml", "{clinic_name}", "{clinic}")
    code, said = check("content", copy)
    assert code == 1 and len(said) == 1 and said[0].startswith("data/sms/replies.yml: stopped:") and "{clinic}" in said[0]


ORIGINS = ["*", "https://*.trustsocal.com", "https://www.trustsocal.com/", "http://www.trustsocal.com", "www.trustsocal.com",
           "https://WWW.trustsocal.com", "12"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_website_that_is_no_origin_is_named(copy, origin):
    replaced(copy / "clinic.yml", "- https://www.trustsocal.com", f'- "{origin}"')
    code, said = check("content", copy)
    assert code == 1 and len(said) == 1
    assert said[0].startswith("clinic.yml: allowed_origins") and f"'{origin}'" in said[0]


OPTIONS = [("messages_a_minute: 20", "messages_a_minute: many"), ("messages_a_minute: 20", "messages_a_minute: 0"),
           ("trusted_proxies: 0", "trusted_proxies: -1"), ("open_streams: 4", "open_streams: true"),
           ("token_hours: 24", "token_hour: 24")]


@pytest.mark.parametrize("old, new", OPTIONS)
def test_a_wrong_option_of_the_website_channel_is_named(copy, tmp_path, old, new):
    replaced(copy / "credentials.yml", old, new)
    code, said = check("settings", copy, DATABASE_URL=f"sqlite:///{tmp_path}/chats.db", ASSISTANT_SECRET="s" * 32)
    assert code == 1 and len(said) == 1
    assert said[0].startswith("credentials.yml:") and new.split(":")[0] in said[0]


def test_rasa_itself_names_a_wrong_option_in_one_line(tmp_path):
    (tmp_path / "credentials.yml").write_text("assistant.channels.website.channel.WebsiteInput: {open_streams: none}")
    command = [sys.executable, "-m", "rasa", "run", "--credentials", str(tmp_path / "credentials.yml"), "-p", str(free_port())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "Traceback" not in done.stderr + done.stdout
    assert "credentials.yml: open_streams must be a whole number" in done.stderr + done.stdout


def test_rasa_tells_its_makers_nothing_whatever_the_environment_says():
    command = [sys.executable, "-c", "from rasa import telemetry; print(telemetry.is_telemetry_enabled())"]
    environment = {"PATH": os.environ["PATH"], "RASA_TELEMETRY_ENABLED": "true"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr[-500:]


def test_two_wrong_settings_are_both_named(tmp_path):
    code, said = check("settings", ROOT, ASSISTANT_SECRET="short", DATABASE_URL="mysql://x", REDIS_URL="http://x")
    assert code == 1
    assert sorted(line.split()[0].rstrip(":") for line in said) == ["ASSISTANT_SECRET", "DATABASE_URL", "REDIS_URL"]


# --- bin/run ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("taken", ["assistant", "actions"])
def test_a_taken_port_is_named_in_one_line(tmp_path, taken):
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/chats.db", "ASSISTANT_SECRET": "s" * 32}
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = [str(free_port()), str(free_port())]
        ports[taken == "actions"] = str(other.getsockname()[1])
        done = subprocess.run(["bin/run", *ports], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    said = (done.stdout + done.stderr).splitlines()
    assert done.returncode == 1 and len(said) == 1, said
    assert said[0].startswith(f"Port {ports[taken == 'actions']} is taken.")


def test_make_run_names_both_ports():
    """`bin/run` needs the assistant's port and the action server's."""
    recipe = subprocess.run(["make", "-n", "run"], cwd=ROOT, capture_output=True, text=True, timeout=60).stdout
    assert "bin/run 5005 5055" in recipe
