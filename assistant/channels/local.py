"""The channel of `make run`, for this machine only: Rasa's rest interface, guarded. Named in credentials.yml.

It lets its caller choose any conversation id. Never serve it to the outside.
"""
from typing import Optional

from rasa.core.channels.rest import RestInput
from sanic import Blueprint
from sanic.request import Request

from assistant.channels.guard import Handler, guarded


class LocalInput(RestInput):
    """POST {"sender": ..., "message": ...} to /webhooks/rest/webhook; the answers come back as a list."""

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        return super().blueprint(guarded(on_new_message))

    def _extract_message(self, req: Request) -> Optional[str]:
        message = req.json.get("message")
        return message if isinstance(message, str) else ""
