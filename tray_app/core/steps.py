"""The one next step as something a click can do: the menu's row and a notice's button share it."""

from __future__ import annotations

from enum import StrEnum

from tray_app.core.model import Colour, Health, Reason, Who


class Step(StrEnum):
    """What a click on the next step does."""

    SIGN_IN = "sign-in"
    EDIT_CONFIG = "edit-config"
    FETCH_AND_EDIT = "fetch-and-edit"
    """Fetch a value at the developer portal, and put it into the config."""
    CONTROL_HUB = "control-hub"
    REFRESH = "refresh"
    CHECK = "check"
    EXTEND = "extend"
    """Extend the data source that it is about."""
    SHOW_ENV = "show-env"
    SHOW_LOG = "show-log"


BUTTONS = {
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
"""The label of a button that does it."""

_STEPS = {
    Reason.SIGN_IN_ENDED: Step.SIGN_IN,
    Reason.SIGN_IN_MISSING: Step.SIGN_IN,
    Reason.SIGN_IN_DUE: Step.SIGN_IN,
    Reason.NOT_SET_UP: Step.EDIT_CONFIG,
    Reason.CONFIG_FAULT: Step.EDIT_CONFIG,
    Reason.PERSONAL_TOKEN_ENDED: Step.FETCH_AND_EDIT,
    Reason.NOTHING_TO_RENEW_WITH: Step.FETCH_AND_EDIT,
    Reason.REFRESH_DUE: Step.FETCH_AND_EDIT,
    Reason.WRONG_APP_IDS: Step.FETCH_AND_EDIT,
    Reason.WRONG_APP_SECRET: Step.FETCH_AND_EDIT,
    Reason.APP_SECRET_MISSING: Step.FETCH_AND_EDIT,
    Reason.WRONG_INTEGRATION_SECRET: Step.FETCH_AND_EDIT,
    Reason.INTEGRATION_SECRET_MISSING: Step.FETCH_AND_EDIT,
    Reason.FORBIDDEN: Step.CONTROL_HUB,
    Reason.KEYRING_LOCKED: Step.REFRESH,  # a click may have the keyring ask for its password
    Reason.FOREIGN_ORG: Step.REFRESH,
    Reason.STALE: Step.CHECK,
    Reason.ENV_FAULT: Step.SHOW_ENV,
    Reason.SOURCE_STOPPED: Step.EXTEND,
    Reason.SOURCE_FAILING: Step.EXTEND,
    Reason.SOURCE_ENDING: Step.EXTEND,
    Reason.SOURCE_MISMATCH: Step.EXTEND,
    Reason.SOURCES_UNSEEN: Step.CONTROL_HUB,
    Reason.OWN_FAULT: Step.SHOW_LOG,
}


def step_of(health: Health) -> Step | None:
    """Return what a click can do about it; None where all is well, where the program acts by
    itself, or where the step lies outside (a keyring to start, a clock to set)."""
    if health.reason is Reason.RENEWAL_FAILS and health.colour is Colour.AMBER:
        return Step.REFRESH
    step = _STEPS.get(health.reason)
    return Step.CONTROL_HUB if step is Step.EXTEND and health.who is Who.ADMIN else step
