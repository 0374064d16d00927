"""`watch --install` and `--uninstall`: the service of systemd that runs `watch` for a profile."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator, Sequence

import click

from tray_app import bootstrap
from tray_app.cli.exit_codes import Exit
from tray_app.cli.output import echo
from tray_app.desktop.install.autostart import login_item
from tray_app.desktop.install.command_line import entry_name, start_line
from tray_app.model.variables import VARIABLES
from tray_app.system import atomic_file
from tray_app.system.systemd import CannotRun, UserUnit, run, shown, unit_text

_SYSTEMCTL = ("systemctl", "--user")
_SURROUNDINGS = (
    *sorted(set(VARIABLES.values())),
    "HTTPS_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "PYTHON_KEYRING_BACKEND",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
)
"""The variables that this program heeds. A service has an environment of its own."""


def unit_of(setup: bootstrap.ProfileContext) -> UserUnit:
    """Return the unit of this profile, whether it is there or not."""
    return UserUnit(entry_name(setup), os.environ)


def install(setup: bootstrap.ProfileContext, platform: str = sys.platform) -> Exit:
    """Write the unit, enable and start it; say what was done, and what is left to do.

    Exit code 1 where something is left. Raises ConfigError.
    """
    if platform != "linux":
        raise click.UsageError("systemd is on Linux only; here: webex-token-tray autostart on")
    config, unit = bootstrap.read_config(setup), unit_of(setup)
    command = [*start_line(setup, sys.executable, platform), "watch"]
    try:
        unit.write(unit_text(command, f"Webex Token Tray: keeps {config.env_file} true"))
    except OSError as error:
        sentence = f"{unit.path} cannot be written: {atomic_file.sentence(error)}"
        raise click.ClickException(sentence) from error
    echo(f"wrote: {unit.path}")
    steps = [("daemon-reload",), ("enable", unit.name), ("restart", unit.name)]
    done = _do([[*_SYSTEMCTL, *step] for step in steps], unit)
    for hint in _hints(setup, unit):
        echo(hint)
    return Exit.GREEN if done else Exit.AMBER


def uninstall(setup: bootstrap.ProfileContext) -> Exit:
    """Stop, disable and remove the unit, each step named. Exit code 1 where something is left."""
    unit = unit_of(setup)
    if not unit.path.exists():
        echo(f"not installed: {unit.path}")
        return Exit.GREEN
    done = _do([[*_SYSTEMCTL, "disable", "--now", unit.name]], unit)
    try:
        unit.remove()
    except OSError as error:
        sentence = f"{unit.path} cannot be removed: {atomic_file.sentence(error)}"
        raise click.ClickException(sentence) from error
    echo(f"removed: {unit.path}")
    if not done:
        return Exit.AMBER
    return Exit.GREEN if _do([[*_SYSTEMCTL, "daemon-reload"]], unit) else Exit.AMBER


def _do(commands: Sequence[Sequence[str]], unit: UserUnit) -> bool:
    """Run one after the other and say so; where one fails, say which are left to do."""
    for number, command in enumerate(commands):
        try:
            run(command)
        except CannotRun as error:
            echo(f"failed: {shown(command)}: {error}", err=True)
            left = " && ".join(map(shown, commands[number:]))
            echo(f"left to do: {left}", err=True)
            if command[-1] == unit.name:
                echo(f"it says why: journalctl --user -u {unit.name} -n 20", err=True)
            return False
        echo(f"ran: {shown(command)}")
    return True


def _hints(setup: bootstrap.ProfileContext, unit: UserUnit) -> Iterator[str]:
    """What a person may not think of."""
    try:
        lingers = "yes" in run(["loginctl", "show-user", getpass.getuser(), "--property=Linger"])
    except (CannotRun, KeyError, OSError):
        lingers = False
    if not lingers:
        yield "It runs while you are logged in. From the machine's start on: loginctl enable-linger"
    missed = [name for name in _SURROUNDINGS if setup.environ.get(name)]
    if missed:
        yield (
            f"The service does not know {', '.join(missed)} of this shell;"
            f" Environment= lines go into: systemctl --user edit {unit.name}"
        )
    item = login_item(setup)
    if item.is_on():
        yield (
            f"The tray starts at login, too ({item.place}), and only one of both can run:"
            " webex-token-tray autostart off"
        )
