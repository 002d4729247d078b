"""The crisis detector: first component of the pipeline. Its rules are `assistant.safety`, which channels call too; where they
find nothing, a model trained on the examples of data/crisis against all others may."""
from __future__ import annotations

import time
from typing import Any, Dict, List, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.danger import DangerModel
from assistant.nlu.language import language_of
from assistant.nlu.selection import choose
from assistant.nlu.text import clean
from assistant.safety.rules import clinic_rules


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class CrisisDetector(GraphComponent):
    """Marks a message that is a cry for help with `crisis` (kind, what found it, time) and settles its intent."""

    def __init__(self, storage: ModelStorage, resource: Resource, config: Dict[str, Any]) -> None:
        self._storage, self._resource = storage, resource
        self._threshold = config["threshold"]
        self._threshold_where_harmless = config["threshold_where_harmless"]
        self._rules = clinic_rules()
        self._model = DangerModel()

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """threshold: the model's verdict (0: undecided, positive: a crisis) from which a message counts as a crisis;
        threshold_where_harmless: the same where a phrase of not_a_crisis.yml (an idiom, the past, a denial) stands in it."""
        return {"threshold": 0.05, "threshold_where_harmless": 1.0}

    @classmethod
    def create(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> CrisisDetector:
        return cls(model_storage, resource, config)

    def train(self, training_data: TrainingData) -> Resource:
        """Learns the kinds of crisis against every other example."""
        examples = training_data.intent_examples
        kinds = [_kind(m.get("intent_response_key")) if m.get("intent") == "crisis" else None for m in examples]
        self._model.fit([m.get("text") for m in examples], kinds)
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    @classmethod
    def load(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CrisisDetector:
        component = cls(model_storage, resource, config)
        with model_storage.read_from(resource) as folder:
            component._model = DangerModel.load(folder)
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        """Cleans each message's text, notes its language, and settles the intent of a crisis."""
        for message in messages:
            text = clean(message.get("text") or "")
            message.set("text", text)
            message.set("language", language_of(text), add_to_output=True)
            found = self.detect(text)
            if found:
                message.set("crisis", {**found, "time": time.time()}, add_to_output=True)
                choose(message, [(f"crisis/{found['kind']}", 1.0)])
        return messages

    def detect(self, text: str) -> Optional[Dict[str, str]]:
        """The kind of crisis and the rule that found it (or `model`), or None."""
        match = self._rules.detect(text)
        if match:
            return {"kind": match.kind, "rule": match.rule}
        threshold = self._threshold_where_harmless if self._rules.harmless(text) else self._threshold
        if self._model.danger(text) < threshold:
            return None
        return {"kind": self._model.kind(text), "rule": "model"}


def _kind(topic: str) -> str:
    return topic.removeprefix("crisis/")
