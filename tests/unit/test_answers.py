"""What people write to the questions of the triage form, and what is read in it. A row is a message, the slot asked for, its
value (None: no answer to that question), and whether it was said so freely that it counts at every question (None: either)."""

import pytest

from assistant.nlu.answers import reader

CASES = [
    # triage_safe
    ("im safe and sober", "triage_safe", "yes", True),
    ("Nope, he's threatening to jump", "triage_safe", "no", False),
    ("not sure, he wont answer his phone", "triage_safe", "unsure", False),
    ("Everyone's fine right now, thanks for asking", "triage_safe", "yes", True),
    ("not really", "triage_safe", "no", False),
    ("maybe", "triage_safe", "unsure", False),
    ("she is safe but scared", "triage_safe", "yes", True),
    ("No, my brother took too many pills", "triage_safe", "no", False),
    ("idk", "triage_safe", "unsure", False),
    ("todo está bien", "triage_safe", "yes", False),
    ("no estamos a salvo", "triage_safe", "no", True),
    ("i guess", "triage_safe", "unsure", False),
    ("i need a safe place to live", "triage_safe", None, None),
    ("how much does it cost", "triage_safe", None, None),
    ("is it safe to detox at home", "triage_safe", None, None),
    # triage_person
    ("yo", "triage_person", "self", False),
    ("for my husband and I want him to get help", "triage_person", "other", True),
    ("my own problem", "triage_person", "self", False),
    ("i'm a case manager at a hospital, it's for a patient", "triage_person", "other", True),
    ("yo mismo", "triage_person", "self", False),
    ("asking 4 my mom", "triage_person", "other", True),
    ("me, my wife made me do this", "triage_person", "self", False),
    ("for a coworker of mine", "triage_person", "other", True),
    ("myself", "triage_person", "self", False),
    ("helping my younger brother", "triage_person", "other", True),
    ("for myself", "triage_person", "self", True),
    ("my 19 year old son", "triage_person", "other", False),
    ("how long have you been open", "triage_person", None, None),
    ("is it confidential", "triage_person", None, None),
    ("does insurance cover it", "triage_person", None, None),
    # triage_pronoun
    ("im his mother", "triage_pronoun", "he", True),
    ("for my mom", "triage_pronoun", "she", True),
    ("a client", "triage_pronoun", "they", True),
    ("for him", "triage_pronoun", "he", True),
    ("my daughter, she is 20", "triage_pronoun", "she", True),
    ("someone i love", "triage_pronoun", "they", True),
    ("he's 52", "triage_pronoun", "he", True),
    ("my wife", "triage_pronoun", "she", True),
    ("my partner", "triage_pronoun", "they", True),
    ("my son", "triage_pronoun", "he", True),
    ("mi hija", "triage_pronoun", "she", True),
    ("my friend", "triage_pronoun", "they", True),
    # triage_adult
    ("yes im 45", "triage_adult", "yes", True),
    ("turns 18 in two weeks", "triage_adult", "no", True),
    ("shes in her 30s", "triage_adult", "yes", True),
    ("hes a sophomore in high school", "triage_adult", "no", True),
    ("yup 27", "triage_adult", "yes", False),
    ("15 and a half", "triage_adult", "no", False),
    ("im a grown man", "triage_adult", "yes", True),
    ("im 16", "triage_adult", "no", True),
    ("im an adult", "triage_adult", "yes", True),
    ("menor", "triage_adult", "no", False),
    ("he's 52", "triage_adult", "yes", True),
    ("she's 17 going on 18", "triage_adult", "no", True),
    ("how many hours", "triage_adult", None, None),
    ("what if he is a minor", "triage_adult", None, None),
    ("he started drinking at 16", "triage_adult", None, None),
    # triage_use
    ("no benzos, just alcohol", "triage_use", "alcohol", True),
    ("klonopin, prescribed, 2 a day", "triage_use", "benzodiazepines", False),
    ("pastillas para el dolor todos los dias", "triage_use", "opioids", True),
    ("alcohol and xanax", "triage_use", "several", False),
    ("i was on heroin but clean since january", "triage_use", "none", False),
    ("i dont know he hides it", "triage_use", "unsure", False),
    ("half a gallon of vodka a day", "triage_use", "alcohol", False),
    ("xanax", "triage_use", "benzodiazepines", False),
    ("hes on fentanyl daily", "triage_use", "opioids", True),
    ("yes", "triage_use", "several", False),
    ("nothing daily", "triage_use", "none", False),
    ("not sure", "triage_use", "unsure", False),
    ("can i keep taking suboxone", "triage_use", None, None),
    ("is medication included in this", "triage_use", None, None),
    ("does it matter", "triage_use", None, None),
    # triage_last_use
    ("this am", "triage_last_use", "within_3_days", False),
    ("half a year", "triage_last_use", "longer", False),
    ("idk", "triage_last_use", "unsure", False),
    ("im drunk right now", "triage_last_use", "within_3_days", True),
    ("it was new years eve", "triage_last_use", "longer", False),
    ("this past weekend", "triage_last_use", "unsure", False),
    ("like 10 minutes ago", "triage_last_use", "within_3_days", False),
    ("last month", "triage_last_use", "longer", False),
    ("no me acuerdo", "triage_last_use", "unsure", False),
    ("maybe 36 hours", "triage_last_use", "within_3_days", False),
    ("over 3 months", "triage_last_use", "longer", False),
    ("dont remember", "triage_last_use", "unsure", False),
    ("do you test for recent use", "triage_last_use", None, None),
    ("do you accept people who used today", "triage_last_use", None, None),
    ("can i start tomorrow", "triage_last_use", None, None),
    # triage_withdrawal
    ("not that i know of", "triage_withdrawal", "none", False),
    ("no hallucinations but shaking", "triage_withdrawal", "mild", True),
    ("alucinaciones", "triage_withdrawal", "severe", True),
    ("nothing now but i seized once in rehab", "triage_withdrawal", "past", True),
    ("not sure", "triage_withdrawal", "unsure", False),
    ("no withdrawal symptoms at all", "triage_withdrawal", "none", True),
    ("no fever, no confusion, just the shakes", "triage_withdrawal", "mild", True),
    ("hallucinating", "triage_withdrawal", "severe", True),
    ("no current symptoms but history of DTs", "triage_withdrawal", "past", True),
    ("unsure", "triage_withdrawal", "unsure", False),
    ("no hallucinations", "triage_withdrawal", "none", False),
    ("just a little sweaty", "triage_withdrawal", "mild", True),
    ("do you treat withdrawal", "triage_withdrawal", None, None),
    ("what are the signs of withdrawal", "triage_withdrawal", None, None),
    ("is sweating normal", "triage_withdrawal", None, None),
    # triage_medical
    ("no conditions", "triage_medical", "none", False),
    ("he had a stroke last year", "triage_medical", "serious", True),
    ("6 months pregnant", "triage_medical", "pregnant", True),
    ("no se", "triage_medical", "unsure", False),
    ("mild asthma", "triage_medical", "none", False),
    ("he has heart failure", "triage_medical", "serious", True),
    ("estoy embarazada", "triage_medical", "pregnant", True),
    ("high blood pressure", "triage_medical", "unsure", False),
    ("no he is pretty healthy", "triage_medical", "none", True),
    ("yes, kidney disease", "triage_medical", "serious", True),
    ("we're expecting in may", "triage_medical", "pregnant", True),
    ("not sure", "triage_medical", "unsure", False),
    ("what counts as serious", "triage_medical", None, None),
    ("can i keep my meds", "triage_medical", None, None),
    ("how big are the groups", "triage_medical", None, None),
    # triage_psychiatric
    ("nope none", "triage_psychiatric", "no", False),
    ("esta muy paranoico", "triage_psychiatric", "yes", True),
    ("idk what counts as severe", "triage_psychiatric", "unsure", False),
    ("depresion leve", "triage_psychiatric", "no", True),
    ("5150 last month", "triage_psychiatric", "yes", True),
    ("not sure", "triage_psychiatric", "unsure", False),
    ("had a psych stay in college", "triage_psychiatric", "no", False),
    ("psych ward last week", "triage_psychiatric", "yes", True),
    ("bipolar", "triage_psychiatric", "unsure", False),
    ("stable", "triage_psychiatric", "no", False),
    ("escucha voces", "triage_psychiatric", "yes", True),
    ("no hallucinations, no hospital", "triage_psychiatric", "no", False),
    ("do you have a psychiatrist", "triage_psychiatric", None, None),
    ("do you treat depression", "triage_psychiatric", None, None),
    ("can i do iop with anxiety", "triage_psychiatric", None, None),
    # triage_housing
    ("not homeless", "triage_housing", "yes", True),
    ("nowhere to go", "triage_housing", "no", True),
    ("for now", "triage_housing", "unsure", False),
    ("vivo con mis padres", "triage_housing", "yes", False),
    ("nope, sleeping in my truck", "triage_housing", "no", True),
    ("kind of", "triage_housing", "unsure", False),
    ("i have a place", "triage_housing", "yes", True),
    ("staying with friends for now", "triage_housing", "no", True),
    ("own my house", "triage_housing", "yes", True),
    ("she's homeless right now", "triage_housing", "no", True),
    ("dorms", "triage_housing", "yes", False),
    ("living in my car", "triage_housing", "no", True),
    ("what counts as stable", "triage_housing", None, None),
    ("do you have beds", "triage_housing", None, None),
    ("what if im homeless", "triage_housing", None, None),
    # triage_step_down
    ("yes", "triage_step_down", "yes", False),
    ("no", "triage_step_down", "no", False),
    ("i guess it counts, not sure", "triage_step_down", "unsure", False),
    ("completed a 60 day program last month", "triage_step_down", "yes", True),
    ("never been in any program", "triage_step_down", "no", False),
    ("not sure", "triage_step_down", "unsure", False),
    ("my son just came home from a 60 day rehab", "triage_step_down", "yes", True),
    ("years ago", "triage_step_down", "no", False),
    ("idk if it counts", "triage_step_down", "unsure", False),
    ("almost done with php", "triage_step_down", "yes", True),
    ("no, coming straight from home", "triage_step_down", "no", False),
    ("just came home from rehab", "triage_step_down", "yes", True),
    ("do you offer detox", "triage_step_down", None, None),
    ("how long is residential", "triage_step_down", None, None),
    ("do you offer residential", "triage_step_down", None, None),
    # triage_schedule
    ("my schedule is flexible", "triage_schedule", "yes", True),
    ("cant do that", "triage_schedule", "no", False),
    ("if its at night", "triage_schedule", "unsure", False),
    ("mon wed fri evenings would be perfect", "triage_schedule", "yes", False),
    ("probably not", "triage_schedule", "no", False),
    ("hard to say", "triage_schedule", "unsure", False),
    ("si claro, tengo tiempo", "triage_schedule", "yes", True),
    ("he can't, he works nights", "triage_schedule", "no", False),
    ("not sure", "triage_schedule", "unsure", False),
    ("claro", "triage_schedule", "yes", False),
    ("trabajo mucho, no puedo", "triage_schedule", "no", False),
    ("i would have to ask my boss", "triage_schedule", "unsure", False),
    ("can i do it online", "triage_schedule", None, None),
    ("how many hours a week", "triage_schedule", None, None),
    ("how long is each session", "triage_schedule", None, None),
    # control
    ("whats it to you", "control", "skip", None),
    ("oops wrong button", "control", "back", None),
    ("enough questions", "control", "stop", None),
    ("lets move on", "control", "skip", None),
    ("i put the wrong answer", "control", "back", None),
    ("i don't want to continue", "control", "stop", None),
    ("prefer not to answer", "control", "skip", None),
    ("undo", "control", "back", None),
    ("i'm done", "control", "stop", None),
    ("i don't wanna say", "control", "skip", None),
    ("wait that was wrong", "control", "back", None),
    ("nevermind", "control", "stop", None),
    ("i dont want to say", "control", "skip", None),
    ("i made a mistake", "control", "back", None),
    ("he dropped out of school", "control", None, None),
    ("i want to go back to work", "control", None, None),
    ("when i stop i shake", "control", None, None),
    ("i cant stop drinking", "control", None, None),
]

