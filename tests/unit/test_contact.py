"""The details of a call back, as people write them: what is read, or None where nothing of the kind was said."""
import pytest

from assistant.nlu.contact import best_time, first_name, phone_number

NAMES = [
    ("teresa", "Teresa"),
    ("I'm Marcus", "Marcus"),
    ("My name is Priya Shah", "Priya Shah"),
    ("hey it's Tom, thanks for helping", "Tom"),
    ("you can call me Bo", "Bo"),
    ("D'Andre", "D'Andre"),
    ("mary-kate", "Mary-kate"),
    ("McKenna", "McKenna"),
    ("LUIS", "Luis"),
    ("Will", "Will"),
    ("soy Ana", "Ana"),
    ("Me llamo José Luis", "José Luis"),
    ("mi nombre es Lucía y quiero ayuda", "Lucía"),
    ("why do you need my name?", None),
    ("skip", None),
    ("i'd rather not say", None),
    ("none of your business", None),
    ("how much does it cost", None),
    ("619-555-0123", None),
    ("im scared", None),
    ("no quiero decirlo", None),
    ("para que lo quieren", None),
    ("😀", None),
]

PHONES = [
    ("(619) 555-0142", "+16195550142"),
    ("619.555.0142", "+16195550142"),
    ("6195550142", "+16195550142"),
    ("1 619 555 0142", "+16195550142"),
    ("+1-619-555-0142", "+16195550142"),
    ("it's 6 1 9 5 5 5 0 1 4 2", "+16195550142"),
    ("619/555/0142", "+16195550142"),
    ("you can reach me on 858 555 0199 after work", "+18585550199"),
    ("mi numero es el 619 555 0142", "+16195550142"),
    ("+52 55 1234 5678", "+525512345678"),
    ("8585550199 or 6195550142", "+18585550199"),
    ("555-0142", None),
    ("619-555-01422", None),
    ("911", None),
    ("000 000 0000", None),
    ("my social is 123-45-6789", None),
    ("i don't have a phone right now", None),
    ("no tengo telefono", None),
    ("why do you want it?", None),
    ("born 11/25/1990", None),
]

TIMES = [
    "mornings", "after 5", "5:30 pm", "between 2 and 4", "tomorrow around noon", "Any time", "weekdays after work", "9-11",
    "on my lunch break", "not in the morning", "do not call at night please", "por la tarde", "mañana temprano",
    "después de las 5", "los lunes", "a cualquier hora",
]
NO_TIMES = [
    "when do you call?", "what times are there", "no", "yes", "skip", "my name is Ann", "619-555-0142",
    "does it cost a lot", "cuanto cuesta", "no se", "I have two kids and a job", "",
]


@pytest.mark.parametrize("text, name", NAMES)
def test_a_first_name_is_read(text, name):
    assert first_name(text) == name


@pytest.mark.parametrize("text, number", PHONES)
def test_a_phone_number_is_read(text, number):
    assert phone_number(text) == number


@pytest.mark.parametrize("text", TIMES)
def test_a_time_is_kept_in_the_visitors_words(text):
    assert best_time(text) == text


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_says_no_time_is_no_time(text):
    assert best_time(text) is None


def test_a_long_time_is_cut():
    assert best_time("after 5 " + "x" * 500) == "after 5 " + "x" * 192
