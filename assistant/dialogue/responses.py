"""The responses, with what is true of this clinic in their {placeholders}. Named as `nlg` in endpoints.yml."""
import secrets
from typing import Any, Optional

from itsdangerous import Signer
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from assistant import clinic, content
from assistant.dialogue.plan import DID_YOU_MEAN, WHICH_QUESTION
from assistant.settings import secret

PRONOUNS = {
    "he": {"they": "he", "them": "him", "their": "his"},
    "she": {"they": "she", "them": "her", "their": "her"},
    "they": {"they": "they", "them": "them", "their": "their"},
}
_MOST_OFFERED = 3
_TEXT_US = {"title": "Text us (msg & data rates may apply)", "type": "web_url"}
_SOMETHING_ELSE = {"title": "Something else", "payload": "Something else"}


class ClinicResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's responses, with the values of clinic.yml, the visitor's pronouns, a fresh intake reference, and the questions
    that "did you mean" offers."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None) -> None:
        super().__init__(domain.responses if domain else {})
        self._clinic = clinic.settings()

    @property
    def responses(self) -> content.Responses:
        """Response name -> its variations."""
        return self._responses

    @responses.setter
    def responses(self, of_the_model: content.Responses) -> None:
        """Rasa sets those of each model it loads; a model knows most of them by name only."""
        self._responses = {**of_the_model, **content.responses()}

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> Optional[dict[str, Any]]:
        """One response. Where it names the intake form, its metadata carry the reference, so that events hold it."""
        reference = new_reference()
        values = {
            **self._clinic,
            "intake_form": self._clinic["intake_form"].replace("{reference}", reference),
            **PRONOUNS[tracker.get_slot("triage_pronoun") or "they"],
        }
        response = await super().generate(utter_action, tracker, output_channel, **{**values, **kwargs})
        if response and reference in str(response):
            response["metadata"] = {**response.get("metadata", {}), "intake_reference": reference}
        if response and output_channel != "sms" and "sms_number_link" in self._clinic and _offers_the_phone(response):
            response["buttons"] = [*response["buttons"], {**_TEXT_US, "url": f"sms:{self._clinic['sms_number_link']}"}]
        if response and utter_action == DID_YOU_MEAN:
            response["buttons"] = self._likeliest(tracker)
        if response and utter_action == WHICH_QUESTION:
            response["buttons"] = _offered_last(tracker) or self._likeliest(tracker)
        return response

    def _likeliest(self, tracker: DialogueStateTracker) -> list[dict[str, str]]:
        """The questions that seemed likeliest, in the words of their topics."""
        ranking = tracker.latest_message.parse_data.get("intent_ranking", [])
        asked = [self._question(entry["name"]) for entry in ranking]
        words = [question for question in asked if question][:_MOST_OFFERED]
        return [*({"title": question, "payload": question} for question in words), _SOMETHING_ELSE]

    def _question(self, topic: str) -> Optional[str]:
        if not topic.startswith(("faq/", "handoff/")):
            return None
        return self.responses.get(f"utter_{topic}", [{}])[0].get("metadata", {}).get("question")


def _offers_the_phone(response: dict[str, Any]) -> bool:
    return any(button.get("url", "").startswith("tel:") for button in response.get("buttons") or [])


def _offered_last(tracker: DialogueStateTracker) -> list[dict[str, str]]:
    buttons = (e.data.get("buttons") for e in reversed(list(tracker.events)) if isinstance(e, BotUttered))
    return next((offered for offered in buttons if offered), [])


def new_reference() -> str:
    """A signed, random, one-time reference (URL-safe text) that tells nothing of the conversation it joins."""
    return Signer(secret(), salt="intake-reference").sign(secrets.token_urlsafe(12)).decode()
