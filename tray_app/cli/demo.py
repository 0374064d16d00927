"""`demo`: the whole program against a Webex on loopback, with a temporary profile."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tray_app.bootstrap import ProfileContext
from tray_app.cli.durations import Seconds
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import (
    backend_option,
    selected_tray,
    warn_if_not_visible,
)
from tray_app.cli.output import echo_lines
from tray_app.cli.sandbox import free_redirect, write_profile
from tray_app.model.permissions import RESIDENT
from tray_app.model.quiet_hours import NotificationTiming
from tray_app.model.settings import Thresholds, Timing
from tray_app.secrets.store import MemoryStore
from tray_app.system import log
from tray_app.system.dirs import AppDirs
from tray_app.system.hardening import pop_secret_environment

if TYPE_CHECKING:
    from tray_app.sandbox.server import Sandbox

# Everything runs about a hundred times faster than in real life.
_POLL_SECONDS = 1.0
_LIMITS = Thresholds(failing_for=timedelta(seconds=3), stale_after=timedelta(seconds=3))
_NOTIFICATION_TIMING = NotificationTiming(
    delay=timedelta(seconds=0.6), short_snooze=timedelta(seconds=36)
)
_PACE = Timing(slice=0.25, gap=0.5, first_retry=1.0, longest_retry=3.0)


@click.command()
@click.option("--once", is_flag=True, help="End after the tour, even in a terminal.")
@click.option(
    "--pause",
    default=7.0,
    show_default=True,
    metavar="SECONDS",
    type=Seconds(0, 3600),
    help="How long each stage of the tour stays.",
)
@backend_option
@click.pass_context
def demo(context: click.Context, *, once: bool, pause: float) -> int:
    """Show what the program does; needs no account.

    Neither Webex, nor a keyring, nor a config is used. It starts a Webex on this machine and a tour
    of about a minute: tokens are revoked one after the other, Webex goes down and comes back.

    Exit code: 0 after the whole tour, 130 if it was interrupted, 70 if it failed.
    """
    from tray_app.cli.tour import STAGES, Commentary, Tour
    from tray_app.desktop.app import DesktopApp
    from tray_app.sandbox.registrations import Integration
    from tray_app.sandbox.server import Sandbox
    from tray_app.sandbox.switches import Lifetimes

    lifetimes = Lifetimes(
        service_access=timedelta(minutes=20),
        service_refresh=timedelta(hours=1),
        personal=timedelta(minutes=20),
        integration_access=timedelta(minutes=20),
        integration_refresh=timedelta(hours=1),
    )
    stay = not once and sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    pop_secret_environment()  # neither used here nor inherited
    integration = Integration(redirect_uris=(free_redirect(),))
    with (
        Sandbox(lifetimes=lifetimes, integration=integration) as webex,
        tempfile.TemporaryDirectory() as folder,
        ExitStack() as at_exit,
    ):
        profile = _temporary_profile(Path(folder), webex)
        log.start(profile.folders)
        at_exit.callback(log.stop)  # Windows removes no folder with an open file
        commentary = Commentary()
        tour = Tour(webex, commentary, pause)
        found = selected_tray(context)
        warn_if_not_visible(found)
        session = DesktopApp({"": profile}, found, commentary.observe)

        def at_end() -> None:
            if stay:
                icon = "Right-click the icon, or press" if found.is_visible else "Press"
                echo_lines(
                    "\nThe tour is over, and now only you can help: Sign in through the browser…"
                    f" opens the consent page of this demo's Webex. {icon} Ctrl-C to end."
                )
            else:
                session.stop()

        interrupted = session.run(ready=lambda: tour.start(at_end))
        tour.stop()
        echo_lines(
            f"\n{tour.done} of {len(STAGES)} stages succeeded; "
            f"the Webex of this demo answered {len(webex.requests)} requests."
        )
    if interrupted:
        return Exit.GREEN if stay and tour.done == len(STAGES) else Exit.INTERRUPTED
    return Exit.GREEN if stay or tour.done == len(STAGES) else Exit.INTERNAL


def _temporary_profile(folder: Path, webex: Sandbox) -> ProfileContext:
    """Write a config and a `.env` like a user's. Its store of secrets is in memory."""
    path = write_profile(folder, webex, {"pollSeconds": _POLL_SECONDS})
    return ProfileContext(
        config_path=path,
        folders=AppDirs.under(folder),
        api_base=webex.api_base,
        store=MemoryStore(durable=True),
        limits=_LIMITS,
        pace=_PACE,
        notification_timing=_NOTIFICATION_TIMING,
        least_poll_seconds=_POLL_SECONDS,
        environ={},
        permissions=RESIDENT,
    )
