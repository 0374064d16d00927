"""The worker: what it publishes, what wakes it, and that nothing delays its end."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.profile import Profile
from tests.working import QUICK, Audience, OneProfile, now, polling, working
from tray_app.model.health import Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import FAILED, Activity, Snapshot, UserRequest
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.service.engine import Engine


def test_it_checks_at_once_and_says_what_it_is_doing(profile: Profile) -> None:
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        first = audience.until(lambda _: True)
        assert (first.activity, first.health.reason) == (Activity.CHECKING, Reason.CHECKING)
        assert audience.until_idle().health.colour is Colour.GREEN


def test_an_expired_token_is_renewed_without_a_click(profile: Profile, webex: Sandbox) -> None:
    webex.revoke_service_access()
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        renewed = audience.until(lambda snapshot: snapshot.last_method is not None)
    assert renewed.last_method is RenewalMethod.SERVICE_REFRESH
    assert renewed.health.colour is Colour.GREEN
    doings = [snapshot.activity for snapshot in audience.heard]
    assert doings == [Activity.CHECKING, Activity.NOTHING, Activity.REFRESHING, Activity.NOTHING]


def test_a_click_on_refresh_renews_a_token_that_works(profile: Profile, webex: Sandbox) -> None:
    before = profile.env_access()
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        worker.refresh()
        audience.until(lambda snapshot: snapshot.last_method is RenewalMethod.SERVICE_REFRESH)
    assert profile.env_access() != before


def test_only_the_end_of_what_a_user_asked_for_is_marked(profile: Profile, webex: Sandbox) -> None:
    """A renewal that a check brings about belongs to it: one click has one end."""
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        worker.check()
        assert audience.until_idle().asked is UserRequest.CHECK
        worker.refresh()
        assert audience.until_idle().asked is UserRequest.REFRESH
        webex.revoke_service_access()
        worker.check()
        last = audience.until(lambda snapshot: snapshot.last_method is not None)
        assert last.asked is UserRequest.CHECK
    refusals = [snapshot.asked for snapshot in audience.heard if snapshot.asked is not None]
    assert refusals == [UserRequest.CHECK, UserRequest.REFRESH, UserRequest.CHECK]


def test_a_click_is_answered_though_this_program_fails_or_has_no_config(profile: Profile) -> None:
    """The user learns that it did not work."""
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
        audience.until(lambda snapshot: snapshot.asked is UserRequest.REFRESH)
        profile.config_path.write_bytes(good)
        audience.until(lambda snapshot: snapshot.health.colour is Colour.GREEN)
        worker.refresh()
        failed = audience.until(lambda snapshot: snapshot.health.reason is Reason.OWN_FAULT)
        assert replace(failed, recent=()) == replace(FAILED, asked=UserRequest.REFRESH)
    refusals = [snapshot.asked for snapshot in audience.heard if snapshot.asked is not None]
    assert refusals == [UserRequest.REFRESH, UserRequest.REFRESH]


def test_clicks_on_what_already_waits_add_nothing(profile: Profile, webex: Sandbox) -> None:
    release = threading.Event()
    webex.faults.next(Kind.DATA_SOURCES, Fault.held(release))
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until(lambda _: True)
        for _ in range(10):
            worker.refresh()
        release.set()
        audience.until(lambda snapshot: snapshot.last_method is not None)
        worker.check()
        audience.until(lambda snapshot: snapshot.activity is Activity.CHECKING)
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
        audience.until(lambda snapshot: snapshot.activity is Activity.CHECKING)


def test_a_clock_that_is_set_back_brings_a_check_too(profile: Profile) -> None:
    back = threading.Event()
    audience = Audience()

    def wall() -> float:
        return time.time() - (86_400 if back.is_set() else 0)

    with working(lambda: profile.engine(now), audience, wall=wall):
        audience.until_idle()
        back.set()
        audience.until(lambda snapshot: snapshot.activity is Activity.CHECKING)


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
        audience.until(lambda snapshot: snapshot.last_method is RenewalMethod.SERVICE_REFRESH)


def test_a_pasted_personal_token_is_noticed_and_used_at_the_next_slice(
    profile: Profile, webex: Sandbox
) -> None:
    """No click, and no check is due: the poll interval is 5 minutes."""
    webex.revoke_all()
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        audience.until(lambda snapshot: snapshot.health.colour is Colour.RED)
        profile.pasted = webex.issue_personal_token()
        profile.write_config()
        audience.until(lambda snapshot: snapshot.last_method is RenewalMethod.MINT_PASTED)


def test_an_edited_env_is_noticed_at_the_next_slice(profile: Profile, webex: Sandbox) -> None:
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        audience.until_idle()
        stale = webex.issue_service_pair()
        webex.revoke(stale.access)
        ours = profile.env_access()
        profile.write_env(stale.access)
        audience.until(lambda snapshot: snapshot.activity is Activity.CHECKING)
        audience.until_idle()
    assert profile.env_access() == ours


def test_an_internal_error_is_shown_and_the_thread_goes_on(
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


def test_an_internal_error_is_red_until_a_check_ends_well_and_is_logged_once(
    profile: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    """What was known before does not come back between two attempts, however often it fails."""
    engine = profile.engine(now)
    real, broken, failed = engine.poll, threading.Event(), threading.Semaphore(0)

    def poll() -> object:
        if broken.is_set():
            failed.release()
            raise ZeroDivisionError
        return real()

    engine.poll = poll  # type: ignore[method-assign,assignment]
    audience = Audience()
    with working(lambda: engine, audience) as worker:
        audience.until(lambda snapshot: snapshot.health.colour is Colour.GREEN)
        broken.set()
        worker.check()
        shown = audience.until(lambda snapshot: snapshot.health.reason is Reason.OWN_FAULT).health
        assert (shown.colour, shown.shape, shown.row) == (Colour.RED, Shape.CROSS, 1)
        for _ in range(3):
            assert failed.acquire(timeout=60)
        since = audience.heard.index(
            next(it for it in audience.heard if it.health.reason is Reason.OWN_FAULT)
        )
        assert {it.health.colour for it in audience.heard[since:]} == {Colour.RED}
        assert caplog.text.count("Traceback") == 1
        broken.clear()
        audience.until(lambda snapshot: snapshot.health.colour is Colour.GREEN)
        broken.set()
        worker.check()
        audience.until(lambda snapshot: snapshot.health.reason is Reason.OWN_FAULT)
    assert caplog.text.count("Traceback") == 2


def test_an_error_while_a_snapshot_is_made_is_red_and_the_thread_goes_on(
    profile: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    """The last events could not be read: that was outside of every boundary."""
    engine = profile.engine(now)
    broken = threading.Event()
    broken.set()
    real = engine.recent_events

    def recent_events(number: int) -> object:
        if broken.is_set():
            raise ZeroDivisionError
        return real(number)

    engine.recent_events = recent_events  # type: ignore[method-assign,assignment]
    audience = Audience()
    with working(lambda: engine, audience):
        assert audience.until_idle() == FAILED
        broken.clear()
        audience.until(lambda snapshot: snapshot.health.colour is Colour.GREEN)
    assert "ZeroDivisionError" in caplog.text


def test_a_snapshot_that_cannot_be_shown_is_shown_as_an_internal_error(
    profile: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    """Not as what the icon happened to show before; and the click is answered."""
    audience = Audience()

    def publish(snapshot: Snapshot) -> None:
        if snapshot.health.colour is Colour.GREEN:
            raise ZeroDivisionError
        audience(snapshot)

    worker = OneProfile(lambda: profile.engine(now), publish, pace=QUICK)
    worker.start()
    try:
        assert audience.until_idle() == FAILED
        worker.check()
        audience.until(lambda snapshot: snapshot == replace(FAILED, asked=UserRequest.CHECK))
    finally:
        worker.stop()
    assert caplog.text.count("Traceback") == 1


def test_an_engine_that_cannot_be_opened_is_shown_and_tried_again(
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


def test_a_config_that_cannot_be_used_is_red_until_it_is_corrected(
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


def test_it_ends_within_its_timeout_while_webex_hangs(profile: Profile, webex: Sandbox) -> None:
    release = threading.Event()
    webex.faults.next(Kind.DATA_SOURCES, Fault.held(release))
    worker = OneProfile(lambda: profile.engine(now), lambda _: None, pace=QUICK)
    worker.start()
    webex.wait_for_request(lambda seen: seen.kind is Kind.DATA_SOURCES, timedelta(seconds=5))
    begun = time.monotonic()
    worker.stop(timeout=0.2)
    took = time.monotonic() - begun
    release.set()
    assert 0.2 <= took < 8


def test_a_renewal_under_way_is_waited_for_at_the_end(profile: Profile, webex: Sandbox) -> None:
    """Webex may have rotated the refresh token already, and only its answer has the new one."""
    webex.policy = RefreshPolicy.ROTATED
    before = profile.env_access()
    release = threading.Event()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.held(release))
    worker = OneProfile(lambda: profile.engine(now), lambda _: None, pace=QUICK)
    worker.start()
    worker.refresh()
    webex.wait_for_request(lambda seen: seen.kind is Kind.SERVICE_REFRESH, timedelta(seconds=5))
    threading.Timer(0.5, release.set).start()
    worker.stop(timeout=0.1)
    assert profile.env_access() != before
    assert webex.reuses == 0


def test_a_listener_that_fails_does_not_stop_renewals(profile: Profile, webex: Sandbox) -> None:
    webex.revoke_service_access()

    def fail(_: Snapshot) -> None:
        raise BrokenPipeError

    worker = OneProfile(lambda: profile.engine(now), fail, pace=QUICK)
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


def test_polls_go_on_by_themselves(profile: Profile, webex: Sandbox) -> None:
    audience = Audience()
    with working(polling(profile), audience):
        for _ in range(3):
            audience.until(lambda snapshot: snapshot.activity is Activity.CHECKING)
            audience.until_idle()
    assert len(webex.requests) >= 3


def test_an_ignored_key_of_the_config_is_reported_once(profile: Profile, webex: Sandbox) -> None:
    """`pollSecond` was taken for nothing, in silence; also if an edit has brought it."""
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        profile.write_config(lambda config: config.setdefault("tray", {}).update(pollSecond=60))
        heard = audience.until(lambda snapshot: bool(snapshot.notices))
        said = "tray.pollSecond is not known and is ignored; is tray.pollSeconds meant?"
        assert heard.notices[0] == f"token-config.json: {said}"
        profile.write_config(
            lambda config: config.setdefault("tray", {}).update(pollSecond=60, pollSeconds=60)
        )
        worker.check()
        audience.until(lambda snapshot: snapshot.asked is UserRequest.CHECK)
    assert sum(said in sentence for it in audience.heard for sentence in it.notices) == 1


@pytest.mark.process
def test_a_command_s_notices_are_delivered_though_no_check_is_due(
    profile: Profile, webex: Sandbox
) -> None:
    """It ends when it ends; the next check may be five minutes away."""

    def change(config: dict[str, Any]) -> None:
        config["tray"]["onTokenChange"] = ["sh", "-c", "sleep 0.5; exit 1"]

    profile.write_config(change)
    profile.config_path.chmod(0o600)
    webex.revoke_service_access()
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        told = audience.until(lambda snapshot: "onTokenChange failed" in "".join(snapshot.notices))
    assert told.health.colour is Colour.GREEN
    assert (
        len([snapshot for snapshot in audience.heard if "onTok" in "".join(snapshot.notices)]) == 1
    )
