"""The worker's sign-in: one page at a time, and checks go on meanwhile."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.consent import browse, free_redirect, use_redirect
from tests.profile import Profile
from tests.sign_in.callback_client import a_redirect
from tests.working import (
    QUICK,
    Audience,
    Browser,
    OneProfile,
    now,
    polling,
    waiting_threads,
    working,
)
from tray_app.model.events import EventType
from tray_app.model.health import Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour
from tray_app.model.snapshot import FAILED, Activity, Snapshot, UserRequest
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine


@pytest.fixture
def redirect(profile: Profile, webex: Sandbox) -> str:
    """A redirect URI that is free here and registered there; and nothing works any more."""
    uri = free_redirect(webex)
    use_redirect(profile, uri)
    webex.revoke_all()
    return uri


def listens(uri: str) -> bool:
    """Whether the port of this redirect URI is taken."""
    port = urlsplit(uri).port
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            socket.create_server((host, port or 0), family=family).close()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
    return False


def sign_ins(snapshot: Snapshot) -> list[str]:
    """How the sign-ins ended that are among the recent events, newest first."""
    events = snapshot.recent
    return [event.outcome for event in events if event.event_type is EventType.SIGN_IN]


@contextmanager
def asked_to_sign_in(
    profile: Profile, audience: Audience, browser: Browser | None = None
) -> Iterator[tuple[OneProfile, str]]:
    """The worker has found everything dead, and a click has opened the page."""
    browser = browser or Browser()
    with working(lambda: profile.engine(now), audience, browser) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        worker.authorize()
        yield worker, browser.page()


@pytest.mark.usefixtures("redirect")
def test_a_click_opens_the_page_and_consent_there_makes_it_green(
    profile: Profile, webex: Sandbox
) -> None:
    audience = Audience()
    with asked_to_sign_in(profile, audience) as (_, page):
        waiting = audience.until(lambda snapshot: snapshot.sign_in_until is not None)
        assert waiting.health.colour is Colour.RED
        assert waiting.sign_in_until is not None
        assert timedelta(minutes=4) < waiting.sign_in_until - now() <= timedelta(minutes=5)
        browse(page)
        signing_in = audience.until(lambda snapshot: snapshot.activity is Activity.SIGNING_IN)
        assert signing_in.sign_in_until == waiting.sign_in_until
        done = audience.until_idle()
    assert done.signed_in is not None
    assert done.signed_in.ending is SignInResult.RENEWED
    assert (done.health.colour, done.last_method) == (Colour.GREEN, RenewalMethod.MINT_CANDIDATE)
    assert (done.asked, done.sign_in_until) == (UserRequest.SIGN_IN, None)
    assert webex.generation(str(profile.env_access())) == 2


@pytest.mark.usefixtures("redirect")
def test_another_click_opens_the_same_page_again_and_asks_nothing_else(profile: Profile) -> None:
    """One question, one listener, one answer; the way to it has a key of its own each time."""
    audience, browser = Audience(), Browser()
    with asked_to_sign_in(profile, audience, browser) as (worker, page):
        listening = waiting_threads()
        worker.authorize()
        assert browser.page() == page
        assert waiting_threads() == listening
        assert len(listening) == 1
        browse(page)
        assert audience.until_signed_in().ending is SignInResult.RENEWED
    assert len(set(browser.opened)) == len(browser.opened) == 2
    ends = [snapshot for snapshot in audience.heard if snapshot.signed_in is not None]
    assert [snapshot.asked for snapshot in ends if snapshot.activity is Activity.NOTHING] == [
        UserRequest.SIGN_IN
    ]


def test_checks_go_on_while_a_page_waits(profile: Profile, webex: Sandbox) -> None:
    """And so does renewing; each of their snapshots says that the sign-in still waits."""
    audience, browser = Audience(), Browser()
    with working(polling(profile, free_redirect(webex)), audience, browser) as worker:
        audience.until_idle()
        worker.authorize()
        page = browser.page()
        until = audience.until(lambda found: found.sign_in_until is not None).sign_in_until
        for _ in range(2):
            found = audience.until(lambda snapshot: snapshot.activity is Activity.CHECKING)
            assert found.sign_in_until == until
            assert audience.until_idle().sign_in_until == until
        webex.revoke_service_access()
        renewed = audience.until(lambda snapshot: snapshot.last_method is not None)
        assert (renewed.last_method, renewed.sign_in_until) == (
            RenewalMethod.SERVICE_REFRESH,
            until,
        )
        browse(page)
        assert audience.until_signed_in().ending is SignInResult.RENEWED
    assert len(browser.opened) == 1


def test_a_sign_in_that_is_cancelled_changes_nothing_and_frees_the_port(
    profile: Profile, webex: Sandbox, redirect: str
) -> None:
    """The next click asks a new question."""
    before = profile.env_access()
    audience, browser = Audience(), Browser()
    with asked_to_sign_in(profile, audience, browser) as (worker, page):
        assert listens(redirect)
        worker.cancel_sign_in()
        cancelled = audience.until(lambda snapshot: snapshot.signed_in is not None)
        assert cancelled.signed_in == Outcome(SignInResult.CANCELLED)
        assert (cancelled.sign_in_until, cancelled.health.colour) == (None, Colour.RED)
        assert sign_ins(cancelled) == [SignInResult.CANCELLED]
        assert not listens(redirect)
        worker.authorize()
        assert browser.page() != page
        assert listens(redirect)
    assert profile.env_access() == before
    assert Kind.CODE_EXCHANGE not in {seen.kind for seen in webex.requests}


def test_cancelling_without_a_sign_in_does_nothing(profile: Profile) -> None:
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        worker.cancel_sign_in()
        assert audience.until_idle().health.colour is Colour.GREEN
        worker.cancel_sign_in()
        worker.check()
        assert audience.until_idle().asked is UserRequest.CHECK
    assert [snapshot.signed_in for snapshot in audience.heard if snapshot.signed_in] == []


def test_a_refusal_in_the_browser_is_reported_and_consent_later_still_counts(
    profile: Profile, redirect: str
) -> None:
    audience, browser = Audience(), Browser()
    with asked_to_sign_in(profile, audience, browser) as (worker, page):
        browse(page, "deny")
        assert audience.until_signed_in().ending is SignInResult.CONSENT_REFUSED
        assert not listens(redirect)
        worker.authorize()
        browse(browser.page())
        audience.until(lambda snapshot: snapshot.health.colour is Colour.GREEN)


def test_a_sign_in_times_out(profile: Profile, redirect: str) -> None:
    engine = profile.engine(now)
    engine.begin_sign_in = partial(engine.begin_sign_in, timeout=0.05)  # type: ignore[method-assign]
    audience = Audience()
    with working(lambda: engine, audience) as worker:
        audience.until_idle()
        worker.authorize()
        assert audience.until_signed_in().ending is SignInResult.TIMED_OUT
        assert not listens(redirect)


def test_the_end_of_the_program_ends_the_waiting_too(profile: Profile, redirect: str) -> None:
    """Nothing listens any more, and no snapshot follows."""
    with asked_to_sign_in(profile, Audience()) as (worker, _):
        (listening,) = waiting_threads()
        assert listens(redirect)
        worker.stop()
        assert "scheduler" not in {thread.name for thread in threading.enumerate()}
        listening.join(60)
        assert not listening.is_alive()
        assert not listens(redirect)


def test_a_port_in_use_is_reported_with_remedies_and_no_page_is_opened(
    profile: Profile, redirect: str
) -> None:
    """The code would go to the program that listens there. Once the port is free, a click works."""
    audience, browser = Audience(), Browser()
    with working(lambda: profile.engine(now), audience, browser) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        with socket.create_server(("127.0.0.1", urlsplit(redirect).port or 0)):
            worker.authorize()
            told = audience.until(lambda snapshot: snapshot.signed_in is not None)
        assert told.signed_in is not None
        assert told.signed_in.ending is SignInResult.NOT_BEGUN
        assert (told.asked, told.sign_in_until) == (UserRequest.SIGN_IN, None)
        for way_out in ("is taken", "Close", "integration.redirectUri", "authorize --paste"):
            assert way_out in told.signed_in.detail
        assert (browser.opened, waiting_threads()) == ([], [])
        worker.authorize()
        browser.page()


def test_without_a_browser_the_other_way_is_named_and_has_the_port(
    profile: Profile, redirect: str
) -> None:
    audience = Audience()
    with working(lambda: profile.engine(now), audience, lambda _, failed: failed()) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        worker.authorize()
        told = audience.until(lambda snapshot: snapshot.asked is UserRequest.SIGN_IN)
        assert told.signed_in is not None
        assert told.signed_in.ending is SignInResult.NO_BROWSER
        over = audience.until(lambda snapshot: snapshot.sign_in_until is None)
        assert not listens(redirect)
        assert sign_ins(over) == []


def test_a_click_right_after_cancel_opens_a_new_page(profile: Profile, redirect: str) -> None:
    """Not the old one, whose port is closed."""
    audience, browser = Audience(), Browser()
    with working(lambda: profile.engine(now), audience, browser) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        worker.authorize()
        first = browser.page()
        worker.cancel_sign_in()
        worker.authorize()
        assert browser.page() != first
        assert listens(redirect)


def test_a_click_after_the_redirect_uri_was_changed_opens_a_new_page(
    profile: Profile, webex: Sandbox, redirect: str
) -> None:
    """The old one was opened again: with the old redirect URI, and Webex refused it."""
    audience, browser = Audience(), Browser()
    with asked_to_sign_in(profile, audience, browser) as (worker, first):
        changed = a_redirect().uri
        webex.integration = replace(webex.integration, redirect_uris=(changed,))
        use_redirect(profile, changed)
        worker.authorize()
        second = browser.page()
        old, new = (parse_qs(urlsplit(page).query) for page in (first, second))
        assert (old["redirect_uri"], new["redirect_uri"]) == ([redirect], [changed])
        assert old["state"] != new["state"]
        assert not listens(redirect)
        browse(second)
        renewed = audience.until(
            lambda snapshot: (
                snapshot.signed_in is not None and snapshot.signed_in.ending is SignInResult.RENEWED
            )
        )
        # There was an event "Sign-in cancelled", which nobody had done.
        assert sign_ins(renewed) == [SignInResult.RENEWED]


def test_no_page_opens_without_a_click(profile: Profile, webex: Sandbox, redirect: str) -> None:
    """Everything is revoked, checks and renewals fail, by themselves and by hand."""
    audience, browser = Audience(), Browser()
    with working(polling(profile, redirect), audience, browser) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        for _ in range(3):
            audience.until(lambda snapshot: snapshot.activity is Activity.CHECKING)
            audience.until_idle()
        worker.refresh()
        audience.until(lambda snapshot: snapshot.asked is UserRequest.REFRESH)
        worker.check()
        audience.until(lambda snapshot: snapshot.asked is UserRequest.CHECK)
        worker.cancel_sign_in()
        assert not listens(redirect)
        assert waiting_threads() == []
    assert browser.opened == []
    assert {snapshot.sign_in_until for snapshot in audience.heard} == {None}
    kinds = {seen.kind for seen in webex.requests}
    assert Kind.INTEGRATION_REFRESH in kinds
    assert not kinds & {Kind.AUTHORIZE, Kind.DECISION, Kind.CODE_EXCHANGE}


@pytest.mark.usefixtures("redirect")
def test_a_new_sign_in_is_used_once_webex_is_back(profile: Profile, webex: Sandbox) -> None:
    """No second sign-in is needed because Webex failed in between."""
    audience, browser = Audience(), Browser()
    tools = replace(profile.tools(now), pace=QUICK)
    with working(lambda: Engine(tools), audience, browser) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        webex.faults.next(Kind.MINT, Fault.unavailable())
        worker.authorize()
        browse(browser.page())
        assert audience.until_signed_in().ending is SignInResult.UNPROVEN
        renewed = audience.until(lambda snapshot: snapshot.last_method is not None)
        assert (renewed.last_method, renewed.health.colour) == (
            RenewalMethod.MINT_CANDIDATE,
            Colour.GREEN,
        )
    assert len(browser.opened) == 1


def test_a_sign_in_that_ends_in_an_internal_error_blocks_no_later_one(
    profile: Profile, redirect: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Its click is answered, and the next one asks anew."""
    engine = profile.engine(now)
    engine.finish_sign_in = lambda _: 1 / 0  # type: ignore[assignment,method-assign,return-value]
    audience, browser = Audience(), Browser()
    with working(lambda: engine, audience, browser) as worker:
        audience.until_idle()
        worker.authorize()
        page = browser.page()
        worker.cancel_sign_in()
        failed = audience.until(lambda snapshot: snapshot.health.reason is Reason.OWN_FAULT)
        assert replace(failed, recent=()) == replace(FAILED, asked=UserRequest.SIGN_IN)
        worker.authorize()
        assert browser.page() != page
    assert "ZeroDivisionError" in caplog.text


def test_a_click_to_sign_in_is_answered_though_there_is_no_config(profile: Profile) -> None:
    profile.config_path.write_text("{}")
    audience, browser = Audience(), Browser()
    with working(lambda: profile.engine(now), audience, browser) as worker:
        audience.until_idle()
        worker.authorize()
        told = audience.until(lambda snapshot: snapshot.asked is UserRequest.SIGN_IN)
        assert told.health.reason is Reason.NOT_SET_UP
    assert browser.opened == []


@pytest.mark.usefixtures("redirect")
def test_neither_the_pages_address_nor_its_state_is_logged(
    profile: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    """The state is what ties the answer to the question."""
    audience = Audience()
    with caplog.at_level("DEBUG"), asked_to_sign_in(profile, audience) as (_, page):
        browse(page)
        assert audience.until_signed_in().ending is SignInResult.RENEWED
    (state,) = parse_qs(urlsplit(page).query)["state"]
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("tray_app")]
    assert ours
    assert not [line for line in ours if state in line]
