"""A snapshot as labels: what the panel shows, and nothing else. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo

from tray_app.core import history_wording, wording
from tray_app.core.steps import Step, step_of
from tray_app.core.times import clock
from tray_app.desktop.labels import View
from tray_app.desktop.source_view import source_note, source_rows
from tray_app.snapshot import Doing, Snapshot


def view_of(snapshot: Snapshot, now: datetime, zone: tzinfo | None = None) -> View:
    """Word a snapshot as of `now` (UTC)."""
    health, doing = snapshot.health, snapshot.doing
    return View(
        shape=health.shape,
        colour=health.colour,
        tooltip=wording.tooltip(health, now, zone),
        headline=wording.headline(health, now, zone),
        next_step=wording.step_line(health, now, zone),
        links=tuple(
            wording.link_line(link, now, zone) for link in health.links if not link.source_id
        ),
        checked=wording.checked_line(health, now, zone),
        renewal=wording.renewal_line(health),
        check_label="Checking…" if doing is Doing.CHECKING else "Check now",
        refresh_label="Refreshing token…" if doing is Doing.REFRESHING else "Refresh token now",
        authorize_label=_authorize_label(snapshot, now, zone),
        busy=doing is not Doing.NOTHING,
        waits_for_sign_in=snapshot.sign_in_until is not None and doing is not Doing.SIGNING_IN,
        step=_step(snapshot),
        sources=source_rows(snapshot, now, zone),
        sources_note=source_note(health),
        recent=history_wording.recent(snapshot.recent, now, zone),
    )


def _step(snapshot: Snapshot) -> Step | None:
    """What a click can do now: what the worker is at already is not asked for again."""
    step, doing = step_of(snapshot.health), snapshot.doing
    if step is Step.SIGN_IN:
        return step if doing is not Doing.SIGNING_IN else None
    by_worker = step in (Step.REFRESH, Step.CHECK, Step.EXTEND)
    return None if by_worker and doing is not Doing.NOTHING else step


def _authorize_label(snapshot: Snapshot, now: datetime, zone: tzinfo | None) -> str:
    if snapshot.doing is Doing.SIGNING_IN:
        return "Signing in…"
    if snapshot.sign_in_until is None:
        return "Re-authorize in browser…"
    return f"Waiting for sign-in (until {clock(snapshot.sign_in_until, now, zone)})"
