"""What a finished form leads to. Rasa calls these `action_submit_<form>`."""
import time
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import callback, triage
from actions.forms import filled


class SubmitTriageForm(Action):
    """Tells the outcome, and leaves it with its reason codes in the events for staff."""

    def name(self) -> str:
        return "action_submit_triage_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        result = triage.outcome(filled(tracker, triage.questions()))
        words = {"reasons": _sentence(result.says), "reason": "; ".join(result.says[:1])}
        dispatcher.utter_message(response=f"utter_outcome_{result.level.lower()}", **words)
        events = [SlotSet("triage_outcome", {"level": result.level, "reasons": result.reasons, "time": time.time()})]
        if result.level in ("EMERGENCY", "CRISIS"):
            events.append(SlotSet("crisis", {"kind": result.reasons[0], "rule": "triage", "time": time.time()}))
        return events


class SubmitCallbackForm(Action):
    """Leaves the request in the events, where staff find it, and says so; without consent it is dropped."""

    def name(self) -> str:
        return "action_submit_callback_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        answers = {slot: tracker.get_slot(slot) for slot in callback.QUESTIONS}
        forgotten = [SlotSet(slot, None) for slot in (*callback.QUESTIONS, "callback_phone_shown")]
        if answers["callback_consent"] != "yes":
            dispatcher.utter_message(response="utter_callback_not_wanted")
            return forgotten
        dispatcher.utter_message(response="utter_callback_stored")
        request = {slot.removeprefix("callback_"): value for slot, value in answers.items()}
        return [SlotSet("callback_request", {**request, "requested": time.time()}), *forgotten]


def _sentence(says: list[str]) -> str:
    """`["a", "b", "c"]` -> `A; b; and c.`"""
    joined = "; ".join([*says[:-1], f"and {says[-1]}"] if len(says) > 1 else says)
    return joined[:1].upper() + joined[1:] + "." if joined else ""
