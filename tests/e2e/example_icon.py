"""The smallest program with our icon: says on its output that it is up, and what is clicked.

SIGTERM ends it as a menu's Quit would; SIGUSR1 changes a label, SIGUSR2 adds a row at the top. The
argument tells which of our icons it is: `statusnotifier` (as without), `xembed` or `either`.
"""

import signal
import sys
from functools import partial

import pystray
from pystray import Menu, MenuItem

from tray_app.desktop.icon_art import draw
from tray_app.desktop.tray.detect import Kind, Tray
from tray_app.desktop.tray.pystray_base import paint
from tray_app.model.signs import Colour, Shape

KINDS = {
    "statusnotifier": (Kind.PANEL,),
    "xembed": (Kind.XEMBED,),
    "either": (Kind.PANEL, Kind.XEMBED),
}


def say(text: str) -> None:
    """One line, at once."""
    print(text, flush=True)


def main() -> None:
    """Shows a green icon until Quit."""

    day = ["Friday"]
    added: list[str] = []

    def later(*_: object) -> None:
        day.append("Monday")
        icon.update_menu()

    def add(*_: object) -> None:
        added.append("a row")
        icon.update_menu()

    def up(icon: pystray.Icon) -> None:
        icon.visible = True
        say("up")

    def redden() -> None:
        paint(icon, partial(draw, Shape.CROSS, Colour.RED))
        icon.title = "Expired"
        say("clicked Redden")

    def quit_now() -> None:
        say("clicked Quit")
        icon.stop()

    menu = Menu(
        MenuItem("Added", None, visible=lambda _: bool(added), enabled=False),
        MenuItem(lambda _: f"Works until {day[-1]}", None, enabled=False),
        Menu.SEPARATOR,
        MenuItem("Redden", redden, default=True),
        MenuItem("Quit", quit_now),
    )
    kinds = KINDS[sys.argv[1] if len(sys.argv) > 1 else "statusnotifier"]
    icon_class = Tray(Kind.PENDING, awaits=kinds).icon_class()
    assert icon_class is not None
    icon = icon_class("example", draw(Shape.CHECK, Colour.GREEN, 64), "Works", menu)
    paint(icon, partial(draw, Shape.CHECK, Colour.GREEN))
    signal.signal(signal.SIGTERM, lambda *_: icon.stop())
    signal.signal(signal.SIGUSR1, later)
    signal.signal(signal.SIGUSR2, add)
    icon.run(up)
    say("connection lost" if getattr(icon, "connection_lost", False) else "ended")


if __name__ == "__main__":
    main()
