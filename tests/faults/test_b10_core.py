"""B10: health, ladder and schedule, held against generated facts: 10,000 a rule in the long run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.faults.conftest import Measure
from tests.faults.table import Bar, rounds
from tests.policy import strategies
from tests.policy.judging import LOOKS, judge
from tests.policy.samples import DAY, NOW, often
from tests.policy.situations import SITUATIONS
from tests.policy.test_health_rules import BADNESS, WORSENINGS, Worsening
from tests.policy.test_renewal import World, ages, held, refused, remembered
from tray_app.model.credentials import Credentials
from tray_app.model.failures import Refusal
from tray_app.model.health import Observations, Reason
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.model.settings import Timing
from tray_app.model.signs import Colour
from tray_app.policy.renewal import availabilities, next_method, token_for
from tray_app.policy.schedule import (
    after_unchanged,
    back_off,
    capped_retry_after,
    next_check,
    offline_retry,
    slept_or_clock_changed,
)
from tray_app.text import health as health_text
from tray_app.text import menu

BAR = Bar("B10", "pure core", least=rounds(12, 18))

EXAMPLES = rounds(50, 10_000)
WITHOUT_FACTS = {Reason.OWN_FAULT, Reason.NOT_SET_UP}
"""The worker's own verdicts: `evaluate` never gives them."""

Hold = Callable[..., None]


@pytest.fixture
def hold(figure: Measure) -> Hold:
    """Hold a rule against generated arguments: the rule, then a strategy for each."""

    def held_against(rule: Callable[..., None], **arguments: st.SearchStrategy[object]) -> None:
        count = 0

        @settings(
            often,
            max_examples=EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.fixed_dictionaries(arguments))
        def once(values: dict[str, object]) -> None:
            nonlocal count
            rule(**values)
            count += 1

        once()
        figure("examples a rule", count)
        assert count >= EXAMPLES

    return held_against


# --- health ---------------------------------------------------------------------------------------


def test_any_facts_have_a_verdict_with_words_and_a_step(hold: Hold) -> None:
    """Total: a row, its colour and shape, somebody, a headline; a step unless all is well."""

    def rule(facts: Observations) -> None:
        health = judge(facts)
        assert (health.colour, health.shape) == LOOKS[health.row]
        assert health_text.headline(health, NOW)
        assert len(menu.tooltip(health, NOW)) <= menu.TOOLTIP_LIMIT
        is_well = health.colour is Colour.GREEN
        assert (health.who is None, health_text.next_step(health, NOW) == "") == (is_well, is_well)

    hold(rule, facts=strategies.facts)


def test_the_same_facts_have_the_same_verdict(hold: Hold) -> None:
    """Deterministic: also where the same is told in another order."""

    def rule(facts: Observations) -> None:
        other = replace(
            facts,
            availabilities=dict(list(facts.availabilities.items())[::-1]),
            lifespans=dict(list(facts.lifespans.items())[::-1]),
        )
        assert judge(other) == judge(facts) == judge(facts)

    hold(rule, facts=strategies.facts)


def test_every_row_and_every_reason_is_reached(hold: Hold, figure: Measure) -> None:
    """By the generated facts, or, the rarest ones, by the written situations."""
    rows, reasons = set(), set()

    def rule(facts: Observations) -> None:
        health = judge(facts)
        rows.add(health.row)
        reasons.add(health.reason)

    hold(rule, facts=strategies.facts)
    figure("rows generated", len(rows))
    figure("reasons generated", len(reasons))
    for situation in SITUATIONS:
        rule(situation.facts)
    assert rows == set(LOOKS)
    assert reasons == set(Reason) - WITHOUT_FACTS


def test_a_worse_fact_never_gives_a_better_colour(hold: Hold) -> None:
    """Monotone in every single fact."""

    def rule(facts: Observations, worsen: Worsening, data: st.DataObject) -> None:
        assume(facts.confirmed_at is None or facts.confirmed_at <= NOW)
        worse = worsen(facts, data)
        assert BADNESS.index(judge(worse).colour) >= BADNESS.index(judge(facts).colour)

    worsenings = st.sampled_from(list(WORSENINGS.values()))
    hold(rule, facts=strategies.facts, worsen=worsenings, data=st.data())


def test_time_alone_never_gives_a_better_colour(hold: Hold) -> None:
    """While nothing new is heard, things can only look worse."""

    def rule(facts: Observations, span: timedelta) -> None:
        assume(facts.confirmed_at is None or facts.confirmed_at <= NOW)
        later = judge(facts, NOW + span)
        assert BADNESS.index(later.colour) >= BADNESS.index(judge(facts).colour)

    hold(rule, facts=strategies.facts, span=strategies.spans)


# --- ladder ---------------------------------------------------------------------------------------

credentials = held | held.map(lambda creds: replace(creds, locked=True))
steps = st.frozensets(
    st.tuples(st.sampled_from(RenewalMethod), st.just("another token")), max_size=3
)


def test_the_next_rung_is_the_first_that_could_act(hold: Hold) -> None:
    """Total and deterministic; it has a token to present, and a locked keyring closes all."""

    def rule(
        creds: Credentials,
        before: list[tuple[RenewalMethod, Refusal]],
        age: timedelta,
        tried: frozenset[tuple[RenewalMethod, str]],
    ) -> None:
        refusals = refused(*before, creds=creds, at=NOW - age)
        found = availabilities(creds, refusals, NOW, tried=tried)
        assert found == availabilities(creds, dict(list(refusals.items())[::-1]), NOW, tried=tried)
        assert list(found) == list(RenewalMethod)
        ready = [method for method, standing in found.items() if standing is Availability.READY]
        assert next_method(creds, refusals, NOW, tried=tried) is (ready[0] if ready else None)
        assert all(token_for(method, creds) is not None for method in ready)
        assert not (ready and creds.locked)

    hold(rule, creds=credentials, before=remembered, age=ages, tried=steps)


