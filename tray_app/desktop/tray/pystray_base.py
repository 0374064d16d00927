"""What we use of pystray, loaded without its own Linux backends.

They have no menu (xorg), need bindings that pip cannot install (gtk, appindicator), and raise
ValueError or DisplayNameError at import without a display; ours is in `statusnotifier`. Import
pystray from here only, because its first import chooses the backend.
"""

import os
import sys
from typing import TYPE_CHECKING

from tray_app.model.printable import printable

_CHOICE = "PYSTRAY_BACKEND"

_chosen = os.environ.get(_CHOICE)
if sys.platform not in {"win32", "darwin"}:
    os.environ[_CHOICE] = "dummy"
try:
    from pystray import Icon, Menu, MenuItem, _base
finally:  # the environment is the user's, and our child processes inherit it
    if _chosen is None:
        os.environ.pop(_CHOICE, None)
    else:
        os.environ[_CHOICE] = _chosen

__all__ = ["Icon", "Menu", "MenuItem", "_base"]

if not TYPE_CHECKING:  # for type checkers it is pystray's own

    class MenuItem(MenuItem):
        """A row whose text is one line: control characters in paths and names are escaped."""

        @property
        def text(self) -> str:
            """The row's present text."""
            return printable(super().text)
