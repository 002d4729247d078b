"""Signing in, the second factor, and who has an account."""
from io import BytesIO

import segno
from sanic import HTTPResponse

from desk import settings
from desk.models import accounts
from desk.tables import Staff
from desk.web import COOKIE, HALF, PUBLIC, Page, Refused, route

_WRONG = "The address or the password is not right, or there were too many attempts. Wait a quarter of an hour, then try again."
_WRONG_CODE = "This code is not right, or was used before. Wait for the next one."


@route("GET", "/sign-in", PUBLIC)
def sign_in_page(page: Page) -> HTTPResponse:
    return page.show("sign_in.html", errors={})


@route("POST", "/sign-in", PUBLIC)
def sign_in(page: Page) -> HTTPResponse:
    staff = accounts.authenticate(page.session, page.form.get("email", ""), page.form.get("password", ""), page.address)
    if staff is None:
        return page.show("sign_in.html", 422, errors={"email": _WRONG})
    page.cookies[COOKIE] = accounts.begin(page.session, staff)
    return page.go(page.form.get("next", "/"))


@route("POST", "/sign-out", HALF)
def sign_out(page: Page) -> HTTPResponse:
    assert page.visit
    if "everywhere" in page.form:
        accounts.sign_out_everywhere(page.session, page.staff)
    accounts.sign_out(page.session, page.visit.session)
    page.note("signed out", reason="everywhere" if "everywhere" in page.form else "")
    page.cookies[COOKIE] = None
    return page.go("/sign-in")


@route("GET", "/welcome/<token:str>", PUBLIC)
def welcome_page(page: Page, token: str) -> HTTPResponse:
    link = accounts.open_link(page.session, token)
    if link is None:
        raise Refused(404)
    return page.show("welcome.html", link=link, errors={})


@route("POST", "/welcome/<token:str>", PUBLIC)
def welcome(page: Page, token: str) -> HTTPResponse:
    link = accounts.open_link(page.session, token)
    if link is None:
        raise Refused(404)
    given = {name: page.form.get(name, "") for name in ("name", "email", "password")}
    if errors := accounts.problems(page.session, link, **given):
        return page.show("welcome.html", 422, link=link, errors=errors)
    page.cookies[COOKIE] = accounts.begin(page.session, accounts.accept(page.session, link, **given))
    return page.go("/second-factor")


@route("GET", "/second-factor", HALF, writes=True)
def second_factor_page(page: Page) -> HTTPResponse:
    return _second_factor(page)


@route("POST", "/second-factor", HALF)
def second_factor(page: Page) -> HTTPResponse:
    """Gives a code: to complete a sign-in, or to turn the second factor on."""
    assert page.visit
    code = page.form.get("code", "")
    if page.staff.totp_confirmed:
        right = accounts.complete(page.session, page.visit, code)
        return page.go(page.form.get("next", "/")) if right else _second_factor(page, {"code": _WRONG_CODE})
    recovery = accounts.confirm_totp(page.session, page.staff, code)
    if recovery is None:
        return _second_factor(page, {"code": _WRONG_CODE})
    page.visit.session.complete = True
    return page.show("recovery.html", codes=recovery)


@route("GET", "/staff", "admin")
def staff_page(page: Page) -> HTTPResponse:
    return page.show("staff.html", everyone=accounts.everyone(page.session), roles=accounts.ROLES, link=None)


@route("POST", "/staff/invite", "admin")
def invite(page: Page) -> HTTPResponse:
    role = page.form.get("role", "")
    if role not in accounts.ROLES:
        raise Refused(422)
    page.note("invited", reason=role)
    return _with_link(page, accounts.link(page.session, role))


@route("POST", "/staff/<staff_id:int>", "admin")
def change_staff(page: Page, staff_id: int) -> HTTPResponse:
    """Another role, the end of an account, or a way in for who lost password or device."""
    staff, action = page.get(Staff, staff_id), page.form.get("action", "")
    if staff.id == page.staff.id or action not in ("disable", "enable", "password", "second factor", *accounts.ROLES):
        raise Refused(422)
    page.note(f"staff: {action}", f"staff {staff.id}")
    if action == "password":
        return _with_link(page, accounts.link(page.session, staff.role, staff.id))
    if action == "second factor":
        accounts.forget_totp(page.session, staff)
    elif action in ("disable", "enable"):
        staff.disabled = action == "disable"
        accounts.sign_out_everywhere(page.session, staff)
    else:
        staff.role = action
    return page.go("/staff")


def _with_link(page: Page, token: str) -> HTTPResponse:
    link = f"{settings.public_url()}/welcome/{token}"
    return page.show("staff.html", everyone=accounts.everyone(page.session), roles=accounts.ROLES, link=link)


def _second_factor(page: Page, errors: dict[str, str] | None = None) -> HTTPResponse:
    status = 422 if errors else 200
    if page.staff.totp_confirmed:
        return page.show("code.html", status, errors=errors or {})
    picture = BytesIO()
    address = accounts.totp_address(page.session, page.staff, settings.clinic()["clinic_name"])
    segno.make(address).save(picture, kind="svg", scale=5, xmldecl=False, svgns=False, title="The secret as a picture")
    return page.show("totp.html", status, errors=errors or {}, secret=accounts.totp_secret(page.staff),
                     picture=picture.getvalue().decode())
