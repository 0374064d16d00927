"""The other profiles of this user, as far as this program knows of them: what do they share?"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from tray_app import wiring
from tray_app.adapters import files
from tray_app.adapters.approvals import Approvals
from tray_app.adapters.entries import Entries
from tray_app.adapters.journal import Journal
from tray_app.adapters.named_configs import named_configs
from tray_app.adapters.paths import CONFIG_NAME
from tray_app.adapters.profiles import same
from tray_app.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class OtherProfile:
    """`label`: what to call it; `entries`: the names of its secrets, None if its config cannot be
    used, so that it may share any."""

    label: str
    entries: Entries | None

    def uses(self, name: str, ours: Entries) -> bool:
        """Whether it uses, or may use, an entry of ours."""
        return name in (ours.shared if self.entries is None else self.entries.all)


def other_profiles(setup: wiring.Setup) -> list[OtherProfile]:
    """Return every profile but this one.

    They are known from `profiles list`, approvals, the database, running trays, the user's own
    config and what starts at login. One whose config is gone counts only if it is in that list.
    Raises ConfigError if list or approvals cannot be read.
    """
    listed = wiring.profiles(setup.folders).all()
    found = [(f"profile {name}", path) for name, path in listed.items()]
    found += [("", path) for path in _seen(setup) if _is_there(path)]
    others: dict[str, OtherProfile] = {}
    for label, path in found:
        real = os.path.realpath(path)
        if real not in others and not same(path, setup.config_path):
            others[real] = _other(setup, label, path)
    return list(others.values())


def _other(setup: wiring.Setup, label: str, path: Path) -> OtherProfile:
    theirs = replace(setup, config_path=path, environ={}, origin=None)  # only read
    label = f"{label} ({path})" if label else str(path)
    try:
        return OtherProfile(label, wiring.entries(theirs, wiring.read_config(theirs)))
    except ConfigError:
        return OtherProfile(f"{label}, whose config cannot be used", None)


def _seen(setup: wiring.Setup) -> Iterator[Path]:
    folders = setup.folders
    yield folders.config / CONFIG_NAME
    yield from map(Path, Approvals(folders.approvals).configs())
    with closing(Journal(folders.journal)) as journal:
        yield from journal.reported()
    for note in sorted(folders.locks.glob("*.keeper")):
        yield Path(os.fsdecode(_read(note)).strip())
    yield from map(Path, sorted(named_configs(os.environ)))


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
        return files.read_small(path) or b""
    except OSError:
        return b""
