"""The credentials of one profile: gathered from file and keyring, saved before they are used."""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from tray_app.model.credentials import Credentials, Integration, Pair
from tray_app.model.errors import VaultError
from tray_app.model.renewal import RenewalMethod, StoreState
from tray_app.model.responses import Grant
from tray_app.model.secret import Secret
from tray_app.model.settings import Config
from tray_app.secrets.names import SecretNames
from tray_app.service.dependencies import Dependencies
from tray_app.service.issue_time import Age
from tray_app.system.file_probe import Signature
from tray_app.system.log import REDACTOR

log = logging.getLogger(__name__)


class CredentialRepository:
    """Holds what the rungs may use. `credentials` is the last known whole, never half-loaded."""

    def __init__(self, tools: Dependencies, config: Config) -> None:
        self.vault = tools.vault
        self._may = tools.permissions
        self._host = tools.webex.host
        self._token_facts = tools.token_facts
        self._loaded: Secret | None = None
        self.configure(config)

    @property
    def credentials(self) -> Credentials:
        """What the rungs may use now."""
        return self._credentials

    @property
    def names(self) -> SecretNames:
        """The names under which this profile's secrets rest."""
        return self._names

    def load(self, *, prompt: bool = False, take_in: bool = False) -> None:
        """Read everything anew. `prompt`: a person clicked, the keyring may ask; `take_in`: save
        what is newer in the config, if that is permitted, which needs both locks.

        Where the keyring is locked or fails, nothing is known but that (`credentials.locked`).
        """
        config, names = self._config, self._names
        self._taking, self.has_unsaved_config_secrets = take_in and self._may.move_secrets, False
        self._age.read_anew()
        self.vault.begin()
        try:
            app_secret = self._current(
                config.service_app.client_secret, names.app_secret, prompt=prompt
            )
            self._credentials = Credentials(
                app=replace(config.service_app, client_secret=app_secret),
                pair=self.vault.load_pair(names.pair, prompt=prompt),
                personal_token=self._current(
                    config.personal_access_token, names.personal_token, prompt=prompt
                ),
                candidate=self._unproven(self.vault.load_pair(names.candidate, prompt=prompt)),
            )
            pair = self._credentials.pair
            self._loaded = pair.access if pair is not None else None
            self.load_integration(prompt=prompt)
        except VaultError as error:
            log.warning("%s", error)
            self._credentials = Credentials(app=config.service_app, locked=True)
            return
        finally:
            self._taking = False
        self._hide_all()

    def is_replaced(self, token: Secret) -> bool:
        """Whether another token is known to have taken this one's place."""
        return self._age.is_replaced(token, self._credentials.pair)

    def is_current(self, token: Secret) -> bool:
        """Whether this access token was held at the last `load`: `.env` has it until a new pair is
        written there. Not the refresh token: an earlier `.env` may have the same one."""
        return token == self._loaded

    def is_older(
        self, token: Secret, now: datetime, *, file: Signature, skew: timedelta | None
    ) -> bool:
        """Whether a token of `.env` is another one than the held ones, and known to be older.

        `file`: the signature of that `.env`; `skew`: Webex's clock minus ours.
        """
        held = self._credentials.pair
        if held is None or token in (held.access, held.refresh):
            return False
        return self._age.is_older(token, held, now, file=file, skew=skew)

    def load_integration(self, *, prompt: bool = False) -> None:
        """Read what belongs to the integration anew. Raises VaultError."""
        written, name = self._config.integration, self._names.of_integration
        if written is None:
            return
        self._credentials = replace(
            self._credentials,
            integration=replace(
                written,
                client_secret=self._current(written.client_secret, name("secret"), prompt=prompt),
                refresh_token=self._current(written.refresh_token, name("refresh"), prompt=prompt),
            ),
            integration_access=self.vault.load(name("access"), prompt=prompt),
        )

    def restore_previous(self, method: RenewalMethod, now: datetime) -> None:
        """Webex rejected a token: bring back the one it displaced, if any. Raises VaultError."""
        creds, integration = self._credentials, self._credentials.integration
        if method is RenewalMethod.SERVICE_REFRESH:
            self._restore_refresh(now)
            return
        if method is RenewalMethod.MINT_PASTED:
            name, rejected = self._names.personal_token, creds.personal_token
        elif method is RenewalMethod.INTEGRATION_REFRESH and integration is not None:
            name, rejected = self._names.of_integration("refresh"), integration.refresh_token
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
            self._credentials = replace(creds, personal_token=former)
        elif integration is not None:
            former_one = replace(integration, refresh_token=former)
            self._credentials = replace(creds, integration=former_one)

    def found(self, *, prompt: bool) -> tuple[tuple[str, str], ...]:
        """Return which entries of this profile there are, and where. Raises VaultError."""
        return self.vault.find(self._names.all, prompt=prompt)

    def forget(self, kept: Collection[str] = (), *, prompt: bool = False) -> tuple[str, ...]:
        """Remove all entries but those `kept` for others; returns where. Raises VaultError."""
        own = [name for name in self._names.all if name not in kept]
        return self.vault.forget(own, prompt=prompt)

    def migrate(self) -> int:
        """Take over what the other store has; returns how many secrets. Raises VaultError."""
        names = self._names
        # A pair that is there already stays: the other store's is another config's, or older.
        but = () if self._credentials.pair is None else (names.issue, names.pair)
        moved = self.vault.migrate(names, self._token_facts.is_superseded, but=but)
        self._age.read_anew()
        return moved

    def adopt(self, pair: Pair, now: datetime) -> None:
        """Take over a pair that somebody else renewed and wrote into `.env`."""
        held = self._credentials.pair
        stale = pair.refresh is not None and self.is_replaced(pair.refresh)
        if held is not None and (pair.refresh is None or stale):
            pair = Pair(pair.access, held.refresh)
        self._keep(pair, now, issued_at=None)

    def try_refresh(self, found: Secret) -> None:
        """Hold a refresh token that `.env` has and we have never seen: it is newer than ours, or
        nothing. Ours is kept beside it until it has worked."""
        held = self._credentials.pair
        if held is None:
            return
        if held.refresh is not None:
            self._save(SecretNames.displaced(self._names.pair), held.refresh)
        self._put(Pair(held.access, found))

    def set_aside(self, found: Secret | None) -> None:
        """Keep a refresh token of `.env` that is to be written over: times alone say that it is
        older than ours, and a clock may have been wrong. It is tried if ours is rejected."""
        held = self._credentials.pair
        if found is None or held is None or found == held.refresh or self.is_replaced(found):
            return
        if self._former_refresh() is None:
            self._save(SecretNames.displaced(self._names.pair), found)

    def _restore_refresh(self, now: datetime) -> None:
        held, former = self._credentials.pair, self._former_refresh()
        if held is not None and former is not None and former != held.refresh:
            log.info("the refresh token of .env was rejected; back to %s", former.fingerprint)
            self._keep(Pair(held.access, former), now, issued_at=None)

    def _former_refresh(self) -> Secret | None:
        """The refresh token that one of `.env` has displaced, unless it is known to be old."""
        former = self.vault.load(SecretNames.displaced(self._names.pair))
        return None if former is None or self.is_replaced(former) else former

    def note_held(self) -> None:
        """Remember which pair is held. To be called before another one takes its place: after a
        crash right behind the save of that one, this one is known to be older."""
        if self._credentials.pair is not None:
            self._age.note_held(self._credentials.pair)

    def keep_pair(self, grant: Grant, now: datetime, *, asked_at: datetime) -> Pair:
        """Save a new service app pair and return it; an absent refresh token keeps the old one.

        `asked_at`: when Webex was asked for it (UTC): nothing that was written before is newer.
        """
        held = self._credentials.pair
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
        integration = self._credentials.integration
        if integration is None:
            return
        refresh = grant.refresh or integration.refresh_token
        self._hold_integration(integration, Pair(grant.access, grant.refresh), now)
        self._token_facts.record_lifetime(refresh, grant.refresh_life, now)
        self._token_facts.record_lifetime(grant.access, grant.access_life, now)

    def keep_candidate(self, grant: Grant, now: datetime) -> None:
        """Save what a sign-in brought, beside what is held: it may be of a wrong account."""
        candidate = Pair(grant.access, grant.refresh)
        try:
            self.vault.save_pair(self._names.candidate, candidate, prompt=self._may.prompt)
        except VaultError as error:
            log.error("the sign-in is in memory only: %s", error)
        self._token_facts.record_lifetime(candidate.access, grant.access_life, now)
        self._token_facts.record_lifetime(candidate.refresh, grant.refresh_life, now)
        self._credentials = replace(self._credentials, candidate=candidate)
        self._hide_all()

    def accept_candidate(self, now: datetime) -> None:
        """The candidate has minted for this app: it becomes the integration's sign-in."""
        candidate, integration = self._credentials.candidate, self._credentials.integration
        if candidate is None or integration is None:
            return
        self.note_taken()
        self._hold_integration(integration, candidate, now)
        self._credentials = replace(self._credentials, candidate=None)
        self._remove_candidate()

    def note_taken(self) -> None:
        """Remember that the config's refresh token of the integration is the one that is held. To
        be called before another one takes its place: that may be the last thing that is done."""
        written, held = self._config.integration, self._credentials.integration
        if written is None or held is None or written.refresh_token is None:
            return
        if written.refresh_token == held.refresh_token:
            name, stored = self._names.of_integration("refresh"), None
            with suppress(VaultError):
                stored = self.vault.load(name)
            if stored in (None, written.refresh_token):
                self._save(SecretNames.taken(name), Secret(written.refresh_token.digest))
            else:  # or the one that is kept there would lead if the new one is never saved
                self._take_in(name, written.refresh_token, stored)

    def _hold_integration(self, integration: Integration, new: Pair, now: datetime) -> None:
        """Save the integration's tokens, the irreplaceable first; an absent one keeps the old."""
        name, former = self._names.of_integration, self._credentials.integration_access
        refresh = new.refresh or integration.refresh_token
        if new.refresh is not None:
            self._save(name("refresh"), new.refresh)
        if self._is_promoted:  # or it would pass for a newer sign-in once its token is replaced
            self._remove_candidate()
        self._save(name("access"), new.access)
        self._credentials = replace(
            self._credentials,
            integration=replace(integration, refresh_token=refresh),
            integration_access=new.access,
        )
        self._hide_all()
        self._supersede(integration.refresh_token, refresh, now)
        self._supersede(former, new.access, now)

    def _unproven(self, candidate: Pair | None) -> Pair | None:
        """The candidate, unless it has been promoted already and a crash left the entry behind."""
        self._is_promoted = False
        if candidate is None or self._config.integration is None:
            return None
        if self._token_facts.is_superseded(candidate.access):
            return None
        held = self.vault.load(self._names.of_integration("access"))
        self._is_promoted = held == candidate.access
        return None if self._is_promoted else candidate

    def _remove_candidate(self) -> None:
        self._is_promoted = False
        try:
            self.vault.remove(self._names.candidate)
        except VaultError as error:  # it is known by its access token, which is the held one now
            log.info("the candidate entry stays: %s", error)

    @property
    def safe_to_clear(self) -> frozenset[Secret]:
        """The secrets of the file that the keyring has for good, or has a newer one for."""
        in_file = {secret for secret in self._safe_to_clear if not self._stays(secret)}
        return frozenset(in_file if self.vault.state is StoreState.DURABLE else ())

    def save_again(self) -> None:
        """Try once more what the keyring refused to save."""
        try:
            self.vault.save_again()
        except VaultError as error:
            log.warning("still not saved: %s", error)

    def configure(self, config: Config) -> None:
        """Start over from another config; `load` must follow."""
        self._config = config
        self.vault.choose(config.secret_store)
        self._names = SecretNames.of(self._host, config)
        self._age = Age(self.vault, self._token_facts, self._names.issue)
        self._credentials = Credentials(app=config.service_app)
        self._loaded = None
        self._taking = self._is_promoted = False
        self.has_unsaved_config_secrets = (
            False  # whether the config has something newer that the keyring has not
        )
        self._safe_to_clear: set[Secret] = set()

    def _current(self, written: Secret | None, name: str, *, prompt: bool) -> Secret | None:
        """A secret written in the file is the person's newest intent, unless we replaced it."""
        stored = self.vault.load(name, prompt=prompt)
        if written is None:
            return stored
        if written != stored:
            if stored is not None and self._was_taken(written, name):
                self._safe_to_clear.add(written)  # e.g. a file restored from git
                return stored
            if self._stays(written):
                return written  # it is there at every start, and if it leads nobody else looks
            if not self._taking:
                self.has_unsaved_config_secrets = True
                return written
            self._take_in(name, written, stored)
        self._safe_to_clear.add(written)
        return written

    def _stays(self, written: Secret) -> bool:
        """Whether it is not to be moved out of the config, or stands in the environment."""
        return self._config.keeps_secrets or written in self._config.from_environment

    def _take_in(self, name: str, written: Secret, stored: Secret | None) -> None:
        if stored is not None:  # a slip of the pen must not cost what worked
            self._save(SecretNames.displaced(name), stored)
        self._save(name, written)
        if name == self._names.of_integration("refresh"):
            self._save(SecretNames.taken(name), Secret(written.digest))

    def _was_taken(self, written: Secret, name: str) -> bool:
        """Whether what the config has was taken over before, and replaced since."""
        if self._token_facts.is_superseded(written):
            return True
        if name != self._names.of_integration("refresh"):
            return False
        return self.vault.load(SecretNames.taken(name)) == Secret(written.digest)

    def _keep(self, pair: Pair, now: datetime, *, issued_at: datetime | None) -> None:
        held = self._credentials.pair
        self._put(pair)
        self._age.note(held, pair, issued_at)
        if held is not None:
            self._supersede(held.access, pair.access, now)
            self._supersede(held.refresh, pair.refresh, now)

    def _put(self, pair: Pair) -> None:
        try:
            self.vault.save_pair(self._names.pair, pair)
        except VaultError as error:
            log.error("the new service app tokens are in memory only: %s", error)
        self._credentials = replace(self._credentials, pair=pair)
        self._hide_all()

    def _save(self, name: str, secret: Secret) -> None:
        try:
            self.vault.save(name, secret)
        except VaultError as error:
            log.error("a secret is in memory only: %s", error)

    def _supersede(self, old: Secret | None, new: Secret | None, now: datetime) -> None:
        """To be noted after the new one is saved, which a locked database must not hold up. After a
        crash in between the entries themselves tell what is old (`policy.issue_time`, `taken`).
        """
        if old is not None and old != new:
            self._token_facts.supersede(old, now)

    def _hide_all(self) -> None:
        """Let the log know every secret that is held."""
        REDACTOR.add(self._credentials.secrets)
