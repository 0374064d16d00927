"""Whose a token is, and what that decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.conftest import NOON
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.identifiers import api_id
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.registrations import Integration
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

MINT, READ = "spark:applications_token", "spark:people_read"
WHO = ["person", "colleague", "stranger"]


@pytest.fixture
def webex() -> Iterator[Sandbox]:
    """A sandbox whose integration may ask for more than it needs."""
    integration = Integration(scopes=(MINT, READ))
    with Sandbox(clock=ManualClock(NOON), integration=integration) as sandbox:
        yield sandbox


def test_three_people_of_two_organizations_can_sign_in(webex: Sandbox) -> None:
    owner, colleague, stranger = webex.people
    assert owner == webex.person
    assert colleague.org_uuid == owner.org_uuid
    assert webex.service_app.org_uuid != stranger.org_uuid != owner.org_uuid
    assert len({person.uuid for person in webex.people}) == 3
    assert [webex.may_mint(person) for person in webex.people] == [True, False, False]


@pytest.mark.parametrize("who", WHO)
def test_code_and_tokens_carry_the_organization_of_whoever_signed_in(
    webex: Sandbox, caller: Caller, who: str
) -> None:
    person = getattr(webex, who)
    code = caller.decide("allow", account=person.uuid)["code"]
    body = caller.exchange(code).json()
    again = caller.refresh(body["refresh_token"], webex.integration).json()
    for text in (code, body["access_token"], body["refresh_token"], again["access_token"]):
        assert len(text) == 106
        assert text.rpartition("_")[2] == person.org_uuid


@pytest.mark.parametrize("who", WHO)
def test_people_me_is_whoever_signed_in(webex: Sandbox, caller: Caller, who: str) -> None:
    person = getattr(webex, who)
    body = caller.get("/people/me", webex.sign_in(person).access).json()
    assert body["id"] == api_id("PEOPLE", person.uuid)
    assert body["orgId"] == api_id("ORGANIZATION", person.org_uuid)
    assert (body["displayName"], body["emails"]) == (person.display_name, [person.email])


def test_people_me_of_a_service_app_is_its_machine_account(webex: Sandbox, caller: Caller) -> None:
    token = webex.issue_service_pair().access
    assert caller.get("/people/me", token).status_code == 403
    webex.switches = Switches(service_scopes=frozenset({READ}))
    body = caller.get("/people/me", webex.issue_service_pair().access).json()
    assert body["orgId"] == webex.service_app.target_org_id
    assert body["id"] == api_id("PEOPLE", webex.service_app.machine_account.uuid)


def test_people_me_is_401_for_a_dead_token_whatever_its_scopes(
    webex: Sandbox, caller: Caller
) -> None:
    token = webex.sign_in().access
    webex.revoke_integration()
    assert caller.get("/people/me", token).status_code == 401


@pytest.mark.parametrize("who", ["colleague", "stranger"])
def test_an_account_without_the_right_cannot_mint(webex: Sandbox, caller: Caller, who: str) -> None:
    response = caller.mint(webex.sign_in(getattr(webex, who)).access)
    body = response.json()
    assert response.status_code == 403
    assert "is not allowed to issue tokens" in body["message"]
    assert body["errors"] == [{"description": body["message"]}]
    assert body["trackingId"] == response.headers["Trackingid"]


def test_the_three_reasons_for_a_403_have_a_message_each(webex: Sandbox, caller: Caller) -> None:
    def message(token: str) -> str:
        response = caller.mint(token)
        assert response.status_code == 403
        return str(response.json()["message"])

    owner, stranger = webex.sign_in().access, webex.sign_in(webex.stranger).access
    webex.switches = Switches(granted_scopes=frozenset({READ}))
    messages = {message(stranger), message(webex.sign_in().access)}
    webex.deauthorize_app()
    assert len(messages | {message(owner)}) == 3


def test_an_unknown_application_is_told_before_the_right_to_mint(
    webex: Sandbox, caller: Caller
) -> None:
    token = webex.sign_in(webex.stranger).access
    assert caller.mint(token, api_id("APPLICATION", "C0")).status_code == 404


def test_a_colleague_s_token_renewed_is_still_the_colleague_s(
    webex: Sandbox, caller: Caller
) -> None:
    renewed = caller.refresh(webex.sign_in(webex.colleague).refresh, webex.integration).json()
    assert caller.mint(renewed["access_token"]).status_code == 403
    me = caller.get("/people/me", renewed["access_token"]).json()
    assert me["displayName"] == webex.colleague.display_name


def test_portal_tokens_and_sign_ins_are_the_owner_s_unless_told_otherwise(
    webex: Sandbox, caller: Caller
) -> None:
    for token in (webex.issue_personal_token(), webex.sign_in().access):
        assert caller.mint(token).status_code == 200
        assert caller.get("/people/me", token).json()["emails"] == [webex.person.email]


@pytest.mark.parametrize(
    ("asked", "most", "granted"),
    [
        ({MINT}, None, {MINT}),
        ({MINT, READ}, None, {MINT, READ}),
        ({MINT, READ}, {READ}, {READ}),
        ({MINT}, {MINT, READ, "spark:all"}, {MINT}),
        ({MINT}, {READ}, set[str]()),
    ],
)
def test_what_was_asked_for_is_granted_unless_the_switch_narrows_it(
    webex: Sandbox, caller: Caller, asked: set[str], most: set[str] | None, granted: set[str]
) -> None:
    webex.switches = Switches(granted_scopes=None if most is None else frozenset(most))
    code = caller.decide("allow", scope=" ".join(sorted(asked)))["code"]
    body = caller.exchange(code).json()
    assert set(body["scope"].split()) == granted
    assert caller.mint(body["access_token"]).status_code == (200 if MINT in granted else 403)
    people_me = caller.get("/people/me", body["access_token"])
    assert people_me.status_code == (200 if READ in granted else 403)


def test_a_narrow_grant_stays_narrow_when_it_is_renewed(webex: Sandbox, caller: Caller) -> None:
    webex.switches = Switches(granted_scopes=frozenset({READ}))
    refresh = webex.sign_in().refresh
    webex.switches = Switches()
    assert caller.refresh(refresh, webex.integration).json()["scope"] == READ


def test_a_code_may_buy_an_access_token_alone(webex: Sandbox, caller: Caller) -> None:
    webex.switches = Switches(code_reply_without_refresh=True)
    body = caller.exchange(caller.decide("allow")["code"]).json()
    assert body.keys() == {"access_token", "expires_in", "token_type", "scope"}
    assert caller.mint(body["access_token"]).status_code == 200


def test_only_codes_are_answered_without_a_refresh_token(webex: Sandbox, caller: Caller) -> None:
    webex.switches = Switches(code_reply_without_refresh=True)
    body = caller.refresh(webex.sign_in().refresh, webex.integration).json()
    assert body["refresh_token"]


def test_a_new_secret_for_the_service_app_leaves_its_machine_account(webex: Sandbox) -> None:
    before = webex.service_app
    webex.regenerate_service_secret()
    assert webex.service_app.machine_account == before.machine_account
    assert webex.service_app.machine_uuid != Sandbox().service_app.machine_uuid


def test_a_decision_can_be_waited_for(webex: Sandbox, caller: Caller) -> None:
    caller.decide("allow", account=webex.stranger.uuid)
    assert webex.wait_for_request(lambda request: request.kind is Kind.DECISION).status == 302
