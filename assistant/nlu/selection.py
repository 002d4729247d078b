"""How a choice of topic is written on a message, in Rasa's own format for retrieval intents."""
from typing import Any

from rasa.shared.nlu.training_data.message import Message

RANKED = 10


def choose(message: Message, ranking: list[tuple[str, float]]) -> None:
    """Sets intent, ranking and selected response. `ranking`: (`faq/topic` or flat intent, probability), likeliest first."""
    name, confidence = ranking[0]
    intent = name.split("/")[0]
    message.set("intent", {"name": intent, "confidence": confidence}, add_to_output=True)
    message.set("intent_ranking", [{"name": n, "confidence": c} for n, c in ranking[:RANKED]], add_to_output=True)
    if "/" in name:
        response: dict[str, Any] = {
            "responses": [], "confidence": confidence, "intent_response_key": name, "utter_action": f"utter_{name}",
        }
        selected = {"response": response, "ranking": [], "utter_action": f"utter_{name}"}
        message.set("response_selector", {"all_retrieval_intents": [intent], intent: selected}, add_to_output=True)
