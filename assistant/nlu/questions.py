"""The question classifier: which topic a message asks about."""
from __future__ import annotations

from functools import cache
from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.features import Features
from assistant.nlu.parts import topics_of
from assistant.nlu.selection import choose
from assistant.nlu.text import spaced
from assistant.nlu.topics import TopicModel


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class QuestionClassifier(GraphComponent):
    """One classifier over every topic: its confidence is the topic's own, so that the fallback sees it. docs/understanding.md"""

    def __init__(self, storage: ModelStorage, resource: Resource, config: Dict[str, Any]) -> None:
        self._storage, self._resource = storage, resource
        self._model = TopicModel()

    @classmethod
    def create(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> QuestionClassifier:
        return cls(model_storage, resource, config)

    def train(self, training_data: TrainingData) -> Resource:
        """Learns from every example but those that teach the crisis detector only."""
        examples = training_data.intent_examples
        features, rows = Features.of_all(tuple(m.get("text") for m in examples))
        asking = [i for i, m in enumerate(examples) if m.get("intent") not in ("crisis", "not_a_crisis")]
        labels = [examples[i].get("intent_response_key") or examples[i].get("intent") for i in asking]
        self._model.fit([examples[i].get("text") for i in asking], labels, features, rows[asking])
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    @classmethod
    def load(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> QuestionClassifier:
        component = cls(model_storage, resource, config)
        with model_storage.read_from(resource) as folder:
            component._model = TopicModel.load(folder)
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        """Finds the topics of each message that no crisis has settled: `topics`, in order, and the first as its intent."""
        for message in messages:
            if message.get("crisis") is None:
                self._settle(message)
        return messages

    def _settle(self, message: Message) -> None:
        ranking = cache(self._model.ranking)
        text = spaced(message.get("text"))
        topics = topics_of(text, ranking)
        names = [name for name, _ in topics]
        choose(message, [topics[0], *(topic for topic in ranking(text) if topic[0] not in names)])
        message.set("topics", names, add_to_output=True)
