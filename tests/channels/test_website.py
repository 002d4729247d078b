"""The website's channel over real HTTP: who may talk, what is answered once, kept and forgotten, and what is too much."""
import hashlib
import http.client
import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import httpx
import pytest
from itsdangerous import TimestampSigner

from assistant import clinic
from assistant.channels.website.options import Options
from tests.channels.visitor import Visitor, from_address, new_address, new_id, texts
from tests.conftest import CHANNEL, Assistant, conversation_of, free_port, wait_for

CLINIC = clinic.settings()
ALLOWED = "https://www.trustsocal.com"
CRISIS = "i want to kill myself zebra"
SECRET = "t" * 32
HOURS = Options.token_hours


@pytest.fixture
def ann(assistant):
    return Visitor(assistant)


@pytest.fixture
def bob(assistant):
    return Visitor(assistant)


@pytest.fixture(autouse=True)
def the_logs_never_hold_the_visitors_words(request):
    yield
    for name in {"assistant", "strict", "without_model"} & set(request.fixturenames):
        assert "zebra" not in request.getfixturevalue(name).logs().lower()


def refused(answer: httpx.Response, status: int) -> str:
    """The sentence of an answer that is a problem document of this status."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = answer.json()
    assert problem["status"] == status and set(problem) == {"type", "title", "status", "detail"}
    assert problem["detail"].endswith(".")
    return problem["detail"]


def kinds(events: list[dict]) -> str:
    return " ".join(event["event"] for event in events if event["event"] in ("user", "bot"))


def stored(assistant: Assistant, visitor: Visitor) -> list[dict]:
    with sqlite3.connect(assistant.database) as connection:
        asked = "select data from events where sender_id = ? order by id"
        return [json.loads(data) for (data,) in connection.execute(asked, (conversation_of(visitor.token),))]


# --- Tokens ----------------------------------------------------------------------------------------------------------------


def test_a_conversation_begins_with_a_token_that_expires(assistant):
    answer = httpx.post(f"{assistant.url}/conversations")
    assert answer.status_code == 201 and answer.json()["retention_days"] == int(CLINIC["retention_days"])
    left = datetime.fromisoformat(answer.json()["expires_at"]) - datetime.now(timezone.utc)
    assert HOURS - 0.1 < left.total_seconds() / 3600 <= HOURS


def test_ids_are_long_and_never_the_same(assistant):
    ids = {conversation_of(Visitor(assistant).token) for _ in range(20)}
    assert len(ids) == 20 and all(len(id_) >= 32 for id_ in ids)  # 192 random bits


def test_a_caller_cannot_choose_the_id(assistant):
    chosen = {"id": "mine", "conversation": "mine", "sender": "mine", "token": "mine"}
    token = httpx.post(f"{assistant.url}/conversations", json=chosen, params=chosen).json()["token"]
    assert "mine" not in token


def aged(token: str, hours: float, secret: str = SECRET) -> str:
    """The same conversation with a token that was made so long ago."""

    class Then(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time() - hours * 3600)

    return Then(secret, salt="website-conversation", digest_method=hashlib.sha256).sign(conversation_of(token)).decode()


def test_a_token_is_good_until_it_expires(assistant, ann):
    ann.hears("hello")
    assert Visitor(assistant, aged(ann.token, HOURS - 0.1)).history() == ann.history()
    late = Visitor(assistant, aged(ann.token, HOURS + 0.1))
    refused(late.send("hello"), 401)
    refused(late.client.get("/messages", headers=late.headers), 401)


FORGERIES = {
    "the id alone": conversation_of,
    "another signature": lambda token: token[:-20] + ("A" if token[-20] != "A" else "B") + token[-19:],
    "another id": lambda token: "x" + token[1:],
    "another secret": lambda token: aged(token, 0, "u" * 32),
    "signed for another use": lambda token: TimestampSigner(SECRET, "else").sign(conversation_of(token)).decode(),
    "a later time": lambda token: token.replace(token.split(".")[1], "zzzzzz"),
    "characters": lambda token: "a.\xff.",
    "very long": lambda token: token * 50,
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_opens_nothing(assistant, ann, forgery):
    ann.hears("hello")
    token = FORGERIES[forgery](ann.token)
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
    for answer in (ann.client.get("/messages", headers=headers), ann.client.delete("/conversation", headers=headers),
                   ann.client.post("/messages", json={"id": new_id(), "text": "hello"}, headers=headers)):
        assert "new one" in refused(answer, 401) and answer.headers["www-authenticate"] == "Bearer"
    assert ann.history()


@pytest.mark.parametrize("value", [None, "Basic eDp5", "Bearer", "Bearer .", "bearer"])
def test_without_a_token_nothing_is_told(ann, value):
    ann.hears("hello")
    refused(ann.client.get("/messages", headers={} if value is None else {"Authorization": value}), 401)


def test_a_token_opens_no_other_conversation(assistant, ann, bob):
    ann.hears("do they drug test? zebra")
    id_ = next(message["id"] for message in ann.history() if message["from"] == "visitor")
    assert bob.history() == []
    bob.hears("hello", id=id_)  # another's id is answered in one's own conversation
    assert "drug" not in " ".join(texts(bob.history()))
    assert len(stored(assistant, ann)) and kinds(stored(assistant, ann)).count("user") == 1


# --- Origins ---------------------------------------------------------------------------------------------------------------

REQUESTS = [("POST", "/conversations"), ("POST", "/messages"), ("GET", "/messages"), ("DELETE", "/conversation"),
            ("GET", "/health"), ("GET", "/openapi.json")]
STRANGERS = ["https://evil.example", "http://www.trustsocal.com", "https://www.trustsocal.com.evil.example",
             "https://trustsocal.com", "https://www.trustsocal.com:8443", "null", "*", "https://WWW.trustsocal.com", ""]


@pytest.mark.parametrize("origin", STRANGERS)
def test_another_website_may_not_ask(assistant, origin):
    for method, path in REQUESTS:
        for asked in (method, "OPTIONS"):
            answer = httpx.request(asked, assistant.url + path, headers={"Origin": origin})
            refused(answer, 403)
            assert "access-control-allow-origin" not in answer.headers


def test_the_clinics_website_may_ask_and_its_pre_flight_is_kept(assistant):
    answer = httpx.options(f"{assistant.url}/messages", headers={
        "Origin": ALLOWED, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"})
    assert answer.status_code == 204 and int(answer.headers["access-control-max-age"]) >= 3600
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert {"Authorization", "Content-Type"} <= set(answer.headers["access-control-allow-headers"].split(", "))
    assert answer.headers["access-control-allow-origin"] == ALLOWED and answer.headers["vary"] == "Origin"


def test_every_answer_names_the_origin_and_none_allows_cookies(assistant):
    ann = Visitor(assistant, Origin=ALLOWED)
    history = ann.client.get("/messages", headers=ann.headers)
    answers = [ann.send("hello"), history, ann.send(id="odd"), ann.client.get("/none"), ann.clears()]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == ALLOWED
        assert answer.headers["cache-control"] == "no-store"
        assert not {"access-control-allow-credentials", "set-cookie"} & set(answer.headers)


def test_the_assistants_own_page_may_ask(assistant):
    own = f"http://127.0.0.1:{assistant.port}"
    assert Visitor(assistant, Origin=own).hears("hello")
    refused(httpx.post(f"{assistant.url}/conversations", headers={"Origin": f"http://127.0.0.1:{free_port()}"}), 403)


# --- Sending ---------------------------------------------------------------------------------------------------------------


def test_a_message_is_answered_as_the_interface_says(ann):
    answers = ann.hears("do they drug test?")
    assert len(answers) == 2 and "automated assistant" in answers[0]["text"]
    for message in answers:
        assert message["from"] == "assistant" and message["id"] is None and message["lang"] == "en"
        assert message["time"].endswith("Z") and message["seq"] > 0
    assert answers[0]["seq"] < answers[1]["seq"]


def test_a_stream_shows_life_at_once_then_the_answers_then_its_end(ann):
    events = list(ann.stream("how long does IOP last?"))
    assert [event.kind for event in events] == ["typing", "message", "message", "done"]
    messages = [event.data for event in events if event.kind == "message"]
    assert [event.id for event in events if event.kind == "message"] == [str(message["seq"]) for message in messages]
    assert events[-1].data == {"seq": messages[-1]["seq"]}
    assert messages == [message for message in ann.history() if message["from"] == "assistant"]


def test_typing_is_shown_while_the_answer_is_made(strict):
    with strict.actions.held():
        answer = Visitor(strict).begins("Check if IOP may fit")
    assert [event.kind for event in answer] == ["message", "message", "done"]


def test_spanish_is_marked_as_such(ann):
    ann.hears("cuanto dura el programa?")
    asked, *answers = ann.history()
    assert asked["lang"] == "es"
    assert any(answer["lang"] == "es" and answer["text"].startswith("Para hablar") for answer in answers)


def test_numbers_and_addresses_are_links(ann):
    told = " ".join(texts(ann.hears("how much does it cost?")))
    assert f"[{CLINIC['admissions_phone']}](tel:{CLINIC['admissions_phone_link']})" in told
    assert "[911](tel:911)" in told and "[988](tel:988)" in told
    assert "\n\n[Open the intake form](https://" in told


def test_the_form_of_the_page_in_view_is_kept_for_staff(assistant, ann):
    ann.hears("hello", language="es")
    assert next(event for event in stored(assistant, ann) if event["event"] == "user")["metadata"]["page_language"] == "es"


# --- Once, and in order ------------------------------------------------------------------------------------------------------


def test_the_same_id_is_handled_once_and_answered_the_same(assistant, ann):
    id_ = new_id()
    first = ann.hears("do they drug test?", id=id_)
    ann.hears("how long does IOP last?")
    assert ann.hears("do they drug test?", id=id_) == first
    assert ann.hears("something else altogether", id=id_) == first
    assert [event.data for event in ann.stream("do they drug test?", id=id_) if event.kind == "message"] == first
    assert kinds(stored(assistant, ann)).count("user") == 2


def test_the_same_id_at_once_waits_for_the_first(assistant, ann):
    id_ = new_id()
    with ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(lambda _: ann.hears("do they drug test?", id=id_), range(4)))
    assert heard[0] and all(answers == heard[0] for answers in heard)
    assert kinds(stored(assistant, ann)) == "user bot bot"


def test_messages_are_handled_in_the_order_they_came(assistant, ann):
    said = ["hello", "do they drug test?", "how long does IOP last?", "thanks"]
    answers = [ann.begins(text) for text in said]
    assert all([event.kind for event in answer][-2:] == ["message", "done"] for answer in answers)
    assert [message["text"] for message in ann.history() if message["from"] == "visitor"] == said
    assert "user user" not in kinds(stored(assistant, ann))


def test_a_visitor_who_goes_away_finds_the_answer_later(strict):
    ann = Visitor(strict)
    with strict.actions.held():
        ann.begins("Check if IOP may fit").close()
    wait_for(lambda: len(ann.history()) == 3)
    assert "everyone is safe" in str(ann.history()[-1])


def test_after_a_restart_all_goes_on_and_what_was_forgotten_stays_so(strict):
    ann, bob, id_ = Visitor(strict), Visitor(strict), new_id()
    first = ann.hears("how many hours a week is it?", id=id_)
    assert bob.clears().status_code == 204  # of a token that was never used
    strict.restart()
    assert ann.hears("how many hours a week is it?", id=id_) == first
    assert "weeks" in ann.presses(offered(first)["How long does IOP last?"])[-1]["text"]
    assert kinds(stored(strict, ann)).count("user") == 2
    refused(bob.send("hello"), 401)


# --- History ---------------------------------------------------------------------------------------------------------------


def test_a_new_conversation_has_no_history(ann):
    assert ann.history() == []


def test_history_tells_both_sides_in_order(ann):
    id_ = new_id()
    answers = ann.hears("do they drug test?", id=id_)
    asked, *told = ann.history()
    assert told == answers
    assert (asked["from"], asked["id"], asked["text"], asked["buttons"]) == ("visitor", id_, "do they drug test?", [])
    assert asked["seq"] < told[0]["seq"]


def test_a_lost_connection_is_resumed_without_loss_or_repetition(ann):
    seen = ann.hears("do they drug test?")[-1]["seq"]
    later = ann.hears("how long does IOP last?")
    assert [message["from"] for message in ann.history(after=seen)] == ["visitor", *("assistant" for _ in later)]
    assert ann.history(after=seen)[1:] == later
    assert ann.history(after=later[-1]["seq"]) == [] and ann.history(after=0) == ann.history()


def test_history_is_whole_after_a_day_of_silence(assistant, ann):
    """Rasa begins a session anew then, and shows of a conversation the last one only."""
    id_ = new_id()
    first = ann.hears("do they drug test?", id=id_)
    with sqlite3.connect(assistant.database) as connection:
        connection.execute("update events set timestamp = timestamp - 200000, data = json_set(data, '$.timestamp', "
                           "json_extract(data, '$.timestamp') - 200000) where sender_id = ?", (conversation_of(ann.token),))
    again = ann.hears("how long does IOP last?")
    assert "automated assistant" in again[0]["text"]  # told once a session
    assert texts(ann.hears("do they drug test?", id=id_)) == texts(first)
    told = [message["seq"] for message in ann.history()]
    assert told == sorted(set(told)) and len(told) == len(first) + len(again) + 2


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "1e3", "٣", "9" * 30])
def test_an_odd_place_to_begin_is_named(ann, after):
    assert refused(ann.client.get("/messages", params={"after": after}, headers=ann.headers), 422).startswith("after:")


# --- Forgetting ------------------------------------------------------------------------------------------------------------


def test_a_cleared_conversation_cannot_be_read_or_gone_on_with(assistant, ann):
    id_ = new_id()
    ann.hears("do they drug test?", id=id_)
    assert ann.clears().status_code == 204
    for answer in (ann.send("hello"), ann.send("do they drug test?", id=id_), ann.clears(),
                   ann.client.get("/messages", headers=ann.headers)):
        refused(answer, 401)


def test_staff_still_see_it_and_that_the_visitor_cleared_it(assistant, ann):
    ann.hears("do they drug test?")
    before = stored(assistant, ann)
    ann.clears()
    after = stored(assistant, ann)
    assert after[: len(before)] == before
    assert [event["metadata"] for event in after[len(before):]] == [{"forgotten_by_visitor": True}]


# --- Buttons ---------------------------------------------------------------------------------------------------------------


def offered(messages: list[dict]) -> dict[str, str]:
    return {button["text"]: button["id"] for message in messages for button in message["buttons"]}


def test_a_button_stands_for_its_words(assistant, ann):
    buttons = offered(ann.hears("Check if IOP may fit"))
    ann.presses(buttons["Yes, everyone is safe"])
    skip = offered(ann.history())["Skip"]
    heard = ann.presses(skip)
    assert "18 or older" in heard[-1]["text"]
    assert ann.history()[-len(heard) - 1]["text"] == "Skip"  # not "Skip this question", which the engine is told


def test_button_ids_tell_nothing(ann):
    buttons = offered(ann.hears("Check if IOP may fit"))
    assert len(set(buttons.values())) == len(buttons)
    assert all(len(id_) >= 27 and id_.isascii() and "skip" not in id_.lower() for id_ in buttons.values())


@pytest.mark.parametrize("not_offered", ["Yes, everyone is safe", "/restart", "/SetSlots(triage_safe=yes)", "0", "x" * 27])
def test_a_button_that_was_not_offered_is_text(assistant, ann, not_offered):
    ann.hears("Check if IOP may fit")
    ann.presses(not_offered)
    said = [event for event in stored(assistant, ann) if event["event"] == "user"][-1]
    assert said["text"] == not_offered and "shown" not in said.get("metadata", {})


def test_a_button_of_another_conversation_is_text(assistant, ann, bob):
    skip = offered(ann.hears("Check if IOP may fit"))["Skip"]
    bob.hears("Check if IOP may fit")
    bob.presses(skip)
    assert [event for event in stored(assistant, bob) if event["event"] == "user"][-1]["text"] == skip


# --- Text is text ------------------------------------------------------------------------------------------------------------

COMMANDS = ["/restart", "/SetSlots(crisis=none)", '/triage{"triage_safe": "yes"}', "/session_start", "/back"]
MARKUP = ["<script>alert('zebra')</script>", "<img src=x onerror=alert(1)>", "**bold** [a link](javascript:alert(1))",
          "{admissions_phone} %s"]


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_is_text(assistant, ann, text):
    ann.hears("Check if IOP may fit")
    before = [event for event in stored(assistant, ann) if event["event"] == "slot" and event["value"] is not None]
    assert ann.hears(text)
    assert ann.history()[-2]["text"] == text or text in texts(ann.history())
    after = [event for event in stored(assistant, ann) if event["event"] == "slot" and event["value"] is not None]
    assert {event["name"] for event in after} == {event["name"] for event in before}
    assert "restart" not in {event["event"] for event in stored(assistant, ann)}


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_passed_on_as_it_was_written(ann, text):
    answers = ann.hears(text)
    assert texts(ann.history())[0] == text
    assert not any("script" in answer["text"] or "onerror" in answer["text"] for answer in answers)


@pytest.mark.parametrize("text", ["", " ", "\u0000", "\ud800", "🫥" * 2000, "\u202ezebra"], ids=repr)
def test_odd_characters_are_answered(ann, text):
    body = json.dumps({"id": new_id(), "text": text})
    answer = ann.client.post("/messages", content=body, headers={**ann.headers, "Content-Type": "application/json"})
    assert answer.status_code == 200 and answer.json()["messages"]
    assert ann.client.get("/messages", headers=ann.headers).status_code == 200


# --- Wrong requests ----------------------------------------------------------------------------------------------------------

ID = "8e1d6f0a-64c8-4d3c-9c9e-0d3a9c1b2f11"
WRONG = {
    "no id": ({"text": "zebra"}, "id"), "an id that is none": ({"id": "zebra", "text": ""}, "id"),
    "a number as id": ({"id": 7, "text": ""}, "id"),
    "a newline after the id": ({"id": ID + "\n", "text": ""}, "id"),
    "neither text nor button": ({"id": ID}, "text"), "both": ({"id": ID, "text": "zebra", "button": "zebra"}, "text"),
    "no text": ({"id": ID, "text": None}, "text"), "a list as text": ({"id": ID, "text": ["zebra"]}, "text"),
    "an object as button": ({"id": ID, "button": {"zebra": 1}}, "button"),
    "no such language": ({"id": ID, "text": "", "language": "fr"}, "language"),
    "a list": ([1], "body"), "a string": ("zebra", "body"), "a number": (0, "body"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_body_is_refused_and_its_field_named(ann, wrong):
    body, named = WRONG[wrong]
    detail = refused(ann.client.post("/messages", json=body, headers=ann.headers), 422)
    assert named in detail and "zebra" not in detail


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 5000, b'{"id": NaN'])
def test_what_is_not_json_is_refused(ann, body):
    refused(ann.client.post("/messages", content=body, headers={**ann.headers, "Content-Type": "application/json"}), 422)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_type_is_refused(ann, kind):
    body = json.dumps({"id": new_id(), "text": "zebra"})
    refused(ann.client.post("/messages", content=body, headers={**ann.headers, "Content-Type": kind}), 415)


@pytest.mark.parametrize("length", [2001, 20_000, 200_000])
def test_a_message_that_is_too_long_is_refused_with_the_crisis_lines(strict, length):
    detail = refused(Visitor(strict).send("zebra " * (length // 6 + 1)), 413)
    assert "shorter" in detail and "911" in detail and "988" in detail


def test_the_longest_message_is_answered(strict):
    assert Visitor(strict).hears("z" * 2000)


@pytest.mark.parametrize("before", [0, 1990, 5000])
def test_a_cry_for_help_in_a_message_that_is_too_long_is_answered(strict, before):
    (answer,) = Visitor(strict).hears("and so on. " * (before // 11) + CRISIS + " and then" * 600)
    assert "988" in answer["text"] and answer["seq"] is None


ABSENT = [("PUT", "/messages"), ("GET", "/conversations"), ("POST", "/health"), ("GET", "/none"), ("GET", "/")]


@pytest.mark.parametrize("method, path", ABSENT)
def test_what_is_not_there_is_a_problem_document(assistant, method, path):
    answer = httpx.request(method, assistant.url + path)
    refused(answer, answer.status_code)
    assert answer.status_code in (404, 405)


# --- What else is reachable ----------------------------------------------------------------------------------------------------

CLOSED = ["/version", "/status", "/domain", "/model", "/model/parse", "/model/train", "/conversations/x/tracker",
          "/conversations/x/story", "/webhooks/rest/webhook", "/webhooks/rest/", "/webhooks/socketio", "/socket.io/",
          "/webhooks/callback/webhook", "/docs",
          "/clinic.yml", "/../clinic.yml", "/page.css/../../clinic.yml", "/%2e%2e/clinic.yml", "/.env"]


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_but_the_channel_and_the_page_is_reachable(assistant, path):
    for method in ("GET", "POST"):
        connection = http.client.HTTPConnection("127.0.0.1", assistant.port)  # sends a path as it is
        connection.request(method, path)
        assert connection.getresponse().status in (404, 405)
        connection.close()


def test_health_is_told(assistant):
    answer = httpx.get(f"{assistant.url}/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


# --- The page ----------------------------------------------------------------------------------------------------------------


def test_the_page_names_the_clinic_and_its_lines(assistant):
    page = httpx.get(f"http://127.0.0.1:{assistant.port}/")
    assert page.status_code == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
    for name in ("clinic_name", "admissions_phone", "emergency_number", "suicide_line"):
        assert CLINIC[name] in page.text
    assert not [name for name in CLINIC if f"{{{name}}}" in page.text]


def test_the_greeting_of_rasa_with_its_version_is_nowhere(assistant):
    for path in ("/", "//", "/?x=1", "///"):
        connection = http.client.HTTPConnection("127.0.0.1", assistant.port)
        connection.request("GET", path)
        assert b"Rasa" not in connection.getresponse().read()
        connection.close()


def test_the_page_may_load_nothing_from_elsewhere(assistant):
    page = httpx.get(f"http://127.0.0.1:{assistant.port}/")
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert {policy[kind] for kind in ("script-src", "style-src", "connect-src", "img-src")} == {"'self'"}
    assert page.headers["x-content-type-options"] == "nosniff" and page.headers["referrer-policy"] == "no-referrer"
    assert "Rasa" not in page.text and "server" not in page.headers


def test_the_page_and_its_style_are_asked_for_again_only_when_changed(assistant):
    for path, kind in (("/", "text/html"), ("/page.css", "text/css")):
        url = f"http://127.0.0.1:{assistant.port}{path}"
        first = httpx.get(url)
        assert first.headers["content-type"].startswith(kind)
        assert httpx.get(url, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
        assert httpx.head(url).status_code == 200


def test_what_is_loaded_comes_packed_for_whoever_can_unpack_it(assistant):
    for url in (f"{assistant.url}/iop-assistant.js", f"http://127.0.0.1:{assistant.port}/"):
        packed, plain = (httpx.get(url, headers={"Accept-Encoding": coding}) for coding in ("gzip", "identity"))
        assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
        assert packed.content == plain.content and int(packed.headers["content-length"]) < len(plain.content) / 2


def test_the_script_may_be_loaded_by_any_website(assistant):
    answer = httpx.get(f"{assistant.url}/iop-assistant.js", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 200 and "javascript" in answer.headers["content-type"]
    assert answer.headers["access-control-allow-origin"] == "*" and answer.headers["x-content-type-options"] == "nosniff"


# --- Limits ------------------------------------------------------------------------------------------------------------------

def is_told_to_wait(answer: httpx.Response) -> bool:
    detail = refused(answer, 429)
    seconds = int(answer.headers["retry-after"])
    return 1 <= seconds <= 61 and str(seconds) in detail and "911" in detail and "988" in detail


def test_too_many_messages_are_refused_and_a_cry_for_help_is_not(strict):
    ann, bob = Visitor(strict), Visitor(strict)
    for _ in range(3):
        ann.hears("hello")
    assert is_told_to_wait(ann.send("hello zebra")) and is_told_to_wait(ann.send("/restart"))
    for _ in range(2):  # through the engine: staff see the flag
        assert "988" in ann.hears(CRISIS)[0]["text"]
    flags = [event for event in stored(strict, ann) if event["event"] == "slot" and event["name"] == "crisis"]
    assert len(flags) == 2 and flags[0]["value"]["kind"] == "suicide"
    for text in (CRISIS, "me quiero morir zebra"):  # by the rules alone
        (answer,) = ann.hears(text)
        assert "988" in answer["text"] and answer["seq"] is None
    assert kinds(stored(strict, ann)).count("user") == 5
    assert bob.hears("hello")  # her limit is not his


def test_a_cry_for_help_over_the_limit_is_streamed_to_who_streams(strict):
    ann = Visitor(strict)
    for _ in range(5):
        ann.send(CRISIS)
    message, done = ann.begins(CRISIS)
    assert (message.kind, done.kind) == ("message", "done") and "988" in message.data["text"] and message.id is None


def test_too_many_conversations_from_one_address_are_refused(strict):
    def begin(address: str) -> httpx.Response:
        return httpx.post(f"{strict.url}/conversations", headers=from_address(address))

    assert [begin("203.0.113.9").status_code for _ in range(4)] == [201, 201, 201, 429]
    assert is_told_to_wait(begin("203.0.113.9")) and begin("203.0.113.10").status_code == 201
    assert is_told_to_wait(begin("192.0.2.7, 203.0.113.9"))  # what a visitor writes into the header herself does not count
    for number in range(4):  # an IPv6 household has many addresses
        answer = begin(f"2001:db8:1:1::{number}")
    assert is_told_to_wait(answer) and begin("2001:db8:1:2::1").status_code == 201


def test_answers_under_way_are_limited_and_a_cry_for_help_does_not_wait_for_them(strict):
    ann = Visitor(strict)
    with strict.actions.held():
        under_way = [ann.begins("Check if IOP may fit") for _ in range(2)]
        assert is_told_to_wait(ann.send("hello"))
        crisis, *_ = ann.hears(CRISIS)
        assert "988" in crisis["text"]
        assert all("went wrong" in str(list(answer)) for answer in under_way)


# --- Without a model ---------------------------------------------------------------------------------------------------------


def test_without_a_model_the_phone_line_and_the_crisis_answer_are_told(without_model):
    ann = Visitor(without_model)
    (problem,) = ann.hears("do they drug test? zebra")
    assert CLINIC["admissions_phone"] in problem["text"] and problem["seq"] is None
    crisis, problem = ann.hears(CRISIS)
    assert "988" in crisis["text"] and "went wrong" in problem["text"]
    assert [event.kind for event in ann.stream("hello")] == ["typing", "message", "done"]
    assert ann.history() == []


def test_without_a_model_health_says_so_and_clearing_works(without_model):
    assert CLINIC["admissions_phone"] in refused(httpx.get(f"{without_model.url}/health"), 503)
    ann = Visitor(without_model)
    assert ann.clears().status_code == 204
    refused(ann.send("hello"), 401)


# --- Other credentials ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """An assistant with a channel of Rasa's own, and no proxy before it."""
    options = {CHANNEL: {"conversations_a_minute": 1}}
    running = Assistant(tmp_path_factory.mktemp("other"), actions=False, credentials={"rest": None, **options})
    yield running
    running.stop()


def test_other_credentials_still_start_rasas_own_channels(other):
    url, body = f"http://127.0.0.1:{other.port}/webhooks/rest/webhook", {"sender": "me", "message": "do they drug test?"}
    heard = httpx.post(url, json=body, timeout=60)
    assert "drug testing" in heard.json()[-1]["text"].lower()


def test_without_a_proxy_of_our_own_the_header_is_not_believed(other):
    answers = [httpx.post(f"{other.url}/conversations", headers=from_address(new_address())) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 429]
