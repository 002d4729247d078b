"""The pages: each declares its address and the role it needs, and calls the models."""
from importlib import import_module

_PAGES = ("account", "accounts", "audit", "callbacks", "conversation", "forms", "inbox", "insight", "intake", "live", "mentions",
          "person", "review", "search", "status")


def load() -> None:
    """Imports every page, so that its routes are declared."""
    for name in _PAGES:
        import_module(f"desk.routes.{name}")
