"""The inbox: what needs somebody, the highest risk first."""
from sanic import HTTPResponse

from desk.models import accounts, inbox
from desk.projection import reader
from desk.tables import Staff
from desk.web import Page, Refused, number, route


@route("GET", "/", "reader")
def inbox_page(page: Page) -> HTTPResponse:
    return page.show("inbox.html", **_listed(page))


@route("GET", "/inbox/list", "reader")
def inbox_list(page: Page) -> HTTPResponse:
    """The list alone, for the page to take in when something is new."""
    return page.show("inbox_list.html", **_listed(page))


@route("POST", "/inbox/act", "admissions")
def act(page: Page) -> HTTPResponse:
    """One action to the conversations that are ticked, or to the one in hand."""
    action, ids = page.form.get("action", ""), page.many.get("id", [])
    if action not in inbox.ACTIONS:
        raise Refused(422)
    to = page.get(Staff, number(page.form.get("staff", ""))) if action == inbox.HAND_OVER else page.staff
    inbox.act(page.session, action, ids, to.id)
    for id_ in ids:
        page.note(action, f"conversation {id_}", f"to {to.name}" if action == inbox.HAND_OVER else "")
    return page.go(page.form.get("back", "/"))


def _listed(page: Page) -> dict:
    view = page.args.get("view") if page.args.get("view") in inbox.VIEWS else "all"
    at = number(page.args.get("page", ""))
    lines = inbox.lines(page.session, view or "all", page.staff.id, at)
    waiting, seconds = reader.lag(page.session)
    return {
        "lines": lines[:inbox.PAGE], "more": len(lines) > inbox.PAGE, "view": view, "views": inbox.VIEWS, "number": at,
        "counts": inbox.counts(page.session), "names": accounts.names(page.session), "waiting": waiting, "seconds": seconds,
        "calls_alone": inbox.calls_alone(page.session), "colleagues": accounts.everyone(page.session),
    }
