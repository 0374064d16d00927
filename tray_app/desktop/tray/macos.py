"""The icon in the menu bar of macOS: pystray's, but AppKit is used in the main thread only.

AppKit requires this, and pystray calls it in whichever thread calls pystray. Any thread may call
this icon. Written from the sources of pystray and PyObjC, and tested with a stand-in for AppKit: it
has not run on a Mac.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import AppKit
from PyObjCTools import AppHelper
from pystray import _darwin

from tray_app.desktop.tray.job_queue import signals_call
from tray_app.desktop.tray.pystray_base import IconEvents

log = logging.getLogger(__name__)

_DELAY = 0.01
"""Seconds; how many does not matter: a delayed call waits until no menu is open."""


class Icon(_darwin.Icon):
    """pystray's icon for macOS. Create and run it in the main thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # No icon in the Dock, and no menu bar. Set before the item exists: macOS 26 does not always
        # draw the item of a program that becomes an accessory later.
        application = AppKit.NSApplication.sharedApplication()
        application.setActivationPolicy_(AppKit.NSApplicationActivationPolicyAccessory)
        super().__init__(*args, **kwargs)
        self.events = IconEvents()

    def _show(self) -> None:
        _in_main_thread(super()._show)

    def _hide(self) -> None:
        _in_main_thread(super()._hide)

    def _update_icon(self) -> None:
        _in_main_thread(super()._update_icon)

    def _update_title(self) -> None:
        _in_main_thread(super()._update_title)

    def _update_menu(self) -> None:
        """Replace the menu once it is closed, which a delayed call waits for: a click on a row of
        the old menu would run the row of the new one in the same place."""
        AppHelper.callLater(_DELAY, _do, super()._update_menu)

    def _stop(self) -> None:
        _in_main_thread(super()._stop)

    def _run(self) -> None:
        """Run AppKit's loop until `stop`. pystray's own ends the process at Ctrl-C with
        `terminate:`, which never returns, so nothing could be saved; it handles no other signal."""
        center = AppKit.NSNotificationCenter.defaultCenter()
        observer = center.addObserverForName_object_queue_usingBlock_(
            AppKit.NSApplicationWillTerminateNotification, None, None, self._on_terminate
        )
        try:
            with signals_call(lambda: AppHelper.callAfter(_run_signal_handlers)):
                self._mark_ready()
                self._app.run()
        finally:
            center.removeObserver_(observer)
            self._status_bar.removeStatusItem_(self._status_item)

    def _on_terminate(self, _notification: object) -> None:
        """The user logs out: the process ends once this returns."""
        log.info("the macOS session ends")
        self.events.session_ends()


def _in_main_thread(job: Callable[[], None]) -> None:
    """Run the job now in the main thread; elsewhere, queue it there, in the order of the calls."""
    if threading.current_thread() is threading.main_thread():
        job()
    else:
        AppHelper.callAfter(_do, job)


def _do(job: Callable[[], None]) -> None:
    try:
        job()
    except Exception:  # a boundary: AppKit may end a program for it
        log.exception("work for the menu bar failed")


def _run_signal_handlers() -> None:
    """Do nothing: Python runs the handlers before it calls this."""
