"""Facts about tokens, by the hash of the token, and what Webex refused. No secrets.

Checks, refusals and pauses of another Webex than production are apart, by its host. Lifespans,
usage and what was superseded have no host: they are the same for every Webex.

In the user's database, which all processes share: the tray knows what `status` found out. Times are
seconds since the epoch, UTC.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tray_app.model.credentials import Effect, Lifespan, Usage
from tray_app.model.failures import Refusal
from tray_app.model.local_time import from_timestamp
from tray_app.model.renewal import RecordedRefusal
from tray_app.model.secret import Secret
from tray_app.storage import budgets, event_log, incidents, last_report, told_state
from tray_app.storage.budgets import Budgets
from tray_app.storage.database import Database
from tray_app.storage.event_log import EventLog
from tray_app.storage.incidents import IncidentRecord
from tray_app.storage.last_report import LastReport
from tray_app.storage.told_state import ToldStates

_SCHEMA = """
CREATE TABLE IF NOT EXISTS life (digest TEXT PRIMARY KEY, began REAL NOT NULL, ends REAL NOT NULL);
CREATE TABLE IF NOT EXISTS probe (
    digest TEXT PRIMARY KEY, confirmed REAL, under_scoped INTEGER NOT NULL DEFAULT 0, rejected REAL
);
CREATE TABLE IF NOT EXISTS mark (key TEXT PRIMARY KEY, refusal TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS superseded (digest TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS pause (name TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS usage (
    digest TEXT PRIMARY KEY, seen REAL NOT NULL, used REAL, effect TEXT NOT NULL
);
"""

_AGING = (
    ("life", "digest", "ends"),
    ("probe", "digest", "max(coalesce(confirmed, 0), coalesce(rejected, 0))"),
    ("mark", "key", "at"),
    ("superseded", "digest", "at"),
    ("pause", "name", "until"),
    ("usage", "digest", "coalesce(used, seen)"),
    ("report", "profile", "at"),
)
"""Table, key column, and when the row was last needed."""


class CheckRecord(NamedTuple):
    """What checks of one token have found. `confirmed_at`: when it last worked (UTC), or None."""

    confirmed_at: datetime | None
    rejected: bool
    under_scoped: bool


class TokenFacts:
    """The facts of all profiles of this user, for any thread."""

    def __init__(self, path: Path | None, other_host: str = "") -> None:
        """`path`: None if they are to last as long as this process only; `other_host`: that of the
        Webex whose answers are recorded, "" for production. What one says of a token is not
        taken for the other's."""
        self._host = f"{other_host}/" if other_host else ""
        own = (budgets, event_log, last_report, incidents, told_state)
        self.database = Database(path, _SCHEMA + "".join(each.SCHEMA for each in own))

    def _key(self, token: Secret) -> str:
        return self._host + token.digest

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    @property
    def version(self) -> int:
        """A number that changes when another process adds facts."""
        return self.database.version

    @property
    def fingerprint(self) -> tuple[object, ...]:
        """A value that changes when anybody adds facts. Cheap: see `Database.fingerprint`."""
        return self.database.fingerprint

    def history(self, profile: str) -> EventLog:
        """Return a profile's event log, in the same database."""
        return EventLog(self.database, profile)

    def budgets(self, host: str) -> Budgets:
        """Return the request budgets at a host, in the same database."""
        return Budgets(self.database, host)

    def told(self, profile: str) -> ToldStates:
        """Return what was told of a profile's state, in the same database."""
        return ToldStates(self.database, profile)

    def incidents(self, feed: str) -> IncidentRecord:
        """Return what a status feed said last, in the same database."""
        return IncidentRecord(self.database, feed)

    def report(self, config_path: Path, base: str) -> LastReport:
        """Return a profile's last report, in the same database."""
        return LastReport(self.database, config_path, base)

    def record_lifespan(self, token: Secret, life: Lifespan) -> None:
        """Record when the token was received and when it expires."""
        self.database.put("life", token.digest, life.began.timestamp(), life.ends.timestamp())

    def record_lifetime(self, token: Secret | None, life: timedelta | None, now: datetime) -> None:
        """Record the lifetime that a response states; a token seen before keeps its start."""
        if token is None or life is None:
            return
        known = self.lifespan(token)
        began = min(known.began, now) if known else now
        self.record_lifespan(token, Lifespan(began, now + life))

    def lifespan(self, token: Secret) -> Lifespan | None:
        """Return when the token was received and when it expires."""
        row = self.database.row("SELECT began, ends FROM life WHERE digest = ?", token.digest)
        return Lifespan(_time(row[0]), _time(row[1])) if row else None

    def record_usage(self, token: Secret, usage: Usage) -> None:
        """Record what holding and using the token has shown."""
        used = usage.used_at.timestamp() if usage.used_at else None
        self.database.put("usage", token.digest, usage.seen_at.timestamp(), used, str(usage.effect))

    def usage(self, token: Secret) -> Usage | None:
        """Return what `record_usage` recorded."""
        row = self.database.row(
            "SELECT seen, used, effect FROM usage WHERE digest = ?", token.digest
        )
        if row is None:
            return None
        effect = Effect(row[2]) if row[2] in frozenset(Effect) else Effect.UNKNOWN
        return Usage(_time(row[0]), _time(row[1]) if row[1] is not None else None, effect)

    def confirm(self, token: Secret, at: datetime, *, under_scoped: bool) -> None:
        """Record that the token worked at this time; this clears rejections."""
        self.database.put("probe", self._key(token), at.timestamp(), under_scoped, None)

    def reject(self, token: Secret, at: datetime) -> None:
        """Record that the token was rejected twice."""
        self.database.write(
            "INSERT INTO probe VALUES (?, NULL, 0, ?)"
            " ON CONFLICT (digest) DO UPDATE SET rejected = excluded.rejected",
            self._key(token),
            at.timestamp(),
        )

    def seen(self, token: Secret) -> CheckRecord:
        """Return what checks of the token have found."""
        row = self.database.row(
            "SELECT confirmed, rejected, under_scoped FROM probe WHERE digest = ?", self._key(token)
        )
        if row is None:
            return CheckRecord(None, rejected=False, under_scoped=False)
        confirmed = _time(row[0]) if row[0] is not None else None
        return CheckRecord(confirmed, rejected=row[1] is not None, under_scoped=bool(row[2]))

    def record_refusal(self, key: str, mark: RecordedRefusal) -> None:
        """Record a refusal under its key (see policy.renewal)."""
        self.database.put("mark", self._host + key, str(mark.refusal), mark.at.timestamp())

    def clear_refusals(self, *keys: str) -> None:
        """Remove refusals that a success has disproved."""
        for key in keys:
            self.database.write("DELETE FROM mark WHERE key = ?", self._host + key)

    def refusals(self, keys: Collection[str]) -> dict[str, RecordedRefusal]:
        """Return the refusals recorded under these keys."""
        wanted = "SELECT key, refusal, at FROM mark WHERE key IN (SELECT value FROM json_each(?))"
        rows = self.database.rows(wanted, json.dumps([self._host + key for key in keys]))
        known = frozenset(Refusal)  # a newer version of this program may have written others
        return {
            key.removeprefix(self._host): RecordedRefusal(Refusal(refusal), _time(at))
            for key, refusal, at in rows
            if refusal in known
        }

    def supersede(self, secret: Secret, at: datetime) -> None:
        """Record that a newer value has replaced this one."""
        self.database.put("superseded", secret.digest, at.timestamp())

    def is_superseded(self, secret: Secret) -> bool:
        """Whether a newer value has replaced this one (as in a file restored from git)."""
        return (
            self.database.row("SELECT 1 FROM superseded WHERE digest = ?", secret.digest)
            is not None
        )

    def pause(self, name: str, until: datetime) -> None:
        """Record that something must not be done before this time."""
        self.database.put("pause", self._host + name, until.timestamp())

    def paused_until(self, name: str) -> datetime | None:
        """Return what `pause` recorded."""
        row = self.database.row("SELECT until FROM pause WHERE name = ?", self._host + name)
        return _time(row[0]) if row else None

    def reported_configs(self) -> tuple[Path, ...]:
        """Return the configs of the profiles that have a last report, or had one at another Webex
        for which they still have secrets."""
        query = "SELECT profile FROM report UNION SELECT profile FROM used_base"
        return tuple(Path(row[0]) for row in self.database.rows(query))

    def forget_tokens(self, tokens: Collection[Secret]) -> None:
        """Remove every fact about these tokens, but not what other hosts have said."""
        for token in tokens:
            self.database.write("DELETE FROM probe WHERE digest = ?", self._key(token))
            for table in ("life", "superseded", "usage"):
                self.database.write(f"DELETE FROM {table} WHERE digest = ?", token.digest)  # noqa: S608

    def forget_before(self, moment: datetime, needed: Collection[str]) -> None:
        """Remove older facts, and those of tokens that had expired by then.

        `needed`: digests and keys in use; their facts stay.
        """
        for table, key, told_at in _AGING:
            old = self.database.rows(
                f"SELECT {key} FROM {table} WHERE {told_at} < ?",  # noqa: S608 - our own names
                moment.timestamp(),
            )
            for (name,) in old:
                if name.rpartition("/")[2] not in needed:  # without the host
                    self.database.write(f"DELETE FROM {table} WHERE {key} = ?", name)  # noqa: S608


def _time(seconds: float) -> datetime:
    """The time; the epoch if it is damaged, so that the fact counts as an old one."""
    return from_timestamp(seconds) or datetime.fromtimestamp(0, UTC)
