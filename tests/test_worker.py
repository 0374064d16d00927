"""The worker thread: what it publishes, what wakes it, and that nothing holds up its end."""

from __future__ import annotations

import errno
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.consent import browse, free_redirect, use_redirect
from tests.profile import Profile, full_profile
from tray_app.adapters.config import ConfigFile
from tray_app.core.model import Colour, Reason, Rung
from tray_app.core.notices import Asked
from tray_app.core.schedule import Pace
from tray_app.core.sign_in import Ending, Outcome
from tray_app.engine import Engine
from tray_app.sandbox import Fault, Kind, RefreshPolicy, Sandbox
from tray_app.snapshot import FAILED, Doing, Snapshot
from tray_app.worker import Browse, Worker

QUICK = Pace(slice=0.05, gap=0.01, first_retry=0.05, longest_retry=0.2)


@pytest.fixture
def webex() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def profile(tmp_path: Path, webex: Sandbox) -> Profile:
    return full_profile(tmp_path, webex)


class Audience:
    """Collects snapshots; a test waits for the one that it expects."""

    def __init__(self) -> None:
        self.heard: list[Snapshot] = []
        self._new: queue.SimpleQueue[Snapshot] = queue.SimpleQueue()

    def __call__(self, snapshot: Snapshot) -> None:
        self.heard.append(snapshot)
        self._new.put(snapshot)

    def until(self, fits: Callable[[Snapshot], bool], seconds: float = 5.0) -> Snapshot:
        deadline = time.monotonic() + seconds
        while True:
            snapshot = self._new.get(timeout=max(0.0, deadline - time.monotonic()))
            if fits(snapshot):
                return snapshot

    def until_idle(self) -> Snapshot:
        return self.until(lambda snapshot: snapshot.doing is Doing.NOTHING)

    def until_signed_in(self) -> Outcome:
        outcome = self.until(lambda snapshot: snapshot.signed_in is not None).signed_in
        assert outcome is not None
        return outcome