def test_one_more_refusal_never_opens_a_rung(hold: Hold) -> None:
    """Monotone in what is remembered."""

    def rule(
        creds: Credentials,
        before: list[tuple[RenewalMethod, Refusal]],
        more: tuple[RenewalMethod, Refusal],
    ) -> None:
        def ready(*refusals: tuple[RenewalMethod, Refusal]) -> set[RenewalMethod]:
            found = availabilities(creds, refused(*refusals, creds=creds), NOW)
            return {method for method, standing in found.items() if standing is Availability.READY}

        assert ready(*before, more) <= ready(*before)

    more = st.tuples(st.sampled_from(RenewalMethod), st.sampled_from(Refusal))
    hold(rule, creds=credentials, before=remembered, more=more)


def test_every_climb_ends(hold: Hold) -> None:
    """In six steps at most, no token twice on a rung, whatever Webex answers."""

    def rule(
        creds: Credentials,
        before: list[tuple[RenewalMethod, Refusal]],
        age: timedelta,
        data: st.DataObject,
    ) -> None:
        world = World(creds, refused(*before, creds=creds, at=NOW - age), data)
        world.climb()
        assert len(set(world.steps)) == len(world.steps) <= 6

    hold(rule, creds=held, before=remembered, age=ages, data=st.data())


# --- schedule -------------------------------------------------------------------------------------

numbers = st.floats(0.01, 100_000)
paces = st.just(Timing()) | st.builds(
    lambda gap, retry, factor, cap: Timing(
        gap=gap, first_retry=retry, longest_retry=retry * factor, longest_retry_after=cap
    ),
    gap=numbers,
    retry=numbers,
    factor=st.floats(1, 1000),
    cap=numbers,
)
rolls = st.floats(0, 1, exclude_max=True)
failures = st.integers(0, 10**6)


def test_the_next_check_is_within_its_bounds(hold: Hold) -> None:
    """Never in the past, never in a storm, never before Retry-After, never later than interval,
    back-off and Retry-After say."""

    def rule(
        poll: float,
        *,
        failed: int,
        offline: bool,
        not_before: datetime | None,
        points: list[datetime],
        jitter: float,
        timing: Timing,
    ) -> None:
        def due(*turning_points: datetime) -> float:
            found = next_check(
                NOW,
                poll_seconds=poll,
                failures=failed,
                is_offline=offline,
                not_before=not_before,
                turning_points=turning_points,
                jitter=jitter,
                timing=timing,
            )
            return (found - NOW).total_seconds()

        asked = (not_before - NOW).total_seconds() if not_before else 0.0
        seconds = due(*points)
        usual = back_off(failed, jitter, timing, at_least=poll) if failed else poll * 1.05
        if failed and offline:
            usual = offline_retry(jitter, timing)
        assert seconds > 0
        assert asked <= seconds <= max(asked, usual) + 1e-6
        assert seconds >= min(timing.gap, poll, 0.95 * poll if not failed else usual) - 1e-6
        assert seconds <= due() == due()

    hold(
        rule,
        poll=numbers,
        failed=failures,
        offline=st.booleans(),
        not_before=st.none() | strategies.moments,
        points=st.lists(strategies.moments, max_size=3),
        jitter=rolls,
        timing=paces,
    )


def test_backing_off_grows_up_to_its_bound(hold: Hold) -> None:
    """Monotone in the failures, whatever the pace."""

    def rule(failed: int, jitter: float, timing: Timing) -> None:
        seconds = back_off(failed + 1, jitter, timing)
        assert timing.first_retry / 2 <= seconds <= timing.longest_retry
        assert seconds <= back_off(failed + 2, jitter, timing)

    hold(rule, failed=failures, jitter=rolls, timing=paces)


def test_patience_and_the_wait_after_an_unchanged_token_are_bounded(hold: Hold) -> None:
    """Neither can stop the program for good, nor make it ask at once."""

    def rule(
        retry_after: float, more: float, ends: datetime, span: timedelta, timing: Timing
    ) -> None:
        asked = capped_retry_after(retry_after, timing)
        assert (
            0
            <= asked
            <= capped_retry_after(retry_after + more, timing)
            <= timing.longest_retry_after
        )
        again = after_unchanged(NOW, ends, timing)
        assert again - NOW >= timedelta(seconds=timing.gap)
        assert again - NOW <= max(DAY, timedelta(seconds=timing.gap))
        assert again <= after_unchanged(NOW, ends + span, timing)

    hold(
        rule,
        retry_after=st.floats(0, 1e12),
        more=numbers,
        ends=strategies.moments,
        span=strategies.spans,
        timing=paces,
    )


def test_waking_is_seen_and_a_good_nap_is_not(hold: Hold) -> None:
    """A clock that agrees with the nap wakes nobody; one that moved by more than it may, does."""

    def rule(short_snooze: float, late: float, slept: float, sign: int) -> None:
        assert not slept_or_clock_changed(short_snooze * (1 + late), short_snooze, sign * 2 * late)
        assert slept_or_clock_changed(short_snooze * 1.5 + 1.01 + slept, short_snooze, 0.0)
        assert slept_or_clock_changed(short_snooze, short_snooze, sign * (2.01 + slept))

    hold(
        rule,
        short_snooze=st.floats(0, 3600),
        late=st.floats(0, 0.5),
        slept=st.floats(0, 1e9),
        sign=st.sampled_from([-1, 1]),
    )
