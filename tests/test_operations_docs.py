"""docs/configuration.md and docs/operations.md say what the code says."""
import dataclasses
import re

import pytest

from assistant.channels.sms.options import Options as SmsOptions
from assistant.channels.website.options import Options as WebsiteOptions
from tests.content import ROOT

_READ = re.compile(r"""(?:environ(?:\.get\(|\[)|_secret\(|_number\()["']([A-Z][A-Z_]+)["']|^REQUIRED = \((.*TWILIO.*)\)$""", re.M)
_IN_SCRIPTS = re.compile(r"\$\{([A-Z][A-Z_]+):-")
_NOT_OURS = {"PATH_INFO"}


def read_by(*patterns: str) -> set[str]:
    """The names of the environment that these files read."""
    text = "\n".join(path.read_text() for pattern in patterns for path in ROOT.glob(pattern))
    names = {name for found in _READ.finditer(text) for name in re.findall("[A-Z][A-Z_]+", found[1] or found[2])}
    return (names | set(_IN_SCRIPTS.findall(text))) - _NOT_OURS


def documented(section: str) -> set[str]:
    """The names in the tables of a section of docs/configuration.md."""
    page = (ROOT / "docs/configuration.md").read_text()
    text = page.split(f"## {section}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| \**`([A-Z_]+)`", text, re.MULTILINE))


def test_every_setting_of_the_assistant_is_documented_and_read():
    assert documented("From the environment: the assistant") == read_by("assistant/**/*.py", "bin/assistant", "bin/actions")


def test_every_setting_of_the_desk_is_documented_and_read():
    assert documented("From the environment: the desk") == read_by("desk/desk/**/*.py")


@pytest.mark.parametrize("heading, options", [("website's channel", WebsiteOptions), ("channel for text messages", SmsOptions)])
def test_every_option_of_a_channel_is_documented_with_its_default(heading, options):
    table = (ROOT / "docs/configuration.md").read_text().split(heading)[1].split("\n\n")[1]
    told = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE))
    assert told == {field.name: _as_told(field.default) for field in dataclasses.fields(options)}


def _as_told(default: object) -> str:
    return (", ".join(default) or "none") if isinstance(default, tuple) else str(default)


def test_every_figure_is_documented_with_its_alarm():
    told = re.findall(r"^\| `((?:iop|desk)_\w+)` \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    files = ("assistant/operation/figures", "assistant/operation/port", "assistant/channels/sms/channel", "desk/desk/operation")
    sources = "\n".join((ROOT / f"{file}.py").read_text() for file in files)
    counters = re.findall(r'Counter\("(\w+)"', sources)
    names = set(re.findall(r'"((?:iop|desk)_\w+)"', sources)) - set(counters) | {f"{name}_total" for name in counters}
    assert set(told) == names
