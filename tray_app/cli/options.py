"""The options that name a profile, taken before or after the verb."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from click.core import ParameterSource

from tray_app import approvals, bootstrap
from tray_app.cli.interrupt import say_held_up
from tray_app.cli.output import echo
from tray_app.model.permissions import LOOK, Permissions
from tray_app.model.variables import VARIABLES
from tray_app.policy.approval import Origin
from tray_app.system import log
from tray_app.system.dirs import CONFIG_NAME, CONFIG_VARIABLE, AppDirs, find_config, locate_config
from tray_app.system.hardening import pop_secret_environment
from tray_app.webex.api_base import PRODUCTION, checked_base

P = ParamSpec("P")
R = TypeVar("R")


def profile_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add --config, --profile, --api-base and --debug. What stands after the verb wins."""

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
            multiple=True,
            callback=keep,
            expose_value=False,
            help="The token-config.json to use. tray and watch take several.",
        ),
        click.option(
            "--profile",
            metavar="NAME",
            multiple=True,
            callback=keep,
            expose_value=False,
            help="A profile of `profiles list`. tray and watch take several.",
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
            help="Print more, on stderr and in the log. Secrets stay hidden.",
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


def names_profiles(context: click.Context) -> bool:
    """Whether the options name any."""
    named = context.ensure_object(dict)
    return bool(named.get("profile") or named.get("config"))


def may_prompt(permissions: Permissions) -> Permissions:
    """Return these permissions; the keyring may prompt if a person is at this terminal."""
    streams = (sys.stdin, sys.stderr)
    here = all(stream is not None and stream.isatty() for stream in streams)
    return replace(permissions, prompt=here)


def selected_profile(
    context: click.Context,
    permissions: Permissions = LOOK,
    *,
    leave_log: bool = False,
    later: bool = False,
) -> bootstrap.ProfileContext:
    """Return the one setup that the options name, and start the log (see `chosen_setups`). Raises
    click.UsageError where it takes a --profile to tell which one."""
    setups = selected_profiles(context, permissions, leave_log=leave_log, later=later)
    if len(setups) > 1:
        raise click.UsageError(
            f"This is about one profile: name it by --profile ({', '.join(setups)})."
        )
    return next(iter(setups.values()))


def selected_profiles(
    context: click.Context,
    permissions: Permissions = LOOK,
    *,
    leave_log: bool = False,
    later: bool = False,
) -> dict[str, bootstrap.ProfileContext]:
    """Return the setups that the options name, by the names of their profiles; where none is
    named, those of `profiles list`; where there is no list, the one that is found. Start the log.

    `permissions`: what the command may do; `leave_log`: without its file; `later`: it is opened
    with its first record only. Raises ConfigError, and click.UsageError for the same profile twice.
    """
    named = context.ensure_object(dict)
    folders = AppDirs.of_user()
    debug = bool(named.get("debug"))
    log.start(None if leave_log else folders, debug=debug, deferred=later)
    configs = _chosen_configs(named, folders)
    is_found = "" in configs and locate_config(None, os.environ, folders)[1]
    environ = pop_secret_environment()
    if len(configs) > 1 and (names := sorted(set(VARIABLES.values()) & set(environ))):
        echo(f"Left aside, as they stand for one profile: {', '.join(names)}.", err=True)
        environ = {name: value for name, value in environ.items() if name not in names}
    setups = {
        name: bootstrap.ProfileContext(
            config_path=path,
            folders=folders,
            api_base=named.get("api_base") or PRODUCTION,
            environ=environ,
            held_up=say_held_up,
            origin=Origin.NAMED,
            permissions=permissions,
        )
        for name, path in configs.items()
    }
    return {"": approvals.found(setups[""])} if is_found else setups


def _chosen_configs(named: Mapping[str, Any], folders: AppDirs) -> dict[str, Path]:
    wanted, files = named.get("profile", ()), named.get("config", ())
    known: dict[str, Path] = {}
    if wanted or not (files or os.environ.get(CONFIG_VARIABLE)):
        from tray_app.config.profiles import unknown

        registry = bootstrap.profiles(folders)
        known = registry.all()
        for name in wanted:
            if name not in known:
                raise click.BadParameter(unknown(name, known), param_hint="--profile")
    if not (wanted or files):
        return known or {"": find_config(None, os.environ, folders)}
    chosen = {name: known[name] for name in wanted}
    for file in files:
        path = find_config(file, os.environ, folders)
        chosen[_name_of(path, chosen)] = path
    seen: dict[str, str] = {}
    for name, path in chosen.items():
        real = os.path.normcase(os.path.realpath(path))
        if real in seen or len(chosen) < len(wanted) + len(files):
            raise click.UsageError(f"{path} is named twice.")
        seen[real] = name
    return chosen


def _name_of(path: Path, taken: Mapping[str, Path]) -> str:
    """What a config is called that has no name: its folder, or its own name in one with others."""
    name = path.parent.name if path.name == CONFIG_NAME else path.stem
    return name if name and name not in taken else str(path)
