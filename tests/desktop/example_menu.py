"""A menu with one of everything, and a record of what was clicked in it."""

import queue
from dataclasses import dataclass, field

from PIL import Image
from pystray import Menu, MenuItem

GREEN, RED = (0, 160, 60, 255), (210, 0, 0, 255)


def plain(colour: tuple[int, int, int, int]) -> Image.Image:
    """A picture of one colour."""
    return Image.new("RGBA", (64, 64), colour)


@dataclass(eq=False)
class Example:
    """The state behind the menu; every click lands in `clicks`."""

    clicks: "queue.Queue[str]" = field(default_factory=queue.Queue)
    label: str = "Refresh now"
    paused: bool = False
    mode: int = 0
    extra: bool = False

    def refresh(self) -> None:
        """The default item."""
        self.clicks.put("refresh")

    def pause(self) -> None:
        """A check mark."""
        self.paused = not self.paused
        self.clicks.put("pause")

    def choose(self, _icon: object, item: MenuItem) -> None:
        """A radio button; learns from the item which one."""
        self.mode = int(item.text[-1])
        self.clicks.put(item.text)

    def chosen(self, item: MenuItem) -> bool:
        """Whether that radio button is set."""
        return item.text == f"Mode_{self.mode}"

    def never(self) -> None:
        """Behind an item that is disabled."""
        self.clicks.put("never")

    def surprise(self) -> None:
        """Behind an item that comes and goes."""
        self.clicks.put("surprise")

    def menu(self) -> Menu:
        """The menu, made anew; labels and states follow the fields."""
        modes = [MenuItem(f"Mode_{n}", self.choose, self.chosen, radio=True) for n in range(3)]
        return Menu(
            MenuItem("Surprise", self.surprise, visible=lambda _: self.extra),
            MenuItem(lambda _: self.label, self.refresh, default=True),
            MenuItem("Paused", self.pause, lambda _: self.paused),
            Menu.SEPARATOR,
            MenuItem("Mode", Menu(*modes)),
            MenuItem("Never", self.never, enabled=False),
        )

    def clicked(self, timeout: float = 60) -> str:
        """The next click that arrived."""
        return self.clicks.get(timeout=timeout)
