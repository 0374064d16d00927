"""Builds the real objects: the one place that knows which parts make a running program."""

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

from tray_app.adapters.paths import TEMPLATE, Folders, profile_id, resource
from tray_app.core.api_base import PRODUCTION, checked_base
from tray_app.core.approval import Origin
from tray_app.core.errors import ConfigError
from tray_app.core.permissions import LOOK, Permissions

if TYPE_CHECKING:
    from tray_app.adapters.budget import Budget
    from tray_app.adapters.config import ConfigFile
    from tray_app.adapters.draft import Draft
    from tray_app.adapters.entries import Entries
    from tray_app.adapters.envfile import EnvFile
    from tray_app.adapters.history import History
    from tray_app.adapters.instance import Instance
    from tray_app.adapters.journal import Journal
    from tray_app.adapters.profiles import Profiles
    from tray_app.adapters.store import Store
    from tray_app.adapters.vault import Vault
    from tray_app.adapters.webex import Webex
    from tray_app.admission import Admission
    from tray_app.core.configuration import Config
    from tray_app.core.health import Limits
    from tray_app.core.manners import Manners
    from tray_app.core.schedule import Pace
    from tray_app.core.secret import Secret
    from tray_app.engine import Engine, Tools
    from tray_app.engine.assurance import Assurance

_HOOK_PATIENCE = 40.0
"""Seconds to wait for another process's command: longer than one may take."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Which profile, with which surroundings. The defaults are those of a real run.

    `store`: where secrets rest, None for the OS keyring; `limits`, `pace`, `manners` and
    `least_poll_seconds` (the floor): None for those of a real run; `environ`: stands in for fields
    of the config; `permissions`: what this run may do, no more than to look if nothing is said;
    `held_up` is called when a signal has to wait until an answer is saved; `origin`: where the
    config comes from, None where the program itself has made it, so that nobody asks.
    """

    config_path: Path
    folders: Folders
    api_base: str = PRODUCTION
    store: Store | None = None
    limits: Limits | None = None
    pace: Pace | None = None
    manners: Manners | None = None
    least_poll_seconds: float | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    permissions: Permissions = LOOK
    held_up: Callable[[], None] = lambda: None
    origin: Origin | None = None

    @property
    def is_approved(self) -> bool:
        """Whether the user's own secrets are for this config."""
        return self.origin is not Origin.UNAPPROVED


def build_config_file(setup: Setup) -> ConfigFile:
    """Return the config as a run uses it: what it may do is judged whenever it is read, and that a
    person has named it is noted unless this run only looks."""
    return _config_file(setup, notes=True)


def _config_file(setup: Setup, *, notes: bool = False) -> ConfigFile:
    from tray_app.adapters.variables import SECRET_VARIABLES

    environ, origin = setup.environ, setup.origin
    if not setup.is_approved:
        environ = {name: text for name, text in environ.items() if name not in SECRET_VARIABLES}
    file = _bare_config_file(setup, setup.config_path, environ)
    if origin is not None and (notes or origin is not Origin.NAMED):
        judged, uses = admission(setup), setup.permissions.renew
        file.admit_by(lambda config: judged.admit(config, origin, uses=uses))
    return file


def _bare_config_file(
    setup: Setup, path: Path, environ: Mapping[str, str] = MappingProxyType({})
) -> ConfigFile:
    """Return a config as its file alone has it: no variable stands in for a field."""
    from tray_app.adapters.config import LEAST_POLL_SECONDS, ConfigFile

    least = LEAST_POLL_SECONDS if setup.least_poll_seconds is None else setup.least_poll_seconds
    return ConfigFile(path, least, environ)


def admission(setup: Setup) -> Admission:
    """Return what judges whether the config may be used."""
    from tray_app.admission import Admission

    def read(path: Path) -> Config:
        return _bare_config_file(setup, path, setup.environ).read()

    return Admission(setup.config_path, setup.folders, setup.environ, read)


def read_config(setup: Setup) -> Config:
    """Return the config as it is now. Raises ConfigError."""
    return _config_file(setup).read()


def begin_config(setup: Setup) -> None:
    """Make the config from the template, for this user alone (0600). Raises ConfigError."""
    _config_file(setup).begin(resource(TEMPLATE).read_bytes())


