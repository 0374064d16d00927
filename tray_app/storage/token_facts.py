"""The journal: facts about tokens by the hash of the token, and what was refused. No secrets.

SQLite in WAL mode, shared by every process of this user: `status` adds to what the tray knows.
Times are kept as seconds since the epoch, UTC.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tray_app.model.credentials import Effect, Lifespan, Usage
from tray_app.model.failures import Refusal
from tray_app.model.renewal import RecordedRefusal
from tray_app.model.secret import Secret
from tray_app.storage import event_log, last_report
from tray_app.storage.database import Database
from tray_app.storage.event_log import EventLog
from tray_app.storage.last_report import LastReport

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
"""Table, key, and when it was last of use."""


class ProbeRecord:
    """What probes have said of one token. Times are UTC, None where it never happened."""

    def __init__(self, confirmed_at: datetime | None, rejected: bool, under_scoped: bool) -> None:
        self.confirmed_at = confirmed_at
        self.rejected = rejected
        self.under_scoped = under_scoped


class TokenFacts:
    """One database, for any number of threads and profiles. Where none can be kept on disk, facts
    live as long as the process."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path, _SCHEMA + event_log.SCHEMA + last_report.SCHEMA)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    @property
    def version(self) -> int:
        """A number that is another one as soon as another process has added facts."""
        return self.database.version

    def history(self, profile: str) -> EventLog:
        """Return the history of one profile, in the same database."""
        return EventLog(self.database, profile)

    def report(self, config_path: Path, base: str) -> LastReport:
        """Return the place of a profile's last report, in the same database."""
        return LastReport(self.database, config_path, base)

    def record_lifespan(self, token: Secret, life: Lifespan) -> None:
        """Remember when the token was received and when it ends."""
        self.database.write(
            "INSERT OR REPLACE INTO life VALUES (?, ?, ?)",
            token.digest,
            life.began.timestamp(),
            life.ends.timestamp(),
        )

    def record_lifetime(self, token: Secret | None, life: timedelta | None, now: datetime) -> None:
        """Remember a life that an answer told; a token that came again keeps its beginning."""
        if token is None or life is None:
            return
        known = self.lifespan(token)
        began = min(known.began, now) if known else now
        self.record_lifespan(token, Lifespan(began, now + life))

    def lifespan(self, token: Secret) -> Lifespan | None:
        """Return what `learn` was told of this token."""
        row = self.database.row("SELECT began, ends FROM life WHERE digest = ?", token.digest)
        return Lifespan(_time(row[0]), _time(row[1])) if row else None

    def record_usage(self, token: Secret, usage: Usage) -> None:
        """Remember what having and using the token has shown."""
        used = usage.used_at.timestamp() if usage.used_at else None
        self.database.write(
            "INSERT OR REPLACE INTO usage VALUES (?, ?, ?, ?)",
            token.digest,
            usage.seen_at.timestamp(),
            used,
            str(usage.effect),
        )

    def usage(self, token: Secret) -> Usage | None:
        """Return what `use` was told of this token."""
        row = self.database.row(
            "SELECT seen, used, effect FROM usage WHERE digest = ?", token.digest
        )
        if row is None:
            return None
        effect = Effect(row[2]) if row[2] in frozenset(Effect) else Effect.UNKNOWN
        return Usage(_time(row[0]), _time(row[1]) if row[1] is not None else None, effect)

    def confirm(self, token: Secret, at: datetime, *, under_scoped: bool) -> None:
        """Remember that the token worked at this time: earlier rejections are void."""
        self.database.write(
            "INSERT OR REPLACE INTO probe VALUES (?, ?, ?, NULL)",
            token.digest,
            at.timestamp(),
            under_scoped,
        )

    def reject(self, token: Secret, at: datetime) -> None:
        """Remember that the token was rejected twice."""
        self.database.write(
            "INSERT INTO probe VALUES (?, NULL, 0, ?)"
            " ON CONFLICT (digest) DO UPDATE SET rejected = excluded.rejected",
            token.digest,
            at.timestamp(),
        )

    def seen(self, token: Secret) -> ProbeRecord:
        """Return what probes have said of this token."""
        row = self.database.row(
            "SELECT confirmed, rejected, under_scoped FROM probe WHERE digest = ?", token.digest
        )
        if row is None:
            return ProbeRecord(None, rejected=False, under_scoped=False)
        confirmed = _time(row[0]) if row[0] is not None else None
        return ProbeRecord(confirmed, rejected=row[1] is not None, under_scoped=bool(row[2]))

    def record_refusal(self, key: str, mark: RecordedRefusal) -> None:
        """Remember a refusal under its key (see policy.renewal)."""
        self.database.write(
            "INSERT OR REPLACE INTO mark VALUES (?, ?, ?)",
            key,
            str(mark.refusal),
            mark.at.timestamp(),
        )

    def clear_refusals(self, *keys: str) -> None:
        """Forget refusals that a success has disproved."""
        for key in keys:
            self.database.write("DELETE FROM mark WHERE key = ?", key)

    def refusals(self, keys: Collection[str]) -> dict[str, RecordedRefusal]:
        """Return the refusals that are remembered under any of these keys."""
        wanted = "SELECT key, refusal, at FROM mark WHERE key IN (SELECT value FROM json_each(?))"
        rows = self.database.rows(wanted, json.dumps(list(keys)))
        known = frozenset(Refusal)  # a newer version of ours may have written others
        return {
            key: RecordedRefusal(Refusal(refusal), _time(at))
            for key, refusal, at in rows
            if refusal in known
        }

    def supersede(self, secret: Secret, at: datetime) -> None:
        """Remember that a newer value has taken this one's place."""
        self.database.write(
            "INSERT OR REPLACE INTO superseded VALUES (?, ?)", secret.digest, at.timestamp()
        )

    def is_superseded(self, secret: Secret) -> bool:
        """Whether a newer value has taken this one's place (a file restored from git)."""
        return (
            self.database.row("SELECT 1 FROM superseded WHERE digest = ?", secret.digest)
            is not None
        )

    def pause(self, name: str, until: datetime) -> None:
        """Remember that something is not to be done before this time."""
        self.database.write("INSERT OR REPLACE INTO pause VALUES (?, ?)", name, until.timestamp())

    def paused_until(self, name: str) -> datetime | None:
        """Return what `pause` was told."""
        row = self.database.row("SELECT until FROM pause WHERE name = ?", name)
        return _time(row[0]) if row else None

    def reported_configs(self) -> tuple[Path, ...]:
        """Return the configs of the profiles that have a last report."""
        return tuple(Path(row[0]) for row in self.database.rows("SELECT profile FROM report"))

    def forget_tokens(self, tokens: Collection[Secret]) -> None:
        """Remove every fact about these tokens."""
        for token in tokens:
            for table in ("life", "probe", "superseded", "usage"):
                self.database.write(
                    f"DELETE FROM {table} WHERE digest = ?",  # noqa: S608 - our own names
                    token.digest,
                )

    def forget_before(self, moment: datetime, needed: Collection[str]) -> None:
        """Remove facts that are older, and those of tokens that had ended by then.

        `needed`: the digests and the keys that are in use; what hangs on them stays, however old.
        """
        for table, key, told_at in _AGING:
            old = self.database.rows(
                f"SELECT {key} FROM {table} WHERE {told_at} < ?",  # noqa: S608 - our own names
                moment.timestamp(),
            )
            for (name,) in old:
                if name not in needed:
                    self.database.write(f"DELETE FROM {table} WHERE {key} = ?", name)  # noqa: S608


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
