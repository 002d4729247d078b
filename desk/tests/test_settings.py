"""Given a setting is wrong, when the desk starts, then it is named; and every setting is documented."""
import re
import subprocess
import sys

import pytest
import yaml

from desk import secrecy, settings

SOURCES = "\n".join(path.read_text() for path in (settings.ROOT / "desk/desk").rglob("*.py"))


def test_every_setting_is_documented():
    documented = (settings.ROOT / "docs/configuration.md").read_text()
    names = set(re.findall(r'environ\.get\("(\w+)"', SOURCES)) | set(re.findall(r'_secret\("(\w+)"', SOURCES))
    assert len(names) >= 7 and [name for name in names if f"`{name}`" not in documented] == []


@pytest.mark.parametrize("url, used", [
    ("postgresql://a@b/c", "postgresql+psycopg://a@b/c"), ("postgres://a@b/c", "postgresql+psycopg://a@b/c"),
    ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
])
def test_the_assistants_database_urls_are_understood(monkeypatch, url, used):
    monkeypatch.setenv("DATABASE_URL", url)
    assert settings.database_url() == used


def test_a_wrong_url_and_a_short_secret_are_named(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    with pytest.raises(settings.SettingError, match="DATABASE_URL begins with 'mysql:'"):
        settings.database_url()
    monkeypatch.setenv("DESK_SECRET", "short")
    with pytest.raises(settings.SettingError, match="DESK_SECRET is shorter"):
        settings.desk_secrets()


@pytest.mark.parametrize("hours", [{"from": "20:00"}, {"from": "25:00", "to": "07:00"}, {"from": "x", "to": "07:00"}, "20:00"])
def test_wrong_quiet_hours_are_named(monkeypatch, hours):
    monkeypatch.setattr(settings, "clinic", lambda: {"quiet_hours": {"admissions": hours}})
    with pytest.raises(settings.SettingError, match="quiet_hours needs a line like"):
        settings.check()


def test_quiet_hours_may_be_written_without_quotes(monkeypatch):
    monkeypatch.setattr(settings, "clinic", lambda: yaml.safe_load("quiet_hours: {admissions: {from: 20:30, to: 07:00}}"))
    hours = settings.quiet_hours()["admissions"]
    assert (str(hours.begin), str(hours.end), hours.crisis) == ("20:30:00", "07:00:00", False)


def test_a_secret_is_made_once_and_only_its_owner_reads_it(monkeypatch, tmp_path):
    monkeypatch.delenv("DESK_SECRET")
    assert settings.desk_secrets() == settings.desk_secrets()
    assert (tmp_path / "desk-secret").stat().st_mode & 0o077 == 0


def test_the_secret_can_be_changed(monkeypatch):
    kept, found = secrecy.sealed({"name": "Quillon"}), secrecy.fingerprint("+1")
    monkeypatch.setenv("DESK_SECRET", "n" * 32 + "," + "d" * 32)
    assert secrecy.opened(kept) == {"name": "Quillon"} and secrecy.fingerprint("+1") == found


def test_an_unknown_command_is_explained():
    run = subprocess.run([sys.executable, "-m", "desk", "dance"], capture_output=True, text=True, cwd=settings.ROOT / "desk")
    assert run.returncode == 1 and "audit-verify" in run.stderr
