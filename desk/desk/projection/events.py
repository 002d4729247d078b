"""One event in, rows of the desk's tables out. Pure functions; the format is that of Rasa's tracker store."""
from typing import Any

from desk.tables import Callback, Message, Noted, Signal, Triage

Rows = list[tuple[Any, dict[str, Any]]]
SLOTS = ("crisis", "triage_outcome", "callback_request")
NOT_UNDERSTOOD = ("utter_did_you_mean", "utter_which_question", "utter_not_understood", "utter_out_of_scope/nonsense")
_RUNNERS_UP = 2


def rows(id_: int, conversation: str, event: dict[str, Any]) -> Rows:
    """The rows that an event stands for; none for most."""
    read = _READERS.get(event["event"])
    found = read(event) if read else []
    common = {"id": id_, "conversation_id": conversation, "at": event["timestamp"]}
    return [(table, {**common, **row}) for table, row in found]


def _visitor(event: dict[str, Any]) -> Rows:
    parsed = event.get("parse_data") or {}
    intent = parsed.get("intent") or {}
    ranking = parsed.get("intent_ranking") or []
    topic = intent.get("full_retrieval_intent_name") or intent.get("name")
    others = [entry for entry in ranking if entry["name"] != topic][:_RUNNERS_UP]
    return [(Message, {
        **_NOTHING, "author": "visitor", "text": (event.get("metadata") or {}).get("shown") or event.get("text") or "",
        "language": parsed.get("language"), "topic": topic, "confidence": intent.get("confidence"),
        "runners_up": [[entry["name"], round(entry["confidence"], 3)] for entry in others],
        "channel": event.get("input_channel"), "fingerprint": (event.get("metadata") or {}).get("model_id"),
        "message_id": event.get("message_id"), "silent": (event.get("metadata") or {}).get("silent"),
    })]


def _assistant(event: dict[str, Any]) -> Rows:
    metadata = event.get("metadata") or {}
    source, utter = metadata.get("metadata") or {}, metadata.get("utter_action") or ""
    topic = utter.removeprefix("utter_")
    message = {
        **_NOTHING, "author": "assistant", "text": event.get("text") or "", "topic": topic, "section": source.get("section"),
        "facts": source.get("facts") or [], "reference": source.get("intake_reference"),
        "buttons": [button["title"] for button in (event.get("data") or {}).get("buttons") or []],
    }
    signals: Rows = []
    if topic.startswith("handoff/"):
        signals = [(Signal, {"kind": "handoff", "detail": topic.removeprefix("handoff/"), "by": ""})]
    if utter in NOT_UNDERSTOOD:
        signals = [(Signal, {"kind": "not_understood", "detail": topic, "by": ""})]
    return [(Message, message), *signals]


def _pause(event: dict[str, Any]) -> Rows:
    cleared = (event.get("metadata") or {}).get("forgotten_by_visitor")
    return [(Signal, {"kind": "left", "detail": "cleared by the visitor", "by": ""})] if cleared else []


def _note(event: dict[str, Any]) -> Rows:
    details = {name: value for name, value in event["details"].items() if name not in ("number", "words")}
    about = details.pop("message_id", None) or details.pop("answers", None)
    if event["kind"] == "delivery" and "status" not in details:
        raise KeyError("status")
    noted = (Noted, {"kind": event["kind"], "message_id": about, "details": details})
    flag = (Signal, {"kind": "flag", "detail": details.get("why", ""), "by": ""})
    return [noted, flag] if event["kind"] == "flag" else [noted]


def _slot(event: dict[str, Any]) -> Rows:
    name, value = event["name"], event["value"]
    if name not in SLOTS or not value:
        return []
    return _SLOT_READERS[name](value)


def _crisis(value: dict[str, Any]) -> Rows:
    return [(Signal, {"kind": "crisis", "detail": value["kind"], "by": value.get("rule") or "model"})]


def _outcome(value: dict[str, Any]) -> Rows:
    triage = {"level": value["level"], "reasons": value["reasons"], "answers": {}}
    if value["level"] != "HIGHER_LEVEL_LIKELY":
        return [(Triage, triage)]
    return [(Triage, triage), (Signal, {"kind": "higher_level", "detail": value["reasons"][0], "by": ""})]


def _callback(value: dict[str, Any]) -> Rows:
    return [(Callback, {"requested_at": value["requested"], "consent": value["consent"], "phone": value["phone"]})]


_NOTHING: dict[str, Any] = {
    "language": None, "topic": None, "confidence": None, "runners_up": [], "section": None, "facts": [], "buttons": [],
    "reference": None, "channel": None, "fingerprint": None, "message_id": None, "silent": None,
}
_READERS = {"user": _visitor, "bot": _assistant, "slot": _slot, "pause": _pause, "note": _note}
_SLOT_READERS = {"crisis": _crisis, "triage_outcome": _outcome, "callback_request": _callback}
