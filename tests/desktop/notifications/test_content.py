"""What a notification says: the next step, and the answer to what a user has asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from tests.desktop.notifications.samples import (
    AMBER,
    ENDED,
    FAILS,
    GREEN,
    RED,
    STALE,
    UNANSWERED,
    told_at_once,
)
from tests.policy.samples import DAY, HOUR, NOW
from tray_app.desktop.notifications.content import PendingReply, notification_of
from tray_app.model.data_sources import Extension
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.renewal import RenewalMethod, Renewing
from tray_app.model.responses import Person
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import UserRequest
from tray_app.model.steps import UserAction
from tray_app.text.data_sources import extension_outcome
from tray_app.text.menu import headline, title
from tray_app.text.sign_in import sentence

SAM = Person("Sam", "sam@example.com", "1f0c5a3e-0000-4000-8000-00000000abcd")
SIGNED_IN = Outcome(SignInResult.RENEWED, SAM, NOW + 90 * DAY)
EXTENDED = Extension("id", "orders", until=NOW + HOUR)
AUTHORIZE = "Authorize the service app in Control Hub, then refresh the token"
WHO = "Signed in as Sam (sam@example.com)"
PASTE = "Paste a new personal access token (developer.webex.com) into token-config.json"


@pytest.mark.parametrize(
    ("health", "asked", "answered", "body"),
    [
        (RED, None, None, "Sign in through the browser"),
        (ENDED, None, None, PASTE),
        (FAILS, None, None, "Automatic retry at 12:03\nWebex cannot be reached"),
        (RED, UserRequest.CHECK, None, "Sign in through the browser\nChecked 11:58"),
        (GREEN, UserRequest.CHECK, None, "Checked 11:58"),
        (
            replace(RED, unanswered=TransportFailure.SERVER_ERROR, trace="HTTP 503, R"),
            UserRequest.CHECK,
            None,
            "Sign in through the browser\nChecked 11:58: Webex answered with an error",  # no ids
        ),
        (GREEN, UserRequest.START, None, "Webex Token Tray is running already."),
        (RED, UserRequest.SIGN_IN, None, "Sign in through the browser"),
        (
            FAILS,
            UserRequest.REFRESH,
            None,
            "Automatic retry at 12:03\nNot renewed.\nLast renewal failed: Webex cannot be reached",
        ),
        (
            replace(GREEN, renewing=Renewing(1, NOW, TransportFailure.SERVER_ERROR, "HTTP 503, R")),
            UserRequest.REFRESH,
            None,
            "Not renewed.\nLast renewal failed: Webex answered with an error",  # no ids
        ),
        (
            replace(RED, reason=Reason.FORBIDDEN, who=Fixer.ADMIN),
            None,
            None,
            f"{AUTHORIZE} (a Webex full admin)",
        ),
        (
            replace(RED, reason=Reason.FORBIDDEN, who=Fixer.DEVELOPER),
            UserRequest.CHECK,
            None,
            f"{AUTHORIZE} (the app's developer)\nChecked 11:58",
        ),
        (
            replace(FAILS, reason=Reason.CANNOT_CHECK),  # the title says why
            None,
            None,
            "Automatic check at 12:03",
        ),
    ],
)  # fmt: skip
def test_the_next_step_comes_first(
    health: Health, asked: UserRequest | None, answered: RenewalMethod | None, body: str
) -> None:
    """Daemons cut what is below. The title says whose token, and how it is."""
    notification = told_at_once(health, PendingReply(asked, answered) if asked else None)
    assert notification.body == body
    assert notification.summary == title(health, NOW, UTC)
    assert "Webex token" in notification.summary
    assert (notification.shape, notification.colour) == (health.shape, health.colour)


@pytest.mark.parametrize(
    ("failure", "summary", "cause"),
    [
        (
            TransportFailure.SERVER_ERROR,
            "Webex answered with an error",
            "Webex answered with an error",
        ),
        (
            TransportFailure.TIMEOUT,
            "Webex cannot be reached",
            "Webex did not answer in time",
        ),
        (TransportFailure.THROTTLED, "Webex asked us to wait", "Webex asked us to wait"),
    ],
)
def test_a_check_without_an_answer_says_so_first(
    failure: TransportFailure, summary: str, cause: str
) -> None:
    """Not with the icon's green, which says that all is well."""
    health = replace(UNANSWERED, unanswered=failure)
    notification = told_at_once(health, PendingReply(UserRequest.CHECK))
    assert notification.summary == summary
    assert notification.body.splitlines() == [
        "The token should still work until Mon 23 Mar; trying again by itself",
        f"Checked 11:58: {cause}",
    ]
    assert (notification.shape, notification.colour) == (Shape.QUERY, Colour.AMBER)
    assert (notification.step, notification.can_snooze) == (None, False)
    assert told_at_once(health, PendingReply(UserRequest.CHECK_ALL)) == notification
    traced = replace(health, trace="HTTP 503, tracking id R")
    assert told_at_once(traced, PendingReply(UserRequest.CHECK)) == notification
    for asked in (None, PendingReply(UserRequest.REFRESH)):
        assert notification_of(health, NOW, UTC, asked).colour is health.colour
    unknown = told_at_once(replace(health, until=None), PendingReply(UserRequest.CHECK))
    assert unknown.body.startswith("The token should still work; trying again by itself\n")
    assert told_at_once(health, PendingReply(UserRequest.START)).summary == title(health, NOW, UTC)


LEFT = headline(GREEN, NOW, UTC)


