"""Given nobody has an account, when the link that was printed is opened, then one is made; and nobody else gets in."""
import time

import sqlalchemy as sa

from desk import app, database
from desk.models import accounts
from desk.tables import SignedIn, Staff
from tests.browser import PASSWORD, code
from tests.conftest import conversation_of


def secret(browser) -> str:
    return browser.page.find("code").text


def change(desk, table, **values) -> None:
    with database.transaction(desk.engine) as session:
        session.execute(sa.update(table).values(**values))


def with_second_factor(desk):
    """A browser of an administrator who has set everything up, and the secret of the app."""
    browser = desk.browser().makes_account(desk.link("admin"))
    key = secret(browser)
    browser.submit("/second-factor", code=code(key))
    return browser, key


def test_the_first_account_is_made_by_a_link_that_works_once(desk, capsys):
    app.announce(desk.engine)
    link = capsys.readouterr().out.rsplit(" ", 1)[-1].strip().removeprefix("http://localhost:5105")
    browser = desk.browser().makes_account(link)
    assert browser.title == "Set up the second factor"
    assert browser.open("/staff").title == "Staff"
    assert desk.browser().open(link).status == 404
    app.announce(desk.engine)
    assert "/welcome/" not in capsys.readouterr().out


def test_details_that_will_not_do_are_named_beside_the_field(desk):
    link = desk.link("reader")
    browser = desk.browser()
    browser.open(link).post(link, name="", email="nothing", password="short")
    assert browser.status == 422
    assert [a["href"] for a in browser.page.select(".errors a")] == ["#name", "#email", "#password"]
    assert browser.page.find(id="email")["aria-describedby"] == "email-error"


def test_the_second_factor_is_asked_for_and_a_code_works_once(desk):
    browser, key = with_second_factor(desk)
    assert "Keep these recovery codes" in browser.text
    email = desk_email(desk)
    again = desk.browser().signs_in(email)
    assert again.title == "Enter the code"
    assert again.open("/").path == "/second-factor"
    assert again.submit("/second-factor", code=code(key)).status == 422  # used a moment ago
    assert again.submit("/second-factor", code=code(key, 1)).title == "Inbox"


def test_a_link_leads_on_after_signing_in(desk):
    desk.browser("reader")
    path = f"/conversation/{conversation_of('veterans')}"
    browser = desk.browser().open(path)
    assert browser.title == "Sign in"
    browser.submit("/sign-in", email=desk_email(desk), password="wrong")
    assert browser.submit("/sign-in", email=desk_email(desk), password=PASSWORD).path == path
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example"):
        given = {"email": desk_email(desk), "password": PASSWORD, "next": elsewhere}
        assert desk.browser().open("/sign-in").post("/sign-in", **given).path == "/"
    with_second_factor(desk)
    again = desk.browser().open(path).submit("/sign-in", email="ada@example.org", password=PASSWORD)
    with database.reading(desk.engine) as session:
        key = accounts.totp_secret(session.scalars(sa.select(Staff).where(Staff.email == "ada@example.org")).one())
    assert again.submit("/second-factor", code=code(key, 1)).path == path


def test_a_recovery_code_works_once(desk):
    browser, _ = with_second_factor(desk)
    kept = browser.page.select_one(".codes code").text
    assert desk.browser().signs_in(desk_email(desk)).submit("/second-factor", code=kept).title == "Inbox"
    assert desk.browser().signs_in(desk_email(desk)).submit("/second-factor", code=kept).status == 422


def test_codes_cannot_be_guessed(desk):
    with_second_factor(desk)
    browser = desk.browser().signs_in(desk_email(desk))
    for _ in range(6):
        browser.submit("/second-factor", code="000000")
    with database.reading(desk.engine) as session:
        key = accounts.totp_secret(session.scalars(sa.select(Staff)).one())
    assert browser.submit("/second-factor", code=code(key, 1)).status == 422


def test_after_an_hour_the_second_factor_is_required(desk):
    desk.browser("admissions")
    change(desk, Staff, created_at=time.time() - 3700)
    browser = desk.browser().signs_in(desk_email(desk))
    assert browser.title == "Set up the second factor"
    assert browser.open("/search").path == "/second-factor"


