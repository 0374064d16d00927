"""`autostart` and `launcher`: entries of the desktop that can be switched on and off."""

from __future__ import annotations

import sys

import click

from tray_app.bootstrap import ProfileContext
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import profile_options, selected_profile
from tray_app.cli.output import echo
from tray_app.desktop.install.autostart import login_item
from tray_app.desktop.install.command_line import entry_name, start_line
from tray_app.desktop.install.launcher import Launcher
from tray_app.model.errors import ConfigError
from tray_app.model.printable import one_line
from tray_app.policy.approval import allow_command
from tray_app.system import atomic_file
from tray_app.system.dirs import APP
from tray_app.system.startup_entries import StartupEntry

WHAT = click.Choice(["on", "off", "status"])


def require_approval(profile: ProfileContext) -> None:
    """Raise ConfigError unless the config is approved: an entry that names it would approve it."""
    if not profile.is_approved:
        path = str(profile.config_path)
        raise ConfigError(path, (f"is not approved; read it, then: {allow_command(path)}",))


def _switch(entry: StartupEntry, what: str) -> Exit:
    """Switch the entry as `what` says, and print its state and place."""
    try:
        if what == "on":
            entry.turn_on()
        elif what == "off":
            entry.turn_off()
    except OSError as error:
        sentence = f"{entry.location} cannot be changed: {atomic_file.error_text(error)}"
        raise click.ClickException(sentence) from error
    echo(f"{'on' if entry.is_on() else 'off'}: {entry.location}")
    return Exit.GREEN


@click.command()
@click.argument("what", type=WHAT)
@profile_options
@click.pass_context
def autostart(context: click.Context, what: str) -> int:
    """Start at login: on, off or status.

    It prints where the entry is. One entry for each profile, for this user.
    """
    return _switch(login_item(_profile(context, what)), what)


@click.command()
@click.argument("what", type=WHAT)
@profile_options
@click.pass_context
def launcher(context: click.Context, what: str) -> int:
    """Add the program to the application menu or the Start menu, or remove it.

    Linux and Windows. One entry for each profile, for this user, with icons.
    """
    if sys.platform == "darwin":
        raise click.ClickException(
            "There is no such entry on macOS: move Webex Token Tray.app into Applications."
        )
    return _switch(launcher_entry(_profile(context, what)), what)


def launcher_entry(profile: ProfileContext) -> StartupEntry:
    """Return its entry in the menu. Raises click.ClickException if Windows does not say where the
    Start menu is."""
    command = start_line(profile, sys.executable, sys.platform)
    name, title = entry_name(profile), "Webex Token Tray"
    folder = profile.config_path.parent.name if name != APP else ""  # else the user's own config
    on_windows = sys.platform.startswith("win")
    if not on_windows:
        return Launcher(name, f"{title} ({folder})" if folder else title, command)
    from tray_app.desktop.install.start_menu import StartMenuEntry

    if folder:  # the title is the file's name, which no other profile may have
        title += f" ({one_line(folder)}, {name.removeprefix(f'{APP}-')})"
    try:
        return StartMenuEntry(title, command, profile.folders.data)
    except OSError as error:
        raise click.ClickException(f"Windows has no Start menu here: {error.strerror}") from error


def _profile(context: click.Context, what: str) -> ProfileContext:
    profile = selected_profile(context)
    if what == "on":
        require_approval(profile)
    return profile
