"""Facts to judge: a profile on which all is well, and every situation that the table knows."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings

from tray_app.model.credentials import (
    Credentials,
    Effect,
    Integration,
    Lifespan,
    Pair,
    ServiceApp,
    Usage,
)
from tray_app.model.data_sources import Claims, DataSource, ExtensionFailure
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.health import Observations, Owner, Reason
from tray_app.model.renewal import Availability, RenewalMethod, Renewing, StoreState
from tray_app.model.secret import Secret

PROFILE = os.environ.get("HYPOTHESIS_PROFILE")
EXAMPLES = {"long": 10_000, "few": 30}

often = settings(max_examples=EXAMPLES.get(PROFILE or "", 300), deadline=None)
"""How many examples a rule gets: HYPOTHESIS_PROFILE=long asks for 10,000; "few" is for what runs
the tests thousands of times."""

each = settings(max_examples=EXAMPLES.get(PROFILE or "", 100), deadline=None)
"""The same for a rule that is asked once for each of many cases."""

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)

ACCESS, REFRESH = Secret("value-of-access"), Secret("value-of-refresh")
PASTED, PERSONAL, SIGN_IN = Secret("value-pasted"), Secret("value-minting"), Secret("value-signed")
CANDIDATE = Pair(Secret("value-just-signed"), Secret("value-just-signed-refresh"))
APP_SECRET, INTEGRATION_SECRET = Secret("value-of-app"), Secret("value-of-integration")

CREDENTIALS = Credentials(
    app=ServiceApp("app-id", "app-client", APP_SECRET, "org-id"),
    pair=Pair(ACCESS, REFRESH),
    personal_token=PASTED,
    integration=Integration("integration-client", INTEGRATION_SECRET, SIGN_IN),
    integration_access=PERSONAL,
)
SIGNED_IN = replace(CREDENTIALS, candidate=CANDIDATE)
"""Somebody has just signed in; whether that account may mint for this app is not known yet."""

PROVEN = tuple(method for method in RenewalMethod if method is not RenewalMethod.MINT_CANDIDATE)
READY = dict.fromkeys(PROVEN, Availability.READY) | {
    RenewalMethod.MINT_CANDIDATE: Availability.MISSING
}
GOOD = Observations(
    credentials=CREDENTIALS,
    token=ACCESS,
    availabilities=READY,
    lifespans={
        ACCESS.digest: Lifespan(NOW - DAY, NOW + 13 * DAY),
        REFRESH.digest: Lifespan(NOW - DAY, NOW + 89 * DAY),
        PERSONAL.digest: Lifespan(NOW - DAY, NOW + 13 * DAY),
        SIGN_IN.digest: Lifespan(NOW - DAY, NOW + 89 * DAY),
    },
    confirmed_at=NOW - 2 * MINUTE,
    checked_at=NOW - 2 * MINUTE,
    skew=timedelta(seconds=1),
    next_try_at=NOW + 3 * MINUTE,
)


ORG = "1f2e3d4c-0000-4000-8000-0123456789ab"


def source_until(ends: datetime | None, place: str = "orders", **changes: Any) -> DataSource:
    """A data source with a token of a day, as record and JWS agree on."""
    url = f"https://byods.example.com/{place}"
    claims = Claims(
        audience="Example",
        subject="callAudioData",
        url=url,
        schema_id="5397013b-7920-4ffc-807c-e8a3e0a18f43",
        org_uuid=ORG,
        began=ends - DAY if ends else None,
        ends=ends,
    )
    source = DataSource(
        id=f"{place}-0123-4567",
        url=url,
        schema_id=claims.schema_id,
        audience=claims.audience,
        subject=claims.subject,
        status="active",
        ends=ends,
        lifetime=DAY,
        claims=claims,
    )
    return replace(source, **changes)


FRESH = source_until(NOW + 20 * HOUR)
NEAR = source_until(NOW + 30 * MINUTE)
STOPPED = source_until(NOW - HOUR, "calls")
CONTRADICTED = replace(FRESH, url="https://byods.example.com/other")


def but(facts: Observations = GOOD, **changes: Any) -> Observations:
    """The same facts with these changes."""
    return replace(facts, **changes)


def closed(standing: Availability, *rungs: RenewalMethod) -> dict[RenewalMethod, Availability]:
    """Standings in which these rungs (all, if none is named) stand so; the rest is missing."""
    return dict.fromkeys(RenewalMethod, Availability.MISSING) | dict.fromkeys(
        rungs or RenewalMethod, standing
    )


def with_life(token: Secret, began: datetime, ends: datetime) -> dict[str, Lifespan]:
    """The good lifespans, with this one instead."""
    return {**GOOD.lifespans, token.digest: Lifespan(began, ends)}


def used(
    token: Secret, effect: Effect, at: datetime = NOW - DAY, facts: Observations = GOOD
) -> dict[str, Usage]:
    """The usages of these facts, with a renewal by this token."""
    return {**facts.usages, token.digest: Usage(NOW - 30 * DAY, at, effect)}


def without(**changes: Any) -> Credentials:
    """The credentials with these changes."""
    return replace(CREDENTIALS, **changes)


def lacking(**changes: Any) -> Credentials:
    """The credentials with these changes to the integration."""
    assert CREDENTIALS.integration is not None
    return replace(CREDENTIALS, integration=replace(CREDENTIALS.integration, **changes))


@dataclass(frozen=True)
class Situation:
    """Facts, what they must be judged to be, and how that reads."""

    row: int
    reason: Reason
    who: Owner | None
    facts: Observations
    headline: str
    step: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.reason}"


DEAD = but(rejected=True)
FAILING_ONCE = Renewing(1, NOW - 20 * TICK, TransportFailure.CONNECTION)
NO_SIGN_IN = without(integration=None, integration_access=None)
NO_APP_SECRET = without(app=replace(CREDENTIALS.app, client_secret=None))
LEFT = " until Mon 23 Mar 12:00"
PASTE = "Paste a new personal access token (developer.webex.com) into token-config.json"
SIGN_IN_AGAIN = "Re-authorize in the browser"
APP_SECRET_STEP = "Put the current serviceApp.clientSecret into token-config.json"
INTEGRATION_STEP = "Put the current tokenManager.integration.clientSecret into token-config.json"
RIGHTS = (
    "Have the service app granted spark-admin:datasource_read and spark-admin:datasource_write"
    " (developer.webex.com), and authorized anew in Control Hub"
)
UNREACHABLE = (
    'Run it in your desktop session, or set tray.secretStore to "file" and start it there once'
)
IF_DUE = "Run webex-token-tray refresh --if-due (by itself: start the tray or watch)"
UNLOCK = "Unlock the keyring, then refresh the token"

SITUATIONS = (
    # 1: dead, and no rung can act alone
    Situation(
        1,
        Reason.ENV_FAULT,
        Owner.YOU,
        but(DEAD, token=None, env_fault="/x/.env is a directory"),
        "No token in .env: .env cannot be used",
        "Make .env a writable text file (/x/.env is a directory)",
    ),
    Situation(
        1,
        Reason.KEYRING_LOCKED,
        Owner.YOU,
        but(DEAD, availabilities=closed(Availability.LOCKED), store=StoreState.LOCKED),
        "Token dead: the keyring is locked",
        UNLOCK,
    ),
    Situation(
        1,
        Reason.STORE_FAULT,
        Owner.YOU,
        but(
            DEAD,
            availabilities=closed(Availability.LOCKED),
            store_fault="/x/secrets.json is no file",
        ),
        "Token dead: the file of secrets cannot be used",
        "Repair the file of secrets (/x/secrets.json is no file)",
    ),
    Situation(
        1,
        Reason.CONFIG_FAULT,
        Owner.YOU,
        but(
            DEAD, availabilities=closed(Availability.DEAD), config_fault="not valid JSON at line 3"
        ),
        "Token dead: token-config.json cannot be used",
        "Correct token-config.json (not valid JSON at line 3)",
    ),
    Situation(
        1,
        Reason.APP_SECRET_MISSING,
        Owner.DEVELOPER,
        but(DEAD, availabilities=closed(Availability.MISSING), credentials=NO_APP_SECRET),
        "Token dead: the service app's client secret is missing",
        APP_SECRET_STEP,
    ),
    Situation(
        1,
        Reason.WRONG_APP_SECRET,
        Owner.DEVELOPER,
        but(DEAD, availabilities=closed(Availability.WRONG_CLIENT)),
        "Token dead: Webex refuses the service app's client secret",
        APP_SECRET_STEP,
    ),
    Situation(
        1,
        Reason.WRONG_APP_IDS,
        Owner.YOU,
        but(DEAD, availabilities=closed(Availability.BAD_REQUEST, RenewalMethod.MINT_PASTED)),
        "Token dead: Webex does not know this service app or organization",
        "Correct appId, clientSecret and targetOrgId in token-config.json",
    ),
    Situation(
        1,
        Reason.FORBIDDEN,
        Owner.ADMIN,
        but(DEAD, availabilities=closed(Availability.FORBIDDEN, RenewalMethod.MINT_INTEGRATION)),
        "Token dead: Webex does not allow a new one to be issued",
        "Authorize the service app in Control Hub, then refresh the token",
    ),
    Situation(
        1,
        Reason.FOREIGN_ORG,
        Owner.YOU,
        but(
            DEAD,
            foreign_org=True,
            availabilities=closed(Availability.FORBIDDEN, RenewalMethod.MINT_INTEGRATION),
        ),
        "Token dead: .env holds a token of another organization",
        "Refresh the token to replace it, or correct targetOrgId",
    ),
    Situation(
        1,
        Reason.WRONG_INTEGRATION_SECRET,
        Owner.DEVELOPER,
        but(
            DEAD,
            availabilities=closed(Availability.WRONG_CLIENT, RenewalMethod.INTEGRATION_REFRESH),
        ),
        "Token dead: Webex refuses the integration's client secret",
        INTEGRATION_STEP,
    ),
    Situation(
        1,
        Reason.SIGN_IN_ENDED,
        Owner.YOU,
        but(DEAD, availabilities=closed(Availability.DEAD)),
        "Token dead: the integration's sign-in has ended",
        SIGN_IN_AGAIN,
    ),
    Situation(
        1,
        Reason.SIGN_IN_MISSING,
        Owner.YOU,
        but(
            DEAD,
            availabilities=closed(Availability.MISSING),
            credentials=lacking(refresh_token=None),
        ),
        "Token dead: nobody has signed in to the integration",
        SIGN_IN_AGAIN,
    ),
    Situation(
        1,
        Reason.INTEGRATION_SECRET_MISSING,
        Owner.DEVELOPER,
        but(
            DEAD,
            availabilities=closed(Availability.MISSING),
            credentials=lacking(client_secret=None),
        ),
        "Token dead: the integration's client secret is missing",
        INTEGRATION_STEP,
    ),
    Situation(
        1,
        Reason.PERSONAL_TOKEN_ENDED,
        Owner.YOU,
        but(
            DEAD,
            availabilities=closed(Availability.DEAD, RenewalMethod.MINT_PASTED),
            credentials=NO_SIGN_IN,
        ),
        "Token dead: the personal access token has ended",
        PASTE,
    ),
    Situation(
        1,
        Reason.NOTHING_TO_RENEW_WITH,
        Owner.YOU,
        but(DEAD, token=None, availabilities=closed(Availability.MISSING), credentials=NO_SIGN_IN),
        "No token in .env: there is nothing to renew it with",
        PASTE,
    ),
    Situation(
        1,
        Reason.MEMORY_ONLY,
        Owner.YOU,
        but(
            DEAD,
            availabilities=closed(Availability.UNSAVED, RenewalMethod.INTEGRATION_REFRESH),
            store=StoreState.MEMORY,
        ),
        "Token dead: there is no keyring: renewed tokens are lost at exit",
        "Start or install a keyring (gnome-keyring, KWallet, KeePassXC), or on a server set"
        ' tray.secretStore to "file"',
    ),
    Situation(
        1,
        Reason.SAVE_REFUSED,
        Owner.YOU,
        but(DEAD, store=StoreState.REFUSED, save_fault="it is full", renewing=Renewing(1, NOW)),
        "Token dead: new tokens cannot be saved",
        "Unlock or repair the keyring, or make room on the disk, before you quit (it is full)",
    ),
    Situation(
        1,
        Reason.KEYRING_UNREACHABLE,
        Owner.YOU,
        but(
            DEAD,
            availabilities=closed(Availability.MISSING),
            store=StoreState.MEMORY,
            unreachable=True,
            credentials=lacking(client_secret=None, refresh_token=None),
        ),
        "Token dead: the keyring with its secrets is not within reach from here",
        UNREACHABLE,
    ),
    Situation(
        8,
        Reason.KEYRING_UNREACHABLE,
        Owner.YOU,
        but(
            store=StoreState.MEMORY,
            unreachable=True,
            credentials=lacking(refresh_token=None),
        ),
        f"Token works{LEFT}, but the keyring with its secrets is not within reach from here",
        UNREACHABLE,
    ),
    Situation(
        9,
        Reason.KEYRING_UNREACHABLE,
        Owner.YOU,
        but(store=StoreState.MEMORY, unreachable=True),
        f"Token works{LEFT}, but the keyring with its secrets is not within reach from here",
        UNREACHABLE,
    ),
    # 2: dead, and renewing fails
    Situation(
        2,
        Reason.RENEWAL_FAILS,
        Owner.NETWORK,
        but(DEAD, renewing=Renewing(2, NOW - 30 * TICK, TransportFailure.CONNECTION)),
        "Token dead, renewing fails: Webex cannot be reached",
        "Automatic retry at 12:03",
    ),
    Situation(
        2,
        Reason.RENEWAL_FAILS,
        Owner.NETWORK,
        but(DEAD, renewing=FAILING_ONCE, attended=False, next_try_at=None),
        "Token dead, renewing fails: Webex cannot be reached",
        "Refresh the token",
    ),
    # 1 again: it could be renewed, but nothing runs that would
    Situation(
        1,
        Reason.RENEWAL_DUE,
        Owner.YOU,
        but(DEAD, attended=False),
        "Token dead: nothing is running that renews it",
        IF_DUE,
    ),
    Situation(
        1,
        Reason.RENEWAL_DUE,
        Owner.YOU,
        but(
            token=None,
            availabilities=closed(Availability.DEAD),
            can_write_back=True,
            attended=False,
        ),
        "No token in .env: nothing is running that renews it",
        IF_DUE,
    ),
    # 3: a data source that is to be kept alive has stopped
    Situation(
        3,
        Reason.SOURCE_STOPPED,
        Owner.YOU,
        but(DEAD, sources=(FRESH, STOPPED), kept=frozenset({STOPPED.id})),
        "Data source byods.example.com/calls has stopped: its token ended today 11:00",
        "Extend it",
    ),
    Situation(
        3,
        Reason.SOURCE_STOPPED,
        Owner.WEBEX,
        but(
            sources=(STOPPED, replace(STOPPED, id="z")),
            kept=frozenset({STOPPED.id, "z"}),
            keeping={
                STOPPED.id: ExtensionFailure(3, NOW + MINUTE, failure=TransportFailure.SERVER_ERROR)
            },
        ),
        "Data source byods.example.com/calls (calls-01) has stopped: its token ended today 11:00;"
        " extending fails: Webex has an error of its own; and 1 more",
        "Extend it",
    ),
    Situation(
        3,
        Reason.SOURCE_STOPPED,
        Owner.ADMIN,
        but(
            sources=(STOPPED,),
            kept=frozenset({STOPPED.id}),
            keeping={
                STOPPED.id: ExtensionFailure(1, NOW, refusal=Refusal.FORBIDDEN, detail="No right")
            },
        ),
        "Data source byods.example.com/calls has stopped: its token ended today 11:00;"
        " extending fails: No right",
        f"{RIGHTS}, then extend it",
    ),
    # 4: dead, otherwise
    Situation(
        4,
        Reason.RENEWING,
        Owner.ITSELF,
        but(DEAD, renewing=FAILING_ONCE),
        "Token dead, renewing: Webex cannot be reached",
        "Automatic retry at 12:03",
    ),
    Situation(
        4,
        Reason.RENEWING,
        Owner.ITSELF,
        but(token=None, next_try_at=None),
        "No token in .env, renewing",
        "Wait: the tray or watch is renewing it",
    ),
    Situation(
        4,
        Reason.RENEWING,
        Owner.ITSELF,
        but(token=None, availabilities=closed(Availability.DEAD), can_write_back=True),
        "No token in .env, renewing",
        "Automatic retry at 12:03",
    ),
    # 5: never confirmed
    Situation(
        5,
        Reason.CHECKING,
        Owner.ITSELF,
        but(confirmed_at=None),
        "Checking the token",
        "Automatic check at 12:03",
    ),
    Situation(
        5,
        Reason.CHECKING,
        Owner.ITSELF,
        but(confirmed_at=None, next_try_at=None),
        "Checking the token",
        "Wait for the answer",
    ),
    Situation(
        5,
        Reason.CANNOT_CHECK,
        Owner.WEBEX,
        but(confirmed_at=None, probe_failure=TransportFailure.SERVER_ERROR),
        "Cannot check the token: Webex has an error of its own",
        "Automatic check at 12:03",
    ),
    Situation(
        5,
        Reason.CANNOT_CHECK,
        Owner.NETWORK,
        but(confirmed_at=None, probe_failure=TransportFailure.DNS, next_try_at=None),
        "Cannot check the token: the name of the Webex server is not found",
        "Check again",
    ),
    # 6: not confirmed for long
    Situation(
        6,
        Reason.STALE,
        Owner.NETWORK,
        but(confirmed_at=NOW - 3 * HOUR, probe_failure=TransportFailure.PROXY),
        "Token last confirmed 09:00: the proxy does not let us through",
        "Check again",
    ),
    # 7: near its end, and renewing fails
    Situation(
        7,
        Reason.RENEWAL_FAILS,
        Owner.ITSELF,
        but(
            lifespans=with_life(ACCESS, NOW - 12 * DAY, NOW + 2 * DAY),
            renewing=Renewing(1, NOW - HOUR, TransportFailure.BUSY),
        ),
        "Token works until Thu 12 Mar 12:00, but renewing fails: another process is renewing it",
        "Refresh the token",
    ),
    Situation(
        7,
        Reason.STORE_FAULT,
        Owner.YOU,
        but(
            lifespans=with_life(ACCESS, NOW - 12 * DAY, NOW + 2 * DAY),
            store=StoreState.REFUSED,
            store_fault="/x/secrets.json cannot be written",
            renewing=Renewing(1, NOW - HOUR),
        ),
        "Token works until Thu 12 Mar 12:00, but the file of secrets cannot be used",
        "Repair the file of secrets (/x/secrets.json cannot be written)",
    ),
    Situation(
        7,
        Reason.RENEWAL_DUE,
        Owner.YOU,
        but(lifespans=with_life(ACCESS, NOW - 12 * DAY, NOW + 2 * DAY), attended=False),
        "Token works until Thu 12 Mar 12:00, but nothing is running that renews it",
        f"{IF_DUE}, before Thu 12 Mar 12:00",
    ),
    # 8: no rung could renew it alone, or a sign-in or an exercise falls due
    Situation(
        8,
        Reason.EXERCISE_DUE,
        Owner.YOU,
        but(lifespans=with_life(SIGN_IN, NOW - 9 * DAY, NOW + 81 * DAY), attended=False),
        f"Token works{LEFT}, but what renews it has not been used lately, and may expire unused",
        IF_DUE,
    ),
    Situation(
        8,
        Reason.NOTHING_TO_RENEW_WITH,
        Owner.YOU,
        but(availabilities=closed(Availability.MISSING), credentials=NO_SIGN_IN),
        f"Token works{LEFT}, but there is nothing to renew it with",
        f"{PASTE}, before Mon 23 Mar 12:00",
    ),
    Situation(
        8,
        Reason.ENV_FAULT,
        Owner.YOU,
        but(availabilities=closed(Availability.MISSING), env_fault="/x/.env cannot be written"),
        f"Token works{LEFT}, but .env cannot be used",
        "Make .env a writable text file (/x/.env cannot be written), before Mon 23 Mar 12:00",
    ),
    Situation(
        8,
        Reason.SIGN_IN_ENDED,
        Owner.YOU,
        but(availabilities=READY | {RenewalMethod.INTEGRATION_REFRESH: Availability.DEAD}),
        f"Token works{LEFT}, but the integration's sign-in has ended",
        SIGN_IN_AGAIN,
    ),
    Situation(
        8,
        Reason.SIGN_IN_ENDED,
        Owner.YOU,
        but(lifespans=with_life(SIGN_IN, NOW - 90 * DAY, NOW)),
        f"Token works{LEFT}, but the integration's sign-in has ended",
        SIGN_IN_AGAIN,
    ),
    Situation(
        8,
        Reason.SIGN_IN_MISSING,
        Owner.YOU,
        but(credentials=lacking(refresh_token=None)),
        f"Token works{LEFT}, but nobody has signed in to the integration",
        SIGN_IN_AGAIN,
    ),
    Situation(
        8,
        Reason.SIGN_IN_DUE,
        Owner.YOU,
        but(lifespans=with_life(SIGN_IN, NOW - 80 * DAY, NOW + 10 * DAY)),
        f"Token works{LEFT}, but the integration's sign-in ends soon",
        f"{SIGN_IN_AGAIN}, before Fri 20 Mar 12:00",
    ),
    Situation(
        8,
        Reason.INTEGRATION_SECRET_MISSING,
        Owner.DEVELOPER,
        but(credentials=lacking(client_secret=None)),
        f"Token works{LEFT}, but the integration's client secret is missing",
        INTEGRATION_STEP,
    ),
    Situation(
        8,
        Reason.REFRESH_DUE,
        Owner.YOU,
        but(
            credentials=NO_SIGN_IN,
            availabilities=closed(Availability.READY, RenewalMethod.SERVICE_REFRESH),
            lifespans=with_life(REFRESH, NOW - 80 * DAY, NOW + 10 * DAY),
            usages=used(REFRESH, Effect.FIXED),
        ),
        f"Token works{LEFT}, but its refresh token ends soon, and nothing else could renew it",
        f"{PASTE}, before Fri 20 Mar 12:00",
    ),
    # 9: around it something is broken
    Situation(
        9,
        Reason.KEYRING_LOCKED,
        Owner.YOU,
        but(store=StoreState.LOCKED),
        f"Token works{LEFT}, but the keyring is locked",
        UNLOCK,
    ),
    Situation(
        9,
        Reason.STORE_FAULT,
        Owner.YOU,
        but(store=StoreState.REFUSED, store_fault="/x/secrets.json cannot be written"),
        f"Token works{LEFT}, but the file of secrets cannot be used",
        "Repair the file of secrets (/x/secrets.json cannot be written)",
    ),
    Situation(
        9,
        Reason.SAVE_REFUSED,
        Owner.YOU,
        but(store=StoreState.REFUSED),
        f"Token works{LEFT}, but new tokens cannot be saved",
        "Unlock or repair the keyring, or make room on the disk, before you quit",
    ),
    Situation(
        9,
        Reason.MEMORY_ONLY,
        Owner.YOU,
        but(store=StoreState.MEMORY),
        f"Token works{LEFT}, but there is no keyring: renewed tokens are lost at exit",
        "Start or install a keyring (gnome-keyring, KWallet, KeePassXC), or on a server set"
        ' tray.secretStore to "file"',
    ),
    Situation(
        9,
        Reason.ENV_FAULT,
        Owner.YOU,
        but(env_fault="/x/.env cannot be written"),
        f"Token works{LEFT}, but .env cannot be used",
        "Make .env a writable text file (/x/.env cannot be written)",
    ),
    Situation(
        9,
        Reason.FOREIGN_ORG,
        Owner.YOU,
        but(foreign_org=True),
        f"Token works{LEFT}, but .env holds a token of another organization",
        "Refresh the token to replace it, or correct targetOrgId",
    ),
    Situation(
        9,
        Reason.CONFIG_FAULT,
        Owner.YOU,
        but(config_fault="serviceApp.appId is missing"),
        f"Token works{LEFT}, but token-config.json cannot be used",
        "Correct token-config.json (serviceApp.appId is missing)",
    ),
    Situation(
        9,
        Reason.CLOCK_OFF,
        Owner.YOU,
        but(skew=-6 * MINUTE),
        f"Token works{LEFT}, but this machine's clock is wrong",
        "Set the machine's clock",
    ),
    Situation(
        9,
        Reason.WRONG_INTEGRATION_SECRET,
        Owner.DEVELOPER,
        but(availabilities=READY | {RenewalMethod.INTEGRATION_REFRESH: Availability.WRONG_CLIENT}),
        f"Token works{LEFT}, but Webex refuses the integration's client secret",
        INTEGRATION_STEP,
    ),
    # 10: all is well but for a data source
    Situation(
        10,
        Reason.SOURCE_FAILING,
        Owner.YOU,
        but(
            sources=(FRESH,),
            kept=frozenset({FRESH.id}),
            keeping={
                FRESH.id: ExtensionFailure(1, NOW, refusal=Refusal.BAD_REQUEST, detail="url is bad")
            },
        ),
        "Data source byods.example.com/orders ends Wed 11 Mar 08:00, and keeping it alive fails:"
        " url is bad",
        "Extend it",
    ),
    Situation(
        10,
        Reason.SOURCE_FAILING,
        Owner.NETWORK,
        but(
            sources=(NEAR,),
            kept=frozenset({NEAR.id}),
            keeping={NEAR.id: ExtensionFailure(2, NOW, failure=TransportFailure.DNS)},
        ),
        "Data source byods.example.com/orders ends today 12:30, and keeping it alive fails:"
        " the name of the Webex server is not found",
        "Extend it",
    ),
    Situation(
        10,
        Reason.SOURCE_FAILING,
        Owner.YOU,
        but(sources=(source_until(None),), kept=frozenset({FRESH.id})),
        "Data source byods.example.com/orders cannot be kept alive: Webex does not tell when its"
        " token ends",
        "Extend it",
    ),
    Situation(
        10,
        Reason.SOURCE_FAILING,
        Owner.YOU,
        but(
            sources=(source_until(None),),
            kept=frozenset({FRESH.id}),
            keeping={FRESH.id: ExtensionFailure(1, NOW, detail="its status is odd, not active")},
        ),
        "Data source byods.example.com/orders: extending fails: its status is odd, not active",
        "Extend it",
    ),
    Situation(
        10,
        Reason.SOURCE_ENDING,
        Owner.YOU,
        but(sources=(NEAR, FRESH)),
        "Data source byods.example.com/orders ends today 12:30 and nobody keeps it alive",
        "Extend it, or tick Keep alive",
    ),
    Situation(
        10,
        Reason.SOURCE_ENDING,
        Owner.YOU,
        but(sources=(NEAR, STOPPED)),
        "Data source byods.example.com/calls ended today 11:00 and nobody keeps it alive;"
        " and 1 more",
        "Extend it, or tick Keep alive",
    ),
    Situation(
        10,
        Reason.SOURCE_MISMATCH,
        Owner.YOU,
        but(sources=(CONTRADICTED,)),
        "Data source byods.example.com/other: its token names the URL"
        " https://byods.example.com/orders, its record https://byods.example.com/other",
        "Extend it to have it signed anew, or correct what is wrong",
    ),
    Situation(
        10,
        Reason.SOURCE_GONE,
        Owner.YOU,
        but(sources=(), kept=frozenset({"0123456789"})),
        "Data source 01234567 is to be kept alive, but Webex does not list it",
        "Register it anew, or untick Keep alive",
    ),
    Situation(
        10,
        Reason.SOURCES_UNSEEN,
        Owner.ADMIN,
        but(under_scoped=True, kept=frozenset({"0123456789"})),
        "Data sources cannot be kept alive: the service app may not list data sources",
        RIGHTS,
    ),
    # 11: works
    Situation(11, Reason.WORKS, None, GOOD, f"Token works{LEFT}", ""),
    Situation(11, Reason.WORKS, None, but(lifespans={}), "Token works", ""),
    Situation(
        11,
        Reason.WORKS,
        None,
        but(usages=used(SIGN_IN, Effect.FIXED)),
        "Token works. Browser sign-in needed by Sun 7 Jun",
        "",
    ),
    Situation(
        11,
        Reason.WORKS,
        None,
        but(
            credentials=NO_SIGN_IN,
            availabilities=closed(Availability.READY, RenewalMethod.SERVICE_REFRESH),
            usages=used(REFRESH, Effect.FIXED),
        ),
        "Token works. Breaks first: its refresh token, Sun 7 Jun 12:00",
        "",
    ),
)
