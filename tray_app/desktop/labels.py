"""What the panel shows, as labels: no more is needed for an icon to be seen.

Words for everything else (`view`) are loaded once it is. Named tuples: a dataclass takes twice as
long to be made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tray_app.model.signs import Colour, Shape

if TYPE_CHECKING:
    from tray_app.model.steps import UserAction


class SourceRow(NamedTuple):
    """One data source. `kept`: it is ticked."""

    id: str
    line: str = ""
    extend_label: str = "Extend now"
    can_extend: bool = False
    kept: bool = False
    can_keep: bool = False


class View(NamedTuple):
    """Every text of icon and menu. An empty line is not shown.

    `waits_for_sign_in`: a page in the browser waits for a person; `step`: what a click on the next
    step does, None where it can do nothing now; `recent`: the last events, the newest first.
    """

    shape: Shape
    colour: Colour
    tooltip: str
    headline: str
    next_step: str
    links: tuple[str, ...]
    checked: str
    renewal: str
    check_label: str
    refresh_label: str
    authorize_label: str
    busy: bool
    waits_for_sign_in: bool
    step: UserAction | None
    recent: tuple[str, ...]
    sources: tuple[SourceRow, ...]
    sources_note: str


FIRST = View(
    shape=Shape.QUERY,
    colour=Colour.AMBER,
    tooltip="Webex token: Checking the token",
    headline="Checking the token",
    next_step="Wait for the answer",
    links=(),
    checked="Not checked yet",
    renewal="",
    check_label="Checking…",
    refresh_label="Refresh token now",
    authorize_label="Re-authorize in browser…",
    busy=True,
    waits_for_sign_in=False,
    step=None,
    recent=(),
    sources=(),
    sources_note="",
)
"""Until the first check has begun: what `view` makes of `snapshot.STARTING`."""
