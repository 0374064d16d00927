"""Secrets that exist already: in the environment, the config, the keyring; and what was typed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from tray_app.config.parser import IN_KEYRING
from tray_app.model.errors import VaultError
from tray_app.model.renewal import StoreState
from tray_app.model.secret import Secret
from tray_app.model.settings import SecretStore
from tray_app.model.variables import SECRET_FIELDS

if TYPE_CHECKING:
    from tray_app.config.draft import ConfigDraft
    from tray_app.secrets.names import SecretNames
    from tray_app.secrets.vault import Vault

_HINT_AFTER = 1.5
"""Seconds until a hint: the keyring's dialog may be hidden behind a window."""

TYPED = "what you have typed"
"""Where an answer comes from that was given just now."""

APP_SECRET, PERSONAL_TOKEN = "serviceApp.clientSecret", "tokenManager.personalAccessToken"


class KnownSecrets:
    """Looks up secrets by their config field."""

    def __init__(
        self,
        draft: ConfigDraft,
        vault: Vault,
        host: str,
        *,
        waits: Callable[[], None] = lambda: None,
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`waits` is called if the keyring does not answer at once, in another thread; `failed`
        with a sentence if it does not answer at all: it is not asked again."""
        self._draft, self._vault, self._host = draft, vault, host
        self._waits, self._failed = waits, failed
        self._answers = True

    def is_without_keyring(self) -> bool:
        """Whether there is no keyring, which shows when it is asked for an entry."""
        self._load(APP_SECRET)
        return self._vault.state is StoreState.MEMORY

    @property
    def location(self) -> str:
        """Where secrets are stored, for a message."""
        return self._vault.location

    def use_file(self) -> None:
        """Use the secrets file from now on."""
        self._vault.choose(SecretStore.FILE)

    def save_typed(self) -> None:
        """Save the secrets that were typed, and let the draft say "@keyring" instead: for a config
        that others can read. Raises VaultError if the store does not keep them."""
        for name in SECRET_FIELDS.intersection(self._draft.changes):
            typed = Secret(self._draft.value(name))
            self._vault.save(self._entry(name), typed, prompt=True, falls_back=False)
            if self._vault.state is not StoreState.DURABLE:
                raise VaultError("Nothing is written: there is no store for secrets.")
            self._draft.set(name, IN_KEYRING)

    def describe_source(self, name: str) -> str:
        """Return where the field's value comes from, "" if there is none."""
        if name in self._draft.changes:
            return TYPED
        if self._draft.value(name):
            return "in the config"
        return f"in {self.location}" if self._load(name) else ""

    def secret(self, name: str) -> Secret | None:
        """Return the field's current value."""
        leading = self._draft.effective(name)
        return Secret(leading) if leading else self._load(name)

    def _load(self, name: str) -> Secret | None:
        if not self._answers:
            return None
        hint = threading.Timer(_HINT_AFTER, self._waits)
        hint.daemon = True
        hint.start()
        try:
            return self._vault.load(self._entry(name), prompt=True)
        except VaultError as error:
            self._failed(f"{error}; its secrets stay there, and are used once it answers.")
            self._answers = False
            return None
        finally:
            hint.cancel()

    def _entry(self, name: str) -> str:
        entries = self._names
        _, client_secret, refresh_token = self._draft.integration_fields
        return {
            APP_SECRET: entries.app_secret,
            PERSONAL_TOKEN: entries.personal_token,
            client_secret: entries.of_integration("secret"),
            refresh_token: entries.of_integration("refresh"),
        }[name]

    @property
    def _names(self) -> SecretNames:
        from tray_app.secrets.names import SecretNames

        known = self._draft.effective
        return SecretNames(
            host=self._host,
            app_id=known("serviceApp.appId"),
            client_id=known("serviceApp.clientId"),
            org_id=known("serviceApp.targetOrgId"),
            integration_id=known(self._draft.integration_fields[0]) or None,
            owner=self._draft.owner,
        )
