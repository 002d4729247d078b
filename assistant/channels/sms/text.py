"""What a text message can hold: the GSM-7 alphabet of 3GPP TS 23.038, and how many segments a text takes. Pure functions."""
import re
import unicodedata
from functools import lru_cache

from gsm0338 import Codec

_ALPHABET = Codec()
_GSM7 = (160, 153)  # septets of a text that is one segment, and of each segment of a longer one
_UCS2 = (70, 67)  # the same in UTF-16 units, where a single character is not of the alphabet
_LOOKALIKES = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "″": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "•": "-", "·": "-", "×": "x", "→": "->", "\t": " ",
    "\u2028": "\n", "\u2029": "\n", "º": "o", "ª": "a",
})
_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")  # where a text is best cut ...
_SPACES = re.compile(r"\s+")  # ... and where else


def plain(text: str) -> str:
    """The text in GSM-7 where it can be: look-alikes for quotes and dashes, and letters without the accents that would make
    every segment less than half as long (`á`, not `é`). What has no counterpart, like an emoji, stays. No control characters."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(map(_plain_character, composed))


def segments(text: str) -> int:
    """How many segments a carrier makes, and bills, of a text; at least one."""
    costs = _costs(text)
    whole, part = _GSM7 if is_gsm7(text) else _UCS2
    if sum(costs) <= whole:
        return 1
    count, used = 1, 0
    for cost in costs:  # a character of two units is not divided between segments
        if used + cost > part:
            count, used = count + 1, 0
        used += cost
    return count


def is_gsm7(text: str) -> bool:
    """Whether all characters are of the alphabet."""
    return all(_septets(character) for character in text)


def cut(text: str, most: int, tail: str = "") -> tuple[str, str]:
    """The text in two: as much as fits with `tail` into `most` segments, and the rest. Cut after a sentence if there is one
    that fits, or else between words, or else anywhere."""
    if segments(text) <= most:
        return text, ""
    for border in (_ENDS, _SPACES):
        fitting = [match for match in border.finditer(text) if match.start() and segments(text[:match.start()] + tail) <= most]
        if fitting:
            return text[:fitting[-1].start()], text[fitting[-1].end():]
    length = max(length for length in range(1, len(text)) if length == 1 or segments(text[:length] + tail) <= most)
    return text[:length], text[length:]


@lru_cache(maxsize=4096)
def _plain_character(character: str) -> str:
    if _septets(character):
        return character
    if unicodedata.category(character) in ("Cc", "Cf", "Mn", "Me", "Cs", "Cn", "Co") and character not in "\t":
        return ""
    bare = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    candidates = (character.translate(_LOOKALIKES), unicodedata.normalize("NFKC", character), bare, bare.translate(_LOOKALIKES))
    return next((plain for plain in candidates if plain and is_gsm7(plain)), character)


@lru_cache(maxsize=4096)
def _septets(character: str) -> int:
    """How many septets a character takes; 0 where it is not of the alphabet (or is a control character of it)."""
    if unicodedata.category(character) == "Cc" and character != "\n":
        return 0
    try:
        return len(_ALPHABET.encode(character)[0])
    except UnicodeEncodeError:
        return 0


def _costs(text: str) -> list[int]:
    if is_gsm7(text):
        return [_septets(character) for character in text]
    return [len(character.encode("utf-16-be", "surrogatepass")) // 2 for character in text]
