"""`export`: the config as it is held, and the way back out of the keyring."""

from __future__ import annotations

import click

from tray_app import wiring
from tray_app.adapters.shapes import as_json
from tray_app.commands.exits import Exit
from tray_app.commands.output import echo_lines
from tray_app.commands.profile import chosen_setup, may_prompt, profile_options
from tray_app.commands.status import say_news
from tray_app.core.permissions import LOOK


@click.command()
@click.option("--with-secrets", is_flag=True, help="Print the secrets, too, after a question.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@profile_options
@click.pass_context
def export(context: click.Context, *, with_secrets: bool, yes: bool) -> int:
    """Print the config as it is kept: identifiers, and "@keyring" for each secret.

    Exit code: 0; 130 if you declined.
    """
    if with_secrets and not yes:
        click.confirm("Print every secret of this profile here?", abort=True, err=True)
    # The secrets are for a person, who may unlock the keyring for them.
    permissions = may_prompt(LOOK) if with_secrets else LOOK
    engine = wiring.open_engine(chosen_setup(context, permissions))
    try:
        creds = engine.credentials()
        text = as_json(engine.config, creds, secrets=with_secrets)
    finally:
        engine.close()
    say_news(engine)
    echo_lines(text, nl=False)
    return Exit.GREEN
