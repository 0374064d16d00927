"""Events as sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.policy.samples import NOW
from tests.policy.situation import Situation
from tests.policy.situations import SITUATIONS
from tray_app.model.events import Event, EventType, verdict
from tray_app.model.failures import GRANTED, Refusal, TransportFailure
from tray_app.model.health import Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.settings import Thresholds
from tray_app.model.sign_in import SignInResult
from tray_app.model.signs import Colour
from tray_app.policy.health import evaluate
from tray_app.text.history import sentence

RUNG = Event(NOW, EventType.RENEWAL, method=RenewalMethod.SERVICE_REFRESH, fingerprint="0a1b2c3d")
RED = Event(NOW, EventType.HEALTH, colour=Colour.RED, row=1, reason=Reason.SIGN_IN_ENDED)


def of_source(reason: Reason) -> Event:
    return Event(NOW, EventType.HEALTH, colour=Colour.AMBER, row=10, reason=reason, detail="orders")


SAID = [
    (replace(RED, fingerprint="0a1b2c3d"), "red: Webex token invalid: sign-in needed"),
    (RED, "red: No token in .env: sign-in needed"),
    (
        Event(NOW, EventType.HEALTH, colour=Colour.AMBER, row=6, reason=Reason.STALE),
        "amber: Token not confirmed lately",
    ),
    (
        Event(NOW, EventType.HEALTH, Colour.GREEN, 9, Reason.WORKS, fingerprint="0a1b2c3d"),
        "green: Token works",
    ),
    (of_source(Reason.SOURCE_STOPPED), "amber: Data source orders stopped: its token expired"),
    (of_source(Reason.SOURCE_FAILING), "amber: Data source orders cannot be kept alive"),
    (
        of_source(Reason.SOURCE_ENDING),
        "amber: Data source orders expires soon and is not kept alive",
    ),
    (of_source(Reason.SOURCE_MISMATCH), "amber: Data source orders does not match its token"),
    (
        of_source(Reason.SOURCE_GONE),
        "amber: Data source orders should be kept alive, but Webex does not list it",
    ),
    (
        Event(NOW, EventType.CONFIRMED, fingerprint="0a1b2c3d"),
        "Webex confirmed the token 0a1b2c3d",
    ),
    (
        Event(NOW, EventType.DIED, fingerprint="0a1b2c3d", tracking_id="ROUTER_1"),
        "Webex rejected the token 0a1b2c3d twice (ROUTER_1)",
    ),
    (
        Event(NOW, EventType.UNANSWERED, outcome=TransportFailure.DNS),
        "No answer from Webex: the Webex host name was not found",
    ),
    (Event(NOW, EventType.UNANSWERED, outcome="gremlins"), "No answer from Webex: gremlins"),
    (Event(NOW, EventType.ANSWERED), "Webex answers again"),
    (Event(NOW, EventType.CONFIG_READ), "The config changed and was reloaded"),
    (
        Event(NOW, EventType.ADOPTED, fingerprint="0a1b2c3d"),
        ".env: took over the token 0a1b2c3d that another program wrote there",
    ),
    (
        Event(NOW, EventType.REFRESH_ADOPTED, fingerprint="0a1b2c3d"),
        ".env: took over the refresh token 0a1b2c3d that another program wrote there",
    ),
    (
        Event(NOW, EventType.GIVEN, fingerprint="0a1b2c3d"),
        "Saved the token 0a1b2c3d that was entered",
    ),
    (Event(NOW, EventType.HEALTH, colour=Colour.AMBER), "amber: Checking the token"),
    (
        Event(NOW, EventType.HEALTH, colour=Colour.AMBER, reason=Reason.SIGN_IN_ENDED),
        "amber: Token works, but sign-in needed",
    ),
    (
        replace(RUNG, outcome=GRANTED),
        "Renewed with the service app's refresh token: new token 0a1b2c3d",
    ),
    (
        replace(RUNG, outcome=Refusal.REJECTED, tracking_id="R_1"),
        "Not renewed with the service app's refresh token: Webex rejected the token 0a1b2c3d (R_1)",
    ),
    (
        replace(RUNG, method=RenewalMethod.MINT_PASTED, outcome=Refusal.WRONG_CLIENT),
        "Not renewed with your personal access token: Webex refuses the client secret",
    ),
    (
        replace(RUNG, method=RenewalMethod.MINT_INTEGRATION, outcome=Refusal.FORBIDDEN),
        "Not renewed with the integration's personal access token: Webex does not allow it",
    ),
    (
        replace(RUNG, method=RenewalMethod.MINT_CANDIDATE, outcome=Refusal.BAD_REQUEST),
        "Not renewed with your new sign-in: Webex does not know the app or the organization",
    ),
    (
        replace(RUNG, outcome=TransportFailure.TIMEOUT),
        "Not renewed with the service app's refresh token: Webex did not answer in time",
    ),
    (Event(NOW, EventType.RENEWAL, outcome="x"), "Not renewed with a renewal method: x"),
    (
        Event(NOW, EventType.WRITTEN_BACK, fingerprint="0a1b2c3d", detail="was rejected"),
        ".env: the token there was rejected; put ours back (0a1b2c3d)",
    ),
    (
        Event(NOW, EventType.CONFIG_FAULTY, detail="{not} valid"),
        "The config cannot be used: {not} valid",
    ),
    (
        Event(NOW, EventType.SECRETS_MOVED, detail="4 from the config into the keyring"),
        "Secrets moved: 4 from the config into the keyring",
    ),
    (
        Event(NOW, EventType.SIGN_IN, outcome=SignInResult.TIMED_OUT),
        "The sign-in timed out. Nothing has changed.",
    ),
    (
        Event(NOW, EventType.SIGN_IN, outcome=SignInResult.CANCELLED),
        "Sign-in cancelled. Nothing has changed.",
    ),
    (
        Event(NOW, EventType.SIGN_IN, outcome=SignInResult.WEBEX_FAILED),
        "Sign-in: Webex answered the sign-in with an error. Nothing has changed.",
    ),
    (Event(NOW, EventType.SIGN_IN, outcome="by-telepathy"), "Sign-in: by-telepathy"),
    (
        Event(NOW, EventType.EXTENDED, outcome=GRANTED, detail="orders"),
        "Data source orders: extended",
    ),
    (
        Event(NOW, EventType.EXTENDED, outcome=TransportFailure.DNS, detail="orders"),
        "Data source orders: not extended, the Webex host name was not found",
    ),
    (
        Event(
            NOW, EventType.EXTENDED, outcome=Refusal.FORBIDDEN, detail="a", tracking_id="ROUTER_1"
        ),
        "Data source a: not extended, Webex does not allow it (ROUTER_1)",
    ),
    (
        Event(NOW, EventType.EXTENDED, outcome=Refusal.REJECTED, detail="a"),
        "Data source a: not extended, Webex rejected the token",
    ),
    (
        Event(NOW, EventType.EXTENDED, outcome=Refusal.BAD_REQUEST, detail="a"),
        "Data source a: not extended, Webex does not accept it",
    ),
    (
        Event(NOW, EventType.EXTENDED, outcome="it is disabled", detail="a"),
        "Data source a: not extended, it is disabled",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event", "said"), SAID, ids=[said for _, said in SAID])
def test_an_event_is_one_sentence(event: Event, said: str) -> None:
    """With the tracking id where Webex gave one."""
    assert sentence(event) == said


@pytest.mark.parametrize("what", [EventType.UNANSWERED, EventType.RENEWAL])
def test_if_webex_failed_http_status_and_tracking_id_are_said(what: EventType) -> None:
    failed = Event(NOW, what, outcome="server-error", detail="HTTP 503", tracking_id="ROUTER_1")
    assert sentence(failed).endswith("Webex answered with an error (HTTP 503, ROUTER_1)")
    assert sentence(replace(failed, tracking_id="")).endswith("(HTTP 503)")


@pytest.mark.parametrize("outcome", [SignInResult.UNREACHABLE, SignInResult.UNPROVEN])
def test_so_they_are_of_a_sign_in(outcome: SignInResult) -> None:
    """The detail of others is what Webex has said."""
    failed = Event(NOW, EventType.SIGN_IN, outcome=outcome, detail="HTTP 503", tracking_id="R_1")
    assert sentence(failed).endswith(" (HTTP 503, R_1)")
    refused = sentence(replace(failed, outcome=SignInResult.CODE_REFUSED))
    assert refused.count("HTTP 503") == 1
    assert refused.endswith(" (R_1)")


@pytest.mark.parametrize("what", EventType)
def test_every_kind_has_a_sentence_even_with_nothing_in_it(what: EventType) -> None:
    """What is read from a file may lack anything."""
    assert sentence(Event(NOW, what)).strip()


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_every_verdict_reads_as_its_headline_did(situation: Situation) -> None:
    """But for the times in it, and for what lasts."""
    health = evaluate(situation.facts, NOW, Thresholds())
    event = verdict(health, situation.facts.token, NOW)
    assert (event.colour, event.row, event.reason) == (health.colour, health.row, health.reason)
    said = sentence(event)
    assert said.startswith(f"{health.colour}: ")
    if health.problem is not None:
        assert f"Data source {health.problem.watched.name} " in said
    elif health.reason not in (Reason.STALE, Reason.CANNOT_CHECK) and health.failure is None:
        begins = (
            situation.headline.replace("rejected", "invalid")
            .split(" until ")[0]
            .split(",")[0]
            .split(". ")[0]
        )
        assert said.split(": ", 1)[1].startswith(begins)
