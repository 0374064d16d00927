"""The smallest program with our icon: says on its output what is clicked.

SIGTERM ends it as a menu's Quit would; SIGUSR1 changes a label.
"""

import signal
from functools import partial

from pystray import Menu, MenuItem

from tray_app.core.model import Colour, Shape
from tray_app.desktop.icons import draw
from tray_app.desktop.statusnotifier import Icon


def say(text: str) -> None:
    """One line, at once."""
    print(text, flush=True)


def main() -> None:
    """Shows a green icon until Quit."""

    day = ["Friday"]

    def later(*_: object) -> None:
        day.append("Monday")
        icon.update_menu()

    def redden() -> None:
        icon.paint(partial(draw, Shape.CROSS, Colour.RED))
        icon.title = "Expired"
        say("clicked Redden")

    def quit_now() -> None:
        say("clicked Quit")
        icon.stop()

    menu = Menu(
        MenuItem(lambda _: f"Works until {day[-1]}", None, enabled=False),
        Menu.SEPARATOR,
        MenuItem("Redden", redden, default=True),
        MenuItem("Quit", quit_now),
    )
    icon = Icon("example", title="Works", menu=menu, draw=partial(draw, Shape.CHECK, Colour.GREEN))
    signal.signal(signal.SIGTERM, lambda *_: icon.stop())
    signal.signal(signal.SIGUSR1, later)
    icon.run()
    say("bus lost" if icon.bus_lost else "ended")


if __name__ == "__main__":
    main()
