"""Rasa's own Twilio channel, its REST calls sent to a stand-in: nothing else of it is changed."""
from typing import Any, Optional

from rasa.core.channels.channel import InputChannel
from rasa.core.channels.twilio import TwilioInput, TwilioOutput
from twilio.http.http_client import TwilioHttpClient


class StockTwilio(TwilioInput):
    """Credentials as Rasa's, and `api`: the address of the stand-in."""

    api = ""

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> InputChannel:
        given = dict(credentials or {})
        cls.api = given.pop("api")
        return cls(**given)

    def get_output_channel(self) -> TwilioOutput:
        output = super().get_output_channel()
        output.http_client = _Elsewhere(self.api)
        return output


class _Elsewhere(TwilioHttpClient):
    def __init__(self, api: str) -> None:
        super().__init__()
        self._api = api

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._api, 1), *args, **kwargs)
