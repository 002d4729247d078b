"""Given somebody fills in the intake form, when it is sent, then staff get it once, and nobody else reads it."""
import json
import time

import pytest
import sqlalchemy as sa
from itsdangerous import Signer

from desk import database, phones
from desk.models import forgetting, intake
from desk.tables import Audit, Callback, Form, Message
from tests.conftest import conversation_of

ABOUT = {"whom": "self", "what": "alcohol"}
CONTACT = {"name": "Quillon", "phone": "619 555 0166", "time": "morning"}
MORE = {"insurer": "Blue Example", "words": "I work nights", "consent": "yes"}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(intake, "_LEAST_SECONDS", 0)


def fill(browser, start="/intake", about=ABOUT, contact=CONTACT, more=MORE):
    return browser.open(start).submit("/intake/about", **about).submit("/intake/contact", **contact).submit("/intake/more", **more)


def forms(desk) -> list[Form]:
    with database.reading(desk.engine) as session:
        return list(session.scalars(sa.select(Form).where(Form.sent_at.is_not(None))))


def reference_of(desk, words: str) -> str:
    with database.reading(desk.engine) as session:
        return session.scalars(sa.select(Message.reference).where(
            Message.conversation_id == conversation_of(words), Message.reference.is_not(None))).first()


def test_a_form_reaches_staff(desk):
    browser = fill(desk.browser())
    assert browser.path == "/intake/done" and browser.title == "Thank you"
    staff = desk.browser("admissions").open("/forms/1")
    assert "Quillon" not in staff.text and "I work nights" not in staff.text
    staff.submit("/forms/1/reveal", reason="to call")
    assert "Quillon" in staff.text and "(619) 555-0166" in staff.text and "Blue Example" in staff.text
    staff.open("/callbacks")
    assert "by the form" in staff.text and "Quillon" not in staff.text


def test_personal_fields_are_encrypted_and_the_page_shows_nothing_of_the_chat(desk):
    fill(desk.browser())
    with desk.engine.connect() as connection:
        stored = str(connection.execute(sa.select(Form.__table__)).all())
    assert "Quillon" not in stored and "555" not in stored and "Blue" not in stored


def test_a_reference_joins_the_form_to_its_chat_once(desk):
    reference = reference_of(desk, "how much does it cost")
    browser = fill(desk.browser(), f"/intake?ref={reference}")
    assert "cost" not in browser.text
    [form] = forms(desk)
    assert form.conversation_id == conversation_of("how much does it cost")
    page = desk.browser("reader").open(f"/conversation/{form.conversation_id}")
    assert "Intake form" in page.text and page.page.find("a", href="/forms/1")
    fill(desk.browser(), f"/intake?ref={reference}", contact={**CONTACT, "phone": "858 555 0100"})
    assert [form.conversation_id for form in forms(desk)] == [form.conversation_id, None]


@pytest.mark.parametrize("reference", ["", "x", "forged.signature", Signer("f" * 32, salt="intake-reference").sign("a").decode()])
def test_a_reference_that_was_not_signed_joins_nothing(desk, reference):
    fill(desk.browser(), f"/intake?ref={reference}")
    assert [form.reference for form in forms(desk)] == [None]


def test_each_mistake_is_summed_up_and_named_beside_its_field(desk):
    browser = desk.browser().open("/intake").submit("/intake/about")
    assert browser.status == 422
    assert [a["href"] for a in browser.page.select(".errors a")] == ["#whom", "#what"]
    browser.submit("/intake/about", **ABOUT).submit("/intake/contact", name="", phone="12", time="morning")
    assert browser.page.find(id="phone")["aria-describedby"] == "phone-hint phone-error"
    assert browser.page.find("input", {"value": "morning"}).has_attr("checked")
    browser.submit("/intake/contact", **CONTACT).submit("/intake/more", words="hello")
    assert browser.page.find(id="words").text == "hello" and "with your consent" in browser.text
    assert forms(desk) == []


