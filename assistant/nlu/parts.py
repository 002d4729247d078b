"""Several questions in one message: where a message may be cut, and whether its parts ask different things."""
import re
from typing import Callable

from assistant.nlu.text import folded
from assistant.nlu.topics import Ranking

_JOINERS = r"and|also|plus|then|n|y|tambi[eé]n|adem[aá]s"
_CUT = re.compile(rf"(?<=[.?!;])\s+|\s*[,;]\s*|\s+(?=(?:{_JOINERS}|&)\s)|\s*\b[1-4]\)\s*|\s+[+/]\s+", re.IGNORECASE)
_LEAD = re.compile(rf"^(?:[¿¡]+|[1-4][).]\s*|(?:{_JOINERS}|&|or|but|so|e|oh|second|secondly|if so|if not)\b[\s,]*)+", re.IGNORECASE)
_CLAUSE = re.compile(r"(?<=[.?!])\s+|[,;:]\s*")
_SENTENCE = re.compile(r"(?<=[.?!:])\s+")
_BEFORE_A_QUESTION = (
    "hi hey hello ok okay so oh well also and y n but pls please first second then like um yo hola pues sorry wondering "
    "curious asking know dime plus question").split()
_QUESTION_WORDS = (
    "what whats wat wats how hows hw whens wheres who whos whose why which can could does do did is are r will would should "
    "shall any whether may am has have price cost length copay address schedule explain describe confirm difference "
    "que cual cuales cuanto cuanta cuantos "
    "cuantas como donde quien cuando puedo puede hay tienen aceptan toman hacen dan ofrecen es son se le les sera").split()
_LEADS = "when|where"  # these also begin a mere clause: "when it ends, ..."
_VERBS = "is|are|r|do|does|did|can|will|would|should|was|u"
_STARTS = re.compile(
    rf"(?:(?:{'|'.join(_BEFORE_A_QUESTION)}) )*(?:(?:{'|'.join(_QUESTION_WORDS)})\b|(?:{_LEADS}) (?:{_VERBS})\b"
    r"|(?:a|de|en|con|por|hasta|desde|para) (?:que|cual|cuant[oa]s?|quien|donde)\b)"
)
_INSIDE = re.compile(
    r"\b(?:do|does|did|can|could|will|would|should|is|are) (?:u|you|i|we|he|she|they|it|there|yall)\b"
    r"|\b(?:whether|know if|know what|know how|know when|wondering|ask about|asked me|tell me|yes or no|saber si|saber cuanto)\b"
)

_ASKS = ("faq/", "handoff/", "triage", "callback", "smalltalk/are_you_human", "smalltalk/privacy")
_LEANS = "follow_up_"
_LEANS_ON_NOTHING = ("follow_up_how_long", "follow_up_how_often")  # these have a meaning without a turn before
_ASKS_BY_SAYING = ("handoff/enrollment", "handoff/talk_to_person", "callback", "triage")  # "I want to sign up"
SURE = 0.4
"""How sure each part must be of its topic. Measured: docs/understanding.md."""
SURE_TOGETHER = 0.2
"""The same where the message as a whole is likeliest of just these topics."""
SURE_OF_A_MARK = 0.3
"""The same where each part ends with a question mark."""
SURE_OF_A_THIRD = 0.6
"""The same where a part of two is cut once more."""
_BRIEF = 3  # words
_ECHOED = 3  # likeliest topics of the whole message
_CUTS_TRIED = 16  # of a long message the last ones: questions come at the end
_LETTERS_READ = 4000  # in all halves together: reading takes time
_SENTENCES_TRIED = 2
_MOST_PARTS = 3

Topic = tuple[str, float]


def topics_of(text: str, ranking: Callable[[str], Ranking]) -> list[Topic]:
    """The topics a message asks, in its order, each with its probability: one, or up to three where it asks several things."""
    whole, parts = ranking(text)[0], _parted(text, ranking, _MOST_PARTS)
    plainer_as_a_whole = whole[1] > min((share for _, share in parts), default=0) and whole[0] not in [name for name, _ in parts]
    return [whole] if plainer_as_a_whole else parts


def _parted(text: str, ranking: Callable[[str], Ranking], most: int) -> list[Topic]:
    """Two or more topics, or none where the message is better read as a whole."""
    pairs = [(half, [_topic(part, ranking) for part in half]) for half in _halves(text)]
    echoed = {name for name, _ in ranking(text)[:_ECHOED]}
    pairs = [(half, topics) for half, topics in pairs if _two_questions(half, topics, echoed)]
    if not pairs:
        return []
    half, topics = max(pairs, key=lambda pair: min(share for _, share in pair[1]))
    if most > 2:
        finer = [found for part, topic in zip(half, topics) for found in (_surely_parted(part, ranking) or [topic])]
        if len({name for name, _ in finer}) == len(finer) <= most:
            return finer
    return topics


def _surely_parted(part: str, ranking: Callable[[str], Ranking]) -> list[Topic]:
    topics = _parted(part, ranking, 2)
    return topics if all(share >= SURE_OF_A_THIRD for _, share in topics) else []


def _topic(part: str, ranking: Callable[[str], Ranking]) -> Topic:
    """The topic of a part: of all of it, or of the sentence in it that asks, whichever is plainer."""
    sentences = [sentence for sentence in _SENTENCE.split(part) if _asks(sentence)]
    return max((ranking(read)[0] for read in (part, *sentences[-_SENTENCES_TRIED:])), key=lambda topic: topic[1])


def _halves(text: str) -> list[tuple[str, str]]:
    most = max(2, min(_CUTS_TRIED, _LETTERS_READ // max(len(text), 1)))
    cuts = [match.span() for match in _CUT.finditer(text)][-most:]
    halves = [(_LEAD.sub("", text[:start].strip()), _LEAD.sub("", text[end:].strip())) for start, end in cuts]
    return [(left, right) for left, right in halves if left and right]


def _two_questions(half: tuple[str, str], topics: list[Topic], echoed: set[str]) -> bool:
    """Whether both parts ask, each its own: by their form, or because the whole message calls both topics to mind."""
    (left, left_share), (right, right_share) = topics
    if left == right or not left.startswith((*_ASKS, *_LEANS_ON_NOTHING)) or not right.startswith((*_ASKS, _LEANS)):
        return False
    brief = max(len(part.split()) for part in half) <= _BRIEF
    asked = all(topic in _ASKS_BY_SAYING or _asks(part) for topic, part in zip((left, right), half))
    marked = all(part.rstrip().endswith("?") for part in half)
    enough = SURE_TOGETHER if {left, right} <= echoed else SURE_OF_A_MARK if marked else SURE
    return (brief or asked) and min(left_share, right_share) >= enough


def _asks(part: str) -> bool:
    clauses = [clause for clause in _CLAUSE.split(part) if clause]
    return any(c.rstrip().endswith("?") or _STARTS.match(folded(c)) or _INSIDE.search(folded(c)) for c in clauses)
