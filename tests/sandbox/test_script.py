"""Which request meets which fault."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest
import requests

from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind

if TYPE_CHECKING:
    from tests.sandbox.caller import Caller
    from tray_app.sandbox.server import Sandbox


def _statuses(caller: Caller, token: str, times: int) -> list[int]:
    return [caller.get("/dataSources", token).status_code for _ in range(times)]


@pytest.fixture
def token(webex: Sandbox) -> str:
    return webex.issue_service_pair().access


def test_a_fault_comes_as_often_as_told(webex: Sandbox, caller: Caller, token: str) -> None:
    webex.faults.next(Kind.DATA_SOURCES, Fault.locked(), times=2)
    assert _statuses(caller, token, 3) == [423, 423, 200]


def test_faults_come_in_the_order_they_were_planned(
    webex: Sandbox, caller: Caller, token: str
) -> None:
    webex.faults.next(Kind.DATA_SOURCES, Fault.locked())
    webex.faults.next("*", Fault.unavailable(504))
    assert _statuses(caller, token, 3) == [423, 504, 200]


def test_a_fault_without_a_number_stays_until_cleared(
    webex: Sandbox, caller: Caller, token: str
) -> None:
    webex.faults.next("/v1/data*", Fault.locked(), times=None)
    assert _statuses(caller, token, 3) == [423, 423, 423]
    webex.faults.clear()
    assert _statuses(caller, token, 1) == [200]


def test_the_two_refreshes_are_told_apart(webex: Sandbox, caller: Caller) -> None:
    webex.faults.next(Kind.INTEGRATION_REFRESH, Fault.locked())
    service, signed_in = webex.issue_service_pair(), webex.sign_in()
    assert caller.refresh(service.refresh).status_code == 200
    assert caller.refresh(signed_in.refresh, webex.integration).status_code == 423


def test_a_path_may_have_wildcards(webex: Sandbox, caller: Caller) -> None:
    webex.faults.next("/v1/applications/*/token", Fault.locked())
    personal = webex.issue_personal_token()
    assert caller.get("/people/me", personal).status_code == 200
    assert caller.mint(personal).status_code == 423


def test_while_webex_is_down_every_request_fails_and_planned_faults_wait(
    webex: Sandbox, caller: Caller, token: str
) -> None:
    webex.faults.next(Kind.DATA_SOURCES, Fault.locked())
    webex.go_down()
    assert _statuses(caller, token, 2) == [503, 503]
    assert caller.get("/nowhere").headers["Content-Type"].startswith("text/html")
    webex.come_back()
    assert _statuses(caller, token, 2) == [423, 200]


def test_webex_may_be_down_in_another_way(webex: Sandbox, caller: Caller) -> None:
    webex.go_down(Fault.dropped())
    with pytest.raises(requests.ConnectionError):
        caller.get("/people/me")


def test_nothing_is_held_once_the_script_has_ended(webex: Sandbox, caller: Caller) -> None:
    webex.faults.end()
    gate = Event()
    webex.faults.next("*", Fault.held(gate))
    assert caller.get("/people/me").status_code == 401
    assert gate.is_set()
