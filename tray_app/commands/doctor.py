"""`doctor`: look at everything that can be wrong, and say what helps. Changes nothing."""

from __future__ import annotations

import json

import click

from tray_app.commands.backends import backend_option
from tray_app.commands.output import echo_lines
from tray_app.commands.profile import chosen_setup, profile_options


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@profile_options
@backend_option
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> int:
    """Check config, keyring, .env, network and desktop; a line for each, with what helps.

    Nothing is changed or renewed.

    Exit code: 0 all is well, 1 warnings, 2 faults.
    """
    from tray_app.commands.checks import report
    from tray_app.commands.checks.case import Case
    from tray_app.commands.checks.rounds import examine

    setup = chosen_setup(context, leave_log=True)
    findings = examine(Case(setup, context.ensure_object(dict).get("backend")))
    if as_json:
        echo_lines(json.dumps(report.as_object(findings), indent=2))
    else:
        echo_lines(report.as_text(findings))
    return report.worst(findings).weight
