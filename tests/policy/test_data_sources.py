"""Which data sources are extended when, and which of them is worth a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy import strategies
from tests.policy.judging import LIMITS, judge
from tests.policy.samples import (
    CONTRADICTED,
    DAY,
    FRESH,
    HOUR,
    MINUTE,
    NEAR,
    NOW,
    STOPPED,
    TICK,
    but,
    often,
    source_until,
)
from tray_app.model.data_sources import (
    NO_CLAIMS,
    DataSource,
    Extension,
    ExtensionFailure,
    Problem,
    TopProblem,
    WatchedDataSource,
)
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.health import Link, LinkName, LinkState, Observations
from tray_app.model.signs import Colour
from tray_app.policy.data_sources import (
    chosen,
    due_at,
    longest_wait,
    next_due,
    problem_of,
    problems,
    watch,
)
from tray_app.policy.health_links import links

LONGEST = timedelta(seconds=1800)
REFUSED = ExtensionFailure(1, NOW, refusal=Refusal.FORBIDDEN)
UNANSWERED = ExtensionFailure(1, NOW, failure=TransportFailure.DNS)


def lasting(life: timedelta, source_id: str = "an-id") -> DataSource:
    """One whose token has just begun a life of this length."""
    return DataSource(source_id, ends=NOW + life, lifetime=life)


def lead(life: timedelta, source_id: str = "an-id") -> timedelta:
    due = due_at(lasting(life, source_id), LIMITS)
    assert due is not None
    return NOW + life - due


# --- when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("life", "least"),
    [
        (DAY, 6 * HOUR),
        (2 * HOUR, 30 * MINUTE),
        (40 * MINUTE, 10 * MINUTE),
        (30 * MINUTE, 10 * MINUTE),
        (20 * MINUTE, 10 * MINUTE),
        (6 * MINUTE, 3 * MINUTE),
    ],
)
def test_one_is_extended_a_quarter_of_its_life_ahead_or_ten_minutes(
    life: timedelta, least: timedelta
) -> None:
    """Of a short life half; and up to half of that earlier."""
    for number in range(50):
        assert least <= lead(life, f"id-{number}") < 1.5 * least


def test_what_was_registered_together_does_not_fall_due_together() -> None:
    """Each has its own share, and keeps it."""
    leads = [lead(DAY, f"id-{number}") for number in range(100)]
    assert max(leads) - min(leads) > 2.5 * HOUR
    assert len({at // (10 * MINUTE) for at in leads}) > 15
    assert leads == [lead(DAY, f"id-{number}") for number in range(100)]


def test_where_the_end_is_not_told_nothing_is_due() -> None:
    """And where the length is not, ten minutes ahead will do."""
    assert due_at(DataSource("an-id"), LIMITS) is None
    due = due_at(DataSource("an-id", ends=NOW), LIMITS)
    assert due is not None
    assert 10 * MINUTE <= NOW - due < 15 * MINUTE


@often
@given(strategies.spans, st.text(min_size=1))
def test_a_fresh_token_is_never_due_at_once(life: timedelta, source_id: str) -> None:
    """However short its life: no loop, and a quarter of it is left untouched."""
    assert lead(life, source_id) <= 0.75 * life + TICK


def test_after_a_failure_it_is_tried_again_later() -> None:
    """Never before its time, either; and a wait from before the clock was set back is none."""
    due = due_at(FRESH, LIMITS)
    assert due is not None

    def after(failing: ExtensionFailure | None, now: datetime = due) -> datetime | None:
        return next_due(FRESH, failing, now, LIMITS, LONGEST)

    assert after(None) == due
    assert after(replace(UNANSWERED, again_at=due + LONGEST)) == due + LONGEST
    assert after(replace(UNANSWERED, again_at=due + LONGEST + TICK)) == due
    assert after(replace(UNANSWERED, again_at=due - HOUR)) == due


@pytest.mark.parametrize(
    ("left", "wait"),
    [
        (6 * HOUR, 30 * MINUTE),
        (5 * HOUR, 30 * MINUTE),
        (HOUR, 6 * MINUTE),
        (timedelta(0), timedelta(0)),
        (-HOUR, timedelta(0)),
    ],
)
def test_the_less_is_left_the_sooner_it_is_tried_again(left: timedelta, wait: timedelta) -> None:
    """With hours to go, half an hour; beyond the end as often as the pace allows."""
    assert longest_wait(lasting(left), NOW) == wait
    assert longest_wait(DataSource("an-id"), NOW) == longest_wait(None, NOW) == 30 * MINUTE


def test_a_disabled_one_is_never_due() -> None:
    """Nor one whose end nobody knows."""
    disabled = replace(STOPPED, status="disabled")
    assert next_due(disabled, None, NOW, LIMITS, LONGEST) is None
    assert next_due(source_until(None), UNANSWERED, NOW, LIMITS, LONGEST) is None


# --- which one is meant ---------------------------------------------------------------------------


MEANT = (
    WatchedDataSource(DataSource("abc"), "orders"),
    WatchedDataSource(DataSource("abcd"), "calls"),
    WatchedDataSource(DataSource("xyz"), "abc-named"),
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("abc", ["abc"]),
        ("ab", ["abc", "abcd"]),
        ("abcd", ["abcd"]),
        ("calls", ["abcd"]),
        ("abc-named", ["xyz"]),
        ("call", []),
        ("", []),
        ("z", []),
    ],
)
def test_a_person_names_one_by_id_by_name_or_by_the_beginning_of_its_id(
    text: str, ids: list[str]
) -> None:
    """What fits exactly is meant, whatever else begins so; nothing means none."""
    assert [each.source.id for each in chosen(text, MEANT)] == ids


# --- watching -------------------------------------------------------------------------------------


def watched(source: DataSource, **facts: Any) -> WatchedDataSource:
    found = watch(but(sources=(source,), **facts), NOW, LIMITS)
    assert found is not None
    return found[0]


def until(left: timedelta, length: timedelta = DAY) -> WatchedDataSource:
    ends = NOW + left
    claims = replace(FRESH.claims, began=ends - length, ends=ends)
    return watched(replace(FRESH, ends=ends, claims=claims))


@pytest.mark.parametrize(("past", "ended"), [(MINUTE, False), (MINUTE + TICK, True)])
def test_a_data_source_has_ended_a_minute_past_its_end(past: timedelta, ended: bool) -> None:
    """The skew is granted in full, as for the token in `.env`."""
    assert until(-past).ended is ended
    assert until(-past).near


@pytest.mark.parametrize(
    ("length", "within"), [(DAY, 45 * MINUTE), (3 * HOUR, 45 * MINUTE), (HOUR, 15 * MINUTE)]
)
def test_it_is_near_its_end_for_45_minutes_or_a_quarter_of_its_life(
    length: timedelta, within: timedelta
) -> None:
    """The shorter of the two, to the tick."""
    assert until(within, length).near
    assert not until(within + TICK, length).near


def test_near_its_end_without_a_known_length() -> None:
    """45 minutes; and without an end never."""
    bare = DataSource("an-id", ends=NOW + 45 * MINUTE)
    assert watched(bare).near
    assert not watched(replace(bare, ends=NOW + 45 * MINUTE + TICK)).near
    assert watched(replace(bare, ends=None)) == WatchedDataSource(DataSource("an-id"), "an-id")


def test_what_is_kept_and_not_listed_is_watched_as_gone() -> None:
    """After the listed ones, in the order of their ids."""
    found = watch(
        but(sources=(FRESH,), kept=frozenset({"b" * 9, "a" * 9, FRESH.id}), keeping={"x": REFUSED}),
        NOW,
        LIMITS,
    )
    assert found == (
        WatchedDataSource(FRESH, "byods.example.com/orders", kept=True),
        WatchedDataSource(DataSource("a" * 9), "a" * 8, kept=True, gone=True),
        WatchedDataSource(DataSource("b" * 9), "b" * 8, kept=True, gone=True),
    )


def test_nothing_is_watched_before_webex_has_listed_any() -> None:
    """Which is not known to be gone."""
    assert watch(but(kept=frozenset({"an-id"})), NOW, LIMITS) is None
    assert judge(but(kept=frozenset({"an-id"}))).sources is None


# --- what is wrong --------------------------------------------------------------------------------

ENDED = WatchedDataSource(STOPPED, "calls", ended=True, near=True)
CLOSE = WatchedDataSource(NEAR, "orders", near=True)
GOOD = WatchedDataSource(FRESH, "orders")


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (GOOD, None),
        (replace(GOOD, kept=True), None),
        (replace(GOOD, kept=True, failing=UNANSWERED), None),
        (replace(GOOD, failing=REFUSED), None),
        (replace(GOOD, mismatch="other"), Problem.MISMATCH),
        (replace(GOOD, kept=True, failing=REFUSED), Problem.FAILING),
        (replace(GOOD, kept=True, failing=replace(REFUSED, refusal=None)), Problem.FAILING),
        (replace(GOOD, kept=True, failing=replace(REFUSED, refusal=Refusal.REJECTED)), None),
        (
            replace(CLOSE, kept=True, failing=replace(REFUSED, refusal=Refusal.REJECTED)),
            Problem.FAILING,
        ),
        (replace(CLOSE, kept=True), None),
        (replace(CLOSE, kept=True, mismatch="other"), Problem.MISMATCH),
        (replace(CLOSE, kept=True, failing=UNANSWERED), Problem.FAILING),
        (CLOSE, Problem.ENDING),
        (replace(CLOSE, mismatch="other"), Problem.ENDING),
        (ENDED, Problem.ENDING),
        (replace(ENDED, kept=True), Problem.STOPPED),
        (replace(ENDED, kept=True, failing=REFUSED), Problem.STOPPED),
        (WatchedDataSource(source_until(None), "orders"), None),
        (WatchedDataSource(source_until(None), "orders", kept=True), Problem.FAILING),
        (WatchedDataSource(DataSource("gone"), "gone", kept=True, gone=True), Problem.GONE),
    ],
)
def test_each_is_known_by_the_worst_of_it(found: WatchedDataSource, what: Problem | None) -> None:
    """One trait, or none where all is well; a disabled one is silent."""
    assert problem_of(found) is what
    disabled = replace(found, source=replace(found.source, status="disabled"))
    assert problem_of(disabled) is None


def test_the_one_that_ends_first_is_named_and_the_others_counted() -> None:
    """By its id where two end together, and last where no end is known."""
    later = replace(CLOSE, source=replace(NEAR, id="later", ends=NOW + 40 * MINUTE))
    twin = replace(CLOSE, source=replace(NEAR, id="a-twin"))
    good = replace(GOOD, kept=True)
    assert problems((later, CLOSE, good, twin)) == {Problem.ENDING: TopProblem(twin, 2)}
    endless = WatchedDataSource(replace(source_until(None), id="a"), "endless", kept=True)
    refused = replace(good, failing=REFUSED)
    assert problems((endless, refused)) == {Problem.FAILING: TopProblem(refused, 1)}
    assert problems((endless, CLOSE)) == {
        Problem.FAILING: TopProblem(endless),
        Problem.ENDING: TopProblem(CLOSE),
    }
    assert problems(()) == problems(None) == {}


def test_a_data_source_that_is_kept_alive_is_green_on_its_last_day() -> None:
    """Extending it is the program's business; nobody's is amber."""
    assert judge(but(sources=(NEAR,), kept=frozenset({NEAR.id}))).colour is Colour.GREEN
    assert judge(but(sources=(NEAR,))).colour is Colour.AMBER
    assert judge(but(sources=(FRESH,))).colour is Colour.GREEN


def test_a_disabled_data_source_is_silent_whatever_else_is_so() -> None:
    """Dead, contradicted, kept, refused: somebody has switched it off."""
    off = replace(CONTRADICTED, status="disabled", ends=NOW - DAY)
    facts = but(sources=(off,), kept=frozenset({off.id}), keeping={off.id: REFUSED})
    assert judge(facts).colour is Colour.GREEN


def test_without_the_right_to_list_them_nothing_is_wrong_unless_one_is_kept() -> None:
    """A service app without data source scopes is no fault."""
    assert judge(but(under_scoped=True)).colour is Colour.GREEN
    assert judge(but(under_scoped=True, kept=frozenset({"an-id"}))).colour is Colour.AMBER
    assert judge(but(kept=frozenset({"an-id"}))).colour is Colour.GREEN


@pytest.mark.parametrize(
    ("more", "row"),
    [
        ({"sources": (CONTRADICTED,)}, Problem.MISMATCH),
        ({"sources": (CONTRADICTED, replace(NEAR, id="near"))}, Problem.ENDING),
        (
            {
                "sources": (replace(CONTRADICTED, id="x"), replace(NEAR, id="near"), FRESH),
                "kept": frozenset({FRESH.id, "gone"}),
                "keeping": {FRESH.id: REFUSED},
            },
            Problem.FAILING,
        ),
        ({"sources": (CONTRADICTED,), "kept": frozenset({"gone"})}, Problem.MISMATCH),
    ],
)
def test_of_several_in_trouble_the_one_that_can_cost_most_is_named(
    more: dict[str, Any], row: Problem
) -> None:
    """What was promised and fails, before what nobody promised."""
    health = judge(but(**more))
    assert health.row == 10
    assert str(health.reason) == f"source-{row}"


@often
@given(strategies.facts)
def test_a_verdict_about_a_data_source_names_it(facts: Observations) -> None:
    """And all of them are passed on, whatever the verdict."""
    health = judge(facts)
    about = str(health.reason).startswith("source-")
    assert (health.problem is not None) is about
    assert health.sources == watch(facts, NOW, LIMITS)
    assert about is (health.row in (3, 10) and str(health.reason) != "sources-unseen")


# --- the chain ------------------------------------------------------------------------------------


def test_each_data_source_is_a_link_of_the_chain() -> None:
    """Its token, its end, and whether anything flows."""
    off = replace(FRESH, id="off", status="disabled", url="https://off.example")
    facts = but(sources=(FRESH, STOPPED, off), kept=frozenset({"gone-for-long"}))
    chain = links(facts, watch(facts, NOW, LIMITS), NOW, dead=False)[4:]
    assert chain == (
        _link(LinkState.PRESENT, FRESH, "byods.example.com/orders"),
        _link(LinkState.EXPIRED, STOPPED, "byods.example.com/calls"),
        _link(LinkState.DISABLED, off, "off.example"),
        _link(LinkState.MISSING, DataSource("gone-for-long"), "gone-for"),
    )


def _link(state: LinkState, source: DataSource, label: str) -> Link:
    return Link(LinkName.DATA_SOURCE, state, source.ends, source_id=source.id, label=label)


def test_a_data_source_without_claims_is_watched_all_the_same() -> None:
    """Its record tells enough."""
    assert watched(replace(FRESH, claims=NO_CLAIMS)).mismatch == ""


# --- what came of an extension --------------------------------------------------------------------


def test_failures_are_alike_where_their_reason_is() -> None:
    """However many there were, and whenever the next try is."""
    again = replace(REFUSED, failures=5, again_at=NOW + DAY)
    assert again.is_like(REFUSED)
    for other in (
        replace(REFUSED, refusal=Refusal.BAD_REQUEST),
        replace(REFUSED, failure=TransportFailure.DNS),
        replace(REFUSED, detail="other"),
    ):
        assert not other.is_like(REFUSED)


def test_what_nobody_has_said_of_an_extension_is_nothing() -> None:
    """No trouble, no refusal, no words."""
    assert Extension("an-id", "orders") == Extension("an-id", "orders", None, None, None, "", "")
    assert ExtensionFailure(1, NOW) == ExtensionFailure(1, NOW, None, None, "")


DONE = Extension("an-id", "orders", until=NOW + HOUR)


def test_what_webex_refuses_without_a_word_is_refused_all_the_same() -> None:
    """Else it would be told as extended."""
    refused = replace(DONE, until=None, refusal=Refusal.FORBIDDEN)
    assert not refused.succeeded
    assert refused.outcome == "forbidden"


@pytest.mark.parametrize(
    ("done", "outcome"),
    [
        (DONE, "granted"),
        (replace(DONE, until=None), "granted"),
        (replace(DONE, failure=TransportFailure.DNS), "dns"),
        (replace(DONE, refusal=Refusal.FORBIDDEN, detail="No right."), "forbidden"),
        (replace(DONE, detail="it is disabled"), "it is disabled"),
    ],
)
def test_the_history_has_a_word_for_each_outcome(done: Extension, outcome: str) -> None:
    assert done.outcome == outcome
    assert done.succeeded is (outcome == "granted")
