"""`doctor`: check everything that can be wrong, and say what helps. Changes nothing."""

from __future__ import annotations

import json

import click

from tray_app.cli.options import backend_option, profile_options, selected_profile
from tray_app.cli.output import echo_lines


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@profile_options
@backend_option
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> int:
    """Check everything, and say what helps.

    It looks at config, keyring, .env, network and desktop. Nothing is changed or renewed.

    Exit code: 0 all is well, 1 warnings, 2 faults.
    """
    from tray_app.cli.doctor import output
    from tray_app.cli.doctor.finding import Target
    from tray_app.cli.doctor.runner import run_checks

    profile = selected_profile(context, log_to_file=False)
    findings = run_checks(Target(profile, context.ensure_object(dict).get("backend")))
    if as_json:
        echo_lines(json.dumps(output.as_object(findings), indent=2))
    else:
        echo_lines(output.as_text(findings))
    return output.worst(findings).weight
