"""The website as a visitor uses it."""
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

NEUTRAL = "https://www.weather.gov/"
MESSAGES = "**/webhooks/website/messages"
PATIENCE = 60_000  # milliseconds an answer may take on a busy machine
expect.set_options(timeout=PATIENCE)


class Visit:
    def __init__(self, browser: Browser, base: str, contexts: list[BrowserContext], options: dict) -> None:
        self.browser, self.base, self.contexts, self.options = browser, base, contexts, options
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.expected: list[str] = []

    def __call__(self, path: str = "/", width: int = 1280, height: int = 800, **options) -> "Chat":
        """A new browser of a new visitor, on the clinic's page."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, **self.options, **options)
        self.contexts.append(context)
        context.route(f"{NEUTRAL}**", lambda route: route.fulfill(content_type="text/html", body="<title>Weather</title>"))
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("console", lambda message: self._note(message.type, message.text))
        context.on("weberror", lambda error: self._note("error", str(error.error)))
        page = context.new_page()
        page.goto(self.base + path)
        return Chat(page)

    @contextmanager
    def expecting(self, words: str):
        """Chromium itself complains on the console of a failed request; here that is what is tested."""
        self.expected.append(words)
        yield
        self.expected.remove(words)

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(words in text for words in self.expected):
            self.complaints.append(text)


class Chat:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.element = page.locator("iop-assistant")
        self.launcher = self.element.locator(".launcher")
        self.panel = self.element.locator("dialog")
        self.log = self.element.get_by_role("log")
        self.messages = self.log.locator(".message")
        self.input = self.element.locator("textarea")
        self.replies = self.element.locator(".replies")
        self.state = self.element.locator(".state")

    def open(self) -> "Chat":
        self.launcher.click()
        expect(self.panel).to_be_visible()
        return self

    def says(self, text: str, *hears: str) -> "Chat":
        self.input.fill(text)
        self.input.press("Enter")
        return self.hears(text, *hears) if hears else self

    def picks(self, words: str, *hears: str) -> "Chat":
        self.reply(words).click()
        return self.hears(words, *hears)

    def hears(self, said: str, *answers: str) -> "Chat":
        """The answers after the visitor's last message, which is `said`."""
        expect(self.element.locator(".visitor").last).to_contain_text(said)
        for words in answers:
            answer = self.log.locator(".visitor:not(:has(~ .visitor)) ~ .assistant")
            expect(answer.filter(has_text=words).first).to_be_visible()
        expect(self.element.locator(".typing")).to_have_count(0)
        return self

    def sent_by(self, handle: Callable[[Route], None]) -> None:
        """From now on `handle` is what takes the messages that are sent to the assistant."""
        self.page.route(MESSAGES, lambda route: handle(route) if route.request.method == "POST" else route.fallback())

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is sent meanwhile is on its way, and comes to the assistant once this ends."""
        on_the_way: list[Route] = []
        self.sent_by(on_the_way.append)
        yield
        self.sent_by(lambda route: route.continue_())
        for route in on_the_way:
            route.continue_()

    def drawn(self) -> "Chat":
        """Waits until what has changed is on the screen, and scrolling is noticed."""
        self.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        return self

    def stops_the_clock(self) -> "Chat":
        """Time passes in the page only as the test says: `page.clock.run_for(milliseconds)`."""
        self.page.clock.install(time=0)
        self.page.clock.pause_at(1)
        return self

    def lets_time_pass(self, until: Locator) -> None:
        """On a stopped clock: second by second, until something shows."""
        for _ in range(300):
            if until.is_visible():
                return
            self.page.clock.run_for(1000)
        raise AssertionError("it did not show within five minutes")

    def reply(self, words: str) -> Locator:
        return self.replies.get_by_role("button", name=words, exact=True)

    def button(self, words: str | re.Pattern) -> Locator:
        return self.panel.get_by_role("button", name=words)

    def focused(self) -> str:
        """What has the focus, by its name or words."""
        return self.page.evaluate("""() => {
            let at = document.activeElement;
            while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
            return at.id || at.getAttribute("aria-label") || at.textContent.trim() || at.tagName;
        }""")

    def stored(self) -> dict:
        return self.page.evaluate("() => ({...sessionStorage, ...localStorage})")
