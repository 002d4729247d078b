"""Given somebody asked to be called, when staff work through the calls, then each try is kept and the due time counts."""
import time

import sqlalchemy as sa

from desk import database
from desk.tables import Callback
from tests.conftest import conversation_of
from tests.test_conversation import recorded


def test_a_call_shows_who_only_when_revealed(desk):
    browser = desk.browser("admissions").open("/callbacks")
    assert "Ottoline" not in browser.response.text and "tel:" not in browser.response.text
    assert "weekdays after 5 is best" in browser.text and "Consent to be called: yes" in browser.text
    browser.submit("/callbacks/1/reveal", reason="calling now")
    assert browser.page.select_one("a[href^='tel:']")["href"] == "tel:+16195550143"
    assert "Ottoline, (619) 555-0143" in browser.text
    assert ("revealed", "callback 1", "calling now") in recorded(desk)


def test_a_reason_is_asked_for(desk):
    browser = desk.browser("admissions").open("/callbacks")
    assert browser.submit("/callbacks/1/reveal").status == 422
    assert browser.page.select_one(".error").text.startswith("Say why")


def test_tries_are_kept_until_somebody_is_reached(desk):
    browser = desk.browser("admissions").open("/callbacks")
    browser.submit("/callbacks/1/tried", button="left word")
    assert "left word (Admissions)" in browser.text
    browser.submit("/callbacks/1/tried", button="reached")
    assert "Nobody waits for a call." in browser.text and "reached, after 2 tries" in browser.text
    assert conversation_of("ottoline") not in browser.open("/?view=done").response.text
    assert browser.open(f"/conversation/{conversation_of('ottoline')}").page.h1.select_one(".risk").text == "Other"


def test_an_overdue_call_stands_out(desk):
    with database.transaction(desk.engine) as session:
        session.execute(sa.update(Callback).values(due_at=time.time() - 60))
    assert "Overdue" in desk.browser("reader").open("/callbacks").page.select_one(".card.overdue").text
