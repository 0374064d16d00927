"""The credentials of one profile: gathered from config and store, saved before they are used."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from tray_app.model.credentials import Credentials, Integration, Pair
from tray_app.model.errors import VaultError
from tray_app.model.renewal import RenewalMethod, StoreState
from tray_app.model.responses import Grant
from tray_app.model.secret import Secret
from tray_app.model.settings import Config, SecretStore
from tray_app.policy.issue_time import Age
from tray_app.secrets.entry_format import parse_pair
from tray_app.secrets.names import SecretNames
from tray_app.service.config_secrets import ConfigSecrets
from tray_app.service.dependencies import Dependencies
from tray_app.service.issue_time import IssueTimes
from tray_app.system.file_probe import Signature
from tray_app.system.log import REDACTOR

log = logging.getLogger(__name__)


class CredentialRepository:
    """`credentials`: what the renewal methods may use, the last known whole and never half-loaded;
    `names`: the names of this profile's entries in the store; `config_secrets`: those of its
    config."""

    def __init__(self, tools: Dependencies, config: Config) -> None:
        self.vault = tools.vault
        self._may = tools.permissions
        self._host = tools.webex.host
        self._token_facts = tools.token_facts
        self.config_secrets: ConfigSecrets
        self._current: Secret | None = None
        self._stored_refresh: Secret | None = None
        self.configure(config)

    @property
    def is_unreachable(self) -> bool:
        """Whether secrets are missing that the config leaves to a keyring, and none is within
        reach, as in cron or over ssh."""
        creds, config = self.credentials, self._config
        held: list[object] = [creds.app.client_secret]
        if creds.integration is not None:
            held += [creds.integration.client_secret, creds.integration.refresh_token]
        in_memory = self.vault.state is StoreState.MEMORY
        no_keyring = config.secret_store is not SecretStore.FILE and in_memory
        return no_keyring and config.leaves_secrets and None in held

    def expire(self) -> None:
        """What was read may be out of date: an operation begins, or a lock was taken."""
        self._is_loaded = self._has_prompted = False
        self.vault.expire()

    def ensure_loaded(self, *, prompt: bool = False) -> None:
        """Read the store unless that was done since `expire`; also if the keyring was locked, and
        may prompt now for the first time."""
        may_unlock = prompt and self.credentials.locked and not self._has_prompted
        if not self._is_loaded or may_unlock:
            self.load(prompt=prompt)

    def load(self, *, prompt: bool = False, take_in: bool = False) -> None:
        """Read each entry once. `prompt`: a person clicked, so the keyring may ask; `take_in`: save
        what is newer in the config, if that is permitted, which needs both locks.

        If the keyring is locked or fails, nothing is known but that (`credentials.locked`).
        """
        written = self.config_secrets
        written.is_taking, written.has_unsaved = take_in and self._may.move_secrets, False
        self._issue_times.expire()
        self.vault.begin()
        self._is_loaded, self._has_prompted = True, prompt
        found: dict[str, Secret | None] = {}
        try:
            for name in self.names.credentials:
                found[name] = self.vault.load(name, prompt=prompt)
            self.credentials = self._gather(found)
        except VaultError as error:
            log.warning("%s", error)
            self.credentials = Credentials(app=self._config.service_app, locked=True)
            return
        finally:
            written.is_taking = False
        self._hide_all()

    def load_if_readable(self) -> None:
        """Do as `ensure_loaded`, but if the store cannot be read now, what is known stays."""
        known = self.credentials
        self.ensure_loaded()
        if self.credentials.locked:
            self.credentials = known

    def _gather(self, found: Mapping[str, Secret | None]) -> Credentials:
        """Return the credentials that these entries and the config make. Raises VaultError."""
        config, names, leading = self._config, self.names, self.config_secrets.leading
        app, integration, access = config.service_app, config.integration, None
        pair = parse_pair(found[names.pair])
        self._current = pair.access if pair is not None else None
        app_secret = leading(app.client_secret, names.app_secret, found[names.app_secret])
        personal_token = leading(
            config.personal_access_token, names.personal_token, found[names.personal_token]
        )
        if integration is not None:
            secret, refresh = names.of_integration("secret"), names.of_integration("refresh")
            access = found[names.of_integration("access")]
            integration = replace(
                integration,
                client_secret=leading(integration.client_secret, secret, found[secret]),
                refresh_token=leading(integration.refresh_token, refresh, found[refresh]),
            )
        return Credentials(
            app=replace(app, client_secret=app_secret),
            pair=pair,
            personal_token=personal_token,
            integration=integration,
            integration_access=access,
            candidate=self._unproven(parse_pair(found[names.candidate]), access),
        )

    def is_replaced(self, token: Secret) -> bool:
        """Whether another token is known to have taken this one's place."""
        return self._issue_times.is_replaced(token, self.credentials.pair)

    def is_current(self, token: Secret) -> bool:
        """Whether this access token was held at the last `load`, or taken over since: `.env` has it
        until a new pair is written there. Not the refresh token: an earlier `.env` may have it."""
        return token == self._current

    def age(self, token: Secret, now: datetime, *, file: Signature, skew: timedelta | None) -> Age:
        """Return how old a token of `.env` is, unless it is one of the held ones.

        `file`: the signature of that `.env`; `skew`: Webex's clock minus ours.
        """
        held = self.credentials.pair
        if held is None or token in (held.access, held.refresh):
            return Age.UNKNOWN
        return self._issue_times.age(token, held, now, file=file, skew=skew)

    def load_integration(self) -> None:
        """Read the integration's tokens again, under its own lock: another profile may have renewed
        them. Raises VaultError."""
        written, held = self._config.integration, self.credentials.integration
        if written is None or held is None:
            return
        name = self.names.of_integration
        self.vault.expire()
        self._stored_refresh = self.vault.load(name("refresh"))
        refresh = self.config_secrets.leading(
            written.refresh_token, name("refresh"), self._stored_refresh
        )
        self.credentials = replace(
            self.credentials,
            integration=replace(held, refresh_token=refresh),
            integration_access=self.vault.load(name("access")),
        )

    def restore_previous(self, method: RenewalMethod, now: datetime) -> None:
        """Webex rejected a token: bring back the one it displaced, if any. Raises VaultError."""
        creds, integration = self.credentials, self.credentials.integration
        if method is RenewalMethod.SERVICE_REFRESH:
            self._restore_refresh(now)
            return
        if method is RenewalMethod.MINT_PASTED:
            name, rejected = self.names.personal_token, creds.personal_token
        elif method is RenewalMethod.INTEGRATION_REFRESH and integration is not None:
            name, rejected = self.names.of_integration("refresh"), integration.refresh_token
        else:
            return
        former = self.vault.load(name)
        if former == rejected:  # else another process has brought it back, or renewed it
            former = self.vault.load(SecretNames.displaced(name))
        if former is None or former == rejected or self._token_facts.is_superseded(former):
            return
        log.info("the newer token was rejected; back to %s", former.fingerprint)
        self._save(name, former)
        self._supersede(rejected, former, now)
        if method is RenewalMethod.MINT_PASTED:
            self.credentials = replace(creds, personal_token=former)
        elif integration is not None:
            former_one = replace(integration, refresh_token=former)
            self.credentials = replace(creds, integration=former_one)

    def migrate(self) -> int:
        """Take over what the other store has; returns how many secrets. Raises VaultError."""
        names = self.names
        # A pair that is there already stays: the other store's is another config's, or older.
        except_for = () if self.credentials.pair is None else (names.issue, names.pair)
        moved = self.vault.migrate(names, self._token_facts.is_superseded, except_for=except_for)
        self._issue_times.expire()
        return moved

    def adopt(self, pair: Pair, now: datetime) -> None:
        """Take over a pair of another program. Our refresh token is kept until that one works."""
        held = self.credentials.pair
        stale = pair.refresh is not None and self.is_replaced(pair.refresh)
        if held is not None and (pair.refresh is None or stale):
            pair = Pair(pair.access, held.refresh)
        ours = held.refresh if held is not None else None
        if ours and ours != pair.refresh and self._former_refresh() in (None, pair.refresh):
            self._save(SecretNames.displaced(self.names.pair), ours)
        self._keep(pair, now, issued_at=None, keeps_refresh=True)
        self._current = pair.access

    def try_refresh(self, found: Secret) -> None:
        """Hold a new refresh token that `.env` has. Ours is kept until it has worked."""
        held = self.credentials.pair
        if held is None:
            return
        if held.refresh is not None:
            self._save(SecretNames.displaced(self.names.pair), held.refresh)
        self._put(Pair(held.access, found))

    def set_aside(self, found: Secret | None) -> None:
        """Keep a refresh token of `.env` that is to be written over: times alone say that it is
        older than ours, and a clock may have been wrong. It is tried if ours is rejected."""
        held = self.credentials.pair
        if found is None or held is None or found == held.refresh or self.is_replaced(found):
            return
        if self._former_refresh() is None:
            self._save(SecretNames.displaced(self.names.pair), found)

    def _restore_refresh(self, now: datetime) -> None:
        held, former = self.credentials.pair, self._former_refresh()
        if held is not None and former is not None and former != held.refresh:
            log.info("the refresh token of .env was rejected; back to %s", former.fingerprint)
            self._keep(Pair(held.access, former), now, issued_at=None)

    def _former_refresh(self) -> Secret | None:
        """The refresh token that one of `.env` has displaced, unless it is known to be old."""
        former = self.vault.load(SecretNames.displaced(self.names.pair))
        return None if former is None or self.is_replaced(former) else former

    def note_held(self) -> None:
        """Remember which pair is held. Call it before another one takes its place: after a crash
        right behind that save, this one is known to be older."""
        if self.credentials.pair is not None:
            self._issue_times.note_held(self.credentials.pair)

    def keep_pair(self, grant: Grant, now: datetime, *, asked_at: datetime) -> Pair:
        """Save a new service app pair and return it; an absent refresh token keeps the old one.

        `asked_at`: when Webex was asked for it (UTC): nothing that was written before is newer.
        """
        held = self.credentials.pair
        old_refresh = held.refresh if held else None
        pair = Pair(grant.access, grant.refresh or old_refresh)
        self._keep(pair, now, issued_at=asked_at)
        with suppress(VaultError):
            self._supersede(self._former_refresh(), pair.refresh, now)
        self._token_facts.record_lifetime(pair.access, grant.access_life, now)
        self._token_facts.record_lifetime(pair.refresh, grant.refresh_life, now)
        return pair

    def keep_integration(self, grant: Grant, now: datetime) -> None:
        """Save what the integration's refresh gave."""
        integration = self.credentials.integration
        if integration is None:
            return
        refresh = grant.refresh or integration.refresh_token
        self._hold_integration(integration, Pair(grant.access, grant.refresh), now)
        self._token_facts.record_lifetime(refresh, grant.refresh_life, now)
        self._token_facts.record_lifetime(grant.access, grant.access_life, now)

    def keep_candidate(self, grant: Grant, now: datetime) -> None:
        """Save what a sign-in brought beside what is held: it may be of a wrong account."""
        candidate = Pair(grant.access, grant.refresh)
        try:
            self.vault.save_pair(self.names.candidate, candidate, prompt=self._may.prompt)
        except VaultError as error:
            log.error("the sign-in is in memory only: %s", error)
        self._token_facts.record_lifetime(candidate.access, grant.access_life, now)
        self._token_facts.record_lifetime(candidate.refresh, grant.refresh_life, now)
        self.credentials = replace(self.credentials, candidate=candidate)
        self._hide_all()

    def accept_candidate(self, now: datetime) -> None:
        """The candidate has minted for this app: it becomes the integration's sign-in. Call it
        under the integration's lock."""
        with suppress(VaultError):
            self.load_integration()
        candidate, integration = self.credentials.candidate, self.credentials.integration
        if candidate is None or integration is None:
            return
        self.note_taken()
        self._hold_integration(integration, candidate, now)
        self.credentials = replace(self.credentials, candidate=None)
        self._remove_candidate()

    def note_taken(self) -> None:
        """Remember that the store has the config's refresh token of the integration. Call it after
        `load_integration`, before another token takes its place: that save may be the last one."""
        written, held = self._config.integration, self.credentials.integration
        if written is None or held is None or written.refresh_token is None:
            return
        if written.refresh_token == held.refresh_token:
            name, stored = self.names.of_integration("refresh"), self._stored_refresh
            if stored in (None, written.refresh_token):
                self.config_secrets.note_taken(written.refresh_token)
            else:  # or the one that is stored would lead if the new one is never saved
                self.config_secrets.take(name, written.refresh_token, stored)

    def _hold_integration(self, integration: Integration, new: Pair, now: datetime) -> None:
        """Save the integration's tokens, the irreplaceable first; an absent one keeps the old."""
        name, former = self.names.of_integration, self.credentials.integration_access
        refresh = new.refresh or integration.refresh_token
        if new.refresh is not None:
            self._save(name("refresh"), new.refresh)
        if self._is_promoted:  # or it would pass for a newer sign-in once its token is replaced
            self._remove_candidate()
        self._save(name("access"), new.access)
        self.credentials = replace(
            self.credentials,
            integration=replace(integration, refresh_token=refresh),
            integration_access=new.access,
        )
        self._hide_all()
        self._supersede(integration.refresh_token, refresh, now)
        self._supersede(former, new.access, now)

    def _unproven(self, candidate: Pair | None, access: Secret | None) -> Pair | None:
        """The candidate, unless it was accepted already and a crash left the entry behind.
        `access`: the integration's access token."""
        self._is_promoted = False
        if candidate is None or self._config.integration is None:
            return None
        if self._token_facts.is_superseded(candidate.access):
            return None
        self._is_promoted = access == candidate.access
        return None if self._is_promoted else candidate

    def _remove_candidate(self) -> None:
        self._is_promoted = False
        try:
            self.vault.remove(self.names.candidate)
        except VaultError as error:  # it is known by its access token, which is the held one now
            log.info("the candidate entry stays: %s", error)

    def retry_unsaved_now(self) -> None:
        """Try once more what the keyring refused to save."""
        try:
            self.vault.retry_unsaved_now()
        except VaultError as error:
            log.warning("still not saved: %s", error)

    def configure(self, config: Config) -> None:
        """Start again with another config; `load` must follow."""
        self._config = config
        self.vault.choose(config.secret_store)
        self.names = SecretNames.of(self._host, config)
        self._issue_times = IssueTimes(self.vault, self._token_facts, self.names.issue)
        self.credentials = Credentials(app=config.service_app)
        self.config_secrets = ConfigSecrets(self.vault, self._token_facts, self.names, config)
        self._current = self._stored_refresh = None
        self._is_loaded = self._has_prompted = self._is_promoted = False

    def _keep(
        self, pair: Pair, now: datetime, *, issued_at: datetime | None, keeps_refresh: bool = False
    ) -> None:
        held = self.credentials.pair
        if held is not None and keeps_refresh:  # it is not known as replaced
            held = Pair(held.access, None)
        self._put(pair)
        self._issue_times.note(held, pair, issued_at)
        if held is not None:
            self._supersede(held.access, pair.access, now)
            self._supersede(held.refresh, pair.refresh, now)

    def _put(self, pair: Pair) -> None:
        try:
            self.vault.save_pair(self.names.pair, pair)
        except VaultError as error:
            log.error("the new service app tokens are in memory only: %s", error)
        self.credentials = replace(self.credentials, pair=pair)
        self._hide_all()

    def _save(self, name: str, secret: Secret) -> None:
        try:
            self.vault.save(name, secret)
        except VaultError as error:
            log.error("a secret is in memory only: %s", error)

    def _supersede(self, old: Secret | None, new: Secret | None, now: datetime) -> None:
        """Call it after the new one is saved, which a locked database must not delay. After a crash
        in between, the entries themselves show what is old (`policy.issue_time`, `taken`)."""
        if old is not None and old != new:
            self._token_facts.supersede(old, now)

    def _hide_all(self) -> None:
        """Have the log redact every secret that is held."""
        REDACTOR.add(self.credentials.secrets)
