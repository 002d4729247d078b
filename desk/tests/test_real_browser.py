"""The main ways through a real browser: axe on every page, by keyboard alone, on a phone, and what arrives by itself."""
import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from desk import database
from desk.tables import Conversation, Event
from tests.browser import PASSWORD, code
from tests.conftest import conversation_of
from tests.test_texts import texter

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium: install it, or name it in CHROMIUM")
PICTURES = os.environ.get("DESK_PICTURES")  # a folder: the pages are kept there as pictures
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(chromium, following_desk):
    """A page of a supervisor who is signed in. Whatever it complains of fails the test."""
    context = chromium.new_context(base_url=following_desk.url, locale="en-US", reduced_motion="reduce")
    opened, complaints = context.new_page(), []
    opened.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(following_desk.url) else None)
    sign_up(opened, following_desk.link("admin"))
    yield opened
    context.close()
    assert [text for text in complaints if "status of 4" not in text] == []


def sign_up(page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Save").click()


def picture(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def violations(page, rules: dict) -> list[str]:
    found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    return [f"{page.url} {each['id']}: {each['nodes'][0]['html'][:200]}" for each in found.response["violations"]]


def says(engine, conversation: str, *events: dict) -> None:
    """What the assistant stores when something happens."""
    with database.transaction(engine) as session:
        for event in events:
            stored = {"timestamp": time.time(), "metadata": {}, **event}
            session.add(Event(sender_id=conversation, type_name=event["event"], action_name=event.get("name"),
                              timestamp=stored["timestamp"], data=json.dumps(stored)))


def test_the_first_account_and_its_second_factor(page):
    expect(page.get_by_role("heading", name="Set up the second factor")).to_be_visible()
    picture(page, "second-factor")
    page.get_by_label("Code").fill(code(page.locator("code").inner_text()))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".codes li")).to_have_count(8)
    page.get_by_role("link", name="to the inbox").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def pages() -> list[str]:
    return ["/", "/callbacks", "/forms", "/search?flag=crisis", "/review", "/changes", "/audit", "/insight", "/staff", "/intake",
            "/intake/done", "/nothing", f"/conversation/{conversation_of('i have the pills here')}",
            f"/conversation/{conversation_of('fifth of whiskey')}", f"/conversation/{texter('i want to kill myself')}",
            f"/conversation/{texter('do they drug test')}/print", "/mentions", "/person", "/account"]


@pytest.mark.parametrize("scheme, rules", [
    ("light", {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}),
    ("dark", {"type": "rule", "values": ["color-contrast"]}),
])
def test_no_page_has_a_barrier_and_none_scrolls_sideways_on_a_phone(page, scheme, rules):
    page.emulate_media(color_scheme=scheme)
    found = violations(page, rules)  # of the page that sets up the second factor
    for number, path in enumerate(pages() if scheme == "light" else pages()[::3]):
        page.set_viewport_size(DESKTOP)
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        picture(page, f"{number}-{scheme}")
        found += violations(page, rules)
        page.set_viewport_size(PHONE)
        picture(page, f"{number}-{scheme}-phone")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], (path, wide)
    assert found == []


def test_a_crisis_arrives_by_itself(page, following_desk):
    page.goto("/")
    expect(page).to_have_title(re.compile(r"^\(27\) Inbox"))
    says(following_desk.engine, "new", {"event": "user", "text": "hello", "parse_data": {}, "input_channel": "website"},
         {"event": "slot", "name": "crisis", "value": {"kind": "suicide", "rule": "want_to_die"}})
    expect(page).to_have_title(re.compile(r"^\(28\) Inbox"))
    expect(page.locator("[data-line]").first).to_contain_text("suicide")
    expect(page.locator("[data-said]")).to_have_text("A new crisis.")


def test_by_keyboard_alone(page, following_desk):
    page.goto("/")
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
    expect(page.locator("[data-line] .open").first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator(".whose", has_text="Ada")).to_have_count(1)
    page.goto("/?view=mine")
    expect(page.locator("[data-line]")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator(".empty")).to_be_visible()
    with database.reading(following_desk.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Conversation).where(Conversation.done)) == 1


def test_the_form_without_javascript_on_a_phone(chromium, desk):
    context = chromium.new_context(base_url=desk.url, java_script_enabled=False, viewport=PHONE, locale="en-US")
    page = context.new_page()
    page.goto("/intake")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose who it is for.")
    picture(page, "intake-errors-phone")
    page.get_by_label("For me").check()
    page.get_by_label("Alcohol", exact=True).check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("First name").fill("Quillon")
    page.get_by_label("Phone number").fill("619 555 0166")
    page.get_by_label("Mornings").check()
    picture(page, "intake-contact-phone")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("may call me").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    context.close()


def test_reveal_and_the_record_of_it(page):
    page.goto(f"/conversation/{conversation_of('ottoline')}")
    expect(page.locator("main")).not_to_contain_text("ottoline")
    page.get_by_text("Show names and numbers").click()
    page.get_by_label("Why do you need to see it?").fill("to call back")
    page.get_by_role("button", name="Show for 15 minutes").click()
    expect(page.locator("main")).to_contain_text("my name is ottoline")
    page.goto("/audit")
    expect(page.get_by_role("row", name="to call back")).to_contain_text("revealed")


def test_a_person_is_found_by_number_and_erased(page):
    erased, kept = texter("hola, cuantas horas son"), texter("do they drug test")
    page.goto("/person")
    page.get_by_label("Phone number").fill("(619) 428-0015")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("checkbox", name=f"Conversation {erased[4:10]}")).to_be_checked()
    found = violations(page, {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag22aa", "best-practice"]})
    picture(page, "person")
    page.get_by_label("Why?").select_option("the person asked for it")
    page.get_by_label("For good").check()
    page.get_by_role("button", name="Erase what is ticked").click()
    expect(page.get_by_role("status")).to_have_text("Erased for good: 1 conversation, 0 forms.")
    assert found == [] and page.goto(f"/conversation/{erased}").status == 404 and page.goto(f"/conversation/{kept}").status == 200
    picture(page, "texts")
