"""The release before this one, laid out beside it from the history: the newest tag, or the commit that PREVIOUS_RELEASE names."""
import os
import shutil
import subprocess
from pathlib import Path

from assistant.clinic import ROOT

_FIRST = "1d7729f"  # what ran before there were tags


def name() -> str:
    """How the history calls it."""
    if given := os.environ.get("PREVIOUS_RELEASE"):
        return given
    tag = subprocess.run(["git", "describe", "--tags", "--abbrev=0"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return tag or _FIRST


def previous(folder: Path) -> Path:
    """Its files, with the packages and the model of this one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", name()], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "x", "-C", str(folder)], input=archive, check=True)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "models").symlink_to(ROOT / "models")
    return folder
