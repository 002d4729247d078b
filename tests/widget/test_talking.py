"""From the first visit to an answer, and on."""
import re

from playwright.sync_api import expect

from tests.widget.chat import MESSAGES


def test_a_first_visitor_reads_the_notice_and_gets_an_answer(chat):
    expect(chat.page.locator("iop-assistant > p")).to_be_visible()
    chat.open()
    notice = chat.panel.locator(".notice")
    for words in ("automated assistant", "not a clinician", "staff of Trust SoCal may read it", "90 days", "no more than you need"):
        expect(notice).to_contain_text(words)
    expect(chat.panel.locator(".crisis").get_by_role("link", name="911")).to_have_attribute("href", "tel:911")
    chat.says("how many hours a week is it?", "nine to twelve hours")
    expect(chat.messages.first).to_contain_text("You: ")
    expect(chat.messages.first).to_contain_text(re.compile(r"Sent\s+\d+:\d\d"))
    expect(chat.messages.nth(1)).to_contain_text("Assistant: ")


def test_quick_replies_lead_through_the_questions_to_an_outcome(chat):
    chat.open().picks("Check if IOP may fit", "is everyone safe")
    for reply, question in [
        ("Yes, everyone is safe", "Is this for you"), ("For me, 18 or older", "every day"), ("None of these", "shakes"),
    ]:
        chat.picks(reply, question)
    for text, question in [
        ("nope, nothing like that", "serious medical"), ("no", "severe psychiatric"),
        ("no never", "safe, stable place"), ("yes, I rent an apartment with my sister", "just finish detox"), ("no", "Last one"),
        ("I can make that work", "IOP may fit"),
    ]:
        chat.says(text, question)
    call = chat.log.get_by_role("link", name="Call (949) 280-8360")
    expect(call).to_have_attribute("href", "tel:+19492808360")
    form = chat.log.get_by_role("link", name="Fill in the intake form")
    assert form.get_attribute("href").startswith("https://www.trustsocal.com/intake?ref=")
    assert form.get_attribute("rel") == "noopener noreferrer"


def test_a_call_back_is_asked_for(chat):
    chat.open().picks("Ask for a call back", "What first name")
    chat.says("my name is ottoline", "Which phone number").says("619.555.0143", "good time")
    chat.picks("Mornings", "(619) 555-0143").picks("Yes, you may call me", "Done")


def test_a_crisis_in_the_middle_of_the_questions_comes_first_and_the_chat_goes_on(chat):
    chat.open().picks("Check if IOP may fit", "is everyone safe").picks("Yes, everyone is safe", "Is this for you")
    chat.says("honestly i want to kill myself", "988")
    line = chat.messages.last.get_by_role("link", name="988").first
    expect(line).to_have_attribute("href", "tel:988")
    chat.says("do they drug test?", "drug testing")


def test_spanish_page_and_answers(visit):
    chat = visit("/es.html").open()
    expect(chat.panel.locator(".notice")).to_contain_text("asistente automático")
    expect(chat.input).to_have_attribute("placeholder", "Su mensaje")
    chat.says("¿cuántas horas por semana son?", "nine to twelve hours", "Para hablar en español")


def test_each_answer_is_marked_with_its_language(chat):
    chat.open().says("¿cuántas horas por semana son?", "nine to twelve hours", "Para hablar en español")
    expect(chat.log.locator("[lang=es]")).to_contain_text("Para hablar en español")
    expect(chat.log.locator("[lang=en]").filter(has_text="nine to twelve hours")).to_have_count(1)
    expect(chat.reply("How long does IOP last?")).to_be_visible()


def test_enter_sends_and_shift_enter_breaks_the_line(chat):
    chat.open()
    chat.input.type("how long is it")
    chat.input.press("Shift+Enter")
    chat.input.type("and is it hard?")
    assert chat.input.input_value() == "how long is it\nand is it hard?"
    chat.input.press("Enter")
    expect(chat.messages.first.locator("p")).to_have_text("how long is it\nand is it hard?")
    expect(chat.input).to_have_value("")


