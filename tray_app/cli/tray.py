"""`tray`, also the default without a command: the icon in the panel."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tray_app import bootstrap
from tray_app.cli import streams
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import (
    backend_option,
    names_profiles,
    profile_options,
    selected_profiles,
    selected_tray,
    warn_if_not_visible,
)
from tray_app.cli.output import echo
from tray_app.desktop.app import DesktopApp
from tray_app.desktop.install.autostart import LoginItem, login_item
from tray_app.desktop.opener import open_path
from tray_app.model.errors import Busy, ConfigError
from tray_app.model.permissions import RESIDENT
from tray_app.model.printable import printable
from tray_app.model.signs import Colour
from tray_app.system import log
from tray_app.system.dirs import CONFIG_NAME
from tray_app.system.hardening import raise_file_limit

if TYPE_CHECKING:
    from tray_app.model.snapshot import Snapshot
    from tray_app.system.single_instance import Instance


@click.command()
@profile_options
@backend_option
@click.pass_context
def tray(context: click.Context) -> int:
    """Show the icon and keep the token working. This is also the default without a command.

    Several profiles (--config A --config B, --profile A --profile B, or those of `profiles list`)
    share one process and one icon. Only one tray runs for each profile and each .env. If there is
    no config yet, the set-up page opens in the browser.

    Exit code: 0 after Quit, 3 if it is already running.
    """
    setups = selected_profiles(context, RESIDENT, defer_log=True)
    # With several profiles, messages begin with the profile's name.
    labels = {
        name: name if len(setups) > 1 else str(setup.config_path) for name, setup in setups.items()
    }
    raise_file_limit(len(setups))
    instances = {name: bootstrap.instance(setup) for name, setup in setups.items()}
    # Asked first, and locked only once the icon is up, before any work: locks take long to load.
    for name, instance in instances.items():
        if instance.is_running() and instance.is_busy():
            is_shown = instance.notify_running()
            shown = "; it shows a notice now" if is_shown else ""
            echo(f"Already running for {labels[name]}{shown}.", err=True)
            if is_shown:
                streams.show_no_box()
            return Exit.ALREADY_RUNNING
    with ExitStack() as held:
        begin, set_up_message = None, SetupMessage()
        if len(setups) == 1:
            (setup,) = setups.values()
            if is_first_start(setup):
                begin, set_up_message.is_due = partial(begin_config, setup), True
                echo("Not set up yet: the set-up page opens in your browser.", err=True)
        found = selected_tray(context)
        login = _login_item(setups, names_profiles(context))
        app = DesktopApp(setups, found, set_up_message, login, begin)

        def settle() -> None:
            from tray_app.runtime.libraries import import_light_libraries

            gc.enable()
            for name, instance in instances.items():
                try:
                    held.enter_context(instance.acquire())
                except Busy:  # both were started at once
                    raise Busy(f"Already running for {labels[name]}.") from None
            log.open_now()
            first, *others = instances.values()
            held.enter_context(first.listen(app.remind))
            for instance in others:
                held.enter_context(instance.forward_to(first))
            for name, setup in setups.items() if begin is None else ():
                is_usable = _hold_env_file(
                    held, instances[name], setup, f"{name}: " if others else ""
                )
                set_up_message.is_due = not (others or is_usable)
            warn_if_not_visible(found, is_set_up=not set_up_message.is_due)
            import_light_libraries()

        try:
            return Exit.INTERRUPTED if app.run(settle) else Exit.GREEN
        except Busy as error:  # from `settle`
            echo(str(error), err=True)
            return Exit.ALREADY_RUNNING


def is_first_start(setup: bootstrap.ProfileContext) -> bool:
    """Return whether there is no config yet in the user's own folder.

    A path on the command line may be a typing error: raises ConfigError if nothing is there.
    """
    path = setup.config_path
    if path.exists():
        return False
    if path.parent != setup.folders.config:
        bootstrap.read_config(setup)  # raises ConfigError, which says so
    return True


class SetupMessage:
    """Says in the terminal, once, that the set-up has led to a token that works. `is_due`: whether
    the terminal says so far that it is missing."""

    def __init__(self) -> None:
        self.is_due = False

    def __call__(self, snapshot: Snapshot) -> None:
        """Take what a worker has published."""
        if not self.is_due or snapshot.health.colour is not Colour.GREEN:
            return
        from tray_app.text.menu import title  # late: the first icon does not need it
        from tray_app.text.times import clock

        self.is_due, now = False, datetime.now(UTC)
        with suppress(OSError):  # the terminal may be closed by then
            echo(f"Set up at {clock(now, now)}: {title(snapshot.health, now)}.", err=True)


def begin_config(setup: bootstrap.ProfileContext) -> None:
    """Without a browser: create a config to fill in, unless there is one, and open it. Any
    thread."""
    path = setup.config_path
    if not path.exists():
        try:
            bootstrap.begin_config(setup)
        except ConfigError as error:
            echo(f"{printable(error.path)}: {error.faults[0]}", err=True)
            return
        said = "Created {} from the template: fill it in, and the icon follows."
        echo(f"No browser could be opened. {said.format(path)}", err=True)
    open_path(path)


def _hold_env_file(
    held: ExitStack, instance: Instance, setup: bootstrap.ProfileContext, prefix: str
) -> bool:
    """Hold the profile's `.env` as ours until the end; if the config is at fault, say so. Returns
    whether it can be used. Raises Busy if another tray keeps it."""
    try:
        outputs = bootstrap.read_config(setup).outputs
    except ConfigError as error:
        for fault in error.faults:
            echo(f"{prefix}{printable(error.path)}: {fault}", err=True)
        return False
    files = (Path(output.file) for output in outputs)
    held.enter_context(instance.acquire_outputs(*files))
    return True


def _login_item(
    setups: Mapping[str, bootstrap.ProfileContext], names_profiles: bool
) -> LoginItem | None:
    """Return the entry that starts the same again at login; None if there can be none."""
    first = next(iter(setups.values()))
    if len(setups) == 1:
        return login_item(first) if first.is_approved else None  # the entry would name its config
    if names_profiles:
        return None  # an entry starts one profile, or all of `profiles list`
    return login_item(replace(first, config_path=first.folders.config / CONFIG_NAME))
