"""A snapshot as labels: what the panel shows, and nothing else. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from tray_app.core import wording
from tray_app.core.model import Colour, Reason, Shape
from tray_app.core.times import clock
from tray_app.snapshot import Doing, Snapshot

_BY_SIGN_IN = {Reason.SIGN_IN_ENDED, Reason.SIGN_IN_MISSING, Reason.SIGN_IN_DUE}
_AT_PORTAL = {
    Reason.PERSONAL_TOKEN_ENDED,
    Reason.NOTHING_TO_RENEW_WITH,
    Reason.REFRESH_DUE,
    Reason.WRONG_APP_IDS,
    Reason.WRONG_APP_SECRET,
    Reason.APP_SECRET_MISSING,
    Reason.WRONG_INTEGRATION_SECRET,
    Reason.INTEGRATION_SECRET_MISSING,
}
_IN_CONFIG = _AT_PORTAL | {Reason.NOT_SET_UP, Reason.CONFIG_FAULT}


@dataclass(frozen=True, slots=True)
class View:
    """Every text of icon and menu. An empty line is not shown.

    `waits_for_sign_in`: a page in the browser waits for a person; `signs_in`, `opens_portal` and
    `opens_config`: what a click on the next step does.
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
    signs_in: bool
    opens_portal: bool
    opens_config: bool


def view_of(snapshot: Snapshot, now: datetime, zone: tzinfo | None = None) -> View:
    """Word a snapshot as of `now` (UTC)."""
    health, doing = snapshot.health, snapshot.doing
    return View(
        shape=health.shape,
        colour=health.colour,
        tooltip=wording.tooltip(health, now, zone),
        headline=wording.headline(health, now, zone),
        next_step=wording.step_line(health, now, zone),
        links=tuple(wording.link_line(link, now, zone) for link in health.links),
        checked=wording.checked_line(health, now, zone),
        renewal=wording.renewal_line(health),
        check_label="Checking…" if doing is Doing.CHECKING else "Check now",
        refresh_label="Refreshing token…" if doing is Doing.REFRESHING else "Refresh token now",
        authorize_label=_authorize_label(snapshot, now, zone),
        busy=doing is not Doing.NOTHING,
        waits_for_sign_in=snapshot.sign_in_until is not None and doing is not Doing.SIGNING_IN,
        signs_in=health.reason in _BY_SIGN_IN and doing is not Doing.SIGNING_IN,
        opens_portal=health.reason in _AT_PORTAL,
        opens_config=health.reason in _IN_CONFIG,
    )


def _authorize_label(snapshot: Snapshot, now: datetime, zone: tzinfo | None) -> str:
    if snapshot.doing is Doing.SIGNING_IN:
        return "Signing in…"
    if snapshot.sign_in_until is None:
        return "Re-authorize in browser…"
    return f"Waiting for sign-in (until {clock(snapshot.sign_in_until, now, zone)})"
