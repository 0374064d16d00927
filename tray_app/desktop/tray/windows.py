"""The icon in the notification area of Windows: pystray's, with what it leaves out.

pystray destroys a menu that is open when the next update comes, vetoes the end of the session,
does not hear Ctrl-C while it waits for messages, and draws one size. `run` is the main thread's;
everything else may be called from any thread, as Windows allows for the notification area.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from ctypes import wintypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pystray import _win32
from pystray._util import win32

from tray_app.desktop.icon_art import as_ico
from tray_app.desktop.install.start_menu import APP_ID, ICON_SIZES
from tray_app.desktop.tray.job_queue import signals_call
from tray_app.desktop.tray.pystray_base import IconEvents, Setup
from tray_app.model.errors import TrayError

if TYPE_CHECKING:
    from PIL.Image import Image

assert sys.platform == "win32"  # noqa: S101 - for mypy, which then knows ctypes.windll

log = logging.getLogger(__name__)

_WM_NULL = 0x0000
_WM_QUERYENDSESSION = 0x0011
_WM_ENDSESSION = 0x0016
_WM_DPICHANGED = 0x02E0
_NIN_BALLOONTIMEOUT = 0x0404
_NIN_BALLOONUSERCLICK = 0x0405
_SM_CXSMICON = 49
_PER_MONITOR_AWARE_V2 = -4
_PER_MONITOR_AWARE = 2
_E_ACCESSDENIED = ctypes.c_int(0x80070005).value
_RETRY_SECONDS = 2.0
_NO_DESKTOP = "There is no desktop here, so no icon can be shown. --backend none runs without one."

_user32 = ctypes.WinDLL("user32")


class Icon(_win32.Icon):
    """pystray's Windows icon. `events` says who is told of what; all of it in the main thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _introduce_process()
        super().__init__(*args, **kwargs)
        self.events = IconEvents()
        self._draw: Callable[[int], Image] | None = None
        self._is_up = False
        self._message_handlers |= {
            _WM_QUERYENDSESSION: lambda *_: True,
            _WM_ENDSESSION: self._on_end_session,
            _WM_DPICHANGED: self._on_display_change,
        }

    def run(self, setup: Setup | None = None) -> None:
        """As pystray's. Raises TrayError if there is no desktop."""
        try:
            win32.DestroyWindow(self._create_window(self._atom))
        except OSError:  # later, a thread of pystray's would wait for the window for ever
            raise TrayError(_NO_DESKTOP) from None
        super().run(setup)

    def paint(self, draw: Callable[[int], Image]) -> None:
        """Show this drawing, at the size that Windows wants."""
        self._draw = draw
        self.icon = draw(ICON_SIZES[-1])

    def _show(self) -> None:
        """Put the icon up. If the taskbar is not there yet (at login, or while Explorer restarts),
        try again every two seconds, and when Explorer says that it is there."""
        self._is_up = False
        super()._show()
        if not self._is_up:
            log.info("no taskbar takes the icon yet")
            again = threading.Timer(_RETRY_SECONDS, self._show_again)
            again.daemon = True
            again.start()

    def _show_again(self) -> None:
        if self.visible and not self._is_up:
            self._show()

    def _on_display_change(self, *_: int) -> None:
        """Draw it anew: another resolution or scale has another size for icons."""
        if self.visible and self._is_up:
            self._update_icon()

    def _message(self, code: int, flags: int, **kwargs: Any) -> None:
        """Tell the taskbar. While it has no icon of ours, it is told nothing: once it has one, that
        is shown as it then is."""
        if code != win32.NIM_ADD and not self._is_up:
            return
        size = ctypes.sizeof(win32.NOTIFYICONDATAW)
        data = win32.NOTIFYICONDATAW(cbSize=size, hWnd=self._hwnd, uFlags=flags, **kwargs)
        done = win32.Shell_NotifyIcon(code, data)
        if code == win32.NIM_ADD:  # refused if it is there already
            self._is_up = bool(done or win32.Shell_NotifyIcon(win32.NIM_MODIFY, data))

    def _assert_icon_handle(self) -> None:
        """Load the icon at the size that the taskbar shows, from a file with all sizes."""
        if self._icon_handle or self._draw is None:
            return
        handle, path = tempfile.mkstemp(".ico")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(as_ico([self._draw(size) for size in ICON_SIZES]))
            size = small_icon_size()
            self._icon_handle = win32.LoadImage(
                None, path, win32.IMAGE_ICON, size, size, win32.LR_LOADFROMFILE
            )
        finally:
            Path(path).unlink()

    def _update_menu(self) -> None:
        """Nothing: the menu is made when it is opened, so an open one stays as it is."""
        self._menu_handle = None

    def _on_notify(self, _wparam: int, event: int) -> None:
        """A click on the icon, with either button, opens the menu; one on a notice is reported."""
        if event in (win32.WM_RBUTTONUP, win32.WM_LBUTTONUP):
            self._open_menu()
        elif event == _NIN_BALLOONUSERCLICK:
            self.events.notice_clicked()
        elif event == _NIN_BALLOONTIMEOUT:
            self.events.notice_dismissed()

    def _open_menu(self) -> None:
        callbacks: list[Callable[..., object]] = []
        menu = self._create_menu(self.menu, callbacks)
        try:
            win32.SetForegroundWindow(self._hwnd)  # else a click elsewhere does not close it
            point = wintypes.POINT()
            win32.GetCursorPos(ctypes.byref(point))
            chosen = win32.TrackPopupMenuEx(
                menu,
                win32.TPM_RIGHTALIGN | win32.TPM_BOTTOMALIGN | win32.TPM_RETURNCMD,
                point.x,
                point.y,
                self._menu_hwnd,
                None,
            )
            win32.PostMessage(self._hwnd, _WM_NULL, 0, 0)  # else the next click closes at once
        finally:
            win32.DestroyMenu(menu)
        if chosen > 0:
            callbacks[chosen - 1](self)

    def _create_menu_item(self, item: Any, callbacks: list[Callable[..., object]]) -> Any:
        """Make one row. A single `&` would underline the next letter and not be seen."""
        made = super()._create_menu_item(item, callbacks)
        if made.dwTypeData:
            made.dwTypeData = made.dwTypeData.replace("&", "&&")
        return made

    def _on_end_session(self, is_ending: int, _reason: int) -> int:
        """Windows may end the process once this returns."""
        if is_ending:
            log.info("the Windows session ends")
            self.events.session_ends()
            win32.PostQuitMessage(0)
        return 0

    def _mainloop(self) -> None:
        """Wait for messages. Python runs signal handlers between two calls only, so each signal
        posts a message."""
        with signals_call(lambda: win32.PostMessage(self._hwnd, _WM_NULL, 0, 0)):
            super()._mainloop()


