"""Start at login, offered at the end of set-up. Pure."""

from __future__ import annotations

from tray_app.pages.html import NAME, Html, element, join
from tray_app.pages.setup_fields import DO_FIELD
from tray_app.text.rows import LOGIN as LABEL

LOGIN = "login"
"""What the button does."""


def offer() -> Html:
    """Return the question, with its button."""
    why = element("p", f"{NAME} renews the token while it runs.")
    button = element("button", LABEL, type="submit", name=DO_FIELD, value=LOGIN)
    return join(why, element("form", button, method="post", class_="foot"))


def answer(fault: str) -> Html:
    """Return what has come of it. `fault`: a sentence, "" for none."""
    return element("p", fault or f"{NAME} starts at login from now on.")
