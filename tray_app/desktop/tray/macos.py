"""The icon in the menu bar of macOS: pystray's, with every touch of AppKit in the main thread.

AppKit may be used in that thread only, and pystray calls it in whichever thread calls pystray. Any
thread may call ours. Read in the sources of pystray and PyObjC, and tried with a stand-in for
AppKit: it has not run on a Mac.
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
"""Seconds."""


class Icon(_darwin.Icon):
    """pystray's icon for macOS. To be made, and run, in the main thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # No icon in the Dock, and no menu bar. Before there is an item: macOS 26 does not always
        # draw one whose program becomes an accessory later.
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
        """Once the menu is closed, for which a call with a delay waits: a click on a row of the old
        one would call that of the new one in the same place."""
        AppHelper.callLater(_DELAY, _do, super()._update_menu)

    def _stop(self) -> None:
        _in_main_thread(super()._stop)

    def _run(self) -> None:
        """Serve AppKit until `stop`. pystray's would end the process at Ctrl-C, with `terminate:`,
        which returns to nobody who could save; and no other signal would be heard."""
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
        """The process ends once this returns: the user logs out."""
        log.info("the macOS session ends")
        self.events.session_ends()


def _in_main_thread(job: Callable[[], None]) -> None:
    """Do it now in the main thread, else have that thread do it soon, in the order of the calls."""
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
    """Nothing: Python runs them before it calls this."""
