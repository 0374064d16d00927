"""`--version`: this program, Python and the system. `doctor` says what they use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from tray_app.cli.output import echo


def version_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --version."""
    return click.option(
        "--version",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_print_versions,
        help="Print the versions of this program, of Python and of the system.",
    )(command)


def _print_versions(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        for line in versions():
            echo(line)
        context.exit()


def versions() -> tuple[str, str]:
    """Return this program's name and version; Python's version, and the system."""
    import platform
    from importlib import metadata

    from tray_app.system.dirs import APP

    return (
        f"{APP} {metadata.version(APP)}",
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}",
    )
