"""What a visitor typed, as plain readable text."""
import re
import unicodedata

import wordninja

LONGEST = 2000  # characters that are read for meaning; the event keeps the whole message
_REPEATED = re.compile(r"(.{8,120}?)\1{2,}")  # a passage said three times or more is read once
_LONGER_THAN_A_WORD = 16  # letters
_INVISIBLE = {"Cc", "Cf", "Co", "Cs"}


def clean(text: str) -> str:
    """Without what a reader does not see (control, zero-width and direction characters), the rest of it unchanged.

    A leading slash goes too: Rasa takes `/restart` for a command, and a visitor's text is never a command.
    """
    text = text[: 4 * LONGEST]
    if not (text.isascii() and text.isprintable()):
        normal = unicodedata.normalize("NFKC", text)
        text = "".join(" " if c.isspace() else c for c in normal if c.isspace() or unicodedata.category(c) not in _INVISIBLE)
    text = re.sub(r" +", " ", text).strip().lstrip("/ ").strip()[:LONGEST]
    return _REPEATED.sub(r"\1", text) if _may_repeat(text) else text


def _may_repeat(text: str) -> bool:
    """Whether a passage can stand in it three times: many runs of eight letters then come again. Spares the slow search."""
    runs = len(text) - 7
    return runs - len({text[start : start + 8] for start in range(runs)}) > 8


def folded(text: str) -> str:
    """For comparing: lower case, without accents, punctuation and emoji. `¿Cuánto   dura?` -> `cuanto dura`."""
    plain = clean(text)
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain.casefold()))


def spaced(text: str) -> str:
    """With spaces in English words that were typed without: `howlongisit` -> `how long is it`."""
    return re.sub(rf"[A-Za-z']{{{_LONGER_THAN_A_WORD},60}}", lambda match: " ".join(wordninja.split(match[0])), text)