def test_reload_keeps_the_conversation_the_draft_and_the_open_panel(chat):
    chat.open().says("how long does it last?", "eight to twelve weeks")
    chat.input.type("and what about")
    before = chat.messages.all_inner_texts()
    chat.page.reload()
    expect(chat.panel).to_be_visible()
    expect(chat.messages).to_have_count(len(before))
    assert chat.messages.all_inner_texts() == before
    expect(chat.input).to_have_value("and what about")
    assert chat.focused() != "draft", "a page that loads does not take the focus"
    chat.input.fill("")
    chat.says("how often?", "three to four sessions")


def test_a_reload_in_the_middle_of_an_answer_loses_and_doubles_nothing(chat):
    answered = []
    chat.open().sent_by(lambda route: answered.append(route.fetch()))  # which the page does not hear
    chat.says("do they drug test?")
    while not answered:
        chat.drawn()
    chat.page.unroute(MESSAGES)
    chat.page.reload()
    chat.hears("do they drug test?", "drug testing")
    assert chat.element.locator(".visitor").count() == 1


def test_two_tabs_of_one_conversation_show_the_same(chat):
    chat.open().says("do they drug test?", "drug testing")
    kept = chat.page.evaluate("() => ({...sessionStorage})")
    other = chat.page.context.new_page()  # as a browser duplicates a tab: with a copy of its storage
    other.add_init_script(f"if (!sessionStorage.length) Object.assign(sessionStorage, {kept!r})")
    other.goto(chat.page.url)
    twin = type(chat)(other)
    twin.says("how long does it last?", "eight to twelve weeks")
    chat.page.bring_to_front()
    chat.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(chat.log).to_contain_text("eight to twelve weeks")
    chat.says("how many people are in a group?", "eight to twelve people")
    twin.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(twin.messages).to_have_count(chat.messages.count())
    assert twin.messages.all_inner_texts() == chat.messages.all_inner_texts()


def test_scrolled_up_new_messages_are_announced_and_one_press_away(visit):
    chat = visit(height=500).open().says("how long does it last?", "eight to twelve weeks")
    chat.says("do they drug test?", "drug testing")
    talk = chat.element.locator(".talk")
    with chat.held():
        chat.says("how many hours is it?")
        expect(chat.messages.last).to_contain_text("how many hours")
        chat.drawn()
        talk.evaluate("talk => { talk.scrollTop = 0 }")
        chat.drawn()
    newer = chat.button(re.compile("New messages"))
    newer.click()
    expect(newer).to_have_count(0)
    assert talk.evaluate("talk => talk.scrollHeight - talk.clientHeight - talk.scrollTop") < 5


def test_text_of_any_length_stays_within_a_narrow_panel(visit):
    chat = visit(width=320, height=640).open()
    chat.says("x" * 1500)
    expect(chat.messages.nth(1)).to_be_visible()
    assert chat.element.locator(".talk").evaluate("talk => talk.scrollWidth <= talk.clientWidth")
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_answer_that_comes_while_the_chat_is_closed_shows_on_its_button(chat):
    with chat.open().held():
        chat.says("do they drug test?")
        chat.button("Close the chat").click()
        expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_contain_text("New answer")
    chat.open()
    expect(chat.messages.last).to_contain_text("drug testing")


def test_the_chat_can_be_copied(visit):
    chat = visit(permissions=["clipboard-read", "clipboard-write"]).open().says("do they drug test?", "drug testing")
    chat.button("Copy chat").click()
    expect(chat.panel.get_by_text("Copied.")).to_be_attached()
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("You: do they drug test?\n\nAssistant: ")
    assert "](" not in copied


def test_events_tell_the_page(chat):
    chat.page.evaluate("""() => {
        window.told = [];
        for (const name of ["iop-open", "iop-close", "iop-handoff", "iop-clear"])
            document.addEventListener(name, (event) => told.push([name, event.detail?.href ?? ""]));
        document.addEventListener("click", (event) => event.composedPath()[0].href && event.preventDefault());
    }""")
    chat.open().panel.locator(".crisis").get_by_role("link", name="911").click()
    chat.button("Close the chat").click()
    assert chat.page.evaluate("told") == [["iop-open", ""], ["iop-handoff", "tel:911"], ["iop-close", ""]]
