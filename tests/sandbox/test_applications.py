"""Minting: the checks, in their order, and the pair."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from tests.sandbox.caller import Caller
from tray_app.sandbox.identifiers import api_id, new_client_id, new_uuid
from tray_app.sandbox.registrations import Integration
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import Switches


def test_a_personal_token_mints_a_pair_that_works(webex: Sandbox, caller: Caller) -> None:
    response = caller.mint(webex.issue_personal_token())
    body = response.json()
    assert response.status_code == 200
    assert body.keys() == {
        "access_token",
        "expires_in",
        "refresh_token",
        "refresh_token_expires_in",
        "token_type",
    }
    assert caller.get("/dataSources", body["access_token"]).status_code == 200
    assert caller.refresh(body["refresh_token"]).status_code == 200


def test_the_integrations_token_mints_too(webex: Sandbox, caller: Caller) -> None:
    assert caller.mint(webex.sign_in().access).status_code == 200


def test_a_second_mint_leaves_the_first_pair_alive(webex: Sandbox, caller: Caller) -> None:
    token = webex.issue_personal_token()
    first, second = (caller.mint(token).json() for _ in range(2))
    assert first["access_token"] != second["access_token"]
    assert caller.get("/dataSources", first["access_token"]).status_code == 200
    assert caller.refresh(first["refresh_token"]).status_code == 200


def test_a_personal_token_ends_after_twelve_hours(webex: Sandbox, caller: Caller) -> None:
    token = webex.issue_personal_token()
    webex.clock.advance(timedelta(hours=12, seconds=-1))
    assert caller.mint(token).status_code == 200
    webex.clock.advance(timedelta(seconds=1))
    assert caller.mint(token).status_code == 401


def test_the_organization_may_be_named_by_its_bare_uuid(webex: Sandbox, caller: Caller) -> None:
    uuid = webex.service_app.org_uuid
    assert caller.mint(webex.issue_personal_token(), targetOrgId=uuid).status_code == 200


def test_form_fields_are_accepted_as_well(webex: Sandbox, caller: Caller) -> None:
    app = webex.service_app
    response = caller.post(
        f"/applications/{app.app_id}/token",
        {
            "clientId": app.client_id,
            "clientSecret": app.client_secret,
            "targetOrgId": app.target_org_id,
        },
        headers={"Authorization": f"Bearer {webex.issue_personal_token()}"},
    )
    assert response.status_code == 200


ELSEWHERE = api_id("APPLICATION", new_client_id())
OTHER_ORG = api_id("ORGANIZATION", new_uuid())


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"clientId": None}, 400, "clientId is required"),
        ({"clientSecret": None}, 400, "clientSecret is required"),
        ({"targetOrgId": ""}, 400, "targetOrgId is required"),
        ({"clientSecret": "0" * 64}, 400, "Invalid client credentials"),
        ({"clientId": new_client_id()}, 400, "Invalid client credentials"),
        ({"targetOrgId": OTHER_ORG}, 403, "not authorized"),
        ({"app_id": ELSEWHERE}, 404, "not found"),
        # The order of the checks: what is looked at first is complained about.
        ({"app_id": ELSEWHERE, "targetOrgId": OTHER_ORG}, 404, "not found"),
        ({"clientSecret": None, "targetOrgId": OTHER_ORG}, 403, "not authorized"),
    ],
)
def test_a_wrong_request_is_refused(
    webex: Sandbox, caller: Caller, changes: dict[str, str | None], status: int, message: str
) -> None:
    response = caller.mint(webex.issue_personal_token(), **changes)
    assert response.status_code == status
    assert message in response.json()["message"]


def test_a_body_that_is_no_json_object_lacks_everything(webex: Sandbox) -> None:
    for body in ("[]", "{"):
        response = requests.post(
            f"{webex.api_base}/applications/{webex.service_app.app_id}/token",
            data=body,
            headers={
                "Authorization": f"Bearer {webex.issue_personal_token()}",
                "Content-Type": "application/json",
            },
            timeout=60,
        )
        assert response.status_code == 400
        assert response.json()["message"] == "clientId is required"


def test_a_dead_token_is_told_before_anything_else(caller: Caller) -> None:
    assert caller.mint("never-issued", ELSEWHERE).status_code == 401


def test_a_token_without_the_scope_is_told_before_the_application() -> None:
    with Sandbox(integration=Integration(scopes=("spark:people_read",))) as webex:
        response = Caller(webex).mint(webex.sign_in().access, ELSEWHERE)
    assert response.status_code == 403
    assert "spark:applications_token" in response.json()["message"]


def test_a_wrong_secret_may_be_a_401(webex: Sandbox, caller: Caller) -> None:
    webex.switches = Switches(mint_wrong_secret_status=401)
    response = caller.mint(webex.issue_personal_token(), clientSecret="0" * 64)
    assert response.status_code == 401
    assert response.json()["message"] == "Invalid client credentials"


def test_deauthorizing_kills_the_tokens_and_forbids_minting(webex: Sandbox, caller: Caller) -> None:
    pair, token = webex.issue_service_pair(), webex.issue_personal_token()
    webex.deauthorize_app()
    assert caller.get("/dataSources", pair.access).status_code == 401
    assert caller.refresh(pair.refresh).status_code == 400
    assert caller.mint(token).status_code == 403


def test_reauthorizing_allows_minting_but_revives_nothing(webex: Sandbox, caller: Caller) -> None:
    pair, token = webex.issue_service_pair(), webex.issue_personal_token()
    webex.deauthorize_app()
    webex.reauthorize_app()
    assert caller.refresh(pair.refresh).status_code == 400
    assert caller.mint(token).status_code == 200
