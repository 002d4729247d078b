"""Follow-ups that lean on the turn before ("why?", "how often?"): the topic they mean, by the tables of data/follow_up."""
from functools import cache

import yaml

from assistant.clinic import ROOT


def resolved(topics: list[str], last: str | None) -> list[str]:
    """The topics with each follow-up replaced by what it means after `last` (`faq/drug_testing`), where the data say so."""
    found: list[str] = []
    for topic in topics:
        table = _tables().get(topic, {})
        topic = table.get("after", {}).get(last) or table.get("otherwise") or topic
        last = topic
        if topic not in found:
            found.append(topic)
    return found


@cache
def _tables() -> dict[str, dict]:
    read = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / "data" / "follow_up").glob("*.yml"))]
    return {data["nlu"][0]["intent"]: data["leans_on"] for data in read}
