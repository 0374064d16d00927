"""`report`: the details page as a file, or in the browser."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Collection, Mapping
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import click

from tray_app import bootstrap
from tray_app.cli import streams
from tray_app.cli.authorize import has_screen
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import profile_options, selected_profiles
from tray_app.cli.output import echo
from tray_app.cli.status import looked_at
from tray_app.desktop.opener import open_page
from tray_app.loopback.responses import style_only
from tray_app.model.errors import TrayError
from tray_app.model.printable import printable
from tray_app.system.atomic_file import error_text
from tray_app.system.directory_fd import Entry, located

if TYPE_CHECKING:
    from tray_app.model.details import Details
    from tray_app.pages.facts import Known

_FRESH = 10.0
"""Seconds for which a check is good: a page that is reloaded does not ask Webex each time."""


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--open", "open_it", is_flag=True, help="Show it in the browser until you press Ctrl-C."
)
@profile_options
@click.pass_context
def report(context: click.Context, *, file: Path | None, open_it: bool) -> int:
    """Write the details page: what keeps the token alive, the last 90 days, data sources, events.

    The page is one HTML file without secrets that only you can read (0600). Without FILE, it goes
    to standard output, unless that is a terminal. The token is checked once, as `status` does, and
    nothing is renewed. With --open, the page is served on this machine to your browser, which can
    reload it until 15 minutes after you last looked.

    Exit code: 0 if the page was made, whatever it shows.
    """
    is_stream = file is None or str(file) == "-"
    if open_it and file is not None:
        raise click.UsageError("Use either --open or FILE.")
    if is_stream and not open_it and (not streams.has_output() or sys.stdout.isatty()):
        raise click.UsageError("Name a FILE for the page, or use --open to see it in the browser.")
    profiles = selected_profiles(context)
    if open_it:
        return _show(_Looks(profiles))
    page = _page(_Looks(profiles).gather(profiles))
    if file is None or is_stream:
        click.echo(page.encode(), nl=False)  # as it says of itself, whatever the console's encoding
        return Exit.GREEN
    try:
        _write(file, page.encode())
    except OSError as error:
        raise TrayError(f"{printable(str(file))} cannot be written: {error_text(error)}.") from None
    echo(f"The page is in {printable(str(file))}.", err=True)
    return Exit.GREEN


class _Looks:
    """Checks these profiles, and checks again only after a moment."""

    def __init__(self, profiles: Mapping[str, bootstrap.ProfileContext]) -> None:
        self._profiles = profiles
        self._known: dict[str, Known] = {}
        self._checked_at = -_FRESH

    def gather(self, wanted: Collection[str]) -> Details:
        """Return the details; see `pages.facts.gather`."""
        from tray_app.pages.facts import gather

        if time.monotonic() - self._checked_at >= _FRESH:
            self._known = self._check()
            self._checked_at = time.monotonic()
        return gather(self._known, wanted)

    def _check(self) -> dict[str, Known]:
        with ExitStack() as opened:
            shared = None
            if len(self._profiles) > 1:
                shared = bootstrap.Shared(next(iter(self._profiles.values())))
                opened.callback(shared.close)
            return {name: _known(setup, shared) for name, setup in self._profiles.items()}


def _known(setup: bootstrap.ProfileContext, shared: bootstrap.Shared | None) -> Known:
    from tray_app.pages.facts import Known

    attended = bootstrap.instance(setup).is_running()
    return Known(setup, looked_at(setup, shared)[0], attended)


def _page(details: Details) -> str:
    from tray_app.pages.document import Document
    from tray_app.pages.facts import style

    sheet = style()
    return Document(details, style=sheet, policy=style_only(sheet)).whole()


def _show(looks: _Looks) -> int:
    """Serve the page until it is no longer used."""
    from tray_app.pages.server import DetailsServer

    server = DetailsServer(lambda name: looks.gather([name]))
    with closing(server):
        address = server.address()
        # Without a screen, a text browser would take over the terminal.
        if has_screen() or os.environ.get("BROWSER"):
            open_page(address, partial(echo, "No browser could be opened.", err=True))
            echo("If your browser shows nothing, open:")
            address = server.address()
        else:
            echo("Open in a browser on this machine:")
        echo(address)
        echo("You can reload it until 15 minutes after you last looked; Ctrl-C ends it.")
        while not server.wait(1.0):  # on Windows, Ctrl-C interrupts no longer wait
            pass
    return Exit.GREEN


def _write(path: Path, page: bytes) -> None:
    """Create the file for this user alone, or replace an earlier page. Raises OSError, TrayError.

    Any other file is left alone: `report .env` is a mistake. Root writes nothing by way of another
    user's link.
    """
    here = path.absolute()
    # Not by `atomic_file`: that reads the old file, and a page may be larger than it takes.
    with located(here.parent / f".webex-token-tray.{token_hex(8)}") as found, ExitStack() as undo:
        if refusal := found.refusal():
            raise PermissionError(errno.EPERM, refusal)
        new, old = found.entry, Entry(found.entry.directory, here.name)
        if not _may_replace(old):
            raise TrayError(
                f"{printable(str(path))} exists and is not an earlier report: name another FILE."
            )
        handle = new.open(os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        undo.callback(new.unlink)
        with os.fdopen(handle, "wb") as file:
            file.write(page)
        new.replace(old)
        undo.pop_all()


def _may_replace(entry: Entry) -> bool:
    """Whether there is no such file, or an earlier page."""
    from tray_app.pages.html import START

    try:
        # A device may do anything when it is opened.
        if not stat.S_ISREG(entry.state().st_mode):
            return False
        with os.fdopen(entry.open(os.O_RDONLY), "rb") as file:
            return file.read(len(START)) == START.encode()
    except FileNotFoundError:
        return True
