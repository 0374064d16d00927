"""The token endpoint: who may have what, and how it says no."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.conftest import NOON
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import ErrorShape, Lifetimes, Switches

VERIFIER = "a-verifier-of-43-unreserved-characters.~_AZ09"
DAY = 24 * 3600


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def test_a_code_buys_a_pair_with_its_lifetimes_and_scope(caller: Caller) -> None:
    response = caller.exchange(caller.decide("allow")["code"])
    body = response.json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert {name: body[name] for name in body if not name.endswith("_token")} == {
        "expires_in": 14 * DAY,
        "refresh_token_expires_in": 90 * DAY,
        "token_type": "Bearer",
        "scope": "spark:applications_token",
    }
    assert caller.mint(body["access_token"]).status_code == 200
    assert caller.refresh(body["refresh_token"], caller.webex.integration).status_code == 200


def test_the_scope_may_be_left_out_of_the_reply(webex: Sandbox, caller: Caller) -> None:
    webex.switches = Switches(scope_in_reply=False)
    assert "scope" not in caller.refresh(webex.issue_service_pair().refresh).json()


def test_a_code_works_once(caller: Caller) -> None:
    code = caller.decide("allow")["code"]
    assert caller.exchange(code).status_code == 200
    assert caller.exchange(code).status_code == 400


def test_a_code_is_short_lived(webex: Sandbox, caller: Caller) -> None:
    webex.lifetimes = Lifetimes(code=timedelta(seconds=60))
    timely, late = (caller.decide("allow")["code"] for _ in range(2))
    webex.clock.advance(timedelta(seconds=59))
    assert caller.exchange(timely).status_code == 200
    webex.clock.advance(timedelta(seconds=1))
    assert caller.exchange(late).status_code == 400


def test_the_redirect_uri_must_be_that_of_the_code(caller: Caller) -> None:
    code = caller.decide("allow")["code"]
    response = caller.exchange(code, redirect_uri="http://localhost:3000/other")
    assert response.status_code == 400
    assert "redirect_uri" in response.json()["message"]


@pytest.mark.parametrize("name", ["code", "redirect_uri"])
def test_a_code_grant_must_be_complete(caller: Caller, name: str) -> None:
    response = caller.exchange(caller.decide("allow")["code"], **{name: ""})
    assert response.status_code == 400
    assert response.json()["message"] == f"{name} cannot be null or empty"


def test_a_service_app_cannot_exchange_codes(webex: Sandbox, caller: Caller) -> None:
    app = webex.service_app
    code = caller.decide("allow")["code"]
    refused = caller.exchange(code, client_id=app.client_id, client_secret=app.client_secret)
    assert refused.status_code == 400
    assert caller.exchange(code).status_code == 200


@pytest.mark.parametrize(
    "challenge",
    [
        {"code_challenge": _challenge(VERIFIER), "code_challenge_method": "S256"},
        {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        {"code_challenge": VERIFIER},
    ],
    ids=["S256", "plain", "plain by default"],
)
def test_a_challenge_must_be_met(caller: Caller, challenge: dict[str, str]) -> None:
    right, wrong, none = (caller.decide("allow", **challenge)["code"] for _ in range(3))
    assert caller.exchange(right, code_verifier=VERIFIER).status_code == 200
    assert caller.exchange(wrong, code_verifier=VERIFIER[::-1]).status_code == 400
    assert caller.exchange(none).status_code == 400


def test_a_verifier_has_at_least_43_characters(caller: Caller) -> None:
    code = caller.decide("allow", code_challenge="too-short")["code"]
    assert caller.exchange(code, code_verifier="too-short").status_code == 400


def test_a_verifier_without_a_challenge_is_refused(caller: Caller) -> None:
    code = caller.decide("allow")["code"]
    assert caller.exchange(code, code_verifier=VERIFIER).status_code == 400


def test_the_secret_is_needed_even_with_a_verifier(caller: Caller) -> None:
    code = caller.decide("allow", code_challenge=VERIFIER)["code"]
    response = caller.exchange(code, code_verifier=VERIFIER, client_secret="")
    assert response.status_code == 400
    assert response.json()["message"] == "client_secret cannot be null or empty"


def test_the_client_may_identify_itself_by_basic_authentication(
    webex: Sandbox, caller: Caller
) -> None:
    app = webex.service_app
    form = {"grant_type": "refresh_token", "refresh_token": webex.issue_service_pair().refresh}
    right = caller.post("/access_token", form, auth=(app.client_id, app.client_secret))
    wrong = caller.post("/access_token", form, auth=(app.client_id, "0" * 64))
    assert right.status_code == 200
    assert wrong.status_code == 401
    assert wrong.headers["WWW-Authenticate"] == "Basic"


@pytest.mark.parametrize("changes", [{"client_id": "C" + "0" * 64}, {"client_secret": "0" * 64}])
def test_wrong_client_credentials_are_not_a_dead_token(
    webex: Sandbox, caller: Caller, changes: dict[str, str]
) -> None:
    refresh = webex.issue_service_pair().refresh
    wrong = caller.refresh(refresh, replace(webex.service_app, **changes))
    assert wrong.status_code == 401
    assert wrong.json()["message"] == "Invalid client credentials"
    assert "WWW-Authenticate" not in wrong.headers
    assert caller.refresh(refresh).status_code == 200


def test_a_regenerated_secret_replaces_the_old_one_at_once(webex: Sandbox, caller: Caller) -> None:
    service, signed_in = webex.issue_service_pair(), webex.sign_in()
    old_app, old_integration = webex.service_app, webex.integration
    new_secrets = {webex.regenerate_service_secret(), webex.regenerate_integration_secret()}
    assert caller.refresh(service.refresh, old_app).status_code == 401
    assert caller.refresh(signed_in.refresh, old_integration).status_code == 401
    assert caller.refresh(service.refresh, webex.service_app).status_code == 200
    assert caller.refresh(signed_in.refresh, webex.integration).status_code == 200
    assert new_secrets == {webex.service_app.client_secret, webex.integration.client_secret}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"grant_type": ""}, "grant_type cannot be null or empty"),
        ({"grant_type": "password"}, "The grant type is not supported"),
        ({"refresh_token": ""}, "refresh_token cannot be null or empty"),
        ({"client_id": ""}, "client_id cannot be null or empty"),
    ],
)
def test_a_malformed_request_is_a_400(
    webex: Sandbox, caller: Caller, changes: dict[str, str], message: str
) -> None:
    form = {
        "grant_type": "refresh_token",
        "client_id": webex.service_app.client_id,
        "client_secret": webex.service_app.client_secret,
        "refresh_token": webex.issue_service_pair().refresh,
    }
    response = caller.post("/access_token", form | changes)
    assert response.status_code == 400
    assert response.json()["message"] == message


def test_a_refresh_token_works_only_for_its_own_client(webex: Sandbox, caller: Caller) -> None:
    service, signed_in = webex.issue_service_pair(), webex.sign_in()
    assert caller.refresh(service.refresh, webex.integration).status_code == 400
    assert caller.refresh(signed_in.refresh, webex.service_app).status_code == 400


def test_an_access_token_is_not_a_refresh_token(webex: Sandbox, caller: Caller) -> None:
    assert caller.refresh(webex.issue_service_pair().access).status_code == 400


@pytest.mark.parametrize("status", [400, 401])
def test_a_dead_refresh_token_is_refused_with_either_status(status: int) -> None:
    switches = Switches(dead_refresh_status=status)
    with Sandbox(switches=switches, clock=ManualClock(NOON)) as webex:
        pair = webex.issue_service_pair()
        webex.clock.advance(timedelta(days=90))
        response = Caller(webex).refresh(pair.refresh)
    assert response.status_code == status
    assert "expired, revoked, malformed, or invalid" in response.json()["message"]


def test_an_error_is_wrapped_by_default(caller: Caller) -> None:
    response = caller.refresh("never-issued")
    body = response.json()
    assert body.keys() == {"message", "errors", "trackingId"}
    assert body["errors"] == [{"description": body["message"]}]
    assert body["trackingId"] == response.headers["Trackingid"]


def test_an_error_may_have_the_shape_of_the_rfc(webex: Sandbox, caller: Caller) -> None:
    webex.switches = Switches(error_shape=ErrorShape.RFC6749, dead_refresh_error="invalid_grant")
    dead = caller.refresh("never-issued")
    wrong = caller.refresh("any", replace(webex.service_app, client_secret="0" * 64))
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert dead.json()["error_description"]
    assert dead.json()["trackingID"] == dead.headers["Trackingid"]


def test_only_the_token_endpoint_takes_the_shape_of_the_rfc(webex: Sandbox, caller: Caller) -> None:
    webex.switches = Switches(error_shape=ErrorShape.RFC6749)
    assert "message" in caller.get("/people/me").json()
