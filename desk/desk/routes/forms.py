"""The intake forms that were sent, and what must be kept of them and of conversations."""
from sanic import HTTPResponse

from desk import phones, secrecy
from desk.models import conversations, forgetting, intake
from desk.tables import Conversation, Form
from desk.web import Page, route


@route("GET", "/forms", "reader")
def forms_page(page: Page) -> HTTPResponse:
    return page.show("forms.html", forms=intake.received(page.session))


@route("GET", "/forms/<id_:int>", "reader", writes=True)
def form_page(page: Page, id_: int) -> HTTPResponse:
    form = page.get(Form, id_)
    page.note("read", f"form {id_}")
    return _show(page, form)


@route("POST", "/forms/<id_:int>/reveal", "admissions")
def reveal(page: Page, id_: int) -> HTTPResponse:
    form, reason = page.get(Form, id_), page.form.get("reason", "").strip()
    if not reason:
        return _show(page, form, {"reason": "Say why you need to see it: it is recorded."})
    conversations.reveal(page.session, page.staff.id, f"form {id_}")
    page.note("revealed", f"form {id_}", reason)
    return page.go(f"/forms/{id_}")


@route("POST", "/conversation/<id_:str>/hold", "supervisor")
def hold(page: Page, id_: str) -> HTTPResponse:
    """A legal hold: neither the purge nor anybody erases it until it is lifted."""
    return _hold(page, page.get(Conversation, id_), f"conversation {id_}", f"/conversation/{id_}")


@route("POST", "/forms/<id_:int>/hold", "supervisor")
def hold_form(page: Page, id_: int) -> HTTPResponse:
    return _hold(page, page.get(Form, id_), f"form {id_}", f"/forms/{id_}")


def _hold(page: Page, found: Conversation | Form, subject: str, path: str) -> HTTPResponse:
    reason = page.form.get("reason", "").strip()
    found.held = reason or None
    page.note("held" if reason else "hold lifted", subject, reason)
    return page.go(path)


def _show(page: Page, form: Form, errors: dict[str, str] | None = None) -> HTTPResponse:
    shown = conversations.is_revealed(page.session, page.staff.id, f"form {form.id}")
    personal = secrecy.opened(form.personal)
    if shown:
        personal = {**personal, "phone": phones.written(personal["phone"])}
    return page.show("form.html", 422 if errors else 200, form=form, personal=personal, shown=shown, errors=errors or {},
                     on_hold=forgetting.on_hold(page.session, [], [form.id]), t=intake.texts()["en"])
