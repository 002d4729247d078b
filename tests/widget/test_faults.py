"""What a visitor sees when the network, the server or a limit is in the way."""
import re

import httpx
from playwright.sync_api import expect

from tests.widget.chat import MESSAGES

CRISIS_LINE = "Emergency: call 911"


def test_the_server_is_killed_and_comes_back(visit_strict, strict):
    chat = visit_strict().open().says("do they drug test?", "drug testing")
    strict.server.kill()
    strict.server.wait()
    with visit_strict.expecting("Failed to load resource"):
        chat.says("how long does it last?")
        expect(chat.state).to_contain_text("does not answer right now")
        expect(chat.state).to_contain_text("You can still call (949) 280-8360")
        expect(chat.panel.locator(".crisis")).to_contain_text(CRISIS_LINE)
        expect(chat.messages.last).to_contain_text("Sending")
        strict.start()
        chat.page.evaluate("dispatchEvent(new Event('focus'))")  # the visitor is back, and need not wait for the next attempt
        chat.hears("how long does it last?", "eight to twelve weeks")
    expect(chat.state).to_have_text("")
    assert chat.element.locator(".visitor").count() == 2


def test_over_a_limit_the_server_s_sentence_is_shown_and_a_cry_for_help_is_answered(visit_strict):
    chat = visit_strict().open()
    with visit_strict.expecting("429"):
        for text in ("do they drug test?", "how long does it last?", "how many hours is it?"):
            chat.says(text, "")
        chat.says("can I keep working?")
        expect(chat.state).to_contain_text(re.compile("wait|minute|seconds"))
        chat.says("i want to kill myself")
        expect(chat.log.locator(".assistant").last).to_contain_text("988")


def test_a_message_that_is_too_long_can_be_changed(visit_strict):
    chat = visit_strict().open()
    with visit_strict.expecting("413"):
        chat.says("long " * 500)
        failed = chat.log.locator(".visitor strong")
        expect(failed).to_contain_text("Not sent.")
        assert len(failed.inner_text()) > len("Not sent. "), "the server says why"
    chat.button("Change it").click()
    expect(chat.messages).to_have_count(0)
    assert chat.input.input_value().startswith("long long")
    assert chat.focused() == "draft"


def test_offline_is_told_and_the_message_goes_out_when_the_network_is_back(chat, visit):
    chat.open().says("do they drug test?", "drug testing")
    with visit.expecting("ERR_INTERNET_DISCONNECTED"):
        chat.page.context.set_offline(True)
        expect(chat.state).to_contain_text("You are offline")
        chat.says("how long does it last?")
        expect(chat.messages.last).to_contain_text("Sending")
        expect(chat.panel.locator(".crisis")).to_contain_text(CRISIS_LINE)
        chat.page.context.set_offline(False)
        chat.hears("how long does it last?", "eight to twelve weeks")
    expect(chat.state).to_have_text("")
    assert chat.element.locator(".visitor").count() == 2


def test_a_message_that_could_not_be_sent_says_so_and_is_tried_again_by_hand(chat, visit):
    chat.stops_the_clock().open().says("do they drug test?", "drug testing")
    with visit.expecting("ERR_FAILED"):
        chat.page.route(f"{MESSAGES}*", lambda route: route.abort())
        chat.says("how long does it last?")
        expect(chat.state).to_contain_text("does not answer right now")
        chat.lets_time_pass(until=chat.log.get_by_text("Not sent."))
        chat.page.unroute(f"{MESSAGES}*")
        chat.button("Try again").click()
        chat.hears("how long does it last?", "eight to twelve weeks")
    assert chat.element.locator(".visitor").count() == 2


def test_a_connection_lost_in_the_middle_of_an_answer_doubles_nothing(chat, visit):
    ids = []

    def cut(route):
        ids.append(route.request.post_data_json["id"])
        if len(ids) == 1:
            route.fetch()
            route.fulfill(content_type="text/event-stream", body="event: typing\ndata: {}\n\n")
        else:
            route.continue_()

    chat.open().sent_by(cut)
    chat.says("do they drug test?", "drug testing")
    assert len(ids) == 2 and ids[0] == ids[1]
    assert chat.messages.count() == 3


def test_while_the_answer_is_made_that_is_shown_and_told(visit_strict, strict):
    chat = visit_strict().open()
    with strict.actions.held():
        chat.says("Check if IOP may fit")
        expect(chat.element.locator(".typing")).to_be_visible()
        expect(chat.panel.locator("[role=status]").last).to_have_text("The assistant is writing")
    chat.hears("Check if IOP may fit", "everyone safe")
    expect(chat.panel.locator("[role=status]").last).to_have_text("")


def test_a_slow_network_shows_that_something_is_under_way(chat):
    session = chat.page.context.new_cdp_session(chat.page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 500, "downloadThroughput": 6_000, "uploadThroughput": 6_000}
    session.send("Network.emulateNetworkConditions", slow)
    with chat.open().held():
        chat.says("do they drug test?")
        expect(chat.messages.first).to_contain_text("Sending")
    chat.hears("do they drug test?", "drug testing")


def test_a_chat_that_has_ended_is_followed_by_a_new_one_and_what_was_typed_is_kept(chat, visit):
    chat.open().says("do they drug test?", "drug testing")
    token = chat.page.evaluate("JSON.parse(sessionStorage.getItem('iop-assistant')).token")
    httpx.delete(f"{visit.base}/webhooks/website/conversation", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    with visit.expecting("401"):
        chat.says("how long does it last?", "automated assistant", "eight to twelve weeks")
    expect(chat.panel.get_by_text("Your earlier chat has ended")).to_be_visible()
    expect(chat.log).not_to_contain_text("drug")


def test_without_javascript_the_page_carries_the_crisis_line_the_phone_and_the_form(visit):
    page = visit(java_script_enabled=False).page
    expect(page.locator("iop-assistant > p")).to_contain_text(CRISIS_LINE)
    expect(page.get_by_role("link", name="Call (949) 280-8360")).to_be_visible()
    expect(page.get_by_role("link", name="Fill in the intake form")).to_be_visible()
    expect(page.locator("body > .crisis").get_by_role("link", name="988")).to_have_attribute("href", "tel:988")


def test_when_the_script_does_not_load_the_crisis_line_is_there(visit, browser):
    with visit.expecting("Failed to load resource"):
        chat = visit(path="/icon.svg")
        chat.page.route("**/iop-assistant.js", lambda route: route.abort())
        chat.page.goto(visit.base)
        expect(chat.page.locator("iop-assistant > p")).to_contain_text(CRISIS_LINE)
