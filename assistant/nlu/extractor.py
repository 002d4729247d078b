"""The component that notes on each message what it answers. Named in config.yml; the reading itself is `answers`."""
from __future__ import annotations

from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from assistant.nlu.answers import reader


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class AnswerExtractor(GraphComponent):
    """Notes on each message what it answers, as `answers`: slot, value, and whether it stands without its question."""

    @classmethod
    def create(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> AnswerExtractor:
        reader()
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Reads each message's answers."""
        for message in messages:
            answers = [vars(answer) for answer in reader().read(message.get("text") or "")]
            message.set("answers", answers, add_to_output=True)
        return messages
