"""`make bench`: training, start, memory, disk and the time of a turn, as a table.

The machine is noisy: compare figures of one run only.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from tests.conftest import Assistant
from tests.content import ROOT

QUESTIONS = ["How many hours a week is it?", "do they drug test", "what about for veterans?", "how much is it", "me siento perdido"]
TURNS = 60


def main() -> int:
    rows = [("installed packages (.venv)", _size(ROOT / ".venv"), "at most 900 MB with no test packages")]
    rows += [(f"training, {name}", f"{seconds:.0f} s", "at most 60 s") for name, seconds in _trainings()]
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        assistant = Assistant(Path(folder))
        assistant.says("first", QUESTIONS[0])
        rows.append(("start to first answer, action server included", f"{time.monotonic() - start:.1f} s", "at most 10 s"))
        rows += [("a turn, median of " + str(TURNS), f"{1000 * _turn(assistant):.0f} ms", "")]
        rows += [("`GET` of the health page, for comparison", f"{1000 * _page(assistant):.1f} ms", "")]
        rows.append(("assistant, resident memory", _resident(assistant.server), "at most 350 MB"))
        rows.append(("action server, resident memory", _resident(assistant.action_server), ""))
        assistant.stop()
    print("\n".join(f"{what:<48}{figure:>10}   {aim}" for what, figure, aim in rows))
    return 0


def _trainings():
    """All content anew, and again with the sentence vectors kept (as after a change of content)."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("the first time", "after a change of content"):
            command = [sys.executable, "-m", "rasa", "train", "--force", "--out", folder, "--quiet"]
            if name == "the first time":
                (ROOT / "var/vectors.npz").unlink(missing_ok=True)
            start = time.monotonic()
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=os.environ)
            yield name, time.monotonic() - start


def _turn(assistant: Assistant) -> float:
    turns = [(f"bench{i // 10}", QUESTIONS[i % len(QUESTIONS)]) for i in range(TURNS)]
    return statistics.median(_timed(lambda turn=turn: assistant.says(*turn)) for turn in turns)


def _page(assistant: Assistant) -> float:
    return statistics.median(_timed(lambda: httpx.get(f"{assistant.url}/health", verify=False)) for _ in range(TURNS))


def _timed(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _resident(server: subprocess.Popen) -> str:
    return f"{psutil.Process(server.pid).memory_info().rss / 1e6:.0f} MB"


def _size(folder: Path) -> str:
    return f"{sum(path.lstat().st_size for path in folder.rglob('*') if not path.is_dir()) / 1e6:.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
