"""The example of a clinic's page at `/`, and the widget's script: files of `widget/`, with the values of clinic.yml filled in."""
import gzip
import hashlib
import html
import mimetypes
import re
from functools import lru_cache
from typing import Optional

from sanic.request import Request
from sanic.response import HTTPResponse, empty, raw

from assistant import clinic
from assistant.clinic import ROOT

PAGE = ROOT / "widget/page"
SCRIPT = ROOT / "widget/dist/iop-assistant.js"
_FIELD = re.compile(r"\{(\w+)\}")
_POLICY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
                               "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def page(request: Request) -> Optional[HTTPResponse]:
    """The page (`/`) or a file beside it (`/page.css`); None where the request is for neither."""
    name = request.path.strip("/") or "index.html"
    if request.method not in ("GET", "HEAD") or name not in {path.name for path in PAGE.iterdir()}:
        return None
    content = (PAGE / name).read_bytes()
    if name.endswith(".html"):
        content = filled(content.decode()).encode()
    return _file(request, content, name, _POLICY)


async def script(request: Request) -> HTTPResponse:
    """The widget, for any website to load. Where it may talk to the assistant from is another matter."""
    content = SCRIPT.read_bytes()
    return _file(request, content, SCRIPT.name, {"Access-Control-Allow-Origin": "*"})


def filled(text: str) -> str:
    """The page with the values of clinic.yml for its {names}; a form that is opened here joins no conversation."""
    values = {**clinic.settings(), "intake_form": clinic.settings()["intake_form"].replace("{reference}", "")}
    return _FIELD.sub(lambda match: html.escape(values.get(match[1], match[0])), text)


def _file(request: Request, content: bytes, name: str, headers: dict[str, str]) -> HTTPResponse:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**headers, "ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == tag:
        return empty(304, headers)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith("javascript")
    if text and "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["Content-Encoding"] = _packed(content), "gzip"
    return raw(content, headers=headers, content_type=f"{kind}; charset=utf-8" if text else kind)


@lru_cache(maxsize=16)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
