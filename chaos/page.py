"""Puts what a run has measured into a page of docs/, with date, commit and machine, between two marks."""
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path

import psutil

from assistant.clinic import ROOT

_BEGIN, _END = "<!-- measured -->", "<!-- end -->"


def write(page: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Puts the table in place of the one that is there."""
    before, rest = page.read_text("utf-8").split(_BEGIN)
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
    page.write_text(f"{before}{_BEGIN}\n{_where()}\n\n" + "\n".join(lines) + f"\n{_END}{rest.split(_END)[1]}", "utf-8")


def _where() -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    machine = f"{psutil.cpu_count()} cores, {round(psutil.virtual_memory().total / 2**30)} GB, {system}"
    busy = "/".join(f"{load:.0f}" for load in os.getloadavg())
    return f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, commit {commit}, {machine}; load average at the end {busy}."
