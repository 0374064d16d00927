"""The sandbox can limit the requests of a client id, as Webex does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.sandbox.caller import Caller
from tray_app.sandbox.clock import Clock, ManualClock
from tray_app.sandbox.limits import RequestLimit
from tray_app.sandbox.server import Sandbox


def test_one_too_many_is_told_when_to_return() -> None:
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    limit = RequestLimit(clock)
    assert limit.retry_after("a", 2) == 0
    clock.advance(timedelta(seconds=20))
    assert limit.retry_after("a", 2) == 0
    assert [limit.retry_after("a", 2) for _ in range(3)] == [40] * 3
    assert limit.retry_after("b", 2) == 0
    clock.advance(timedelta(seconds=40))
    assert limit.retry_after("a", 2) == 0
    assert limit.retry_after("a", 2) == 20


def test_it_is_counted_by_client_id_whatever_the_endpoint(webex: Sandbox, caller: Caller) -> None:
    webex.switches = replace(webex.switches, requests_per_minute=2)
    ours, other = webex.issue_service_pair(), webex.add_customer(another_app=True)
    theirs = webex.issue_service_pair(other)
    assert caller.get("/dataSources", ours.access).status_code == 200
    app = webex.service_app
    form = {
        "grant_type": "refresh_token",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": ours.refresh,
    }
    assert caller.post("/access_token", form).status_code == 200
    refused = caller.get("/dataSources", ours.access)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert caller.get("/dataSources", theirs.access).status_code == 200


def test_without_a_limit_there_is_none(webex: Sandbox, caller: Caller) -> None:
    assert isinstance(webex.clock, Clock)
    token = webex.issue_service_pair().access
    assert {caller.get("/dataSources", token).status_code for _ in range(60)} == {200}
