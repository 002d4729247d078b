"""The rows of the table: each breaks something while people talk, and says what was counted. A row that fails raises Broken."""
import sqlite3
import subprocess
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import redis

from assistant import clinic
from assistant.channels.sms.numbers import Numbers
from assistant.channels.sms.options import Options as SmsOptions
from assistant.channels.sms.wording import reply
from assistant.clinic import ROOT
from chaos import hostile, releases
from chaos.audit import Audit, audited, percentile
from chaos.people import QUESTIONS, People, Sent, new_phone, says, visitor
from chaos.single import Clock, Single
from chaos.stage import Broken, Stage, acknowledged, expect, heard, until
from deploy import cluster
from deploy.servers import Postgres
from tools.carrier import Phone, message_id

PHONE = clinic.settings()["admissions_phone"]
CRISIS = "i want to kill myself"
_EIGHT_HOURS = 2880  # messages


@dataclass(frozen=True)
class Row:
    """fault: what is broken; holds: what must hold; trial: tries it, and says what was counted; alone: without the cluster."""

    name: str
    fault: str
    holds: str
    trial: Callable
    alone: bool = False


ROWS: list[Row] = []


def row(fault: str, holds: str, alone: bool = False) -> Callable:
    def declared(trial: Callable) -> Callable:
        ROWS.append(Row(trial.__name__, fault, holds, trial, alone))
        return trial
    return declared


@row("each assistant is killed in the middle of its turns", "the retry is answered once; nothing acknowledged is lost")
def assistant_killed(stage: Stage) -> str:
    with stage.talking() as people:
        for number in range(2):
            time.sleep(3)
            stage.cluster.assistants[number].kill()
            stage.whole()
    return str(stage.books(people))


@row("PostgreSQL is killed, and back after 8 s",
     "a plain sentence with the phone line; a crisis is answered; it recovers by itself")
def postgresql_killed(stage: Stage) -> str:
    with stage.talking() as people:
        time.sleep(3)
        stage.cluster.postgres.kill()
        began = time.monotonic()
        _hears_the_phone_line(stage.answers("do they drug test?"))
        _hears_the_crisis_line(stage.answers(CRISIS))
        time.sleep(max(0, 8 - (time.monotonic() - began)))
        stage.cluster.postgres.start()
        seconds = stage.recovered()
    return f"{stage.books(people)}; answered again {seconds:.1f} s after it was back"


@row("Redis is killed twice, and emptied 20 times", "order is kept, no message is taken twice")
def redis_killed(stage: Stage) -> str:
    with stage.talking() as people:
        for _ in range(2):
            time.sleep(2)
            stage.cluster.others["redis"].kill()
            _hears_the_crisis_line(stage.answers(CRISIS))
            stage.recovered()
        client = redis.Redis.from_url(stage.cluster.environment["REDIS_URL"])
        for _ in range(20):
            client.flushall()
            time.sleep(0.3)
    return str(stage.books(people))


@row("the action server and the desk are killed, and away for 10 s", "the assistant goes on; the desk catches up")
def others_killed(stage: Stage) -> str:
    with stage.talking() as people:
        time.sleep(2)
        stage.down |= {"action server", "desk 1"}
        for server in [*filter(None, [stage.cluster.others.get("actions")]), *stage.cluster.desks]:
            server.kill()
        time.sleep(10)
        expect("weeks" in stage.answers()[-1], "questions are answered meanwhile")
        stage.down.clear()
    found = stage.books(people)
    stage.whole()
    said = "select count(*) from events where type_name in ('user', 'bot')"
    until(lambda: stage.count("select count(*) from desk_messages") == stage.count(said), "the desk has read every message")
    return f"{found}; the desk has all {stage.count(said)} messages"


@row("Twilio takes texts late, with 429 and 5xx, and brings messages twice at once",
     "each is answered exactly once, in order, or visibly given up")
