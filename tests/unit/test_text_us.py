"""The website offers to text where the clinic has a number for it."""
import asyncio

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from assistant import clinic
from assistant.dialogue.responses import ClinicResponses

DOMAIN = Domain.from_yaml("""
version: "3.1"
slots:
  triage_pronoun: {type: any, influence_conversation: false, mappings: [{type: custom}]}
responses:
  utter_call:
  - text: "Call {admissions_phone}."
    buttons: [{title: "Call", type: web_url, url: "tel:{admissions_phone_link}"}]
  utter_duration:
  - text: "Eight to twelve weeks."
""")


@pytest.fixture
def with_number(tmp_path):
    """A clinic.yml that has a number for texts."""
    path = tmp_path / "clinic.yml"
    path.write_text((clinic.ROOT / "clinic.yml").read_text() + '\nsms_number: "(949) 555-0100"\n')
    return clinic.settings(path)


def links(response: str, channel: str, values: dict[str, str] | None = None) -> list[str]:
    responses = ClinicResponses(domain=DOMAIN)
    responses._clinic = values or responses._clinic
    tracker = DialogueStateTracker.from_events("v", [], slots=DOMAIN.slots)
    said = asyncio.run(responses.generate(response, tracker, channel))
    return [button["url"].partition(":")[0] for button in said.get("buttons") or []]


def test_with_a_number_for_texts_it_is_offered_beside_the_phone(with_number):
    assert with_number["sms_number_link"] == "+19495550100"
    assert links("utter_call", "website", with_number) == ["tel", "sms"]


def test_it_is_offered_nowhere_else(with_number):
    assert links("utter_call", "sms", with_number) == ["tel"]
    assert links("utter_duration", "website", with_number) == []
    assert links("utter_call", "website") == ["tel"]
