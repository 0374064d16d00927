"""Turns a snapshot into the texts of icon and menu. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo

from tray_app.desktop.labels import SourceRow, View
from tray_app.model.data_sources import WatchedDataSource
from tray_app.model.health import Link
from tray_app.model.snapshot import Activity, Snapshot
from tray_app.model.steps import UserAction, action_for
from tray_app.text import menu, rows


def view_of(snapshot: Snapshot, now: datetime, zone: tzinfo | None = None) -> View:
    """Return the texts of a snapshot as of `now` (UTC)."""
    health, activity = snapshot.health, snapshot.activity
    signing_in = activity is Activity.SIGNING_IN
    waits = snapshot.sign_in_until is not None and not signing_in
    # While the browser waits, the step would be one row too many, and is mostly that.
    next_step = "" if waits else menu.step(health, now, zone)
    step = action_for(health)
    authorize_label = "" if next_step and step is UserAction.SIGN_IN else rows.AUTHORIZE
    return View(
        shape=health.shape,
        colour=health.colour,
        tooltip=menu.tooltip(health, now, zone),
        headline=menu.headline(health, now, zone),
        next_step=next_step,
        check_label=rows.CHECK_RUNS if activity is Activity.CHECKING else rows.CHECK,
        refresh_label=rows.REFRESHING if activity is Activity.REFRESHING else rows.REFRESH,
        authorize_label=rows.SIGNING_IN if signing_in else authorize_label,
        busy=activity is not Activity.NOTHING,
        waits_for_sign_in=waits,
        step=step,
        step_runs=_step_runs(snapshot),
        sources=source_rows(snapshot, now, zone),
        recent=menu.recent(snapshot.recent, now, zone),
    )


def _step_runs(snapshot: Snapshot) -> bool:
    """Whether the worker is busy, so that a click on the next step would have to wait."""
    step, activity = action_for(snapshot.health), snapshot.activity
    if step is UserAction.SIGN_IN:
        return activity is Activity.SIGNING_IN
    by_worker = step in (UserAction.REFRESH, UserAction.CHECK, UserAction.EXTEND)
    return by_worker and activity is not Activity.NOTHING


def source_rows(
    snapshot: Snapshot, now: datetime, zone: tzinfo | None = None
) -> tuple[SourceRow, ...]:
    """Return the rows of the data sources."""
    links = {link.source_id: link for link in snapshot.health.links if link.source_id}
    return tuple(
        _row(watched, links[watched.source.id], snapshot.activity, now, zone)
        for watched in snapshot.health.sources or ()
    )


def _row(
    watched: WatchedDataSource, link: Link, activity: Activity, now: datetime, zone: tzinfo | None
) -> SourceRow:
    return SourceRow(
        watched.source.id,
        menu.source(link, watched, now, zone),
        rows.EXTENDING if activity is Activity.EXTENDING else rows.EXTEND,
        can_extend=watched.is_open and activity is Activity.NOTHING,
        kept=watched.kept,
        can_keep=watched.kept or watched.is_open,
    )
