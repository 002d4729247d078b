"""Fills the {placeholders} of responses with what is true of this clinic. Named as `nlg` in endpoints.yml."""
from typing import Any, Optional

from itsdangerous import Signer
import secrets

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from assistant import clinic
from assistant.settings import secret

PRONOUNS = {
    "he": {"they": "he", "them": "him", "their": "his"},
    "she": {"they": "she", "them": "her", "their": "her"},
    "they": {"they": "they", "them": "them", "their": "their"},
}


class ClinicResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's responses, with the values of clinic.yml, the visitor's pronouns and a fresh intake reference."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None) -> None:
        super().__init__(domain.responses if domain else {})
        self._clinic = clinic.settings()

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
        return response


def new_reference() -> str:
    """A signed, random, one-time reference (URL-safe text) that tells nothing of the conversation it joins."""
    return Signer(secret(), salt="intake-reference").sign(secrets.token_urlsafe(12)).decode()
