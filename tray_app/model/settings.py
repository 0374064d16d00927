"""What a person configures: one token-config.json as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray_app.model.credentials import Integration, ServiceApp
    from tray_app.model.ownership import Ownership
    from tray_app.model.quiet_hours import QuietHours
    from tray_app.model.secret import Secret

DEFAULT_MIN_TTL = timedelta(minutes=10)
"""How long a token must live from now unless a caller says otherwise. Not in `policy`, because the
command line needs it before the icon is shown."""


class SecretStore(StrEnum):
    """Where secrets rest."""

    KEYRING = "keyring"
    """In the keyring of the system."""
    FILE = "file"
    """In a file of ours."""
    CONFIG = "config"
    """Those that a person wrote into the config stay there; what Webex issues rests in the keyring,
    or in the file if there is no keyring."""


@dataclass(frozen=True, slots=True)
class Config:
    """One token-config.json. A secret that is None is not in the file: the store may have it.

    `env_file`: absolute path of the `.env` that we keep; `poll_seconds`: between two checks;
    `quiet_hours`: when nobody is to be told anything unasked, None for never;
    `on_token_change`: the command to run when the token in `.env` has changed, () for none;
    `kept`: ids of the data sources to keep alive; `from_environment`: the secrets that stand in the
    environment, not in the file; `leaves_secrets`: a field says "@keyring"; `warnings`: sentences
    about what is odd and yet may be right; `written_by`: owner and mode of the file that it was
    read from, None where nobody looked.
    """

    service_app: ServiceApp
    personal_access_token: Secret | None
    integration: Integration | None
    env_file: str
    poll_seconds: float
    secret_store: SecretStore = SecretStore.KEYRING
    on_token_change: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()
    from_environment: frozenset[Secret] = frozenset()
    warnings: tuple[str, ...] = ()
    quiet_hours: QuietHours | None = None
    leaves_secrets: bool = False
    written_by: Ownership | None = None

    @property
    def keeps_secrets(self) -> bool:
        """Whether what is written in the config stays there."""
        return self.secret_store is SecretStore.CONFIG

    @property
    def in_file(self) -> frozenset[Secret]:
        """The secrets that are written in the config itself."""
        app, integration = self.service_app, self.integration
        found = [app.client_secret, self.personal_access_token]
        if integration is not None:
            found += [integration.client_secret, integration.refresh_token]
        return frozenset(secret for secret in found if secret is not None) - self.from_environment


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the table draws its lines. The demo passes shorter ones."""

    skew: timedelta = timedelta(minutes=1)
    clock_off: timedelta = timedelta(minutes=5)
    failing_for: timedelta = timedelta(seconds=60)
    failing_times: int = 2
    stale_after: timedelta = timedelta(minutes=15)
    stale_polls: int = 3
    renew_within: timedelta = timedelta(hours=72)
    sign_in_within: timedelta = timedelta(days=14)
    window_share: float = 0.25
    extend_ahead: timedelta = timedelta(minutes=10)
    source_within: timedelta = timedelta(minutes=45)  # who else extends an hour ahead is in time
    # If nothing runs that acts by itself, cron may: once a day is often enough.
    unattended_share: float = 2 / 3  # of the renewal window, left to be renewed in
    exercise_overdue: timedelta = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class Timing:
    """How fast the worker goes; all in seconds. The demo passes a faster one.

    `slice`: the longest nap between two looks at the clock, so that waking from sleep is seen;
    `first_retry` doubles up to `longest_retry`, for checks up to their interval if that is longer:
    who was away is asked no more often than else, and no dead token waits longer than that for one
    who is back; `gap`: the least time between two checks;
    `code_retry`: until the one retry of a code's exchange, `longest_code_retry` at most, since a
    code lives for minutes.
    """

    slice: float = 15.0
    gap: float = 10.0
    first_retry: float = 30.0
    longest_retry: float = 300.0
    longest_retry_after: float = 3600.0
    unchanged_at_most: float = 86_400.0
    code_retry: float = 5.0
    longest_code_retry: float = 60.0
