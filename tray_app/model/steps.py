"""What a click on the next step does, in the menu and on the button of a notification."""

from __future__ import annotations

from enum import StrEnum

from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.signs import Colour


class UserAction(StrEnum):
    """An action that a click can take."""

    SIGN_IN = "sign-in"
    SET_UP = "set-up"
    """Answer the set-up questions, or change the answers."""
    EDIT_CONFIG = "edit-config"
    FETCH_AND_EDIT = "fetch-and-edit"
    """Copy a value from the developer portal into the config."""
    CONTROL_HUB = "control-hub"
    REFRESH = "refresh"
    CHECK = "check"
    EXTEND = "extend"
    """Extend the data source that the health is about."""
    SHOW_ENV = "show-env"
    SHOW_LOG = "show-log"


_ACTIONS = {
    Reason.SIGN_IN_ENDED: UserAction.SIGN_IN,
    Reason.SIGN_IN_MISSING: UserAction.SIGN_IN,
    Reason.SIGN_IN_DUE: UserAction.SIGN_IN,
    Reason.NOT_SET_UP: UserAction.SET_UP,
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
    Reason.BLOCKED: UserAction.CONTROL_HUB,
    Reason.KEYRING_LOCKED: UserAction.REFRESH,  # a click may let the keyring ask for its password
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
    """Return what a click can do; None if all is well, if the program acts, or if only you can
    (start a keyring, set a clock)."""
    if health.reason is Reason.RENEWAL_FAILS and health.colour is Colour.AMBER:
        return UserAction.REFRESH
    if health.reason is Reason.FORBIDDEN and health.who is Fixer.YOU:
        return UserAction.SET_UP
    action = _ACTIONS.get(health.reason)
    is_for_admin = action is UserAction.EXTEND and health.who is Fixer.ADMIN
    return UserAction.CONTROL_HUB if is_for_admin else action
