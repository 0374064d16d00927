"""`watch`: the tray's work without a tray, for servers; also as a systemd user service."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from tray_app import bootstrap
from tray_app.cli.autostart import require_approval
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import profile_options, selected_profile, selected_profiles
from tray_app.cli.output import echo
from tray_app.desktop.install.autostart import login_item
from tray_app.desktop.install.command_line import entry_name, start_line
from tray_app.model.errors import Busy
from tray_app.model.permissions import RESIDENT
from tray_app.model.printable import quoted
from tray_app.model.variables import VARIABLES
from tray_app.system import atomic_file
from tray_app.system.hardening import raise_file_limit
from tray_app.system.systemd import (
    CannotRun,
    Notifier,
    UserUnit,
    is_journal,
    run,
    unit_text,
)

_SYSTEMCTL = ("systemctl", "--user")
_VARIABLES = (
    *sorted(set(VARIABLES.values())),
    *("HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"),
    *("PYTHON_KEYRING_BACKEND", "XDG_DATA_HOME", "XDG_STATE_HOME"),
)
"""Variables that change what this program does. A service does not inherit them."""


@click.command()
@click.option("--install", "action", flag_value="install", help="Make it a systemd user service.")
@click.option("--uninstall", "action", flag_value="uninstall", help="Remove that service.")
@profile_options
@click.pass_context
def watch(context: click.Context, *, action: str | None) -> int:
    """Keep the token working without an icon.

    It prints a line for each change. It takes several profiles, as `tray` does; each line then
    begins with the profile's name.

    SIGTERM ends it; on SIGHUP it reads the config again.

    Exit code: 0 after SIGTERM, 130 after Ctrl-C, 3 if it or the tray is already running, 78 if the
    config cannot be used at the start.
    """
    if action is not None:
        profile = selected_profile(context)
        if action == "uninstall":
            return uninstall(profile)
        require_approval(profile)
        return install(profile)
    profiles = selected_profiles(context, RESIDENT)
    raise_file_limit(len(profiles))
    greeting = f"watching {len(profiles)} profiles: {', '.join(profiles)}"
    with ExitStack() as held:
        for profile in profiles.values():
            instance = bootstrap.instance(profile)
            try:
                held.enter_context(instance.acquire())
            except Busy:
                echo(f"Already running for {profile.config_path}.", err=True)
                return Exit.ALREADY_RUNNING
            config = bootstrap.read_config(profile)
            try:
                files = (Path(output.file) for output in config.outputs)
                held.enter_context(instance.acquire_outputs(*files))
            except Busy as error:
                echo(str(error), err=True)
                return Exit.ALREADY_RUNNING
            if len(profiles) == 1:
                greeting = f"watching {profile.config_path} for {config.env_file}"
        from tray_app.cli.watch_loop import Console, WatchLoop
        from tray_app.runtime.libraries import import_light_libraries

        import_light_libraries()
        environ = next(iter(profiles.values())).environ
        console = Console(sys.stdout, to_journal=is_journal(environ, 1))
        return WatchLoop(profiles, console, Notifier(environ)).run(greeting)


def unit_of(profile: bootstrap.ProfileContext) -> UserUnit:
    """Return the profile's systemd unit, whether it exists or not."""
    return UserUnit(entry_name(profile), os.environ)


def install(profile: bootstrap.ProfileContext, platform: str = sys.platform) -> Exit:
    """Write, enable and start the unit, and print each step. Raises ConfigError.

    Exit code 1 if you have to finish it by hand.
    """
    if platform != "linux":
        raise click.UsageError("systemd is on Linux only; here: webex-token-tray autostart on")
    config, unit = bootstrap.read_config(profile), unit_of(profile)
    command = [*start_line(profile, sys.executable, platform), "watch"]
    try:
        unit.write(
            unit_text(command, f"Webex Token Tray: keeps the token in {config.env_file} alive")
        )
    except OSError as error:
        sentence = f"{unit.path} cannot be written: {atomic_file.error_text(error)}"
        raise click.ClickException(sentence) from error
    echo(f"wrote: {unit.path}")
    is_done = _systemctl(unit, ["daemon-reload"], ["enable", unit.name], ["restart", unit.name])
    for hint in _hints(profile, unit):
        echo(hint)
    return Exit.GREEN if is_done else Exit.AMBER


def uninstall(profile: bootstrap.ProfileContext) -> Exit:
    """Stop, disable and remove the unit, and print each step. Exit code 1 as `install`."""
    unit = unit_of(profile)
    found = unit.files()
    if not found:
        echo(f"not installed: {unit.path}")
        return Exit.GREEN
    is_done = _systemctl(unit, ["disable", "--now", unit.name])
    try:
        unit.remove()
    except OSError as error:
        sentence = f"{unit.path} cannot be removed: {atomic_file.error_text(error)}"
        raise click.ClickException(sentence) from error
    echo(f"removed: {found[0]}")
    return Exit.GREEN if is_done and _systemctl(unit, ["daemon-reload"]) else Exit.AMBER


def _systemctl(unit: UserUnit, *steps: Sequence[str]) -> bool:
    """Run the steps and print each; if one fails, print those that are left to do."""
    commands = [[*_SYSTEMCTL, *step] for step in steps]
    for number, command in enumerate(commands):
        try:
            run(command)
        except CannotRun as error:
            echo(f"failed: {quoted(*command)}: {error}", err=True)
            left = " && ".join(quoted(*each) for each in commands[number:])
            echo(f"left to do: {left}", err=True)
            if command[-1] == unit.name:
                echo(f"it says why: journalctl --user -u {unit.name} -n 20", err=True)
            return False
        echo(f"ran: {quoted(*command)}")
    return True


def _hints(profile: bootstrap.ProfileContext, unit: UserUnit) -> Iterator[str]:
    try:
        lingers = "yes" in run(["loginctl", "show-user", getpass.getuser(), "--property=Linger"])
    except (CannotRun, KeyError, OSError):
        lingers = False
    if not lingers:
        yield "It runs while you are logged in. To start it at boot: loginctl enable-linger"
    missed = [name for name in _VARIABLES if profile.environ.get(name)]
    if missed:
        yield (
            f"The service does not inherit {', '.join(missed)} from this shell;"
            f" add Environment= lines with: systemctl --user edit {unit.name}"
        )
    item = login_item(profile)
    if item.is_on():
        yield (
            f"The tray starts at login, too ({item.location}), and only one of them can run:"
            " webex-token-tray autostart off"
        )
