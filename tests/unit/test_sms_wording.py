"""What ends texts and what does not, over data/sms/wording.yml."""
import pytest

from assistant.channels.sms.wording import number, reaction, wording

OPT_OUTS = """
STOP|stop.|Stop!!|STOPALL|unsubscribe|Cancel|END|quit|Revoke|OPTOUT|opt out|opt-out|S T O P
STOP ALL|stop pls|please stop|quit it|stop it
pls stop texting me|dont text me anymore|do not contact me again|I don't want any more texts|no more messages please
stop sending me these messages|take me off your list|get me off this list|remove my number please|lose my number
leave me alone|wrong number|sorry you have the wrong number, please stop|i want you to stop texting me
can you please stop texting me|would you stop texting me|stop messaging me!!|stop contacting me|Quit texting this number
never text me again|i wish to opt out|I revoke my consent|unsubscribe me now|i no longer want to receive texts
please don't send me any more texts|I said stop|stop with the texts
baja|alto|ya no me escriban|Por favor no me escriban más|no quiero recibir mas mensajes|deje de escribirme|dejenme en paz
quiero darme de baja|no me manden mas mensajes|borren mi número
"""
EVERYDAY = """
I can't stop drinking|when do I stop going?|how do i stop drinking|i want to stop using
stop and smell the roses|don't stop|I cannot stop
can I quit the program early|what happens if I cancel a session|when does it end|does it ever end|I want to quit drinking
he won't stop texting me|my ex won't stop texting me|i can't stop texting my dealer|how do I get him to stop texting me
my mom wants me to stop texting my dealer|i never text my sponsor|i can't stop using and i keep texting him
can i opt out of group|can i opt out of drug testing|i need to cancel my appointment|cancel my call back|stop the questions
is the end of the program a graduation|do you remove my number after the call|dont text me at work, call my cell after 5
please call instead of text|I quit drinking last week|my son quit rehab twice|can my boss end my job for going|one stop shop?
the bus stop near you|should I stop my meds|end of the week works|they took me off my meds|he told me to leave him alone
i was told to quit cold turkey|non stop drinking for 3 days|no more drinking for me|no more pills please|can I stop anytime?
What does STOP mean|he needs to stop|she should quit|help me stop drinking|help me quit|I am not interested in group|no|yes
no puedo parar de tomar|quiero dejar de tomar|como dejo de beber|mi hijo no para de tomar
cuando termina el programa|no me siento bien
"""


def sentences(block: str) -> list[str]:
    return [sentence for line in block.strip().splitlines() for sentence in line.split("|")]


def asked(text: str) -> str | None:
    found = wording().asked(text)
    return found.kind if found else None


@pytest.mark.parametrize("text", sentences(OPT_OUTS))
def test_any_reasonable_wording_ends_texts(text):
    assert asked(text) == "stop"


@pytest.mark.parametrize("text", sentences(EVERYDAY))
def test_an_everyday_sentence_ends_nothing(text):
    assert asked(text) is None


@pytest.mark.parametrize("text, kind", [
    ("START", "start"), ("unstop", "start"), ("Start please", "start"), ("help", "help"), ("INFO", "help"), ("Ayuda", "help"),
    ("MORE", "more"), ("más", "more"), ("Help me", None), ("more info", None), ("when do classes start", None), ("yes", None),
])
def test_other_words_to_the_channel(text, kind):
    assert asked(text) == kind


@pytest.mark.parametrize("text, meant", [
    ("1", 1), ("2.", 2), (" #3 ", 3), ("(4)", 4), ("Two", 2), ("the second one", 2), ("dos", 2), ("12", 12),
    ("2 hours", None), ("619", None), ("1 or 2", None), ("", None), ("no", None),
])
def test_a_number_is_the_whole_message(text, meant):
    assert number(text) == meant


@pytest.mark.parametrize("text, quoted", [
    ("Liked “Hello there”", "Hello there"), ("👍 to “Hello there”", "Hello there"), ('Reacted 😂 to "How long"', "How long"),
    ("Laughed at “An IOP usually takes…”", "An IOP usually takes"), ("Le gustó “Hola a todos”", "Hola a todos"),
    ('i liked "the movie"', None), ("Loved it", None), ('he said "stop it"', None),
])
def test_a_reaction_quotes(text, quoted):
    assert reaction(text) == quoted
