"""One plain spelling for the many ways people type the same words, so that crisis phrases can stay readable.

`normalize` takes a message through small steps: characters, words, misspellings, slang. All words it knows come from
`data/crisis/lexicon.yml`; what it does not know it leaves as it stands.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

DEFAULT_LEXICON = Path(__file__).parents[2] / "data" / "crisis" / "lexicon.yml"
SENTENCE_END = "."

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LOOKALIKES = str.maketrans("аеорсухіјѕкмтвнԁıø", "aeopcyxijskmtbhdio")  # Cyrillic and others that pass for Latin
_APOSTROPHES = frozenset("'’‘`´ʼ＇")
_LEET = [str.maketrans("01345578@$!", f"o{one}easstbasi") for one in "il"]
_LEET_MARKS = frozenset("01345578@$!")

_SPELLED_OUT = re.compile(r"(?<![a-z0-9'])(?:[a-z0-9][ .\-_*,/|~]{1,3})+[a-z0-9](?![a-z0-9'])")
_PAUSE = re.compile(r"\.{2,}|(?<=\w)\.(?=\w)")
_TOKEN = re.compile(r"[a-z0-9@$*](?:[a-z0-9'@$!*]*[a-z0-9@$*])?|[.!?;]+")
_ONE_WORD_SENTENCES = re.compile(r"(?:(?<=^)|(?<=\. ))(\w+) \. (?=\w+(?: \.|$))")
_STRETCH = re.compile(r"(.)\1{2,}")
_REPEAT = re.compile(r"(.)\1+")

_TYPO_MIN_LETTERS = 6
_TWO_TYPOS_FROM = 9


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The words of `lexicon.yml`, ready for looking up."""

    lists: dict[str, list[str]]
    known: frozenset[str]
    typos: dict[str, str]
    slang: dict[str, list[tuple[tuple[str, ...], str]]]
    emoji: dict[str, str]
    key_words: tuple[str, ...]
    plain_keys: dict[str, str]
    joined: re.Pattern[str]
    spaced: dict[str, str]


@lru_cache(maxsize=8)
def load_lexicon(path: Path = DEFAULT_LEXICON) -> Lexicon:
    """Read a lexicon file."""
    data = yaml.load(path.read_text("utf-8"), yaml.CBaseLoader)["lexicon"]  # "no" and "off" are words here
    typos = {wrong: right for right, wrongs in data["typos"].items() for wrong in wrongs}
    spaced = {phrase.replace(" ", ""): phrase for phrase in data["spaced_phrases"]}
    key_words = tuple(data["key_words"])
    return Lexicon(
        lists=data["lists"],
        known=_known_words(data),
        typos=typos,
        slang=_by_first_word(data["slang"]),
        emoji={char: f" {word} " for char, word in data["emoji"].items()},
        key_words=tuple(word for word in key_words if len(word) >= _TYPO_MIN_LETTERS),
        plain_keys={_REPEAT.sub(r"\1", word): word for word in key_words},
        joined=re.compile("|".join(sorted(map(re.escape, spaced), key=len, reverse=True)) or r"(?!)"),
        spaced=spaced,
    )


def normalize(text: str, lexicon: Lexicon | None = None) -> str:
    """Return `text` as plain lower-case words, a "." where a sentence ends, one space between.

    >>> normalize("I'm gonna k1ll my self!!")
    'im going to kill myself .'
    """
    lexicon = lexicon or load_lexicon()
    text = _join_spelled_out(_plain_characters(text, lexicon), lexicon)
    text = lexicon.joined.sub(lambda match: f" {lexicon.spaced[match[0]]} ", text)
    words = [_plain_word(token, lexicon) for token in _TOKEN.findall(_PAUSE.sub(" ", text))]
    return _ONE_WORD_SENTENCES.sub(r"\1 ", " ".join(_expand_slang(words, lexicon)))


def _plain_characters(text: str, lexicon: Lexicon) -> str:
    if text.isascii():
        return text.lower()
    return "".join(_plain_character(char, lexicon) for char in text)


