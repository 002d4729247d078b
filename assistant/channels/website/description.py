"""The interface's description, openapi.yml, and what it says of a request's body."""
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from sanic.request import Request

from assistant.channels.website.http import Problem

FILE = Path(__file__).parent / "openapi.yml"


@cache
def openapi() -> dict[str, Any]:
    """The description."""
    return yaml.safe_load(FILE.read_text("utf-8"))


def base_path() -> str:
    """Where the interface begins: Rasa puts each channel under its name."""
    return openapi()["servers"][0]["url"]


def new_message(request: Request) -> dict[str, str]:
    """The body of a request to send a message. Raises the Problem that names what is wrong with it."""
    if request.content_type.partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "The body must be JSON, and its Content-Type application/json.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Problem(422, "body: is not JSON.") from None
    if errors := list(_validator().iter_errors(body)):
        raise Problem(422, _named(min(errors, key=lambda error: error.validator == "oneOf")))  # a field's own fault first
    return {name: _encodable(value) for name, value in body.items() if isinstance(value, str)}


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(openapi()["components"]["schemas"]["NewMessage"])


def _named(error: jsonschema.ValidationError) -> str:
    if error.validator == "required":
        return f"body: {error.message}."  # names the field; other messages would repeat what was sent
    if error.validator == "oneOf":
        return "body: needs either a text or a button."
    field = ".".join(map(str, error.absolute_path)) or "body"
    return f"{field}: is not as {base_path()}/openapi.json describes it."


def _encodable(text: str) -> str:
    """JSON can name halves of characters, which no database and no answer can hold."""
    return text.encode("utf-8", "replace").decode()
