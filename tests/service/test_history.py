"""What the engine notes of a life: every change with its cause, and nothing where there is none."""

from __future__ import annotations

from datetime import timedelta

from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.model.events import Event, EventType
from tray_app.model.failures import GRANTED
from tray_app.model.health import Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour
from tray_app.policy.renewal import refusal_keys
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine
from tray_app.storage.event_log import EventLog


def history_of(engine: Engine) -> EventLog:
    return engine._tools.history


def new(engine: Engine, seen: int) -> list[tuple[EventType, str]]:
    return [(event.event_type, event.outcome) for event in history_of(engine).since()[seen:]]


def test_a_thousand_polls_that_find_the_same_are_no_event(
    engine: Engine, clock: ManualClock, webex: Sandbox
) -> None:
    engine.poll()
    before = history_of(engine).since()
    for _ in range(1000):
        engine.judge()
    for _ in range(11):  # after an hour what was pasted is used for the first time
        clock.advance(timedelta(minutes=5))
        engine.poll()
    assert history_of(engine).since() == before
    webex.go_down(Fault.dropped())
    engine.poll()
    told = history_of(engine).since()
    assert len(told) == len(before) + 1
    for _ in range(3):
        clock.advance(timedelta(seconds=1))
        engine.poll()
    assert history_of(engine).since() == told


def test_what_happened_at_ten_past_three(
    engine: Engine, clock: ManualClock, webex: Sandbox, profile: Profile
) -> None:
    """Found dead, renewed by method 1, and confirmed: with fingerprints and Webex's support ids."""
    engine.poll()
    first = engine.token
    assert first is not None
    seen = len(history_of(engine).since())
    clock.advance(timedelta(hours=15, minutes=10))
    webex.revoke_service_access()
    engine.poll()
    engine.refresh()
    second = engine.token
    assert second is not None
    found = history_of(engine).since()[seen:]
    assert {event.at for event in found} == {clock()}
    assert [(event.event_type, event.fingerprint) for event in found] == [
        (EventType.DIED, first.fingerprint),
        (EventType.HEALTH, first.fingerprint),
        (EventType.RENEWAL, second.fingerprint),
        (EventType.CONFIRMED, second.fingerprint),
        (EventType.HEALTH, second.fingerprint),
    ]
    died, amber, method, _, green = found
    assert died.tracking_id.startswith("ROUTER_")
    assert (amber.colour, amber.reason) == (Colour.AMBER, Reason.RENEWING)
    assert (method.method, method.outcome) == (RenewalMethod.SERVICE_REFRESH, GRANTED)
    assert (green.colour, green.reason, green.row) == (Colour.GREEN, Reason.WORKS, 11)


def test_every_method_that_is_refused_is_noted_with_its_tracking_id(
    engine: Engine, webex: Sandbox
) -> None:
    engine.poll()
    seen = len(history_of(engine).since())
    webex.revoke_all()
    engine.poll()
    engine.refresh()
    tried = [
        event
        for event in history_of(engine).since()[seen:]
        if event.event_type is EventType.RENEWAL
    ]
    assert [event.method for event in tried] == [
        RenewalMethod.SERVICE_REFRESH,
        RenewalMethod.MINT_PASTED,
        RenewalMethod.INTEGRATION_REFRESH,
    ]
    assert {event.outcome for event in tried} == {"rejected"}
    assert all(event.tracking_id.startswith("ROUTER_") for event in tried)
    assert all(len(event.fingerprint) == 8 for event in tried)


def test_method_3_and_what_it_leads_to_are_two_events(engine: Engine, webex: Sandbox) -> None:
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    webex.revoke_personal()
    engine.poll()
    engine.refresh()
    granted = [event.method for event in history_of(engine).since() if event.outcome == GRANTED]
    assert granted == [RenewalMethod.INTEGRATION_REFRESH, RenewalMethod.MINT_INTEGRATION]


def test_a_method_without_an_answer_and_the_return_of_webex(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    webex.revoke_service_access()
    engine.poll()
    seen = len(history_of(engine).since())
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable())
    engine.refresh()
    webex.go_down(Fault.dropped())
    engine.poll()
    webex.come_back()
    clock.advance(timedelta(minutes=2))
    engine.poll()
    assert [told for told in new(engine, seen) if told[0] is not EventType.HEALTH] == [
        (EventType.RENEWAL, "server-error"),
        (EventType.UNANSWERED, "connection"),
        (EventType.ANSWERED, ""),
    ]


