"""`run`: another program, with a token in its environment that lives long enough."""

from __future__ import annotations

from datetime import timedelta

import click

from tray_app.adapters import files
from tray_app.adapters.become import become
from tray_app.adapters.envfile import ACCESS
from tray_app.commands.assured import assured_token
from tray_app.commands.durations import min_ttl_option
from tray_app.commands.exits import Exit
from tray_app.commands.output import echo
from tray_app.commands.profile import chosen_setup, may_prompt, profile_options
from tray_app.core.permissions import RENEW
from tray_app.core.secret import Secret

_WORDS = click.Path(readable=False)
"""Taken as they are; shells complete them as files."""


@click.command(context_settings={"allow_interspersed_args": False})
@min_ttl_option
@click.argument("command", nargs=-1, required=True, metavar="-- CMD...", type=_WORDS)
@profile_options
@click.pass_context
def run(context: click.Context, *, min_ttl: timedelta, command: tuple[str, ...]) -> int:
    """Become CMD, with the access token as WEBEX_SERVICE_APP_ACCESS_TOKEN in its environment.

    The token is renewed first if it expires too soon. One that works, but cannot be confirmed or
    renewed, is used with a warning on stderr.

    Exit code: that of CMD; 125 if the token is dead, 126 if CMD cannot be run, 127 if there is no
    such command.
    """
    setup = chosen_setup(context, may_prompt(RENEW))
    found = assured_token(setup, min_ttl)
    if not isinstance(found, Secret):
        return Exit.NO_TOKEN
    try:
        become(command, {**setup.environ, ACCESS: found.reveal()})
    except (FileNotFoundError, NotADirectoryError) as error:
        echo(f"{command[0] or repr('')}: {files.sentence(error)}", err=True)
        return Exit.NOT_FOUND
    except OSError as error:
        echo(f"{command[0]} cannot be run: {files.sentence(error)}", err=True)
        return Exit.CANNOT_RUN
