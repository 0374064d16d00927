"""Builds the real objects; nothing else does."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tray_app.model.errors import ConfigError
from tray_app.model.origin import Origin
from tray_app.model.permissions import LOOK, Permissions
from tray_app.system.dirs import TEMPLATE, AppDirs, profile_id, resource
from tray_app.webex.api_base import PRODUCTION, checked_base, other_host

if TYPE_CHECKING:
    from tray_app.config.draft import ConfigDraft
    from tray_app.config.file import ConfigFile
    from tray_app.config.profiles import ProfileRegistry
    from tray_app.model.credentials import Pair
    from tray_app.model.quiet_hours import NotificationTiming
    from tray_app.model.secret import Secret
    from tray_app.model.settings import Config, Thresholds, Timing
    from tray_app.secrets.names import SecretNames
    from tray_app.secrets.store import Store
    from tray_app.secrets.vault import Vault
    from tray_app.service.config_access import Admission
    from tray_app.service.dependencies import Dependencies
    from tray_app.service.engine import Engine
    from tray_app.service.freshness import FreshToken
    from tray_app.service.other_profiles import OtherProfile
    from tray_app.storage.event_log import EventLog
    from tray_app.storage.output_file import OutputFile
    from tray_app.storage.token_facts import TokenFacts
    from tray_app.system.single_instance import Instance
    from tray_app.webex.client import Webex
    from tray_app.webex.rate_limit import RateLimiter

_COMMAND_TIMEOUT = 40.0
"""Seconds to wait for another process's command: longer than one may run."""


@dataclass(frozen=True, slots=True)
class ProfileContext:
    """A profile and its surroundings. The defaults are those of a real run.

    `store`: holds the secrets, None for the OS keyring; `limits`, `pace`, `notification_timing`
    and `least_poll_seconds` (the floor): None for those of a real run; `environ`: stands in for
    fields of the config; `permissions`: what this run may do, by default only look; `held_up` is
    called when a signal has to wait until a response is saved; `origin`: where the config comes
    from, None if the program itself has made it, so that no approval is needed.
    """

    config_path: Path
    folders: AppDirs
    api_base: str = PRODUCTION
    store: Store | None = None
    limits: Thresholds | None = None
    pace: Timing | None = None
    notification_timing: NotificationTiming | None = None
    least_poll_seconds: float | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    permissions: Permissions = LOOK
    held_up: Callable[[], None] = lambda: None
    origin: Origin | None = None

    @property
    def is_approved(self) -> bool:
        """Whether this config may use the user's own secrets."""
        return self.origin is not Origin.UNAPPROVED


def build_config_file(setup: ProfileContext) -> ConfigFile:
    """Return the config for a run: it is judged at every read, and that a person has named it is
    recorded, unless the run only looks."""
    return _config_file(setup, notes=True)


def _config_file(setup: ProfileContext, *, notes: bool = False) -> ConfigFile:
    from tray_app.model.variables import SECRET_VARIABLES

    environ, origin = setup.environ, setup.origin
    if not setup.is_approved:
        environ = {name: text for name, text in environ.items() if name not in SECRET_VARIABLES}
    file = _bare_config_file(setup, setup.config_path, environ)
    if origin is not None and (notes or origin is not Origin.NAMED):
        judged, uses = admission(setup), setup.permissions.renew
        file.set_admission(lambda config: judged.admit(config, origin, uses=uses))
    return file


def _bare_config_file(
    setup: ProfileContext, path: Path, environ: Mapping[str, str] = MappingProxyType({})
) -> ConfigFile:
    """Return the config at this path, approved or not. `environ`: stands in for its fields."""
    from tray_app.config.file import MIN_POLL_SECONDS, ConfigFile

    least = MIN_POLL_SECONDS if setup.least_poll_seconds is None else setup.least_poll_seconds
    return ConfigFile(path, least, environ)


def admission(setup: ProfileContext) -> Admission:
    """Return what decides whether the config may be used."""
    from tray_app.service.config_access import Admission

    def read(path: Path) -> Config:
        return _bare_config_file(setup, path, setup.environ).read()

    return Admission(setup.config_path, setup.folders, setup.environ, read)


def read_config(setup: ProfileContext) -> Config:
    """Return the config as it is now. Raises ConfigError."""
    return _config_file(setup).read()


def begin_config(setup: ProfileContext) -> None:
    """Create the config from the template, for this user alone (0600). Raises ConfigError."""
    _config_file(setup).create(resource(TEMPLATE).read_bytes())


def is_untouched(setup: ProfileContext) -> bool:
    """Return whether the config is a template that nobody has filled in."""
    return _bare_config_file(setup, setup.config_path).is_untouched()


def import_config(setup: ProfileContext, source: Path) -> tuple[str, Pair | None]:
    """Create the config from another one, in our format, with its secrets (0600). The next engine
    moves them into the keyring. Returns what was left out and why, "" if nothing was, and the
    service app's tokens, which are for the store. Raises ConfigError."""
    from tray_app.config.export import imported, pair_in

    pair = pair_in(source)
    text, left_out = imported(_bare_config_file(setup, source).read(), source)
    _bare_config_file(setup, setup.config_path).create(text.encode())
    return left_out, pair


