"""One's own account: the password, the second factor, and where one is signed in."""
from sanic import HTTPResponse

from desk.models import accounts
from desk.web import COOKIE, Page, route


@route("GET", "/account", "reader")
def account_page(page: Page) -> HTTPResponse:
    return _show(page)


@route("POST", "/account/password", "reader")
def change_password(page: Page) -> HTTPResponse:
    assert page.visit
    current, password = page.form.get("current", ""), page.form.get("password", "")
    errors = accounts.change_password(page.session, page.visit, current, password)
    return _show(page, errors, done="" if errors else "Your password is changed, and other browsers are signed out.")


@route("POST", "/account/others", "reader")
def sign_out_others(page: Page) -> HTTPResponse:
    assert page.visit
    accounts.sign_out_others(page.session, page.visit)
    page.note("signed out", reason="other browsers")
    return _show(page, done="Other browsers are signed out.")


@route("POST", "/account/recovery", "reader")
def recovery(page: Page) -> HTTPResponse:
    """New recovery codes."""
    assert page.visit
    codes = accounts.new_recovery_codes(page.session, page.visit, page.form.get("current", ""))
    return page.show("recovery.html", codes=codes) if codes else _show(page, {"factor": accounts.WRONG_PASSWORD})


@route("POST", "/account/second-factor", "reader")
def second_factor(page: Page) -> HTTPResponse:
    """Another device: the next sign-in sets it up."""
    assert page.visit
    if not accounts.replace_totp(page.session, page.visit, page.form.get("current", "")):
        return _show(page, {"factor": accounts.WRONG_PASSWORD})
    page.cookies[COOKIE] = None
    return page.go("/sign-in")


def _show(page: Page, errors: dict[str, str] | None = None, done: str = "") -> HTTPResponse:
    sessions = accounts.sessions(page.session, page.staff)
    return page.show("account.html", 422 if errors else 200, errors=errors or {}, done=done, sessions=sessions)
