"""Search, filters, and the export of what they find."""
import csv
import json
from io import StringIO

from sanic import HTTPResponse
from sanic.response import text

from desk.models import accounts, export, inbox
from desk.web import Page, Refused, route


@route("GET", "/search", "reader")
def search_page(page: Page) -> HTTPResponse:
    """With filters from the address, but no words: what is searched for may be a name, and addresses are logged on the way."""
    return _show(page, {**page.args, "q": ""})


@route("POST", "/search", "reader", writes=False)
def search(page: Page) -> HTTPResponse:
    return _show(page, page.form)


@route("POST", "/search/export", "supervisor")
def export_page(page: Page) -> HTTPResponse:
    """The messages of the conversations that match, masked, as CSV or JSONL."""
    reason, kind = page.form.get("reason", "").strip(), page.form.get("kind", "")
    if kind not in ("csv", "jsonl"):
        raise Refused(422)
    if not reason:
        return _show(page, page.form, {"reason": "Say what the export is for: it is recorded."})
    rows = list(export.rows(page.session, inbox.Filters.read(page.form)))
    page.note("exported", f"{len(rows)} messages", reason)
    body, content_type = (_csv(rows), "text/csv") if kind == "csv" else (_jsonl(rows), "application/jsonl")
    return text(body, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="conversations.{kind}"'})


def _show(page: Page, fields: dict[str, str], errors: dict[str, str] | None = None) -> HTTPResponse:
    filters = inbox.Filters.read(fields)
    number = int(fields.get("page", "0")) if fields.get("page", "0").isdigit() else 0
    lines = inbox.found(page.session, filters, number) if any(vars(filters).values()) else []
    return page.show(
        "search.html", 422 if errors else 200, filters=filters, lines=lines[:inbox.PAGE], number=number, errors=errors or {},
        more=len(lines) > inbox.PAGE, choices=inbox.choices(page.session), names=accounts.names(page.session))


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
