"""Authorization requests: what is redirected, and where to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.caller import Caller, brought_back
from tray_app.sandbox.registrations import Integration
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_yes_brings_a_code_and_the_state(webex: Sandbox, caller: Caller) -> None:
    response = caller.post("/authorize", caller.request_of() | {"decision": "allow"})
    assert response.headers["Location"].startswith(webex.integration.redirect_uris[0] + "?")
    assert set(brought_back(response)) == {"code", "state"}
    assert brought_back(response)["state"] == "a-state"


def test_no_brings_access_denied_and_the_state(caller: Caller) -> None:
    answer = caller.decide("deny")
    assert answer["error"] == "access_denied"
    assert answer["state"] == "a-state"
    assert "code" not in answer


def test_without_a_state_none_is_brought_back(caller: Caller) -> None:
    asked = caller.request_of() | {"decision": "allow"}
    del asked["state"]
    assert set(brought_back(caller.post("/authorize", asked))) == {"code"}


def test_an_empty_state_is_echoed_too(caller: Caller) -> None:
    response = caller.post("/authorize", caller.request_of(state="") | {"decision": "allow"})
    assert response.headers["Location"].endswith("&state=")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"client_id": ""}, "Parameter:client_id is blank"),
        ({"client_id": "C" + "0" * 64}, "Client Id is invalid"),
        ({"redirect_uri": "http://127.0.0.1:3000/callback"}, "not registered"),
        ({"redirect_uri": "http://localhost:3000/callback/"}, "not registered"),
        ({"redirect_uri": "http://localhost:3000/Callback"}, "not registered"),
        ({"redirect_uri": "http://LOCALHOST:3000/callback"}, "not registered"),
        ({"redirect_uri": "http://localhost:3001/callback"}, "not registered"),
        ({"redirect_uri": "https://localhost:3000/callback"}, "not registered"),
        ({"redirect_uri": "http://localhost:3000/callback?more=1"}, "not registered"),
        ({"redirect_uri": ""}, "not registered"),
    ],
)
def test_a_wrong_client_or_address_gets_a_page_and_no_redirect(
    caller: Caller, changes: dict[str, str], reason: str
) -> None:
    response = caller.get("/authorize", **caller.request_of(**changes))
    assert response.status_code == 400
    assert "Location" not in response.headers
    assert reason in response.text


def test_the_service_app_cannot_be_authorized_this_way(webex: Sandbox, caller: Caller) -> None:
    asked = caller.request_of(client_id=webex.service_app.client_id)
    assert caller.get("/authorize", **asked).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "spark:applications_token spark:all"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
        ({"code_challenge": "x", "code_challenge_method": "S512"}, "invalid_request"),
    ],
)
def test_other_faults_are_told_on_the_redirect(
    caller: Caller, changes: dict[str, str], error: str
) -> None:
    asked = caller.request_of(**changes)
    for response in (caller.get("/authorize", **asked), caller.post("/authorize", asked)):
        answer = brought_back(response)
        assert answer["error"] == error
        assert answer["error_description"]
        assert answer["state"] == "a-state"


def test_a_request_that_became_wrong_is_refused_whatever_the_button_says(caller: Caller) -> None:
    answer = caller.decide("allow", scope="spark:all")
    assert answer["error"] == "invalid_scope"
    assert "code" not in answer


def test_the_state_comes_back_as_it_was_sent(caller: Caller) -> None:
    state = "a b&code=x#+%2fé"
    assert caller.decide("allow", state=state)["state"] == state
    assert caller.decide("deny", state=state)["state"] == state


def test_an_address_with_a_query_keeps_it() -> None:
    integration = Integration(redirect_uris=("http://localhost:1/cb?profile=a",))
    with Sandbox(integration=integration) as webex:
        assert Caller(webex).decide("allow").keys() == {"profile", "code", "state"}


@pytest.fixture
def automatic() -> Iterator[Sandbox]:
    with Sandbox(switches=Switches(auto_consent=True)) as webex:
        yield webex


def test_consent_can_be_automatic(automatic: Sandbox) -> None:
    caller = Caller(automatic)
    answer = brought_back(caller.get("/authorize", **caller.request_of()))
    assert answer["code"].endswith(automatic.person.org_uuid)
    assert caller.mint(caller.exchange(answer["code"]).json()["access_token"]).status_code == 200


def test_automatic_consent_is_still_no_answer_to_a_wrong_request(automatic: Sandbox) -> None:
    caller = Caller(automatic)
    answer = brought_back(caller.get("/authorize", **caller.request_of(scope="spark:all")))
    assert answer["error"] == "invalid_scope"
    wrong = caller.request_of(redirect_uri="http://localhost:3000/other")
    assert caller.get("/authorize", **wrong).status_code == 400


def test_the_only_registered_address_may_be_left_out(automatic: Sandbox) -> None:
    caller = Caller(automatic)
    asked = caller.request_of()
    del asked["redirect_uri"]
    response = caller.get("/authorize", **asked)
    assert response.headers["Location"].startswith(automatic.integration.redirect_uris[0])


def test_one_of_several_registered_addresses_must_be_named() -> None:
    several = Integration(redirect_uris=("http://localhost:1/cb", "http://localhost:2/cb"))
    with Sandbox(integration=several, switches=Switches(auto_consent=True)) as webex:
        caller = Caller(webex)
        asked = caller.request_of(redirect_uri="http://localhost:2/cb")
        named = caller.get("/authorize", **asked)
        assert named.headers["Location"].startswith("http://localhost:2/cb?code=")
        del asked["redirect_uri"]
        assert caller.get("/authorize", **asked).status_code == 400
