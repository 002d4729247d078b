"""The public intake form. It works without JavaScript, asks nobody for an account and no third party for anything."""
from typing import Any, Optional

from sanic import HTTPResponse

from desk import settings
from desk.models import intake
from desk.models.intake import Draft
from desk.web import PUBLIC, Page, Refused, route

_COOKIE = "intake"


@route("GET", "/intake", PUBLIC)
def start(page: Page) -> HTTPResponse:
    """The first step. The chat's link brings a reference; it says nothing, and goes into the form unseen."""
    return _show(page, "about", _language(page, None), {}, reference=page.args.get("ref", ""))


@route("GET", "/intake/done", PUBLIC)
def done(page: Page) -> HTTPResponse:
    return _show(page, "done", _language(page, _draft(page)), {})


@route("GET", "/intake/minor", PUBLIC)
def minor(page: Page) -> HTTPResponse:
    return _show(page, "minor", _language(page, None), {})


@route("GET", "/intake/<step:str>", PUBLIC)
def step_page(page: Page, step: str) -> HTTPResponse:
    draft = _draft(page)
    if step not in intake.STEPS:
        raise Refused(404)
    if draft is None or draft.form.sent_at:
        return page.go("/intake/done" if draft else "/intake")
    return _show(page, step, draft.form.language, draft.personal)


@route("POST", "/intake/<step:str>", PUBLIC)
def save(page: Page, step: str) -> HTTPResponse:
    if step not in intake.STEPS:
        raise Refused(404)
    draft, given = _draft(page), {name: value.strip() for name, value in page.form.items()}
    language = draft.form.language if draft else _language(page, None)
    if errors := intake.problems(step, given):
        return _show(page, step, language, given, errors, page.form.get("reference", ""))
    if draft is None or (step == "about" and draft.form.sent_at):
        if step != "about":
            return page.go("/intake")
        if not intake.may_begin(page.session, page.address):
            raise Refused(429)
        page.cookies[_COOKIE], draft = intake.begin(page.session, language, page.form.get("reference", ""))
    if draft.form.sent_at:
        return page.go("/intake/done")
    return _saved(page, draft, step, given)


def _saved(page: Page, draft: Draft, step: str, given: dict[str, str]) -> HTTPResponse:
    if given.get("whom") == "minor":
        intake.discard(page.session, draft)
        page.cookies[_COOKIE] = None
        return page.go(f"/intake/minor?lang={draft.form.language}")
    intake.save(page.session, draft, step, given)
    left = intake.next_step(draft)
    if left is None:
        intake.send(page.session, draft, page.address, given.get(intake.TRAP, ""))
        return page.go(f"/intake/done?lang={draft.form.language}")
    return page.go(f"/intake/{left}")


def _draft(page: Page) -> Optional[Draft]:
    token = page.request.cookies.get(_COOKIE)
    return intake.draft(page.session, token) if token else None


def _language(page: Page, draft: Optional[Draft]) -> str:
    """As asked for, or as the browser prefers."""
    asked = page.args.get("lang") or page.form.get("lang") or (draft.form.language if draft else "")
    if asked in intake.texts():
        return asked
    return "es" if page.request.headers.get("accept-language", "").lower().startswith("es") else "en"


def _show(page: Page, step: str, language: str, given: dict[str, str], errors: dict[str, str] | None = None,
          reference: str = "") -> HTTPResponse:
    values: dict[str, Any] = {**settings.clinic(), "retention_days": settings.retention_days("forms")}
    words = {name: text.format(number="{number}", **values) for name, text in intake.texts()[language].items()}
    return page.show("intake.html", 422 if errors else 200, step=step, language=language, t=words, given=given, errors=errors or {},
                     reference=reference, steps=intake.STEPS, trap=intake.TRAP)
