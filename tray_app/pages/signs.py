"""The four signs of the icon, and the words that go with them."""

from __future__ import annotations

from tray_app.model.signs import Shape
from tray_app.pages.html import DISC, KEY, Html, element, icon

WORDS = {
    Shape.CHECK: "works",
    Shape.BANG: "needs a look",
    Shape.CROSS: "fails",
    Shape.QUERY: "not known",
}

_GROUNDS = {
    Shape.CHECK: DISC,
    Shape.BANG: "M12 2.5 22.5 21h-21z",
    Shape.CROSS: "M8 2h8l6 6v8l-6 6H8l-6-6V8z",
    Shape.QUERY: "M12 3a9 9 0 1 0 .01 0z",
}
_MARKS = {
    Shape.CHECK: KEY,  # as in the tray: desktop/icon_art.py
    Shape.BANG: "M12 9v6M12 18v.4",
    Shape.CROSS: "M8.5 8.5l7 7m0-7l-7 7",
    Shape.QUERY: "M9.3 9.6a2.8 2.8 0 1 1 4 2.5c-.9.5-1.3 1-1.3 1.9M12 16.9v.3",
}
_LINES = {Shape.BANG: "#221400", Shape.QUERY: "#221400"}
_FILLS = {
    Shape.CHECK: "#20a04c",
    Shape.BANG: "#ffb000",
    Shape.CROSS: "#d21a26",
    Shape.QUERY: "#ffb000",
}
"""The colours of the tray's icon."""

TAB_ICONS = {
    shape: icon(_GROUNDS[shape], mark, _FILLS[shape], _LINES.get(shape, "#fff"))
    for shape, mark in _MARKS.items()
}
"""For the tab of a page that shows a state."""


def sign(shape: Shape, size: int, *, named: bool = False) -> Html:
    """Return the sign. `named`: it stands alone, so it has a name for those who do not see it."""
    name = {"role": "img", "aria-label": WORDS[shape]} if named else {"aria-hidden": "true"}
    return element(
        "svg",
        element("path", class_="ground", d=_GROUNDS[shape]),
        element("path", class_="mark", d=_MARKS[shape]),
        class_=f"sign {shape}",
        width=size,
        height=size,
        viewBox="0 0 24 24",
        **name,
    )