def test_what_others_do_to_env_is_noted(engine: Engine, webex: Sandbox, profile: Profile) -> None:
    """A token that works is taken over; a dead one makes room for ours, unlike its refresh token;
    a missing one is written again."""
    engine.poll()
    seen = len(history_of(engine).since())
    pair = webex.issue_service_pair()
    profile.write_env(pair.access, pair.refresh)
    engine.poll()
    dead = webex.issue_service_pair()
    webex.revoke(dead.access)
    profile.write_env(dead.access, dead.refresh)
    engine.poll()
    profile.env_path.write_text("")
    engine.poll()
    found = history_of(engine).since()[seen:]
    assert [event.event_type for event in found] == [
        EventType.CONFIRMED,
        EventType.ADOPTED,
        EventType.DIED,
        EventType.REFRESH_ADOPTED,
        EventType.WRITTEN_BACK,
        EventType.WRITTEN_BACK,
    ]
    assert [event.detail for event in found[-2:]] == ["was rejected", "is missing"]


def test_what_a_person_does_to_the_config_is_noted(engine: Engine, profile: Profile) -> None:
    """Secrets that moved, a fault once, its end, and another value."""
    engine.poll()
    seen = len(history_of(engine).since())
    assert (EventType.SECRETS_MOVED, "") in new(engine, 0)
    good = profile.config_path.read_text()
    profile.config_path.write_text("{")
    engine.poll()
    engine.poll()
    profile.config_path.write_text(good)
    engine.poll()
    profile.config_path.write_text(good.replace("300", "600"))
    engine.poll()
    found = [
        event
        for event in history_of(engine).since()[seen:]
        if event.event_type is not EventType.HEALTH
    ]
    assert [event.event_type for event in found] == [
        EventType.CONFIG_FAULTY,
        EventType.CONFIG_READ,
        EventType.CONFIG_READ,
    ]
    assert found[0].detail.startswith("not valid JSON")


def test_how_a_sign_in_ended_is_noted(start: Start, webex: Sandbox, profile: Profile) -> None:
    """Also one that nobody came to."""
    engine = start()
    engine.poll()
    seen = len(history_of(engine).since())
    sign_in = engine.begin_sign_in(listen=False)
    engine.finish_sign_in(sign_in)
    (found,) = history_of(engine).since()[seen:]
    assert (found.event_type, found.outcome) == (EventType.SIGN_IN, "timed-out")


def test_a_code_that_is_refused_is_noted_with_its_tracking_id(engine: Engine) -> None:
    engine.poll()
    sign_in = engine.begin_sign_in(listen=False)
    redirect = sign_in.request.redirect.uri
    assert sign_in.read(f"{redirect}?code=wrong&state={sign_in.request.state.reveal()}")
    engine.finish_sign_in(sign_in)
    found = next(
        event for event in history_of(engine).latest(9) if event.event_type is EventType.SIGN_IN
    )
    assert found.outcome == "code-refused"
    assert found.tracking_id.startswith("ROUTER_")
    assert "wrong" not in found.detail


def test_a_restart_begins_no_new_story(start: Start) -> None:
    start().poll()
    engine = start()
    before = history_of(engine).since()
    engine.poll()
    assert history_of(engine).since() == before


def event_at(engine: Engine, clock: ManualClock) -> Event:
    return Event(clock(), EventType.SIGN_IN, outcome="timed-out")


def test_events_are_kept_for_half_a_year(engine: Engine, clock: ManualClock) -> None:
    history_of(engine).record(event_at(engine, clock))
    clock.advance(timedelta(days=179))
    engine.poll()
    assert EventType.SIGN_IN in [what for what, _ in new(engine, 0)]
    clock.advance(timedelta(days=2))
    engine.poll()
    assert EventType.SIGN_IN not in [what for what, _ in new(engine, 0)]


def test_a_clock_that_is_years_ahead_forgets_nothing(
    engine: Engine, clock: ManualClock, webex: Sandbox
) -> None:
    """Ours is, and Webex's says so."""
    history_of(engine).record(event_at(engine, clock))
    clock.advance(timedelta(days=3650))
    webex.date_skew = -timedelta(days=3650)
    engine.poll()
    assert EventType.SIGN_IN in [what for what, _ in new(engine, 0)]
    webex.date_skew = timedelta()
    webex.go_down()
    clock.advance(timedelta(days=2))
    engine.poll()
    assert EventType.SIGN_IN in [what for what, _ in new(engine, 0)]


def test_what_is_in_use_is_never_forgotten(start: Start, clock: ManualClock) -> None:
    """A dead mark of what is still held, and how long it was good for."""
    engine = start()
    engine.poll()
    engine.refresh(by_hand=True)
    held = engine.token
    assert held is not None
    token_facts = engine._tools.token_facts
    life = token_facts.lifespan(held)
    assert life is not None
    clock.advance(timedelta(days=800))
    engine.poll()
    keys = refusal_keys(engine.credentials())
    refusals = token_facts.refusals(keys)
    clock.advance(timedelta(days=800))
    engine.poll()
    assert token_facts.lifespan(held) == life
    assert token_facts.refusals(keys).keys() >= refusals.keys()