class Browser:
    """Notes which pages were opened; a test answers for the person."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self._new: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __call__(self, url: str, _failed: Callable[[], None]) -> None:
        self.opened.append(url)
        self._new.put(url)

    def page(self) -> str:
        return self._new.get(timeout=5)


def waiting_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "sign-in"]


@contextmanager
def working(
    open_engine: Callable[[], Engine],
    audience: Audience,
    browser: Browse | None = None,
    *,
    wall: Callable[[], float] = time.time,
) -> Iterator[Worker]:
    worker = Worker(open_engine, audience, browse=browser or Browser(), pace=QUICK, wall=wall)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
        for thread in waiting_threads():
            thread.join(5)


def now() -> datetime:
    return datetime.now(UTC)


def test_it_checks_at_once_and_says_what_it_is_doing(profile: Profile) -> None:
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        first = audience.until(lambda _: True)
        assert (first.doing, first.health.reason) == (Doing.CHECKING, Reason.CHECKING)
        assert audience.until_idle().health.colour is Colour.GREEN


def test_a_dead_token_is_renewed_without_anybody_asking(profile: Profile, webex: Sandbox) -> None:
    webex.revoke_service_access()
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        renewed = audience.until(lambda snapshot: snapshot.answered is not None)
    assert renewed.answered is Rung.SERVICE_REFRESH
    assert renewed.health.colour is Colour.GREEN
    doings = [snapshot.doing for snapshot in audience.heard]
    assert doings == [Doing.CHECKING, Doing.NOTHING, Doing.REFRESHING, Doing.NOTHING]


def test_a_click_on_refresh_renews_a_token_that_works(profile: Profile, webex: Sandbox) -> None:
    before = profile.env_access()
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        worker.refresh()
        audience.until(lambda snapshot: snapshot.answered is Rung.SERVICE_REFRESH)
    assert profile.env_access() != before


def test_the_end_of_what_a_person_asked_for_is_marked_and_nothing_else(
    profile: Profile, webex: Sandbox
) -> None:
    """A renewal that a check brings about belongs to it: one click has one end."""
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        worker.check()
        assert audience.until_idle().asked is Asked.CHECK
        worker.refresh()
        assert audience.until_idle().asked is Asked.REFRESH
        webex.revoke_service_access()
        worker.check()
        last = audience.until(lambda snapshot: snapshot.answered is not None)
        assert last.asked is Asked.CHECK
    marks = [snapshot.asked for snapshot in audience.heard if snapshot.asked is not None]
    assert marks == [Asked.CHECK, Asked.REFRESH, Asked.CHECK]


def test_a_click_is_answered_though_this_program_fails_or_has_no_config(profile: Profile) -> None:
    """A person is told that it did not work."""
    good = profile.config_path.read_bytes()
    profile.config_path.write_text("{}")
    engine = []

    def open_engine() -> Engine:
        engine.append(profile.engine(now))
        engine[0].refresh = lambda **_: 1 / 0  # type: ignore[assignment,method-assign]
        return engine[0]

    audience = Audience()
    with working(open_engine, audience) as worker:
        assert audience.until_idle().asked is None
        worker.refresh()
        audience.until(lambda snapshot: snapshot.asked is Asked.REFRESH)
        profile.config_path.write_bytes(good)
        audience.until(lambda snapshot: snapshot.health.colour is Colour.GREEN)
        worker.refresh()
        failed = audience.until(lambda snapshot: snapshot.health.reason is Reason.OWN_FAULT)
        assert failed == replace(FAILED, asked=Asked.REFRESH)
    marks = [snapshot.asked for snapshot in audience.heard if snapshot.asked is not None]
    assert marks == [Asked.REFRESH, Asked.REFRESH]


def test_clicks_on_what_already_waits_add_nothing(profile: Profile, webex: Sandbox) -> None:
    release = threading.Event()
    webex.faults.next(Kind.DATA_SOURCES, Fault.held(release))
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until(lambda _: True)
        for _ in range(10):
            worker.refresh()
        release.set()
        audience.until(lambda snapshot: snapshot.answered is not None)
        worker.check()
        audience.until(lambda snapshot: snapshot.doing is Doing.CHECKING)
        audience.until_idle()
    renewals = [seen for seen in webex.requests if seen.kind is Kind.SERVICE_REFRESH]
    assert len(renewals) == 1


def test_waking_from_sleep_brings_a_check_though_none_is_due(
    profile: Profile, webex: Sandbox
) -> None:
    """The poll interval is 5 minutes; eight hours of sleep end with a check at the next slice."""
    asleep = threading.Event()
    audience = Audience()

    def wall() -> float:
        return time.time() + (8 * 3600 if asleep.is_set() else 0)

    with working(lambda: profile.engine(now), audience, wall=wall):
        audience.until_idle()
        asleep.set()
        audience.until(lambda snapshot: snapshot.doing is Doing.CHECKING)


def test_a_clock_that_is_set_back_brings_a_check_too(profile: Profile) -> None:
    back = threading.Event()
    audience = Audience()

    def wall() -> float:
        return time.time() - (86_400 if back.is_set() else 0)

    with working(lambda: profile.engine(now), audience, wall=wall):
        audience.until_idle()
        back.set()
        audience.until(lambda snapshot: snapshot.doing is Doing.CHECKING)


def test_a_dead_token_that_another_process_found_is_renewed_at_the_next_slice(
    profile: Profile, webex: Sandbox
) -> None:
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        audience.until_idle()
        webex.revoke_service_access()
        other = profile.engine(now)
        other.poll()
        other.close()
        audience.until(lambda snapshot: snapshot.answered is Rung.SERVICE_REFRESH)


def test_a_pasted_personal_token_is_noticed_and_used_at_the_next_slice(
    profile: Profile, webex: Sandbox
) -> None:
    """Nobody clicks and no check is due: the poll interval is 5 minutes."""
    webex.revoke_all()
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        audience.until(lambda snapshot: snapshot.health.colour is Colour.RED)
        profile.pasted = webex.issue_personal_token()
        profile.write_config()
        audience.until(lambda snapshot: snapshot.answered is Rung.MINT_PASTED)


def test_an_edited_env_is_noticed_at_the_next_slice(profile: Profile, webex: Sandbox) -> None:
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        audience.until_idle()
        stale = webex.issue_service_pair()
        webex.revoke(stale.access)
        ours = profile.env_access()
        profile.write_env(stale.access)
        audience.until(lambda snapshot: snapshot.doing is Doing.CHECKING)
        audience.until_idle()
    assert profile.env_access() == ours


def test_a_fault_of_our_own_is_shown_and_the_thread_lives_on(
    profile: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    engine = profile.engine(now)
    real, broken = engine.poll, threading.Event()
    broken.set()

    def poll() -> object:
        if broken.is_set():
            raise ZeroDivisionError
        return real()

    engine.poll = poll  # type: ignore[method-assign,assignment]
    audience = Audience()
    with working(lambda: engine, audience):
        assert audience.until_idle() == FAILED
        broken.clear()
        audience.until(lambda snapshot: snapshot.health.colour is Colour.GREEN)
    assert "ZeroDivisionError" in caplog.text


def test_an_engine_that_cannot_be_opened_is_no_silent_icon_and_is_tried_again(
    profile: Profile,
) -> None:
    broken = threading.Event()
    broken.set()

    def open_engine() -> Engine:
        if broken.is_set():
            raise RuntimeError
        return profile.engine(now)

    audience = Audience()
    with working(open_engine, audience):
        assert audience.until_idle() == FAILED
        broken.clear()
        audience.until(lambda snapshot: snapshot.health.colour is Colour.GREEN)


def test_a_config_that_cannot_be_used_is_red_and_is_taken_up_once_corrected(
    profile: Profile,
) -> None:
    profile.config_path.write_text("{}")
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        shown = audience.until_idle().health
        assert (shown.row, shown.colour, shown.reason) == (1, Colour.RED, Reason.NOT_SET_UP)
        assert shown.detail.startswith("serviceApp.appId is missing")
        profile.write_config()
        audience.until(lambda snapshot: snapshot.health.colour is Colour.GREEN)


def test_it_ends_within_its_patience_while_webex_hangs(profile: Profile, webex: Sandbox) -> None:
    release = threading.Event()
    webex.faults.next(Kind.DATA_SOURCES, Fault.held(release))
    worker = Worker(lambda: profile.engine(now), lambda _: None, pace=QUICK)
    worker.start()
    webex.wait_for_request(lambda seen: seen.kind is Kind.DATA_SOURCES, timedelta(seconds=5))
    begun = time.monotonic()
    worker.stop(patience=0.2)
    took = time.monotonic() - begun
    release.set()
    assert 0.2 <= took < 2


def test_a_renewal_under_way_is_waited_for_at_the_end(profile: Profile, webex: Sandbox) -> None:
    """Webex may have rotated the refresh token already, and only its answer has the new one."""
    webex.policy = RefreshPolicy.ROTATED
    before = profile.env_access()
    release = threading.Event()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.held(release))
    worker = Worker(lambda: profile.engine(now), lambda _: None, pace=QUICK)
    worker.start()
    worker.refresh()
    webex.wait_for_request(lambda seen: seen.kind is Kind.SERVICE_REFRESH, timedelta(seconds=5))
    threading.Timer(0.5, release.set).start()
    worker.stop(patience=0.1)
    assert profile.env_access() != before
    assert webex.reuses == 0


def test_an_audience_that_fails_does_not_stop_the_renewing(
    profile: Profile, webex: Sandbox
) -> None:
    webex.revoke_service_access()

    def fail(_: Snapshot) -> None:
        raise BrokenPipeError

    worker = Worker(lambda: profile.engine(now), fail, pace=QUICK)
    worker.start()
    webex.wait_for_request(lambda seen: seen.kind is Kind.SERVICE_REFRESH, timedelta(seconds=5))
    worker.stop()


def test_a_green_that_has_gone_stale_is_shown_though_no_check_is_due(profile: Profile) -> None:
    ahead = threading.Event()

    def clock() -> datetime:
        return now() + (timedelta(minutes=20) if ahead.is_set() else timedelta())

    audience = Audience()
    with working(lambda: profile.engine(clock), audience):
        audience.until_idle()
        ahead.set()
        audience.until(lambda snapshot: snapshot.health.reason is Reason.STALE)


def polling(profile: Profile, uri: str | None = None) -> Callable[[], Engine]:
    """An engine that polls ten times a second: below what a config may ask for."""

    def change(config: dict[str, Any]) -> None:
        config["tray"] = {"pollSeconds": 0.1}
        if uri is not None:
            config["tokenManager"]["integration"]["redirectUri"] = uri

    profile.write_config(change)
    below_the_floor = ConfigFile(profile.config_path, 0.05)
    tools = replace(profile.tools(now), config_file=below_the_floor, pace=QUICK)
    return lambda: Engine(tools)


def test_polls_go_on_by_themselves(profile: Profile, webex: Sandbox) -> None:
    audience = Audience()
    with working(polling(profile), audience):
        for _ in range(3):
            audience.until(lambda snapshot: snapshot.doing is Doing.CHECKING)
            audience.until_idle()
    assert len(webex.requests) >= 3


# --- the sign-in in the browser -------------------------------------------------------------------


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


@contextmanager
def asked_to_sign_in(
    profile: Profile, audience: Audience, browser: Browser | None = None
) -> Iterator[tuple[Worker, str]]:
    """The worker has found everything dead, and a click has opened the page."""
    browser = browser or Browser()
    with working(lambda: profile.engine(now), audience, browser) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        worker.authorize()
        yield worker, browser.page()


@pytest.mark.usefixtures("redirect")
def test_a_click_opens_the_page_and_a_yes_there_makes_it_green(
    profile: Profile, webex: Sandbox
) -> None:
    audience = Audience()
    with asked_to_sign_in(profile, audience) as (_, page):
        waiting = audience.until(lambda snapshot: snapshot.sign_in_until is not None)
        assert waiting.health.colour is Colour.RED
        assert waiting.sign_in_until is not None
        assert timedelta(minutes=4) < waiting.sign_in_until - now() <= timedelta(minutes=5)
        browse(page)
        signing_in = audience.until(lambda snapshot: snapshot.doing is Doing.SIGNING_IN)
        assert signing_in.sign_in_until == waiting.sign_in_until
        done = audience.until_idle()
    assert done.signed_in is not None
    assert done.signed_in.ending is Ending.RENEWED
    assert (done.health.colour, done.answered) == (Colour.GREEN, Rung.MINT_CANDIDATE)
    assert (done.asked, done.sign_in_until) == (Asked.SIGN_IN, None)
    assert webex.generation(str(profile.env_access())) == 2


@pytest.mark.usefixtures("redirect")
def test_another_click_opens_the_same_page_again_and_asks_nothing_else(profile: Profile) -> None:
    """One question, one listener, one answer."""
    audience, browser = Audience(), Browser()
    with asked_to_sign_in(profile, audience, browser) as (worker, page):
        listening = waiting_threads()
        worker.authorize()
        assert browser.page() == page
        assert waiting_threads() == listening
        assert len(listening) == 1
        browse(page)
        assert audience.until_signed_in().ending is Ending.RENEWED
    assert browser.opened == [page, page]
    ends = [snapshot for snapshot in audience.heard if snapshot.signed_in is not None]
    assert [snapshot.asked for snapshot in ends if snapshot.doing is Doing.NOTHING] == [
        Asked.SIGN_IN
    ]


def test_checks_go_on_while_a_page_waits(profile: Profile, webex: Sandbox) -> None:
    """And so does renewing; each of their snapshots says that somebody is still waited for."""
    audience, browser = Audience(), Browser()
    with working(polling(profile, free_redirect(webex)), audience, browser) as worker:
        audience.until_idle()
        worker.authorize()
        page = browser.page()
        until = audience.until(lambda found: found.sign_in_until is not None).sign_in_until
        for _ in range(2):
            found = audience.until(lambda snapshot: snapshot.doing is Doing.CHECKING)
            assert found.sign_in_until == until
            assert audience.until_idle().sign_in_until == until
        webex.revoke_service_access()
        renewed = audience.until(lambda snapshot: snapshot.answered is not None)
        assert (renewed.answered, renewed.sign_in_until) == (Rung.SERVICE_REFRESH, until)
        browse(page)
        assert audience.until_signed_in().ending is Ending.RENEWED
    assert browser.opened == [page]


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
        assert cancelled.signed_in == Outcome(Ending.CANCELLED)
        assert (cancelled.sign_in_until, cancelled.health.colour) == (None, Colour.RED)
        assert not listens(redirect)
        worker.authorize()
        assert browser.page() != page
        assert listens(redirect)
    assert profile.env_access() == before
    assert Kind.CODE_EXCHANGE not in {seen.kind for seen in webex.requests}


def test_to_cancel_what_nobody_has_begun_does_nothing(profile: Profile) -> None:
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        worker.cancel_sign_in()
        assert audience.until_idle().health.colour is Colour.GREEN
        worker.cancel_sign_in()
        worker.check()
        assert audience.until_idle().asked is Asked.CHECK
    assert [snapshot.signed_in for snapshot in audience.heard if snapshot.signed_in] == []


def test_a_no_in_the_browser_is_told_and_a_yes_later_still_counts(
    profile: Profile, redirect: str
) -> None:
    audience, browser = Audience(), Browser()
    with asked_to_sign_in(profile, audience, browser) as (worker, page):
        browse(page, "deny")
        assert audience.until_signed_in().ending is Ending.CONSENT_REFUSED
        assert not listens(redirect)
        worker.authorize()
        browse(browser.page())
        audience.until(lambda snapshot: snapshot.health.colour is Colour.GREEN)


def test_a_person_who_does_not_come_is_not_waited_for_for_ever(
    profile: Profile, redirect: str
) -> None:
    engine = profile.engine(now)
    engine.begin_sign_in = partial(engine.begin_sign_in, patience=0.05)  # type: ignore[method-assign]
    audience = Audience()
    with working(lambda: engine, audience) as worker:
        audience.until_idle()
        worker.authorize()
        assert audience.until_signed_in().ending is Ending.TIMED_OUT
        assert not listens(redirect)


def test_the_end_of_the_program_ends_the_waiting_too(profile: Profile, redirect: str) -> None:
    """Nothing listens on, and nobody is told anything any more."""
    with asked_to_sign_in(profile, Audience()) as (worker, _):
        (listening,) = waiting_threads()
        assert listens(redirect)
        worker.stop()
        assert "worker" not in {thread.name for thread in threading.enumerate()}
        listening.join(5)
        assert not listening.is_alive()
        assert not listens(redirect)


def test_a_taken_port_is_told_with_the_ways_out_and_no_page_is_opened(
    profile: Profile, redirect: str
) -> None:
    """The code would go to whoever listens there. Once it is free, a click works."""
    audience, browser = Audience(), Browser()
    with working(lambda: profile.engine(now), audience, browser) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        with socket.create_server(("127.0.0.1", urlsplit(redirect).port or 0)):
            worker.authorize()
            told = audience.until(lambda snapshot: snapshot.signed_in is not None)
        assert told.signed_in is not None
        assert told.signed_in.ending is Ending.NOT_BEGUN
        assert (told.asked, told.sign_in_until) == (Asked.SIGN_IN, None)
        for way_out in ("is taken", "Close", "integration.redirectUri", "authorize --paste"):
            assert way_out in told.signed_in.detail
        assert (browser.opened, waiting_threads()) == ([], [])
        worker.authorize()
        browser.page()


def test_without_a_browser_the_other_way_is_told_and_has_the_port(
    profile: Profile, redirect: str
) -> None:
    audience = Audience()
    with working(lambda: profile.engine(now), audience, lambda _, failed: failed()) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        worker.authorize()
        told = audience.until(lambda snapshot: snapshot.asked is Asked.SIGN_IN)
        assert told.signed_in is not None
        assert told.signed_in.ending is Ending.NO_BROWSER
        audience.until(lambda snapshot: snapshot.sign_in_until is None)
        assert not listens(redirect)


def test_a_click_right_after_cancel_opens_a_new_page(profile: Profile, redirect: str) -> None:
    """Not the old one, on whose port nobody listens any more."""
    audience, browser = Audience(), Browser()
    with working(lambda: profile.engine(now), audience, browser) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        worker.authorize()
        first = browser.page()
        worker.cancel_sign_in()
        worker.authorize()
        assert browser.page() != first
        assert listens(redirect)


def test_no_page_opens_that_nobody_has_asked_for(
    profile: Profile, webex: Sandbox, redirect: str
) -> None:
    """Everything is revoked, checks and renewals fail, by themselves and by hand."""
    audience, browser = Audience(), Browser()
    with working(polling(profile, redirect), audience, browser) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        for _ in range(3):
            audience.until(lambda snapshot: snapshot.doing is Doing.CHECKING)
            audience.until_idle()
        worker.refresh()
        audience.until(lambda snapshot: snapshot.asked is Asked.REFRESH)
        worker.check()
        audience.until(lambda snapshot: snapshot.asked is Asked.CHECK)
        worker.cancel_sign_in()
        assert not listens(redirect)
        assert waiting_threads() == []
    assert browser.opened == []
    assert {snapshot.sign_in_until for snapshot in audience.heard} == {None}
    kinds = {seen.kind for seen in webex.requests}
    assert Kind.INTEGRATION_REFRESH in kinds
    assert not kinds & {Kind.AUTHORIZE, Kind.DECISION, Kind.CODE_EXCHANGE}


@pytest.mark.usefixtures("redirect")
def test_what_a_sign_in_brought_is_used_by_itself_once_webex_is_back(
    profile: Profile, webex: Sandbox
) -> None:
    """Nobody has to sign in twice because Webex failed in between."""
    audience, browser = Audience(), Browser()
    tools = replace(profile.tools(now), pace=QUICK)
    with working(lambda: Engine(tools), audience, browser) as worker:
        audience.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        webex.faults.next(Kind.MINT, Fault.unavailable())
        worker.authorize()
        browse(browser.page())
        assert audience.until_signed_in().ending is Ending.UNPROVEN
        renewed = audience.until(lambda snapshot: snapshot.answered is not None)
        assert (renewed.answered, renewed.health.colour) == (Rung.MINT_CANDIDATE, Colour.GREEN)
    assert len(browser.opened) == 1


def test_a_sign_in_that_this_program_fails_at_does_not_stay_in_the_way(
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
        assert failed == replace(FAILED, asked=Asked.SIGN_IN)
        worker.authorize()
        assert browser.page() != page
    assert "ZeroDivisionError" in caplog.text


def test_a_click_to_sign_in_is_answered_though_there_is_no_config(profile: Profile) -> None:
    profile.config_path.write_text("{}")
    audience, browser = Audience(), Browser()
    with working(lambda: profile.engine(now), audience, browser) as worker:
        audience.until_idle()
        worker.authorize()
        told = audience.until(lambda snapshot: snapshot.asked is Asked.SIGN_IN)
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
        assert audience.until_signed_in().ending is Ending.RENEWED
    (state,) = parse_qs(urlsplit(page).query)["state"]
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("tray_app")]
    assert ours
    assert not [line for line in ours if state in line]
