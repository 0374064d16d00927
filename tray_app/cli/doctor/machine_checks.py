"""This machine: tray, start at login, other instances, database, versions."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from tray_app import bootstrap
from tray_app.cli.doctor.finding import ConfiguredTarget, Finding, Target, fault, ok, warning
from tray_app.cli.version import versions as own_versions
from tray_app.desktop.install.autostart import login_item
from tray_app.desktop.tray.detect import Kind, find_tray

_BACKENDS = {Kind.NATIVE: "native", Kind.PANEL: "statusnotifier", Kind.XEMBED: "xembed"}
"""The name that --backend has for each."""
_LIBRARIES = ("pystray", "keyring", "requests", "urllib3", "truststore", "python-dotenv", "Pillow")


def tray(target: Target) -> Iterator[Finding]:
    """Whether a panel would show the icon."""
    found = find_tray(forced=target.tray)
    if found.is_visible:
        yield ok("tray", _BACKENDS[found.kind])
        return
    consequence = "No tray or watch of this config is running."
    if bootstrap.instance(target.profile).is_running():
        consequence = "A tray or watch of this config is running all the same."
    yield warning("tray", f"{found.reason} {consequence}", found.remedy)


def autostart(target: Target) -> Iterator[Finding]:
    """Whether the entry for login, if there is one, starts a program that exists."""
    item = login_item(target.profile)
    if not item.is_on():
        yield ok("autostart", "off; switch it on with: webex-token-tray autostart on")
        return
    program = item.program()
    if program is None or shutil.which(program) is None:
        message = f"{item.location} starts {program or 'nothing'}, which does not exist"
        yield fault("autostart", message, "webex-token-tray autostart on")
    else:
        yield ok("autostart", f"on: {item.location}")


def instance(target: ConfiguredTarget) -> Iterator[Finding]:
    """Whether the tray runs, and whether that of another config keeps the same `.env`."""
    ours = bootstrap.instance(target.profile)
    kept = {file: ours.owner_of(file) for file in target.output_files}
    others = {
        file: owner
        for file, owner in kept.items()
        if owner not in (None, str(target.profile.config_path))
    }
    for file, owner in others.items():
        yield fault(
            "instance",
            f"{file} is kept by the tray of {owner}",
            "give this config a .env of its own (tray.envFile), or quit that tray",
        )
    if others:
        return
    if ours.is_running():
        yield ok("instance", "the tray of this config is running")
    else:
        yield ok("instance", "the tray of this config is not running")


def database(target: Target) -> Iterator[Finding]:
    """Whether the database can be read and written. Its topic keeps an older name: "journal"."""
    from tray_app.storage.database import find_damage

    path = target.profile.folders.token_facts
    wrong = find_damage(path)
    if wrong:
        yield warning("journal", f"{path}: {wrong}", _remedy(wrong))
    elif (blocked := _not_writable(path)) is not None:
        yield warning(
            "journal",
            f"{path} cannot be written: {blocked} is not writable",
            "make it writable: until then nothing is remembered, and nothing is locked",
        )
    else:
        yield ok("journal", str(path) if path.exists() else f"{path} does not exist yet")


def _remedy(wrong: str) -> str:
    from tray_app.storage.database import DAMAGED, LOCKED

    if wrong == LOCKED:
        return "end that program, or wait until it is done"
    if wrong == DAMAGED:
        return "nothing: a new one is created at the next start"
    return "move it away: a new one is created at the next start"


def _not_writable(path: Path) -> Path | None:
    """The file or folder that keeps this user from writing the file; None if nothing does."""
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        return folder
    return path if path.exists() and not os.access(path, os.W_OK) else None


def versions(_: Target) -> Iterator[Finding]:
    """What a bug report should say."""
    yield ok("versions", ", ".join(own_versions()))
    yield ok("versions", ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # a bundle may leave it out
        return "unknown"
