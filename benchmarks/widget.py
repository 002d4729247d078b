"""`make bench-widget`: what the widget costs a slow phone. Script time in Chromium with the processor slowed four times, and bytes.

Medians over several visits, each in a new browser context: loading the page with the closed chat, opening it, one answer.
"""
import gzip
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, sync_playwright

from tests.conftest import Assistant
from tests.content import ROOT
from tests.widget.chat import Chat
from tests.widget.conftest import QUIET

SLOWED = 4
VISITS = 7


def main() -> int:
    chromium = subprocess.run(ROOT / "bin/find-chromium", capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        assistant = Assistant(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        try:
            visits = [visit(browser, f"http://127.0.0.1:{assistant.port}/") for _ in range(VISITS + 1)][1:]  # the first warms up
        finally:
            browser.close()
            assistant.stop()
    script = (ROOT / "widget/dist/iop-assistant.js").read_bytes()
    print(f"script: {len(script)} bytes, {len(gzip.compress(script, 9))} gzipped")
    print(f"script time, processor slowed {SLOWED} times, median of {VISITS} visits (ms):")
    for step in visits[0]:
        times = [measured[step] for measured in visits]
        print(f"  {step:<24}{statistics.median(times):6.1f}   ({min(times):.1f} to {max(times):.1f})")
    return 0


def visit(browser: Browser, address: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.goto(address, wait_until="networkidle")
    chat, spent = Chat(page), {"page with closed chat": script_time(session)}
    ask = partial(chat.says, "do they drug test?", "drug testing")
    for step, act in {"opening it": chat.open, "a question and answer": ask}.items():
        before = script_time(session)
        act()
        spent[step] = script_time(session) - before
    context.close()
    return spent


def script_time(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(metric["value"] for metric in metrics if metric["name"] == "ScriptDuration")


if __name__ == "__main__":
    sys.exit(main())
