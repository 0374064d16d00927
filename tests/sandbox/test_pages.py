"""What a person finds in the browser: who asks for what, one Allow for each account, one Deny."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
import requests

from tests.sandbox.caller import Caller, brought_back
from tray_app.sandbox.registrations import Integration
from tray_app.sandbox.server import Sandbox


class _Form:
    """One form: what it would post for each of its buttons."""

    def __init__(self, attrs: dict[str, str]) -> None:
        self.target = (attrs.get("method"), attrs.get("action"))
        self.hidden: dict[str, str] = {}
        self.buttons: dict[str, dict[str, str]] = {}

    def pressed(self, button: str) -> dict[str, str]:
        return self.hidden | self.buttons[button]


class _Page(HTMLParser):
    """Collects the forms and every tag of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.tags.append((tag, named))
        if tag == "form":
            self.forms.append(_Form(named))
        if tag == "input":
            assert named["name"] not in self.forms[-1].hidden
            self.forms[-1].hidden[named["name"]] = named["value"]
        if tag == "button":
            self.forms[-1].buttons[named["id"]] = {named["name"]: named["value"]}

    def form(self, button: str) -> _Form:
        (form,) = (form for form in self.forms if button in form.buttons)
        return form


def _shown(caller: Caller, **changes: str) -> _Page:
    response = caller.get("/authorize", **caller.request_of(**changes))
    assert response.status_code == 200
    return _Page(response.text)


def _refused(caller: Caller) -> requests.Response:
    return caller.get("/authorize", **caller.request_of(client_id="<script>"))


def test_each_account_has_an_allow_of_its_own_and_there_is_one_deny(caller: Caller) -> None:
    page = _shown(caller)
    buttons = [button for form in page.forms for button in form.buttons]
    assert buttons == ["allow", "allow-colleague", "allow-stranger", "deny"]
    assert {form.target for form in page.forms} == {("post", "/v1/authorize")}


def test_every_button_posts_the_whole_request(webex: Sandbox, caller: Caller) -> None:
    asked = caller.request_of(state='"><script>', code_challenge="c" * 43)
    page = _shown(caller, **asked)
    for button, person in zip(
        ("allow", "allow-colleague", "allow-stranger"), webex.people, strict=True
    ):
        pressed = page.form(button).pressed(button)
        assert pressed == asked | {"account": person.uuid, "decision": "allow"}
    assert page.form("deny").pressed("deny") == asked | {"decision": "deny"}


def test_what_a_button_posts_is_obeyed(webex: Sandbox, caller: Caller) -> None:
    page = _shown(caller)
    answers = {
        button: brought_back(caller.post("/authorize", page.form(button).pressed(button)))
        for button in ("allow", "allow-stranger", "deny")
    }
    assert answers["allow"]["code"].endswith(webex.person.org_uuid)
    assert answers["allow-stranger"]["code"].endswith(webex.stranger.org_uuid)
    assert answers["deny"]["error"] == "access_denied"


def test_the_address_cannot_press_a_button(webex: Sandbox, caller: Caller) -> None:
    page = _shown(caller, decision="allow", account=webex.stranger.uuid)
    assert page.form("deny").pressed("deny")["decision"] == "deny"
    assert page.form("allow").pressed("allow")["account"] == webex.person.uuid


def test_the_page_says_who_asks_for_what_and_who_can_agree() -> None:
    integration = Integration(
        name="Tray & Co", scopes=("spark:applications_token", "spark:people_read", "spark:rooms")
    )
    with Sandbox(integration=integration) as webex:
        caller = Caller(webex)
        text = caller.get("/authorize", **caller.request_of()).text
    assert "Allow Tray &amp; Co to act for you?" in text
    assert "issue tokens for your service apps" in text
    for value in (*integration.scopes, *integration.redirect_uris):
        assert f">{value}</code>" in text
    for person in webex.people:
        assert f">{person.display_name} <" in text
        assert f">{person.email}</span>" in text
        assert f">{person.org_uuid}</code>" in text


def test_only_what_was_asked_for_is_shown() -> None:
    integration = Integration(scopes=("spark:applications_token", "spark:people_read"))
    with Sandbox(integration=integration) as webex:
        caller = Caller(webex)
        asked = caller.request_of(scope="spark:applications_token")
        assert "spark:people_read" not in caller.get("/authorize", **asked).text


def test_both_pages_say_that_they_are_not_webex(caller: Caller) -> None:
    for response in (caller.get("/authorize", **caller.request_of()), _refused(caller)):
        assert response.headers["Content-Type"].startswith("text/html")
        assert "not from Webex" in response.text


def test_neither_page_loads_or_runs_anything(caller: Caller) -> None:
    state = "<script>alert(1)</script>"
    for response in (caller.get("/authorize", **caller.request_of(state=state)), _refused(caller)):
        tags = _Page(response.text).tags
        assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags}
        assert not [attrs for _, attrs in tags if {"src", "href", "onclick", "style"} & set(attrs)]


def test_neither_page_leaks_its_address_or_can_be_framed(caller: Caller) -> None:
    for response in (caller.get("/authorize", **caller.request_of()), _refused(caller)):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action" not in policy  # Chromium would block the redirect to the client
        (nonce,) = (attrs["nonce"] for tag, attrs in _Page(response.text).tags if tag == "style")
        assert f"'nonce-{nonce}'" in policy
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"


def test_a_refused_request_is_explained(caller: Caller) -> None:
    response = _refused(caller)
    assert response.status_code == 400
    assert "Client Id is invalid" in response.text
    assert _Page(response.text).forms == []


@pytest.mark.parametrize("account", ["", "nobody"])
def test_an_account_that_does_not_exist_gets_a_page_and_no_code(
    caller: Caller, account: str
) -> None:
    response = caller.post(
        "/authorize", caller.request_of() | {"decision": "allow", "account": account}
    )
    assert response.status_code == 400
    assert "There is no such account" in response.text


def test_the_start_page_has_what_a_set_up_by_hand_asks_for(webex: Sandbox) -> None:
    """Also while Webex is down, and without being counted as a request to Webex. The newest app
    and integration: nobody has signed in with them yet."""
    webex.go_down()
    app, integration = webex.add_customer(another_app=True), Integration()
    webex.more_integrations.append(integration)
    response = requests.get(webex.api_base.removesuffix("v1"), timeout=60)
    assert response.status_code == 200
    assert webex.integration.client_id not in response.text
    for value in (
        webex.api_base,
        app.app_id,
        app.client_id,
        app.client_secret,
        app.target_org_id,
        integration.client_id,
        integration.client_secret,
        *integration.redirect_uris,
    ):
        assert f">{value}<" in response.text
    assert not webex.requests