@pytest.mark.parametrize(
    ("health", "reply", "summary", "body"),
    [
        (
            GREEN,
            PendingReply(UserRequest.REFRESH, RenewalMethod.MINT_PASTED),
            "Webex token renewed",
            f"{LEFT}.",
        ),
        (
            GREEN,
            PendingReply(UserRequest.REFRESH),
            "Webex token renewed",
            f"Another process has just renewed it; .env has that token.\n{LEFT}.",
        ),
        *(
            (
                GREEN,
                PendingReply(check, RenewalMethod.SERVICE_REFRESH),
                "Webex token renewed",
                f"Checked 11:58\n{LEFT}.",
            )
            for check in (UserRequest.CHECK, UserRequest.CHECK_ALL)
        ),
        (
            GREEN,
            PendingReply(UserRequest.SIGN_IN, signed_in=SIGNED_IN),
            "Webex token renewed",
            f"{WHO}, good until Mon 8 Jun 12:00.\n{LEFT}.",
        ),
        (
            replace(RED, row=8, colour=Colour.AMBER),
            PendingReply(UserRequest.REFRESH, RenewalMethod.MINT_PASTED),
            "Webex token renewed",
            "Sign in through the browser\nToken works, but sign-in needed.",
        ),
        (
            GREEN,
            PendingReply(UserRequest.EXTEND, extended=EXTENDED),
            "Webex token: orders extended",
            f"Data source orders was extended until today 13:00.\n{LEFT}.",
        ),
        (
            GREEN,
            PendingReply(UserRequest.EXTEND, extended=replace(EXTENDED, name="ab" * 16)),
            f"Webex token: {'ab' * 7}a…{'ab' * 7} extended",  # 30 characters of it
            f"Data source {'ab' * 16} was extended until today 13:00.\n{LEFT}.",
        ),
    ],
)
def test_after_a_success_the_title_says_so(
    health: Health, reply: PendingReply, summary: str, body: str
) -> None:
    """Without ids; the step first, if there still is one."""
    notification = told_at_once(health, reply)
    assert (notification.summary, notification.body) == (summary, body)
    assert SAM.org_uuid not in notification.body


IN_VAIN = "The sign-in timed out. Nothing has changed."


@pytest.mark.parametrize(
    ("health", "outcome", "body"),
    [
        (
            RED,
            Outcome(SignInResult.TIMED_OUT),
            f"Sign in through the browser\n{IN_VAIN}",
        ),
        (
            RED,
            Outcome(SignInResult.NOT_BEGUN, detail="Port 3000 is taken."),
            "Sign in through the browser\nPort 3000 is taken.",
        ),
    ],
)
def test_a_sign_in_is_answered_with_its_result(health: Health, outcome: Outcome, body: str) -> None:
    """Below the next step; whatever method has renewed."""
    for answered in (None, RenewalMethod.MINT_CANDIDATE):
        assert (
            told_at_once(health, PendingReply(UserRequest.SIGN_IN, answered, outcome)).body == body
        )


def test_an_extension_is_answered_with_its_result() -> None:
    """With nothing to say, by the health alone; nothing else answers for it, nor it for others."""
    said = extension_outcome(EXTENDED, NOW, UTC)
    assert told_at_once(GREEN, PendingReply(UserRequest.EXTEND)).body == ""
    assert said not in told_at_once(RED, PendingReply(UserRequest.CHECK, extended=EXTENDED)).body
    failed = Extension("id", "orders", failure=TransportFailure.TIMEOUT, tracking_id="R")
    answer = told_at_once(GREEN, PendingReply(UserRequest.EXTEND, extended=failed))
    assert answer.summary == title(GREEN, NOW, UTC)
    assert answer.body == "Data source orders was not extended: Webex did not answer in time."


def test_an_older_sign_in_is_no_answer_to_a_later_request() -> None:
    """A check, a renewal or a second start is answered by itself, also after a cancelled one."""
    for asked in (UserRequest.START, UserRequest.CHECK, UserRequest.REFRESH):
        plain = told_at_once(RED, PendingReply(asked))
        for ending in SignInResult:
            older = Outcome(ending, detail="something else")
            assert told_at_once(RED, PendingReply(asked, signed_in=older)) == plain


def test_only_red_is_urgent() -> None:
    """It may stay on the screen until it has been seen."""
    for health in (GREEN, AMBER, STALE, RED):
        notification = told_at_once(health, PendingReply(UserRequest.START))
        assert notification.urgent is (health is RED)


def test_a_problem_s_notification_has_buttons_for_step_and_snooze() -> None:
    """One that all is well has nothing to click on."""
    red, green = told_at_once(RED), told_at_once(GREEN, PendingReply(UserRequest.START))
    assert (red.step, red.can_snooze) == (UserAction.SIGN_IN, True)
    assert (green.step, green.can_snooze) == (None, False)
    assert told_at_once(FAILS).step is None  # the program tries by itself


def test_a_sign_in_without_rights_ends_with_its_own_step() -> None:
    """The step of the health would come twice."""
    forbidden = replace(RED, reason=Reason.FORBIDDEN, who=Fixer.YOU)
    outcome = Outcome(SignInResult.WRONG_ACCOUNT, SAM, detail="Not the owner.")
    body = told_at_once(forbidden, PendingReply(UserRequest.SIGN_IN, signed_in=outcome)).body
    assert body == sentence(outcome, NOW, UTC, ids=False)
    assert body.count("Check the organization id") == 1
