"""How the assistant did, as a chart with its table."""
from sanic import HTTPResponse

from desk.models import insight
from desk.web import Page, route


@route("GET", "/insight", "reader")
def insight_page(page: Page) -> HTTPResponse:
    days = insight.days(page.session)
    most = max([day.conversations for day in days] + [1])
    return page.show("insight.html", days=days, most=most, kinds=insight.KINDS, outcomes=insight.outcomes(page.session))
