"""The one next step as something a click can do: the menu's row and a notice's button share it."""

from __future__ import annotations

from enum import StrEnum

from tray_app.model.health import Health, Owner, Reason
from tray_app.model.signs import Colour


class UserAction(StrEnum):
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
    UserAction.SIGN_IN: "Sign in…",
    UserAction.EDIT_CONFIG: "Open config",
    UserAction.FETCH_AND_EDIT: "Open portal and config",
    UserAction.CONTROL_HUB: "Open Control Hub",
    UserAction.REFRESH: "Refresh token now",
    UserAction.CHECK: "Check now",
    UserAction.EXTEND: "Extend now",
    UserAction.SHOW_ENV: "Open .env folder",
    UserAction.SHOW_LOG: "Open log",
}
"""The label of a button that does it."""

_STEPS = {
    Reason.SIGN_IN_ENDED: UserAction.SIGN_IN,
    Reason.SIGN_IN_MISSING: UserAction.SIGN_IN,
    Reason.SIGN_IN_DUE: UserAction.SIGN_IN,
    Reason.NOT_SET_UP: UserAction.EDIT_CONFIG,
    Reason.CONFIG_FAULT: UserAction.EDIT_CONFIG,
    Reason.PERSONAL_TOKEN_ENDED: UserAction.FETCH_AND_EDIT,
    Reason.NOTHING_TO_RENEW_WITH: UserAction.FETCH_AND_EDIT,
    Reason.REFRESH_DUE: UserAction.FETCH_AND_EDIT,
    Reason.WRONG_APP_IDS: UserAction.FETCH_AND_EDIT,
    Reason.WRONG_APP_SECRET: UserAction.FETCH_AND_EDIT,
    Reason.APP_SECRET_MISSING: UserAction.FETCH_AND_EDIT,
    Reason.WRONG_INTEGRATION_SECRET: UserAction.FETCH_AND_EDIT,
    Reason.INTEGRATION_SECRET_MISSING: UserAction.FETCH_AND_EDIT,
    Reason.FORBIDDEN: UserAction.CONTROL_HUB,
    Reason.KEYRING_LOCKED: UserAction.REFRESH,  # a click may have the keyring ask for its password
    Reason.FOREIGN_ORG: UserAction.REFRESH,
    Reason.STALE: UserAction.CHECK,
    Reason.ENV_FAULT: UserAction.SHOW_ENV,
    Reason.SOURCE_STOPPED: UserAction.EXTEND,
    Reason.SOURCE_FAILING: UserAction.EXTEND,
    Reason.SOURCE_ENDING: UserAction.EXTEND,
    Reason.SOURCE_MISMATCH: UserAction.EXTEND,
    Reason.SOURCES_UNSEEN: UserAction.CONTROL_HUB,
    Reason.OWN_FAULT: UserAction.SHOW_LOG,
}


def action_for(health: Health) -> UserAction | None:
    """Return what a click can do about it; None where all is well, where the program acts by
    itself, or where the step lies outside (a keyring to start, a clock to set)."""
    if health.reason is Reason.RENEWAL_FAILS and health.colour is Colour.AMBER:
        return UserAction.REFRESH
    step = _STEPS.get(health.reason)
    return (
        UserAction.CONTROL_HUB if step is UserAction.EXTEND and health.who is Owner.ADMIN else step
    )
