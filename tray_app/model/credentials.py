"""What a rung may use: the clients, their secrets, and the tokens with their lives."""

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
    """The Webex service app and the organization whose token we keep."""

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
    """An access token and its refresh token: the service app's, as `.env` and the keyring carry
    them, or what a sign-in brought."""

    access: Secret
    refresh: Secret | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everything that the rungs may use, as it is known now.

    `app` and `integration` carry their client secrets; `personal_token` is the personal access
    token that a person put into the file, `integration_access` the one that the integration renews;
    `candidate` is what a person's sign-in brought, until it has minted for this app.
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
        """Every token that is held."""
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
        """Whether something is missing that neither config nor store has."""
        integration = self.integration
        needed: list[object] = [self.app.client_secret, self.pair]
        if integration is not None:
            needed += [integration.client_secret, integration.refresh_token]
        return None in needed and not self.locked

    @property
    def secrets(self) -> list[Secret]:
        """Everything that is held and must never be shown."""
        clients = (self.app, self.integration) if self.integration else (self.app,)
        return self.tokens + [c.client_secret for c in clients if c.client_secret is not None]


@dataclass(frozen=True, slots=True)
class Lifespan:
    """When a token was received and when it ends (UTC), from the response that brought it."""

    began: datetime
    ends: datetime

    @property
    def length(self) -> timedelta:
        """How long it was good for when received."""
        return self.ends - self.began


class Effect(StrEnum):
    """What the last renewal with a refresh token did to its end.

    The possibilities: docs/webex-api.md, "What a refresh does to the refresh token".
    """

    UNKNOWN = "unknown"  # none yet, or so soon after another that it would not show
    EXTENDED = "moved"
    UNCHANGED = "fixed"  # a day after the last one, and yet the end stayed where it was
    NOT_REPORTED = "untold"  # the answer did not say


@dataclass(frozen=True, slots=True)
class Usage:
    """What is known of a token from having it. `seen_at`: when it was first seen; `used_at`: the
    last renewal that it gave, or that gave it (UTC)."""

    seen_at: datetime
    used_at: datetime | None = None
    effect: Effect = Effect.UNKNOWN
