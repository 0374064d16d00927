"""Drift: `.env` and the held tokens differ. Decides the repair; service/env_sync does it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tray_app.model.responses import Verdict

if TYPE_CHECKING:
    from tray_app.model.credentials import Pair
    from tray_app.model.secret import Secret


class Repair(StrEnum):
    """How to repair a difference between `.env` and the held tokens."""

    NONE = "none"
    WRITE_BACK = "write-back"
    """Put the held pair into `.env`."""
    ADOPT = "adopt"
    """Hold the pair that `.env` has."""
    TRY_REFRESH = "try-refresh"
    """Hold the refresh token beside a dead access token in `.env`, and put the held access token
    back: another program may have rotated ours, and its access token died before we looked."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What is known of the tokens in `.env` and of the held ones, before Webex is asked.

    `access`, `refresh`: those in `.env`; `is_old`, `refresh_is_old`: whether they are older than
    the held ones (`policy.issue_time`); `is_unasked`: whether only the time of the file says so,
    and Webex has not rejected the access token; `held_is_dead`: whether it rejected the held one;
    `is_foreign`: whether the one in `.env` names another organization; `locked`: whether the held
    ones cannot be read, so that nothing can be saved; `is_out_of_bounds`: whether the config is not
    approved, and this `.env` is not its own.
    """

    access: Secret | None
    refresh: Secret | None
    held: Pair | None
    is_old: bool = False
    is_unasked: bool = False
    refresh_is_old: bool = False
    held_is_dead: bool = False
    is_foreign: bool = False
    locked: bool = False
    is_out_of_bounds: bool = False

    @property
    def may_keep(self) -> bool:
        """Whether tokens of `.env` may be held at all."""
        return not (self.is_foreign or self.locked or self.is_out_of_bounds)

    @property
    def is_held(self) -> bool:
        """Whether `.env` carries the held access token."""
        return self.held is not None and self.held.access == self.access


def repair_before_check(drift: Drift) -> Repair:
    """Return the repair that needs no answer from Webex about the token in `.env`."""
    if drift.access is None:
        return _write_back(drift)
    if drift.held is None:
        return _adopt(drift)  # nothing else is held; its refresh token may still work
    if drift.is_old and not (drift.is_held or drift.is_unasked):
        return _write_back(drift)  # a crash between keyring and `.env`, or an old copy
    return Repair.NONE


def repair_after_check(drift: Drift, verdict: Verdict | None) -> Repair:
    """Return the repair after Webex was asked about the token in `.env`, and about the held one if
    `asks_held`. `verdict`: on the one in `.env`; None if an answer is missing."""
    if verdict is None or drift.held is None or drift.is_held:
        return Repair.NONE
    if verdict is Verdict.REJECTED:
        return Repair.TRY_REFRESH if _may_refresh(drift) else _write_back(drift)
    if drift.is_unasked:
        return _adopt(drift) if drift.held_is_dead else Repair.WRITE_BACK
    return Repair.NONE if drift.is_old else _adopt(drift)


def asks_held(drift: Drift, verdict: Verdict | None) -> bool:
    """Whether Webex is to be asked about the held token, too: the one in `.env` works, and is older
    by the time of its file alone."""
    is_live = verdict not in (None, Verdict.REJECTED)
    return is_live and drift.is_unasked and drift.held is not None and not drift.held_is_dead


def _write_back(drift: Drift) -> Repair:
    can = drift.held is not None and not drift.held_is_dead
    return Repair.WRITE_BACK if can else Repair.NONE


def _adopt(drift: Drift) -> Repair:
    return Repair.ADOPT if drift.may_keep else Repair.NONE


def _may_refresh(drift: Drift) -> bool:
    found, held = drift.refresh, drift.held
    if found is None or held is None or not drift.may_keep:
        return False
    return found not in (held.access, held.refresh) and found.is_bearer and not drift.refresh_is_old
