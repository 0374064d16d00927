"""The options that name a profile, taken before or after the verb."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click
from click.core import ParameterSource

from tray_app import wiring
from tray_app.adapters import log_later
from tray_app.adapters.paths import Folders, find_config
from tray_app.adapters.process import take_environment
from tray_app.core.api_base import PRODUCTION, checked_base

P = ParamSpec("P")
R = TypeVar("R")


def profile_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add --config, --api-base and --debug. What stands after the verb wins."""

    def check_base(context: click.Context, option: click.Parameter, value: str | None) -> object:
        if value:
            try:
                value = checked_base(value)
            except ValueError as error:
                source = context.get_parameter_source(option.name or "")
                from_shell = source is ParameterSource.ENVIRONMENT
                hint = "WEBEX_API_BASE" if from_shell else None
                raise click.BadParameter(str(error), context, option, hint) from None
        return keep(context, option, value)

    options = (
        click.option(
            "--config",
            type=click.Path(readable=False),
            metavar="FILE",
            callback=keep,
            expose_value=False,
            help="The token-config.json to use.",
        ),
        click.option(
            "--api-base",
            metavar="URL",
            envvar="WEBEX_API_BASE",
            callback=check_base,
            expose_value=False,
            help="Another Webex API (https; http on loopback only).",
        ),
        click.option(
            "--debug",
            is_flag=True,
            callback=keep,
            expose_value=False,
            help="Say more, on stderr and in the log. Secrets stay hidden.",
        ),
    )
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


def keep(context: click.Context, option: click.Parameter, value: object) -> object:
    """Remember what an option names, whether it stands before or after the verb."""
    if not (value and option.name):
        return value
    named = context.ensure_object(dict)
    # Whatever the verb's own option finds in the environment, the command line leads.
    if context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE:
        named[option.name] = value
    else:
        named.setdefault(option.name, value)
    return value


def chosen_setup(
    context: click.Context, *, leave_log: bool = False, later: bool = False
) -> wiring.Setup:
    """Return the setup that the options name, and start the log.

    `leave_log`: without its file; `later`: it is opened with its first record only.
    """
    named = context.ensure_object(dict)
    folders = Folders.of_user()
    debug = bool(named.get("debug"))
    if later:
        log_later.start(folders, debug=debug)
    else:
        from tray_app.adapters import logs

        logs.start(None if leave_log else folders, debug=debug)
    return wiring.Setup(
        config_path=find_config(named.get("config"), os.environ, folders),
        folders=folders,
        api_base=named.get("api_base") or PRODUCTION,
        environ=take_environment(),
    )
