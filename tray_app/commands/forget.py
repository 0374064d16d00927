"""`forget`: every trace of a profile removed, and each one named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click

from tray_app import wiring
from tray_app.adapters import logs
from tray_app.adapters.paths import Folders
from tray_app.commands.exits import Exit
from tray_app.commands.profile import chosen_setup, profile_options
from tray_app.commands.service import uninstall, unit_of
from tray_app.desktop.autostart import login_item


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@profile_options
@click.pass_context
def forget(context: click.Context, *, yes: bool) -> int:
    """Remove this profile's secrets from keyring and file, and this program's journal and log.

    The config and `.env` stay: they are yours. Quit the tray first.
    """
    setup = chosen_setup(context)
    if not yes:
        click.confirm("Remove every secret of this profile?", abort=True)
    if unit_of(setup).path.exists():
        uninstall(setup)
    with wiring.instance(setup).hold():  # a tray that runs would write it all anew
        engine = wiring.open_engine(setup)
        try:
            for name in engine.forget():
                click.echo(f"removed from {name}")
        finally:
            engine.close()
    item = login_item(setup)
    if item.is_on():
        item.turn_off()
        click.echo(f"removed: {item.place}")
    logs.stop()
    for path in _traces(setup.folders):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        click.echo(f"removed: {path}")
    for folder in (setup.folders.state, setup.folders.log, setup.folders.data):
        with suppress(OSError):  # not ours alone: config and secrets may be in it
            folder.rmdir()
    click.echo(f"left: {setup.config_path}, {engine.config.env_file}")
    return Exit.GREEN


def _traces(folders: Folders) -> Iterator[Path]:
    """What this program has made for itself. On some systems the config is in the same folder."""
    if folders.locks.exists():
        yield folders.locks
    yield from sorted(folders.state.glob(f"{folders.journal.name}*"))
    yield from sorted(folders.log.glob(f"{folders.log_file.name}*"))
    if not folders.secrets.exists():  # else another profile has secrets there
        yield from sorted(folders.data.glob("secrets-*.lock"))