def import_config(setup: Setup, source: Path) -> None:
    """Make the config from another one, in our shape, secrets and all (0600).

    The next engine moves the secrets into the keyring. Raises ConfigError.
    """
    from tray_app.adapters.shapes import as_json
    from tray_app.core.credentials import Credentials

    config = _bare_config_file(setup, source).read()
    creds = Credentials(
        config.service_app, pasted=config.personal_access_token, integration=config.integration
    )
    text = as_json(config, creds, secrets=True)
    _bare_config_file(setup, setup.config_path).begin(text.encode())


def profiles(folders: Folders) -> Profiles:
    """Return the list of profiles."""
    from tray_app.adapters.profiles import Profiles

    return Profiles(folders.profiles)


def instance(setup: Setup) -> Instance:
    """Return the place of the profile's one tray."""
    from tray_app.adapters.instance import Instance

    return Instance(setup.folders.locks, setup.config_path)


def env_folder(setup: Setup) -> Path:
    """Return the folder of `.env` as the config names it now, else the config's own."""
    try:
        return Path(read_config(setup).env_file).parent
    except ConfigError:
        return setup.config_path.parent


@contextmanager
def history(setup: Setup) -> Iterator[History]:
    """Give the profile's history, to read; nothing else is opened."""
    from tray_app.adapters.journal import Journal

    with closing(Journal(setup.folders.journal)) as journal:
        yield journal.history(profile_id(setup.config_path))


def draft(setup: Setup) -> Draft:
    """Return the config as something to fill in. Raises ConfigError."""
    from tray_app.adapters.draft import Draft

    return Draft(setup.config_path, setup.environ)


@dataclass(frozen=True, slots=True)
class Common:
    """What the profiles of one process have in common; `build_tools` makes all else for each.

    `vault`: its stores and their threads serve all; `webex`: so do its connections.
    """

    journal: Journal
    vault: Vault
    webex: Webex
    budget: Budget

    def close(self) -> None:
        """Close it, once no profile uses it any more."""
        self.vault.close()
        self.webex.close()
        self.journal.close()


class Shared:
    """What the profiles of one process have in common, made when the first of them is opened."""

    def __init__(self, setup: Setup, budget: Budget | None = None) -> None:
        """`setup`: of any of them; `budget`: None for what Webex is known to allow."""
        self._setup = setup
        self._budget = budget
        self._lock = threading.Lock()
        self._common: Common | None = None

    def common(self) -> Common:
        """Return it. Imports what is heavy: HTTP and keyring."""
        from tray_app.adapters.budget import Budget
        from tray_app.adapters.journal import Journal

        with self._lock:
            if self._common is None:
                self._common = Common(
                    Journal(self._setup.folders.journal),
                    vault(self._setup),
                    webex(self._setup),
                    self._budget or Budget(),
                )
            return self._common

    def close(self) -> None:
        """Close what they had in common: the last one is closed."""
        with self._lock:
            if self._common is not None:
                self._common.close()


def vault(setup: Setup, *, beside: Vault | None = None) -> Vault:
    """Return the secrets' place, as the config names it. Imports the keyring when it is asked.

    `beside`: another profile's, with which it shares the stores and their threads.
    """
    from tray_app.adapters.secret_file import SecretFile
    from tray_app.adapters.store import KeyringStore
    from tray_app.adapters.vault import Vault

    if not setup.is_approved:
        return Vault(SecretFile(admission(setup).own_secrets()))
    if beside is not None:
        made = beside.for_another()
    elif setup.store is not None:
        return Vault(setup.store)
    else:
        made = Vault(KeyringStore(), file=SecretFile(setup.folders.secrets))
    with suppress(ConfigError):  # told by who needs it
        made.choose(read_config(setup).secret_store)
    return made


def entries(setup: Setup, config: Config) -> Entries:
    """Return the names under which the profile's secrets rest."""
    from tray_app.adapters.entries import Entries

    return Entries.of(urlsplit(setup.api_base).netloc.lower(), config)


def env_file(config: Config) -> EnvFile:
    """Return the `.env` that the config names. Imports python-dotenv."""
    from tray_app.adapters.envfile import EnvFile

    owner = config.written_by.uid if config.written_by is not None else None
    return EnvFile(Path(config.env_file), owner)


