"""Situations in which the token in `.env` is dead: rows 1, 2 and 4."""

from __future__ import annotations

from tests.policy.samples import NOW, TICK, but, closed, lacking
from tests.policy.situation import (
    APP_SECRET_STEP,
    DEAD,
    FAILING_ONCE,
    IF_DUE,
    INTEGRATION_STEP,
    NO_APP_SECRET,
    NO_SIGN_IN,
    PASTE,
    SIGN_IN_AGAIN,
    UNLOCK,
    UNREACHABLE,
    Situation,
)
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Fixer, Reason
from tray_app.model.renewal import Availability, RenewalMethod, Renewing, StoreState

DEAD_TOKEN = (
    # 1: dead, and no rung can act alone
    Situation(
        1,
        Reason.ENV_FAULT,
        Fixer.YOU,
        but(DEAD, token=None, env_fault="/x/.env is a directory"),
        "No token in .env: .env cannot be used",
        "Make .env a writable text file (/x/.env is a directory)",
    ),
    Situation(
        1,
        Reason.KEYRING_LOCKED,
        Fixer.YOU,
        but(DEAD, availabilities=closed(Availability.LOCKED), store=StoreState.LOCKED),
        "Webex token rejected: the keyring is locked",
        UNLOCK,
    ),
    Situation(
        1,
        Reason.STORE_FAULT,
        Fixer.YOU,
        but(
            DEAD,
            availabilities=closed(Availability.LOCKED),
            store_fault="/x/secrets.json is no file",
        ),
        "Webex token rejected: the secrets file is unusable",
        "Repair the secrets file (/x/secrets.json is no file)",
    ),
    Situation(
        1,
        Reason.CONFIG_FAULT,
        Fixer.YOU,
        but(
            DEAD, availabilities=closed(Availability.DEAD), config_fault="not valid JSON at line 3"
        ),
        "Webex token rejected: token-config.json cannot be used",
        "Correct token-config.json (not valid JSON at line 3)",
    ),
    Situation(
        1,
        Reason.APP_SECRET_MISSING,
        Fixer.DEVELOPER,
        but(DEAD, availabilities=closed(Availability.MISSING), credentials=NO_APP_SECRET),
        "Webex token rejected: the app's client secret is missing",
        APP_SECRET_STEP,
    ),
    Situation(
        1,
        Reason.WRONG_APP_SECRET,
        Fixer.DEVELOPER,
        but(DEAD, availabilities=closed(Availability.WRONG_CLIENT)),
        "Webex token rejected: Webex refuses the app's client secret",
        APP_SECRET_STEP,
    ),
    Situation(
        1,
        Reason.WRONG_APP_IDS,
        Fixer.YOU,
        but(DEAD, availabilities=closed(Availability.BAD_REQUEST, RenewalMethod.MINT_PASTED)),
        "Webex token rejected: Webex does not know the app or organization",
        "Correct appId, clientSecret and targetOrgId in token-config.json",
    ),
    Situation(
        1,
        Reason.FORBIDDEN,
        Fixer.ADMIN,
        but(DEAD, availabilities=closed(Availability.FORBIDDEN, RenewalMethod.MINT_INTEGRATION)),
        "Webex token rejected: Webex does not allow a new one",
        "Authorize the service app in Control Hub, then refresh the token",
    ),
    Situation(
        1,
        Reason.BLOCKED,
        Fixer.ADMIN,
        but(
            DEAD,
            availabilities=closed(Availability.FORBIDDEN, RenewalMethod.MINT_INTEGRATION)
            | {RenewalMethod.SERVICE_REFRESH: Availability.DEAD},
        ),
        "Webex token rejected: the service app is blocked or not authorized",
        "Unblock or authorize the service app in Control Hub, then refresh the token",
    ),
    Situation(
        1,
        Reason.FORBIDDEN,
        Fixer.YOU,
        but(
            DEAD,
            foreign_org=True,
            availabilities=closed(Availability.FORBIDDEN, RenewalMethod.MINT_INTEGRATION),
        ),
        "Webex token rejected: Webex does not allow a new one",
        "Check the organization id; if it is right, sign in as the app's owner (.env holds another"
        " organization's token)",
    ),
    Situation(
        1,
        Reason.WRONG_INTEGRATION_SECRET,
        Fixer.DEVELOPER,
        but(
            DEAD,
            availabilities=closed(Availability.WRONG_CLIENT, RenewalMethod.INTEGRATION_REFRESH),
        ),
        "Webex token rejected: Webex refuses the integration's client secret",
        INTEGRATION_STEP,
    ),
    Situation(
        1,
        Reason.SIGN_IN_ENDED,
        Fixer.YOU,
        but(DEAD, availabilities=closed(Availability.DEAD)),
        "Webex token rejected: sign-in needed",
        SIGN_IN_AGAIN,
    ),
    Situation(
        1,
        Reason.SIGN_IN_MISSING,
        Fixer.YOU,
        but(
            DEAD,
            availabilities=closed(Availability.MISSING),
            credentials=lacking(refresh_token=None),
        ),
        "Webex token rejected: you have not signed in yet",
        SIGN_IN_AGAIN,
    ),
    Situation(
        1,
        Reason.INTEGRATION_SECRET_MISSING,
        Fixer.DEVELOPER,
        but(
            DEAD,
            availabilities=closed(Availability.MISSING),
            credentials=lacking(client_secret=None),
        ),
        "Webex token rejected: the integration's client secret is missing",
        INTEGRATION_STEP,
    ),
    Situation(
        1,
        Reason.PERSONAL_TOKEN_ENDED,
        Fixer.YOU,
        but(
            DEAD,
            availabilities=closed(Availability.DEAD, RenewalMethod.MINT_PASTED),
            credentials=NO_SIGN_IN,
        ),
        "Webex token rejected: the personal access token expired",
        PASTE,
    ),
    Situation(
        1,
        Reason.NOTHING_TO_RENEW_WITH,
        Fixer.YOU,
        but(DEAD, token=None, availabilities=closed(Availability.MISSING), credentials=NO_SIGN_IN),
        "No token in .env: nothing can renew it",
        PASTE,
    ),
    Situation(
        1,
        Reason.MEMORY_ONLY,
        Fixer.YOU,
        but(
            DEAD,
            availabilities=closed(Availability.UNSAVED, RenewalMethod.INTEGRATION_REFRESH),
            store=StoreState.MEMORY,
        ),
        "Webex token rejected: there is no keyring to keep new tokens",
        "Start or install a keyring (gnome-keyring, KWallet, KeePassXC; on Windows Credential"
        ' Manager), or on a server set tray.secretStore to "file"',
    ),
    Situation(
        1,
        Reason.SAVE_REFUSED,
        Fixer.YOU,
        but(DEAD, store=StoreState.REFUSED, save_fault="it is full", renewing=Renewing(1, NOW)),
        "Webex token rejected: new tokens cannot be saved",
        "Unlock or repair the keyring, or make room on the disk, before you quit (it is full)",
    ),
    Situation(
        1,
        Reason.KEYRING_UNREACHABLE,
        Fixer.YOU,
        but(
            DEAD,
            availabilities=closed(Availability.MISSING),
            store=StoreState.MEMORY,
            unreachable=True,
            credentials=lacking(client_secret=None, refresh_token=None),
        ),
        "Webex token rejected: no keyring is reachable",
        UNREACHABLE,
    ),
    Situation(
        8,
        Reason.KEYRING_UNREACHABLE,
        Fixer.YOU,
        but(
            store=StoreState.MEMORY,
            unreachable=True,
            credentials=lacking(refresh_token=None),
        ),
        "Token works, but no keyring is reachable",
        UNREACHABLE,
    ),
    Situation(
        9,
        Reason.KEYRING_UNREACHABLE,
        Fixer.YOU,
        but(store=StoreState.MEMORY, unreachable=True),
        "Token works, but no keyring is reachable",
        UNREACHABLE,
    ),
    # 2: dead, and renewing fails
    Situation(
        2,
        Reason.RENEWAL_FAILS,
        Fixer.NETWORK,
        but(DEAD, renewing=Renewing(2, NOW - 30 * TICK, TransportFailure.CONNECTION)),
        "Webex token rejected, renewal fails: Webex cannot be reached",
        "Automatic retry at 12:03",
    ),
    Situation(
        2,
        Reason.RENEWAL_FAILS,
        Fixer.NETWORK,
        but(DEAD, renewing=FAILING_ONCE, attended=False, next_try_at=None),
        "Webex token rejected, renewal fails: Webex cannot be reached",
        "Refresh the token",
    ),
    # 1 again: it could be renewed, but nothing runs that would
    Situation(
        1,
        Reason.RENEWAL_DUE,
        Fixer.YOU,
        but(DEAD, attended=False),
        "Webex token rejected: nothing is running to renew it",
        IF_DUE,
    ),
    Situation(
        1,
        Reason.RENEWAL_DUE,
        Fixer.YOU,
        but(
            token=None,
            availabilities=closed(Availability.DEAD),
            can_write_back=True,
            attended=False,
        ),
        "No token in .env: nothing is running to renew it",
        IF_DUE,
    ),
    # 4: dead, otherwise
    Situation(
        4,
        Reason.RENEWING,
        Fixer.ITSELF,
        but(DEAD, renewing=FAILING_ONCE),
        "Webex token rejected, renewing: Webex cannot be reached",
        "Automatic retry at 12:03",
    ),
    Situation(
        4,
        Reason.RENEWING,
        Fixer.ITSELF,
        but(token=None, next_try_at=None),
        "No token in .env, renewing",
        "Wait: the tray or watch is renewing it",
    ),
    Situation(
        4,
        Reason.RENEWING,
        Fixer.ITSELF,
        but(token=None, availabilities=closed(Availability.DEAD), can_write_back=True),
        "No token in .env, renewing",
        "Automatic retry at 12:03",
    ),
)
