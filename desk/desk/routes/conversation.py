"""A conversation: reading it, and what staff add to it."""
from typing import Any

from sanic import HTTPResponse

from desk.models import accounts, callbacks, conversations, review
from desk.models.inbox import ACTIONS
from desk.tables import Conversation, Signal
from desk.web import Page, Refused, route

_PATH = "/conversation/<id_:str>"


@route("GET", _PATH, "reader", writes=True)
def conversation_page(page: Page, id_: str) -> HTTPResponse:
    found = page.get(Conversation, id_)
    page.note("read", f"conversation {id_}")
    return _show(page, found)


@route("POST", _PATH + "/reveal", "admissions")
def reveal(page: Page, id_: str) -> HTTPResponse:
    found, reason = page.get(Conversation, id_), page.form.get("reason", "").strip()
    if not reason:
        return _show(page, found, {"reason": "Say why you need to see them: it is recorded."})
    conversations.reveal(page.session, page.staff.id, f"conversation {id_}")
    page.note("revealed", f"conversation {id_}", reason)
    return page.go(f"/conversation/{id_}")


@route("POST", _PATH + "/clear", "admissions")
def clear(page: Page, id_: str) -> HTTPResponse:
    """Says that a crisis flag is wrong."""
    found, reason = page.get(Conversation, id_), page.form.get("reason", "").strip()
    number, _, kind = page.form.get("signal", "").partition(" ")
    signal = page.get(Signal, (int(number) if number.isdigit() else 0, kind))
    if signal.conversation_id != found.id:
        raise Refused(404)
    if not reason:
        return _show(page, found, {"clear": "Say what was meant: it helps to review the rule."})
    conversations.clear(page.session, signal, page.staff.id, reason)
    page.note("flag cleared", f"conversation {id_}", reason)
    return page.go(f"/conversation/{id_}")


@route("POST", _PATH + "/note", "admissions")
def note(page: Page, id_: str) -> HTTPResponse:
    conversations.add_note(page.session, page.get(Conversation, id_), page.staff.id, page.form.get("text", ""))
    page.note("note added", f"conversation {id_}")
    return page.go(f"/conversation/{id_}#notes")


@route("POST", _PATH + "/tag", "admissions")
def tag(page: Page, id_: str) -> HTTPResponse:
    found = page.get(Conversation, id_)
    if "remove" in page.form:
        conversations.remove_tag(page.session, found, page.form["remove"])
    else:
        conversations.add_tag(page.session, found, page.form.get("name", ""))
    page.note("tags changed", f"conversation {id_}")
    return page.go(f"/conversation/{id_}#tags")


def _show(page: Page, found: Conversation, errors: dict[str, str] | None = None) -> HTTPResponse:
    read = conversations.transcript(page.session, found, page.staff.id)
    values: dict[str, Any] = {
        "calls": [callbacks.described(page.session, callback, page.staff.id) for callback in read.callbacks],
        "names": accounts.names(page.session), "actions": ACTIONS, "model": conversations.model_of(read.said),
        "reviews": review.of_conversation(page.session, found.id), "topics": review.topics(),
    }
    return page.show("conversation.html", 422 if errors else 200, read=read, errors=errors or {}, **values)
