"""The floor of a tray program: an icon with one row, through the same StatusNotifier class as ours.

No worker, no config, no check for a panel; what our program does beyond this is the difference.
"""

import signal

from tray_app.desktop.tray.pystray_base import Menu, MenuItem
from tray_app.desktop.tray.statusnotifier import Icon


def main() -> None:
    """Shows it until SIGTERM."""
    from PIL import Image

    def _quit() -> None:
        icon.stop()

    picture = Image.new("RGBA", (64, 64), (32, 160, 76, 255))
    icon = Icon("hello", picture, "Hello", Menu(MenuItem("Quit", _quit)))
    signal.signal(signal.SIGTERM, lambda *_: icon.stop())
    icon.run()


if __name__ == "__main__":
    main()
