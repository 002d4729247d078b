"""What the two forms make of a message: which slots it fills, and what is asked next. Rasa calls them `validate_<form>`."""
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import callback, triage

ASKED = "requested_slot"


class ValidateTriageForm(Action):
    """One question at a time; a message may answer several, skip one or go back to the one before."""

    def name(self) -> str:
        return "validate_triage_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        asked = tracker.get_slot(ASKED)
        before = filled(tracker, triage.questions()) if asked else {}  # a form that opens begins anew
        said = _said(tracker, triage.read_with(asked))
        answers, to_ask = triage.merged(before, _of(said, triage.questions()), asked), None
        if asked and said.get("control") == "skip":
            answers.setdefault(asked, "skipped")
        if asked and said.get("control") == "back":
            to_ask = triage.previous_question(before, asked) or asked
            answers.pop(to_ask, None)
            answers |= _of(said, [to_ask])
            to_ask = None if to_ask in answers else to_ask
        known = tracker.get_slot("triage_pronoun") if asked else None
        pronoun = known or (said.get("triage_pronoun") if answers.get("triage_person") == "other" else None)
        return [
            *(SlotSet(slot, answers.get(slot)) for slot in triage.questions()),
            SlotSet("triage_pronoun", pronoun),
            SlotSet(ASKED, to_ask or triage.next_question(answers)),
        ]


class ValidateCallbackForm(Action):
    """First name, phone number, best time, consent; each may be corrected by going back."""

    def name(self) -> str:
        return "validate_callback_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        asked = tracker.get_slot(ASKED)
        before = filled(tracker, callback.QUESTIONS) if asked else {}
        said = _said(tracker, [asked] if asked else [])
        # Consent counts only where it was asked for, after the number was read back.
        freely = [slot for slot in callback.QUESTIONS if slot not in before and slot != "callback_consent"]
        new = _of(said, [*freely, asked] if asked else freely)
        answers = {**before, **new}
        if asked and said.get("control") == "skip" and asked in callback.MAY_BE_SKIPPED:
            answers.setdefault(asked, "skipped")
        if asked and said.get("control") == "back":
            answers.pop(callback.before(asked), None)
        events = [SlotSet(slot, answers.get(slot)) for slot in callback.QUESTIONS]
        events.append(SlotSet("callback_phone_shown", callback.shown(answers.get("callback_phone"))))
        return [*events, SlotSet(ASKED, callback.next_question(answers))]


def filled(tracker: Tracker, slots: list[str]) -> dict[str, str]:
    """Slot -> value of those slots that have one."""
    return {slot: tracker.get_slot(slot) for slot in slots if tracker.get_slot(slot) is not None}


def _said(tracker: Tracker, asked: list[str]) -> dict[str, str]:
    """Slot -> value of the message: what was said in so many words, and what answers only the questions asked."""
    answers = tracker.latest_message.get("answers") or []
    bound = {a["slot"]: a["value"] for a in answers if a["slot"] in (*asked, "control")}
    return {**bound, **{a["slot"]: a["value"] for a in answers if a["freely"]}}


def _of(said: dict[str, str], slots: list[str]) -> dict[str, str]:
    return {slot: said[slot] for slot in slots if slot in said}