def twilio_in_trouble(stage: Stage) -> str:
    phones = [new_phone(stage.url) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        doubled = sum(pool.map(_texts_twice, phones), [])
    for first, second in doubled:
        expect(bool(first) and first == second, f"a message that comes twice at once is answered alike ({first}, {second})")
    late = _answers_that_follow(stage, phones)
    user = "select count(*) from events where type_name = 'user' and sender_id in ({})"
    stored = stage.count(user.format(", ".join(f"'{_conversation(phone)}'" for phone in phones)))
    expect(stored == 24, f"24 messages are stored ({stored} are)")
    return f"18 messages twice at once: 18 stored, answered alike; {late}"


def _texts_twice(phone: Phone) -> list[tuple[list[str], list[str]]]:
    """What was answered to each of three messages, both times."""
    answers = []
    for text in ("do they drug test?", "can i keep working", "what is iop"):
        id_ = message_id()
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(lambda _: phone.texts(text, id_), range(2))  # noqa: B023
        answers.append((first, second))
    return answers


def _answers_that_follow(stage: Stage, phones: list[Phone]) -> str:
    """Somebody holds the conversations longer than Twilio waits, so that the answers follow by its REST interface."""
    before = len(stage.carrier.sent)
    stage.carrier.fails_with += [429, 500, 503, 429, 502, 500]
    stage.carrier.after = lambda fields: time.sleep(1)
    client = redis.Redis.from_url(stage.cluster.environment["REDIS_URL"])
    keys = [f"iop_lock:{{sms {_conversation(phone)}}}" for phone in phones]
    for key in keys:
        client.set(f"{key}:held", 1)
        client.rpush(key, "held")
    with ThreadPoolExecutor(6) as pool:
        lines = list(pool.map(lambda phone: phone.texts("how long does iop last?"), phones))
    client.delete(*keys, *(f"{key}:held" for key in keys))
    expect(all(line == [reply("later", "en")] for line in lines), "an honest line goes out before Twilio gives up")
    until(lambda: stage.count("select count(*) from sms_outbox") == 0, "the queue is empty", 120)
    for phone in phones:
        mine = [fields["Body"] for fields in stage.carrier.sent[before:] if fields["To"] == phone.number]
        expect(len(mine) == 1 and "weeks" in mine[0], f"the answer that follows comes once ({len(mine)} came)")
    return f"{len(phones)} answers that followed, past 429 and 5xx: each came once"


def _conversation(phone: Phone) -> str:
    return Numbers(SmsOptions()).conversation(phone.number)


@row("a broken model is put there, then a whole one, while people talk",
     "the old one goes on serving, with a clear line; the whole one takes over without a lost message")
def model_changed(stage: Stage) -> str:
    said: list[str] = []
    stage.cluster.say = said.append
    whole = cluster.MODEL
    with stage.talking() as people:
        cluster.MODEL = stage.cluster.folder / "broken.tar.gz"
        cluster.MODEL.write_bytes(whole.read_bytes()[:100_000])
        expect(not stage.cluster.take_over_model(), "a broken model takes nobody's place")
        expect("weeks" in stage.answers()[-1], "the old one serves")
        cluster.MODEL = whole
        expect(stage.cluster.take_over_model(), "the whole one takes over")
    found = stage.books(people)
    line = next((line for line in said if "does not load" in line), "")
    expect("go on with the model that they have" in line, "the operator is told")
    expect(found.told + found.failed == 0, f"nobody notices ({found.told + found.failed} had to send again)")
    return f'{found}; the operator reads: "{line.split(" (see")[0]} ..."'


@row("10,000 hostile requests: fuzz, floods, huge bodies, bad encodings, smuggling, forged tokens, 300 slow clients",
     "no 5xx, nothing leaks, others are served")
def hostile_requests(stage: Stage) -> str:
    with stage.talking() as people:
        time.sleep(5)
        statuses = hostile.attack(stage.cluster.port, 10_000)
    found = stage.books(people)
    logs = "".join(path.read_text("utf-8", "replace") for path in stage.cluster.folder.glob("*.log"))
    bad = {status: count for status, count in statuses.items() if status >= 500 and status != 505}  # nginx's, to HTTP/9.9
    expect(not bad, f"no answer is 5xx ({bad})")
    expect("zebra" not in logs, "no log holds what was sent")
    expect(found.failed == 0, f"others are served ({found.failed} requests of theirs failed)")
    told = ", ".join(f"{count} times {status or 'cut off'}" for status, count in sorted(statuses.items()))
    return f"{told}; meanwhile {found}"


@row("one conversation floods", "others' p95 at most doubles")
def one_floods(stage: Stage) -> str:
    with stage.talking() as people:
        time.sleep(20)
    before = percentile([message.seconds or 99 for message in people.sent], 95)
    ended, statuses = threading.Event(), Counter()  # type: ignore[var-annotated]
    with visitor(stage.url) as (client, headers):
        def flood(number: int) -> None:
            while not ended.is_set():
                body = {"id": str(uuid.uuid4()), "text": QUESTIONS[number % len(QUESTIONS)]}
                statuses[client.post("/messages", json=body, headers=headers).status_code] += 1

        flooding = [threading.Thread(target=flood, args=(number,), daemon=True) for number in range(16)]
        for thread in flooding:
            thread.start()
        with stage.talking() as others:
            time.sleep(20)
        ended.set()
        for thread in flooding:
            thread.join(30)
    found = stage.books(others)
    expect(found.p95 <= 2 * before, f"p95 at most doubles ({before:.2f} s to {found.p95:.2f} s)")
    flood = f"{sum(statuses.values())} requests of one conversation ({statuses[200]} answered)"
    return f"{flood}; others' p95 {before:.2f} s before, {found.p95:.2f} s meanwhile"


@row("a backup is restored on another machine", "the conversation goes on where it was")
def restored_elsewhere(stage: Stage) -> str:
    """pg_dump into an empty PostgreSQL, where an assistant with the same secret goes on with the same token."""
    with visitor(stage.url) as (client, headers):
        expect(says(client, headers, Sent(str(uuid.uuid4()), "", "web", 0), "do they drug test?"), "a conversation begins")
        history = client.get("/messages", headers=headers).json()
        tools, elsewhere = stage.cluster.postgres.server.bin_path, Postgres()
        dump = subprocess.run([tools / "pg_dump", "-d", stage.database_url], check=True, capture_output=True).stdout
        subprocess.run([tools / "psql", "-q", "-d", elsewhere.url], input=dump, check=True, capture_output=True)
        other = Single(stage.cluster.folder / "elsewhere", DATABASE_URL=elsewhere.url).start()
        try:
            there = httpx.Client(base_url=f"{other.url}/webhooks/website")
            expect(there.get("/messages", headers=headers).json() == history, "the history is the same")
            expect(says(there, headers, Sent("", "", "web", 0, []), "") is False, "an empty message is refused there, too")
            body = {"id": str(uuid.uuid4()), "text": "why?"}
            again = there.post("/messages", json=body, headers=headers).json()["messages"]
        finally:
            other.stop()
            elsewhere.remove()
    expect(again[0]["seq"] > history["messages"][-1]["seq"], "it goes on where it was")
    expect("automated assistant" not in again[0]["text"], "it does not begin anew")
    return f"{len(history['messages'])} messages of the history are the same, and \"why?\" is answered from them"


@row("SQLite is locked for 5 s by somebody else, then the disk is full, then there is room again",
     "a plain sentence with the phone line; a crisis is answered; it recovers by itself", alone=True)
def sqlite_in_trouble(folder: Path) -> str:
    single = Single(folder / "sqlite").start()
    try:
        people = People(single.url, 4, 0)
        time.sleep(3)
        holder = sqlite3.connect(single.database, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        _hears_the_crisis_line(heard(single.url, CRISIS))
        _hears_the_phone_line(heard(single.url, "hello"))
        time.sleep(2)
        holder.execute("ROLLBACK")
        until(lambda: acknowledged(single.url), "it is answered after the lock")
        process = psutil.Process(single.server.pid)
        process.rlimit(psutil.RLIMIT_FSIZE, (4096, psutil.RLIM_INFINITY))  # no file may grow past this: as on a full disk
        _hears_the_crisis_line(heard(single.url, CRISIS))
        _hears_the_phone_line(heard(single.url, "hello"))
        time.sleep(2)
        process.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
        until(lambda: acknowledged(single.url), "it is answered when there is room")
        people.end()
    finally:
        single.stop()
    return str(_clean(single, people))


@row("the clock jumps an hour back, an hour on, a day and an hour on, and back",
     "order and answers stay; tokens end when they should", alone=True)
def clock_jumps(folder: Path) -> str:
    clock = Clock(folder / "clock")
    single = Single(folder / "clocks", **clock.environment).start()
    try:
        people = People(single.url, 3, 0)
        with visitor(single.url) as (client, headers):
            _asked(client, headers, "Check if IOP may fit", "safe right now")
            clock.move(-3600)
            time.sleep(3)
            _asked(client, headers, "Yes, everyone is safe", "someone else")
            _asked(client, headers, "For someone else", "18 or older")
        for seconds in (3600, 0):
            clock.move(seconds)
            time.sleep(5)
        people.end()
        found = _clean(single, people)
        with visitor(single.url) as (client, headers):
            clock.move(25 * 3600)
            time.sleep(3)
            expired = client.get("/messages", headers=headers).status_code
            clock.move(0)
            time.sleep(3)
            valid = client.get("/messages", headers=headers).status_code
    finally:
        single.stop()
    expect((expired, valid) == (401, 200), f"a token of 24 hours ends after 25 ({expired}, then {valid})")
    return f"{found}; a form goes on over a jump back; a token of 24 hours is refused after 25"


@row("upgrade from the previous release on its database, and back", "no row is lost, conversations go on", alone=True)
def upgraded_and_back(folder: Path) -> str:
    old = releases.previous(folder / "previous")
    single = Single(folder / "upgrade", old)
    counts, conversation = [], None
    for root in (old, ROOT, old):
        single.root = root
        single.start()
        try:
            with visitor(single.url, conversation) as (client, headers):
                conversation = headers
                expect(says(client, headers, Sent(str(uuid.uuid4()), "", "web", 0), "do they drug test?"), f"{root.name} answers")
                shown = len(client.get("/messages", headers=headers).json()["messages"])
        finally:
            single.stop()
        with sqlite3.connect(single.database) as connection:
            counts.append((connection.execute("select count(*) from events").fetchone()[0], shown))
    expect(counts == sorted(set(counts)), f"events and messages shown only grow ({counts})")
    events = " -> ".join(str(count) for count, _ in counts)
    return f"from {releases.name()}: events {events}, messages shown {' -> '.join(str(shown) for _, shown in counts)}"


@row("8 hours of mixed use (2,880 messages, one every 10 s, as fast as they go)",
     "memory, handles and connections stay flat", alone=True)
def eight_hours(folder: Path) -> str:
    stage = Stage(folder / "hours")
    try:
        people, marks = People(stage.url, 14, 2), []
        for part in range(1, 5):
            until(lambda part=part: len(people.sent) >= _EIGHT_HOURS * part // 4, "messages are answered", 1800)  # type: ignore[misc]
            marks.append(_use(stage))
        people.end()
        found = stage.books(people)
    finally:
        stage.stop()
    first, last = marks[0], marks[-1]
    for name in first:
        expect(last[name] <= first[name] * 1.15 + 5, f"{name} stay flat ({first[name]} after a quarter, {last[name]} at the end)")
    use = ", ".join(f"{name} {first[name]} -> {last[name]}" for name in first)
    return f"{found}; from the first quarter to the end: {use}"


def _asked(client: httpx.Client, headers: dict[str, str], text: str, next_question: str) -> None:
    """Sees that the form goes on."""
    message = Sent(str(uuid.uuid4()), "", "web", 0)
    expect(says(client, headers, message, text), f"an answer of the form is taken ({message.failures})")
    expect(next_question in message.answers[0][-1], f"the form goes on ({message.answers[0][-1][:60]})")


def _use(stage: Stage) -> dict[str, int]:
    """Memory in MB, open files and connections of the assistants, and what the database serves."""
    processes = [psutil.Process(server.pid) for server in stage.cluster.assistants]
    return {
        "MB": sum(process.memory_info().rss for process in processes) // 2**20,
        "handles": sum(process.num_fds() for process in processes),
        "database connections": stage.count("select count(*) from pg_stat_activity where backend_type = 'client backend'"),
    }


def _clean(single: Single, people: People) -> Audit:
    found = audited(single.database_url, people.sent)
    if not found.is_clean:
        raise Broken(f"{found.faults()}; {found}")
    return found


def _hears_the_phone_line(said: list[str]) -> None:
    expect(PHONE in " ".join(said), f"the phone line is named ({' '.join(said)[:80]})")


def _hears_the_crisis_line(said: list[str]) -> None:
    expect("988" in said[0], f"a cry for help is answered ({' '.join(said)[:80]})")