def profiles(folders: AppDirs) -> ProfileRegistry:
    """Return the list of profiles."""
    from tray_app.config.profiles import ProfileRegistry

    return ProfileRegistry(folders.profiles)


def instance(setup: ProfileContext) -> Instance:
    """Return the lock of the profile's one tray."""
    from tray_app.system.single_instance import Instance

    return Instance(setup.folders.locks, setup.config_path)


def env_folder(setup: ProfileContext) -> Path:
    """Return the folder of `.env` as the config names it now, else the config's own."""
    try:
        return Path(read_config(setup).env_file).parent
    except ConfigError:
        return setup.config_path.parent


def open_facts(setup: ProfileContext, *, in_memory: bool = False) -> TokenFacts:
    """Open the database that all profiles share, for the Webex of this one."""
    from tray_app.storage.token_facts import TokenFacts

    return TokenFacts(None if in_memory else setup.folders.token_facts, other_host(setup.api_base))


@contextmanager
def history(setup: ProfileContext) -> Iterator[EventLog]:
    """Open the profile's event log, and nothing else."""
    with closing(open_facts(setup)) as token_facts:
        yield token_facts.history(profile_id(setup.config_path))


def draft(setup: ProfileContext) -> ConfigDraft:
    """Return the config as a draft to fill in. Raises ConfigError."""
    from tray_app.config.draft import ConfigDraft

    return ConfigDraft(setup.config_path, setup.environ)


@dataclass(frozen=True, slots=True)
class Common:
    """What the profiles of one process share; `build_tools` makes everything else for each.

    `vault`: its stores and their threads serve all; `webex`: so do its connections.
    """

    token_facts: TokenFacts
    vault: Vault
    webex: Webex
    rate_limiter: RateLimiter

    def close(self) -> None:
        """Close it when no profile uses it any more."""
        self.vault.close()
        self.webex.close()
        self.token_facts.close()


class Shared:
    """What the profiles of one process share, created when the first of them is opened."""

    def __init__(self, setup: ProfileContext, rate_limiter: RateLimiter | None = None) -> None:
        """`setup`: any profile's; `rate_limiter`: None for one that finds out what Webex allows."""
        self._setup = setup
        self._rate_limiter = rate_limiter
        self._lock = threading.Lock()
        self._common: Common | None = None

    def common(self) -> Common:
        """Return it. Imports HTTP and keyring, which is slow."""
        from tray_app.webex.rate_limit import RateLimiter

        with self._lock:
            if self._common is None:
                facts, client = open_facts(self._setup), webex(self._setup)
                limiter = self._rate_limiter or RateLimiter(store=facts.budgets(client.host))
                self._common = Common(facts, vault(self._setup), client, limiter)
            return self._common

    def close(self) -> None:
        """Close it: the last profile is closed."""
        with self._lock:
            if self._common is not None:
                self._common.close()


def vault(
    setup: ProfileContext, *, beside: Vault | None = None, config_file: ConfigFile | None = None
) -> Vault:
    """Return the secrets, from the store that the config names. Imports keyring at the first read.

    `beside`: another profile's, with which it shares the stores and their threads.
    """
    from tray_app.secrets.file_store import SecretFile
    from tray_app.secrets.keyring_store import KeyringStore
    from tray_app.secrets.vault import Vault

    if not setup.is_approved:
        return Vault(SecretFile(admission(setup).own_secrets()))
    if beside is not None:
        made = beside.for_another()
    elif setup.store is not None:
        return Vault(setup.store)
    else:
        made = Vault(KeyringStore(), file=SecretFile(setup.folders.secrets))
    with suppress(ConfigError):  # reported when the config is used
        made.choose((config_file or _config_file(setup)).read().secret_store)
    return made


def entries(setup: ProfileContext, config: Config) -> SecretNames:
    """Return the names of the profile's secrets."""
    from tray_app.secrets.names import SecretNames

    return SecretNames.of(urlsplit(setup.api_base).netloc.lower(), config)


def other_profiles(setup: ProfileContext) -> list[OtherProfile]:
    """Return every other profile that is known. Raises ConfigError if a list cannot be read."""
    from tray_app.service import other_profiles

    def read(path: Path) -> SecretNames:
        other = replace(setup, config_path=path, environ={}, origin=None)
        return entries(other, read_config(other))

    return other_profiles.other_profiles(setup.config_path, setup.folders, read)


def env_file(config: Config) -> OutputFile:
    """Return the `.env` that the config names: its first output. Imports python-dotenv."""
    from tray_app.storage.output_file import OutputFile

    return OutputFile(config.outputs[0], config.written_by)


