"""`export`: print the config, with secrets if asked; `import`: take over an old config."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tray_app import approvals, bootstrap
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import may_prompt, profile_options, selected_profile
from tray_app.cli.output import echo, echo_lines
from tray_app.cli.status import print_notices
from tray_app.config.export import as_json
from tray_app.model.errors import Busy
from tray_app.model.permissions import LOOK, SET_UP
from tray_app.system.dirs import absolute

if TYPE_CHECKING:
    from tray_app.model.credentials import Pair
    from tray_app.service.engine import Engine


@click.command()
@click.option("--with-secrets", is_flag=True, help="Print the secrets, too, after a question.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@profile_options
@click.pass_context
def export(context: click.Context, *, with_secrets: bool, yes: bool) -> int:
    """Print the config, with its secrets if you ask.

    Without --with-secrets, "@keyring" stands for each secret.

    Exit code: 0; 130 if you declined.
    """
    if with_secrets and not yes:
        click.confirm("Print every secret of this profile here?", abort=True, err=True)
    # Only a user at a terminal can unlock the keyring.
    permissions = may_prompt(LOOK) if with_secrets else LOOK
    profile = selected_profile(context, permissions)
    with closing(bootstrap.open_engine(profile)) as engine:
        text = as_json(engine.config, engine.credentials(), secrets=with_secrets)
    print_notices(engine)
    echo_lines(text, nl=False)
    return Exit.GREEN


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@profile_options
@click.pass_context
def import_(context: click.Context, file: Path) -> int:
    """Take over an old config FILE.

    Its secrets go into the keyring, its identifiers into the config. FILE itself is left as it is.
    `.env` stays the file that FILE names. Tokens of the service app in FILE
    (serviceApp.accessToken, serviceApp.refreshToken) are checked with Webex, saved, and written to
    `.env`. An existing config is left alone, unless it is still the untouched template. If another
    user can write FILE, its envFile, outputs and commands are left out.

    Exit code: 0; 1 if tokens in FILE were not taken over.
    """
    from tray_app.cli.allow import as_text  # no other command needs it

    profile = selected_profile(context, may_prompt(SET_UP))
    if profile.config_path.exists() and not bootstrap.is_untouched(profile):
        raise click.UsageError(
            f"{profile.config_path} exists already; remove it, or name another with --config."
        )
    left_out, pair = bootstrap.import_config(profile, absolute(str(file)))
    not_held = ""
    with closing(bootstrap.open_engine(profile)) as engine:
        engine.credentials()
        if pair is not None:
            not_held = _hold(profile, engine, pair)
    echo(f"Imported {file} into {profile.config_path}; {file} itself was left as it is.")
    echo_lines(as_text(approvals.wanted(profile), "imported"))
    if left_out:
        echo(f"{left_out}.", err=True)
    print_notices(engine)
    if not_held:
        echo(f"Its tokens were not taken over. {not_held}", err=True)
    return Exit.AMBER if not_held else Exit.GREEN


def _hold(profile: bootstrap.ProfileContext, engine: Engine, pair: Pair) -> str:
    """Check the tokens of the service app, save and write them; returns why not, "" if done."""
    from tray_app.setup.verification import TIMEOUT, Answer, LiveVerifier

    with closing(bootstrap.webex(profile, timeout=TIMEOUT)) as webex:
        org_id = engine.config.service_app.target_org_id
        found = LiveVerifier(webex).app_token(pair.access, org_id)
    if found.answer is Answer.WRONG:
        return found.sentence
    try:
        engine.hold(pair)
    except Busy as error:
        return f"{str(error).capitalize()}."
    if found.sentence:
        echo(f"{found.sentence[0].upper()}{found.sentence[1:]}")
    return ""
