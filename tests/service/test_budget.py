"""Many profiles of one client id: their checks take turns, and nobody is called stale for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.profile import Profile
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Reason
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine
from tray_app.storage.token_facts import TokenFacts
from tray_app.webex.rate_limit import RateLimiter

MINUTE = timedelta(minutes=1)

Open = Callable[[RateLimiter], Engine]


@pytest.fixture
def opened(profile: Profile, clock: ManualClock) -> Iterator[Open]:
    with ExitStack() as stack:

        def engine(rate_limiter: RateLimiter) -> Engine:
            made = Engine(replace(profile.tools(clock), rate_limiter=rate_limiter))
            stack.callback(made.close)
            return made

        yield engine


def budget_of(profile: Profile, others: int) -> RateLimiter:
    """One that so many other profiles of the same client id share."""
    rate_limiter = RateLimiter(clock=lambda: profile.webex.clock().timestamp())
    for _ in range(others):
        rate_limiter.join(profile.app.client_id)
    return rate_limiter


def test_a_check_is_put_off_until_its_turn(
    opened: Open, profile: Profile, clock: ManualClock, webex: Sandbox
) -> None:
    rate_limiter = budget_of(profile, 0)
    client_id = profile.app.client_id
    for _ in range(50):
        rate_limiter.take(client_id, rate_limiter.reserve(client_id))
    engine = opened(rate_limiter)
    assert not engine.may_check()
    assert engine.next_check == clock() + MINUTE * 41 / 40
    assert not engine.may_check(), "asking again gets no other turn"
    assert engine.next_check == clock() + MINUTE * 41 / 40
    clock.advance(MINUTE * 41 / 40)
    assert engine.next_check <= clock()
    assert engine.may_check()
    assert engine.poll().colour is Colour.GREEN
    wait = rate_limiter.wait(client_id, rate_limiter.reserve(client_id))
    assert wait == pytest.approx(1.5), "the turn was its own"


def test_a_check_that_waits_comes_earlier_if_webex_takes_more(
    opened: Open, profile: Profile, clock: ManualClock
) -> None:
    rate_limiter, client_id = budget_of(profile, 0), profile.app.client_id
    for _ in range(110):
        rate_limiter.take(client_id, rate_limiter.reserve(client_id))
    engine = opened(rate_limiter)
    assert not engine.may_check()
    before = engine.next_check
    assert before is not None
    shown = engine.judge().next_try_at
    for _ in range(50):
        rate_limiter.answered(client_id)
    assert engine.next_check is not None
    assert engine.next_check < before - MINUTE
    assert engine.judge().next_try_at == shown, "what is shown does not change each time"


def test_a_429_halves_the_budget_for_the_next_start_too(
    opened: Open, profile: Profile, clock: ManualClock, webex: Sandbox
) -> None:
    facts = TokenFacts(profile.folders.token_facts)
    client_id, seconds = profile.app.client_id, lambda: clock().timestamp()
    limiter = RateLimiter(clock=seconds, store=facts.budgets("webex"))
    webex.switches = replace(webex.switches, requests_per_minute=3)
    engine = opened(limiter)
    for _ in range(3):
        assert engine.poll().colour is Colour.GREEN
    assert limiter.budget(client_id).per_minute == 50
    found = engine.poll()
    assert found.waits_until is None
    assert found.unanswered is TransportFailure.THROTTLED
    assert limiter.budget(client_id).per_minute == 25
    asked = len(webex.requests)
    assert engine.poll().waits_until is not None
    assert len(webex.requests) == asked
    again = RateLimiter(clock=seconds, store=facts.budgets("webex"))
    assert again.budget(client_id).per_minute == 25
    other = RateLimiter(clock=seconds, store=facts.budgets("elsewhere"))
    assert other.budget(client_id).per_minute == 50
    facts.database.write("UPDATE budget SET per_minute = 'many'")
    assert facts.budgets("webex").load(client_id) is None
    facts.close()
    clock.advance(MINUTE)
    assert engine.poll().colour is Colour.GREEN


def test_with_a_thousand_each_is_checked_less_often(
    opened: Open, profile: Profile, clock: ManualClock
) -> None:
    """40 a minute: a round takes 25 minutes, and is no reason to call a token stale."""
    engine = opened(budget_of(profile, 999))
    engine.poll()
    assert engine.next_check is not None
    assert engine.next_check - clock() > 23 * MINUTE
    clock.advance(70 * MINUTE)
    assert engine.judge().colour is Colour.GREEN
    clock.advance(10 * MINUTE)
    assert engine.judge().reason is Reason.STALE


def test_a_profile_that_acts_for_another_client_id_changes_its_budget(
    opened: Open, profile: Profile, webex: Sandbox
) -> None:
    rate_limiter = budget_of(profile, 0)
    engine, former = opened(rate_limiter), profile.app.client_id
    assert (rate_limiter.min_interval(former), rate_limiter.min_interval("other-id")) == (1.5, 0)
    profile.write_config(lambda config: config["serviceApp"].update(clientId="other-id"))
    engine.poll()
    assert (rate_limiter.min_interval(former), rate_limiter.min_interval("other-id")) == (0, 1.5)


def test_what_a_renewal_asks_is_paid_for(opened: Open, profile: Profile, webex: Sandbox) -> None:
    """401, 401 again, the refresh, and the check of what it brought."""
    rate_limiter = budget_of(profile, 0)
    engine = opened(rate_limiter)
    webex.revoke_service_access()
    engine.poll()
    engine.refresh()
    assert engine.judge().colour is Colour.GREEN
    paid = len(webex.requests)
    assert paid >= 4
    client_id = profile.app.client_id
    turns = [rate_limiter.reserve(client_id) for _ in range(11 - paid)]
    took = [rate_limiter.take(client_id, turn) for turn in turns]
    assert took == [True] * (10 - paid) + [False]


def test_a_turn_that_came_while_webex_wanted_us_to_wait_is_not_kept(
    opened: Open, profile: Profile, clock: ManualClock, webex: Sandbox
) -> None:
    """Else all profiles would ask at the same moment when the wait is over."""
    rate_limiter = budget_of(profile, 0)
    engine = opened(rate_limiter)
    webex.faults.next(Kind.DATA_SOURCES, Fault.rate_limited(600))
    engine.poll()
    clock.advance(MINUTE)
    assert engine.may_check()
    asked = len(webex.requests)
    assert engine.poll().waits_until is not None
    assert len(webex.requests) == asked
    clock.advance(10 * MINUTE)
    for _ in range(50):
        rate_limiter.charge(profile.app.client_id)
    assert not engine.may_check()
