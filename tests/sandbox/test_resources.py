"""What a token can be tried on, and what taking it back does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.conftest import NOON
from tray_app.sandbox.registrations import Integration
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Callable

READ_ONLY = ("/people/me", "/dataSources", "/dataSources/schemas", "/authorizations/tokenExpiry")


@pytest.mark.parametrize("path", READ_ONLY)
@pytest.mark.parametrize("token", ["", "never-issued", "a=b"])
def test_nobody_is_let_in_without_a_token(caller: Caller, path: str, token: str) -> None:
    assert caller.get(path, token).status_code == 401


def test_a_token_in_another_scheme_does_not_count(webex: Sandbox, caller: Caller) -> None:
    response = caller.post(
        f"/applications/{webex.service_app.app_id}/token",
        {},
        headers={"Authorization": f"Basic {webex.issue_personal_token()}"},
    )
    assert response.status_code == 401


def test_people_me_is_the_person_behind_a_personal_token(webex: Sandbox, caller: Caller) -> None:
    body = caller.get("/people/me", webex.issue_personal_token()).json()
    assert body["emails"] == [webex.person.email]
    assert body["displayName"] == webex.person.display_name
    assert body["orgId"].startswith("Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi")


@pytest.mark.parametrize(
    ("scope", "status"),
    [("spark:people_read", 200), ("spark:all", 200), ("spark:applications_token", 403)],
)
def test_people_me_needs_its_scope(scope: str, status: int) -> None:
    with Sandbox(integration=Integration(scopes=(scope,))) as webex:
        assert Caller(webex).get("/people/me", webex.sign_in().access).status_code == status


@pytest.mark.parametrize("path", ["/dataSources", "/dataSources/"])
def test_data_sources_are_listed_with_or_without_the_slash(
    webex: Sandbox, caller: Caller, path: str
) -> None:
    token = webex.issue_service_pair().access
    assert caller.get(path, token).json() == {"items": []}
    source = webex.register_data_source("https://example.com/a", status="disabled")
    (item,) = caller.get(path, token).json()["items"]
    assert item["id"] == source.id
    assert item["applicationId"] == webex.service_app.client_id
    assert item["orgId"] == webex.service_app.org_uuid
    assert (item["url"], item["status"]) == ("https://example.com/a", "disabled")


def test_a_service_app_without_the_scope_cannot_list_data_sources(
    webex: Sandbox, caller: Caller
) -> None:
    webex.switches = Switches(service_scopes=frozenset())
    token = webex.issue_service_pair().access
    assert caller.get("/dataSources", token).status_code == 403
    assert caller.get("/dataSources/schemas", token).status_code == 200


def test_schemas_are_shown_to_every_kind_of_token(webex: Sandbox, caller: Caller) -> None:
    tokens = (
        webex.issue_personal_token(),
        webex.sign_in().access,
        webex.issue_service_pair().access,
    )
    for token in tokens:
        (schema,) = caller.get("/dataSources/schemas", token).json()["items"]
        assert schema["appType"] == "serviceApp"


def test_the_token_expiry_is_in_milliseconds(webex: Sandbox, caller: Caller) -> None:
    body = caller.get("/authorizations/tokenExpiry", webex.issue_personal_token()).json()
    assert body == {"exp": (NOON + timedelta(hours=12)).timestamp() * 1000}


def test_a_refresh_token_opens_nothing(webex: Sandbox, caller: Caller) -> None:
    assert caller.get("/dataSources/schemas", webex.issue_service_pair().refresh).status_code == 401


def test_revoking_an_access_token_spares_the_rest(webex: Sandbox, caller: Caller) -> None:
    pair, other = webex.issue_service_pair(), webex.issue_service_pair()
    webex.revoke(pair.access)
    assert caller.get("/dataSources", pair.access).status_code == 401
    assert caller.get("/dataSources", other.access).status_code == 200
    assert caller.refresh(pair.refresh).status_code == 200


def test_revoking_a_refresh_token_takes_its_access_tokens_along(
    webex: Sandbox, caller: Caller
) -> None:
    pair, other = webex.issue_service_pair(), webex.issue_service_pair()
    webex.revoke(pair.refresh)
    assert caller.refresh(pair.refresh).status_code == 400
    assert caller.get("/dataSources", pair.access).status_code == 401
    assert caller.get("/dataSources", other.access).status_code == 200


def test_revoking_a_refresh_token_may_spare_its_access_tokens(
    webex: Sandbox, caller: Caller
) -> None:
    pair = webex.issue_service_pair()
    webex.revoke(pair.refresh, keep_access=True)
    assert caller.refresh(pair.refresh).status_code == 400
    assert caller.get("/dataSources", pair.access).status_code == 200


def test_a_stranger_cannot_be_revoked(webex: Sandbox) -> None:
    with pytest.raises(LookupError):
        webex.revoke("never-issued")


ALL = {"service access", "service refresh", "personal", "integration access", "integration refresh"}


@pytest.mark.parametrize(
    ("revoke", "dead"),
    [
        (Sandbox.revoke_service_access, {"service access"}),
        (Sandbox.revoke_service_refresh, {"service refresh"}),
        (Sandbox.revoke_personal, {"personal"}),
        (Sandbox.revoke_integration, {"integration access", "integration refresh"}),
        (Sandbox.revoke_integration_access, {"integration access"}),
        (Sandbox.deauthorize_app, {"service access", "service refresh"}),
        (Sandbox.revoke_all, ALL),
    ],
)
def test_each_revocation_kills_exactly_what_it_says(
    webex: Sandbox, caller: Caller, revoke: Callable[[Sandbox], None], dead: set[str]
) -> None:
    service, personal, signed_in = (
        webex.issue_service_pair(),
        webex.issue_personal_token(),
        webex.sign_in(),
    )
    revoke(webex)
    alive = {
        "service access": caller.get("/dataSources/schemas", service.access).ok,
        "service refresh": caller.refresh(service.refresh).ok,
        "personal": caller.get("/dataSources/schemas", personal).ok,
        "integration access": caller.get("/dataSources/schemas", signed_in.access).ok,
        "integration refresh": caller.refresh(signed_in.refresh, webex.integration).ok,
    }
    assert {name for name, lives in alive.items() if not lives} == dead
