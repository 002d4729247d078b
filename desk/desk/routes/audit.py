"""Who did what, for supervisors."""
from sanic import HTTPResponse

from desk.models import accounts, audit
from desk.web import Page, number, route


@route("GET", "/audit", "supervisor")
def audit_page(page: Page) -> HTTPResponse:
    """All of it, or what was done to one `subject`."""
    subject = page.args.get("subject", "")
    rows = audit.latest(page.session, number(page.args.get("before", "")), subject)
    return page.show("audit.html", rows=rows, names=accounts.names(page.session), subject=subject)
