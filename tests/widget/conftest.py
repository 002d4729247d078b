"""A real browser on the real assistant's page. Whatever a test does: no console error, nothing against the page's Content
Security Policy, and no request to anybody else."""
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.conftest import CHANNEL, Assistant
from tests.content import ROOT
from tests.widget.chat import NEUTRAL, Chat, Visit

QUIET = [  # Chromium's own errands, which would go to its makers
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    found = subprocess.run(ROOT / "bin/find-chromium", capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found.stdout.strip(), args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, assistant: Assistant) -> Iterator[Visit]:
    """Opens a page as a new visitor: visit(width=320, locale="es")."""
    yield from visits(browser, assistant)


@pytest.fixture(scope="package")
def strict(tmp_path_factory) -> Iterator[Assistant]:
    """An assistant of few messages a minute, which a test may also kill."""
    limits = {"messages_a_minute": 3, "message_length": 500}
    running = Assistant(tmp_path_factory.mktemp("strict"), credentials={CHANNEL: limits})
    yield running
    running.stop()


@pytest.fixture
def visit_strict(browser: Browser, strict: Assistant) -> Iterator[Visit]:
    yield from visits(browser, strict)


@pytest.fixture
def chat(visit: Visit) -> Chat:
    return visit()


def visits(browser: Browser, assistant: Assistant) -> Iterator[Visit]:
    contexts: list[BrowserContext] = []
    visit = Visit(browser, f"http://127.0.0.1:{assistant.port}", contexts)
    yield visit
    for context in contexts:
        context.close()
    assert not visit.complaints
    assert [url for url in visit.requests if not url.startswith((visit.base, NEUTRAL))] == []