@pytest.mark.parametrize("phone", ["6195550166", "(619) 555-0166", "+1 619.555.0166", "1-619-555-0166"])
def test_phone_numbers_in_any_usual_way(desk, phone):
    assert phones.read(phone) == "+16195550166"


def test_steps_are_kept_when_somebody_goes_back_or_comes_back(desk):
    browser = desk.browser().open("/intake").submit("/intake/about", **ABOUT).submit("/intake/contact", **CONTACT)
    assert browser.open("/intake/contact").page.find(id="name")["value"] == "Quillon"
    assert browser.open("/intake/more").submit("/intake/more", **MORE).path == "/intake/done"


def test_sent_twice_is_one_form(desk):
    browser = fill(desk.browser())
    browser.post("/intake/more", **MORE)
    fill(desk.browser())
    assert len(forms(desk)) == 1
    with database.reading(desk.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Callback).where(Callback.form_id.is_not(None))) == 1


def test_of_a_minor_nothing_is_kept(desk):
    browser = desk.browser().open("/intake").submit("/intake/about", whom="minor", what="drugs")
    assert browser.title == "Please call us" and "(949) 280-8360" in browser.text
    with database.reading(desk.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Form)) == 0


def test_machines_are_thanked_and_dropped(desk, monkeypatch):
    assert fill(desk.browser(), more={**MORE, "website": "https://spam.example"}).path == "/intake/done"
    monkeypatch.setattr(intake, "_LEAST_SECONDS", 60)
    assert fill(desk.browser()).path == "/intake/done"
    assert forms(desk) == []


def test_many_forms_from_one_address_are_dropped(desk, monkeypatch):
    monkeypatch.setattr(intake, "_FORMS_OF_ADDRESS", 2)
    for number in range(4):
        fill(desk.browser(), contact={**CONTACT, "phone": f"619 555 010{number}"})
    assert len(forms(desk)) == 2


def test_machines_do_not_fill_the_database_with_forms_they_begin(desk, monkeypatch):
    monkeypatch.setattr(intake, "_BEGUN_OF_ADDRESS", 2)
    statuses = [desk.browser().open("/intake").submit("/intake/about", **ABOUT).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    with database.transaction(desk.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Form)) == 2
        session.execute(sa.update(Form).values(begun_at=1.0))
    forgetting.purge(desk.engine)
    with database.reading(desk.engine) as session:
        assert not session.scalars(sa.select(Audit).where(Audit.action == "erased")).all()


def test_in_spanish(desk):
    browser = desk.browser().open("/intake?lang=es")
    assert browser.page.html["lang"] == "es" and browser.title == "Quién necesita ayuda"
    browser.submit("/intake/about", **ABOUT)
    assert browser.title == "Cómo comunicarnos con usted"
    browser.submit("/intake/contact")
    assert "Escriba un nombre." in browser.text
    browser.client.headers["Accept-Language"] = "es-MX"
    assert desk.browser().open("/intake").page.html["lang"] == "en" and browser.open("/intake").page.html["lang"] == "es"


def test_the_crisis_line_stands_on_it_and_no_script_is_needed(desk):
    browser = desk.browser().open("/intake")
    assert "988" in browser.page.select_one(".crisis-line").text and "911" in browser.page.select_one(".crisis-line").text
    assert not browser.page.find_all("script")


def test_both_languages_say_the_same_things():
    assert intake.texts()["en"].keys() == intake.texts()["es"].keys()
    assert json.dumps(intake.texts()).count("{emergency_number}") == 2


def test_the_call_is_due_a_day_later(desk):
    fill(desk.browser())
    with database.reading(desk.engine) as session:
        call = session.scalars(sa.select(Callback).where(Callback.form_id.is_not(None))).one()
    assert abs(call.due_at - time.time() - 24 * 3600) < 30
