"""Turns a snapshot into the texts of icon and menu. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo

from tray_app.desktop.labels import SourceRow, View
from tray_app.model.data_sources import WatchedDataSource
from tray_app.model.health import Health, Link
from tray_app.model.snapshot import Activity, Snapshot
from tray_app.model.steps import UserAction, action_for
from tray_app.text import health as health_text
from tray_app.text import history
from tray_app.text.data_sources import RIGHTS, UNSEEN
from tray_app.text.times import clock


def view_of(snapshot: Snapshot, now: datetime, zone: tzinfo | None = None) -> View:
    """Return the texts of a snapshot as of `now` (UTC)."""
    health, activity = snapshot.health, snapshot.activity
    return View(
        shape=health.shape,
        colour=health.colour,
        tooltip=health_text.tooltip(health, now, zone),
        headline=health_text.headline(health, now, zone),
        next_step=health_text.step_line(health, now, zone),
        links=tuple(
            health_text.link_line(link, now, zone) for link in health.links if not link.source_id
        ),
        checked=health_text.checked_line(health, now, zone),
        renewal=health_text.renewal_line(health),
        check_label="Checking…" if activity is Activity.CHECKING else "Check now",
        refresh_label="Refreshing token…"
        if activity is Activity.REFRESHING
        else "Refresh token now",
        authorize_label=_authorize_label(snapshot, now, zone),
        busy=activity is not Activity.NOTHING,
        waits_for_sign_in=snapshot.sign_in_until is not None
        and activity is not Activity.SIGNING_IN,
        step=_step(snapshot),
        sources=source_rows(snapshot, now, zone),
        sources_note=source_note(health),
        recent=history.recent(snapshot.recent, now, zone),
    )


def _step(snapshot: Snapshot) -> UserAction | None:
    """What a click on the next step does now; None while the worker is busy with it."""
    step, activity = action_for(snapshot.health), snapshot.activity
    if step is UserAction.SIGN_IN:
        return step if activity is not Activity.SIGNING_IN else None
    by_worker = step in (UserAction.REFRESH, UserAction.CHECK, UserAction.EXTEND)
    return None if by_worker and activity is not Activity.NOTHING else step


def _authorize_label(snapshot: Snapshot, now: datetime, zone: tzinfo | None) -> str:
    if snapshot.activity is Activity.SIGNING_IN:
        return "Signing in…"
    if snapshot.sign_in_until is None:
        return "Re-authorize in browser…"
    return f"Waiting for sign-in (until {clock(snapshot.sign_in_until, now, zone)})"


def source_rows(
    snapshot: Snapshot, now: datetime, zone: tzinfo | None = None
) -> tuple[SourceRow, ...]:
    """Return the rows of the data sources."""
    links = {link.source_id: link for link in snapshot.health.links if link.source_id}
    return tuple(
        _row(watched, links[watched.source.id], snapshot.activity, now, zone)
        for watched in snapshot.health.sources or ()
    )


def source_note(health: Health) -> str:
    """Return why there are no data sources; "" if there are some, or if that is unknown."""
    if health.lists_no_sources:
        return f"{UNSEEN}. {RIGHTS}"
    return "This service app has none" if health.sources == () else ""


def _row(
    watched: WatchedDataSource, link: Link, activity: Activity, now: datetime, zone: tzinfo | None
) -> SourceRow:
    is_open = not (watched.source.is_disabled or watched.gone)
    line = health_text.source_line(link, now, zone)
    return SourceRow(
        watched.source.id,
        f"{line}, kept alive" if watched.kept and is_open else line,
        "Extending…" if activity is Activity.EXTENDING else "Extend now",
        can_extend=is_open and activity is Activity.NOTHING,
        kept=watched.kept,
        can_keep=watched.kept or is_open,
    )
