"""Data sources as the rows of a submenu. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo

from tray_app.desktop.labels import SourceRow
from tray_app.model.data_sources import WatchedDataSource
from tray_app.model.health import Health, Link
from tray_app.model.snapshot import Activity, Snapshot
from tray_app.text import health as health_text
from tray_app.text.data_sources import RIGHTS, UNSEEN


def source_rows(
    snapshot: Snapshot, now: datetime, zone: tzinfo | None = None
) -> tuple[SourceRow, ...]:
    """Word the data sources of a snapshot."""
    links = {link.source_id: link for link in snapshot.health.links if link.source_id}
    return tuple(
        _row(watched, links[watched.source.id], snapshot.activity, now, zone)
        for watched in snapshot.health.sources or ()
    )


def source_note(health: Health) -> str:
    """Say why there are none, where that is known; "" else."""
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
