"""A token for somebody who is about to use it: when Webex is asked, when it is renewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.policy.freshness import Shortfall
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine
from tray_app.service.freshness import FreshToken, ensure_fresh

TEN = timedelta(minutes=10)
DAY = timedelta(days=1)


def without_end(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "expires_in"}


def asked_for(engine: Engine, clock: ManualClock, least: timedelta = TEN) -> FreshToken:
    return ensure_fresh(engine, least, clock)


def renewals(webex: Sandbox) -> int:
    return len([seen for seen in webex.requests if seen.kind is Kind.SERVICE_REFRESH])


def test_a_token_whose_end_is_told_is_not_renewed_before_it_is_near(
    engine: Engine, clock: ManualClock, webex: Sandbox, profile: Profile
) -> None:
    """`run` is no reason to renew: what is asked for is there."""
    engine.refresh(by_hand=True)
    clock.advance(13 * DAY)
    found = asked_for(engine, clock)
    assert (found.shortfall, found.said) == (None, "")
    assert found.token is not None
    assert found.token.reveal() == profile.env_access()
    assert renewals(webex) == 1


def test_a_token_that_ends_too_soon_is_renewed(
    engine: Engine, clock: ManualClock, webex: Sandbox
) -> None:
    engine.refresh(by_hand=True)
    clock.advance(14 * DAY - timedelta(minutes=5))
    found = asked_for(engine, clock)
    assert found.shortfall is None
    assert found.health.until == clock() + 14 * DAY
    assert renewals(webex) == 2


def test_one_that_ends_too_soon_and_cannot_be_renewed_is_given_all_the_same(
    engine: Engine, clock: ManualClock, webex: Sandbox
) -> None:
    engine.refresh(by_hand=True)
    clock.advance(14 * DAY - timedelta(minutes=5))
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable())
    found = asked_for(engine, clock)
    assert found.token is not None
    assert found.shortfall is Shortfall.TOO_SHORT
    assert "not renewed, Webex answered with an error" in found.said


def test_a_failed_renewal_ahead_of_time_is_not_tried_with_every_call(
    engine: Engine, clock: ManualClock, webex: Sandbox
) -> None:
    engine.refresh(by_hand=True)
    clock.advance(14 * DAY - timedelta(minutes=5))
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable(), times=None)
    for _ in range(3):
        assert asked_for(engine, clock).shortfall is Shortfall.TOO_SHORT
    assert renewals(webex) == 2


def test_a_server_that_moves_nothing_is_not_asked_with_every_call(
    engine: Engine, start: Start, clock: ManualClock, webex: Sandbox
) -> None:
    """Webex does so for a day after a renewal; each `run` is a process of its own."""
    webex.switches = replace(webex.switches, unchanged_within_a_day=True)
    engine.refresh(by_hand=True)
    clock.advance(timedelta(hours=2))
    for _ in range(3):
        assert (
            asked_for(start(), clock, 14 * DAY - timedelta(hours=1)).shortfall
            is Shortfall.TOO_SHORT
        )
    assert renewals(webex) == 2


def test_an_answer_that_tells_no_end_is_not_asked_for_with_every_call(
    start: Start, clock: ManualClock, webex: Sandbox
) -> None:
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.edited(without_end), times=None)
    for _ in range(3):
        found = asked_for(start(), clock)
        assert found.shortfall is Shortfall.END_NOT_KNOWN
        assert found.token is not None
    assert renewals(webex) == 1


def test_a_dead_token_is_none_and_the_sentence_has_the_next_step(
    engine: Engine, clock: ManualClock, webex: Sandbox
) -> None:
    webex.revoke_all()
    found = asked_for(engine, clock)
    assert found.token is None
    assert found.shortfall is Shortfall.DEAD
    assert "Sign in through the browser" in found.said


def test_a_dead_token_is_renewed_although_a_renewal_has_just_failed(
    engine: Engine, clock: ManualClock, webex: Sandbox
) -> None:
    """Whoever asks needs it now; the icon may take its time."""
    webex.revoke_service_access()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable())
    assert asked_for(engine, clock).token is None
    assert asked_for(engine, clock).shortfall is None


def test_offline_what_is_not_known_to_be_dead_is_given(
    engine: Engine, clock: ManualClock, webex: Sandbox, profile: Profile
) -> None:
    webex.go_down()
    found = asked_for(engine, clock)
    assert found.shortfall is Shortfall.UNCONFIRMED
    assert found.token is not None
    assert found.token.reveal() == profile.env_access()
    assert renewals(webex) == 0


def test_at_hand_is_what_was_checked_within_a_poll_and_lives_long_enough(
    engine: Engine, clock: ManualClock, webex: Sandbox, profile: Profile
) -> None:
    assert engine.cached_token(TEN) is None  # never checked
    engine.refresh(by_hand=True)
    asked = len(webex.requests)
    at_hand = engine.cached_token(TEN)
    assert at_hand is not None
    assert at_hand.reveal() == profile.env_access()
    assert engine.cached_token(15 * DAY) is None
    clock.advance(timedelta(minutes=5))
    assert engine.cached_token(TEN) is None
    assert len(webex.requests) == asked


def test_at_hand_is_nothing_that_somebody_else_wrote_or_that_cannot_be_read(
    engine: Engine, profile: Profile, webex: Sandbox
) -> None:
    engine.refresh(by_hand=True)
    ours = profile.env_access()
    assert ours is not None
    profile.write_env(webex.issue_service_pair().access)
    assert engine.cached_token(TEN) is None
    profile.env_path.unlink()
    assert engine.cached_token(TEN) is None
    profile.env_path.mkdir()
    assert engine.cached_token(TEN) is None


def test_at_hand_is_nothing_that_webex_has_rejected_since(
    engine: Engine, profile: Profile, webex: Sandbox
) -> None:
    engine.refresh(by_hand=True)
    webex.revoke_all()
    engine.poll()
    assert engine.cached_token(TEN) is None
