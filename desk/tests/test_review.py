"""Given a message that was taken for the wrong topic, when staff say so, then a change is proposed that `git apply` takes."""
import subprocess
from datetime import date

import pytest
import yaml

from desk import database, settings
from desk.models import changes, review
from desk.tables import Message
from tests.conftest import EVENTS


def message(words: str) -> int:
    return next(row[0] for row in EVENTS if row[2] == "user" and words in row[6])


def judged(desk, words: str, topic: str, **fields):
    browser = desk.browser("supervisor").open("/review")
    return browser.post(f"/review/{message(words)}", verdict="wrong", topic=topic, **fields)


def test_the_sample_holds_the_unsure_the_grave_and_some_by_chance(filled):
    with database.reading(filled) as session:
        sample = review.sample(session, date(2026, 1, 1))
        assert sample == review.sample(session, date(2026, 1, 1))
        assert {each.message.id for each in sample} != {each.message.id for each in review.sample(session, date(2026, 1, 2))}
    reasons = [each.why for each in sample]
    assert {why: reasons.count(why) for why in reasons} == {"by chance": 8, "least sure": 8, "risk": 8}
    assert "ottoline" not in str([each.text for each in sample])


def test_what_was_judged_leaves_the_sample(desk):
    browser = desk.browser("admissions").open("/review")
    first = browser.page.select_one("form.judge")["action"]
    browser.submit(first, button="right")
    assert browser.path == "/review" and not browser.page.find("form", action=first)


def test_a_wrong_one_becomes_a_proposed_change(desk):
    browser = judged(desk, "something on tuesdays", "faq/hours_per_week", example="is there something on tuesdays")
    browser.open("/changes")
    cells = [cell.text for cell in browser.page.select("tbody td")]
    assert cells[:3] == ["is there something on tuesdays", "handoff/session_schedule", "faq/hours_per_week"]


def test_the_patch_applies_and_the_content_stays_whole(desk, tmp_path):
    judged(desk, "something on tuesdays", "faq/hours_per_week")
    judged(desk, "what about parking", "handoff/address", example="[where] can i park")
    patch = desk.browser("supervisor").open("/changes").submit("/changes/patch").response.text
    (tmp_path / "data").mkdir()
    subprocess.run(["cp", "-r", settings.ROOT / "data", tmp_path], check=True)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "apply", "-"], input=patch.encode(), check=True)
    path = review.topics()["faq/hours_per_week"].relative_to(settings.ROOT)
    content = yaml.safe_load((tmp_path / path).read_text())
    assert "- something on tuesdays\n" in content["nlu"][0]["examples"]
    assert "+    - where  can i park\n" in patch


def test_details_never_get_into_a_patch(desk):
    judged(desk, "my number is (760) 555-0119", "handoff/address")
    with database.reading(desk.engine) as session:
        assert changes.patch(session) == ""
        assert "555" not in review.proposed(session)[0][0].example


@pytest.mark.parametrize("fields", [{"verdict": "nonsense"}, {"verdict": "wrong", "topic": "faq/none"}, {"verdict": "wrong"}])
def test_a_judgement_must_make_sense(desk, fields):
    browser = desk.browser("admissions").open("/review")
    assert browser.post(f"/review/{message('veterans')}", **fields).status == 422


def test_confusions_are_counted(desk):
    judged(desk, "something on tuesdays", "faq/hours_per_week")
    with database.reading(desk.engine) as session:
        assert review.confusions(session) == [("handoff/session_schedule", "faq/hours_per_week", 1)]
        assert session.get(Message, message("something on tuesdays")) is not None
