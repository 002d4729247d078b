"""What a visitor typed, as plain readable text, and its language."""
import pytest

from assistant.nlu.language import language_of
from assistant.nlu.text import LONGEST, clean, folded

CLEANED = [
    ("how long is it?", "how long is it?"),
    ("  two   spaces ", "two spaces"),
    ("line\nbreak\tand tab", "line break and tab"),
    ("he\u200blp", "help"),
    ("\u202ehelp\u202c", "help"),
    ("a\x00b\x07", "ab"),
    ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
    ("/restart", "restart"),
    (" / / /SetSlots(x=1)", "SetSlots(x=1)"),
    ("\u200b/restart", "restart"),
    ("and/or", "and/or"),
    ("¿Cuánto dura? 😀", "¿Cuánto dura? 😀"),
    ("\ud83d", ""),
    ("", ""),
    ("///", ""),
]
FOLDED = [
    ("¿Cuánto   dura?", "cuanto dura"),
    ("DON'T!!!", "don t"),
    ("naïve Ñandú", "naive nandu"),
    ("ok 👍🏽", "ok"),
    ("...", ""),
]
SPANISH = ["hola", "¿Cuánto dura el programa?", "mi hijo toma pastillas", "necesito ayuda", "si", "me siento muy triste",
           "cuantas horas a la semana son", "habla español"]
ENGLISH = ["hello", "how long is it", "my son takes pills", "help", "no", "ok", "xanax", "do you speak spanish", "", "😀", "12345",
           "Trust SoCal"]


@pytest.mark.parametrize("text, cleaned", CLEANED)
def test_only_what_a_reader_sees_is_kept(text, cleaned):
    assert clean(text) == cleaned


@pytest.mark.parametrize("text", [text for text, _ in CLEANED])
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)


def test_a_very_long_message_is_cut():
    words = " ".join(str(number) for number in range(4_000))
    assert len(clean(words)) == LONGEST and clean(words).startswith("0 1 2 3")
    assert len(clean("\ufdfa" * 10_000)) <= LONGEST  # one character that becomes eighteen


def test_a_passage_said_over_and_over_is_read_once():
    assert len(clean("and then he said that " * 300)) < 2 * len("and then he said that ")


@pytest.mark.parametrize("text, plain", FOLDED)
def test_folding_leaves_lower_case_letters_and_figures(text, plain):
    assert folded(text) == plain


@pytest.mark.parametrize("text", SPANISH)
def test_spanish_is_recognised(text):
    assert language_of(text) == "es"


@pytest.mark.parametrize("text", ENGLISH)
def test_anything_else_counts_as_english(text):
    assert language_of(text) == "en"
