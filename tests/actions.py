"""An action server that a test can hold back: a real one, as far as Rasa sees. It adds nothing to a conversation."""
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_ANSWER = b'{"events": [], "responses": []}'


class HeldActions:
    """asked: how many requests have come in."""

    def __init__(self, port: int) -> None:
        self.asked = 0
        self._go = threading.Event()
        self._go.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nothing is answered before this ends."""
        self._go.clear()
        try:
            yield
        finally:
            self._go.set()

    def stop(self) -> None:
        self._go.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        actions = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                actions.asked += 1
                actions._go.wait()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(_ANSWER)))
                    self.end_headers()
                    self.wfile.write(_ANSWER)
                except OSError:  # who asked is gone
                    pass

            def log_message(self, *_args: object) -> None:
                pass

        return Handler
