"""Reads off a conversation's events what `plan` needs to know of the present turn."""
from __future__ import annotations

from typing import Any

from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.dialogue import context
from assistant.dialogue.plan import CONFUSED, DISCLOSURE, END_FORM, PROBLEM, Turn


def read_turn(tracker: DialogueStateTracker) -> Turn | None:
    """The turn that the visitor's last message began, or None where there is no message to answer."""
    session = _session(tracker)
    start = max((i for i, event in enumerate(session) if isinstance(event, UserUttered)), default=None)
    if start is None:
        return None
    before, turn = session[:start], session[start + 1:]
    message = session[start].parse_data
    done = [event.action_name for event in turn if isinstance(event, ActionExecuted)]
    last_turn = _last_turn(before)
    just_said = _said(last_turn)
    form = _open_form(before)
    understood = message.get("intent", {}).get("name") not in (None, "nlu_fallback")
    topics = message.get("topics", []) if understood else ["nlu_fallback"]
    return Turn(
        topics=context.resolved(topics, last_topic(before)),
        crisis=message.get("crisis", {}).get("kind") or _admitted(topics, just_said),
        after_crisis=any(name.startswith("utter_crisis/") for name in just_said),
        spanish=message.get("language") == "es",
        disclosed=DISCLOSURE in _said(before),
        confused=any(name in CONFUSED for name in just_said),
        form=form,
        answered=bool(form) and _answers(message, _asked(before)),
        stopped=any(a["slot"] == "control" and a["value"] == "stop" for a in message.get("answers", [])),
        asks="?" in (session[start].text or ""),
        done=done,
        failed=bool(turn) and _failed(turn[-1]),
        finished=_finished(turn, form, done),
        pending=_pending(last_turn),
    )


def last_topic(events: list[Event]) -> str | None:
    """The topic that was answered last, as `faq/drug_testing`."""
    said = [name.removeprefix("utter_") for name in _said(events)]
    return next((name for name in reversed(said) if name.startswith(("faq/", "handoff/"))), None)


def _session(tracker: DialogueStateTracker) -> list[Event]:
    events = list(tracker.events)
    start = max((i for i, event in enumerate(events) if isinstance(event, SessionStarted)), default=0)
    return events[start:]


def _last_turn(events: list[Event]) -> list[Event]:
    start = max((i for i, event in enumerate(events) if isinstance(event, UserUttered)), default=0)
    return events[start:]


def _said(events: list[Event]) -> list[str]:
    return [e.metadata.get("utter_action", "") for e in events if isinstance(e, BotUttered)]


def _open_form(events: list[Event]) -> str | None:
    return next((event.name for event in reversed(events) if isinstance(event, ActiveLoop)), None)


def _asked(before: list[Event]) -> str | None:
    """The slot that was asked when the message came: the form has since moved on."""
    return next((e.value for e in reversed(before) if isinstance(e, SlotSet) and e.key == "requested_slot"), None)


def _answers(message: dict[str, Any], asked: str | None) -> bool:
    return any(answer["slot"] in (asked, "control") for answer in message.get("answers", []))


def _admitted(topics: list[str], just_said: list[str]) -> str | None:
    """A yes to the gentle question of the crisis answer ("are you thinking of ending your life?")."""
    return "suicide" if topics == ["affirm"] and "utter_crisis/veiled" in just_said else None


def _pending(turn: list[Event]) -> str | None:
    done = [event.action_name or "" for event in turn if isinstance(event, ActionExecuted)]
    submitted = next((name.removeprefix("action_submit_") for name in done if name.startswith("action_submit_")), None)
    return submitted if PROBLEM in done else None


def _failed(last: Event) -> bool:
    """Rasa drops what a failing action returns: nothing follows the event of the action itself."""
    return isinstance(last, (ActionExecuted, ActionExecutionRejected)) and last.action_name != "action_listen"


def _finished(turn: list[Event], form: str | None, done: list[str]) -> str | None:
    """The form that was open before or opened since, and closed by itself."""
    loops = [event.name for event in turn if isinstance(event, ActiveLoop)]
    if not loops or loops[-1] is not None or END_FORM in done:
        return None
    return next((name for name in loops if name), form)
