"""`make baseline`: trains Rasa's default pipeline on a sample of our examples and writes what it understands of the held-out set.

DIET on all of data/ would take hours here, so it learns from the first examples of each topic; `make eval` says so.
"""
import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from tests.content import examples  # noqa: E402
from tests.evaluate import AT_MOST, cases, turns  # noqa: E402

EXAMPLES = 12  # of each topic


def training_data(folder: Path) -> None:
    lines = ["version: '3.1'", "nlu:"]
    for intent, texts in examples().items():
        lines += [f"- intent: {intent.replace('/', '.')}", "  examples: |", *(f"    - {text}" for text in texts[:EXAMPLES])]
    (folder / "nlu.yml").write_text("\n".join(lines) + "\n")


def as_ours(parsed: dict) -> dict:
    """What the pipeline found, in the form in which ours says it: one topic a message, crises among the topics."""
    name = (parsed["intent"]["name"] or "nlu_fallback").replace(".", "/")
    if name.startswith("crisis/"):
        return {"crisis": {"kind": name.removeprefix("crisis/")}, "intent": {"name": "crisis"}}
    return {"intent": {"name": name}, "topics": [name]}


async def figures(model: str) -> dict[str, float]:
    from rasa.core.agent import load_agent

    agent = await load_agent(model)
    outcomes: dict[str, list[bool]] = {}
    for kind, said, right, _ in cases():
        parsed = [as_ours(await agent.parse_message(turn)) for turn in turns(said)]
        outcomes.setdefault(kind, []).append(right(*parsed))
    return {kind: round(sum(right) / len(right), 4) for kind, right in outcomes.items()}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        training_data(folder)
        command = [sys.executable, "-m", "rasa", "train", "nlu", "--config", str(HERE / "config.yml"), "--nlu", str(folder)]
        print(f"Training Rasa's default pipeline on {EXAMPLES} examples a topic (a quarter of an hour) ...")
        subprocess.run([*command, "--out", str(folder), "--fixed-model-name", "baseline"], check=True, cwd=folder)
        measured = asyncio.run(figures(str(folder / "baseline.tar.gz")))
    report = {"examples_a_topic": EXAMPLES, "figures": measured}
    (HERE / "figures.yml").write_text("# Written by `make baseline`.\n" + yaml.safe_dump(report, sort_keys=False))
    print(yaml.safe_dump(report, sort_keys=False), f"(less is better: {', '.join(AT_MOST)})")


if __name__ == "__main__":
    main()
