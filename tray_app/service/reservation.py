"""Makes sure, before a token is spent, that the answer can be saved."""

from __future__ import annotations

import logging

from tray_app.model.errors import VaultError
from tray_app.model.renewal import RenewalMethod
from tray_app.policy import renewal
from tray_app.secrets.store import NoStore
from tray_app.service.credentials import CredentialRepository
from tray_app.service.env_sync import EnvSync

log = logging.getLogger(__name__)


class Reservation:
    """One renewal attempt's. `refusal`: why a refresh token was not used, "" if none was held back.

    A refresh token is presented only if its successor can be saved. Without any keyring, `.env` is
    the store of the service app's pair, and a program that stays uses the integration's sign-in
    from memory. A mint spends nothing: `.env` alone may take what it brings.
    """

    def __init__(self, repository: CredentialRepository, env_sync: EnvSync, *, stays: bool) -> None:
        """`stays`: the program runs until it is told to end."""
        self._repository = repository
        self._env_sync = env_sync
        self._stays = stays
        self._is_refused = False
        self._reserved: set[str] = set()
        self._env: bool | None = None
        self.refusal = ""

    def takes(self, method: RenewalMethod) -> bool:
        """Whether the answer to this method can be saved. Blocks as long as the store does."""
        if renewal.is_mint(method):
            return not self._is_refused or self._env_takes()
        name, vault = self._entry(method), self._repository.vault
        try:
            vault.hold_descriptors(name)
            vault.reserve(name)
        except NoStore as error:
            self._is_refused = True
            is_in_env = method is not RenewalMethod.INTEGRATION_REFRESH
            is_kept = self._stays or (is_in_env and self._env_sync.outputs.keeps_refresh)
            return (is_kept and self._env_takes()) or self._unspent(method, error)
        except VaultError as error:
            self._is_refused = True
            return self._unspent(method, error)
        self._reserved.add(name)
        return True

    def release_descriptors(self) -> None:
        """Call before the response is saved: `takes` keeps file descriptors for that."""
        self._repository.vault.release_descriptors()

    def release(self) -> None:
        """Give back what was set aside in the store and in `.env` and not used."""
        self.release_descriptors()
        self._env_sync.outputs.release()
        while self._reserved:
            self._repository.vault.release(self._reserved.pop())

    def _entry(self, method: RenewalMethod) -> str:
        """The entry that is saved first."""
        names = self._repository.names
        is_integration = method is RenewalMethod.INTEGRATION_REFRESH
        return names.of_integration("refresh") if is_integration else names.pair

    def _env_takes(self) -> bool:
        """Asked once: what was set aside stays until it is written."""
        if self._env is None:
            self._env = self._env_sync.outputs.reserve()
        return self._env

    def _unspent(self, method: RenewalMethod, error: VaultError) -> bool:
        self.release_descriptors()
        log.warning(
            "method %d is not used, because the answer cannot be saved: %s", method.number, error
        )
        self.refusal = str(error)
        return False
