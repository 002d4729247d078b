"""Who did what, for supervisors."""
from sanic import HTTPResponse

from desk.models import accounts, audit
from desk.web import Page, route


@route("GET", "/audit", "supervisor")
def audit_page(page: Page) -> HTTPResponse:
    before = page.args.get("before", "")
    rows = audit.latest(page.session, int(before) if before.isdigit() else None)
    return page.show("audit.html", rows=rows, names=accounts.names(page.session))
