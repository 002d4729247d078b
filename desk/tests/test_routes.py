"""Every route with the role it needs. A new route without a line here fails."""
import re

import pytest

from desk.routes import load
from desk.web import ROUTES
from tests.conftest import conversation_of

load()
ROLES = ("reader", "admissions", "supervisor", "admin")
NEEDED = {
    "GET /sign-in": "public", "POST /sign-in": "public",
    "GET /welcome/<token:str>": "public", "POST /welcome/<token:str>": "public",
    "GET /intake": "public", "GET /intake/<step:str>": "public", "POST /intake/<step:str>": "public",
    "GET /intake/done": "public", "GET /intake/minor": "public",
    "POST /sign-out": "half", "GET /second-factor": "half", "POST /second-factor": "half",
    "GET /": "reader", "GET /inbox/list": "reader", "GET /live": "reader", "POST /inbox/act": "admissions",
    "GET /conversation/<id_:str>": "reader", "POST /conversation/<id_:str>/reveal": "admissions",
    "POST /conversation/<id_:str>/clear": "admissions", "POST /conversation/<id_:str>/note": "admissions",
    "POST /conversation/<id_:str>/tag": "admissions", "POST /conversation/<id_:str>/hold": "supervisor",
    "GET /conversation/<id_:str>/print": "reader", "POST /conversation/<id_:str>/block": "admissions", "GET /mentions": "reader",
    "GET /person": "supervisor", "POST /person": "supervisor", "POST /person/export": "supervisor",
    "POST /person/erase": "supervisor",
    "GET /search": "reader", "POST /search": "reader", "POST /search/export": "supervisor",
    "POST /search/views": "reader", "POST /search/views/<id_:int>/delete": "reader",
    "GET /callbacks": "reader", "POST /callbacks/<id_:int>/reveal": "admissions", "POST /callbacks/<id_:int>/tried": "admissions",
    "GET /forms": "reader", "GET /forms/<id_:int>": "reader", "POST /forms/<id_:int>/reveal": "admissions",
    "POST /forms/<id_:int>/hold": "supervisor",
    "GET /review": "admissions", "POST /review/<id_:int>": "admissions", "GET /changes": "admissions",
    "POST /changes/patch": "supervisor",
    "GET /insight": "reader",
    "GET /account": "reader", "POST /account/password": "reader", "POST /account/others": "reader",
    "POST /account/recovery": "reader", "POST /account/second-factor": "reader",
    "GET /audit": "supervisor",
    "GET /staff": "admin", "POST /staff/invite": "admin", "POST /staff/<staff_id:int>": "admin",
    "GET /status": "admin",
}


def address(route) -> str:
    path = route.path.replace("<id_:str>", conversation_of("veterans")).replace("<step:str>", "about")
    return re.sub("<.*?>", "1", path)


def test_every_route_is_listed_with_its_role():
    assert {f"{route.method} {route.path}": route.role for route in ROUTES} == NEEDED


def test_the_server_has_no_other_routes(desk):
    routes = [route for route in desk.app.router.routes if "static" not in route.name]
    assert {f"{method} /{route.path}" for route in routes for method in route.methods} == set(NEEDED)


def test_who_is_not_signed_in_sees_none_of_them(desk):
    browser = desk.browser()
    for route in (route for route in ROUTES if route.role != "public"):
        browser.client.follow_redirects = False
        answer = browser.client.request(route.method, address(route))
        assert (answer.status_code, answer.headers.get("location", "").split("?")[0]) == (303, "/sign-in"), route


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_what_it_may_and_nothing_else(desk, role):
    browser = desk.browser(role)
    for route in (route for route in ROUTES if route.role in ROLES and not route.streams):
        status = browser.client.request(route.method, address(route)).status_code
        allowed = ROLES.index(role) >= ROLES.index(route.role)
        refused = status == 403
        # A form without its token is refused even to who may send it.
        assert refused == (not allowed or route.method == "POST"), (role, route.method, route.path, status)
        if allowed and route.method == "POST":
            token = browser.open("/").page.find("input", {"name": "csrf"})["value"]
            assert browser.client.post(address(route), headers={"X-CSRF": token}).status_code != 403, route


def test_a_form_from_another_website_is_refused(desk):
    browser = desk.browser("admissions").open("/")
    token = browser.page.find("input", {"name": "csrf"})["value"]
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"X-CSRF": "wrong"}):
        answer = browser.client.post("/inbox/act", data={"action": "done"}, headers={"X-CSRF": token, **headers})
        assert answer.status_code == 403
    assert desk.browser().client.post("/sign-in", headers={"Origin": "https://elsewhere.example"}).status_code == 403


def test_no_answer_leads_to_another_website(desk):
    browser = desk.browser("admissions")
    browser.client.follow_redirects = False
    for back in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"):
        assert browser.open("/").post("/inbox/act", action="done", back=back).response.headers["location"] == "/"


def test_pages_carry_strict_headers(desk):
    for path in ("/sign-in", "/intake", "/nothing-here", "/static/desk.css"):
        headers = desk.browser().client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
    assert desk.browser().client.get("/intake").headers["cache-control"] == "no-store"


def test_cookies_are_for_https_alone_where_the_desk_is_reached_by_it(desk, monkeypatch):
    monkeypatch.setenv("DESK_URL", "https://desk.example.org")
    browser = desk.browser().makes_account(desk.link("reader"))
    cookie = browser.response.history[0].headers["set-cookie"]
    assert "Secure" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "strict-transport-security" in browser.client.get("/sign-in").headers


def test_pages_ask_no_third_party_for_anything(desk):
    browser = desk.browser("admin")
    for path in ("/", "/search", "/callbacks", "/forms", "/review", "/changes", "/audit", "/insight", "/staff", "/status",
                 "/intake", "/sign-in", f"/conversation/{conversation_of('veterans')}"):
        browser.open(path)
        for tag in browser.page.find_all(True):
            for name in ("src", "href", "action", "style", "onclick"):
                assert not re.match("(https?:)?//", tag.get(name) or ""), tag
            assert not tag.get("style") and not [name for name in tag.attrs if name.startswith("on")], tag
