"""Options that several commands share, accepted before or after the command's name."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click
from click.core import ParameterSource

from tray_app.cli.output import announce_delayed_exit, echo
from tray_app.desktop.tray.detect import BACKENDS, Tray, find_tray
from tray_app.model.permissions import LOOK, Permissions
from tray_app.model.variables import VARIABLES
from tray_app.webex.api_base import PRODUCTION, checked_base

if TYPE_CHECKING:
    from tray_app import bootstrap
    from tray_app.system.dirs import AppDirs

P = ParamSpec("P")
R = TypeVar("R")


def remember(context: click.Context, option: click.Parameter, value: object) -> object:
    """Keep an option's value in the context, whether it stood before or after the command."""
    if not (value and option.name):
        return value
    named = context.ensure_object(dict)
    # The command line leads, whatever the command's own option finds in the environment.
    if context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE:
        named[option.name] = value
    else:
        named.setdefault(option.name, value)
    return value


_shared_option = functools.partial(click.option, callback=remember, expose_value=False)
"""An option that may stand before or after the command."""


def profile_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add --config, --profile, --api-base and --debug. After the command's name they win."""

    def check_base(context: click.Context, option: click.Parameter, value: str | None) -> object:
        if value:
            try:
                value = checked_base(value)
            except ValueError as error:
                source = context.get_parameter_source(option.name or "")
                from_shell = source is ParameterSource.ENVIRONMENT
                hint = "WEBEX_API_BASE" if from_shell else None
                raise click.BadParameter(str(error), context, option, hint) from None
        return remember(context, option, value)

    options = (
        _shared_option(
            "--config",
            type=click.Path(readable=False),
            metavar="FILE",
            multiple=True,
            help="The token-config.json to use. tray and watch take several.",
        ),
        _shared_option(
            "--profile",
            metavar="NAME",
            multiple=True,
            help="A profile of `profiles list`. tray and watch take several.",
        ),
        _shared_option(
            "--api-base",
            metavar="URL",
            envvar="WEBEX_API_BASE",
            callback=check_base,
            help="Another Webex API (https; http on loopback only), or set WEBEX_API_BASE.",
        ),
        _shared_option(
            "--debug",
            is_flag=True,
            help="Print more, on stderr and in the log. Secrets stay hidden.",
        ),
    )
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


def names_profiles(context: click.Context) -> bool:
    """Whether the options name a profile."""
    named = context.ensure_object(dict)
    return bool(named.get("profile") or named.get("config"))


def may_prompt(permissions: Permissions) -> Permissions:
    """Return these permissions; the keyring may prompt if a person is at this terminal."""
    streams = (sys.stdin, sys.stderr)
    here = all(stream is not None and stream.isatty() for stream in streams)
    return replace(permissions, prompt=here)


_NO_LIMIT = 1000
"""Characters of a help text."""


class CommandList(click.Group):
    """A group whose help has the whole first sentence of each command: click would cut it."""

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(self.summaries(context))

    def summaries(self, context: click.Context) -> list[tuple[str, str]]:
        """Return the name of each command and the first sentence of its help."""
        found = {name: self.get_command(context, name) for name in self.list_commands(context)}
        return [
            (name, command.get_short_help_str(_NO_LIMIT))
            for name, command in found.items()
            if command is not None and not command.hidden
        ]


def selected_profile(
    context: click.Context,
    permissions: Permissions = LOOK,
    *,
    log_to_file: bool = True,
) -> bootstrap.ProfileContext:
    """Return the one profile that the options name, and start the log (see `selected_profiles`).
    Raises click.UsageError if there are several."""
    return only_one(selected_profiles(context, permissions, log_to_file=log_to_file))


def only_one(profiles: Mapping[str, bootstrap.ProfileContext]) -> bootstrap.ProfileContext:
    """Return the one profile. Raises click.UsageError if there are several."""
    if len(profiles) > 1:
        raise click.UsageError(
            f"This command takes one profile: name it with --profile ({', '.join(profiles)})."
        )
    return next(iter(profiles.values()))


