"""The option that names a kind of tray, and the tray that it leads to."""

from __future__ import annotations

import click

from tray_app.cli.options import keep
from tray_app.cli.output import echo
from tray_app.desktop.tray.detect import BACKENDS, Tray, find_tray

backend_option = click.option(
    "--backend",
    type=click.Choice(BACKENDS),
    callback=keep,
    expose_value=False,
    help="The kind of tray to use, instead of the first one found.",
)


def chosen_tray(context: click.Context) -> Tray:
    """Return the tray that --backend names, or the first one found."""
    return find_tray(forced=context.ensure_object(dict).get("backend"))


def say_if_unseen(found: Tray) -> None:
    """Say once why no icon is seen, and what helps."""
    if not found.is_visible:
        echo(f"{found.reason} {found.remedy} The token is kept alive all the same.", err=True)
