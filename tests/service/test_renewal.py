"""Renewals against a Webex on loopback: which method renews, and what a refusal leads to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.profile import COMMENT, OTHER, Profile
from tests.service.conftest import Start
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Fixer, Health, LinkName, LinkState, Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour, Shape
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.service.engine import Engine


def calls(webex: Sandbox) -> list[Kind]:
    """What was asked of Webex, checks left out."""
    return [request.kind for request in webex.requests if request.kind is not Kind.DATA_SOURCES]


def state_of(health: Health, name: LinkName) -> LinkState:
    return next(link.state for link in health.links if link.name is name)


def test_a_working_token_is_green_and_nothing_is_renewed(engine: Engine, webex: Sandbox) -> None:
    health = engine.poll()
    assert (health.row, health.colour, health.shape) == (11, Colour.GREEN, Shape.CHECK)
    assert not engine.renewal_due()
    assert calls(webex) == []


def test_method_1_replaces_both_tokens_in_env_and_keeps_every_other_byte(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    before = profile.env_access()
    webex.revoke_service_access()
    assert engine.poll().reason is Reason.RENEWING
    assert engine.renewal_due()
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.SERVICE_REFRESH
    assert calls(webex) == [Kind.SERVICE_REFRESH]
    assert profile.env_access() not in (None, before)
    text = profile.env_path.read_text()
    assert text.startswith(COMMENT)
    assert text.endswith(OTHER)


def test_method_2_mints_with_the_pasted_token_if_method_1_is_rejected(
    engine: Engine, webex: Sandbox
) -> None:
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.MINT_PASTED
    assert calls(webex) == [Kind.SERVICE_REFRESH, Kind.MINT]


def test_method_3_renews_the_personal_token_and_method_2_uses_it_at_once(
    engine: Engine, webex: Sandbox
) -> None:
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    webex.revoke_personal()
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.INTEGRATION_REFRESH
    assert calls(webex) == [
        Kind.SERVICE_REFRESH,
        Kind.MINT,
        Kind.INTEGRATION_REFRESH,
        Kind.MINT,
    ]


def test_a_token_once_rejected_is_not_presented_again_by_itself(
    engine: Engine, webex: Sandbox
) -> None:
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    webex.revoke_personal()
    engine.poll()
    engine.refresh()
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    seen = len(calls(webex))
    engine.poll()
    engine.refresh()
    # The pasted token is known dead; the integration's lives.
    assert calls(webex)[seen:] == [Kind.SERVICE_REFRESH, Kind.MINT]
    assert engine.last_method is RenewalMethod.MINT_INTEGRATION


def test_everything_revoked_is_red_and_asks_webex_for_no_further_renewal(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    webex.revoke_all()
    engine.poll()
    before = profile.env_path.read_bytes()
    health = engine.refresh()
    assert (health.row, health.colour, health.reason) == (1, Colour.RED, Reason.SIGN_IN_ENDED)
    assert health.who is Fixer.YOU
    assert not engine.renewal_due()
    assert profile.env_path.read_bytes() == before
    seen = calls(webex)
    engine.poll()
    engine.refresh()
    assert calls(webex) == seen


def test_a_person_s_click_puts_what_was_rejected_to_the_test_again(
    engine: Engine, webex: Sandbox
) -> None:
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.error(400, "The refresh token is invalid"))
    webex.faults.next(Kind.MINT, Fault.unauthorized(), times=2)
    webex.faults.next(Kind.INTEGRATION_REFRESH, Fault.error(400, "The refresh token is invalid"))
    webex.revoke_service_access()
    engine.poll()
    assert engine.refresh().colour is Colour.RED
    assert engine.refresh(by_hand=True).row == 8  # it works; the sign-in stays in doubt
    assert engine.last_method is RenewalMethod.SERVICE_REFRESH


@pytest.mark.parametrize(
    "fault",
    [
        Fault.unavailable(500),
        Fault.unavailable(503),
        Fault.rate_limited(None),
        Fault.locked(None),
        Fault.dropped(),
        Fault.truncated_json(),
        Fault.redirected("http://127.0.0.1:9/elsewhere"),
        Fault.reply(200, "<html>Please sign in to the hotel's network</html>"),
    ],
    ids=["500", "503", "429", "423", "dropped", "truncated", "307", "captive portal"],
)
def test_an_answer_that_means_nothing_stops_the_renewal_and_keeps_everything(
    engine: Engine, webex: Sandbox, profile: Profile, fault: Fault
) -> None:
    webex.revoke_service_access()
    engine.poll()
    before = profile.env_path.read_bytes()
    webex.faults.next(Kind.SERVICE_REFRESH, fault)
    health = engine.refresh()
    assert calls(webex) == [Kind.SERVICE_REFRESH]
    assert health.reason is Reason.RENEWING
    assert health.renewing.failures == 1
    assert profile.env_path.read_bytes() == before
    assert engine.refresh().colour is Colour.GREEN  # nothing was condemned
    assert engine.last_method is RenewalMethod.SERVICE_REFRESH


def test_a_wrong_client_secret_condemns_no_token_and_is_named(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    webex.revoke_service_access()
    secret = webex.regenerate_service_secret()
    engine.poll()
    health = engine.refresh()
    assert (health.colour, health.reason) == (Colour.RED, Reason.WRONG_APP_SECRET)
    assert health.who is Fixer.DEVELOPER
    assert calls(webex) == [Kind.SERVICE_REFRESH]  # no method that uses the same secret is tried

    def corrected(config: dict[str, dict[str, str]]) -> None:
        config["serviceApp"]["clientSecret"] = secret

    profile.write_config(corrected)
    engine.poll()
    assert engine.renewal_due()
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.SERVICE_REFRESH


def test_an_app_that_was_deauthorized_waits_for_an_admin_and_asks_once_a_day(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    webex.deauthorize_app()
    engine.poll()
    health = engine.refresh()
    assert (health.colour, health.reason, health.who) == (
        Colour.RED,
        Reason.FORBIDDEN,
        Fixer.ADMIN,
    )
    seen = calls(webex)
    assert seen.count(Kind.INTEGRATION_REFRESH) == 1  # method 3 may act once
    clock.advance(timedelta(hours=23))
    engine.poll()
    assert not engine.renewal_due()
    webex.reauthorize_app()
    clock.advance(timedelta(hours=2))
    engine.poll()
    assert engine.renewal_due()
    assert engine.refresh().colour is Colour.GREEN


def test_a_reply_lost_after_webex_acted_loses_nothing_with_the_same_refresh_token(
    engine: Engine, webex: Sandbox
) -> None:
    webex.revoke_service_access()
    engine.poll()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.lost_reply())
    assert engine.refresh().renewing.failure is TransportFailure.CONNECTION
    assert engine.refresh().colour is Colour.GREEN


def test_a_rotated_refresh_token_is_saved_and_used_from_then_on(
    start: Start, webex: Sandbox, profile: Profile
) -> None:
    webex.policy = RefreshPolicy.ROTATED
    first = start()
    for _ in range(3):
        webex.revoke_service_access()
        first.poll()
        assert first.refresh().colour is Colour.GREEN
    restarted = start()
    webex.revoke_service_access()
    restarted.poll()
    assert restarted.refresh().colour is Colour.GREEN
    assert restarted.last_method is RenewalMethod.SERVICE_REFRESH
    assert webex.reuses == 0


def test_a_rotated_integration_token_is_not_lost_to_the_old_one_in_the_file(
    start: Start, webex: Sandbox
) -> None:
    """The old scripts dropped it, and the file still has the old one."""
    webex.policy = RefreshPolicy.ROTATED
    for _ in range(3):
        engine = start()
        webex.revoke_personal()
        webex.revoke_integration_access()
        webex.revoke_service_access()
        webex.revoke_service_refresh()
        engine.poll()
        assert engine.refresh().colour is Colour.GREEN
        assert engine.last_method is RenewalMethod.INTEGRATION_REFRESH
    assert webex.reuses == 0


def test_a_refresh_token_that_the_reply_omits_is_kept(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    webex.policy = RefreshPolicy.OMITTED
    before = profile.env_refresh()
    webex.revoke_service_access()
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN
    assert profile.env_refresh() == before


def test_method_1_that_returns_the_rejected_token_again_leads_to_method_2(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    dead = profile.env_access()
    webex.revoke_service_access()
    engine.poll()
    webex.faults.next(
        Kind.SERVICE_REFRESH, Fault.edited(lambda body: {**body, "access_token": dead})
    )
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.MINT_PASTED


def test_renewal_begins_ahead_of_the_end_and_an_unchanged_answer_is_no_loop(
    engine: Engine, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    engine.poll()
    engine.refresh(by_hand=True)  # from now on the end is known: 14 days
    clock.advance(timedelta(days=10, hours=23))
    engine.poll()
    assert not engine.renewal_due()
    clock.advance(timedelta(hours=2))  # 72 hours before the end
    engine.poll()
    assert engine.renewal_due()
    old_end = engine.judge().until

    assert old_end is not None
    unchanged = {
        "access_token": profile.env_access(),
        "expires_in": int((old_end - clock()).total_seconds()),
    }
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.edited(lambda body: body | unchanged))
    assert engine.refresh().colour is Colour.GREEN
    engine.poll()
    assert not engine.renewal_due()  # half the remaining life, a day at most
    clock.advance(timedelta(hours=25))
    engine.poll()
    assert engine.renewal_due()


def test_retry_after_is_honoured_by_the_engine_by_a_click_and_by_another_process(
    engine: Engine, start: Start, webex: Sandbox, clock: ManualClock
) -> None:
    webex.revoke_service_access()
    engine.poll()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.rate_limited("120"))
    engine.refresh()
    asked = len(webex.requests)
    clock.advance(timedelta(seconds=119))
    engine.poll()
    engine.refresh(by_hand=True)
    health = start().poll()
    assert len(webex.requests) == asked
    assert health.unanswered is TransportFailure.THROTTLED
    assert not engine.renewal_due()
    clock.advance(timedelta(seconds=2))
    assert engine.refresh(by_hand=True).colour is Colour.GREEN


@pytest.mark.parametrize("fault", [None, Fault.rate_limited("120")])
def test_a_click_without_an_answer_is_made_good_once_webex_answers(
    engine: Engine, webex: Sandbox, clock: ManualClock, fault: Fault | None
) -> None:
    """An admin has let the app in again, and the person clicks while Webex is away."""
    webex.deauthorize_app()
    engine.poll()
    assert engine.refresh().reason is Reason.FORBIDDEN
    webex.reauthorize_app()
    webex.go_down(fault)
    engine.refresh(by_hand=True)
    webex.come_back()
    clock.advance(timedelta(minutes=6))
    engine.poll()
    assert engine.renewal_due()
    assert engine.refresh().colour is Colour.GREEN


def test_failing_renewals_turn_red_at_the_second_failure_and_back_off(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    webex.revoke_service_access()
    engine.poll()
    webex.go_down()
    assert engine.refresh().colour is Colour.AMBER
    assert not engine.renewal_due()
    clock.advance(timedelta(seconds=31))
    assert engine.renewal_due()
    health = engine.refresh()
    assert (health.row, health.colour, health.reason) == (2, Colour.RED, Reason.RENEWAL_FAILS)
    assert health.who is Fixer.WEBEX
    assert health.next_try_at is not None
    webex.come_back()
    clock.advance(timedelta(minutes=5))
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN


def test_the_links_say_what_is_known_of_each_token(engine: Engine, webex: Sandbox) -> None:
    health = engine.poll()
    assert state_of(health, LinkName.ACCESS) is LinkState.WORKS
    assert state_of(health, LinkName.SIGN_IN) is LinkState.PRESENT
    assert all(link.expires_at is None for link in health.links)
    webex.revoke_service_refresh()
    health = engine.refresh(by_hand=True)
    ends = {link.name: link.expires_at for link in health.links}
    assert ends[LinkName.ACCESS] is not None
    assert ends[LinkName.REFRESH] is not None
    assert ends[LinkName.PERSONAL] is None  # pasted: nobody has told
