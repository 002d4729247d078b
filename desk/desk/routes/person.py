"""Everything that is held of one person: shown, handed out and erased."""
import json
from functools import partial

from sanic import HTTPResponse
from sanic.response import text

from desk import phones
from desk.models import forgetting, person
from desk.models.person import Person
from desk.tables import Conversation, Form
from desk.web import Page, Refused, number, route


@route("GET", "/person", "supervisor")
def person_page(page: Page) -> HTTPResponse:
    return _show(page)


@route("POST", "/person", "supervisor")
def find(page: Page) -> HTTPResponse:
    """Finds by a phone number, a conversation or a form."""
    found = _found(page)
    if found is None:
        return _show(page, errors={"phone": "Enter a phone number with its area code, like (619) 555-0143."})
    page.note("looked a person up", f"{len(found.conversations)} conversations, {len(found.forms)} forms")
    return _show(page, found)


@route("POST", "/person/export", "supervisor")
def export(page: Page) -> HTTPResponse:
    """All that is held of what is ticked, uncovered, as JSON."""
    conversations, forms = _ticked(page)
    reason = page.form.get("reason", "").strip()
    if not reason:
        return _show(page, _listed(page), {"reason": "Say what it is for: it is recorded."})
    for subject in forgetting.subjects(conversations, forms):
        page.note("exported uncovered", subject, reason)
    body = json.dumps(person.held(page.session, conversations, forms), ensure_ascii=False, indent=1)
    return text(body, content_type="application/json", headers={"Content-Disposition": 'attachment; filename="person.json"'})


@route("POST", "/person/erase", "supervisor")
def erase(page: Page) -> HTTPResponse:
    """Erases what is ticked, for good."""
    conversations, forms = _ticked(page)
    why = page.form.get("why", "")
    if page.form.get("sure") != "yes" or why not in forgetting.REASONS or forgetting.on_hold(page.session, conversations, forms):
        raise Refused(409)
    forgetting.erase(page.session, conversations, forms, page.staff.id, why)
    page.afterwards.append(partial(forgetting.scrub, page.request.app.ctx.engine))
    return _show(page, erased=(len(conversations), len(forms)))


def _found(page: Page) -> Person | None:
    if "conversation" in page.form:
        return person.of_conversation(page.session, page.get(Conversation, page.form["conversation"]).id)
    if "form" in page.form:
        return person.of_form(page.session, page.get(Form, number(page.form["form"])))
    phone = phones.read(page.form.get("phone", ""))
    return person.of_phone(page.session, phone) if phone else None


def _ticked(page: Page) -> tuple[list[str], list[int]]:
    conversations, forms = page.many.get("conversation", []), [number(id_) for id_ in page.many.get("form", [])]
    if not conversations and not forms:
        raise Refused(422)
    for table, ids in ((Conversation, conversations), (Form, forms)):
        for id_ in ids:
            page.get(table, id_)
    return conversations, forms


def _listed(page: Page) -> Person:
    """What was ticked, to be shown again beside an error."""
    conversations, forms = _ticked(page)
    return Person(dict.fromkeys(conversations, "ticked"), dict.fromkeys(forms, "ticked"))


def _show(page: Page, found: Person | None = None, errors: dict[str, str] | None = None,
          erased: tuple[int, int] | None = None) -> HTTPResponse:
    listed = found or Person()
    return page.show(
        "person.html", 422 if errors else 200, found=found, errors=errors or {}, erased=erased, reasons=forgetting.REASONS,
        rows={id_: page.get(Conversation, id_) for id_ in listed.conversations},
        forms={id_: page.get(Form, id_) for id_ in listed.forms},
        held=forgetting.on_hold(page.session, list(listed.conversations), list(listed.forms)))
