"""Pictures for people to look at, kept in var/screenshots/."""
import pytest

from tests.content import ROOT

FOLDER = ROOT / "var/screenshots"


SIZES = [(320, 568), (390, 844), (768, 1024), (1440, 900)]
ENGLISH = [("/", scheme, *size) for scheme in ("light", "dark") for size in SIZES]
SPANISH = [("/es.html", "light", *SIZES[0]), ("/es.html", "dark", *SIZES[1])]


@pytest.mark.parametrize("path, scheme, width, height", ENGLISH + SPANISH)
def test_screenshots(visit, path, scheme, width, height):
    FOLDER.mkdir(parents=True, exist_ok=True)
    chat = visit(path, width=width, height=height, color_scheme=scheme)
    name = f"{'es' if 'es' in path else 'en'}-{width}-{scheme}"

    def take(state: str, full_page: bool = False) -> None:
        chat.drawn().page.screenshot(path=FOLDER / f"{name}-{state}.png", full_page=full_page)
        assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing scrolls sideways"

    take("page", full_page=True)
    chat.open()
    take("notice")
    chat.says("how many hours a week is it?", "nine to twelve hours")
    take("answer")
    chat.says("i want to kill myself", "988")
    take("crisis")
