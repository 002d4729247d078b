"""The details of a call back in free text: a first name, a phone number, a time that suits."""
import re

import phonenumbers

from assistant.nlu.text import folded

_REGION = "US"
_LEAD_IN = re.compile(
    r"""^(?:(?:hi|hello|hey|hola|ok|okay|sure|yes|yeah|si|sí|well|um|pues)\b[\s,.!-]*)*
    (?:(?:my|mi|the|first|his|her|primer)\s+)* (?:name(?:'?s)?|nombre)? \s*(?:is|es|:)?\s*
    (?:(?:it'?s|this\ is|i'?m|i\ am|im|call\ me|you\ can\ call\ me|they\ call\ me|everyone\ calls\ me|people\ call\ me|ask\ for|just
       |soy|me\ llamo|me\ dicen|puede\ llamarme|ll[aá]meme|dime)\s+)*""",
    re.IGNORECASE | re.VERBOSE,
)
_NAME = re.compile(r"(?=.{1,20}$)(?!.*(.)\1{3})[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")
_ENDS_A_NAME = frozenset("and but here thanks thank please pls y gracias aqui from for with the in at my".split())
_NOT_A_NAME = frozenset(
    "no not why what who how when where which do does can is are would should skip stop cancel yes yeah nope none nobody "
    "que quien como cuando donde cuanto porque the a an this that i you he she they it we me someone idk dont rather prefer "
    "call phone number insurance cost help need want after before later tomorrow today anonymous private hello hi hola "
    "scared afraid worried nervous ready lost tired confused here fine good sorry unsure so very really drunk high in on at "
    "back myself someone anyone please them him".split()
)
_TIME = re.compile(
    r"""\b(?:
      \d{1,2}(?::\d\d)?\s*(?:am|pm|a\.m|p\.m|o'?clock|ish) | \d{1,2}\ (?:to|a)\ \d{1,2}
    | (?:after|before|around|between|past|until|till|by|at|from)\s+
      (?:\d|noon|lunch|work|school|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)
    | mornings?|afternoons?|evenings?|nights?|noon|midday|lunch\w*|weekdays?|weekends?|daytime|early|late|all\ day
    | mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|mon|tues?|wed|thurs?|fri
    | any\s?time|whenever|asap|as\ soon\ as\ possible|right\ now|now|soon|today|tonight|tomorrow|tmrw|tmw
    | doesn'?t\ matter|don'?t\ care|no\ preference
    | ma[nñ]anas?|tardes?|noches?|mediod[ií]a|hoy|ahora|ahorita|pronto|cuando\ sea|cualquier\w*|entre\ semana
    | lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bados?|domingos?|despu[eé]s\ de|antes\ de|a\ las?
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_BARE_HOURS = re.compile(r"^\D{0,12}\d{1,2}(?::\d\d)?\s*(?:-|–|to|a|or|y|and)?\s*(?:\d{1,2}(?::\d\d)?)?\W*$")
_ASKS = re.compile(
    r"\?|^(?:what|how|do (?:you|they|i|u)|does|can|is|are|will|who|why|where|que|cuanto|como|hay|tienen)\b", re.IGNORECASE
)


def first_name(text: str) -> str | None:
    """A first name (with a second one), as `Maria` in "hi, I'm maria and I need help", or None."""
    if "?" in text:
        return None
    rest = _LEAD_IN.sub("", text.strip())
    words = []
    for word in re.split(r"[\s,]+", rest):
        if not _NAME.fullmatch(word) or folded(word) in _ENDS_A_NAME:
            break
        words.append(word.rstrip("."))
    if not words or len(words) > 3 or folded(words[0]) in _NOT_A_NAME:
        return None
    return " ".join(word if any(c.isupper() for c in word[1:]) and not word.isupper() else word.capitalize() for word in words[:2])


def phone_number(text: str) -> str | None:
    """A valid phone number in any usual way of writing it (E.164), or None."""
    for match in phonenumbers.PhoneNumberMatcher(text, _REGION):
        return phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
    digits = re.sub(r"[\s().\-–_/]", "", text)
    bare = re.search(r"(?<!\d)\+?\d{10,11}(?!\d)", digits)
    return _valid(bare[0]) if bare else None


def best_time(text: str) -> str | None:
    """When a call suits, in the visitor's own words (200 characters at most), or None where nothing says when."""
    if _ASKS.search(text.strip()) or not (_TIME.search(text) or _BARE_HOURS.match(text)):
        return None
    return text.strip()[:200]


def _valid(number: str) -> str | None:
    parsed = phonenumbers.parse(number, _REGION)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_valid_number(parsed) else None
