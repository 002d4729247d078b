"""Calls that people asked for."""
from sanic import HTTPResponse

from desk.models import accounts, callbacks, conversations
from desk.tables import Callback
from desk.web import Page, Refused, route


@route("GET", "/callbacks", "reader")
def callbacks_page(page: Page) -> HTTPResponse:
    return _show(page)


@route("POST", "/callbacks/<id_:int>/reveal", "admissions")
def reveal(page: Page, id_: int) -> HTTPResponse:
    callback, reason = page.get(Callback, id_), page.form.get("reason", "").strip()
    if not reason:
        return _show(page, {str(callback.id): "Say why you need to see it: it is recorded."})
    conversations.reveal(page.session, page.staff.id, f"callback {id_}")
    page.note("revealed", f"callback {id_}", reason)
    return page.go(f"/callbacks#call-{id_}")


@route("POST", "/callbacks/<id_:int>/tried", "admissions")
def tried(page: Page, id_: int) -> HTTPResponse:
    callback, outcome = page.get(Callback, id_), page.form.get("outcome", "")
    if outcome not in callbacks.OUTCOMES:
        raise Refused(422)
    callbacks.tried(page.session, callback, page.staff.id, outcome)
    page.note("called", f"callback {id_}", outcome)
    return page.go("/callbacks")


def _show(page: Page, errors: dict[str, str] | None = None) -> HTTPResponse:
    return page.show(
        "callbacks.html", 422 if errors else 200, waiting=callbacks.waiting(page.session, page.staff.id), errors=errors or {},
        closed=callbacks.closed(page.session, page.staff.id), outcomes=callbacks.OUTCOMES, names=accounts.names(page.session))