def webex(setup: ProfileContext, *, timeout: float | None = None) -> Webex:
    """Return Webex. Imports HTTP. `timeout`: seconds for a whole response, if a person waits."""
    from tray_app.webex.client import RequestLimits, Webex

    limits = RequestLimits(total=timeout, read=timeout) if timeout else None
    return Webex(setup.api_base, limits=limits)


def cached_token(setup: ProfileContext, least: timedelta) -> Secret | None:
    """Return the token in `.env` if it is known to live so long; asks no server.

    Raises ConfigError. None for a config that is not approved: its user is to hear of that.
    """
    from tray_app.service import cached_token

    if not setup.is_approved:
        return None
    with closing(open_facts(setup)) as token_facts:
        return cached_token.token(read_config(setup), token_facts, datetime.now(UTC), least)


def fresh_token(engine: Engine, least: timedelta) -> FreshToken:
    """Return a token that lives so long from now, renewed if need be, or what it lacks."""
    from tray_app.service.freshness import ensure_fresh

    return ensure_fresh(engine, least, lambda: datetime.now(UTC))


def build_tools(setup: ProfileContext, common: Common | None = None) -> Dependencies:
    """Return what the profile's engine works with. Imports HTTP and keyring, which is slow.

    `common`: what it has in common with other profiles of this process, None if it is alone.
    """
    import random

    from tray_app.model.settings import Thresholds, Timing
    from tray_app.service.dependencies import Dependencies
    from tray_app.service.webex_status import WebexStatus
    from tray_app.storage.last_report import NoLastReport, checked_elsewhere
    from tray_app.system.config_commands import ConfigCommands
    from tray_app.system.critical_section import CriticalSection
    from tray_app.system.locks import Locks
    from tray_app.webex.client import Webex
    from tray_app.webex.rate_limit import RateLimiter

    base, may, where = checked_base(setup.api_base), setup.permissions, setup.folders.token_facts
    other = None if may.stays else checked_elsewhere(where, setup.config_path, base)
    # What another Webex says is not recorded among what the tray has found out.
    in_memory = other is not None and not may.forgets and (other.is_running or not may.renew)
    shared_facts = common.token_facts if common and not in_memory else None
    token_facts = shared_facts or open_facts(setup, in_memory=in_memory)
    confined = replace(setup.permissions, move_secrets=False, confined=True)
    config_file, data = build_config_file(setup), setup.folders.data
    secrets = vault(setup, beside=common.vault if common else None, config_file=config_file)
    return Dependencies(
        config_file=config_file,
        vault=secrets,
        webex=Webex(setup.api_base, pool=common.webex.pool if common else None),
        token_facts=token_facts,
        history=token_facts.history(profile_id(setup.config_path)),
        told=token_facts.told(profile_id(setup.config_path)),
        report=token_facts.report(setup.config_path, base) if setup.is_approved else NoLastReport(),
        locks=Locks(setup.folders.locks, also_in=lambda: data if secrets.is_file else None),
        commands=ConfigCommands(Locks(setup.folders.locks, _COMMAND_TIMEOUT)),
        clock=_now,
        roll=random.random,
        limits=setup.limits or Thresholds(),
        pace=setup.pace or Timing(),
        rate_limiter=common.rate_limiter if common else RateLimiter.unlimited(),
        shares_database=shared_facts is not None,
        permissions=setup.permissions if setup.is_approved else confined,
        critical=CriticalSection(setup.held_up),
        instance=instance(setup),
        webex_status=WebexStatus.of(setup.api_base, token_facts, _now),
        elsewhere=other,
    )


def take_over(setup: ProfileContext, tools: Dependencies) -> None:
    """Move what the config had for itself while it was not approved. Raises ConfigError."""
    from tray_app.secrets import unapproved

    if setup.origin is not None and setup.is_approved:
        names = entries(setup, tools.config_file.read())
        place, is_old = admission(setup).own_secrets(), tools.token_facts.is_superseded
        unapproved.take_over(place, tools.vault, names, tools.locks, is_old=is_old)


def _now() -> datetime:
    return datetime.now(UTC)


def open_engine(setup: ProfileContext, shared: Shared | None = None) -> Engine:
    """Return the profile's engine; unless it only looks, removes what killed runs have left.

    `shared`: with other profiles of this process. Raises ConfigError.
    """
    from tray_app.service.engine import Engine
    from tray_app.system import atomic_file

    tools = build_tools(setup, shared.common() if shared else None)
    try:
        if setup.permissions.renew:
            take_over(setup, tools)
        engine = Engine(tools)
    except ConfigError:
        tools.close()  # it is tried again in a moment
        raise
    if setup.permissions.renew:
        if setup.is_approved and tools.webex.base != PRODUCTION:
            with closing(open_facts(setup)) as facts:  # those of `tools` may be in memory
                facts.report(setup.config_path, tools.webex.base).record_base()
        files = (Path(output.file) for output in engine.config.outputs)
        for kept in (setup.config_path, *files, setup.folders.secrets):
            atomic_file.sweep(kept)
    return engine
