"""The intake forms that were sent, and the erasing of a person."""
from functools import partial

from sanic import HTTPResponse

from desk import secrecy
from desk.models import callbacks, conversations, forgetting, intake
from desk.tables import Conversation, Form
from desk.web import Page, Refused, route


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
    found, reason = page.get(Conversation, id_), page.form.get("reason", "").strip()
    found.held = reason or None
    page.note("held" if reason else "hold lifted", f"conversation {id_}", reason)
    return page.go(f"/conversation/{id_}")


@route("POST", "/conversation/<id_:str>/erase", "supervisor")
def erase_conversation(page: Page, id_: str) -> HTTPResponse:
    return _erase(page, page.get(Conversation, id_), f"conversation {id_}", [id_], [])


@route("POST", "/forms/<id_:int>/erase", "supervisor")
def erase_form(page: Page, id_: int) -> HTTPResponse:
    return _erase(page, page.get(Form, id_), f"form {id_}", [], [id_])


def _erase(page: Page, found: Conversation | Form, subject: str, conversation_ids: list[str], form_ids: list[int]) -> HTTPResponse:
    if found.held or page.form.get("sure") != "yes":
        raise Refused(409)
    forgetting.erase(page.session, conversation_ids, form_ids)
    page.note("erased", subject)
    page.afterwards.append(partial(forgetting.scrub, page.request.app.ctx.engine))
    return page.go("/")


def _show(page: Page, form: Form, errors: dict[str, str] | None = None) -> HTTPResponse:
    shown = conversations.is_revealed(page.session, page.staff.id, f"form {form.id}")
    personal = secrecy.opened(form.personal)
    if shown:
        personal = {**personal, "phone": callbacks.written(personal["phone"])}
    return page.show("form.html", 422 if errors else 200, form=form, personal=personal, shown=shown, errors=errors or {},
                     t=intake.texts()["en"])
