"""What icon and menu show, as plain values, and what they show first.

All that the first icon needs: `view_model`, which makes them of a snapshot, is loaded later. Named
tuples, because defining a dataclass takes twice as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tray_app.model.signs import Colour, Shape
from tray_app.text import rows

if TYPE_CHECKING:
    from tray_app.model.steps import UserAction


class SourceRow(NamedTuple):
    """One data source. `kept`: it is kept alive."""

    id: str
    line: str = ""
    extend_label: str = rows.EXTEND
    can_extend: bool = False
    kept: bool = False
    can_keep: bool = False


class View(NamedTuple):
    """Every text of icon and menu. An empty line is hidden.

    `waits_for_sign_in`: a page in the browser waits for the user; `step`: what a click on the next
    step does, None if it opens the details page; `step_runs`: the worker is at it;
    `authorize_label`: empty if the next step does that; `recent`: the last events, newest first.
    """

    shape: Shape
    colour: Colour
    tooltip: str
    headline: str
    next_step: str
    check_label: str
    refresh_label: str
    authorize_label: str
    busy: bool
    waits_for_sign_in: bool
    step: UserAction | None
    step_runs: bool
    recent: tuple[str, ...]
    sources: tuple[SourceRow, ...]


FIRST = View(
    shape=Shape.QUERY,
    colour=Colour.AMBER,
    tooltip=rows.CHECKING_TITLE,
    headline=rows.CHECKING,
    next_step="",
    check_label=rows.CHECK_RUNS,
    refresh_label=rows.REFRESH,
    authorize_label=rows.AUTHORIZE,
    busy=True,
    waits_for_sign_in=False,
    step=None,
    step_runs=False,
    recent=(),
    sources=(),
)
"""Until the first check has begun: what `view_of` returns for `snapshot.STARTING`."""
