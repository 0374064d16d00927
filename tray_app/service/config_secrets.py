"""The secrets that a person has written into the config, beside those that the store holds."""

from __future__ import annotations

import logging

from tray_app.model.errors import VaultError
from tray_app.model.renewal import StoreState
from tray_app.model.secret import Secret
from tray_app.model.settings import Config
from tray_app.secrets.names import SecretNames
from tray_app.secrets.vault import Vault
from tray_app.storage.token_facts import TokenFacts

log = logging.getLogger(__name__)


class ConfigSecrets:
    """Decides which of the two leads, and moves the config's into the store.

    `is_taking`: whether they may be moved now; `has_unsaved`: whether the config has one that is
    newer than the store's.
    """

    def __init__(
        self, vault: Vault, token_facts: TokenFacts, names: SecretNames, config: Config
    ) -> None:
        self._vault = vault
        self._token_facts = token_facts
        self._names = names
        self._config = config
        self.is_taking = self.has_unsaved = False
        self._in_store: set[Secret] = set()

    @property
    def safe_to_clear(self) -> frozenset[Secret]:
        """The secrets of the config that the store has for good, or has a newer one for."""
        if self._vault.state is not StoreState.DURABLE:
            return frozenset()
        return frozenset(secret for secret in self._in_store if not self._stays(secret))

    def leading(self, written: Secret | None, name: str, stored: Secret | None) -> Secret | None:
        """Return the one to use. What is written is the person's newest intent, unless we have
        replaced it. Raises VaultError."""
        if written is None:
            return stored
        if written != stored:
            if stored is not None and self._was_taken(written, name):
                self._in_store.add(written)  # e.g. a file restored from git
                return stored
            if self._stays(written):
                return written  # it is there at every start, whatever the store has
            if not self.is_taking:
                self.has_unsaved = True
                return written
            self.take(name, written, stored)
        self._in_store.add(written)
        return written

    def take(self, name: str, written: Secret, stored: Secret | None) -> None:
        """Save what is written, and keep what it displaces: a typo must not cost what worked."""
        if stored is not None:
            self._save(SecretNames.displaced(name), stored)
        self._save(name, written)  # until that works, the config has it
        if name == self._names.of_integration("refresh"):
            self.note_taken(written)

    def note_taken(self, written: Secret) -> None:
        """Remember that this refresh token of the integration is in the store: found in the config
        again, it is the older one."""
        name = self._names.of_integration("refresh")
        self._save(SecretNames.taken(name), Secret(written.digest), falls_back=True)

    def _stays(self, written: Secret) -> bool:
        """Whether it is not to be moved out of the config, or comes from the environment."""
        return self._config.keeps_secrets or written in self._config.from_environment

    def _was_taken(self, written: Secret, name: str) -> bool:
        """Whether what the config has was moved into the store before, and replaced since."""
        if self._token_facts.is_superseded(written):
            return True
        if name != self._names.of_integration("refresh"):
            return False
        return self._vault.load(SecretNames.taken(name)) == Secret(written.digest)

    def _save(self, name: str, secret: Secret, *, falls_back: bool = False) -> None:
        try:
            self._vault.save(name, secret, falls_back=falls_back)
        except VaultError as error:
            log.error("a secret of the config is not saved: %s", error)
