"""The inbox: what needs somebody, the highest risk first."""
from sanic import HTTPResponse

from desk.models import accounts, inbox
from desk.projection import reader
from desk.web import Page, Refused, route


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
    inbox.act(page.session, action, ids, page.staff.id)
    for id_ in ids:
        page.note(action, f"conversation {id_}")
    return page.go(page.form.get("back", "/"))


def _listed(page: Page) -> dict:
    view = page.args.get("view") if page.args.get("view") in inbox.VIEWS else "all"
    number = int(page.args.get("page", "0")) if page.args.get("page", "0").isdigit() else 0
    lines = inbox.lines(page.session, view or "all", page.staff.id, number)
    waiting, seconds = reader.lag(page.session)
    return {
        "lines": lines[:inbox.PAGE], "more": len(lines) > inbox.PAGE, "view": view, "views": inbox.VIEWS, "number": number,
        "counts": inbox.counts(page.session), "names": accounts.names(page.session), "waiting": waiting, "seconds": seconds,
    }
