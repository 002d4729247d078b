"""The crisis rules of data/crisis: what they must catch, what they must leave alone, and how they complain."""
import shutil

import pytest

from assistant.safety.rules import KINDS, RulesError, load_rules
from tests.content import ROOT, examples

FOLDER = ROOT / "data/crisis"
EXPLICIT = [kind for kind in KINDS if kind != "veiled"]
NOTHING = None
RULES_ALONE = 0.75  # of the examples; the files also hold riddling wordings ("tied it to the closet rod") that only the model knows

SENTENCES = [
    ("found him cold, needle next to him", "medical_emergency"),
    ("pills are gone and so is he, on the floor", "medical_emergency"),
    ("Do you take Blue Shield? also my cousin dropped to the floor and his whole body is jerking", "medical_emergency"),
    ("STOP. he's turning blue", "medical_emergency"),
    ("hes nto breathign omg", "medical_emergency"),
    ("no le encuentro el pulso a mi hija", "medical_emergency"),
    ("overdose", "medical_emergency"),
    ("i want to kms tonight", "suicide"),
    ("i w4nt to d i e", "suicide"),
    ("STOP. i want to die", "suicide"),
    ("I have my late husband's revolver in my lap and I do not expect to see the morning", "suicide"),
    ("tengo la pistola en la mano y nomás estoy esperando valor", "suicide"),
    ("this job is killing me and i want to die", "suicide"),
    ("my daughter has been saving up her pills", "suicide_other"),
    ("he is on the wrong side of the railing", "suicide_other"),
    ("mi hijo dice que se va a pegar un tiro", "suicide_other"),
    ("imma stab my stepdad", "violence"),
    ("resident brandishing a broken bottle at staff", "violence"),
    ("lo voy a matar", "violence"),
    ("my husband throws me against the wall", "abuse"),
    ("stepdad keeps tuching me", "abuse"),
    ("mi mamá me pega con un cable", "abuse"),
    ("xanax gone, tremors, sweating", "severe_withdrawal"),
    ("I gave up sherry three days ago and I am trembling so that I cannot hold a teacup", "severe_withdrawal"),
    ("dejé de tomar ayer y no paro de temblar", "severe_withdrawal"),
    ("my family would be better off without me", "veiled"),
    ("asking for a friend, does it hurt to overdose", "veiled"),
    ("i am dying to start", NOTHING),
    ("this commute is killing me", NOTHING),
    ("my brother died of an overdose in 2019", NOTHING),
    ("I was suicidal years ago, can I still join?", NOTHING),
    ("had a seizure in 2018", NOTHING),
    ("hands a bit shaky in the morning", NOTHING),
    ("he gets sweats at night", NOTHING),
    ("pt denies SI/HI, no hx of seizures", NOTHING),
    ("what is your policy if a client mentions suicide", NOTHING),
    ("do you offer narcan training", NOTHING),
    ("is sweating normal after quitting", NOTHING),
    ("stop texting me", NOTHING),
    ("mi jefa me mata si llego tarde", NOTHING),
    ("me muero de hambre", NOTHING),
    ("goodbye", "veiled"),
]


@pytest.fixture(scope="module")
def rules():
    return load_rules(FOLDER)


@pytest.fixture(scope="module")
def content():
    return examples()


@pytest.mark.parametrize("kind", EXPLICIT)
def test_most_examples_of_an_explicit_kind_are_caught_by_rules_alone(rules, content, kind):
    texts = content[f"crisis/{kind}"]
    missed = [text for text in texts if not rules.detect(text)]
    assert len(missed) <= (1 - RULES_ALONE) * len(texts), missed


def test_no_ordinary_example_is_taken_for_a_crisis(rules, content):
    ordinary = [(intent, text) for intent, texts in content.items() if not intent.startswith("crisis/") for text in texts]
    assert [(intent, text, match.rule) for intent, text in ordinary if (match := rules.detect(text))] == []


@pytest.mark.parametrize(("text", "kind"), SENTENCES)
def test_a_sentence_is_of_its_kind(rules, text, kind):
    match = rules.detect(text)
    assert (match.kind if match else NOTHING) == kind


@pytest.mark.parametrize(("phrase", "complaint"), [
    ("want to [die", "never closed"),
    ("take {nosuchlist}", "no list 'nosuchlist'"),
    ("one | other", "only inside brackets"),
    ("want to die ...", "changes nothing"),
])
def test_a_broken_phrase_is_named_with_its_file(tmp_path, phrase, complaint):
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "abuse.yml").write_text(f'phrases:\n- id: broken_rule\n  any:\n    - "{phrase}"\n', "utf-8")
    with pytest.raises(RulesError) as error:
        load_rules(tmp_path)
    for part in ("abuse.yml", "broken_rule", phrase, complaint):
        assert part in str(error.value)
