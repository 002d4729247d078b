"""What the two projects are made of, and whether a known vulnerability is among it.   python -m deploy.audit UV

Writes var/sbom/*.json (CycloneDX). A vulnerability that docs/security.md names, by its id, with how it is kept out of reach, is
known to us; any other is a failure. Where the database of advisories cannot be reached it says so.
"""
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from assistant.clinic import ROOT

PROJECTS = {"assistant": (".", ["--no-emit-package", "tensorflow"]), "desk": ("desk", [])}  # tensorflow: placeholders/
_ID = re.compile(r"\b(?:CVE-\d{4}-\d+|GHSA(?:-\w{4}){3}|PYSEC-\d{4}-\d+)\b")
_ANSWER_SECONDS = 600


def bill(uv: str, name: str) -> Path:
    """The software bill of materials of a project, from its lock."""
    path = ROOT / f"var/sbom/{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_exported(uv, name, "cyclonedx1.5"))
    return path


def report(uv: str, name: str) -> dict[str, Any]:
    """What pip-audit finds of the packages that a project's lock names."""
    pinned = ROOT / f"var/sbom/{name}.txt"
    pinned.write_text(_exported(uv, name, "requirements-txt", *PROJECTS[name][1]))
    program, quietly = str(ROOT / "deploy/.venv/bin/pip-audit"), ["--disable-pip", "--progress-spinner", "off"]
    command = [program, "-r", str(pinned), "-f", "json", *quietly]
    return json.loads(subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER_SECONDS).stdout or "{}")


def unknown(found: dict[str, Any], known: set[str]) -> list[str]:
    """A line for each vulnerability that is not known to us."""
    return [
        f"{package['name']} {package['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version'}"
        for package in found.get("dependencies", []) for flaw in package.get("vulns", [])
        if not {flaw["id"], *flaw.get("aliases", [])} & known
    ]


def was_audited(found: dict[str, Any]) -> bool:
    return any("vulns" in package for package in found.get("dependencies", []))


def known_to_us() -> set[str]:
    """The ids that docs/security.md names."""
    page = ROOT / "docs/security.md"
    return set(_ID.findall(page.read_text("utf-8"))) if page.exists() else set()


def main(uv: str) -> int:
    problems = []
    for name in PROJECTS:
        count = len(json.loads(bill(uv, name).read_text())["components"])
        found = report(uv, name)
        audited = "audited" if was_audited(found) else "not audited, the database of advisories cannot be reached from here"
        print(f"{name}: {count} packages (var/sbom/{name}.json); {audited}")
        problems += unknown(found, known_to_us())
    if problems:
        print("\n".join(problems), "Update them, or say in docs/security.md how each is kept out of reach.", sep="\n")
    return bool(problems)


def _exported(uv: str, name: str, form: str, *more: str) -> str:
    command = [uv, "export", "-q", "--locked", "--no-emit-project", "--project", PROJECTS[name][0], "--format", form, *more]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
