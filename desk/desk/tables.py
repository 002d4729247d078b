"""The desk's tables, beside the assistant's `events` in one database. Times are seconds since 1970, as in the events."""
from typing import Any, Optional

from sqlalchemy import JSON, BigInteger, Boolean, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself only what is called INTEGER


class Table(DeclarativeBase):
    type_annotation_map = {int: BigId, str: Text, float: Float(53), bool: Boolean, dict[str, Any]: JSON, list[Any]: JSON}


class Event(Table):
    """An event as Rasa's tracker store writes it. The desk reads these, and deletes them to erase."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    sender_id: Mapped[str] = mapped_column(String(255), index=True)
    type_name: Mapped[str] = mapped_column(String(255))
    timestamp: Mapped[Optional[float]]
    intent_name: Mapped[Optional[str]] = mapped_column(String(255))
    action_name: Mapped[Optional[str]] = mapped_column(String(255))
    data: Mapped[Optional[str]]


class Outbox(Table):
    """What the assistant has still to send by text message. The desk deletes of it to erase. There once texts are on."""

    __tablename__ = "sms_outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(String(64))


class Blocked(Table):
    """Conversations by text message that the assistant does not answer. Its table, and the one thing that the desk tells it."""

    __tablename__ = "sms_blocked"
    conversation: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[float]


class Progress(Table):
    """How far the projection has read. changes: counts what was changed, by the projection or by staff, so that pages know when to
    look again. Then when the purge ran, when something was erased, and when the file was written anew, both last."""

    __tablename__ = "desk_progress"
    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(default=0)
    changes: Mapped[int] = mapped_column(default=0)
    at: Mapped[float] = mapped_column(default=0)
    purged_at: Mapped[float] = mapped_column(default=0)
    erased_at: Mapped[float] = mapped_column(default=0)
    rewritten_at: Mapped[float] = mapped_column(default=0)


class Conversation(Table):
    """A conversation: what the events say of it, and, from `done` on, what staff made of it, which a rebuild keeps."""

    __tablename__ = "desk_conversations"
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    channel: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    first_at: Mapped[float] = mapped_column(default=0)
    last_at: Mapped[float] = mapped_column(default=0)
    messages: Mapped[int] = mapped_column(default=0)
    risk: Mapped[int] = mapped_column(default=6)
    least_confidence: Mapped[Optional[float]]
    outcome: Mapped[Optional[str]]
    done: Mapped[bool] = mapped_column(default=False)
    done_at: Mapped[Optional[float]]
    snoozed_until: Mapped[Optional[float]]
    assignee_id: Mapped[Optional[int]] = mapped_column(ForeignKey("desk_staff.id"))
    held: Mapped[Optional[str]]


class Message(Table):
    """What one side said. The id is the event's. message_id: the channel's, by which notes name a visitor's message; silent: why
    the assistant left it unanswered."""

    __tablename__ = "desk_messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(255), index=True)
    author: Mapped[str] = mapped_column(String(16))
    at: Mapped[float] = mapped_column(index=True)
    text: Mapped[str]
    language: Mapped[Optional[str]]
    topic: Mapped[Optional[str]]
    confidence: Mapped[Optional[float]]
    runners_up: Mapped[list[Any]] = mapped_column(default=list)
    section: Mapped[Optional[str]]
    facts: Mapped[list[Any]] = mapped_column(default=list)
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    reference: Mapped[Optional[str]] = mapped_column(index=True)
    fingerprint: Mapped[Optional[str]]
    message_id: Mapped[Optional[str]]
    silent: Mapped[Optional[str]]


class Noted(Table):
    """What the assistant noted around text messages: `delivery` of an answer, `consent`, or a `flag`, with the details as they are
    stored but for numbers. The id is the event's; message_id: the visitor's message that it is about."""

    __tablename__ = "desk_noted"
    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(255), index=True)
    at: Mapped[float]
    kind: Mapped[str] = mapped_column(String(32))
    message_id: Mapped[Optional[str]]
    details: Mapped[dict[str, Any]]


class Signal(Table):
    """Something in a conversation that staff should see; summary.FLAGS has its kinds. The id is the event's. Those that staff
    cleared as wrong stay cleared in a rebuild."""

    __tablename__ = "desk_signals"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(255), index=True)
    at: Mapped[float] = mapped_column(index=True)
    detail: Mapped[str]
    by: Mapped[str] = mapped_column(default="")
    cleared_at: Mapped[Optional[float]]
    cleared_by: Mapped[Optional[int]]
    cleared_reason: Mapped[Optional[str]]


class Triage(Table):
    """How the triage ended, with the codes of its reasons and the answers that led there."""

    __tablename__ = "desk_triage"
    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(255), index=True)
    at: Mapped[float]
    level: Mapped[str]
    reasons: Mapped[list[Any]]
    answers: Mapped[dict[str, Any]]


class Callback(Table):
    """Somebody asked to be called: in the chat (the id of the event) or by the form. Name and number stay where they were
    given and are read from there when shown, so that there is no second copy to forget; phone: a keyed hash to find it by.
    alarmed_at: when staff were told that it is overdue."""

    __tablename__ = "desk_callbacks"
    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[Optional[int]] = mapped_column(unique=True)
    form_id: Mapped[Optional[int]] = mapped_column(unique=True)
    conversation_id: Mapped[Optional[str]] = mapped_column(String(255), index=True)
    requested_at: Mapped[float]
    due_at: Mapped[float] = mapped_column(index=True)
    consent: Mapped[str]
    outcome: Mapped[Optional[str]]
    closed_at: Mapped[Optional[float]]
    phone: Mapped[Optional[str]] = mapped_column(index=True)
    alarmed_at: Mapped[Optional[float]]


class Try(Table):
    """A call that was tried."""

    __tablename__ = "desk_tries"
    id: Mapped[int] = mapped_column(primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("desk_callbacks.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("desk_staff.id"))
    at: Mapped[float]
    outcome: Mapped[str]


class Note(Table):
    __tablename__ = "desk_notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(255), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("desk_staff.id"))
    at: Mapped[float]
    text: Mapped[str]


class Mention(Table):
    """Somebody is named in a note. seen_at: when she opened the conversation after that."""

    __tablename__ = "desk_mentions"
    note_id: Mapped[int] = mapped_column(ForeignKey("desk_notes.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("desk_staff.id"), primary_key=True, index=True)
    conversation_id: Mapped[str] = mapped_column(String(255), index=True)
    seen_at: Mapped[Optional[float]]


class View(Table):
    """Filters that somebody has saved: for herself, or (`shared`) for all. No words are in it: they may be a person's name."""

    __tablename__ = "desk_views"
    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("desk_staff.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    shared: Mapped[bool]
    filters: Mapped[dict[str, Any]]


class Tag(Table):
    __tablename__ = "desk_tags"
    conversation_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)


