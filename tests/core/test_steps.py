"""What a click on the next step does: it fits the sentence, and every button has its label."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.samples import NOW, SITUATIONS, Situation
from tray_app.core.health import Limits, evaluate
from tray_app.core.model import Colour, Health, Reason, Shape, Who
from tray_app.core.steps import BUTTONS, Step, step_of

BY_WORDS = {
    "Re-authorize in the browser": Step.SIGN_IN,
    "Paste a new personal access token": Step.FETCH_AND_EDIT,
    "Put the current": Step.FETCH_AND_EDIT,
    "Correct appId": Step.FETCH_AND_EDIT,
    "Correct token-config.json": Step.EDIT_CONFIG,
    "Authorize the service app in Control Hub": Step.CONTROL_HUB,
    "Unlock the keyring, then refresh": Step.REFRESH,
    "Refresh the token": Step.REFRESH,
    "Check again": Step.CHECK,
    "Make .env": Step.SHOW_ENV,
    "Extend it": Step.EXTEND,
    "Have the service app granted": Step.CONTROL_HUB,
}


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_a_click_does_what_the_sentence_asks_for(situation: Situation) -> None:
    """Where the program acts by itself, or the step is nothing that can be opened, it does none."""
    health = evaluate(situation.facts, NOW, Limits())
    expected = next(
        (step for words, step in BY_WORDS.items() if situation.step.startswith(words)), None
    )
    # `status` has ended by then, and in the tray it is automatic; or there is no tray to click in.
    if health.row in (4, 5) or not situation.facts.attended:
        expected = None
    assert step_of(health) is expected


@pytest.mark.parametrize(
    ("reason", "who", "step"),
    [
        (Reason.NOT_SET_UP, Who.YOU, Step.EDIT_CONFIG),
        (Reason.OWN_FAULT, Who.DEVELOPER, Step.SHOW_LOG),
        (Reason.STALE, Who.ADMIN, Step.CHECK),
        (Reason.SOURCE_ENDING, Who.YOU, Step.EXTEND),
        (Reason.SOURCE_ENDING, Who.ADMIN, Step.CONTROL_HUB),
    ],
)
def test_some_steps_come_from_elsewhere_than_the_table(
    reason: Reason, who: Who, step: Step
) -> None:
    """A config that cannot be used, a fault of this program; a right that only an admin grants."""
    assert step_of(Health(8, Colour.AMBER, Shape.BANG, reason, who, ())) is step


def test_a_failing_renewal_can_be_tried_while_the_token_lives() -> None:
    """Once it is dead the program tries by itself."""
    health = Health(7, Colour.AMBER, Shape.BANG, Reason.RENEWAL_FAILS, Who.WEBEX, ())
    assert step_of(health) is Step.REFRESH
    assert step_of(replace(health, row=2, colour=Colour.RED)) is None


def test_every_step_has_a_label() -> None:
    """Short enough for a button; where the menu has such a row, in its words."""
    assert BUTTONS == {
        Step.SIGN_IN: "Re-authorize…",
        Step.EDIT_CONFIG: "Open config",
        Step.FETCH_AND_EDIT: "Open portal and config",
        Step.CONTROL_HUB: "Open Control Hub",
        Step.REFRESH: "Refresh token now",
        Step.CHECK: "Check now",
        Step.EXTEND: "Extend now",
        Step.SHOW_ENV: "Open .env folder",
        Step.SHOW_LOG: "Open log",
    }
    assert set(BUTTONS) == set(Step)
