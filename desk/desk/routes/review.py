"""Judging how messages were understood, and the changes that follow."""
from datetime import datetime

from sanic import HTTPResponse
from sanic.response import text

from desk import settings
from desk.models import accounts, changes, review
from desk.tables import Message
from desk.web import Page, Refused, route


@route("GET", "/review", "admissions", writes=True)
def review_page(page: Page) -> HTTPResponse:
    sample = review.sample(page.session, datetime.now(settings.zone()).date())
    page.note("read", f"{len(sample)} messages to review")
    return page.show("review.html", sample=sample, topics=review.topics(), verdicts=review.VERDICTS)


@route("POST", "/review/<id_:int>", "admissions")
def judge(page: Page, id_: int) -> HTTPResponse:
    message, verdict = page.get(Message, id_), page.form.get("verdict", "")
    right = page.form.get("topic") or None
    if verdict not in review.VERDICTS or (verdict == "wrong" and right not in review.topics()):
        raise Refused(422)
    review.judge(page.session, message, page.staff.id, verdict, right, page.form.get("example"))
    page.note("reviewed", f"message {id_}", verdict)
    return page.go(page.form.get("back", "/review"))


@route("GET", "/changes", "admissions")
def changes_page(page: Page) -> HTTPResponse:
    return page.show("changes.html", proposed=review.proposed(page.session), confusions=review.confusions(page.session),
                     names=accounts.names(page.session))


@route("POST", "/changes/patch", "supervisor")
def patch(page: Page) -> HTTPResponse:
    page.note("exported", "proposed changes")
    return text(changes.patch(page.session), content_type="text/x-diff",
                headers={"Content-Disposition": 'attachment; filename="examples.patch"'})