# What would clear a risk must not be read out of these, whatever is asked.
NEVER_CLEARED = [
    ("no benzos, just alcohol", "triage_use", "none"),
    ("no opioids, alcohol every day", "triage_use", "none"),
    ("sober for 2 days", "triage_use", "none"),
    ("i was clean for a year but relapsed in june", "triage_use", "none"),
    ("no shakes, just sweating", "triage_withdrawal", "none"),
    ("no but had a seizure before", "triage_withdrawal", "none"),
    ("not pregnant but i do have cirrhosis", "triage_medical", "none"),
    ("his diabetes is not under control", "triage_medical", "none"),
    ("his depression is severe", "triage_psychiatric", "no"),
    ("would i see a psychiatrist", "triage_psychiatric", "no"),
    ("my house isnt safe", "triage_housing", "yes"),
    ("i have a house but its in foreclosure", "triage_housing", "yes"),
    ("i'm safe, he's not", "triage_safe", "yes"),
    ("not everyone is safe", "triage_safe", "yes"),
    ("no one is safe", "triage_safe", "yes"),
    ("i dont think he is safe", "triage_safe", "yes"),
]

# Several questions answered in one message.
AT_ONCE = [
    ("he's 52 and safe", {"triage_person": "other", "triage_pronoun": "he", "triage_adult": "yes", "triage_safe": "yes"}),
    (
        "my wife is 34, she drinks wine every night, last drink was last night",
        {"triage_pronoun": "she", "triage_adult": "yes", "triage_use": "alcohol", "triage_last_use": "within_3_days"},
    ),
    (
        "I drink a bottle of vodka every day, last one was last night",
        {"triage_person": "self", "triage_use": "alcohol", "triage_last_use": "within_3_days"},
    ),
    ("im 41, homeless, on fentanyl every day", {"triage_adult": "yes", "triage_housing": "no", "triage_use": "opioids"}),
    (
        "it's for my daughter, she's 19 and just got out of rehab last week",
        {"triage_person": "other", "triage_pronoun": "she", "triage_adult": "yes", "triage_step_down": "yes"},
    ),
]


def read(text: str, slot: str) -> tuple[str | None, bool]:
    """What is read when this slot is asked for: what was said freely first."""
    answers = {answer.freely: answer.value for answer in reader().read(text) if answer.slot == slot}
    return answers.get(True, answers.get(False)), True in answers


@pytest.mark.parametrize("text, slot, value, freely", CASES)
def test_an_answer_is_read(text: str, slot: str, value: str | None, freely: bool | None) -> None:
    read_value, read_freely = read(text, slot)
    assert read_value == value
    assert freely is None or read_freely == freely


@pytest.mark.parametrize("text, slot, value", NEVER_CLEARED)
def test_a_risk_is_not_cleared(text: str, slot: str, value: str) -> None:
    assert read(text, slot)[0] != value


@pytest.mark.parametrize("text, values", AT_ONCE)
def test_everything_said_freely_is_read(text: str, values: dict[str, str]) -> None:
    said = {answer.slot: answer.value for answer in reader().read(text) if answer.freely}
    assert values.items() <= said.items()
