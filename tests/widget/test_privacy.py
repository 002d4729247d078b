"""On a computer that others use, and against pages and people who mean ill."""
import pytest
from playwright.sync_api import expect

from tests.widget.chat import NEUTRAL, Chat

ALLOWED = "https://www.trustsocal.com"
TWICE = 1000  # milliseconds within which a key counts as pressed twice


def test_clearing_empties_the_screen_and_has_the_token_forgotten(chat):
    chat.open().says("do they drug test?", "drug testing")
    chat.input.type("half a thought")
    chat.button("Clear this chat").click()
    expect(chat.messages.first).to_be_visible()  # one press does not clear yet
    with chat.page.expect_response(lambda response: response.request.method == "DELETE") as answer:
        chat.button("Press again to clear").click()
    assert answer.value.status == 204
    expect(chat.messages).to_have_count(0)
    expect(chat.input).to_have_value("")
    expect(chat.panel.locator("[role=status]").last).to_contain_text("Cleared from this device")
    assert "drug" not in str(chat.stored()) and "token" not in str(chat.stored())
    chat.says("how long does it last?", "eight to twelve weeks")


def test_nothing_outlives_the_tab(chat):
    chat.open().says("do they drug test?", "drug testing")
    assert chat.page.evaluate("localStorage.length") == 0
    assert chat.page.context.cookies() == []


def test_quick_exit_leaves_nothing_behind_and_no_way_back(visit):
    chat = visit(path="/es.html")  # an earlier page of the same site
    page = chat.page
    page.goto(visit.base)
    chat.open().says("do they drug test?", "drug testing")
    with page.expect_request(lambda request: request.method == "DELETE"), page.expect_navigation(url=NEUTRAL):
        chat.button("Quick exit").click()
    with page.expect_navigation(url=NEUTRAL):
        page.evaluate("history.back()")
    page.goto(visit.base)  # whoever comes on purpose finds the page as always
    assert "drug" not in str(chat.stored()) and "token" not in str(chat.stored())
    expect(chat.launcher).to_be_visible()
    expect(chat.panel).to_be_hidden()


def test_escape_pressed_twice_is_quick_exit(chat):
    chat.stops_the_clock().open().says("do they drug test?", "drug testing")
    page = chat.page
    with page.expect_request(lambda request: request.method == "DELETE"), page.expect_navigation(url=NEUTRAL):
        page.keyboard.press("Escape")
        page.clock.run_for(TWICE - 100)
        page.keyboard.press("Escape")


def test_escape_pressed_once_only_closes(chat):
    chat.stops_the_clock().open().page.evaluate("addEventListener('iop-exit', () => (window.left = true))")
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    chat.page.clock.run_for(TWICE + 100)
    chat.page.keyboard.press("Escape")
    assert chat.page.evaluate("window.left") is None


def test_titles_and_the_button_say_nothing_of_treatment(chat):
    chat.open().says("do they drug test?", "drug testing")
    assert chat.page.title() == "Trust SoCal"
    assert "treatment" not in chat.launcher.inner_text().lower()


@pytest.mark.parametrize("text", [
    "<img src=x onerror=alert(1)><script>alert(1)</script><b>bold</b>",
    "[click](javascript:alert(1)) [x](data:text/html,1) ${7*7} {{7*7}}",
])
def test_markup_in_a_message_is_text(chat, text):
    chat.open().says(text, "")
    assert chat.messages.first.locator("p").inner_text() == text
    assert chat.log.locator("img, script, b, a[href^='javascript'], a[href^='data']").count() == 0


def test_markup_in_an_answer_is_text(chat):
    evil = r'<img src=x onerror=alert(1)> [a](javascript:alert(1)) [b](https://x.example/\"onclick=alert) <a href=\"//x\">c</a>'
    answer = '{"seq": 5, "from": "assistant", "text": "%s", "lang": "en\\" onclick=x", "time": "<i>", ' \
             '"buttons": [{"id": "1", "text": "<u>"}]}'
    stream = f"event: message\ndata: {answer % evil}\n\nevent: done\ndata: {{}}\n\n"
    chat.open()
    chat.sent_by(lambda route: route.fulfill(content_type="text/event-stream", body=stream))
    chat.says("hello", "<img src=x onerror=alert(1)>")
    assert chat.log.locator("img, a, i, u").count() == 0
    expect(chat.reply("<u>")).to_be_visible()


def test_a_page_of_another_allowed_website_carries_it_under_its_own_strict_policy(visit):
    base = visit.base
    policy = f"default-src 'none'; script-src {base}; connect-src {base}; style-src 'none'; " \
             "require-trusted-types-for 'script'; trusted-types lit-html"
    body = "<!doctype html><html lang=en><title>Clinic</title>" \
           f"<script src={base}/webhooks/website/iop-assistant.js async></script>" \
           "<iop-assistant clinic='Trust SoCal'><p>Call <a href='tel:911'>911</a></p></iop-assistant>"
    headers = {"Content-Security-Policy": policy}
    page = visit(path="/icon.svg", permissions=["local-network-access"]).page
    page.route(f"{ALLOWED}/**", lambda route: route.fulfill(content_type="text/html", headers=headers, body=body))
    page.goto(ALLOWED)
    Chat(page).open().says("do they drug test?", "drug testing")
    visit.requests.remove(f"{ALLOWED}/")
