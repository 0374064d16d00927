"""What the last check found: kept for others, and given out only while it may still be so."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import filelock
import pytest

from tray_app.storage.last_report import checked_elsewhere, load_last_report
from tray_app.storage.token_facts import TokenFacts
from tray_app.system.file_probe import signature
from tray_app.text.report import Report

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BASE = "https://webexapis.com/v1"


@dataclass
class Kept:
    """A report in its place, and the files that it speaks of."""

    folder: Path
    report: Report = field(init=False)
    unattended: Report | None = None

    def __post_init__(self) -> None:
        self.token_facts = self.folder / "state" / "journal.sqlite3"
        self.config, self.env = self.folder / "token-config.json", self.folder / ".env"
        self.lock = self.folder / "instance-0.lock"
        self.config.write_text("{}")
        self.env.write_text("A=b")
        said = {"env_file": str(self.env), "until": "2026-03-02T13:00:00Z", "colour": "green"}
        self.report = {"object": said, "step": "", "forecast": "", "lines": []}

    def save(self, at: datetime = NOON, base: str = BASE) -> None:
        with closing(TokenFacts(self.token_facts)) as token_facts:
            place = token_facts.report(self.config, base)
            seen = signature(self.config), signature(self.env)
            place.save(
                self.report,
                unattended=self.unattended or self.report,
                lock=self.lock,
                at=at,
                now=at,
                config=seen[0],
                env=seen[1],
            )

    def read(self, after: float = 0.0, max_age: float = 300.0, base: str = BASE) -> Any:
        now = NOON.timestamp() + after
        return load_last_report(self.token_facts, self.config, base, now=now, max_age=max_age)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    made = Kept(tmp_path)
    made.save()
    return made


def test_what_was_kept_is_read_by_another_process(kept: Kept) -> None:
    assert kept.read() == kept.report


@pytest.mark.parametrize(
    ("after", "there"), [(0, True), (300, True), (300.1, False), (-0.1, False)]
)
def test_no_older_than_is_wanted_and_not_from_the_future(
    kept: Kept, after: float, there: bool
) -> None:
    assert (kept.read(after) is not None) is there


def test_the_newest_takes_the_place_of_the_older(kept: Kept) -> None:
    kept.report["step"] = "newer"
    kept.save(NOON + timedelta(minutes=1))
    assert kept.read(after=61)["step"] == "newer"


def test_nothing_is_given_out_once_the_token_has_ended(kept: Kept) -> None:
    assert kept.read(3599, max_age=7200) is not None
    assert kept.read(3600, max_age=7200) is None


@pytest.mark.parametrize("which", ["config", "env"])
def test_nothing_is_given_out_once_a_file_is_another(kept: Kept, which: str) -> None:
    path: Path = getattr(kept, which)
    path.write_text("longer than before")
    assert kept.read() is None
    path.unlink()
    assert kept.read() is None


def test_a_missing_env_is_as_it_was_until_there_is_one(kept: Kept) -> None:
    kept.env.unlink()
    kept.save()
    assert kept.read() is not None
    kept.env.write_text("")
    assert kept.read() is None


def test_another_api_has_no_report(kept: Kept) -> None:
    assert kept.read(base="http://127.0.0.1:1/v1") is None


@pytest.mark.posix
def test_the_words_of_another_day_or_zone_are_not_given_out(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They say 14:03 of today, and Tue 7 Dec 14:03 of another day."""
    assert kept.read(24 * 3600, max_age=1e6) is None
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        assert kept.read() is None
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_report_that_is_forgotten_is_gone(kept: Kept) -> None:
    with closing(TokenFacts(kept.token_facts)) as token_facts:
        token_facts.report(kept.config, BASE).forget()
    assert kept.read() is None


def test_another_profile_has_none(kept: Kept) -> None:
    other = kept.folder / "other.json"
    found = load_last_report(kept.token_facts, other, BASE, now=NOON.timestamp(), max_age=300)
    assert found is None


def test_the_form_of_another_version_is_not_understood(kept: Kept) -> None:
    with closing(sqlite3.connect(kept.token_facts)) as db, db:
        db.execute("""UPDATE report SET body = '{"form": 2}'""")
    assert kept.read() is None


def test_without_a_database_or_with_a_damaged_one_there_is_none_and_none_is_made(
    kept: Kept, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.sqlite3"
    assert load_last_report(missing, kept.config, BASE, now=NOON.timestamp(), max_age=300) is None
    assert not missing.exists()
    for text in (b"", b"no database at all, and long enough to be seen" * 100):
        missing.write_bytes(text)
        assert (
            load_last_report(missing, kept.config, BASE, now=NOON.timestamp(), max_age=300) is None
        )


def test_being_renewed_does_not_survive_the_process_that_was_renewing(kept: Kept) -> None:
    """A tray that was killed has kept that it renews; a dead token is what is left."""
    red: Report = {**kept.report, "step": "run it"}
    kept.unattended = red
    kept.save()
    assert kept.read() == red
    with filelock.FileLock(kept.lock):
        assert kept.read() == kept.report
    assert kept.read() == red


@pytest.mark.parametrize(("row", "there"), [(4, False), (11, True)])
def test_an_older_version_s_report_counts_unless_it_says_renewing(
    kept: Kept, row: int, there: bool
) -> None:
    """It did not know whether anybody would still be there."""
    kept.report["object"]["row"] = row
    kept.save()
    with closing(sqlite3.connect(kept.token_facts)) as db, db:
        db.execute("UPDATE report SET body = json_remove(body, '$.unattended', '$.lock')")
    assert (kept.read() is not None) is there


@pytest.mark.parametrize(
    "body", ["", "[]", "7", "null", "{}", '{"base": null, "lock": ""}', '{"base": "x"}']
)
def test_a_damaged_report_names_no_other_api(kept: Kept, body: str) -> None:
    """Every command asks that first."""
    there = checked_elsewhere(kept.token_facts, kept.config, "http://127.0.0.1:1/v1")
    assert there is not None
    assert (there.base, there.is_running) == (BASE, False)
    with closing(sqlite3.connect(kept.token_facts)) as db, db:
        db.execute("UPDATE report SET body = ?", (body,))
    assert checked_elsewhere(kept.token_facts, kept.config, "http://127.0.0.1:1/v1") is None
