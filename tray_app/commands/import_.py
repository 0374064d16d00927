"""`import`: an old token-config.json, in any of its three shapes, into this program's own."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tray_app import wiring
from tray_app.commands.exits import Exit
from tray_app.commands.output import echo
from tray_app.commands.profile import chosen_setup, may_prompt, profile_options
from tray_app.commands.status import say_news
from tray_app.core.permissions import SET_UP


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@profile_options
@click.pass_context
def import_(context: click.Context, file: Path) -> int:
    """Take over an old config FILE: its secrets into the keyring, its identifiers into the config.

    FILE itself is left as it is. `.env` stays the file that FILE names.
    """
    setup = chosen_setup(context, may_prompt(SET_UP))
    if setup.config_path.exists():
        raise click.UsageError(
            f"{setup.config_path} exists already; remove it, or name another with --config."
        )
    wiring.import_config(setup, Path(os.path.abspath(file)))  # noqa: PTH100 - keeps a link's name
    engine = wiring.open_engine(setup)
    try:
        engine.credentials()
    finally:
        engine.close()
    echo(f"Imported {file} into {setup.config_path}; {file} itself was left as it is.")
    say_news(engine)
    return Exit.GREEN
