"""What a refresh does to a pair, under every policy."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tray_app.sandbox.switches import Lifetimes, RefreshPolicy, Switches

if TYPE_CHECKING:
    from tests.sandbox.caller import Caller
    from tray_app.sandbox.server import Sandbox

DAY = timedelta(days=1)
FULL = 90 * 24 * 3600
DAY_SECONDS = 24 * 3600


def _refreshed(caller: Caller, token: str) -> dict[str, Any]:
    response = caller.refresh(token)
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body


def test_the_access_token_is_new_and_the_old_one_stays_valid_until_its_expiry(
    webex: Sandbox, caller: Caller
) -> None:
    old = webex.issue_service_pair()
    webex.clock.advance(timedelta(days=13))
    new = _refreshed(caller, old.refresh)["access_token"]
    assert new != old.access
    assert caller.get("/dataSources", old.access).status_code == 200
    webex.clock.advance(DAY)
    assert caller.get("/dataSources", old.access).status_code == 401
    assert caller.get("/dataSources", new).status_code == 200


def test_by_default_the_refresh_token_stays_and_its_expiry_moves_once_a_day(
    webex: Sandbox, caller: Caller
) -> None:
    refresh = webex.issue_service_pair().refresh
    webex.clock.advance(timedelta(hours=23))
    early = _refreshed(caller, refresh)
    webex.clock.advance(timedelta(hours=1))
    due = _refreshed(caller, refresh)
    webex.clock.advance(timedelta(seconds=20))
    again = _refreshed(caller, refresh)
    assert {early["refresh_token"], due["refresh_token"], again["refresh_token"]} == {refresh}
    assert early["refresh_token_expires_in"] == FULL - 23 * 3600
    assert due["refresh_token_expires_in"] == FULL
    assert again["refresh_token_expires_in"] == FULL - 20


def test_used_now_and_then_a_refresh_token_lasts_for_ever(webex: Sandbox, caller: Caller) -> None:
    refresh = webex.issue_service_pair().refresh
    for _ in range(4):
        webex.clock.advance(timedelta(days=60))
        _refreshed(caller, refresh)


def test_an_expiry_that_never_moves_ends_after_90_days(webex: Sandbox, caller: Caller) -> None:
    webex.policy = RefreshPolicy.SAME_NEVER_EXTENDED
    refresh = webex.issue_service_pair().refresh
    webex.clock.advance(60 * DAY)
    body = _refreshed(caller, refresh)
    assert body["refresh_token"] == refresh
    assert body["refresh_token_expires_in"] == FULL - 60 * DAY_SECONDS
    webex.clock.advance(30 * DAY)
    assert caller.refresh(refresh).status_code == 400


def test_a_rotated_refresh_token_is_dead_and_its_reuse_is_counted(
    webex: Sandbox, caller: Caller
) -> None:
    webex.policy = RefreshPolicy.ROTATED
    old = webex.issue_service_pair().refresh
    new = _refreshed(caller, old)
    assert new["refresh_token"] != old
    assert new["refresh_token_expires_in"] == FULL
    assert webex.reuses == 0
    assert caller.refresh(old).status_code == 400
    assert webex.reuses == 1
    assert caller.refresh(new["refresh_token"]).status_code == 200


def test_a_reuse_can_cost_the_whole_grant(webex: Sandbox, caller: Caller) -> None:
    webex.policy = RefreshPolicy.ROTATED
    webex.switches = Switches(reuse_revokes_grant=True)
    old, other = webex.issue_service_pair(), webex.issue_service_pair()
    new = _refreshed(caller, old.refresh)
    caller.refresh(old.refresh)
    assert caller.refresh(new["refresh_token"]).status_code == 400
    assert caller.get("/dataSources", new["access_token"]).status_code == 401
    assert caller.get("/dataSources", other.access).status_code == 200


def test_an_omitted_refresh_token_still_works_and_is_extended(
    webex: Sandbox, caller: Caller
) -> None:
    webex.policy = RefreshPolicy.OMITTED
    refresh = webex.issue_service_pair().refresh
    webex.clock.advance(60 * DAY)
    body = _refreshed(caller, refresh)
    assert body.keys() == {"access_token", "expires_in", "token_type", "scope"}
    webex.clock.advance(60 * DAY)
    assert caller.refresh(refresh).status_code == 200


def test_a_second_refresh_within_a_day_may_change_nothing(webex: Sandbox, caller: Caller) -> None:
    webex.switches = Switches(unchanged_within_a_day=True)
    pair = webex.issue_service_pair()
    webex.clock.advance(timedelta(hours=23))
    early = _refreshed(caller, pair.refresh)
    webex.clock.advance(timedelta(hours=1))
    due = _refreshed(caller, pair.refresh)
    assert early["access_token"] == pair.access
    assert early["expires_in"] == 14 * DAY_SECONDS - 23 * 3600
    assert early["refresh_token_expires_in"] == FULL - 23 * 3600
    assert due["access_token"] != pair.access
    assert due["expires_in"] == 14 * DAY_SECONDS


def test_a_dead_access_token_is_replaced_even_when_nothing_else_would_change(
    webex: Sandbox, caller: Caller
) -> None:
    webex.switches = Switches(unchanged_within_a_day=True)
    pair = webex.issue_service_pair()
    webex.revoke(pair.access)
    assert _refreshed(caller, pair.refresh)["access_token"] != pair.access


@pytest.mark.parametrize("policy", RefreshPolicy)
def test_the_integration_is_renewed_by_the_same_rules(
    webex: Sandbox, caller: Caller, policy: RefreshPolicy
) -> None:
    webex.policy = policy
    old = webex.sign_in()
    body = caller.refresh(old.refresh, webex.integration).json()
    assert body.get("refresh_token") == {
        RefreshPolicy.ROTATED: body.get("refresh_token", "missing"),
        RefreshPolicy.OMITTED: None,
    }.get(policy, old.refresh)
    assert caller.mint(body["access_token"]).status_code == 200


def test_lifetimes_are_those_of_the_sandbox(webex: Sandbox, caller: Caller) -> None:
    webex.lifetimes = Lifetimes(
        integration_access=timedelta(hours=12), integration_refresh=timedelta(days=60)
    )
    body = caller.exchange(caller.decide("allow")["code"]).json()
    assert body["expires_in"] == 12 * 3600
    assert body["refresh_token_expires_in"] == 60 * DAY_SECONDS


def test_generations_count_the_issues_of_each_client(webex: Sandbox, caller: Caller) -> None:
    first, second = webex.issue_service_pair(), webex.issue_service_pair()
    third = _refreshed(caller, first.refresh)["access_token"]
    signed_in = webex.sign_in()
    assert [webex.generation(text) for text in (*first, *second, third)] == [1, 1, 2, 2, 3]
    assert webex.generation(signed_in.access) == 1


def test_a_stranger_has_no_generation(webex: Sandbox) -> None:
    with pytest.raises(LookupError):
        webex.generation("never-issued")
