"""`make sms`: a phone in the terminal. What is typed reaches the running assistant as Twilio would bring it, through the real
webhook with a real signature; what Twilio would send later arrives here, too.  python -m tools.phone URL"""
import os
import sys
import urllib.error

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.patch_stdout import patch_stdout

from assistant.channels.sms.text import is_gsm7, segments
from tools.carrier import Carrier, Phone, message_id, port_of

CENTS = 1.1  # a segment in the US, Twilio's price and the carriers' fee: docs/sms.md
FIRST, OTHER = "+16194280001", "+16194280002"
HELP = """Type a text and press Enter. STOP, START, HELP and MORE are texts like any other. Besides:
  /again            the last text once more, as Twilio sends it when it heard nothing
  /picture [words]  a picture, with or without words
  /number           another phone; the first one again after that
  /failed           tells the assistant that its last text was not delivered
  Ctrl-D            ends it"""


class Terminal:
    """The phone's screen. sent: the last text and its id; cents: what all of it would have cost."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.last: tuple[str, str, dict[str, str]] | None = None
        self.cents = 0.0

    def typed(self, line: str) -> None:
        """Does what a line says."""
        command, _, words = line.partition(" ")
        if command == "/again" and self.last:
            self._send(*self.last)
        elif command == "/picture":
            picture = {"NumMedia": "1", "MediaUrl0": "https://example.org/p.jpg", "MediaContentType0": "image/jpeg"}
            self._send(words, message_id(), picture)
        elif command == "/number":
            self.phone.number = OTHER if self.phone.number == FIRST else FIRST
            self._say(f"This is {self.phone.number} now.")
        elif command == "/failed" and self.phone.callbacks:
            self.phone.reports(self.phone.callbacks[-1], "undelivered", "30003")
            self._say("Told: the phone is off or out of reach.")
        elif command.startswith("/"):
            self._say(HELP)
        else:
            self._send(line, message_id(), {})

    def arrives(self, text: str, how: str = "") -> None:
        """Shows a text of the assistant's."""
        count = segments(text)
        self.cents += count * CENTS
        alphabet = "GSM-7" if is_gsm7(text) else "UCS-2"
        bubble = "\n".join(f"  | {line}" for line in text.splitlines())
        plural = "" if count == 1 else "s"
        note = f"    {how}{count} segment{plural}, {alphabet}, {count * CENTS:.1f} cents; {self.cents:.1f} in all"
        print_formatted_text(FormattedText([("ansigreen", bubble), ("", "\n"), ("ansibrightblack", note)]))

    def _send(self, text: str, id: str, fields: dict[str, str]) -> None:
        self.last = (text, id, fields)
        self.cents += segments(text) * CENTS
        try:
            heard = self.phone.texts(text, id, **fields)
        except (AssertionError, urllib.error.URLError) as error:
            self._say(f"The webhook did not take it: {error}")
            return
        for answer in heard:
            self.arrives(answer)
        if not heard:
            self._say("(no answer)")

    @staticmethod
    def _say(text: str) -> None:
        print_formatted_text(FormattedText([("ansibrightblack", text)]))


def main(url: str) -> None:
    """Texts with the assistant at `url`, which has the account of the environment, until the input ends."""
    sid, token = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
    terminal = Terminal(Phone(url, os.environ["PUBLIC_URL"], sid, token, FIRST))
    carrier = Carrier(sid, token, port_of(os.environ["TWILIO_API_URL"]))
    carrier.after = lambda fields: terminal.arrives(fields["Body"], "later, by REST: ")
    session: PromptSession[str] = PromptSession()
    print(HELP)
    try:
        with patch_stdout():
            while True:
                terminal.typed(session.prompt(f"{terminal.phone.number}> "))
    except (EOFError, KeyboardInterrupt):
        carrier.stop()


if __name__ == "__main__":
    main(sys.argv[1])
