"""The names of one profile's secrets in a store.

They carry the API host and the credential, so that another host never sees production secrets and
profiles share an integration. One entry holds what must change together.
"""

from __future__ import annotations

from dataclasses import dataclass

from tray_app.model.settings import Config


@dataclass(frozen=True, slots=True)
class SecretNames:
    """The names of one profile's entries."""

    host: str
    app_id: str
    client_id: str
    org_id: str
    integration_id: str | None

    @classmethod
    def of(cls, host: str, config: Config) -> SecretNames:
        """Return the names for this config on that API host."""
        app, integration = config.service_app, config.integration
        return cls(
            host=host,
            app_id=app.app_id,
            client_id=app.client_id,
            org_id=app.target_org_id,
            integration_id=integration.client_id if integration else None,
        )

    @property
    def pair(self) -> str:
        """Service app access and refresh token, together."""
        return f"{self.host}/app/{self.app_id}/{self.org_id}/tokens"

    @property
    def issue(self) -> str:
        """When the pair was issued, and what it has replaced."""
        return f"{self.pair}/issued"

    @property
    def app_secret(self) -> str:
        """The service app's client secret."""
        return f"{self.host}/app/{self.client_id}/secret"

    @property
    def personal_token(self) -> str:
        """The personal access token that a person pasted."""
        return f"{self.host}/personal/{self.app_id}"

    @property
    def candidate(self) -> str:
        """What a sign-in brought, both tokens together, until it has minted for this app."""
        return f"{self.host}/app/{self.app_id}/{self.org_id}/candidate"

    @property
    def shared(self) -> tuple[str, ...]:
        """The names of what profiles of one app or integration have in common."""
        kinds = ("secret", "refresh", "access") if self.integration_id else ()
        single = (
            self.app_secret,
            self.personal_token,
            *(self.of_integration(kind) for kind in kinds),
        )
        taken = (self.taken(self.of_integration("refresh")),) if self.integration_id else ()
        reserved = (self.reserved(self.of_integration("refresh")),) if self.integration_id else ()
        return (*single, *(self.displaced(name) for name in single), *taken, *reserved)

    @property
    def all(self) -> tuple[str, ...]:
        """Every name; the pair's, which every profile has that has ever worked, is the last."""
        beside = (self.displaced(self.pair), self.reserved(self.pair), self.issue)
        return (*self.shared, *beside, self.candidate, self.pair)

    def describe(self, name: str) -> str:
        """Say what one of `all` is, for a person."""
        for entry, what in (
            (self.pair, "the service app's tokens"),
            (self.app_secret, "the service app's client secret"),
            (self.personal_token, "the personal access token"),
            (self.candidate, "a sign-in that has not been used yet"),
            (self.of_integration("secret"), "the integration's client secret"),
            (self.of_integration("refresh"), "the integration's sign-in"),
            (self.of_integration("access"), "the integration's personal access token"),
        ):
            if name == entry:
                return what
            if name == self.displaced(entry):
                return f"{what}, a former one"
            if name == self.taken(entry):
                return f"{what}, a note of the one that the config had"
            if name == self.reserved(entry):
                return f"{what}, room for the next"
            if name == f"{entry}/issued":
                return f"{what}, a note of when they were issued"
        return name

    @staticmethod
    def displaced(name: str) -> str:
        """Where the value rests that a person's newer one has displaced."""
        return f"{name}/displaced"

    @staticmethod
    def taken(name: str) -> str:
        """Where the digest rests of the value that the config had when it was last taken over:
        found there again, it is the older one."""
        return f"{name}/taken"

    @staticmethod
    def reserved(name: str) -> str:
        """What a keyring's room for the next value is tried with. It holds no secret; a crash may
        leave it behind."""
        return f"{name}/reserved"

    def of_integration(self, what: str) -> str:
        """The integration's "secret", "refresh" or "access"."""
        return f"{self.host}/integration/{self.integration_id}/{what}"
