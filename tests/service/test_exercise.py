"""While all is well, each renewal method is exercised before it expires: by refresh policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.profile import Profile
from tests.service.conftest import Start
from tests.service.test_renewal import calls
from tray_app.model.credentials import Effect
from tray_app.model.health import Health, LinkName, LinkState, Reason
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.service.engine import Engine

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HALF_A_WEEK = 84 * HOUR
"""The longest step that finds each use of a sign-in when it is due."""


def lived(
    engine: Engine, clock: ManualClock, span: timedelta, step: timedelta = 6 * HOUR
) -> Health:
    """Let time pass as the worker would: a poll, and a renewal where one is due."""
    health = engine.judge()
    for _ in range(int(span / step)):
        clock.advance(step)
        health = engine.poll()
        if engine.renewal_due():
            health = engine.refresh()
    return health


def learn_expiries(engine: Engine, clock: ManualClock) -> Health:
    """Start, and pass two hours: then every expiry is known."""
    engine.poll()
    return lived(engine, clock, 2 * HOUR, 15 * MINUTE)


def link(health: Health, name: LinkName) -> tuple[LinkState, object]:
    return next((link.state, link.expires_at) for link in health.links if link.name is name)


# --- the first hour ------------------------------------------------------------------------------


def test_ends_that_nobody_told_are_known_an_hour_after_the_first_sight(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """The pair of `.env` and the sign-in of the config: each is used once."""
    assert all(link.expires_at is None for link in engine.poll().links)
    lived(engine, clock, 55 * MINUTE, 5 * MINUTE)
    assert calls(webex) == []
    health = lived(engine, clock, 15 * MINUTE, 5 * MINUTE)
    assert sorted(calls(webex)) == [Kind.INTEGRATION_REFRESH, Kind.SERVICE_REFRESH]
    assert (health.row, health.colour) == (11, Colour.GREEN)
    ends = {link.name: link.expires_at for link in health.links}
    assert None not in (ends[LinkName.ACCESS], ends[LinkName.REFRESH], ends[LinkName.SIGN_IN])
    lived(engine, clock, 5 * HOUR, 5 * MINUTE)
    assert len(calls(webex)) == 2


def test_an_hour_counts_from_the_first_sight_whoever_runs(
    start: Start, webex: Sandbox, clock: ManualClock
) -> None:
    """A program that runs for minutes at a time keeps a sign-in alive all the same."""
    start().poll()
    clock.advance(61 * MINUTE)
    start().poll()
    start().poll()
    assert sorted(calls(webex)) == [Kind.INTEGRATION_REFRESH, Kind.SERVICE_REFRESH]


def test_a_first_sight_in_a_future_that_never_came_is_forgotten(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """The clock was years ahead when the program started, and was set right."""
    clock.advance(3000 * DAY)
    engine.poll()
    clock.advance(-3000 * DAY)
    engine.poll()
    lived(engine, clock, 70 * MINUTE, 5 * MINUTE)
    assert sorted(calls(webex)) == [Kind.INTEGRATION_REFRESH, Kind.SERVICE_REFRESH]


def test_the_new_pair_is_written_and_confirmed_at_once(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """Never "?" in between, and what reads `.env` has the newer one."""
    engine.poll()
    before = profile.env_access()
    clock.advance(61 * MINUTE)
    colours = {engine.poll().colour for _ in range(2)}
    assert colours == {Colour.GREEN}
    assert profile.env_access() != before
    assert webex.generation(profile.env_access() or "") == 2


def test_the_next_check_comes_when_something_falls_due(
    engine: Engine, clock: ManualClock, profile: Profile
) -> None:
    """However long the interval is."""
    profile.write_config(lambda config: config["tray"].update(pollSeconds=86_400))
    engine.poll()
    assert engine.next_check is not None
    assert engine.next_check - clock() == HOUR


# --- a: the same token, extended once a day ------------------------------------------------------


@pytest.mark.slow
def test_a_sign_in_that_nobody_needs_outlives_two_years(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """It would have ended after 90 days. It is used once a week, not more often."""
    learn_expiries(engine, clock)
    health = lived(engine, clock, 730 * DAY, HALF_A_WEEK)
    assert health.colour is Colour.GREEN
    assert health.breaks_first is None
    assert link(health, LinkName.SIGN_IN)[0] is LinkState.PRESENT
    assert 88 <= calls(webex).count(Kind.INTEGRATION_REFRESH) <= 106
    assert Kind.MINT not in calls(webex)


@pytest.mark.slow
def test_it_is_alive_when_it_is_needed(engine: Engine, webex: Sandbox, clock: ManualClock) -> None:
    """A year later everything of the service app is revoked: no person is asked."""
    learn_expiries(engine, clock)
    lived(engine, clock, 364 * DAY, HALF_A_WEEK)
    webex.revoke_service_refresh()
    webex.revoke_service_access()
    webex.revoke_personal()
    assert lived(engine, clock, 10 * MINUTE, 5 * MINUTE).colour is Colour.GREEN


def test_what_renews_on_demand_is_said_to_do_so(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """Some integrations' access tokens end after 12 hours, and nobody misses them."""
    webex.lifetimes = replace(webex.lifetimes, integration_access=12 * HOUR)
    profile.refresh_token = webex.sign_in().refresh
    profile.write_config()
    webex.revoke_personal()
    learn_expiries(engine, clock)
    engine.refresh(by_hand=True)
    webex.revoke_service_refresh()
    engine.refresh(by_hand=True)  # method 2, so that the pasted one is known dead
    health = lived(engine, clock, DAY)
    assert link(health, LinkName.PERSONAL)[0] is LinkState.ON_DEMAND
    assert health.colour is Colour.GREEN


