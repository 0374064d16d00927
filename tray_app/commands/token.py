"""`token`: the access token, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import click

from tray_app.commands.assured import assured_token
from tray_app.commands.durations import min_ttl_option
from tray_app.commands.exits import Exit, exit_of
from tray_app.commands.output import echo
from tray_app.commands.profile import chosen_setup, may_prompt, profile_options
from tray_app.core.permissions import RENEW
from tray_app.core.secret import Secret


@click.command()
@min_ttl_option
@profile_options
@click.pass_context
def token(context: click.Context, *, min_ttl: timedelta) -> int:
    """Print the access token, renewed first if it expires too soon, and nothing else.

    A token that works, but cannot be confirmed or renewed, is printed with a warning on stderr.

    Exit code: 0 with a token; without one, 1 or 2 as `status`.
    """
    found = assured_token(chosen_setup(context, may_prompt(RENEW)), min_ttl)
    if isinstance(found, Secret):
        echo(found.reveal())
        return Exit.GREEN
    return max(exit_of(found), Exit.AMBER)
