"""A conversation: reading it, and what staff add to it."""
from typing import Any

from sanic import HTTPResponse

from desk.models import accounts, callbacks, conversations, notes, person, review, texting
from desk.models.person import Person
from desk.tables import Conversation, Signal
from desk.web import Page, Refused, number, route

_PATH = "/conversation/<id_:str>"


@route("GET", _PATH, "reader", writes=True)
def conversation_page(page: Page, id_: str) -> HTTPResponse:
    found = page.get(Conversation, id_)
    page.note("read", f"conversation {id_}")
    notes.seen(page.session, found, page.staff.id)
    return _show(page, found)


@route("GET", _PATH + "/print", "reader", writes=True)
def print_page(page: Page, id_: str) -> HTTPResponse:
    """The same on paper, or in a PDF, which a browser makes of it."""
    found = page.get(Conversation, id_)
    page.note("printed", f"conversation {id_}")
    return page.show("print.html", **_values(page, found))


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
    """Says that a flag is wrong, or seen to."""
    found, reason = page.get(Conversation, id_), page.form.get("reason", "").strip()
    event, _, kind = page.form.get("signal", "").partition(" ")
    signal = page.get(Signal, (number(event), kind))
    if signal.conversation_id != found.id:
        raise Refused(404)
    if not reason:
        return _show(page, found, {"clear": "Say what was meant: it helps to review the rule."})
    conversations.clear(page.session, signal, page.staff.id, reason)
    page.note("flag cleared", f"conversation {id_}", reason)
    return page.go(f"/conversation/{id_}")


@route("POST", _PATH + "/note", "admissions")
def note(page: Page, id_: str) -> HTTPResponse:
    notes.add(page.session, page.get(Conversation, id_), page.staff.id, page.form.get("text", ""))
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


@route("POST", _PATH + "/block", "admissions")
def block(page: Page, id_: str) -> HTTPResponse:
    """Blocks the number that texts, or lets it through again."""
    found, reason = page.get(Conversation, id_), page.form.get("reason", "").strip()
    blocked = page.form.get("action") == "block"
    if found.channel != texting.CHANNEL:
        raise Refused(422)
    if blocked and not reason:
        return _show(page, found, {"block": "Say why it is blocked: it is recorded."})
    texting.block(page.session, found, blocked)
    page.note("blocked" if blocked else "unblocked", f"conversation {id_}", reason)
    return page.go(f"/conversation/{id_}#texting")


def _show(page: Page, found: Conversation, errors: dict[str, str] | None = None) -> HTTPResponse:
    values = _values(page, found)
    values |= {
        "reviews": review.of_conversation(page.session, found.id), "topics": review.topics(),
        "colleagues": accounts.everyone(page.session), "others": _others(page, found),
    }
    return page.show("conversation.html", 422 if errors else 200, errors=errors or {}, **values)


def _values(page: Page, found: Conversation) -> dict[str, Any]:
    read = conversations.transcript(page.session, found, page.staff.id)
    return {
        "read": read, "calls": [callbacks.described(page.session, callback, page.staff.id) for callback in read.callbacks],
        "names": accounts.names(page.session), "model": conversations.model_of(read.said),
        "texting": texting.of_conversation(page.session, found, read.revealed),
    }


def _others(page: Page, found: Conversation) -> Person:
    """What else there is of a number that was given here."""
    others = person.of_conversation(page.session, found.id, thoroughly=False)
    del others.conversations[found.id]
    return others
