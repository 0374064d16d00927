"""The names of one profile's secrets in a store.

They include the API host and the credential's id: another host never gets production secrets, and
profiles share an integration. Another user's config chooses those ids freely, so its names include
its owner: it neither reads nor replaces this user's own secrets. Secrets that must change together
are one entry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tray_app.model.settings import Config
from tray_app.text.lengths import middle

_SUFFIXES = {
    "": "",
    "/displaced": ", a former one",
    "/taken": ", a note of the one that the config had",
    "/reserved": ", room for the next",
    "/issued": ", a note of when they were issued",
}


@dataclass(frozen=True, slots=True)
class SecretNames:
    """The names of one profile's entries. `owner`: the config's owner if that is another user."""

    host: str
    app_id: str
    client_id: str
    org_id: str
    integration_id: str | None
    owner: str = ""

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
            owner=config.owner,
        )

    @property
    def of_this_user(self) -> SecretNames:
        """The names for a config of this user with the same ids."""
        return replace(self, owner="")

    @property
    def _top(self) -> str:
        return f"user-{self.owner}/{self.host}" if self.owner else self.host

    @property
    def pair(self) -> str:
        """The service app's access and refresh token."""
        return f"{self._top}/app/{self.app_id}/{self.org_id}/tokens"

    @property
    def issue(self) -> str:
        """When the pair was issued, and which tokens it has replaced."""
        return f"{self.pair}/issued"

    @property
    def app_secret(self) -> str:
        """The service app's client secret."""
        return f"{self._top}/app/{self.client_id}/secret"

    @property
    def personal_token(self) -> str:
        """The personal access token."""
        return f"{self._top}/personal/{self.app_id}"

    @property
    def candidate(self) -> str:
        """Both tokens of a sign-in, until it has issued a token for this app."""
        return f"{self._top}/app/{self.app_id}/{self.org_id}/candidate"

    @property
    def credentials(self) -> tuple[str, ...]:
        """The names of what the renewal methods use."""
        own = (self.app_secret, self.pair, self.personal_token, self.candidate)
        return (*own, *self._integration)

    @property
    def shared(self) -> tuple[str, ...]:
        """The names of the secrets that profiles of one app or integration share."""
        single = (self.app_secret, self.personal_token, *self._integration)
        refresh = self.of_integration("refresh")
        notes = (self.taken(refresh), self.reserved(refresh)) if self.integration_id else ()
        return (*single, *(self.displaced(name) for name in single), *notes)

    @property
    def _integration(self) -> tuple[str, ...]:
        kinds = ("secret", "refresh", "access") if self.integration_id else ()
        return tuple(self.of_integration(kind) for kind in kinds)

    @property
    def all(self) -> tuple[str, ...]:
        """Every name. The pair is the last: `Vault.migrate` is complete once it has moved."""
        beside = (self.displaced(self.pair), self.reserved(self.pair), self.issue)
        return (*self.shared, *beside, self.candidate, self.pair)

    def describe(self, name: str) -> str:
        """Return what one of `all` is, for a person."""
        for entry, what in (
            (self.pair, "the service app's tokens"),
            (self.app_secret, "the service app's client secret"),
            (self.personal_token, "the personal access token"),
            (self.candidate, "a sign-in that has not been used yet"),
            (self.of_integration("secret"), "the integration's client secret"),
            (self.of_integration("refresh"), "the integration's sign-in"),
            (self.of_integration("access"), "the integration's personal access token"),
        ):
            suffix = name.removeprefix(entry)
            if suffix in _SUFFIXES:
                return what + _SUFFIXES[suffix]
        return name

    @staticmethod
    def shortened(name: str) -> str:
        """Return the name for a person, with the middles of long ids left out."""
        return "/".join(middle(part, 24) for part in name.split("/"))

    @staticmethod
    def displaced(name: str) -> str:
        """The value that a newer one by a person has displaced."""
        return f"{name}/displaced"

    @staticmethod
    def taken(name: str) -> str:
        """The digest of the config's value when it was last saved here. If the config has it again,
        it is the older one."""
        return f"{name}/taken"

    @staticmethod
    def reserved(name: str) -> str:
        """What `KeyringStore.reserve` writes. No secret; a crash may leave it behind."""
        return f"{name}/reserved"

    @staticmethod
    def fallback(name: str) -> str:
        """In the secrets file: what the keyring refused."""
        return f"{name}/fallback"

    def of_integration(self, what: str) -> str:
        """The integration's "secret", "refresh" or "access"."""
        return f"{self._top}/integration/{self.integration_id}/{what}"
