"""A browser as far as HTTP goes: keeps cookies, reads pages as parsed HTML, and sends the forms that it finds in them."""
import re
import time

import httpx
import pyotp
from bs4 import BeautifulSoup, Tag

PASSWORD = "seven quiet herons wade"


class Browser:
    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=20, follow_redirects=True, verify=False)
        self.response: httpx.Response
        self.page: BeautifulSoup

    def open(self, path: str) -> "Browser":
        return self._took(self.client.get(path))

    def post(self, path: str, **fields: str) -> "Browser":
        """Sends fields with the page's token, as a form of the page would."""
        token = self.page.find("input", {"name": "csrf"}) if hasattr(self, "page") else None
        sent = {"csrf": token["value"]} if token else {}
        return self._took(self.client.post(path, data={**sent, **fields}))

    def submit(self, form: str, button: str | None = None, **fields: str) -> "Browser":
        """Fills in the form that leads to the address `form` and sends it, with its hidden fields, by the button of that value."""
        found = self.page.find("form", action=form)
        assert isinstance(found, Tag), f"no form leads to {form}: {[f.get('action') for f in self.page.find_all('form')]}"
        sent = {field["name"]: field.get("value", "") for field in found.find_all("input", type="hidden")}
        pressed = found.find("button", value=button) if button else None
        assert pressed or not button, f"no button {button} in {form}"
        if pressed:
            sent[pressed["name"]] = pressed["value"]
        for name in fields:
            assert found.find(attrs={"name": name}), f"no field {name} in {form}"
        return self._took(self.client.post(form, data={**sent, **fields}))

    def _took(self, response: httpx.Response) -> "Browser":
        self.response, self.page = response, BeautifulSoup(response.text, "html.parser")
        return self

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        return self.response.url.path

    @property
    def text(self) -> str:
        """What is to be read on the page."""
        return re.sub(r"\s+", " ", self.page.main.get_text(" ")) if self.page.main else self.response.text

    @property
    def title(self) -> str:
        return self.page.h1.get_text(" ", strip=True) if self.page.h1 else ""

    def makes_account(self, link: str, name: str = "Ada", email: str = "ada@example.org") -> "Browser":
        """Opens a one-time link and makes an account."""
        self.open(link)
        token = re.sub(r"^https?://[^/]*", "", link)
        return self._took(self.client.post(token, data={"name": name, "email": email, "password": PASSWORD}))

    def signs_in(self, email: str = "ada@example.org", password: str = PASSWORD) -> "Browser":
        self.open("/sign-in")
        return self._took(self.client.post("/sign-in", data={"email": email, "password": password}))


def code(secret: str, ahead: int = 0) -> str:
    """What an authenticator app shows, now or some steps of thirty seconds ahead."""
    return pyotp.TOTP(secret).at(time.time() + 30 * ahead)
