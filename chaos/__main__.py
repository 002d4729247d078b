"""python -m chaos [ROW ...]   all rows, or those named. The whole table goes to docs/reliability.md. Ends with 1 if a row fails."""
import platform
import subprocess
import sys
import tempfile
import time
import traceback
from datetime import datetime, timezone
from pathlib import Path

import psutil

from assistant.clinic import ROOT
from assistant.settings import VAR
from chaos.faults import ROWS, Row
from chaos.stage import Broken, Stage

PAGE = ROOT / "docs/reliability.md"
_BEGIN, _END = "<!-- made by make chaos -->", "<!-- end -->"


def main(names: list[str]) -> int:
    rows = [row for row in ROWS if not names or row.name in names]
    VAR.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=VAR))
    results, stage = [], None
    try:
        if any(not row.alone for row in rows):
            print(f"Starting a cluster ({folder}) ...", flush=True)
            stage = Stage(folder / "cluster")
        for row in rows:
            results.append((row, *_tried(row, stage, folder)))
            if stage and not row.alone:
                stage.down.clear()
                stage.whole()
    finally:
        if stage:
            stage.stop()
    if not names:
        _write(results)
    failed = [row for row, held, _ in results if not held]
    print(f"{len(results) - len(failed)} of {len(results)} rows hold.")
    return bool(failed)


def _tried(row: Row, stage: Stage | None, folder: Path) -> tuple[bool, str]:
    print(f"{row.fault} ...", flush=True)
    began = time.monotonic()
    try:
        held, said = True, row.trial(folder if row.alone else stage)
    except Broken as error:
        held, said = False, str(error)
    except Exception as error:  # the trial itself failed: told as such, and the others are tried
        traceback.print_exc()
        held, said = False, f"could not be tried ({type(error).__name__})"
    print(f"    {'holds' if held else 'FAILS'} after {time.monotonic() - began:.0f} s: {said}", flush=True)
    return held, said


def _write(results: list[tuple[Row, bool, str]]) -> None:
    """Puts the table into the page, with date, commit and machine."""
    lines = ["| fault | what must hold | | counted |", "|---|---|---|---|"]
    lines += [f"| {row.fault} | {row.holds} | {'holds' if held else '**fails**'} | {said} |" for row, held, said in results]
    page = PAGE.read_text("utf-8")
    before, rest = page.split(_BEGIN)
    after = rest.split(_END)[1]
    PAGE.write_text(f"{before}{_BEGIN}\n{_where()}\n\n" + "\n".join(lines) + f"\n{_END}{after}")


def _where() -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    memory = round(psutil.virtual_memory().total / 2**30)
    when = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    machine = f"{psutil.cpu_count()} cores, {memory} GB, {system}"
    return f"{when}, commit {commit}, {machine}."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
