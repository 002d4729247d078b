"""nginx/sites.conf.template, filled in: for `make cluster` in full, for the image of the proxy with the clinic's words alone.

    python -m deploy.sites > sites.conf.template    # what the image gets; its own envsubst fills in the rest when it starts
"""
import json
from pathlib import Path
from string import Template

from assistant.channels.website import http

TEMPLATE = Path(__file__).parent / "nginx/sites.conf.template"
_SECONDS = 5  # as Retry-After in the template


def filled(**values: str) -> str:
    """The template with these values, and what nginx says by itself where no assistant answers or somebody floods."""
    said = {"AWAY": http.out_of_order(), "SLOWER": http.too_much("Too many requests came from your network.", _SECONDS)}
    words = {name: json.dumps(problem.document()) for name, problem in said.items()}
    return Template(TEMPLATE.read_text("utf-8")).safe_substitute(words | values)


if __name__ == "__main__":
    print(filled(), end="")
