"""The committed script is what its source says, small enough, and self-contained."""
import gzip
import re
import subprocess

from tests.content import ROOT

BUILT = ROOT / "widget/dist/iop-assistant.js"


def npm(*command: str) -> str:
    done = subprocess.run([ROOT / "bin/npm", "run", "-s", *command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_built_file_matches_its_source(tmp_path):
    said = npm("build", "--", str(tmp_path))
    assert (tmp_path / BUILT.name).read_bytes() == BUILT.read_bytes(), "run `make widget` and commit widget/dist"
    assert re.search(r'^integrity="sha384-[\w+/]{64}"$', said, re.M)


def test_it_is_at_most_15_kilobytes_gzipped():
    assert len(gzip.compress(BUILT.read_bytes(), 9)) <= 15_000


def test_it_names_no_address_but_the_page_a_quick_exit_leads_to():
    addresses = set(re.findall(r"https?://[^\s\"'`)]+", BUILT.read_text()))
    assert addresses == {"https://www.weather.gov/"}


def test_what_a_page_can_set_and_hear_is_documented():
    source, sheet = ((ROOT / "widget/src" / name).read_text() for name in ("iop-assistant.ts", "styles.css"))
    properties = source.partition("static override properties = {")[2].partition("\n  };")[0]
    attributes = {re.sub(r"(?<=[a-z])([A-Z])", r"-\1", name).lower()
                  for name, options in re.findall(r"(\w+): (\{.*\}),", properties) if "state: true" not in options}
    events = set(re.findall(r'"(iop-(?:open|close|handoff|clear|exit))"', source))
    parts = set(" ".join(re.findall(r'part="([\w -]+)', source)).split()) - {"assistant"}
    described = set(re.findall(r"`([\w-]+)`", (ROOT / "docs/website.md").read_text()))
    assert (attributes | events | parts | set(re.findall(r"var\((--iop-[\w-]+)", sheet))) - described == set()


def test_its_own_logic():
    npm("test")


def test_the_lock_file_names_no_registry():
    assert "resolved" not in (ROOT / "widget/package-lock.json").read_text()
