"""Search, filters, saved ones, and the export of what they find."""
import csv
import json
from io import StringIO
from urllib.parse import urlencode

from sanic import HTTPResponse
from sanic.response import text

from desk.models import accounts, export, inbox, views
from desk.tables import View
from desk.web import Page, Refused, number, route


@route("GET", "/search", "reader")
def search_page(page: Page) -> HTTPResponse:
    """With filters from the address, but no words: what is searched for may be a name, and addresses are logged on the way."""
    return _show(page, {**page.args, "q": ""})


@route("POST", "/search", "reader", writes=False)
def search(page: Page) -> HTTPResponse:
    return _show(page, page.form)


@route("POST", "/search/views", "reader")
def save_view(page: Page) -> HTTPResponse:
    """Saves the filters, but not the words, under a name."""
    assert page.visit
    shared = page.form.get("shared") == "yes"
    if shared and not page.visit.may("admissions"):
        raise Refused(403)
    view = views.save(page.session, page.staff.id, page.form.get("name", ""), shared, inbox.Filters.read(page.form))
    if view is None:
        return _show(page, page.form, {"name": "Give it a name, and set a filter besides the words."})
    return page.go(f"/search?{urlencode(view.filters)}")


@route("POST", "/search/views/<id_:int>/delete", "reader")
def delete_view(page: Page, id_: int) -> HTTPResponse:
    """One's own; a supervisor also deletes what others share."""
    assert page.visit
    view = page.get(View, id_)
    if view.staff_id != page.staff.id and not (view.shared and page.visit.may("supervisor")):
        raise Refused(404)
    page.session.delete(view)
    return page.go("/search")


@route("POST", "/search/export", "supervisor")
def export_page(page: Page) -> HTTPResponse:
    """The messages of the conversations that match, as CSV or JSONL: masked, unless the reason is given for uncovered ones."""
    reason, kind, uncovered = page.form.get("reason", "").strip(), page.form.get("kind", ""), page.form.get("uncovered") == "yes"
    if kind not in ("csv", "jsonl"):
        raise Refused(422)
    if not reason:
        return _show(page, page.form, {"reason": "Say what the export is for: it is recorded."})
    filters = inbox.Filters.read(page.form).asked_by(page.staff.id)
    rows = list(export.rows(page.session, filters, uncovered))
    page.note("exported uncovered" if uncovered else "exported", f"{len(rows)} messages", reason)
    body, content_type = (_csv(rows), "text/csv") if kind == "csv" else (_jsonl(rows), "application/jsonl")
    return text(body, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="conversations.{kind}"'})


def _show(page: Page, fields: dict[str, str], errors: dict[str, str] | None = None) -> HTTPResponse:
    filters = inbox.Filters.read(fields)
    at = number(fields.get("page", ""))
    lines = inbox.found(page.session, filters.asked_by(page.staff.id), at) if filters.given else []
    return page.show(
        "search.html", 422 if errors else 200, filters=filters, lines=lines[:inbox.PAGE], number=at, errors=errors or {},
        more=len(lines) > inbox.PAGE, choices=inbox.choices(page.session), names=accounts.names(page.session),
        views=[(view, urlencode(view.filters)) for view in views.of_staff(page.session, page.staff.id)])


def _csv(rows: list[dict[str, str]]) -> str:
    out = StringIO()
    writer = csv.DictWriter(out, export.COLUMNS)
    writer.writeheader()
    writer.writerows({name: _plain(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _jsonl(rows: list[dict[str, str]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _plain(cell: str) -> str:
    """A spreadsheet would run some cells as formulas."""
    return f"'{cell}" if cell.startswith(tuple("=+-@\t\r")) else cell
