"""The icon says what is so: states in which it would be easy to say something else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.profile import Profile
from tests.service.conftest import Start
from tests.service.test_env_drift import held_pair
from tray_app.model.errors import EnvFileError
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.service.engine import Engine
from tray_app.storage.output_file import OutputFile


def test_an_old_dead_token_in_env_is_probed_though_ours_is_dead_too(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    engine.poll()
    older = profile.env_path.read_bytes()
    engine.refresh(by_hand=True)
    webex.revoke_all()
    engine.poll()
    profile.env_path.write_bytes(older)
    assert engine.poll().row <= 4
    profile.pasted = webex.issue_personal_token()
    profile.write_config()
    engine.poll()
    assert engine.renewal_due()
    assert engine.refresh(by_hand=False).row in (8, 11)
    assert engine.last_method is RenewalMethod.MINT_PASTED


def test_an_old_refresh_token_beside_a_new_access_token_does_not_displace_the_newer(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    webex.policy = RefreshPolicy.ROTATED
    engine.poll()
    old = profile.env_refresh()
    engine.refresh(by_hand=True)
    newer = profile.env_refresh()
    profile.write_env(webex.issue_service_pair().access, old)
    engine.poll()
    assert held_pair(profile)["refresh"] == newer
    webex.revoke(profile.env_access() or "")
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN
    assert webex.reuses == 0


def test_a_long_wait_that_webex_asked_for_does_not_keep_a_dead_token_amber(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    webex.revoke_service_access()
    engine.poll()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.rate_limited("3600"))
    assert engine.refresh().colour is Colour.AMBER
    clock.advance(timedelta(seconds=61))
    health = engine.judge()
    assert (health.colour, health.row) == (Colour.RED, 2)


def test_a_token_that_dies_while_webex_wants_us_to_wait_turns_red_after_a_minute(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    engine.poll()
    engine.refresh(by_hand=True)  # from now on its end is known
    webex.faults.next(Kind.DATA_SOURCES, Fault.rate_limited("3600"))
    clock.advance(timedelta(days=14, seconds=-30))
    engine.poll()
    clock.advance(timedelta(minutes=3))
    engine.poll()
    assert engine.judge().colour is Colour.AMBER
    clock.advance(timedelta(seconds=61))
    assert engine.judge().colour is Colour.RED


def test_a_mint_that_works_again_ends_the_word_of_a_missing_right(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    engine.poll()
    webex.deauthorize_app()
    engine.poll()
    assert engine.refresh().reason is Reason.FORBIDDEN
    webex.reauthorize_app()
    assert engine.refresh(by_hand=True).colour is Colour.GREEN


def test_looking_at_env_does_not_make_it_writable(
    engine: Engine, webex: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.poll()

    def refuse(*_: object) -> None:
        raise EnvFileError(".env cannot be written: on purpose")

    monkeypatch.setattr(OutputFile, "write", refuse)
    webex.revoke_service_access()
    engine.poll()
    assert engine.refresh().reason is Reason.ENV_FAULT
    assert engine.reload().reason is Reason.ENV_FAULT
    assert engine.poll().reason is Reason.ENV_FAULT
    assert not engine.renewal_due()
    monkeypatch.undo()
    assert engine.poll().colour is Colour.GREEN


def test_a_clock_that_is_set_back_does_not_put_a_renewal_off(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    webex.revoke_service_access()
    engine.poll()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable())
    engine.refresh()
    assert not engine.renewal_due()
    clock.advance(timedelta(days=-1))
    assert engine.renewal_due()


def test_an_old_failed_click_says_nothing_of_the_next_death(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    engine.poll()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable())
    assert engine.refresh(by_hand=True).renewing.failures == 1
    clock.advance(timedelta(days=3))
    assert engine.poll().renewing.failures == 0
    webex.revoke_service_access()
    engine.poll()
    clock.advance(timedelta(seconds=30))
    assert engine.judge().reason is Reason.RENEWING


def test_a_token_gone_from_env_is_put_back_even_while_webex_wants_us_to_wait(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    engine.poll()
    ours = profile.env_access()
    webex.faults.next(Kind.DATA_SOURCES, Fault.rate_limited("600"))
    engine.poll()
    asked = len(webex.requests)
    profile.env_path.unlink()
    assert engine.poll().unanswered is TransportFailure.THROTTLED
    assert profile.env_access() == ours
    assert len(webex.requests) == asked


def test_what_is_put_back_is_the_newest_that_any_process_has_saved(
    start: Start, profile: Profile
) -> None:
    first, second = start(), start()
    first.poll()
    second.poll()
    second.refresh(by_hand=True)
    newest = profile.env_access()
    profile.env_path.unlink()
    first.poll()
    assert profile.env_access() == newest


def test_a_check_in_which_webex_is_not_asked_is_no_check(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """Each said "Checked" with its own time, though no request had gone out."""
    asked_at = engine.poll().checked_at
    clock.advance(timedelta(minutes=5))
    webex.faults.next(Kind.DATA_SOURCES, Fault.rate_limited("3600"))
    throttled = engine.poll()
    assert (throttled.checked_at, throttled.waits_until) == (clock(), None)
    assert throttled.checked_at != asked_at
    count, paused_until = len(webex.requests), clock() + timedelta(hours=1)
    clock.advance(timedelta(minutes=5))
    waits = engine.poll()
    assert len(webex.requests) == count
    assert waits.checked_at == throttled.checked_at
    assert waits.waits_until == paused_until
    profile.env_path.unlink()
    profile.env_path.mkdir()
    clock.advance(timedelta(hours=1))
    assert engine.poll().checked_at == throttled.checked_at
    profile.env_path.rmdir()
    profile.write_env(webex.issue_service_pair().access)
    again = engine.poll()
    assert (again.checked_at, again.waits_until) == (clock(), None)


def test_who_starts_while_webex_wants_us_to_wait_has_checked_nothing(
    start: Start, engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """Another process: it knows of the wait by the database."""
    webex.faults.next(Kind.DATA_SOURCES, Fault.rate_limited("3600"))
    engine.poll()
    health = start().poll()
    assert health.checked_at is None
    assert health.waits_until == clock() + timedelta(hours=1)
    assert health.reason is Reason.CANNOT_CHECK
