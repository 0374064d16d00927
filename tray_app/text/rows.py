"""The fixed rows of the menu, and those of profiles. Light: the first icon needs them."""

from __future__ import annotations

from tray_app.model.signs import OF_COLOUR, Shape
from tray_app.text.lengths import middle, shorten

WIDTH = 45
"""Characters of the longest row: a panel makes the menu as wide as that."""

_MIN_NAME = 20
"""Characters that a long headline leaves to the name of its profile."""

_MARKS = {Shape.CROSS: "×", Shape.BANG: "!", Shape.QUERY: "?", Shape.CHECK: "✓"}  # noqa: RUF001
MARK_OF = {colour: _MARKS[shape] for colour, shape in OF_COLOUR.items()}
"""The icon's shapes, before the names of profiles and events."""

CHECKING = "Checking the token"
CHECKING_TITLE = "Checking the Webex token"
"""The same as a tooltip."""

REFRESH = "Refresh token now"
REFRESHING = "Refreshing token…"
AUTHORIZE = "Sign in through the browser…"
SIGNING_IN = "Signing in…"
OPEN_AGAIN = "Open the sign-in page again"
CANCEL = "Cancel sign-in"
DATA_SOURCES = "Data sources"
EXTEND = "Extend now"
EXTENDING = "Extending…"
KEEP = "Keep alive"
RECENT = "Recent events"
DETAILS = "Details…"
OPTIONS = "Options"
CHECK = "Check now"
CHECK_RUNS = "Checking…"
CHECK_ALL = "Check all now"
CHANGE_SETUP = "Change the set-up…"
OPEN_CONFIG = "Open config"
OPEN_ENV = "Open .env folder"
OPEN_LOG = "Open log"
SNOOZE_HOUR = "Snooze notices for 1 hour"
SNOOZE_DAY = "Snooze notices until tomorrow"
RESUME = "Resume notices (snoozed until {})"
LOGIN = "Start at login"
QUIT = "Quit"

MORE = "More"
NOT_CHECKED = "Not checked yet"
ALL_WELL = "All well"


def counted(title: str, number: int) -> str:
    """Return the row of a submenu with so many profiles: "All well (3)"."""
    return f"{title} ({number})"


def profile(name: str, shape: Shape, headline: str) -> str:
    """Return the row of one of several profiles; if it is too long, with the cause alone."""
    mark = _MARKS[shape]
    said = headline
    for end in (": ", ", but "):
        if len(f"{mark} {name}: {headline}") > WIDTH and end in headline:
            said = headline.partition(end)[2]
    room = WIDTH - len(f"{mark} : {said}")
    return shorten(f"{mark} {middle(name, max(room, _MIN_NAME))}: {said}", WIDTH)


def group(names: str) -> str:
    """Return the row of a submenu of profiles. `names`: from which to which."""
    return middle(names, WIDTH)
