"""Twilio's side of a conversation, as far as the assistant sees it: a real HTTP server for its REST interface, and a phone whose
texts reach the assistant's webhook with a real signature."""
import base64
import json
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator

_CODES = {400: 21211, 403: 20003, 429: 20429}


class Carrier:
    """A server that takes texts as Twilio's REST interface does, and lists them. sent: each text as its fields; fails_with: the
    status of the next answers to texts, one each; `before` is called when a text comes, `after` when it was taken."""

    def __init__(self, sid: str, token: str, port: int = 0) -> None:
        self.sid, self.token = sid, token
        self.sent: list[dict[str, str]] = []
        self.fails_with: list[int] = []
        self.asked = 0
        self.before = lambda fields: None
        self.after = lambda fields: None
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, authorization: str, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and body of a request to send a text, or to list what was sent."""
        expected = "Basic " + base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        if authorization != expected:
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        if path != f"/2010-04-01/Accounts/{self.sid}/Messages.json" or not {"To", "From"} <= set(fields):
            return 400, {"code": 21604, "message": "A parameter is missing", "status": 400}
        return self._listed(fields) if method == "GET" else self._taken(fields)

    def _taken(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked += 1
        self.before(fields)
        if self.fails_with:
            status = self.fails_with.pop(0)
            code = _CODES.get(status, 20500)
            return status, {"code": code, "message": f"To {fields['To']}", "status": status}
        self.sent.append({**fields, "date_created": formatdate(usegmt=True)})
        self.after(fields)
        return 201, {"sid": "SM" + secrets.token_hex(16), "status": "queued", "to": fields["To"], "body": fields["Body"]}

    def _listed(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The latest first."""
        sent = [text for text in reversed(self.sent) if all(text[name] == fields[name] for name in ("To", "From"))]
        messages = [{"body": text["Body"], "to": text["To"], "from": text["From"], "date_created": text["date_created"]}
                    for text in sent]
        return 200, {"messages": messages[:int(fields.get("PageSize", 50))], "next_page_uri": None}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        carrier = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(urlsplit(self.path).query)

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

            def _answer(self, form: str) -> None:
                fields = dict(parse_qsl(form, keep_blank_values=True))
                path, authorization = urlsplit(self.path).path, self.headers.get("Authorization", "")
                status, body = carrier.answer(self.command, path, authorization, fields)
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args: Any) -> None:
                pass

        return Handler


@dataclass
class Phone:
    """Texts a clinic's number (`to`) at the assistant `server`, which knows itself by its public address. callbacks: where the
    status of each text that was heard last is to be reported."""

    server: str
    public_url: str
    sid: str
    token: str
    number: str
    to: str = "+19495550100"
    callbacks: list[str] = field(default_factory=list)

    def texts(self, text: str, id: str | None = None, **fields: str) -> list[str]:
        """What is answered at once to a text, which is accepted."""
        status, body = self.posts(self.form(text, id, **fields))
        assert status == 200, (status, body)
        return self.read(body)

    def read(self, twiml: bytes) -> list[str]:
        """The texts of TwiML; the addresses for the status of the last that there were are kept for `reports`."""
        messages = ElementTree.fromstring(twiml).findall("Message")
        self.callbacks = [message.get("statusCallback", "") for message in messages] or self.callbacks
        return ["".join(message.itertext()) for message in messages]

    def form(self, text: str, id: str | None = None, **fields: str) -> list[tuple[str, str]]:
        """The fields of a message as Twilio sends them, blank ones included."""
        id = id or message_id()
        own = {
            "ToCountry": "US", "ToState": "CA", "SmsMessageSid": id, "NumMedia": "0", "ToCity": "", "FromZip": "92101",
            "SmsSid": id, "FromState": "CA", "SmsStatus": "received", "FromCity": "SAN DIEGO", "Body": text,
            "FromCountry": "US", "To": self.to, "ToZip": "", "NumSegments": "1", "MessageSid": id, "AccountSid": self.sid,
            "From": self.number, "ApiVersion": "2010-04-01",
        }
        return list({**own, **fields}.items())

    def reports(self, callback: str, status: str, error: str = "") -> int:
        """Tells what became of a text, at its status address; the HTTP status that answers."""
        fields = {"MessageSid": message_id(), "MessageStatus": status, "To": self.number, "From": self.to, "AccountSid": self.sid,
                  "ErrorCode": error}
        return self.posts(list(fields.items()), callback.removeprefix(self.public_url))[0]

    def posts(self, fields: Iterable[tuple[str, str]], path: str = "/webhooks/sms/webhook", signature: str | None = None,
              body: bytes | None = None, kind: str = "application/x-www-form-urlencoded") -> tuple[int, bytes]:
        """Status and body of a webhook's answer. signature, body: instead of the right ones."""
        content = urlencode(list(fields)).encode() if body is None else body
        signed = RequestValidator(self.token).compute_signature(self.public_url + path, dict(fields))
        headers = {"Content-Type": kind, "X-Twilio-Signature": signed if signature is None else signature}
        request = urllib.request.Request(self.server + path, content, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def message_id() -> str:
    """As Twilio makes them."""
    return "SM" + secrets.token_hex(16)


def port_of(url: str) -> int:
    """The port of an address."""
    return urlsplit(url).port or 80