def test_sign_in_tells_nothing_of_who_has_an_account(desk):
    desk.browser("reader")
    wrong = desk.browser().signs_in(desk_email(desk), "not the password")
    unknown = desk.browser().signs_in("nobody@example.org", "not the password")
    assert wrong.status == unknown.status == 422
    assert wrong.page.select_one(".errors").text == unknown.page.select_one(".errors").text


def test_sign_in_is_throttled(desk):
    desk.browser("reader")
    email = desk_email(desk)
    for _ in range(5):
        desk.browser().signs_in(email, "not the password")
    assert desk.browser().signs_in(email, PASSWORD).status == 422


def test_sessions_end(desk):
    browser = desk.browser("reader")
    assert browser.open("/").title == "Inbox"
    change(desk, SignedIn, seen_at=time.time() - 1801)
    assert browser.open("/").path == "/sign-in"
    change(desk, SignedIn, seen_at=time.time(), begun_at=time.time() - 12 * 3600 - 1)
    assert browser.open("/").path == "/sign-in"


def test_signing_out_everywhere_ends_other_browsers(desk):
    one = desk.browser("reader")
    other = desk.browser().signs_in(desk_email(desk))
    assert other.open("/").title == "Inbox"
    one.open("/account").post("/sign-out", everywhere="yes")
    assert one.path == "/sign-in" and other.open("/").path == "/sign-in"


def test_staff_change_their_password_and_other_browsers_end(desk):
    other, browser = desk.browser().makes_account(desk.link("reader")), desk.browser().signs_in()
    browser.open("/account")
    assert "Another browser" in browser.text
    assert browser.submit("/account/password", current="wrong", password="six lazy otters swim").status == 422
    assert browser.submit("/account/password", current=PASSWORD, password="ada-ada-ada-ada").status == 422
    assert "is changed" in browser.submit("/account/password", current=PASSWORD, password="six lazy otters swim").text
    assert other.open("/").path == "/sign-in" and "Another browser" not in browser.open("/account").text
    assert desk.browser().signs_in(password=PASSWORD).status == 422
    assert desk.browser().signs_in(password="six lazy otters swim").title == "Inbox"


def test_a_password_cannot_be_guessed_by_who_finds_a_browser_open(desk):
    browser = desk.browser("reader").open("/account")
    for _ in range(5):
        browser.submit("/account/password", current="wrong", password="six lazy otters swim")
    assert browser.submit("/account/password", current=PASSWORD, password="six lazy otters swim").status == 422


def test_recovery_codes_and_the_device_are_replaced_with_the_password(desk):
    browser, key = with_second_factor(desk)
    old = browser.page.select_one(".codes code").text
    assert browser.open("/account").submit("/account/recovery", current="wrong").status == 422
    new = browser.submit("/account/recovery", current=PASSWORD).page.select_one(".codes code").text
    assert desk.browser().signs_in().submit("/second-factor", code=old).status == 422
    assert desk.browser().signs_in().submit("/second-factor", code=new).title == "Inbox"
    assert browser.open("/account").post("/account/second-factor", current=PASSWORD).path == "/sign-in"
    assert desk.browser().signs_in().title == "Set up the second factor"


def test_an_administrator_invites_and_ends_access(desk):
    admin = desk.browser("admin").open("/staff")
    link = admin.submit("/staff/invite", role="reader").page.select_one(".notice code").text
    invited = desk.browser().makes_account(link.removeprefix("http://localhost:5105"), "Bo", "bo@example.org")
    assert invited.open("/").title == "Inbox"
    admin.open("/staff")
    row = next(form["action"] for form in admin.page.find_all("form") if form["action"][-1].isdigit())
    admin.submit(row, action="disable")
    assert invited.open("/").path == "/sign-in"
    assert desk.browser().signs_in("bo@example.org").status == 422


def test_a_password_is_stored_as_argon2id_and_a_token_as_digest(desk):
    browser = desk.browser("reader")
    with database.reading(desk.engine) as session:
        assert session.scalars(sa.select(Staff.password)).one().startswith("$argon2id$")
        assert session.scalars(sa.select(SignedIn.digest)).one() != browser.client.cookies["desk_session"]


def desk_email(desk) -> str:
    with database.reading(desk.engine) as session:
        return session.scalars(sa.select(Staff.email)).first()
