"""python -m chaos [ROW ...]   all rows, or those named. The whole table goes to docs/reliability.md. Ends with 1 if a row fails."""
import sys
import tempfile
import time
import traceback
from pathlib import Path

from assistant.clinic import ROOT
from assistant.settings import VAR
from chaos.faults import ROWS, Row
from chaos.page import write
from chaos.stage import Broken, Stage

PAGE = ROOT / "docs/reliability.md"


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
    rows = [(row.fault, row.holds, "holds" if held else "**fails**", said) for row, held, said in results]
    write(PAGE, ["fault", "what must hold", "", "counted"], rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