class Review(Table):
    """A judgement on how one message was understood. verdict: `right`, `wrong`, `unclear`, `missing`."""

    __tablename__ = "desk_reviews"
    message_id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(255), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("desk_staff.id"))
    at: Mapped[float]
    verdict: Mapped[str]
    right_topic: Mapped[Optional[str]]
    example: Mapped[Optional[str]]


class Form(Table):
    """An intake form. personal: encrypted; phone: a keyed hash to find it by. reference joins it to a conversation."""

    __tablename__ = "desk_forms"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(unique=True)
    begun_at: Mapped[float]
    sent_at: Mapped[Optional[float]] = mapped_column(index=True)
    language: Mapped[str] = mapped_column(default="en")
    personal: Mapped[str]
    phone: Mapped[Optional[str]] = mapped_column(index=True)
    reference: Mapped[Optional[str]] = mapped_column(unique=True)
    conversation_id: Mapped[Optional[str]] = mapped_column(String(255), index=True)
    held: Mapped[Optional[str]]


class Staff(Table):
    __tablename__ = "desk_staff"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password: Mapped[str]
    totp: Mapped[Optional[str]]
    totp_confirmed: Mapped[bool] = mapped_column(default=False)
    totp_last: Mapped[int] = mapped_column(default=0)
    recovery: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[float]
    disabled: Mapped[bool] = mapped_column(default=False)


class Link(Table):
    """A one-time link that makes an account, or sets a password anew. Only its digest is kept."""

    __tablename__ = "desk_links"
    digest: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    staff_id: Mapped[Optional[int]] = mapped_column(ForeignKey("desk_staff.id"))
    expires_at: Mapped[float]


class SignedIn(Table):
    """A session: a browser that is signed in, once the second factor is given as well (`complete`)."""

    __tablename__ = "desk_sessions"
    digest: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("desk_staff.id"), index=True)
    csrf: Mapped[str]
    complete: Mapped[bool]
    begun_at: Mapped[float]
    seen_at: Mapped[float]


class Attempt(Table):
    """Something that is limited in number: a sign-in that failed, a form that was sent. who: a keyed hash."""

    __tablename__ = "desk_attempts"
    id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str] = mapped_column(index=True)
    at: Mapped[float]


class Revealed(Table):
    """Somebody of the staff may see a conversation's personal details until then; the audit says why."""

    __tablename__ = "desk_revealed"
    staff_id: Mapped[int] = mapped_column(ForeignKey("desk_staff.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(300), primary_key=True)
    until: Mapped[float]


class Notice(Table):
    """Staff are to be told of something, by one `way`: a link, never a word of what was said. One is told once. staff_id: to whom,
    0 where the way leads to nobody in particular."""

    __tablename__ = "desk_notices"
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    way: Mapped[str] = mapped_column(String(16), primary_key=True)
    staff_id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str]
    at: Mapped[float]
    next_at: Mapped[Optional[float]] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)


class Audit(Table):
    """Who did what, when and why. Only ever added to; each row's hash covers the one before, and of the reason the digest, so that
    a reason can be forgotten with what it was about."""

    __tablename__ = "desk_audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[float]
    staff_id: Mapped[Optional[int]]
    action: Mapped[str] = mapped_column(String(40), index=True)
    subject: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(default="")
    hash: Mapped[str]


Index("desk_inbox", Conversation.done, Conversation.risk, Conversation.last_at.desc())
_UNTOLD = Callback.closed_at.is_(None) & Callback.alarmed_at.is_(None)
Index("desk_calls_untold", Callback.due_at, sqlite_where=_UNTOLD, postgresql_where=_UNTOLD)
