"""The content of data/, read with the YAML parser in C: Rasa's own takes half a minute for it at each training, and five seconds
for the answers at each start. Named as the importer in config.yml."""
from collections.abc import Iterator
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import Any, Optional

import yaml
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.clinic import ROOT
from assistant.compiled import kept
from assistant.nlu.text import clean

DATA = ROOT / "data"
_RULES = DATA / "rules.yml"

Responses = dict[str, list[dict[str, Any]]]


class ContentImporter(RasaFileImporter):
    """What Rasa trains on: the examples, cleaned as a visitor's message is. A trained model knows the responses by name only;
    ClinicResponses reads them where they stand."""

    def __init__(self, config_file: Optional[str] = None, domain_path: Optional[str] = None, data_paths: Any = None) -> None:
        super().__init__(config_file, domain_path, [str(_RULES)])

    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        """Every example, and the names of the responses."""
        return TrainingData(_messages(), responses={name: [{"text": name}] for name in _read_responses()})


class _Example(Message):
    """An example that nobody changes. Rasa copies and compares all of them ten times before it trains."""

    def fingerprint(self) -> str:
        return sha1(f"{self.get('intent')}/{self.get('intent_response_key')} {self.get('text')}".encode()).hexdigest()

    def __deepcopy__(self, memo: dict) -> "_Example":
        return self


@cache  # Rasa asks several times
def _messages() -> list[Message]:
    return [_Example.build(text=clean(text), intent=intent) for intent, text in examples()]


def responses() -> Responses:
    """Response name -> its variations, as Rasa's domain holds them."""
    return kept("responses", _files(), _read_responses)


def examples() -> Iterator[tuple[str, str]]:
    """Every example with its intent."""
    for block in (block for content in _read() for block in content.get("nlu") or []):
        for line in block["examples"].splitlines():
            if line.startswith("- "):
                yield block["intent"], line[2:].strip()


def _read_responses() -> Responses:
    return {name: variations for content in _read() for name, variations in (content.get("responses") or {}).items()}


def _read() -> list[dict[str, Any]]:
    """Each file with examples or responses, in the order of their paths."""
    read = [yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) for path in _files()]
    return [content for content in read if isinstance(content, dict)]


def _files() -> list[Path]:
    return sorted(DATA.rglob("*.yml"))
