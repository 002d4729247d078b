"""Rasa's rules, and around each answer what the safety protocol owes. Named in config.yml."""
from __future__ import annotations

from typing import Any, Dict, List, Optional

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

DISCLOSURE, SPANISH, PROBLEM = "utter_disclosure", "utter_spanish", "utter_technical_problem"
_OURS = (DISCLOSURE, SPANISH, PROBLEM)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class TurnPolicy(RulePolicy):
    """The rules decide the answer. Owed besides: the disclosure once a session (after the answer to a crisis, before any
    other), one Spanish sentence to a Spanish message, and a plain sentence where an action failed."""

    def predict_action_probabilities(
        self, tracker: DialogueStateTracker, domain: Domain, rule_only_data: Optional[Dict[str, Any]] = None, **kwargs: Any
    ) -> PolicyPrediction:
        said = _said_this_turn(tracker)
        if said is None:
            return super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)
        if _last_action_failed(tracker) and PROBLEM not in said:
            return self._say(PROBLEM, tracker, domain)
        message = tracker.latest_message.parse_data if tracker.latest_message else {}
        in_crisis = "crisis" in message
        if not in_crisis and DISCLOSURE not in said and not _disclosed(tracker):
            return self._say(DISCLOSURE, tracker, domain)
        prediction = super().predict_action_probabilities(_without_ours(tracker, domain), domain, rule_only_data, **kwargs)
        if domain.action_names_or_texts[prediction.probabilities.index(max(prediction.probabilities))] == "action_listen":
            owed = [DISCLOSURE] if in_crisis and not _disclosed(tracker) else []
            owed += [SPANISH] if message.get("language") == "es" and not in_crisis else []
            for action in owed:
                if action not in said:
                    return self._say(action, tracker, domain)
        if not said:
            prediction.events = [*prediction.events, *_noted(message)]
        return prediction

    def _say(self, action: str, tracker: DialogueStateTracker, domain: Domain) -> PolicyPrediction:
        return self._prediction(self._prediction_result(action, tracker, domain))


def _noted(message: Dict[str, Any]) -> List[Event]:
    """What staff and the choice of a response's language need to find in the events."""
    noted: List[Event] = [SlotSet("language", message.get("language", "en"))]
    return noted + ([SlotSet("crisis", message["crisis"])] if "crisis" in message else [])


def _turn(tracker: DialogueStateTracker) -> List[Event]:
    events = list(tracker.events)
    start = max((i for i, event in enumerate(events) if isinstance(event, UserUttered)), default=len(events))
    return events[start:]


def _said_this_turn(tracker: DialogueStateTracker) -> Optional[List[str]]:
    """Actions since the visitor's message, or None where there is none to answer."""
    turn = _turn(tracker)
    if not turn or tracker.active_loop_name:
        return None
    return [event.action_name for event in turn if isinstance(event, ActionExecuted) and event.action_name]


def _last_action_failed(tracker: DialogueStateTracker) -> bool:
    """Rasa drops what a failing action returns: nothing follows its own event."""
    last = tracker.events[-1]
    return isinstance(last, ActionExecuted) and last.action_name not in ("action_listen", None)


def _disclosed(tracker: DialogueStateTracker) -> bool:
    for event in reversed(list(tracker.events)):
        if isinstance(event, SessionStarted):
            return False
        if isinstance(event, BotUttered) and event.metadata.get("utter_action") == DISCLOSURE:
            return True
    return False


def _without_ours(tracker: DialogueStateTracker, domain: Domain) -> DialogueStateTracker:
    """The conversation as the rules know it: without what we said besides them this turn."""
    turn = _turn(tracker)
    if not any(isinstance(e, ActionExecuted) and e.action_name in _OURS for e in turn):
        return tracker
    kept = [e for e in turn if not (isinstance(e, ActionExecuted) and e.action_name in _OURS)]
    events = list(tracker.events)[: len(tracker.events) - len(turn)] + kept
    return DialogueStateTracker.from_events(tracker.sender_id, events, slots=domain.slots, domain=domain)