@pytest.mark.parametrize("days", [60, 90])
def test_three_weeks_of_holidays_end_no_sign_in(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile, days: int
) -> None:
    """Whenever they begin: the service app's token is dead then, and is renewed at once."""
    webex.lifetimes = replace(webex.lifetimes, integration_refresh=days * DAY)
    profile.refresh_token = webex.sign_in().refresh
    profile.write_config()
    learn_expiries(engine, clock)
    for _ in range(6):
        lived(engine, clock, 13 * DAY, DAY)
        clock.advance(21 * DAY)
        health = engine.poll()
        if engine.renewal_due():
            health = engine.refresh()
        assert health.colour is Colour.GREEN


# --- b: the same token, never extended -----------------------------------------------------------


def test_a_sign_in_that_no_renewal_moves_is_foretold_as_soon_as_that_is_known(
    engine: Engine, webex: Sandbox, clock: ManualClock, start: Start
) -> None:
    """By the second use; after that by every process, also after a restart."""
    webex.policy = RefreshPolicy.SAME_NEVER_EXTENDED
    began = clock()
    assert learn_expiries(engine, clock).breaks_first is None
    assert lived(engine, clock, 6 * DAY).breaks_first is None
    health = lived(engine, clock, 2 * DAY)
    assert health.colour is Colour.GREEN
    foretold = health.breaks_first
    assert foretold is not None
    assert foretold.link is LinkName.SIGN_IN
    assert foretold.at is not None
    assert abs(foretold.at - (began + 90 * DAY)) <= MINUTE
    assert start().poll().breaks_first == foretold


