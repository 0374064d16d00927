"""The program: its commands, each loaded on demand, and how each outcome becomes an exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from importlib import import_module

import click

from tray_app.cli import streams
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import CommandList, backend_option, profile_options
from tray_app.cli.output import echo, show
from tray_app.cli.version import version_option
from tray_app.model.errors import ConfigError, TrayError
from tray_app.model.printable import printable
from tray_app.system.signals import as_interrupts, exit_by_signal

NAME = "webex-token-tray"

COMMANDS = {
    "tray": "tray",
    "setup": "setup.command",
    "status": "status",
    "history": "history",
    "report": "report",
    "refresh": "refresh",
    "data-sources": "data_sources",
    "token": "token",
    "run": "run",
    "watch": "watch",
    "authorize": "authorize",
    "demo": "demo",
    "sandbox": "sandbox",
    "autostart": "autostart",
    "launcher": "autostart",
    "profiles": "profiles",
    "allow": "allow",
    "import": "config_io",
    "export": "config_io",
    "forget": "forget",
    "completion": "completion",
    "doctor": "doctor.command",
}
"""The commands in the order of the help, and the module of `cli` that has each."""

SUMMARIES = {
    "tray": "Show the icon and keep the token working.",
    "setup": "Ask for each value, check it, and write the config.",
    "status": "Check the token once and say what is true.",
    "history": "Print what happened to the token, oldest first.",
    "report": "Write the details page: what keeps the token alive, the last 90 days, data sources,"
    " events.",
    "refresh": "Renew the token now, whatever its state.",
    "data-sources": "List the service app's data sources (BYODS).",
    "token": "Print the access token and nothing else.",
    "run": "Become CMD, with a fresh token in its environment.",
    "watch": "Keep the token working without an icon.",
    "authorize": "Sign in to the integration through the browser.",
    "demo": "Show what the program does; needs no account.",
    "sandbox": "Run a simulated Webex on this machine to try things out; no account needed.",
    "autostart": "Start at login: on, off or status.",
    "launcher": "Add the program to the application menu or the Start menu, or remove it.",
    "profiles": "Manage the profiles that share one icon.",
    "allow": "Approve a token-config.json that was only found.",
    "import": "Take over an old config FILE.",
    "export": "Print the config, with its secrets if you ask.",
    "forget": "Remove what belongs to this profile alone.",
    "completion": "Print what makes SHELL complete commands and options.",
    "doctor": "Check everything, and say what helps.",
}
"""The first sentence of each command's help: the list of commands loads none of them."""

COMPLETE_VARIABLE = "_WEBEX_TOKEN_TRAY_COMPLETE"
"""The variable by which a shell asks for completions: click derives it from the program's name."""

_NEED_OUTPUT = ("token", "export", "history", "data-sources", "completion")
"""Commands that are useless without their output. The others act, or return a colour's code."""


class CommandGroup(CommandList):
    """Loads a command's module on demand: no command waits for what others need."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the name of every command."""
        return list(COMMANDS)

    def summaries(self, _context: click.Context) -> list[tuple[str, str]]:
        """Return the first sentence of each command's help."""
        return list(SUMMARIES.items())

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Return the command, or None if there is none of that name."""
        if name not in COMMANDS:
            return None
        module = COMMANDS[name]
        attribute = {"import": "import_"}.get(name, name.replace("-", "_"))
        command: click.Command = getattr(import_module(f"tray_app.cli.{module}"), attribute)
        return command


@click.group(
    cls=CommandGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@version_option
@profile_options
@backend_option
@click.pass_context
def program(context: click.Context) -> int | None:
    """Keep a Webex service app token working: an icon in the tray, and commands beside it."""
    context.ensure_object(dict)
    if context.invoked_subcommand is None:
        from tray_app.cli.tray import tray

        return int(context.invoke(tray))
    if context.invoked_subcommand != "tray":
        gc.enable()
    if context.invoked_subcommand in _NEED_OUTPUT and not streams.has_output():
        raise TrayError("Standard output is closed: nothing can be printed, and nothing was done.")
    return None


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; an error is one sentence on stderr.

    The first signal that ends the program raises KeyboardInterrupt. If a token has been sent to
    Webex, the engine delays that until the response is saved. Then the program ends by the signal.
    """
    try:
        return _interruptible(arguments)
    except KeyboardInterrupt as interrupt:  # while the handlers were set or restored
        number = interrupt.args[0] if interrupt.args else signal.SIGINT
        if number != signal.SIGINT:
            exit_by_signal(number)
        return Exit.INTERRUPTED


def _interruptible(arguments: list[str]) -> int:
    with as_interrupts() as signals:
        try:
            return _run(arguments)
        except (KeyboardInterrupt, OSError):
            if not signals:
                raise
            return Exit.INTERRUPTED
        finally:
            if signals and signals[0] != signal.SIGINT:
                exit_by_signal(signals[0])


def _run(arguments: list[str]) -> int:
    output = sys.stdout, sys.stderr
    if os.environ.get(COMPLETE_VARIABLE, "").startswith("powershell"):
        import_module("tray_app.cli.powershell")
    try:
        # standalone_mode would use click's exit codes, which collide with ours.
        return int(program.main(arguments, NAME, standalone_mode=False) or 0)
    except click.UsageError as error:
        show(error)
        return Exit.USAGE
    except click.ClickException as error:
        show(error)
        return Exit.INTERNAL
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except ConfigError as error:
        for fault in error.faults:
            echo(f"{printable(error.path)}: {fault}", err=True)
        return Exit.CONFIG
    except TrayError as error:
        echo(str(error), err=True)
        return Exit.INTERNAL
    except SystemExit:
        if sys.stdout is output[0]:
            raise
        # click exits like this if a pipe breaks: with a code that would mean amber, and with
        # sys.stdout and sys.stderr replaced.
        sys.stdout, sys.stderr = output
        return _broken_pipe(BrokenPipeError())
    except OSError as error:
        return _broken_pipe(error) if streams.is_broken_pipe(error) else _failed(error)
    except Exception as error:  # noqa: BLE001 - the outermost boundary: users get a sentence, no traceback
        return _failed(error)


def _broken_pipe(error: OSError) -> int:
    """141, as after SIGPIPE, if the pipe was our output."""
    return Exit.BROKEN_PIPE if streams.is_broken() else _failed(error)


def _failed(error: Exception) -> int:
    if isinstance(error, OSError) and streams.is_unwritable():
        return Exit.INTERNAL  # streams.flush says why
    if sentence := streams.shortage(error):
        echo(sentence, err=True)
        return Exit.INTERNAL
    import logging

    if logging.getLogger().handlers:
        logging.getLogger("tray_app").error("the command failed", exc_info=error)
        where = f"({type(error).__name__}); the log says where (--debug shows it)."
    else:  # no secret has been read yet
        where = f"before its log was opened: {str(error) or type(error).__name__}"
    echo(f"This program has failed {where}", err=True)
    return Exit.INTERNAL
