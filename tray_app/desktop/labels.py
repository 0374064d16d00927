"""The texts of icon and menu as plain values, and those that are shown first.

All that the first icon needs: `view_model`, which makes them of a snapshot, is loaded later. Named
tuples, because defining a dataclass takes twice as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tray_app.model.signs import Colour, Shape

if TYPE_CHECKING:
    from tray_app.model.steps import UserAction


class SourceRow(NamedTuple):
    """One data source. `kept`: it is kept alive."""

    id: str
    line: str = ""
    extend_label: str = "Extend now"
    can_extend: bool = False
    kept: bool = False
    can_keep: bool = False


class View(NamedTuple):
    """Every text of icon and menu. An empty line is hidden.

    `waits_for_sign_in`: a page in the browser waits for the user; `step`: what a click on the next
    step does, None if nothing now; `recent`: the last events, newest first.
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
"""Until the first check has begun: what `view_of` returns for `snapshot.STARTING`."""
