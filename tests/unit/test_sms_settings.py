"""The environment of text messages, their keys, the queue and the event for staff."""
import pytest
from cryptography.fernet import Fernet, InvalidToken
from rasa.shared.core.events import Event
from rasa.shared.exceptions import RasaException

from assistant.channels.sms.account import Account
from assistant.channels.sms.channel import SmsInput
from assistant.channels.sms.numbers import Numbers
from assistant.channels.sms.options import Options
from assistant.stores.notes import Noted
from assistant.stores.outbox import Outbox
from tests.conftest import ACCOUNT

NUMBER = "+16195550147"


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in (*ACCOUNT, "TWILIO_API_URL", "SMS_KEYS", "SMS_PSEUDONYM_KEY", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ASSISTANT_SECRET", "s" * 32)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/conversations.db")
    return monkeypatch


def set_all(monkeypatch, **values):
    for name, value in {**ACCOUNT, **values}.items():
        monkeypatch.setenv(name, value)


def test_without_an_account_the_channel_is_off():
    assert Account.read() is None
    assert not SmsInput.from_credentials(None).blueprint(lambda message: None).routes


@pytest.mark.parametrize("name", ACCOUNT)
def test_with_half_an_account_it_does_not_start(environment, name):
    set_all(environment, **{name: ""})
    with pytest.raises(RasaException, match=name):
        SmsInput.from_credentials(None)


@pytest.mark.parametrize("name, value", [
    ("TWILIO_ACCOUNT_SID", "AC123"), ("PUBLIC_URL", "http://sms.example.org"), ("PUBLIC_URL", "sms.example.org"),
    ("PUBLIC_URL", "https://"), ("PUBLIC_URL", "https://x.org/?a=b"), ("TWILIO_API_URL", "ftp://x"), ("SMS_KEYS", "short"),
    ("SMS_PSEUDONYM_KEY", "short"), ("ASSISTANT_SECRET", "short"),
])
def test_a_wrong_setting_is_named(environment, name, value):
    set_all(environment, **{name: value})
    with pytest.raises(RasaException, match=name) as raised:
        SmsInput.from_credentials(None)
    assert "\n" not in str(raised.value) and value not in ACCOUNT.values()


@pytest.mark.parametrize("options", [{"message_a_minute": 3}, {"segments_a_day": 0}, {"countries": "US"}, {"blocked": [1]},
                                     {"same_message": True}])
def test_a_wrong_option_is_named(options):
    with pytest.raises(RasaException, match="credentials.yml.*" + next(iter(options))):
        SmsInput.from_credentials(options)


def test_an_id_is_the_same_for_a_number_and_tells_nothing_of_it(environment):
    here = Numbers(Options()).conversation(NUMBER)
    assert here == Numbers(Options()).conversation(NUMBER) != Numbers(Options()).conversation("+16195550148")
    environment.setenv("ASSISTANT_SECRET", "t" * 32)
    assert Numbers(Options()).conversation(NUMBER) != here
    environment.setenv("SMS_PSEUDONYM_KEY", "s" * 32)  # the secret was changed, and the old one is kept for the ids
    assert Numbers(Options()).conversation(NUMBER) == here


def test_the_desk_makes_the_same_id_and_reads_the_same_number(environment):
    """The other half of desk/tests/test_texts.py, of the same name: who changes one must change the other."""
    environment.setenv("ASSISTANT_SECRET", "t" * 32)
    numbers, number = Numbers(Options()), "+16194280011"
    sealed = "gAAAAABrBz5s4L6fVx7F6rjhouxbuqZBeZTKgo0tcDCNE8hB--jUfl8ec13pIxD4MKacCSTbMl_sR2M1srvhukn3-VNxz6qhoA=="
    assert numbers.conversation(number) == "sms-0NtgAJEanUc-onBiyyoxTB4ofJzm6Xm2a9W_CWrsIng" and numbers.opened(sealed) == number


def test_keys_can_be_changed_while_what_they_encrypted_stays_readable(environment):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    environment.setenv("SMS_KEYS", old)
    sealed = Numbers(Options()).sealed(NUMBER)
    environment.setenv("SMS_KEYS", f"{new}, {old}")
    both = Numbers(Options())
    assert both.opened(sealed) == NUMBER and NUMBER not in sealed
    environment.setenv("SMS_KEYS", new)
    only_new = Numbers(Options())
    assert only_new.opened(both.sealed(NUMBER)) == NUMBER
    with pytest.raises(InvalidToken):
        only_new.opened(sealed)


@pytest.mark.parametrize("number, answered", [
    (NUMBER, True), ("+17875550123", True), ("+16042001234", False), ("+18095551234", False), ("+19005551234", False),
    ("911", False),
])
def test_numbers_of_our_countries_are_answered(number, answered):
    assert Numbers(Options()).answered(number) == answered


def test_a_number_or_its_conversation_can_be_blocked():
    conversation = Numbers(Options()).conversation(NUMBER)
    assert not Numbers(Options(blocked=(NUMBER,))).answered(NUMBER)
    assert not Numbers(Options(blocked=(conversation,))).answered(NUMBER)


def test_what_is_queued_is_taken_by_one_the_oldest_of_a_conversation_first():
    one, other = Outbox(), Outbox()
    for conversation, message in (("a", "1"), ("a", "2"), ("b", "3"), ("a", "1")):
        one.put(conversation, message, "sealed", due=1.0)
    taken = [outbox.take(2.0, until=10.0) for outbox in (one, other, one)]
    assert [waiting and waiting.message_id for waiting in taken] == ["1", "3", None]
    one.done(taken[0].id, 2.0)
    assert other.take(2.0, until=10.0).message_id == "2"
    other.progress(taken[1].id, 1)
    again = [one.take(11.0, until=20.0) for _ in range(2)]  # whoever took them is gone
    assert [(waiting.message_id, waiting.sent, waiting.attempts) for waiting in again] == [("2", 0, 2), ("3", 1, 2)]


def test_what_went_out_by_rest_is_remembered_for_a_day():
    outbox, day = Outbox(), 24 * 3600
    for message, now in (("1", 1.0), ("2", day + 2.0)):
        outbox.put("a", message, "sealed", due=now)
        outbox.done(outbox.take(now, until=now + 10).id, now)
    assert (outbox.has("1"), outbox.has("2"), outbox.has("3")) == (False, True, False)
    assert outbox.take(2 * day, until=3 * day) is None


def test_whom_the_desk_blocks_is_blocked():
    outbox = Outbox()
    with outbox._engine.begin() as connection:  # as desk/desk/models/texting.py does
        connection.execute("insert into sms_blocked (conversation, at) values ('sms-a', 1.0)")
    assert Outbox().is_blocked("sms-a") and not outbox.is_blocked("sms-b")


def test_segments_of_a_day_are_summed_by_all():
    one, other = Outbox(), Outbox()
    assert [one.spend("2026-11-25", 3), other.spend("2026-11-25", 4), one.spend("2026-11-26", 1)] == [3, 7, 1]
    assert (other.spent("2026-11-25"), other.spent("2026-11-27")) == (7, 0)


def test_a_note_is_read_back_as_it_was_stored():
    note = Noted("consent", {"status": "given"}, timestamp=1.0)
    read = Event.from_parameters(note.as_dict())
    assert read == note and read.timestamp == 1.0 and read.as_story_string() is None
