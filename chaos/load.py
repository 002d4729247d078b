"""`make load`: so many conversations at once over the cluster of this machine, by web and by text message, and the books of them.

    python -m chaos.load [PEOPLE] [SECONDS]   # 1,000 people, 240 s; the table goes to docs/scaling.md
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from assistant.channels.sms.wording import reply
from assistant.clinic import ROOT
from assistant.settings import VAR
from chaos.audit import Audit, audited, percentile
from chaos.page import write
from chaos.people import ACCOUNT, QUESTIONS, Sent
from chaos.stage import Stage

PAGE = ROOT / "docs/scaling.md"
THINK = (40, 80)  # seconds from an answer to the next message
_WIDE = {"messages_an_hour": 1000, "same_message": 1000}
_MOST_P95_SECONDS = 2.0


def main(people: int, seconds: int) -> int:
    VAR.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="load-", dir=VAR))
    print(f"Starting a cluster ({folder}) ...", flush=True)
    stage = Stage(folder, **_WIDE)
    try:
        print(f"{people} people talk for {seconds} s ...", flush=True)
        before = _processor(stage)
        _locust(stage, folder, people, seconds)
        sent = [_sent(line) for line in (folder / "messages.jsonl").read_text().splitlines()]
        found, used = audited(stage.database_url, sent), {name: after - before[name] for name, after in _processor(stage).items()}
        size = stage.count("select pg_total_relation_size('events')") / max(1, stage.count("select count(*) from events"))
        events = stage.count("select count(*) from events") / found.messages
    finally:
        stage.stop()
    rows = _rows(people, seconds, sent, found) + _costs(used, found, events, size)
    write(PAGE, ["measured", "value"], rows)
    print("\n".join(f"{name}: {value}" for name, value in rows))
    return 0 if found.is_clean and found.p95 <= _MOST_P95_SECONDS else 1


def _locust(stage: Stage, folder: Path, people: int, seconds: int) -> None:
    settings = {"questions": QUESTIONS, "public_url": stage.url, "account": ACCOUNT["TWILIO_ACCOUNT_SID"],
                "token": ACCOUNT["TWILIO_AUTH_TOKEN"], "think": THINK, "later": reply("later", "en")}
    environment = {**os.environ, "LOAD_LOG": str(folder / "messages.jsonl"), "LOAD_SETTINGS": json.dumps(settings)}
    command = [str(ROOT / "deploy/.venv/bin/locust"), "-f", str(ROOT / "chaos/locustfile.py"), "--headless", "-u", str(people),
               "-r", str(max(1, people // 10)), "-t", f"{seconds}s", "-s", "90", "--only-summary",
               "--host", f"http://127.0.0.1:{stage.cluster.port}"]
    with open(folder / "locust.log", "wb") as log:
        subprocess.run(command, env=environment, stdout=log, stderr=log)


def _sent(line: str) -> Sent:
    told = json.loads(line)
    answers = [tuple(each) for each in told["answers"]]
    return Sent(told["id"], told["conversation"], told["channel"], told["began"], answers, told["again"], seconds=told["seconds"])


def _rows(people: int, seconds: int, sent: list[Sent], found: Audit) -> list[tuple[str, str]]:
    def p(percent: int, channel: str) -> str:
        took = [message.seconds or 0 for message in sent if message.channel == channel]
        return f"{percentile(took, percent):.2f} s"

    again = sum(message.told > 0 for message in sent)
    return [
        ("conversations at once", f"{people}, a quarter by text message; a message each {THINK[0]}-{THINK[1]} s"),
        ("messages", f"{found.messages} in {seconds} s"),
        ("answered", f"{found.acknowledged}"),
        ("lost, twice, out of order, unanswered", f"{found.lost}, {found.twice}, {found.out_of_order}, {found.unanswered}"),
        ("had to be sent again", f"{again} ({again / found.messages:.2%})"),
        ("web: p50, p95, p99", ", ".join(p(percent, "web") for percent in (50, 95, 99))),
        ("SMS: p50, p95, p99", ", ".join(p(percent, "sms") for percent in (50, 95, 99))),
    ]


def _costs(used: dict[str, float], found: Audit, events: float, size: float) -> list[tuple[str, str]]:
    """What a message takes of each engine, without what it takes to stand idle."""
    rows = [(f"{name}: processor time a message", f"{1000 * seconds / found.messages:.1f} ms") for name, seconds in used.items()]
    return [*rows, ("events a message", f"{events:.1f}"), ("database a message, with indexes", f"{events * size / 1000:.1f} kB")]


def _processor(stage: Stage) -> dict[str, float]:
    """Seconds of processor time that each engine has used."""
    cluster = stage.cluster
    groups = {
        "assistants": [server.pid for server in cluster.assistants], "desk": [server.pid for server in cluster.desks],
        "PostgreSQL": [cluster.postgres.server.get_pid()],  # type: ignore[union-attr]
        **{name: [server.pid] for name, server in cluster.others.items()},
    }
    return {name: sum(_seconds(pid) for pid in pids) for name, pids in groups.items()}


def _seconds(pid: int | None) -> float:
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:4]) for each in family)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given + [1000, 240][len(given):])))
