"""Which of the two languages we meet a message is in."""
import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from assistant.nlu.text import folded

# Short words on which statistics say nothing.
_SPANISH = frozenset("hola gracias si y mi mis el la los las un una de del con para por que cuanto cuantas cuantos como "
                     "donde grupos ayuda hijo hija esposo esposa hermano hermana es esta puedo tengo quiero "
                     "muy siento estoy necesito se lo su pero porque cuando hay voy tengo que".split())
_ENGLISH = frozenset("the an of to and is are do does you u my i it for how what when where can my your in".split())
_SURE = 0.9
_TELLING = 2  # words: statistics say nothing of one
_SPANISH_MARKS = re.compile("[¿¡ñ]", re.IGNORECASE)


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["en", "es"])
    return identifier


def language_of(text: str) -> str:
    """`es` or `en`; English where nothing tells."""
    if _SPANISH_MARKS.search(text):
        return "es"
    words = folded(text).split()
    spanish = sum(word in _SPANISH for word in words)
    english = sum(word in _ENGLISH for word in words)
    if spanish != english:
        return "es" if spanish > english else "en"
    if len(words) < _TELLING:
        return "en"
    language, confidence = _identifier().classify(" ".join(words))
    return "es" if language == "es" and float(confidence) >= _SURE else "en"
