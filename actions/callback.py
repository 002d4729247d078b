"""The call back as pure functions: what is asked in which order, and how a number is read back. No Rasa here."""
import phonenumbers

QUESTIONS = ["callback_name", "callback_phone", "callback_time", "callback_consent"]
MAY_BE_SKIPPED = ("callback_time",)


def next_question(answers: dict[str, str]) -> str | None:
    """The slot to ask next, or None where all is given."""
    return next((slot for slot in QUESTIONS if slot not in answers), None)


def before(asked: str) -> str:
    """The question before `asked`; the first stays the first."""
    return QUESTIONS[max(QUESTIONS.index(asked) - 1, 0)]


def shown(phone: str | None) -> str | None:
    """A number (E.164) as people write it, for reading back."""
    if phone is None:
        return None
    number = phonenumbers.parse(phone)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if number.country_code == 1 else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)
