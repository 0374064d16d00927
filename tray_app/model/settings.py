"""The configuration, thresholds and timing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tray_app.model.output import Output, OutputFormat
from tray_app.model.variables import ACCESS

if TYPE_CHECKING:
    from tray_app.model.credentials import Integration, ServiceApp
    from tray_app.model.ownership import Ownership
    from tray_app.model.quiet_hours import QuietHours
    from tray_app.model.secret import Secret

DEFAULT_MIN_TTL = timedelta(minutes=10)
"""How long a token must live from now unless a caller says otherwise."""


class SecretStore(StrEnum):
    """Where secrets are stored."""

    KEYRING = "keyring"
    """In the system's keyring."""
    FILE = "file"
    """In the secrets file."""
    CONFIG = "config"
    """Secrets in the config stay there; those that Webex issues are stored in the keyring, or in
    the secrets file if there is no keyring."""


@dataclass(frozen=True, slots=True)
class Config:
    """One token-config.json. A secret is None if it is not in the file; the store may have it.

    `outputs`: the files that get the tokens, the `.env` first; `poll_seconds`: between two checks;
    `on_token_change`, `on_state_change`: the commands to run when the token in `.env`, or the
    state, changes, () for none;
    `kept`: ids of the data sources to keep alive; `from_environment`: the secrets that come from
    environment variables; `lead`: how long before a person is needed it turns amber, None for the
    default; `leaves_secrets`: a field says "@keyring"; `warnings`: sentences about
    odd but possible values; `written_by`: owner and mode of the file, None if unknown; `owner`: ""
    if it uses this user's own secrets, else what tells the other user apart whose it uses;
    `status_feed`: whether Webex's status page is asked if Webex fails.
    """

    service_app: ServiceApp
    personal_access_token: Secret | None
    integration: Integration | None
    outputs: tuple[Output, ...]
    poll_seconds: float
    secret_store: SecretStore = SecretStore.KEYRING
    on_token_change: tuple[str, ...] = ()
    on_state_change: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()
    from_environment: frozenset[Secret] = frozenset()
    warnings: tuple[str, ...] = ()
    quiet_hours: QuietHours | None = None
    lead: timedelta | None = None
    leaves_secrets: bool = False
    written_by: Ownership | None = None
    owner: str = ""
    status_feed: bool = True

    @property
    def env_file(self) -> str:
        """The absolute path of `.env`: of the first output, whatever its format."""
        return self.outputs[0].file

    @property
    def has_only_env(self) -> bool:
        """Whether `tray.envFile` alone says where tokens are written, or could."""
        return len(self.outputs) == 1 and self.outputs[0].is_usual

    @property
    def token_variables(self) -> frozenset[str]:
        """The variables that have the access token in the environment of a command: the usual one,
        and that of the first output."""
        first = self.outputs[0]
        own = first.access if first.format is OutputFormat.DOTENV else ACCESS
        return frozenset({ACCESS, own})

    @property
    def keeps_secrets(self) -> bool:
        """Whether secrets in the config stay there."""
        return self.secret_store is SecretStore.CONFIG

    @property
    def in_file(self) -> frozenset[Secret]:
        """The secrets in the config file itself."""
        app, integration = self.service_app, self.integration
        found = [app.client_secret, self.personal_access_token]
        if integration is not None:
            found += [integration.client_secret, integration.refresh_token]
        return frozenset(secret for secret in found if secret is not None) - self.from_environment


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The limits of the health table. The demo uses shorter ones."""

    skew: timedelta = timedelta(minutes=1)
    clock_off: timedelta = timedelta(minutes=5)
    failing_for: timedelta = timedelta(seconds=60)
    failing_times: int = 2
    stale_after: timedelta = timedelta(minutes=15)
    stale_polls: int = 3
    renew_within: timedelta = timedelta(hours=72)
    sign_in_within: timedelta = timedelta(days=14)
    window_share: float = 0.25
    longer_lead_share: float = 0.5  # of a token's life, if the config asks for more than that
    extend_ahead: timedelta = timedelta(minutes=10)
    # Programs that extend an hour ahead cause no warning.
    source_within: timedelta = timedelta(minutes=45)
    # If neither tray nor watch is running, a daily cron job is often enough.
    unattended_share: float = 2 / 3  # of the renewal window must be left
    exercise_overdue: timedelta = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class Timing:
    """Delays of the worker in seconds. The demo uses shorter ones.

    `slice`: the longest wait between two readings of the clock, to notice waking from sleep; `gap`:
    the shortest time between two checks. The retry delay starts at `first_retry` and doubles up to
    `longest_retry`, for checks up to their interval if that is longer; without a connection it
    stays below `first_retry`. `code_retry`: before the one retry of a code's exchange, at most
    `longest_code_retry`, since a code lives for minutes.
    """

    slice: float = 15.0
    gap: float = 10.0
    first_retry: float = 30.0
    longest_retry: float = 300.0
    longest_retry_after: float = 3600.0
    unchanged_at_most: float = 86_400.0
    code_retry: float = 5.0
    longest_code_retry: float = 60.0
