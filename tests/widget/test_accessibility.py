"""WCAG 2.2 AA: axe in each state, the keyboard, what a screen reader is told, zoom, forced colours."""
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def axe_finds_nothing(chat) -> None:
    found = Axe().run(chat.drawn().page, options=RULES)
    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found.response["violations"]] == []


@pytest.mark.parametrize("width, scheme", [(390, "dark"), (1280, "light")])
def test_axe_in_each_state(visit, width, scheme):
    chat = visit(width=width, color_scheme=scheme)
    expect(chat.launcher).to_be_visible()
    axe_finds_nothing(chat)
    chat.open()
    axe_finds_nothing(chat)
    chat.says("do they drug test?", "drug testing")
    axe_finds_nothing(chat)
    chat.says("can you check if it fits me", "is everyone safe")
    axe_finds_nothing(chat)
    with visit.expecting("Failed to load resource"):
        chat.sent_by(lambda route: route.fulfill(
            status=422, content_type="application/problem+json", body='{"status": 422, "detail": "That cannot be read."}'))
        chat.says("what?")
        expect(chat.log.get_by_text("That cannot be read.")).to_be_visible()
        axe_finds_nothing(chat)
        chat.page.context.set_offline(True)
        expect(chat.state).to_contain_text("offline")
        axe_finds_nothing(chat)


def test_axe_on_the_spanish_page(visit):
    chat = visit("/es.html").open()
    axe_finds_nothing(chat)


def test_the_keyboard_alone_leads_everywhere(chat):
    press = chat.page.keyboard.press
    chat.launcher.focus()
    press("Enter")
    expect(chat.panel).to_be_visible()
    assert chat.focused() == "draft"
    chat.page.keyboard.type("can you check if it fits me")
    press("Enter")
    chat.hears("can you check if it fits me", "is everyone safe")
    assert chat.focused() == "draft"
    for name in ("Skip", "Not sure", "No", "Yes, everyone is safe"):
        press("Shift+Tab")
        assert chat.focused() == name
    press("Enter")
    chat.hears("Yes, everyone is safe", "Is this for you")
    assert chat.focused() == "Chat", "the button is gone, its place has the focus"
    press("Shift+Tab")  # the crisis line's last number
    press("Shift+Tab")
    press("Escape")
    expect(chat.panel).to_be_hidden()
    assert chat.focused() == "Questions? Chat with us"


def test_an_answer_that_comes_in_leaves_the_focus_where_it_is(chat):
    with chat.open().held():
        chat.says("do they drug test?")
        chat.panel.locator(".crisis").get_by_role("link", name="988", exact=True).focus()
    chat.hears("do they drug test?", "drug testing")
    assert chat.focused() == "988"


def test_on_a_phone_the_focus_stays_within_the_panel_and_no_keyboard_covers_the_notice(visit):
    chat = visit(width=390, height=844, has_touch=True, is_mobile=True).open()
    assert chat.focused() != "draft"
    for _ in range(20):
        chat.page.keyboard.press("Tab")
        assert chat.page.evaluate("document.activeElement === document.body || document.activeElement.matches('iop-assistant')")
    box = chat.panel.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)


def test_each_message_is_announced_once_with_who_said_it(chat):
    chat.open()
    expect(chat.log).to_have_attribute("aria-live", "polite")
    chat.log.evaluate("""log => {
        window.added = [];
        new MutationObserver((records) => records.forEach((record) => record.addedNodes.forEach((node) => {
            if (node.nodeType === 1 && node.matches(".message")) added.push(node.innerText.replace(/\\s+/g, " ").slice(0, 40));
        }))).observe(log, {childList: true, subtree: true});
    }""")
    chat.says("do they drug test?", "drug testing").says("how long does it last?", "eight to twelve weeks")
    with chat.page.expect_response(lambda answer: answer.request.method == "GET" and "/messages" in answer.url) as history:
        chat.page.evaluate("dispatchEvent(new Event('focus'))")
    history.value.finished()
    added = chat.drawn().page.evaluate("added")
    assert len(added) == chat.messages.count() == len(set(added))
    assert all(words.startswith(("You:", "Assistant:")) for words in added)


@pytest.mark.parametrize("width, height", [(640, 400), (320, 256)], ids=["200 %", "400 %"])
def test_zoomed_in_all_can_be_read_and_reached(visit, width, height):
    """A window of 1280 x 1024 or so, zoomed in, is a page of these sizes."""
    chat = visit(width=width, height=height).open()
    expect(chat.panel.locator(".crisis")).to_be_in_viewport()
    chat.says("do they drug test?", "drug testing")
    chat.messages.last.scroll_into_view_if_needed()
    expect(chat.messages.last).to_be_in_viewport()
    chat.input.scroll_into_view_if_needed()
    expect(chat.input).to_be_in_viewport()
    assert chat.panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")


def test_every_target_is_at_least_24_pixels(chat):
    chat.open().says("can you check if it fits me", "is everyone safe")
    for button in chat.panel.locator("button:visible").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 24, button.inner_text()


def test_forced_colours_and_reduced_motion(visit):
    chat = visit(forced_colors="active", reduced_motion="reduce").open().says("can you check if it fits me", "is everyone safe")
    for part in (".message > div", ".replies button", "textarea", ".send"):
        style = chat.element.locator(part).first.evaluate("part => ({...getComputedStyle(part)})")
        width, colour = style["borderTopWidth"], style["borderTopColor"]
        assert width == "1px" and colour != "rgba(0, 0, 0, 0)", f"{part} has no visible edge"
