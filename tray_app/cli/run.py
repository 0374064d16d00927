"""`run`: start another program with a fresh token in its environment."""

from __future__ import annotations

from datetime import timedelta

import click

from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import may_prompt, min_ttl_option, profile_options, selected_profile
from tray_app.cli.output import echo
from tray_app.cli.token import fresh_token
from tray_app.model.permissions import RENEW
from tray_app.model.secret import Secret
from tray_app.model.variables import ACCESS
from tray_app.system import atomic_file
from tray_app.system.exec import exec_command

_WORDS = click.Path(readable=False)
"""Passed on unchanged; shells complete them as files."""


@click.command(context_settings={"allow_interspersed_args": False})
@min_ttl_option
@click.argument("command", nargs=-1, required=True, metavar="-- CMD...", type=_WORDS)
@profile_options
@click.pass_context
def run(context: click.Context, *, min_ttl: timedelta, command: tuple[str, ...]) -> int:
    """Become CMD, with a fresh token in its environment.

    The variable is WEBEX_SERVICE_APP_ACCESS_TOKEN. The token is renewed first if it expires too
    soon. One that works, but cannot be confirmed or renewed, is used with a warning on stderr.

    Exit code: that of CMD; 125 if the token is dead, 126 if CMD cannot be run, 127 if there is no
    such command.
    """
    profile = selected_profile(context, may_prompt(RENEW))
    found = fresh_token(profile, min_ttl)
    if not isinstance(found, Secret):
        return Exit.NO_TOKEN
    try:
        exec_command(command, {**profile.environ, ACCESS: found.reveal()})
    except (FileNotFoundError, NotADirectoryError) as error:
        echo(f"{command[0] or repr('')}: {atomic_file.error_text(error)}", err=True)
        return Exit.NOT_FOUND
    except OSError as error:
        echo(f"{command[0]} cannot be run: {atomic_file.error_text(error)}", err=True)
        return Exit.CANNOT_RUN
