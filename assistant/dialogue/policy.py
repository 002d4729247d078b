"""Rasa's policy: each turn follows `plan`, which fills in what data/rules.yml leaves open. Named in config.yml."""
from __future__ import annotations

import json
import time
from typing import Any, Dict, List, Optional

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.dialogue.plan import Turn, plan
from assistant.dialogue.turn import read_turn

_FILE = "rules.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class TurnPolicy(RulePolicy):
    """Crisis first, then the disclosure, then an answer to each part of the message, by the rules of data/rules.yml.

    Rasa's RulePolicy checks the rules at training; it sees one intent a message, so what follows a rule is decided here.
    """

    rules: dict[str, str] = {}

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Learns which action answers which intent."""
        super().train(training_trackers, domain, **kwargs)
        self.rules = dict(_rule(tracker) for tracker in training_trackers if tracker.is_rule_tracker)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(self.rules))
        return self._resource

    @classmethod
    def load(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TurnPolicy:
        policy = cls(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            policy.rules = json.loads((folder / _FILE).read_text())
        return policy

    def predict_action_probabilities(
        self, tracker: DialogueStateTracker, domain: Domain, rule_only_data: Optional[Dict[str, Any]] = None, **kwargs: Any
    ) -> PolicyPrediction:
        """The next action of the turn's plan that was not taken yet; listening when all were."""
        turn = read_turn(tracker)
        remaining = plan(turn, self.rules)[len(turn.done):] if turn else []
        scores = self._default_predictions(domain)
        scores[domain.index_for_action(remaining[0] if remaining else "action_listen")] = 1.0
        return self._prediction(scores, events=_noted(tracker, turn) if turn and not turn.done else None)


def _rule(tracker: TrackerWithCachedStates) -> tuple[str, str]:
    events = list(tracker.events)
    said = next(i for i, event in enumerate(events) if isinstance(event, UserUttered))
    action = next(event.action_name for event in events[said:] if isinstance(event, ActionExecuted))
    return events[said].intent["name"], action


def _noted(tracker: DialogueStateTracker, turn: Turn) -> List[Event]:
    """What staff and the choice of a response's language need to find in the events."""
    message = tracker.latest_message.parse_data
    noted: List[Event] = [SlotSet("language", message.get("language", "en"))]
    if turn.crisis:
        found = message.get("crisis") or {"kind": turn.crisis, "rule": "yes_to_the_crisis_question", "time": time.time()}
        noted.append(SlotSet("crisis", found))
    return noted
