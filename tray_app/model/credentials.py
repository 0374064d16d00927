"""What renewal methods use: clients, their secrets, and tokens with their lifetimes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tray_app.model.redirect import DEFAULT_REDIRECT, Redirect

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from tray_app.model.secret import Secret


@dataclass(frozen=True, slots=True)
class ServiceApp:
    """The Webex service app, and the organization that its token is for."""

    app_id: str
    client_id: str
    client_secret: Secret | None
    target_org_id: str


@dataclass(frozen=True, slots=True)
class Integration:
    """The OAuth client that renews the personal access token. `redirect`: as registered."""

    client_id: str
    client_secret: Secret | None
    refresh_token: Secret | None
    redirect: Redirect = DEFAULT_REDIRECT


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token and its refresh token: the service app's, or those of a new sign-in."""

    access: Secret
    refresh: Secret | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everything that the renewal methods can use now.

    `personal_token`: the personal access token that you pasted into the config;
    `integration_access`: the one that the integration renews; `candidate`: the tokens of a new
    sign-in, until they have minted for this app; `locked`: the secret store cannot be read.
    """

    app: ServiceApp
    pair: Pair | None = None
    personal_token: Secret | None = None
    integration: Integration | None = None
    integration_access: Secret | None = None
    candidate: Pair | None = None
    locked: bool = False

    @property
    def tokens(self) -> list[Secret]:
        """Every token."""
        pair, integration, candidate = self.pair, self.integration, self.candidate
        held = (
            pair.access if pair else None,
            pair.refresh if pair else None,
            self.personal_token,
            self.integration_access,
            integration.refresh_token if integration else None,
            candidate.access if candidate else None,
            candidate.refresh if candidate else None,
        )
        return [token for token in held if token is not None]

    @property
    def is_incomplete(self) -> bool:
        """Whether neither config nor store has something that is needed."""
        integration = self.integration
        needed: list[object] = [self.app.client_secret, self.pair]
        if integration is not None:
            needed += [integration.client_secret, integration.refresh_token]
        return None in needed and not self.locked

    @property
    def secrets(self) -> list[Secret]:
        """Every token and client secret."""
        clients = (self.app, self.integration) if self.integration else (self.app,)
        return self.tokens + [c.client_secret for c in clients if c.client_secret is not None]


@dataclass(frozen=True, slots=True)
class Lifespan:
    """When a token was received and when it expires (UTC), from the response that brought it."""

    began: datetime
    ends: datetime

    @property
    def length(self) -> timedelta:
        """Its lifetime when received."""
        return self.ends - self.began


class Effect(StrEnum):
    """What the last renewal with a refresh token did to its expiry.

    The possibilities: docs/webex-api.md, "What a refresh does to the refresh token".
    """

    UNKNOWN = "unknown"  # not used yet, or too soon after the last use to show
    EXTENDED = "moved"
    UNCHANGED = "fixed"  # although a day had passed since the last use
    NOT_REPORTED = "untold"  # the response did not include it


@dataclass(frozen=True, slots=True)
class Usage:
    """How a token was used (UTC). `seen_at`: when it was first seen; `used_at`: the last renewal
    that used or brought it."""

    seen_at: datetime
    used_at: datetime | None = None
    effect: Effect = Effect.UNKNOWN
