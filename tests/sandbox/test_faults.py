"""Faults on demand, and what Webex has done by the time they strike."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest
import requests

from tests.sandbox.caller import SECONDS, Caller
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def token(webex: Sandbox) -> str:
    return webex.issue_service_pair().access


@pytest.mark.parametrize("retry_after", [None, 30, "soon", "Sun, 01 Mar 2026 12:00:30 GMT", ""])
@pytest.mark.parametrize(("fault", "status"), [(Fault.rate_limited, 429), (Fault.locked, 423)])
def test_a_busy_webex_may_say_when_to_return(
    webex: Sandbox,
    caller: Caller,
    fault: Callable[[int | str | None], Fault],
    status: int,
    retry_after: int | str | None,
) -> None:
    webex.faults.next("*", fault(retry_after))
    response = caller.get("/dataSources", webex.issue_service_pair().access)
    assert response.status_code == status
    assert response.json()["trackingId"] == response.headers["Trackingid"]
    expected = None if retry_after is None else str(retry_after)
    assert response.headers.get("Retry-After") == expected


def test_a_429_may_be_empty(webex: Sandbox, caller: Caller, token: str) -> None:
    webex.faults.next(Kind.DATA_SOURCES, Fault.rate_limited(5, empty=True))
    response = caller.get("/dataSources", token)
    assert (response.status_code, response.content) == (429, b"")
    assert response.headers["Retry-After"] == "5"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_proxy_answers_in_html(webex: Sandbox, caller: Caller, token: str, status: int) -> None:
    webex.faults.next(Kind.DATA_SOURCES, Fault.unavailable(status))
    response = caller.get("/dataSources", token)
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.text.startswith("<html>")


def test_a_401_once_then_200(webex: Sandbox, caller: Caller, token: str) -> None:
    webex.faults.next(Kind.DATA_SOURCES, Fault.unauthorized())
    assert [caller.get("/dataSources", token).status_code for _ in range(2)] == [401, 200]


def test_a_reply_can_be_anything(webex: Sandbox, caller: Caller, token: str) -> None:
    webex.faults.next("/v1/dataSources", Fault.reply(418, "tea", {"X-Pot": "short"}, "text/tea"))
    response = caller.get("/dataSources", token)
    assert (response.status_code, response.text) == (418, "tea")
    assert response.headers["X-Pot"] == "short"
    assert response.headers["Content-Type"] == "text/tea"


def test_a_redirect_leads_elsewhere(webex: Sandbox, caller: Caller) -> None:
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.redirected("http://127.0.0.1:9/trap"))
    response = caller.refresh(webex.issue_service_pair().refresh)
    assert response.status_code == 307
    assert response.headers["Location"] == "http://127.0.0.1:9/trap"


def test_a_body_may_come_under_the_wrong_content_type(
    webex: Sandbox, caller: Caller, token: str
) -> None:
    webex.faults.next(Kind.DATA_SOURCES, Fault.mislabelled())
    response = caller.get("/dataSources", token)
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.json() == {"items": []}


def test_a_body_may_be_half_a_json(webex: Sandbox, caller: Caller, token: str) -> None:
    webex.faults.next(Kind.DATA_SOURCES, Fault.truncated_json())
    response = caller.get("/dataSources", token)
    assert response.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_a_body_may_end_before_its_announced_length(
    webex: Sandbox, caller: Caller, token: str
) -> None:
    webex.faults.next(Kind.DATA_SOURCES, Fault.cut_short())
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        caller.get("/dataSources", token)


def test_a_reply_may_be_edited(webex: Sandbox, caller: Caller) -> None:
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.edited(lambda body: body | {"scope": "less"}))
    body = caller.refresh(webex.issue_service_pair().refresh).json()
    assert body["scope"] == "less"
    assert webex.generation(body["access_token"]) == 2


def test_a_dropped_request_was_never_heard(webex: Sandbox, caller: Caller) -> None:
    pair = webex.issue_service_pair()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.dropped())
    with pytest.raises(requests.ConnectionError):
        caller.refresh(pair.refresh)
    body = caller.refresh(pair.refresh).json()
    assert webex.generation(body["access_token"]) == 2


def test_after_a_lost_reply_webex_has_refreshed_already(webex: Sandbox, caller: Caller) -> None:
    pair = webex.issue_service_pair()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.lost_reply())
    with pytest.raises(requests.ConnectionError):
        caller.refresh(pair.refresh)
    body = caller.refresh(pair.refresh).json()
    assert webex.generation(body["access_token"]) == 3


def test_any_fault_may_strike_after_the_deed(webex: Sandbox, caller: Caller) -> None:
    pair = webex.issue_service_pair()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable(502).after_acting())
    assert caller.refresh(pair.refresh).status_code == 502
    assert webex.generation(caller.refresh(pair.refresh).json()["access_token"]) == 3


def test_a_slow_reply_is_given_up_and_found_to_be_true(webex: Sandbox, caller: Caller) -> None:
    pair = webex.issue_service_pair()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.slow(timedelta(hours=1)).after_acting())
    with pytest.raises(requests.ReadTimeout):
        caller.refresh(pair.refresh, timeout=0.1)
    assert webex.generation(caller.refresh(pair.refresh).json()["access_token"]) == 3


def test_a_slow_request_is_answered_in_the_end(webex: Sandbox, caller: Caller, token: str) -> None:
    webex.faults.next(Kind.DATA_SOURCES, Fault.slow(timedelta(milliseconds=50)))
    response = caller.get("/dataSources", token)
    assert response.status_code == 200
    assert response.elapsed >= timedelta(milliseconds=50)


def test_a_held_request_waits_for_its_gate(webex: Sandbox, caller: Caller, token: str) -> None:
    gate = Event()
    webex.faults.next(Kind.DATA_SOURCES, Fault.held(gate))
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(caller.get, "/dataSources", token)
        held = webex.wait_for_request(lambda request: request.kind is Kind.DATA_SOURCES)
        assert held.status is None
        webex.revoke(token)  # what happens meanwhile counts
        gate.set()
        assert answer.result(SECONDS).status_code == 401
    assert webex.requests[0].status == 401


def test_the_end_lets_held_requests_go(webex: Sandbox, caller: Caller, token: str) -> None:
    gate = Event()
    webex.faults.next(Kind.DATA_SOURCES, Fault.held(gate))
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(caller.get, "/dataSources", token)
        webex.wait_for_request(lambda request: request.kind is Kind.DATA_SOURCES)
        webex.stop()
        assert gate.is_set()
        answer.exception(SECONDS)  # answered or hung up on, but not left waiting
    webex.start()
    assert caller.get("/dataSources", token).status_code == 200
