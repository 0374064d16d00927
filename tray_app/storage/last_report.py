"""The report of the last check, for commands that must not wait for a new one.

It is in the user's database. This module imports next to nothing: a shell prompt waits for it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tray_app.storage.read_only import quick_mode
from tray_app.system.file_probe import Signature, is_locked, signature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tray_app.storage.database import Database
    from tray_app.text.report import Report


SCHEMA = """
CREATE TABLE IF NOT EXISTS report (profile TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS served AS SELECT profile, at, '' AS body FROM report;
CREATE TABLE IF NOT EXISTS used_base (profile TEXT, base TEXT, PRIMARY KEY (profile, base));
"""
"""`served`: the configs that were checked by versions that kept all secrets under the same names,
whoever owned the config. It is filled when it is made, and never again. Only an earlier version
reads its `at` and `body`."""

_FORM = 1
"""The format; another version of this program may use another."""
_TIMEOUT = 0.5
_RENEWING = 4
"""The row of the health table that says "renewing"."""


class LastReport:
    """The last report of one profile at one API."""

    def __init__(self, database: Database, config_path: Path, base: str) -> None:
        self._database = database
        self._config_path = config_path
        self._base = base

    def save(
        self,
        report: Report,
        *,
        unattended: Report,
        lock: Path | None,
        at: datetime,
        now: datetime,
        config: Signature,
        env: Signature,
        others: Sequence[tuple[str, Signature]] = (),
    ) -> None:
        """Save it. `report` applies while the tray or `watch` holds `lock`, `unattended` otherwise;
        `at`: when the profile was checked, `now`: when the report was worded (UTC); `config`,
        `env`: the signatures of the files it is about; `others`: more such files."""
        body = {
            "form": _FORM,
            "base": self._base,
            "day": _day(now.timestamp()),
            "config": config,
            "env": env,
            "others": others,
            "report": report,
            "unattended": unattended if unattended != report else None,
            "lock": str(lock) if lock is not None else "",
        }
        self._database.put("report", _profile(self._config_path), at.timestamp(), json.dumps(body))

    def was_served(self) -> bool:
        """Whether a version that did not tell owners apart has checked the config. False after
        `forget_served`."""
        query = "SELECT 1 FROM served WHERE profile = ?"
        return self._database.row(query, _profile(self._config_path)) is not None

    def forget_served(self) -> None:
        """Forget that: the person has been told."""
        self._database.write("DELETE FROM served WHERE profile = ?", _profile(self._config_path))

    def record_base(self) -> None:
        """Record that the profile may have secrets for this API base."""
        self._database.write(
            "INSERT OR IGNORE INTO used_base VALUES (?, ?)", _profile(self._config_path), self._base
        )

    def used_bases(self) -> tuple[str, ...]:
        """Return what `record_base` recorded of the profile."""
        query, profile = "SELECT base FROM used_base WHERE profile = ?", _profile(self._config_path)
        return tuple(base for (base,) in self._database.rows(query, profile))

    def forget_base(self) -> None:
        """The profile has no secrets for this API base any more."""
        self._database.write(
            "DELETE FROM used_base WHERE profile = ? AND base = ?",
            _profile(self._config_path),
            self._base,
        )

    def forget(self) -> None:
        """Remove it: it no longer applies."""
        self._database.write("DELETE FROM report WHERE profile = ?", _profile(self._config_path))
        self.forget_served()


class NoLastReport(LastReport):
    """For a config that is not approved: none is saved, as a saved report would count as proof that
    the user has used the config."""

    def __init__(self) -> None:
        pass

    def save(self, *_arguments: object, **_named: object) -> None:
        """Do nothing."""

    def was_served(self) -> bool:
        """Return False."""
        return False

    def forget(self) -> None:
        """Do nothing."""


def checked_profiles(database: Path) -> list[tuple[str, str]]:
    """Return the configs that were checked on this machine: each one's real path and `.env`."""
    found = []
    for profile, body in _rows(database, "SELECT profile, body FROM report"):
        try:
            found.append((str(profile), str(json.loads(body)["report"]["object"]["env_file"])))
        except (ValueError, KeyError, TypeError):
            continue  # of another version
    return found


class Elsewhere(NamedTuple):
    """The API base at which a config was last checked, and whether the tray or `watch` runs that
    did so."""

    base: str
    is_running: bool


def checked_elsewhere(database: Path, config_path: Path, base: str) -> Elsewhere | None:
    """Return where the config was last checked; None for never, or at this API base."""
    query = "SELECT body FROM report WHERE profile = ?"
    for (text,) in _rows(database, query, _profile(config_path), may_write=False):
        try:
            body = json.loads(text)
            found, lock = body["base"], str(body["lock"])
        except (ValueError, KeyError, TypeError):
            return None  # damaged, or of another version
        if found not in (None, base):
            return Elsewhere(str(found), is_locked(lock))
    return None


def load_last_report(
    database: Path,
    config_path: Path,
    base: str,
    *,
    now: float,
    max_age: float,
    may_write: bool = True,
) -> Report | None:
    """Return the last report; None if it is older than `max_age` seconds or may no longer apply:
    the config or `.env` was edited, the token has expired, or the day has changed.

    `now`: seconds since the epoch, UTC; `may_write`: whether SQLite may clean up after a process
    that was killed.
    """
    saved = "SELECT at, body FROM report WHERE profile = ?"
    rows = _rows(database, saved, _profile(config_path), may_write=may_write)
    if not rows:
        return None
    at, text = rows[0]
    body = json.loads(text)
    if (body["form"], body.get("base"), body.get("day")) != (_FORM, base, _day(now)):
        return None
    report: Report | None = _of_now(body)
    if report is None:
        return None
    said = report["object"]
    if not 0 <= now - at <= max_age or _has_ended(said["until"], now):
        return None
    files = [(config_path, body["config"]), (said["env_file"], body["env"])]
    files += body.get("others", [])
    return None if any(list(signature(Path(path))) != seen for path, seen in files) else report


def _of_now(body: dict[str, Any]) -> Report | None:
    """The report for the tray or `watch` running, or for neither."""
    report: Report = body["report"]
    if "unattended" not in body:  # an older version's: the process may have ended meanwhile
        return None if report["object"]["row"] == _RENEWING else report
    other: Report | None = body["unattended"]
    return report if other is None or is_locked(body["lock"]) else other


def _day(at: float) -> str:
    """What the wording depends on besides the facts: local date and offset from UTC."""
    return time.strftime("%Y-%m-%d %z", time.localtime(at))


def _rows(
    database: Path, query: str, *values: str, may_write: bool = True
) -> list[tuple[Any, ...]]:
    """The rows; none if the database cannot be read, which the next check reports."""
    try:
        mode = quick_mode(database, may_write=may_write)
        db = sqlite3.connect(f"{database.as_uri()}?{mode}", uri=True, timeout=_TIMEOUT)
        try:
            return db.execute(query, values).fetchall()
        finally:
            db.close()
    except (sqlite3.Error, UnicodeDecodeError):
        return []


def _profile(config_path: Path) -> str:
    real = os.path.normcase(os.path.realpath(config_path))
    try:
        real.encode()
    except UnicodeEncodeError:  # SQLite takes only UTF-8; no other path has this form
        return f"not UTF-8: {os.fsencode(real).hex()}"
    return real


def _has_ended(until: str | None, now: float) -> bool:
    return until is not None and now >= datetime.fromisoformat(until).timestamp()
