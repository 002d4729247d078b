"""Where colleagues name me in a note."""
from sanic import HTTPResponse

from desk.models import accounts, notes
from desk.web import Page, route


@route("GET", "/mentions", "reader")
def mentions_page(page: Page) -> HTTPResponse:
    return page.show("mentions.html", mentioned=notes.of_staff(page.session, page.staff.id), names=accounts.names(page.session))