def selected_profiles(
    context: click.Context,
    permissions: Permissions = LOOK,
    *,
    log_to_file: bool = True,
    defer_log: bool = False,
) -> dict[str, bootstrap.ProfileContext]:
    """Start the log, and return by their names the profiles that the options name; else those of
    `profiles list`; else the one config that is found.

    `permissions`: what the command may do; `defer_log`: open the log with its first record only.
    Raises ConfigError, and click.UsageError if a profile is named twice.
    """
    # Help and completion, which need none of it, do not wait for it.
    from tray_app import bootstrap
    from tray_app.model.origin import Origin
    from tray_app.system import log
    from tray_app.system.dirs import AppDirs, locate_config
    from tray_app.system.hardening import pop_secret_environment

    named = context.ensure_object(dict)
    folders = AppDirs.of_user()
    debug = bool(named.get("debug"))
    log.start(folders if log_to_file else None, debug=debug, deferred=defer_log)
    configs, listed = _chosen_configs(named, folders)
    is_found = False
    if not configs:
        path, is_found = locate_config(None, os.environ, folders)
        configs = {"": path}
    environ = pop_secret_environment()
    if len(configs) > 1 and (names := sorted(set(VARIABLES.values()) & set(environ))):
        echo(f"Ignored, since they are for a single profile: {', '.join(names)}.", err=True)
        environ = {name: value for name, value in environ.items() if name not in names}
    profiles = {
        name: bootstrap.ProfileContext(
            config_path=path,
            folders=folders,
            api_base=named.get("api_base") or PRODUCTION,
            environ=environ,
            held_up=announce_delayed_exit,
            origin=Origin.NAMED,
            permissions=permissions,
        )
        for name, path in configs.items()
    }
    if not (is_found or "SUDO_UID" in os.environ):
        return profiles
    from tray_app import approvals

    if "SUDO_UID" in os.environ:  # the list may be the caller's
        profiles |= {name: approvals.listed(profiles[name]) for name in listed}
    return {"": approvals.found(profiles[""])} if is_found else profiles


def _chosen_configs(
    named: Mapping[str, Any], folders: AppDirs
) -> tuple[dict[str, Path], Collection[str]]:
    """The configs that the options name, else those of `profiles list`; {} if there are none. And
    the names of those that only the list names."""
    from tray_app import bootstrap
    from tray_app.system.dirs import CONFIG_VARIABLE, find_config

    wanted, files = named.get("profile", ()), named.get("config", ())
    known: dict[str, Path] = {}
    if wanted or not (files or os.environ.get(CONFIG_VARIABLE)):
        from tray_app.config.profiles import unknown_profile

        registry = bootstrap.profiles(folders)
        known = registry.all()
        for name in wanted:
            if name not in known:
                raise click.BadParameter(unknown_profile(name, known), param_hint="--profile")
    if not (wanted or files):
        return known, known
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
    return chosen, wanted


def _name_of(path: Path, taken: Mapping[str, Path]) -> str:
    """A name for a config without one: that of its folder, or of the file if that is unusual."""
    from tray_app.system.dirs import CONFIG_NAME

    name = path.parent.name if path.name == CONFIG_NAME else path.stem
    return name if name and name not in taken else str(path)


backend_option = _shared_option(
    "--backend",
    type=click.Choice(BACKENDS),
    help="The kind of tray to use, instead of the first one found.",
)


def selected_tray(context: click.Context) -> Tray:
    """Return the tray that --backend names, or the first one found."""
    return find_tray(forced=context.ensure_object(dict).get("backend"))


def warn_if_not_visible(tray: Tray, *, is_set_up: bool = True) -> None:
    """If no icon can be seen, say why and what to do."""
    if not tray.is_visible:
        begin = "The" if is_set_up else "Once it is set up, the"
        parts = (tray.reason, tray.remedy, f"{begin} token is kept alive all the same.")
        echo(" ".join(filter(None, parts)), err=True)
