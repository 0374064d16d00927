"""What is used of pystray, loaded without its own Linux backends.

Those have no menu (xorg), need bindings that pip cannot install (gtk, appindicator), and raise
ValueError or DisplayNameError at import without a display; ours is in `statusnotifier`. Everything
here imports pystray from here, so that this decides before it can.
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
finally:  # the environment is a person's, and what we start inherits it
    if _chosen is None:
        os.environ.pop(_CHOICE, None)
    else:
        os.environ[_CHOICE] = _chosen

__all__ = ["Icon", "Menu", "MenuItem", "_base"]

if not TYPE_CHECKING:  # to who uses it, it is pystray's own

    class MenuItem(MenuItem):
        """A row whose text is one line: paths and names of others are shown with escapes."""

        @property
        def text(self) -> str:
            """What the row says now."""
            return printable(super().text)
