"""`token`: print an access token that lives long enough."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from tray_app import bootstrap
from tray_app.cli.durations import min_ttl_option
from tray_app.cli.exit_codes import Exit, exit_code_for
from tray_app.cli.options import may_prompt, profile_options, selected_profile
from tray_app.cli.output import echo
from tray_app.cli.status import print_notices
from tray_app.model.permissions import RENEW
from tray_app.model.secret import Secret

if TYPE_CHECKING:
    from tray_app.model.signs import Colour


def fresh_token(profile: bootstrap.ProfileContext, min_ttl: timedelta) -> Secret | Colour:
    """Return a token that lives for `min_ttl`, or at least is not known to be dead; without one,
    the colour of the icon. Warnings go to stderr. Raises ConfigError."""
    token = bootstrap.cached_token(profile, min_ttl)
    if token is not None:
        return token
    with closing(bootstrap.open_engine(profile)) as engine:
        found = bootstrap.fresh_token(engine, min_ttl)
    print_notices(engine)
    if found.said:
        echo(found.said, err=True)
    return found.token or found.health.colour


@click.command()
@min_ttl_option
@profile_options
@click.pass_context
def token(context: click.Context, *, min_ttl: timedelta) -> int:
    """Print the access token and nothing else.

    It is renewed first if it expires too soon. A token that works, but cannot be confirmed or
    renewed, is printed with a warning on stderr.

    Exit code: 0 with a token; without one, 1 or 2 as `status`.
    """
    found = fresh_token(selected_profile(context, may_prompt(RENEW)), min_ttl)
    if isinstance(found, Secret):
        echo(found.reveal())
        return Exit.GREEN
    return max(exit_code_for(found), Exit.AMBER)
