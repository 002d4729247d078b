"""A real browser on the real assistant's page. Whatever a test does: no console error, nothing against the page's Content
Security Policy, and no request to anybody else."""
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.channels.visitor import from_address, new_address
from tests.conftest import Assistant
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


@pytest.fixture
def visit_strict(browser: Browser, strict: Assistant) -> Iterator[Visit]:
    """The same at an assistant of narrow limits, which a test may also kill."""
    yield from visits(browser, strict, extra_http_headers=from_address(new_address()))


@pytest.fixture
def chat(visit: Visit) -> Chat:
    return visit()


def visits(browser: Browser, assistant: Assistant, **options) -> Iterator[Visit]:
    contexts: list[BrowserContext] = []
    visit = Visit(browser, f"http://127.0.0.1:{assistant.port}", contexts, options)
    yield visit
    for context in contexts:
        context.close()
    assert not visit.complaints
    assert [url for url in visit.requests if not url.startswith((visit.base, NEUTRAL))] == []
