"""`make eval`: how well the trained classifier understands the held-out questions. Prints a table."""
import tarfile
import tempfile
from pathlib import Path

from assistant.nlu.text import clean
from assistant.nlu.topics import TopicModel
from tests.content import ROOT, read

HELDOUT = ROOT / "tests/heldout"


def cases():
    """(kind, text, topics that are right)"""
    for path in sorted((HELDOUT / "faq").rglob("*.yml")):
        data = read(path)
        for question in data["questions"]:
            entry = question if isinstance(question, dict) else {"text": question}
            yield "FAQ", entry["text"], {data["intent"], *entry.get("also", [])}
    for entry in read(HELDOUT / "spanish.yml")["questions"]:
        yield "Spanish", entry["text"], {entry["intent"], *entry.get("also", [])}


def load() -> TopicModel:
    with tempfile.TemporaryDirectory() as folder, tarfile.open(ROOT / "models/current.tar.gz") as archive:
        archive.extractall(folder)
        return TopicModel.load(next(Path(folder).rglob("topics.joblib")).parent)


def main() -> None:
    model, right, wrong = load(), {}, []
    for kind, text, expected in cases():
        label, confidence = model.ranking(clean(text))[0]
        right.setdefault(kind, []).append(label in expected)
        if label not in expected:
            wrong.append((kind, sorted(expected)[0], label, round(confidence, 2)))
    for entry in sorted(wrong):
        print(*entry, sep="\t")
    for kind, outcomes in right.items():
        print(f"{kind}: {sum(outcomes)} of {len(outcomes)} = {sum(outcomes) / len(outcomes):.1%}")


if __name__ == "__main__":
    main()
