"""The page that a browser sees when it comes back from Webex: the outcome, for one browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.other_thread import needs_pthread_kill, seconds_until_heard
from tests.sign_in.test_start_page import cookie_of, open_page
from tray_app.desktop.sign_in_page import SignInPage
from tray_app.loopback.server import LoopbackServer, PortDenied
from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import STARTING, Snapshot
from tray_app.pages import sign_in_server

WORKS = Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, Fixer.ITSELF, ())
MISSING = Health(1, Colour.RED, Shape.CROSS, Reason.SIGN_IN_MISSING, Fixer.YOU, ())


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[SignInPage]:
    monkeypatch.setattr(sign_in_server, "_PATIENCE", 0.05)
    with closing(SignInPage(lambda: "/home/me/.env")) as made:
        yield made


def test_it_waits_for_the_outcome_and_then_stays(page: SignInPage) -> None:
    page.update(STARTING)  # nobody has signed in yet
    address = page.address()
    first = open_page(address)
    cookie = cookie_of(first)
    assert "Webex has answered. Getting the token…" in first.decode()
    assert 'http-equiv="refresh"' in first.decode()
    page.update(Snapshot(MISSING))
    assert "Webex has answered" in open_page(address, cookie).decode()
    page.update(Snapshot(WORKS, signed_in=Outcome(SignInResult.RENEWED)))
    page.update(Snapshot(MISSING))
    shown = open_page(address, cookie).decode()
    assert "<h1>Token works</h1>" in shown
    assert "<code>/home/me/.env</code>" in shown
    assert "<form" not in shown
    assert 'http-equiv="refresh"' not in shown
    assert "Already opened" in open_page(address).decode()


def test_a_failure_is_said_with_how_the_token_is(page: SignInPage) -> None:
    address = page.address()
    page.update(Snapshot(WORKS, signed_in=Outcome(SignInResult.CONSENT_REFUSED)))
    shown = open_page(address).decode()
    assert "<h1>The sign-in was not completed</h1>" in shown
    assert "The sign-in was declined in the browser. Nothing has changed." in shown
    assert "Token works." in shown
    assert "/home/me/.env" not in shown


def test_each_sign_in_has_a_page_of_its_own(page: SignInPage) -> None:
    """The outcome of the one before is not shown."""
    page.address()
    page.update(Snapshot(WORKS, signed_in=Outcome(SignInResult.RENEWED)))
    assert "Webex has answered" in open_page(page.address()).decode()


def test_who_began_in_a_terminal_is_sent_back_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command goes on once a browser has got the outcome."""
    with closing(SignInPage(lambda: "/home/me/.env", attended=False)) as page:
        page.wait_shown()  # there is none yet
        address = page.address()
        page.update(Snapshot(WORKS, signed_in=Outcome(SignInResult.RENEWED)))
        monkeypatch.setattr(sign_in_server, "_OPENING_SECONDS", 0.01)
        page.wait_shown()  # nobody comes
        shown = open_page(address).decode()
        assert "<h1>Token works</h1>" in shown
        assert "go back to the terminal in which you began" in shown
        assert "tray icon" not in shown
        assert page._server is not None
        assert page._server._shown.wait(60)
        page.wait_shown()


@needs_pthread_kill
def test_a_signal_that_another_thread_gets_ends_the_wait_for_the_browser(
    page: SignInPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was heard seconds later, once the wait was over."""
    page.address()
    assert page._server is not None
    page._server._opened.set()
    monkeypatch.setattr(sign_in_server, "_SHOWING_SECONDS", 60.0)
    assert seconds_until_heard(page.wait_shown) < 30


def test_after_the_end_nothing_is_served(page: SignInPage) -> None:
    page.close()
    assert page.address() == ""


def test_if_no_port_can_be_had_there_is_no_page(
    page: SignInPage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> int:
        raise PortDenied(0, "no descriptor left")

    monkeypatch.setattr(LoopbackServer, "open", fail)
    assert page.address() == ""
    assert "the outcome of the sign-in cannot be shown" in caplog.text
