"""`run`: start another program with a fresh token in its environment."""

from __future__ import annotations

import signal
from contextlib import suppress
from datetime import timedelta

import click

from tray_app import bootstrap
from tray_app.cli.durations import min_ttl_option
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import may_prompt, profile_options, selected_profile
from tray_app.cli.output import echo
from tray_app.cli.run_loop import Job, RunLoop, TokenWatch
from tray_app.cli.token import fresh_token
from tray_app.model.permissions import RENEW
from tray_app.model.secret import Secret
from tray_app.system import atomic_file
from tray_app.system.exec import exec_command
from tray_app.system.signals import exit_by_signal
from tray_app.system.supervisor import supervisor

_WORDS = click.Path(readable=False)
"""Passed on unchanged; shells complete them as files."""

_RESTART = "restart"


@click.command(context_settings={"allow_interspersed_args": False})
@min_ttl_option
@click.option(
    "--on-change",
    type=click.Choice([_RESTART, "HUP", "USR1"]),
    help="Stay, and restart CMD or send it this signal when the token in .env is replaced.",
)
@click.argument("command", nargs=-1, required=True, metavar="-- CMD...", type=_WORDS)
@profile_options
@click.pass_context
def run(
    context: click.Context, *, min_ttl: timedelta, on_change: str | None, command: tuple[str, ...]
) -> int:
    """Become CMD, with a fresh token in its environment.

    The variable is WEBEX_SERVICE_APP_ACCESS_TOKEN, and that of the first of tray.outputs. The token
    is renewed first if it expires too soon. One that works, but cannot be confirmed or renewed, is
    used with a warning on stderr.

    With --on-change, it stays as the parent of CMD and checks every two seconds whether .env holds
    a new token. With restart, CMD is restarted with the new token in its environment; with HUP or
    USR1, it gets that signal and must read .env again. Windows has restart only. If CMD fails in
    the first minute after a restart, it is started again after 1 s, 2 s, and so on up to 60 s.

    Exit code: that of CMD; 125 if the token is dead, 126 if CMD cannot be run, 127 if there is no
    such command.
    """
    signal_number = _signal_number(on_change)
    profile = selected_profile(context, may_prompt(RENEW))
    # Before: what is written from now on is new.
    config = bootstrap.read_config(profile)
    watch = TokenWatch(bootstrap.env_file(config)) if on_change else None
    found = fresh_token(profile, min_ttl)
    if not isinstance(found, Secret):
        return Exit.NO_TOKEN
    try:
        if watch is None:
            tokens = dict.fromkeys(config.token_variables, found.reveal())
            exec_command(command, {**profile.environ, **tokens})
        job = Job(command, profile.environ, signal_number, config.token_variables)
        code = RunLoop(job, found, watch, supervisor(), _say).run()
    except (FileNotFoundError, NotADirectoryError) as error:
        echo(f"{command[0] or repr('')}: {atomic_file.error_text(error)}", err=True)
        return Exit.NOT_FOUND
    except OSError as error:
        echo(f"{command[0]} cannot be run: {atomic_file.error_text(error)}", err=True)
        return Exit.CANNOT_RUN
    if code < 0:
        exit_by_signal(-code)
    return code


def _signal_number(on_change: str | None) -> int | None:
    """None for a restart. Raises click.BadParameter if this system has no such signal."""
    if on_change in (None, _RESTART):
        return None
    number = getattr(signal, f"SIG{on_change}", None)
    if number is None:
        raise click.BadParameter(
            f"Windows has no signal {on_change}; use {_RESTART}.", param_hint="--on-change"
        )
    return int(number)


def _say(sentence: str) -> None:
    with suppress(OSError):  # nobody reads: the command runs all the same
        echo(sentence, err=True)
