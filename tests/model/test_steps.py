"""What a click on the next step does: it fits the sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.policy.samples import NOW
from tests.policy.situation import Situation
from tests.policy.situations import SITUATIONS
from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.settings import Thresholds
from tray_app.model.signs import Colour, Shape
from tray_app.model.steps import UserAction, action_for
from tray_app.policy.health import evaluate

BY_WORDS = {
    "Sign in through the browser": UserAction.SIGN_IN,
    "Check the organization id": UserAction.SET_UP,
    "Paste a new personal access token": UserAction.FETCH_AND_EDIT,
    "Put the current": UserAction.FETCH_AND_EDIT,
    "Correct appId": UserAction.FETCH_AND_EDIT,
    "Correct token-config.json": UserAction.EDIT_CONFIG,
    "Unblock or authorize the service app": UserAction.CONTROL_HUB,
    "Authorize the service app in Control Hub": UserAction.CONTROL_HUB,
    "Unlock the keyring, then refresh": UserAction.REFRESH,
    "Refresh the token": UserAction.REFRESH,
    "Check again": UserAction.CHECK,
    "Make .env": UserAction.SHOW_ENV,
    "Extend it": UserAction.EXTEND,
    "Add spark-admin:datasource_read": UserAction.CONTROL_HUB,
}


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_a_click_does_what_the_sentence_asks_for(situation: Situation) -> None:
    """Where the program acts by itself, or the step is nothing that can be opened, it does none."""
    health = evaluate(situation.facts, NOW, Thresholds())
    expected = next(
        (step for words, step in BY_WORDS.items() if situation.step.startswith(words)), None
    )
    # `status` has ended by then, and in the tray it is automatic; or there is no tray to click in.
    if health.row in (4, 5) or not situation.facts.attended:
        expected = None
    assert action_for(health) is expected


@pytest.mark.parametrize(
    ("reason", "who", "step"),
    [
        (Reason.NOT_SET_UP, Fixer.YOU, UserAction.SET_UP),
        (Reason.OWN_FAULT, Fixer.DEVELOPER, UserAction.SHOW_LOG),
        (Reason.STALE, Fixer.ADMIN, UserAction.CHECK),
        (Reason.SOURCE_ENDING, Fixer.YOU, UserAction.EXTEND),
        (Reason.SOURCE_ENDING, Fixer.ADMIN, UserAction.CONTROL_HUB),
    ],
)
def test_some_steps_come_from_elsewhere_than_the_table(
    reason: Reason, who: Fixer, step: UserAction
) -> None:
    """A config that cannot be used, a fault of this program; a right that only an admin grants."""
    assert action_for(Health(8, Colour.AMBER, Shape.BANG, reason, who, ())) is step


def test_a_failing_renewal_can_be_tried_while_the_token_lives() -> None:
    """Once it is dead the program tries by itself."""
    health = Health(7, Colour.AMBER, Shape.BANG, Reason.RENEWAL_FAILS, Fixer.WEBEX, ())
    assert action_for(health) is UserAction.REFRESH
    assert action_for(replace(health, row=2, colour=Colour.RED)) is None
