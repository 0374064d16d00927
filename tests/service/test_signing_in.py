"""Sign-in: it becomes tokens, but only what mints for this app replaces the old."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.consent import browse, decide, free_redirect, use_redirect, visit
from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.model.errors import CannotSignIn
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.settings import Timing
from tray_app.model.sign_in import MINT_SCOPE, Outcome, SignInResult
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine

Answer = Callable[[str], None]


@pytest.fixture
def redirect(profile: Profile, webex: Sandbox) -> str:
    uri = free_redirect(webex)
    use_redirect(profile, uri)
    return uri


@pytest.fixture
def engine(profile: Profile, redirect: str, webex: Sandbox, clock: ManualClock) -> Iterator[Engine]:
    """Everything is revoked, and the engine knows it: red, and only a person helps."""
    webex.revoke_all()
    tools = replace(profile.tools(clock), pace=Timing(code_retry=0.01))
    with closing(Engine(tools)) as engine:
        engine.poll()
        red = engine.refresh()
        assert (red.colour, red.reason) == (Colour.RED, Reason.SIGN_IN_ENDED)
        yield engine


def sign_in(engine: Engine, answer: Answer = browse) -> Outcome:
    question = engine.begin_sign_in(timeout=60)
    answer(question.url)
    question.wait()
    return engine.finish_sign_in(question)


def held(profile: Profile) -> dict[str, str]:
    """What the keyring has, by the last part of its name."""
    secrets: dict[str, str] = profile.store._secrets  # type: ignore[attr-defined]
    return {"/".join(name.split("/")[3:]) or name: value for name, value in secrets.items()}


def test_one_yes_leads_from_red_to_green(engine: Engine, profile: Profile, webex: Sandbox) -> None:
    outcome = sign_in(engine)

    assert outcome.ending is SignInResult.RENEWED
    assert outcome.person.org_uuid == webex.person.org_uuid
    assert outcome.until is not None
    assert outcome.until - webex.clock() > timedelta(days=89)
    assert engine.judge().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.MINT_CANDIDATE
    assert webex.generation(str(profile.env_access())) == 2


def test_what_was_proven_is_the_integrations_sign_in_from_now_on(
    engine: Engine, profile: Profile, webex: Sandbox, start: Start
) -> None:
    sign_in(engine)

    secrets = held(profile)
    assert "candidate" not in " ".join(secrets)
    refresh = next(value for name, value in secrets.items() if name.endswith("refresh"))
    assert webex.generation(refresh) == 2

    webex.revoke_service_access()
    webex.revoke_service_refresh()
    webex.revoke_integration_access()
    again = start()
    again.poll()
    assert again.refresh().colour is Colour.GREEN
    assert again.last_method is RenewalMethod.INTEGRATION_REFRESH


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        ("access_denied", SignInResult.CONSENT_REFUSED),
        ("invalid_scope", SignInResult.SCOPE_REFUSED),
        ("server_error", SignInResult.WEBEX_FAILED),
        ("temporarily_unavailable", SignInResult.WEBEX_FAILED),
        ("invalid_request", SignInResult.REFUSED),
        ("unauthorized_client", SignInResult.REFUSED),
        ("unsupported_response_type", SignInResult.REFUSED),
        ("login_required", SignInResult.REFUSED),
        ("never_heard_of", SignInResult.REFUSED),
        ("<script>", SignInResult.REFUSED),
    ],
)
def test_every_no_of_the_consent_page_has_its_name(
    engine: Engine, profile: Profile, redirect: str, error: str, ending: SignInResult
) -> None:
    before = held(profile)

    def answer(url: str) -> None:
        state = parse_qs(urlsplit(url).query)["state"][0]
        visit(f"{redirect}?error={error}&error_description={'x' * 9_000}&state={state}")

    assert sign_in(engine, answer).ending is ending
    assert held(profile) == before


def test_deny_changes_nothing(engine: Engine, profile: Profile, webex: Sandbox) -> None:
    before, env = held(profile), profile.env_path.read_bytes()
    outcome = sign_in(engine, lambda url: browse(url, "deny"))
    assert outcome.ending is SignInResult.CONSENT_REFUSED
    assert (held(profile), profile.env_path.read_bytes()) == (before, env)
    assert [r.kind for r in webex.requests if r.kind is Kind.CODE_EXCHANGE] == []


def test_nobody_came_in_time(engine: Engine, redirect: str) -> None:
    question = engine.begin_sign_in(timeout=0.05)
    question.wait()
    assert engine.finish_sign_in(question).ending is SignInResult.TIMED_OUT
    assert_free(redirect)


def test_cancelled(engine: Engine, redirect: str) -> None:
    question = engine.begin_sign_in()
    question.cancel()
    question.wait()
    assert engine.finish_sign_in(question).ending is SignInResult.CANCELLED
    assert_free(redirect)


def assert_free(redirect: str) -> None:
    port = urlsplit(redirect).port
    assert port is not None
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize("account", ["colleague", "stranger"])
def test_an_account_without_the_right_leaves_the_old_sign_in_alone(
    engine: Engine, profile: Profile, webex: Sandbox, account: str
) -> None:
    person = getattr(webex, account)
    before = held(profile)

    outcome = sign_in(engine, lambda url: browse(url, "allow", person))

    assert outcome.ending is SignInResult.WRONG_ACCOUNT
    assert outcome.person.org_uuid == person.org_uuid
    assert "not allowed" in outcome.detail
    assert not outcome.has_worked  # as far as is known: the organization may be the wrong one
    candidate = {name: text for name, text in held(profile).items() if "candidate" in name}
    assert len(candidate) == 1
    assert held(profile) == before | candidate
    health = engine.judge()
    assert (health.colour, health.reason) == (Colour.RED, Reason.SIGN_IN_ENDED)
    assert not engine.renewal_due()

    assert sign_in(engine).ending is SignInResult.RENEWED
    assert engine.judge().colour is Colour.GREEN


def test_the_person_is_named_where_webex_names_them(engine: Engine, webex: Sandbox) -> None:
    webex.integration = replace(webex.integration, scopes=(MINT_SCOPE, "spark:people_read"))

    def answer(url: str) -> None:
        browse(url.replace("scope=spark%3A", "scope=spark%3Apeople_read+spark%3A"))

    person = sign_in(engine, answer).person
    expected = (webex.person.display_name, webex.person.email, webex.person.org_uuid)
    assert (person.name, person.email, person.org_uuid) == expected


def test_a_narrower_scope_is_named(engine: Engine, webex: Sandbox) -> None:
    webex.switches = replace(webex.switches, granted_scopes=frozenset({"spark:people_read"}))
    webex.integration = replace(webex.integration, scopes=(MINT_SCOPE, "spark:people_read"))
    assert sign_in(engine).ending is SignInResult.SCOPE_NARROWED
    assert engine.judge().reason is Reason.SIGN_IN_ENDED


def test_without_a_refresh_token_the_token_is_renewed_and_the_gap_is_named(
    engine: Engine, webex: Sandbox
) -> None:
    webex.switches = replace(webex.switches, code_reply_without_refresh=True)
    assert sign_in(engine).ending is SignInResult.NO_REFRESH_TOKEN
    health = engine.judge()
    assert (health.colour, health.reason) == (Colour.AMBER, Reason.SIGN_IN_ENDED)


def test_a_code_that_webex_refuses(engine: Engine, webex: Sandbox, clock: ManualClock) -> None:
    def too_late(url: str) -> None:
        address = decide(url)
        clock.advance(timedelta(minutes=6))
        visit(address)

    outcome = sign_in(engine, too_late)
    assert outcome.ending is SignInResult.CODE_REFUSED
    assert "expired" in outcome.detail


def test_a_wrong_integration_secret_is_named_and_changes_nothing(
    engine: Engine, profile: Profile, webex: Sandbox
) -> None:
    before = held(profile)
    webex.regenerate_integration_secret()
    assert sign_in(engine).ending is SignInResult.WRONG_CLIENT
    assert held(profile) == before


def test_no_answer_to_the_code_is_asked_once_more(engine: Engine, webex: Sandbox) -> None:
    webex.faults.next(Kind.CODE_EXCHANGE, Fault.unavailable())
    assert sign_in(engine).ending is SignInResult.RENEWED


def test_no_answer_twice_is_the_end_of_it(engine: Engine, webex: Sandbox) -> None:
    webex.faults.next(Kind.CODE_EXCHANGE, Fault.dropped(), times=2)
    outcome = sign_in(engine)
    assert (outcome.ending, outcome.failure) == (
        SignInResult.UNREACHABLE,
        TransportFailure.CONNECTION,
    )
    exchanges = [r for r in webex.requests if r.kind is Kind.CODE_EXCHANGE]
    assert len(exchanges) == 2


def test_an_error_twice_is_told_with_http_status_and_tracking_id(
    engine: Engine, webex: Sandbox
) -> None:
    webex.faults.next(Kind.CODE_EXCHANGE, Fault.unavailable(), times=2)
    outcome = sign_in(engine)
    assert (outcome.ending, outcome.http_status) == (SignInResult.UNREACHABLE, "HTTP 503")
    assert outcome.tracking_id.startswith("ROUTER_")


def test_a_longer_wait_than_a_code_lives_is_not_waited(engine: Engine, webex: Sandbox) -> None:
    webex.faults.next(Kind.CODE_EXCHANGE, Fault.rate_limited(600))
    outcome = sign_in(engine)
    assert (outcome.ending, outcome.failure) == (
        SignInResult.UNREACHABLE,
        TransportFailure.THROTTLED,
    )
    assert len([r for r in webex.requests if r.kind is Kind.CODE_EXCHANGE]) == 1


def test_a_lost_reply_to_the_code_is_a_refused_code(engine: Engine, webex: Sandbox) -> None:
    """The code was used: Webex says so to the retry, and the person signs in once more."""
    webex.faults.next(Kind.CODE_EXCHANGE, Fault.lost_reply())
    assert sign_in(engine).ending is SignInResult.CODE_REFUSED
    assert sign_in(engine).ending is SignInResult.RENEWED


def test_webex_going_down_before_the_mint_costs_no_second_sign_in(
    engine: Engine, webex: Sandbox, profile: Profile, start: Start
) -> None:
    webex.faults.next(Kind.MINT, Fault.unavailable(), times=None)
    outcome = sign_in(engine)
    assert (outcome.ending, outcome.failure) == (
        SignInResult.UNPROVEN,
        TransportFailure.SERVER_ERROR,
    )
    webex.faults.clear()

    restarted = start()
    assert restarted.poll().reason is Reason.RENEWING
    assert restarted.renewal_due()
    assert restarted.refresh().colour is Colour.GREEN
    assert restarted.last_method is RenewalMethod.MINT_CANDIDATE
    assert "candidate" not in " ".join(held(profile))


def test_a_sign_in_without_need_is_proven_too(
    profile: Profile, redirect: str, start: Start, webex: Sandbox
) -> None:
    """A person may sign in while all is green, and is interrupted before the mint."""
    engine = start()
    assert engine.poll().colour is Colour.GREEN
    webex.faults.next(Kind.MINT, Fault.unavailable())
    assert sign_in(engine).ending is SignInResult.UNPROVEN
    restarted = start()
    restarted.poll()
    assert restarted.renewal_due()
    restarted.refresh()
    assert restarted.last_method is RenewalMethod.MINT_CANDIDATE
    assert not restarted.renewal_due()


def test_a_wrong_app_secret_keeps_the_sign_in_for_later(
    engine: Engine, webex: Sandbox, profile: Profile, redirect: str
) -> None:
    webex.regenerate_service_secret()
    assert sign_in(engine).ending is SignInResult.WRONG_APP_SECRET
    assert engine.judge().reason is Reason.WRONG_APP_SECRET

    use_redirect(profile, redirect)  # writes the secret that is right now
    engine.poll()
    assert engine.renewal_due()
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.MINT_CANDIDATE


def test_an_unknown_app_is_named(engine: Engine, webex: Sandbox) -> None:
    webex.faults.next(Kind.MINT, Fault.error(404, "Application not found."))
    assert sign_in(engine).ending is SignInResult.WRONG_APP_IDS


def test_no_integration_is_said_before_any_page_opens(profile: Profile, start: Start) -> None:
    profile.write_config(lambda config: config["tokenManager"].pop("integration"))
    with pytest.raises(CannotSignIn, match=r"tokenManager\.integration"):
        start().begin_sign_in()


def test_no_client_secret_is_said_before_any_page_opens(profile: Profile, start: Start) -> None:
    def change(config: dict[str, dict[str, dict[str, str]]]) -> None:
        del config["tokenManager"]["integration"]["clientSecret"]

    profile.write_config(change)
    with pytest.raises(CannotSignIn, match="clientSecret"):
        start().begin_sign_in()


def test_a_taken_port_is_said_with_the_ways_out(start: Start, redirect: str) -> None:
    port = urlsplit(redirect).port
    assert port is not None
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(CannotSignIn, match=rf"port {port}.*redirectUri.*--paste"),
    ):
        start().begin_sign_in()


def test_a_pasted_address_needs_no_port(engine: Engine, redirect: str) -> None:
    port = urlsplit(redirect).port
    assert port is not None
    with socket.create_server(("127.0.0.1", port)):
        question = engine.begin_sign_in(listen=False)
        with pytest.raises(ValueError, match="no server"):
            question.start_page()
        assert question.rejected_uids == frozenset()
        address = decide(question.url)
        assert not question.read(address.replace("state=", "state=x"))
        assert not question.read("https://example.com/?code=x")
        assert question.read(f"  {address}\n")
        assert engine.finish_sign_in(question).ending is SignInResult.RENEWED


def test_another_integration_in_the_config_meanwhile_stops_it(
    engine: Engine, profile: Profile, webex: Sandbox
) -> None:
    before = held(profile)

    def change(url: str) -> None:
        browse(url)
        profile.write_config(
            lambda config: config["tokenManager"]["integration"].update(clientId="C" + "0" * 64)
        )

    assert sign_in(engine, change).ending is SignInResult.CONFIG_CHANGED
    assert held(profile) == before


def test_nothing_secret_is_logged(
    engine: Engine, caplog: pytest.LogCaptureFixture, profile: Profile
) -> None:
    address = ""

    def answer(url: str) -> None:
        nonlocal address
        address = decide(url)
        visit(address)

    with caplog.at_level(logging.DEBUG, "tray_app"):
        sign_in(engine, answer)
    sent = parse_qs(urlsplit(address).query)
    pair = json.loads(held_pair(profile))
    tokens = [pair["access"], pair["refresh"]]
    for secret in (sent["code"][0], sent["state"][0], *tokens):
        assert secret not in caplog.text


def held_pair(profile: Profile) -> str:
    return next(text for name, text in held(profile).items() if name.endswith("tokens"))
