"""What the sandbox remembers of the requests, and what it does not."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import requests

from tests.sandbox.conftest import NOON
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind, Request
from tray_app.sandbox.registrations import Client

if TYPE_CHECKING:
    from tests.sandbox.caller import Caller
    from tray_app.sandbox.server import Sandbox


def test_a_request_is_taken_down_with_its_outcome(webex: Sandbox, caller: Caller) -> None:
    webex.issue_service_pair()
    webex.clock.advance(timedelta(minutes=1))
    caller.refresh(webex.issue_service_pair().refresh)
    assert webex.requests == (
        Request(
            method="POST",
            path="/v1/access_token",
            kind=Kind.SERVICE_REFRESH,
            grant_type="refresh_token",
            client=Client.SERVICE_APP,
            generation=2,
            at=NOON + timedelta(minutes=1),
            status=200,
            org=webex.service_app.org_uuid,
        ),
    )


def test_every_kind_of_request_is_recognised(webex: Sandbox, caller: Caller) -> None:
    service, signed_in = webex.issue_service_pair(), webex.sign_in()
    personal = webex.issue_personal_token()
    caller.get("/authorize", **caller.request_of())
    caller.decide("deny")
    caller.exchange("a-code")
    caller.refresh(service.refresh)
    caller.refresh(signed_in.refresh, webex.integration)
    caller.mint(personal)
    caller.mint(signed_in.access)
    caller.get("/people/me", personal)
    caller.get("/dataSources/", service.access)
    caller.get("/dataSources/schemas", "never-issued")
    caller.get("/authorizations/tokenExpiry")
    caller.post("/access_token", {"grant_type": "password"})
    caller.get("/nowhere")
    assert [(request.kind, request.client) for request in webex.requests] == [
        (Kind.AUTHORIZE, Client.UNKNOWN),
        (Kind.DECISION, Client.UNKNOWN),
        (Kind.CODE_EXCHANGE, Client.INTEGRATION),
        (Kind.SERVICE_REFRESH, Client.SERVICE_APP),
        (Kind.INTEGRATION_REFRESH, Client.INTEGRATION),
        (Kind.MINT, Client.PORTAL),
        (Kind.MINT, Client.INTEGRATION),
        (Kind.PEOPLE_ME, Client.PORTAL),
        (Kind.DATA_SOURCES, Client.SERVICE_APP),
        (Kind.SCHEMAS, Client.UNKNOWN),
        (Kind.TOKEN_EXPIRY, Client.UNKNOWN),
        (Kind.OTHER, Client.UNKNOWN),
        (Kind.OTHER, Client.UNKNOWN),
    ]


def test_a_dropped_request_has_no_status(webex: Sandbox, caller: Caller) -> None:
    webex.faults.next("*", Fault.dropped())
    with pytest.raises(requests.ConnectionError):
        caller.get("/people/me")
    assert [request.status for request in webex.requests] == [None]


def test_no_secret_is_taken_down(webex: Sandbox, caller: Caller) -> None:
    service, signed_in = webex.issue_service_pair(), webex.sign_in()
    code = caller.decide("allow", state="the-state")["code"]
    caller.exchange(code)
    caller.refresh(service.refresh)
    caller.mint(signed_in.access)
    shown = repr(webex.requests)
    secrets = {
        *service,
        *signed_in,
        code,
        "the-state",
        webex.service_app.client_secret,
        webex.integration.client_secret,
    }
    assert not [secret for secret in secrets if secret in shown]


def test_one_can_wait_for_a_request_that_is_still_to_come(webex: Sandbox, caller: Caller) -> None:
    late = Thread(target=caller.get, args=("/people/me",))
    late.start()
    request = webex.wait_for_request(lambda request: request.status == 401)
    late.join()
    assert request.kind is Kind.PEOPLE_ME


def test_waiting_in_vain_ends_in_time(webex: Sandbox) -> None:
    with pytest.raises(TimeoutError):
        webex.wait_for_request(lambda _: True, timeout=timedelta(milliseconds=10))
