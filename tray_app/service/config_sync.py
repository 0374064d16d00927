"""The config as a person edits it: read again, and its secrets moved into the store."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from tray_app.model.errors import Busy, ConfigError, VaultError
from tray_app.model.events import Event, EventType
from tray_app.model.renewal import StoreState
from tray_app.model.settings import Config
from tray_app.secrets.store import NoStore
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.served_secrets import note_served
from tray_app.service.timetable import Timetable
from tray_app.system.dirs import profile_id
from tray_app.system.file_probe import Signature
from tray_app.text.hosts import elsewhere, host_notice
from tray_app.text.setup import as_sentence

log = logging.getLogger(__name__)

_RETRY_SECONDS = 60.0
"""A keyring that hangs makes each attempt wait for it."""


class ConfigSync:
    """`config`: as it was last read without fault; `fault`: why it cannot be used as it is now, ""
    if it can; `notices`: what the person should hear of it, once; `left`: which secrets stay in it
    because this run may not move them, "" if none; `left_is_news`: no run has said so yet."""

    def __init__(self, tools: Dependencies) -> None:
        """Raises ConfigError."""
        self._tools = tools
        self.config = tools.config_file.read()
        self.fault = ""
        about_host = [host_notice(tools.webex.host)]
        if (other := tools.elsewhere) is not None:
            said = elsewhere(tools.webex.base, other.base, is_running=other.is_running)
            about_host.append(" ".join(map(as_sentence, said)))
        self.notices: list[str] = [*filter(None, about_host), *self.config.warnings]
        self._reported_keys: frozenset[str] = frozenset()
        self._keys_seen_in: Signature = ()
        self._report_unknown_keys()
        self.left = ""
        self.left_is_news = False
        self._loaded = self._is_partial = False
        self._move_back_at = 0.0

    def refresh(
        self, repository: CredentialRepository, env_sync: EnvSync, timetable: Timetable
    ) -> None:
        """Read the config, and take it over if it was edited; `load` must follow."""
        if self._read_again():
            self._loaded = False
            self.notices += self.config.warnings
            repository.configure(self.config)
            env_sync.configure(self.config)
            timetable.switch_client(self.config.service_app.client_id)
            timetable.forget_failures()  # what failed may be what was corrected
        self._report_unknown_keys()

    def load(
        self, repository: CredentialRepository, env_sync: EnvSync, *, prompt: bool = False
    ) -> None:
        """Load the credentials unless they are known, and move those of the config into the
        store. `prompt`: the keyring may ask."""
        may = self._tools.permissions
        is_new = repository.config_secrets.has_unsaved and may.move_secrets
        unknown = repository.credentials.locked or is_new or self._is_partial
        if not self._loaded or unknown:
            repository.ensure_loaded(prompt=prompt)
            if repository.names.owner and (said := note_served(self._tools, repository)):
                self.notices.append(said)
            _save_config_secrets(self._tools, repository, env_sync, self.config)
            if not self._loaded and may.renew and not may.confined:
                self._migrate_secrets(repository)
            self._loaded = True
            no_keyring = repository.vault.state is StoreState.MEMORY
            self._is_partial = no_keyring and repository.credentials.is_incomplete  # one may appear
            if may.move_secrets:
                self._clear_file(repository)
            else:
                self._note_left(repository)
            if self.config.keeps_secrets:
                self._say_once_what_stays(repository)
        self.move_back(repository, env_sync)

    def move_back(self, repository: CredentialRepository, env_sync: EnvSync) -> None:
        """Move into the keyring what it did not take before, under both locks, if that is
        permitted: once a minute at most, since a keyring may hang."""
        now = time.monotonic()
        may_try = repository.vault.has_fallback and self._tools.permissions.renew
        if not may_try or now < self._move_back_at:
            return
        self._move_back_at = now + _RETRY_SECONDS
        try:
            with _both_locks(self._tools, env_sync, self.config):
                moved = repository.vault.move_back(repository.names.all)
                repository.load()
        except (Busy, VaultError) as error:
            log.info("secrets that the keyring refused stay in the secrets file: %s", error)
            return
        if moved:
            self._note(EventType.SECRETS_MOVED, f"{moved} from the secrets file into the keyring")

    def _say_once_what_stays(self, repository: CredentialRepository) -> None:
        """Say once for each config which secrets stay in it, and where the others go."""
        tools, path = self._tools, self._tools.config_file.path
        said = f"secrets-stay/{profile_id(path)}"
        if self.config.in_file and tools.token_facts.paused_until(said) is None:
            tools.token_facts.pause(said, tools.clock())
            self.notices.append(
                f"{_secrets(len(self.config.in_file))} stay in {path}, as tray.secretStore says;"
                f" what Webex issues goes into {repository.vault.location}."
            )

    def _note_left(self, repository: CredentialRepository) -> None:
        """Find out which secrets stay in the config because this run may not move them."""
        tools, path, count = self._tools, self._tools.config_file.path, len(self.config.in_file)
        self.left = ""
        stays = self.config.keeps_secrets or tools.permissions.confined
        if not count or stays or repository.vault.state is not StoreState.DURABLE:
            return
        self.left = (
            f"{_secrets(count)} in {path} can rest in {repository.vault.location} instead:"
            " setup, import, authorize, watch and the tray move them there."
        )
        said = f"secrets-in-config/{profile_id(path)}"
        self.left_is_news = tools.token_facts.paused_until(said) is None
        if self.left_is_news:
            log.info("%s", self.left)
            tools.token_facts.pause(said, tools.clock())

    def _report_unknown_keys(self) -> None:
        """Report once which keys of the config are ignored, in a run that stays: `doctor` reports
        them, too, and cron would mail what every other command says."""
        file = self._tools.config_file
        if self._tools.permissions.stays and file.seen != self._keys_seen_in:
            self._keys_seen_in, found = file.seen, file.unknown_keys()
            self.notices += [
                f"{file.path.name}: {it}" for it in found if it not in self._reported_keys
            ]
            self._reported_keys |= set(found)

    def _read_again(self) -> bool:
        """Read the config; returns whether it has changed."""
        before, fault_before = self.config, self.fault
        try:
            self.config, self.fault = self._tools.config_file.read(), ""
        except ConfigError as error:
            self.fault = error.faults[0]
        if replace(self.config, kept=before.kept) == before:
            before = self.config  # a tick in the menu concerns nothing that was taken in
        if self.fault not in ("", fault_before):
            self._note(EventType.CONFIG_FAULTY, self.fault)
        if self.config is not before:
            log.info("the config has changed and is read again")
        if self.config is not before or (fault_before and not self.fault):
            self._note(EventType.CONFIG_READ)
        return self.config is not before

    def _migrate_secrets(self, repository: CredentialRepository) -> None:
        """If something is missing, look for it in the store that the config named before."""
        if not repository.credentials.is_incomplete:
            return
        place = repository.vault.location
        try:
            moved = repository.migrate()
        except NoStore:
            return  # as on a server
        except VaultError as error:
            log.warning("nothing moved into %s: %s", place, error)
            self.notices.append(
                f"What is missing is looked for in the other store at the next start: {error}."
            )
            return
        if moved:
            repository.load()
            self._note(EventType.SECRETS_MOVED, f"{moved} from the other store into {place}")
            self.notices.append(
                f"{_secrets(moved)} moved into {place}, which tray.secretStore names."
            )

    def _clear_file(self, repository: CredentialRepository) -> None:
        """Remove from the config what the store has for good, and say so."""
        safe_to_clear, file = repository.config_secrets.safe_to_clear, self._tools.config_file
        replaced = file.replace_with_reference(safe_to_clear) if safe_to_clear else 0
        if not replaced:
            return
        place = repository.vault.location
        self._note(EventType.SECRETS_MOVED, f"{replaced} from the config into {place}")
        self.notices.append(
            f"{_secrets(replaced)} moved from {file.path} into {place};"
            " webex-token-tray export --with-secrets shows them."
        )
        log.info("%s", self.notices[-1])
        before, self.config = self.config, file.read()
        healed = set(before.warnings) - set(self.config.warnings)
        self.notices = [sentence for sentence in self.notices if sentence not in healed]
        repository.configure(self.config)
        repository.load()

    def _note(self, what: EventType, detail: str = "") -> None:
        self._tools.history.record(Event(self._tools.clock(), what, detail=detail))


def _save_config_secrets(
    tools: Dependencies, repository: CredentialRepository, env_sync: EnvSync, config: Config
) -> None:
    """Save what the config has that the store has not.

    Under both locks: another process may have saved it and renewed it already, and the value of
    the config must not displace that. If they are held, it is left for later.
    """
    if not (repository.config_secrets.has_unsaved and tools.permissions.move_secrets):
        return
    try:
        with _both_locks(tools, env_sync, config):
            repository.load(take_in=True)
    except Busy:
        log.info("what is new in the config is taken in later: another process is renewing")


@contextmanager
def _both_locks(tools: Dependencies, env_sync: EnvSync, config: Config) -> Iterator[None]:
    """Hold the locks of the service app and of the integration. Raises Busy."""
    integration, host = config.integration, tools.webex.host
    with ExitStack() as held:
        held.enter_context(env_sync.locked())
        if integration is not None:
            held.enter_context(tools.locks.acquire("integration", host, integration.client_id))
        yield


def _secrets(count: int) -> str:
    return "1 secret" if count == 1 else f"{count} secrets"
