"""What a person configures: one token-config.json as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray_app.core.credentials import Integration, ServiceApp
    from tray_app.core.manners import QuietHours
    from tray_app.core.ownership import Ownership
    from tray_app.core.secret import Secret


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
