"""`forget`: every trace of a profile removed, and each one named."""

from __future__ import annotations

import shutil

import click

from tray_app import wiring
from tray_app.adapters import logs
from tray_app.commands.exits import Exit
from tray_app.commands.profile import chosen_setup, profile_options
from tray_app.desktop.autostart import login_item


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@profile_options
@click.pass_context
def forget(context: click.Context, *, yes: bool) -> int:
    """Remove this profile's secrets from the keyring, and this program's journal and log.

    The config and `.env` stay: they are yours. Quit the tray first.
    """
    setup = chosen_setup(context)
    if not yes:
        click.confirm("Remove every secret of this profile from the keyring?", abort=True)
    with wiring.instance(setup).hold():  # a tray that runs would write it all anew
        engine = wiring.open_engine(setup)
        try:
            for name in engine.forget():
                click.echo(f"removed from the keyring: {name}")
        finally:
            engine.close()
    item = login_item(setup)
    if item.is_on():
        item.turn_off()
        click.echo(f"removed: {item.place}")
    logs.stop()
    for folder in (setup.folders.state, setup.folders.log):
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)
            click.echo(f"removed: {folder}")
    click.echo(f"left: {setup.config_path}, {engine.config.env_file}")
    return Exit.GREEN