@lru_cache(maxsize=4096)
def _plain_character(char: str, lexicon: Lexicon) -> str:
    if char in lexicon.emoji:
        return lexicon.emoji[char]
    if char in _APOSTROPHES:
        return "'"
    if unicodedata.category(char) in ("Cf", "Mn", "Me") or (char < " " and not char.isspace()):
        return ""
    folded = unicodedata.normalize("NFKD", char).casefold().translate(_LOOKALIKES)
    return "".join(c for c in folded if c.isascii()) or " "


def _join_spelled_out(text: str, lexicon: Lexicon) -> str:
    """'s u i c i d e' and 'k.i.l.l' become words; 'A. B. C' and phone numbers stay as they are."""

    def join(match: re.Match[str]) -> str:
        letters = re.sub(r"[^a-z0-9]", "", match[0])
        candidates = list(_unleet(letters))
        found = next((c for c in candidates if c in lexicon.known or lexicon.joined.search(c)), None)
        return found or match[0]

    return _SPELLED_OUT.sub(join, text)


@lru_cache(maxsize=8192)
def _plain_word(token: str, lexicon: Lexicon) -> str:
    if token[0] in ".!?;":
        return "" if token == ";" * len(token) and len(token) > 1 else SENTENCE_END
    for candidate in _spellings(token, lexicon):
        if candidate in lexicon.typos:
            return lexicon.typos[candidate]
        if candidate in lexicon.known:
            return candidate
    bare = token.replace("'", "")
    return _nearest_key_word(_STRETCH.sub(r"\1", bare), lexicon) or bare


def _spellings(token: str, lexicon: Lexicon) -> Iterator[str]:
    """The token itself first, then what it may stand for, nearest first."""
    yield token
    for plain in _unleet(token.replace("'", "")):
        yield plain
        yield from _unstretch(plain, lexicon)
    if "*" in token:
        yield from _uncensor(token, lexicon)


def _unleet(token: str) -> Iterator[str]:
    yield token
    if not _LEET_MARKS.isdisjoint(token) and not token.isdigit():
        yield from (token.translate(table) for table in _LEET)


def _unstretch(token: str, lexicon: Lexicon) -> Iterator[str]:
    if _STRETCH.search(token):
        yield _STRETCH.sub(r"\1\1", token)
        yield _STRETCH.sub(r"\1", token)
    plain = _REPEAT.sub(r"\1", token)
    if plain != token and len(plain) > 2 and plain in lexicon.plain_keys:
        yield lexicon.plain_keys[plain]


def _uncensor(token: str, lexicon: Lexicon) -> Iterator[str]:
    """'su*c*de': at least half of the letters must be there."""
    if token.count("*") * 2 > len(token):
        return
    pattern = re.compile(re.escape(token).replace(r"\*", "[a-z]"))
    yield from (word for word in lexicon.plain_keys.values() if pattern.fullmatch(word))


def _nearest_key_word(token: str, lexicon: Lexicon) -> str | None:
    if len(token) < _TYPO_MIN_LETTERS or len(token) > 20 or not token.isalpha():
        return None
    edits = 2 if len(token) >= _TWO_TYPOS_FROM else 1
    best = extractOne(token, lexicon.key_words, scorer=OSA.distance, score_cutoff=edits)
    return best[0] if best and best[0][0] == token[0] else None


def _expand_slang(words: list[str], lexicon: Lexicon) -> Iterator[str]:
    position = 0
    while position < len(words):
        for phrase, meaning in lexicon.slang.get(words[position], ()):
            if tuple(words[position : position + len(phrase)]) == phrase:
                yield meaning
                position += len(phrase)
                break
        else:
            if words[position]:
                yield words[position]
            position += 1


def _by_first_word(slang: dict[str, list[str]]) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for meaning, phrases in slang.items():
        for phrase in phrases:
            words = tuple(phrase.split())
            table.setdefault(words[0], []).append((words, meaning))
    for entries in table.values():
        entries.sort(key=lambda entry: len(entry[0]), reverse=True)
    return table


def _known_words(data: dict) -> frozenset[str]:
    phrases = [*data["key_words"], *data["real_words"], *data["spaced_phrases"], *data["slang"], *data["typos"]]
    phrases += [phrase for entries in (*data["lists"].values(), *data["slang"].values()) for phrase in entries]
    return frozenset(word for phrase in phrases for word in re.findall(r"[a-z0-9']+", phrase))
