"""What is around the program on this machine: panel, login, other instances, journal, versions."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from tray_app import bootstrap
from tray_app.cli.doctor.finding import Finding, fault, ok, warning
from tray_app.cli.doctor.target import ConfiguredTarget, Target
from tray_app.cli.version import tray_in_use
from tray_app.desktop.install.autostart import login_item
from tray_app.desktop.tray.detect import find_tray
from tray_app.system.dirs import APP

_LIBRARIES = ("pystray", "keyring", "requests", "urllib3", "truststore", "python-dotenv", "Pillow")


def tray(case: Target) -> Iterator[Finding]:
    """Whether a panel would show the icon."""
    found = find_tray(forced=case.tray)
    if found.is_visible:
        yield ok("tray", tray_in_use(found))
        return
    so = "No tray or watch of this config is running."
    if bootstrap.instance(case.setup).runs():
        so = "The token is kept alive all the same."
    yield warning("tray", f"{found.reason} {so}", found.remedy)


def autostart(case: Target) -> Iterator[Finding]:
    """Whether the entry for login, where there is one, starts something that is there."""
    item = login_item(case.setup)
    if not item.is_on():
        yield ok("autostart", "off; switched on by: webex-token-tray autostart on")
        return
    program = item.program()
    if program is None or shutil.which(program) is None:
        says = f"{item.place} starts {program or 'nothing'}, which is not there"
        yield fault("autostart", says, "webex-token-tray autostart on")
    else:
        yield ok("autostart", f"on: {item.place}")


def instance(known: ConfiguredTarget) -> Iterator[Finding]:
    """Whether the tray runs, and whether that of another config keeps the same `.env`."""
    place = bootstrap.instance(known.setup)
    keeper = place.owner_of(known.env_file)
    if keeper is not None and keeper != str(known.setup.config_path):
        yield fault(
            "instance",
            f"{known.env_file} is kept by the tray of {keeper}",
            "give this config a .env of its own (tray.envFile), or quit that tray",
        )
    elif place.runs():
        yield ok("instance", "the tray of this config is running")
    else:
        yield ok("instance", "the tray of this config is not running")


def token_facts(case: Target) -> Iterator[Finding]:
    """Whether what has been learnt can be read."""
    path = case.setup.folders.token_facts
    wrong = bootstrap.database_fault(case.setup)
    if wrong:
        yield warning("journal", f"{path}: {wrong}", "nothing: it is begun anew at the next start")
    elif (blocked := _not_writable(path)) is not None:
        yield warning(
            "journal",
            f"{path} cannot be written: {blocked} is not writable",
            "make it writable: what is learnt is lost until then, and nothing is locked",
        )
    else:
        yield ok("journal", str(path) if path.exists() else f"{path} is not there yet")


def _not_writable(path: Path) -> Path | None:
    """What keeps this user from writing the file, or from making it; None if nothing does."""
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        return folder
    return path if path.exists() and not os.access(path, os.W_OK) else None


def versions(case: Target) -> Iterator[Finding]:
    """What a report of a fault should say."""
    del case
    yield ok(
        "versions",
        f"{APP} {metadata.version(APP)}, Python {platform.python_version()},"
        f" {platform.system()} {platform.machine()}",
    )
    known = [f"{name} {_version(name)}" for name in _LIBRARIES]
    yield ok("versions", ", ".join(known))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # a bundle may leave it out
        return "unknown"