def test_a_sign_in_is_asked_for_as_long_ahead_as_the_config_says(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """And when the config is edited while it runs."""
    webex.policy = RefreshPolicy.SAME_NEVER_EXTENDED
    learn_expiries(engine, clock)
    for _ in range(6):  # 54 days
        lived(engine, clock, 9 * DAY, DAY)
    assert engine.judge().reason is Reason.WORKS
    profile.write_config(lambda config: config["tray"].update(leadDays=40))
    assert engine.poll().reason is Reason.SIGN_IN_DUE


@pytest.mark.slow
def test_a_pair_that_no_renewal_extends_is_minted_before_what_mints_has_ended(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """Both would have ended on day 90. Five months later the token works, and nobody signed in."""
    webex.policy = RefreshPolicy.SAME_NEVER_EXTENDED
    learn_expiries(engine, clock)
    health = lived(engine, clock, 76 * DAY, DAY)
    assert (health.row, health.reason) == (8, Reason.SIGN_IN_DUE)
    health = lived(engine, clock, 70 * DAY, DAY)
    assert (health.row, health.reason) == (8, Reason.SIGN_IN_ENDED)
    assert link(health, LinkName.ACCESS)[0] is LinkState.WORKS
    assert calls(webex).count(Kind.MINT) <= 6
    assert health.breaks_first is not None
    assert health.breaks_first.link is LinkName.REFRESH


def test_a_click_in_the_browser_ends_the_forecast(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """The new sign-in may be of the same kind, but nothing is known of it yet."""
    webex.policy = RefreshPolicy.SAME_NEVER_EXTENDED
    learn_expiries(engine, clock)
    assert lived(engine, clock, 24 * DAY).breaks_first is not None
    profile.refresh_token = webex.sign_in().refresh
    profile.write_config()
    assert engine.poll().breaks_first is None


# --- c: rotated ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_rotated_tokens_are_kept_and_no_old_one_is_ever_used_again(
    start: Start, webex: Sandbox, clock: ManualClock
) -> None:
    """A year, with a restart each month."""
    webex.policy = RefreshPolicy.ROTATED
    learn_expiries(start(), clock)
    for _ in range(12):
        health = lived(start(), clock, 30 * DAY, 3 * DAY)
        assert (health.colour, health.breaks_first) == (Colour.GREEN, None)
    assert webex.reuses == 0


# --- d: the answers do not tell ------------------------------------------------------------------


@pytest.mark.slow
def test_silent_renewals_keep_a_sign_in_alive_and_nobody_is_asked_in_vain(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """Once a week: neither "ends soon" nor "has ended" of what was told before."""
    learn_expiries(engine, clock)  # so long the answers told it
    webex.policy = RefreshPolicy.OMITTED
    seen, health = len(calls(webex)), engine.judge()
    for _ in range(52):
        health = lived(engine, clock, 7 * DAY, HALF_A_WEEK)
        assert (health.colour, health.breaks_first) == (Colour.GREEN, None)
    assert link(health, LinkName.SIGN_IN) == (LinkState.PRESENT, None)
    assert calls(webex)[seen:].count(Kind.INTEGRATION_REFRESH) <= 364 / 7


# --- what fails here is no failed renewal --------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [Fault.unavailable(500), Fault.rate_limited(None), Fault.dropped(), Fault.truncated_json()],
    ids=["500", "429", "dropped", "truncated"],
)
def test_an_exercise_without_an_answer_stays_green_and_is_tried_again(
    engine: Engine, webex: Sandbox, clock: ManualClock, fault: Fault
) -> None:
    """It backs off, and asks for no check of its own."""
    engine.poll()
    for kind in (Kind.INTEGRATION_REFRESH, Kind.SERVICE_REFRESH):
        webex.faults.next(kind, fault, times=2)
    clock.advance(61 * MINUTE)
    health = engine.judge()
    for _ in range(12):
        health = engine.poll()
        assert (health.row, health.renewing.failures) == (11, 0)
        assert not engine.renewal_due()
        assert engine.next_check is not None
        assert engine.next_check - clock() >= 5 * MINUTE
        clock.advance(5 * MINUTE)
    assert len(calls(webex)) == 6
    assert None not in [link(health, name)[1] for name in (LinkName.ACCESS, LinkName.SIGN_IN)]


def test_a_wait_that_webex_asks_for_is_kept_by_all(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """Nothing is asked meanwhile, neither a check nor the other exercise."""
    engine.poll()
    clock.advance(61 * MINUTE)
    webex.faults.next(Kind.INTEGRATION_REFRESH, Fault.rate_limited("1200"))
    engine.poll()
    asked = len(webex.requests)
    for _ in range(3):
        clock.advance(6 * MINUTE)
        engine.poll()
    assert len(webex.requests) == asked
    clock.advance(3 * MINUTE)
    engine.poll()
    assert len(webex.requests) > asked


def test_a_refused_sign_in_is_shown_and_asked_of_a_person(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """The token works, and amber says what is lost, months before it would be missed."""
    webex.revoke_integration()
    engine.poll()
    health = lived(engine, clock, 2 * HOUR, 15 * MINUTE)
    assert (health.row, health.reason) == (8, Reason.SIGN_IN_ENDED)
    assert calls(webex).count(Kind.INTEGRATION_REFRESH) == 1


def test_a_refused_refresh_token_is_replaced_while_something_mints(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """Not at the end of the access token, when nothing may mint any more."""
    webex.revoke_service_refresh()
    engine.poll()
    before = profile.env_refresh()
    health = lived(engine, clock, 2 * HOUR, 15 * MINUTE)
    assert health.row == 11
    assert profile.env_refresh() != before
    assert calls(webex).count(Kind.MINT) == 1
    assert webex.tokens.find(profile.env_refresh() or "") is not None


def test_a_mint_that_brings_nothing_is_tried_once_a_day(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """It gives the token that has been rejected: nothing is gained, and nothing asked in a loop."""
    webex.revoke_service_refresh()
    engine.poll()
    dead = webex.issue_service_pair().access
    webex.revoke(dead)
    profile_env = profile.env_path.read_bytes()
    profile.write_env(dead)
    engine.poll()
    profile.env_path.write_bytes(profile_env)
    same = Fault.edited(lambda body: {**body, "access_token": dead, "refresh_token": ""})
    webex.faults.next(Kind.MINT, same, times=None)
    lived(engine, clock, 20 * HOUR, HOUR)
    assert calls(webex).count(Kind.MINT) <= 3


def test_who_only_asks_whether_the_token_is_valid_causes_no_renewal(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """`TokenManager.is_token_valid` is a question."""
    engine.poll(repair=False)
    clock.advance(2 * DAY)
    engine.poll(repair=False)
    assert calls(webex) == []


def test_another_process_that_holds_the_lock_is_left_alone(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """The exercise is run at a later check; nothing is said about it."""
    tools = profile.tools(clock)
    engine._tools.locks._timeout = 0.05
    engine.poll()
    clock.advance(61 * MINUTE)
    app, integration = webex.service_app, webex.integration
    host = tools.webex.host
    with (
        tools.locks.acquire("app", host, app.app_id, app.target_org_id),
        tools.locks.acquire("integration", host, integration.client_id),
    ):
        assert [engine.poll().row for _ in range(3)] == [11, 11, 11]
        assert calls(webex) == []
    tools.close()
    engine.poll()
    assert calls(webex) == [Kind.INTEGRATION_REFRESH]


def test_what_is_known_of_a_use_is_in_the_database(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """By the hash of the token: `status` and a restart know it."""
    learn_expiries(engine, clock)
    token = engine.credentials().integration
    assert token is not None
    assert token.refresh_token is not None
    usage = engine._tools.token_facts.usage(token.refresh_token)
    assert usage is not None
    assert usage.effect is Effect.UNKNOWN
    lived(engine, clock, 24 * DAY)
    usage = engine._tools.token_facts.usage(token.refresh_token)
    assert usage is not None
    assert usage.effect is Effect.EXTENDED
    assert usage.used_at is not None


@pytest.mark.slow
def test_no_life_at_all_is_no_reason_to_renew_every_hour(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """Answers that tell nothing: once a week."""
    silent = ("expires_in", "refresh_token_expires_in")

    def without_lives(body: dict[str, object]) -> dict[str, object]:
        return {key: value for key, value in body.items() if key not in silent}

    for kind in (Kind.INTEGRATION_REFRESH, Kind.SERVICE_REFRESH):
        webex.faults.next(kind, Fault.edited(without_lives), times=None)
    engine.poll()
    health = lived(engine, clock, 13 * DAY, HOUR)
    assert health.colour is Colour.GREEN
    assert calls(webex).count(Kind.SERVICE_REFRESH) == 2
    assert calls(webex).count(Kind.INTEGRATION_REFRESH) == 2


# --- coming back ----------------------------------------------------------------------------------


def test_a_token_that_died_in_a_long_outage_is_renewed_an_interval_after_its_end(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """Found by the simulation: backing off went on to half an hour, with a dead token in `.env`."""
    learn_expiries(engine, clock)
    webex.go_down()
    webex.revoke_service_access()
    end = clock() + 8 * HOUR
    while clock() < end:
        assert engine.next_check is not None
        clock.advance(engine.next_check - clock())
        engine.poll()
        if engine.renewal_due():
            engine.refresh()
    webex.come_back()
    back = clock()
    while engine.judge().colour is not Colour.GREEN:
        assert engine.next_check is not None
        clock.advance(engine.next_check - clock())
        engine.poll()
        if engine.renewal_due():
            engine.refresh()
    assert clock() - back <= 5 * MINUTE + 15 * timedelta(seconds=1)
