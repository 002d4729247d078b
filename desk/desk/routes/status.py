"""How things stand, for who runs the desk."""
from sanic import HTTPResponse

from desk import operation
from desk.web import Page, route


@route("GET", "/status", "admin")
def status_page(page: Page) -> HTTPResponse:
    engine = page.session.get_bind().dialect
    return page.show("status.html", state=operation.state(page.session), database=engine.name)
