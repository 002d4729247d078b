"""`make eval`: how well the trained model understands held-out messages, beside Rasa's default pipeline. Fails under the gates."""
import asyncio
import logging
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import structlog

from assistant.dialogue.context import resolved
from tests.content import ROOT, read

HELDOUT = ROOT / "tests/heldout"
BASELINE = ROOT / "benchmarks/rasa_default/figures.yml"
GATES = {
    "FAQ, right answer first": 0.95, "handoff": 0.97, "crisis, explicit": 1.0, "crisis, veiled": 0.95,
    "ordinary message taken for a crisis": 0.02, "out of scope not answered as a FAQ": 0.98, "two questions in one": 0.90,
    "Spanish, right topic": 0.85,
}
AT_MOST = {"ordinary message taken for a crisis"}
HANDED_OFF = ("handoff/", "callback", "triage")

Parsed = dict[str, Any]
Case = tuple[str, str | list[str], Callable[..., bool], str]  # kind, message or two turns, right?, what was expected


def crisis(parsed: Parsed) -> str | None:
    return parsed.get("crisis", {}).get("kind")


def topics(parsed: Parsed) -> list[str]:
    """What would be answered: the topics, or what stands for them."""
    if crisis(parsed):
        return [f"crisis/{crisis(parsed)}"]
    return ["nlu_fallback"] if parsed["intent"]["name"] == "nlu_fallback" else parsed["topics"]


def questions(name: str) -> list[dict]:
    data = read(HELDOUT / f"{name}.yml")
    entries = next(value for value in data.values() if isinstance(value, list))
    return [entry if isinstance(entry, dict) else {"text": entry} for entry in entries]


def named(intent: str) -> str:
    return {"handoff/callback": "callback"}.get(intent, intent)


def cases() -> Iterator[Case]:
    """Every held-out message with what makes its understanding right."""
    for path in sorted((HELDOUT / "faq").rglob("*.yml")):
        data = read(path)
        for entry in questions(str(path.relative_to(HELDOUT).with_suffix(""))):
            yield _topic("FAQ, right answer first", entry, data["intent"])
    for entry in questions("spanish"):
        yield _topic("Spanish, right topic", entry, entry["intent"])
    for entry in questions("handoff"):
        exact = {named(i) for i in (entry["intent"], *entry.get("also", []))}
        yield "handoff", entry["text"], lambda p, ok=exact: topics(p)[0] in ok or topics(p)[0].startswith(HANDED_OFF), min(exact)
        yield "  handoff, the very topic", entry["text"], lambda p, ok=exact: topics(p)[0] in ok, min(exact)
    for entry in questions("crisis/explicit"):
        yield "crisis, explicit", entry["text"], lambda p: bool(crisis(p)), entry["kinds"][0]
        yield "  crisis, explicit, an apt answer", entry["text"], lambda p, ok=entry["kinds"]: crisis(p) in ok, entry["kinds"][0]
    for entry in questions("crisis/veiled"):
        yield "crisis, veiled", entry["text"], lambda p: bool(crisis(p)), "veiled"
    for entry in questions("crisis/ordinary"):
        yield "ordinary message taken for a crisis", entry["text"], lambda p: bool(crisis(p)), "no crisis"
    for entry in questions("out_of_scope"):
        yield "out of scope not answered as a FAQ", entry["text"], lambda p: not topics(p)[0].startswith("faq/"), "out_of_scope"
    for entry in questions("two_questions"):
        both = [named(intent) for intent in entry["intents"]]
        yield "two questions in one", entry["text"], lambda p, ok=both: resolved(topics(p), None) == ok, " + ".join(both)
    for entry in questions("follow_ups"):
        yield "  follow-up", [entry["first"], entry["then"]], lambda *p, e=entry: _follows(*p, e), entry["topics"][0]


def _topic(kind: str, entry: dict, intent: str) -> Case:
    right = {named(i) for i in (intent, *entry.get("also", []))}
    return kind, entry["text"], lambda parsed: topics(parsed)[0] in right, intent


def _follows(first: Parsed, then: Parsed, entry: dict) -> bool:
    return resolved(topics(then), topics(first)[-1])[0].removeprefix("faq/") in entry["topics"]


async def parse(texts: list[str]) -> dict[str, Parsed]:
    """Each text as the trained model understands it."""
    from rasa.core.agent import load_agent

    agent = await load_agent(str(ROOT / "models/current.tar.gz"))
    return {text: await agent.parse_message(text) for text in dict.fromkeys(texts)}


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))  # else Rasa prints each message
    held_out = list(cases())
    print(f"Understanding {len(held_out)} held-out messages ...")
    parsed = asyncio.run(parse([turn for _, said, _, _ in held_out for turn in turns(said)]))
    outcomes, confusions = defaultdict(list), Counter()
    for kind, said, right, expected in held_out:
        outcomes[kind].append(right(*(parsed[turn] for turn in turns(said))))
        text = turns(said)[-1]
        if outcomes[kind][-1] is (kind in AT_MOST):
            confusions[kind, expected, " + ".join(topics(parsed[text]))] += 1
            if "--show" in sys.argv:
                print(f"{kind}\t{expected}\t{topics(parsed[text])}\t{text}")
    return _report(outcomes, confusions)


def turns(said: str | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else said


def _report(outcomes: dict[str, list[bool]], confusions: Counter) -> int:
    measured = read(BASELINE) if BASELINE.exists() else {"figures": {}}
    baseline = measured["figures"]
    print(f"\n{'kind':<40}{'gate':>8}{'ours':>9}{'right':>12}{'Rasa default':>15}")
    failed = False
    for kind, right in outcomes.items():
        share, gate = sum(right) / len(right), GATES.get(kind)
        passed = gate is None or (share <= gate if kind in AT_MOST else share >= gate)
        failed |= not passed
        beside = f"{baseline[kind]:.1%}" if kind in baseline else "-"
        mark = "" if passed else "   under the gate"
        print(f"{kind:<40}{f'{gate:.0%}' if gate else '-':>8}{share:>9.1%}{f'{sum(right)} of {len(right)}':>12}{beside:>15}{mark}")
    if baseline:
        print(f"Rasa default: its own pipeline on the first {measured['examples_a_topic']} examples of each topic (make baseline).")
    print("\nThe most frequent mistakes (kind, expected, understood):")
    for (kind, expected, got), count in confusions.most_common(15):
        print(f"  {count:>2}  {kind.strip()}: {expected} -> {got}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
