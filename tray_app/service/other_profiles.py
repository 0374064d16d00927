"""The other profiles of this user that this program knows of, and the secrets that they use."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tray_app.config.approvals import Approvals
from tray_app.config.profiles import ProfileRegistry, is_same_file
from tray_app.model.errors import ConfigError
from tray_app.model.printable import quoted
from tray_app.secrets.names import SecretNames
from tray_app.storage.token_facts import TokenFacts
from tray_app.system import atomic_file
from tray_app.system.dirs import CONFIG_NAME, AppDirs
from tray_app.system.startup_entries import named_configs


@dataclass(frozen=True, slots=True)
class OtherProfile:
    """`label`: its name for a message; `names`: those of its secrets, None if its config cannot be
    read, so that it may use any; `release_steps`: then, what to do so that it no longer counts.
    Without any step, it is known only from the database or a running tray."""

    path: Path
    label: str
    names: SecretNames | None
    release_steps: tuple[str, ...] = ()

    @property
    def is_remnant(self) -> bool:
        """Whether its config is gone, and no command takes it off a list."""
        return self.names is None and not self.release_steps and not _is_there(self.path)

    def uses(self, name: str) -> bool:
        """Whether it uses, or may use, the entry of this name."""
        return self.names is None or name in self.names.all


Read = Callable[[Path], SecretNames]
"""Reads a config and returns the names of its secrets. Raises ConfigError."""


def other_profiles(config: Path, folders: AppDirs, read: Read) -> list[OtherProfile]:
    """Return every profile but that of this config.

    The sources are `profiles list`, approvals, the database, running trays, the config folder, and
    what starts at login. A profile whose config is gone counts, too: its disk may be unmounted.
    Raises ConfigError if list or approvals cannot be read.
    """
    known: dict[str, list[_Source]] = {}
    for source in _sources(folders):
        if not is_same_file(source.path, config):
            known.setdefault(os.path.realpath(source.path), []).append(source)
    return [_other(sources, read) for sources in known.values()]


class _Source(NamedTuple):
    """A config, and where it was found. `release`: what takes it out of there, "" for nothing."""

    path: Path
    name: str = ""
    release: str = ""


def _other(sources: list[_Source], read: Read) -> OtherProfile:
    path, name, _ = sources[0]
    label = f"profile {name} ({path})" if name else str(path)
    try:
        names = read(path)
    except ConfigError:
        failure = "cannot be used" if _is_there(path) else "is gone"
        steps = dict.fromkeys(source.release for source in sources if source.release)
        return OtherProfile(path, f"{label}, whose config {failure}", None, tuple(steps))
    return OtherProfile(path, label, names)


def _sources(folders: AppDirs) -> Iterator[_Source]:
    for name, path in ProfileRegistry(folders.profiles).all().items():
        yield _Source(path, name, f"`profiles remove {quoted(name)}`")
    own = folders.config / CONFIG_NAME
    if _is_there(own):
        yield _Source(own)
    for config in Approvals(folders.approvals).configs():
        yield _Source(Path(config), release=f"`allow --revoke {quoted(config)}`")
    with closing(TokenFacts(folders.token_facts)) as token_facts:
        yield from map(_Source, token_facts.reported_configs())
    for file in sorted(folders.locks.glob("*.keeper")):
        with suppress(OSError):
            path = Path(os.fsdecode(atomic_file.read_small(file)).strip())
            if path.is_absolute() and "\0" not in str(path):  # else it is damaged
                yield _Source(path)
    for config in sorted(named_configs(os.environ)):
        step = f"remove what starts it (`--config {quoted(config)}` with `autostart off`"
        yield _Source(Path(config), release=f"{step}, `launcher off`, `watch --uninstall`)")


def _is_there(path: Path) -> bool:
    """Whether the config exists, or may exist in a folder that this user cannot read."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except PermissionError:
        return True
    except (OSError, ValueError):  # ValueError: the recorded path is damaged
        return False