def journal_fault(setup: Setup) -> str:
    """Say what is wrong with the journal on disk, "" where nothing is; it is not touched."""
    from tray_app.adapters.database import examine

    return examine(setup.folders.journal)


def webex(setup: Setup, *, patience: float | None = None) -> Webex:
    """Return Webex. Imports HTTP. `patience`: seconds for a whole answer, where a person waits."""
    from tray_app.adapters.webex import Bounds, Webex

    bounds = Bounds(whole=patience, read=patience) if patience else None
    return Webex(setup.api_base, bounds=bounds)


def token_at_hand(setup: Setup, least: timedelta) -> Secret | None:
    """Return the token in `.env` if what is known vouches for it so long; asks nobody.

    Raises ConfigError. None for a config that is not approved: its user is to hear of that.
    """
    from tray_app import at_hand
    from tray_app.adapters.journal import Journal

    if not setup.is_approved:
        return None
    with closing(Journal(setup.folders.journal)) as journal:
        return at_hand.token(read_config(setup), journal, datetime.now(UTC), least)


def assured(engine: Engine, least: timedelta) -> Assurance:
    """Return a token that lives so long from now, renewed if need be, or what it lacks."""
    from tray_app.engine.assurance import assure

    return assure(engine, least, lambda: datetime.now(UTC))


def build_tools(setup: Setup, common: Common | None = None) -> Tools:
    """Return the profile's outside world. Imports what is heavy: HTTP and keyring.

    `common`: what it has in common with other profiles of this process, None if it is alone.
    """
    import random

    from tray_app.adapters.budget import Budget
    from tray_app.adapters.critical import CriticalSection
    from tray_app.adapters.hook import Hook
    from tray_app.adapters.journal import Journal
    from tray_app.adapters.last_report import Unkept
    from tray_app.adapters.locks import Locks
    from tray_app.adapters.webex import Webex
    from tray_app.core.health import Limits
    from tray_app.core.schedule import Pace
    from tray_app.engine import Tools

    journal = common.journal if common else Journal(setup.folders.journal)
    place = journal.report(setup.config_path, checked_base(setup.api_base))
    permissions = setup.permissions
    if not setup.is_approved:
        permissions = replace(permissions, move_secrets=False, confined=True)
    secrets, data = vault(setup, beside=common.vault if common else None), setup.folders.data
    return Tools(
        config_file=build_config_file(setup),
        vault=secrets,
        webex=Webex(setup.api_base, lines=common.webex.lines if common else None),
        journal=journal,
        history=journal.history(profile_id(setup.config_path)),
        report=place if setup.is_approved else Unkept(),
        locks=Locks(setup.folders.locks, beside=lambda: data if secrets.is_file else None),
        hook=Hook(Locks(setup.folders.locks, _HOOK_PATIENCE)),
        clock=_now,
        roll=random.random,
        limits=setup.limits or Limits(),
        pace=setup.pace or Pace(),
        budget=common.budget if common else Budget.unlimited(),
        shares_journal=common is not None,
        permissions=permissions,
        critical=CriticalSection(setup.held_up),
        instance=instance(setup),
    )


def take_over(setup: Setup, tools: Tools) -> None:
    """Move what the config had for itself while it was not approved. Raises ConfigError."""
    from tray_app.adapters import own_secrets

    if setup.origin is not None and setup.is_approved:
        names = entries(setup, tools.config_file.read())
        place, is_old = admission(setup).own_secrets(), tools.journal.is_superseded
        own_secrets.take_over(place, tools.vault, names, tools.locks, is_old=is_old)


def _now() -> datetime:
    return datetime.now(UTC)


def open_engine(setup: Setup, shared: Shared | None = None) -> Engine:
    """Return the profile's engine; unless it only looks, what killed runs have left is cleared.

    `shared`: with other profiles of this process. Raises ConfigError.
    """
    from tray_app.adapters import files
    from tray_app.engine import Engine

    tools = build_tools(setup, shared.common() if shared else None)
    try:
        if setup.permissions.renew:
            take_over(setup, tools)
        engine = Engine(tools)
    except ConfigError:
        tools.close()  # it is tried again in a moment
        raise
    if setup.permissions.renew:
        for kept in (setup.config_path, Path(engine.config.env_file), setup.folders.secrets):
            files.sweep(kept)
    return engine
