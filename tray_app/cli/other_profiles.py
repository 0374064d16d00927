"""The other profiles of this user, as far as this program knows of them: what do they share?"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from tray_app import bootstrap
from tray_app.config.approvals import Approvals
from tray_app.config.profiles import same
from tray_app.model.errors import ConfigError
from tray_app.secrets.names import SecretNames
from tray_app.storage.token_facts import TokenFacts
from tray_app.system import atomic_file
from tray_app.system.dirs import CONFIG_NAME
from tray_app.system.startup_entries import named_configs


@dataclass(frozen=True, slots=True)
class OtherProfile:
    """`path`: its config; `label`: what to call it; `entries`: the names of its secrets, None if
    its config cannot be read, so that it may use any of ours; `let_go`: then, what to do so that it
    counts no more, a step each. With none, it is known only from what it once left here."""

    path: Path
    label: str
    entries: SecretNames | None
    release_steps: tuple[str, ...] = ()

    @property
    def is_remnant(self) -> bool:
        """Whether its config is gone, and on no list from which one could take it."""
        return self.entries is None and not self.release_steps and not _is_there(self.path)

    def uses(self, name: str) -> bool:
        """Whether it uses, or may use, that entry."""
        return self.entries is None or name in self.entries.all


def other_profiles(profile: bootstrap.ProfileContext) -> list[OtherProfile]:
    """Return every profile but this one.

    They are known from `profiles list`, approvals, the database, running trays, the user's own
    config and what starts at login. One whose config is gone counts, too: its disk may be away for
    a moment. Raises ConfigError if list or approvals cannot be read.
    """
    known: dict[str, list[_Known]] = {}
    for found in _known(profile):
        real = os.path.realpath(found.path)
        if not same(found.path, profile.config_path):
            known.setdefault(real, []).append(found)
    return [_other(profile, places) for places in known.values()]


@dataclass(frozen=True, slots=True)
class _Known:
    """A config that one place knows; `let_go` takes it away from there, "" if nothing does."""

    path: Path
    name: str = ""
    release_steps: str = ""


def _other(profile: bootstrap.ProfileContext, places: list[_Known]) -> OtherProfile:
    path, name = places[0].path, places[0].name
    theirs = replace(profile, config_path=path, environ={}, origin=None)  # only read
    label = f"profile {name} ({path})" if name else str(path)
    try:
        return OtherProfile(path, label, bootstrap.entries(theirs, bootstrap.read_config(theirs)))
    except ConfigError:
        failure = "cannot be used" if _is_there(path) else "is gone"
        steps = tuple(dict.fromkeys(place.release_steps for place in places if place.release_steps))
        return OtherProfile(path, f"{label}, whose config {failure}", None, steps)


def _known(profile: bootstrap.ProfileContext) -> Iterator[_Known]:
    folders = profile.folders
    for name, path in bootstrap.profiles(folders).all().items():
        yield _Known(path, name, f"`profiles remove {shlex.quote(name)}`")
    own = folders.config / CONFIG_NAME
    if _is_there(own):
        yield _Known(own)
    for config in Approvals(folders.approvals).configs():
        yield _Known(Path(config), release_steps=f"`allow --revoke {shlex.quote(config)}`")
    with closing(TokenFacts(folders.token_facts)) as token_facts:
        yield from map(_Known, token_facts.reported())
    for note in sorted(folders.locks.glob("*.keeper")):
        path = Path(os.fsdecode(_read(note)).strip())
        if path.is_absolute() and "\0" not in str(path):  # else it is damaged
            yield _Known(path)
    for config in sorted(named_configs(os.environ)):
        wording = f"take away what starts it (`--config {shlex.quote(config)}` with `autostart off`"
        yield _Known(Path(config), release_steps=f"{wording}, `launcher off`, `watch --uninstall`)")


def _is_there(path: Path) -> bool:
    """Whether the config is there, or may be, in a folder that this user may not look into."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except PermissionError:
        return True
    except (OSError, ValueError):  # ValueError: what was noted is no path
        return False


def _read(path: Path) -> bytes:
    try:
        return atomic_file.read_small(path) or b""
    except OSError:
        return b""