def small_icon_size() -> int:
    """Return the width of a small icon, in pixels of the screen that has the taskbar: its scale may
    have changed since the user logged on."""
    taskbar = wintypes.HWND(_user32.FindWindowW("Shell_TrayWnd", None))
    with suppress(AttributeError):  # Windows before 10 (1607)
        if scale := _user32.GetDpiForWindow(taskbar):
            return int(_user32.GetSystemMetricsForDpi(_SM_CXSMICON, scale))
    return int(_user32.GetSystemMetrics(_SM_CXSMICON))


def _introduce_process() -> None:
    """Give the process a name of its own, else notices come from "Python"; and take the sizes of
    each screen as they are, else Windows blows up a small picture. Both before the first window."""
    ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(APP_ID)
    for each in (_per_monitor_v2, _per_monitor, _user32.SetProcessDPIAware):
        with suppress(OSError, AttributeError):  # not in this version of Windows
            if each():
                return


def _per_monitor_v2() -> bool:
    """Windows 10 (1703) and later."""
    return bool(_user32.SetProcessDpiAwarenessContext(ctypes.c_void_p(_PER_MONITOR_AWARE_V2)))


def _per_monitor() -> bool:
    """Windows 8.1 and later; also if the manifest of the program has said so already."""
    shcore = ctypes.WinDLL("shcore")
    return shcore.SetProcessDpiAwareness(_PER_MONITOR_AWARE) in (0, _E_ACCESSDENIED)
