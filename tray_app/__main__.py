"""Entry: the commands, and every way in which they end, as an exit code."""

from __future__ import annotations

import logging
import sys

import click

from tray_app.adapters.process import close_memory
from tray_app.commands.authorize import authorize
from tray_app.commands.autostart import autostart
from tray_app.commands.demo import demo
from tray_app.commands.exits import Exit
from tray_app.commands.export import export
from tray_app.commands.forget import forget
from tray_app.commands.import_ import import_
from tray_app.commands.launcher import launcher
from tray_app.commands.profile import profile_options
from tray_app.commands.refresh import refresh
from tray_app.commands.status import status
from tray_app.commands.tray import backend_option, tray
from tray_app.commands.version import version_option
from tray_app.core.errors import ConfigError, TrayError


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
@profile_options
@backend_option
@click.pass_context
def program(context: click.Context) -> int | None:
    """Keep a Webex service app token true: an icon in the tray, and commands beside it."""
    context.ensure_object(dict)
    if context.invoked_subcommand is None:
        return int(context.invoke(tray))
    return None


for command in (
    tray,
    status,
    refresh,
    authorize,
    demo,
    autostart,
    launcher,
    import_,
    export,
    forget,
):
    program.add_command(command)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; an error is one sentence on stderr."""
    close_memory()
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        # Without click's own codes, which collide with ours.
        return int(program.main(arguments, "webex-token-tray", standalone_mode=False) or 0)
    except click.UsageError as error:
        error.show()
        return Exit.USAGE
    except click.ClickException as error:
        error.show()
        return Exit.INTERNAL
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except ConfigError as error:
        for fault in error.faults:
            click.echo(f"{error.path}: {fault}", err=True)
        return Exit.CONFIG
    except TrayError as error:
        click.echo(str(error), err=True)
        return Exit.INTERNAL
    except Exception as error:  # the outermost boundary: no traceback for a person
        logging.getLogger("tray_app").exception("the command failed")
        click.echo(
            f"This program has failed ({type(error).__name__}); the log says where"
            " (--debug shows it).",
            err=True,
        )
        return Exit.INTERNAL


if __name__ == "__main__":
    sys.exit(main())
