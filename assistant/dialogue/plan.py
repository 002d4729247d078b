"""What a turn owes the visitor, in order: a pure function from what is known of the turn to the actions to take."""
from __future__ import annotations

from dataclasses import dataclass, field

DISCLOSURE = "utter_disclosure"
SPANISH = "utter_spanish"
PROBLEM = "utter_technical_problem"
DID_YOU_MEAN = "utter_did_you_mean"
WHICH_QUESTION = "utter_which_question"
NOT_UNDERSTOOD = "utter_not_understood"
AFTER_CRISIS = "utter_after_crisis"
FORM_NOT_UNDERSTOOD = "utter_form_not_understood"
FORM_STOPPED = "utter_form_stopped"
END_FORM = "action_deactivate_loop"

CONFUSED = (DID_YOU_MEAN, "utter_out_of_scope/nonsense")
"""What is said where a message was not understood: twice running, the phone line and the form follow."""

QUESTIONS = ("faq/", "handoff/", "out_of_scope/", "smalltalk/are_you_human", "smalltalk/privacy", "smalltalk/past_crisis")
"""What counts as a question of its own while a form asks; the rest (a greeting, a word of thanks) does not."""

FORMS = ("triage", "callback")
"""The intents that open a form."""


@dataclass(frozen=True)
class Turn:
    """What is known of a turn: the message, and where the conversation stands."""

    topics: list[str] = field(default_factory=list)
    """What the message asks, in order, follow-ups resolved: `faq/drug_testing`, `triage`, `nlu_fallback` ..."""
    crisis: str | None = None
    """The kind of crisis."""
    spanish: bool = False
    disclosed: bool = True
    """The disclosure was made in this session."""
    after_crisis: bool = False
    """The turn before was answered as a crisis."""
    confused: bool = False
    """The turn before, too, was not understood."""
    form: str | None = None
    """The form that was open when the message came ..."""
    answered: bool = False
    """... and the message answers what it asked last, skips it or goes back ..."""
    stopped: bool = False
    """... or asks it to end."""
    asks: bool = False
    """The message holds a question mark."""
    done: list[str] = field(default_factory=list)
    """The actions already taken in this turn."""
    failed: bool = False
    """The last of them failed."""
    finished: str | None = None
    """The form that has all its answers since this turn."""
    pending: str | None = None
    """The form whose answers could not be handed on in the turn before."""


def plan(turn: Turn, rules: dict[str, str]) -> list[str]:
    """Every action of the turn, the taken ones included. `rules`: intent -> action, from data/rules.yml."""
    if turn.failed:
        return [*turn.done, PROBLEM]
    disclosure = [] if turn.disclosed else [DISCLOSURE]
    if turn.crisis:
        return [_action(f"crisis/{turn.crisis}", rules), *([END_FORM] if turn.form else []), *disclosure]
    if turn.pending:
        return [*disclosure, *_beside(turn, rules), f"action_submit_{turn.pending}"]
    steps = disclosure + (_in_form(turn, turn.form, rules) if turn.form else _in_the_open(turn, rules))
    return [*steps, f"action_submit_{turn.finished}"] if turn.finished else steps


def _in_the_open(turn: Turn, rules: dict[str, str]) -> list[str]:
    answers = [_action(topic, rules) for topic in turn.topics]
    if turn.after_crisis and not _beside(turn, rules) and not turn.topics[0].startswith(FORMS):
        answers = [AFTER_CRISIS]  # whatever is said short of a question: "just kidding", "no", "ok"
    if turn.confused and answers[0] in CONFUSED:
        answers = [NOT_UNDERSTOOD]
    forms = [action for action in answers if action.endswith("_form")]
    return [*(a for a in answers if a not in forms), *_spanish(turn), *forms[:1]]


def _in_form(turn: Turn, form: str, rules: dict[str, str]) -> list[str]:
    if turn.stopped:
        return [FORM_STOPPED, END_FORM, *_spanish(turn)]
    beside = _beside(turn, rules)
    if turn.answered:
        beside = beside if turn.asks else []  # "I live with my mom" is an answer, though it sounds like a topic
    else:
        beside = beside or [FORM_NOT_UNDERSTOOD]
    return [*beside, *_spanish(turn), form]


def _beside(turn: Turn, rules: dict[str, str]) -> list[str]:
    """The answers to what is a question of its own."""
    return [_action(topic, rules) for topic in turn.topics if topic.startswith(QUESTIONS)]


def _spanish(turn: Turn) -> list[str]:
    return [SPANISH] if turn.spanish else []


def _action(topic: str, rules: dict[str, str]) -> str:
    intent, _, name = topic.partition("/")
    return f"{rules[intent]}/{name}" if name else rules[intent]
