"""The crisis detector: first component of the pipeline. Its rules are `assistant.safety`, which channels call too."""
from __future__ import annotations

import time
from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from assistant.clinic import ROOT
from assistant.nlu.language import language_of
from assistant.nlu.selection import choose
from assistant.nlu.text import clean
from assistant.safety.rules import Rules, load_rules


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=False)
class CrisisDetector(GraphComponent):
    """Marks a message that is a cry for help with `crisis` (kind, rule, time) and settles its intent."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    @classmethod
    def create(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> CrisisDetector:
        return cls(load_rules(ROOT / "data" / "crisis"))

    def process(self, messages: List[Message]) -> List[Message]:
        """Cleans each message's text, notes its language, and sets intent `crisis` where a rule fires."""
        for message in messages:
            text = clean(message.get("text") or "")
            message.set("text", text)
            message.set("language", language_of(text), add_to_output=True)
            match = self._rules.detect(text)
            if match:
                message.set("crisis", {"kind": match.kind, "rule": match.rule, "time": time.time()}, add_to_output=True)
                choose(message, [(f"crisis/{match.kind}", 1.0)])
        return messages
