"""Starting, stopping, and what every reply carries."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.sandbox.caller import Caller
from tests.sandbox.conftest import NOON
from tray_app.sandbox.clock import Clock, ManualClock
from tray_app.sandbox.server import Sandbox


def test_it_answers_as_soon_as_the_with_block_begins() -> None:
    with Sandbox() as webex:
        assert webex.api_base.startswith("http://127.0.0.1:")
        assert Caller(webex).get("/people/me").status_code == 401


def test_no_thread_outlives_the_with_block() -> None:
    before = set(threading.enumerate())
    with Sandbox() as webex:
        Caller(webex).get("/people/me")
    assert set(threading.enumerate()) <= before


def test_a_silent_open_connection_does_not_delay_the_end() -> None:
    with Sandbox() as webex:
        silent = socket.create_connection(("127.0.0.1", int(webex.origin.rpartition(":")[2])))
        Caller(webex).get("/people/me")  # by now the silent one was accepted too
    with silent:
        assert silent.recv(1) == b""


def test_a_stopped_sandbox_refuses_connections_and_comes_back_at_the_same_address() -> None:
    webex = Sandbox()
    webex.start()
    webex.start()
    address = webex.api_base
    token = webex.issue_personal_token()
    webex.stop()
    webex.stop()
    with pytest.raises(requests.ConnectionError):
        Caller(webex).get("/people/me", token)
    with webex:
        assert webex.api_base == address
        assert Caller(webex).get("/people/me", token).status_code == 200


def test_a_port_that_is_taken_is_an_error_and_not_the_end_of_the_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        webex = Sandbox(port=other.getsockname()[1])
        with pytest.raises(OSError, match=r"(?i)address"):
            webex.start()


def test_nothing_is_printed(
    webex: Sandbox, caller: Caller, capfd: pytest.CaptureFixture[str]
) -> None:
    caller.get("/people/me")
    caller.get("/nowhere")
    with socket.create_connection(("127.0.0.1", int(webex.origin.rpartition(":")[2]))) as rude:
        rude.sendall(b"not http at all\r\n\r\n")
        rude.recv(100)
    assert capfd.readouterr() == ("", "")


def test_the_date_header_is_the_time_of_the_clock(webex: Sandbox, caller: Caller) -> None:
    webex.clock.advance(timedelta(hours=3))
    date = parsedate_to_datetime(caller.get("/people/me").headers["Date"])
    assert date == NOON + timedelta(hours=3)


def test_the_date_header_can_be_wrong(webex: Sandbox, caller: Caller) -> None:
    webex.date_skew = timedelta(minutes=-7)
    date = parsedate_to_datetime(caller.get("/people/me").headers["Date"])
    assert date == NOON - timedelta(minutes=7)


def test_every_reply_has_a_tracking_id_which_an_error_repeats(
    webex: Sandbox, caller: Caller
) -> None:
    good = caller.get("/people/me", webex.issue_personal_token())
    bad = caller.get("/people/me")
    assert good.headers["Trackingid"].startswith("ROUTER_")
    assert bad.headers["Trackingid"] != good.headers["Trackingid"]
    assert bad.json()["trackingId"] == bad.headers["Trackingid"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/people/me", 405)]
)
def test_what_does_not_exist_is_refused_in_the_shape_of_webex(
    webex: Sandbox, method: str, path: str, status: int
) -> None:
    response = requests.request(method, webex.api_base + path, timeout=60)
    assert response.status_code == status
    assert set(response.json()) == {"message", "errors", "trackingId"}


def test_the_default_clock_is_the_real_one_and_can_be_advanced() -> None:
    clock = Sandbox().clock
    before = datetime.now(UTC)
    assert before <= clock() <= before + timedelta(minutes=1)
    clock.advance(timedelta(days=20))
    assert clock() > before + timedelta(days=19)


def test_any_callable_serves_as_a_clock_and_is_read_in_utc() -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    webex = Sandbox(clock=lambda: tokyo)
    assert webex.clock() == NOON
    assert webex.clock().tzinfo is UTC


def test_a_clock_that_is_passed_in_is_shared() -> None:
    clock: Clock = ManualClock(NOON)
    webex = Sandbox(clock=clock)
    webex.clock.advance(timedelta(hours=1))
    assert clock() == NOON + timedelta(hours=1)


def test_no_repr_shows_a_secret(webex: Sandbox) -> None:
    pair = webex.sign_in()
    token = webex.tokens.find(pair.access)
    shown = repr([pair, token, webex.service_app, webex.integration, webex.person, webex])
    secrets = {
        *pair,
        webex.service_app.client_secret,
        webex.integration.client_secret,
    }
    assert not [secret for secret in secrets if secret in shown]
