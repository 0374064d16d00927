"""What the last check found, in words, for whoever does not want to wait for another.

It shares the journal's database, but loads next to nothing: a shell's prompt waits for the answer.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tray_app.storage.read_only import read_only_mode
from tray_app.system.file_probe import Signature, is_locked, signature

if TYPE_CHECKING:
    from tray_app.storage.database import Database
    from tray_app.text.report import Report


SCHEMA = """
CREATE TABLE IF NOT EXISTS report (profile TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL);
"""

_FORM = 1
"""Of what is kept; another version of ours may have written in another one."""
_TIMEOUT = 0.5
_RENEWING = 4
"""The row of the health table that says so."""


class LastReport:
    """That of one profile, at one API."""

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
    ) -> None:
        """Keep it for others. `report` is so while `lock` is held, by the tray or `watch`, and
        `unattended` is so else; `at`: when it was checked, `now`: when it was put into words (UTC);
        `config` and `env`: the signatures of the files that it speaks of."""
        body = {
            "form": _FORM,
            "base": self._base,
            "day": _day(now.timestamp()),
            "config": config,
            "env": env,
            "report": report,
            "unattended": unattended if unattended != report else None,
            "lock": str(lock) if lock is not None else "",
        }
        self._database.write(
            "INSERT OR REPLACE INTO report VALUES (?, ?, ?)",
            _profile(self._config_path),
            at.timestamp(),
            json.dumps(body),
        )

    def forget(self) -> None:
        """Remove it: it is not so any more."""
        self._database.write("DELETE FROM report WHERE profile = ?", _profile(self._config_path))


class NoLastReport(LastReport):
    """That of a config that is not approved: none is kept, so that none is taken for one that was
    checked as this user's own."""

    def __init__(self) -> None:
        pass

    def save(self, *_arguments: object, **_named: object) -> None:
        """Do nothing."""

    def forget(self) -> None:
        """Do nothing."""


def checked_profiles(token_facts: Path) -> list[tuple[str, str]]:
    """Return which configs have been checked here: where each really is, and its `.env`."""
    found = []
    try:
        db = sqlite3.connect(f"{token_facts.as_uri()}?mode=rw", uri=True, timeout=_TIMEOUT)
        try:
            rows = db.execute("SELECT profile, body FROM report").fetchall()
        finally:
            db.close()
    except (sqlite3.Error, UnicodeDecodeError):
        return []
    for profile, body in rows:
        try:
            found.append((str(profile), str(json.loads(body)["report"]["object"]["env_file"])))
        except (ValueError, KeyError, TypeError):
            continue  # another version's
    return found


def load_last_report(
    token_facts: Path,
    config_path: Path,
    base: str,
    *,
    now: float,
    max_age: float,
    may_write: bool = True,
) -> Report | None:
    """Return what the last check found; None where it is older than `max_age` seconds, or may be
    so no more: config or `.env` edited, the token ended, the words those of another day.

    `now`: seconds since the epoch, UTC; `tidies`: False to leave what a killed run has left beside
    the database as it is.
    """
    how = "mode=rw" if may_write else read_only_mode(token_facts)
    row = _row(token_facts, _profile(config_path), how)
    if row is None:
        return None
    at, text = row
    body = json.loads(text)
    if (body["form"], body.get("base"), body.get("day")) != (_FORM, base, _day(now)):
        return None
    report: Report | None = _of_now(body)
    if report is None:
        return None
    said = report["object"]
    if not 0 <= now - at <= max_age or _has_ended(said["until"], now):
        return None
    files = ((config_path, body["config"]), (Path(said["env_file"]), body["env"]))
    return None if any(list(signature(path)) != seen for path, seen in files) else report


def _of_now(body: dict[str, Any]) -> Report | None:
    """The report that is so while the tray or `watch` runs, or while neither does."""
    report: Report = body["report"]
    if "unattended" not in body:  # of an older version: who was to renew may have gone
        return None if report["object"]["row"] == _RENEWING else report
    other: Report | None = body["unattended"]
    return report if other is None or is_locked(body["lock"]) else other


def _day(at: float) -> str:
    """What the words depend on beside the facts: the local date, and the offset from UTC."""
    return time.strftime("%Y-%m-%d %z", time.localtime(at))


def _row(token_facts: Path, profile: str, how: str) -> tuple[float, str] | None:
    """What is kept; whatever is in the way, a check finds out as well."""
    try:
        db = sqlite3.connect(f"{token_facts.as_uri()}?{how}", uri=True, timeout=_TIMEOUT)
        try:
            found = db.execute("SELECT at, body FROM report WHERE profile = ?", (profile,))
            row: tuple[float, str] | None = found.fetchone()
            return row
        finally:
            db.close()
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def _profile(config_path: Path) -> str:
    real = os.path.normcase(os.path.realpath(config_path))
    try:
        real.encode()
    except UnicodeEncodeError:  # SQLite takes UTF-8 alone; this is no path, so it is no other's
        return f"not UTF-8: {os.fsencode(real).hex()}"
    return real


def _has_ended(until: str | None, now: float) -> bool:
    return until is not None and now >= datetime.fromisoformat(until).timestamp()
