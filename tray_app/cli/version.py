"""`--version`: what a bug report should say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from tray_app.cli.output import echo
from tray_app.desktop.tray.detect import Kind, Tray, find_tray

_NAMES = {Kind.NATIVE: "native", Kind.PANEL: "statusnotifier", Kind.XEMBED: "xembed"}


def version_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --version."""
    return click.option(
        "--version",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_print_versions,
        help="Print the versions, and which tray and keyring are used here.",
    )(command)


def _print_versions(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    import platform
    from importlib import metadata

    from tray_app.secrets import session_cipher
    from tray_app.secrets.keyring_store import keyring_in_use
    from tray_app.system.dirs import APP

    session_cipher.prefer()
    tray, keyring = tray_in_use(find_tray()), keyring_in_use()
    echo(f"{APP} {metadata.version(APP)}")
    echo(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    echo(f"pystray {metadata.version('pystray')}, backend: {tray}")
    echo(f"keyring {metadata.version('keyring')}, backend: {keyring}")
    context.exit()


def tray_in_use(found: Tray) -> str:
    """Return the backend's name as in --backend, or "none"; and the reason if no icon is seen."""
    names = " or ".join(_NAMES[kind] for kind in found.awaits or (found.kind,) if kind in _NAMES)
    if found.is_visible:
        return names
    return f"{names}, not there yet: {found.reason}" if names else f"none: {found.reason}"
