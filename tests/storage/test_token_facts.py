"""The journal: facts without secrets, shared by processes, dispensable but never in the way."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import ROOT
from tests.samples import token
from tray_app.model.credentials import Effect, Lifespan, Usage
from tray_app.model.failures import Refusal
from tray_app.model.renewal import RecordedRefusal
from tray_app.model.secret import Secret
from tray_app.storage.token_facts import TokenFacts

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIFE = Lifespan(NOON, NOON + timedelta(days=14))
TOKEN, OTHER = token("t"), token("o")
USAGE = Usage(NOON, NOON + timedelta(hours=1), Effect.FIXED)
MARK = RecordedRefusal(Refusal.REJECTED, NOON)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[TokenFacts]:
    with closing(TokenFacts(path)) as journal:
        yield journal


def fill(journal: TokenFacts) -> None:
    """One fact of each kind."""
    journal.learn(TOKEN, LIFE)
    journal.confirm(TOKEN, NOON, under_scoped=True)
    journal.reject(OTHER, NOON)
    journal.mark("dead/1", MARK)
    journal.supersede(OTHER, NOON)
    journal.pause("webexapis.com", NOON + timedelta(minutes=5))
    journal.use(TOKEN, USAGE)


def is_filled(journal: TokenFacts) -> bool:
    seen, other = journal.seen(TOKEN), journal.seen(OTHER)
    return (
        journal.lifespan(TOKEN) == LIFE
        and journal.usage(TOKEN) == USAGE
        and journal.usage(OTHER) is None
        and (seen.confirmed_at, seen.rejected, seen.under_scoped) == (NOON, False, True)
        and (other.confirmed_at, other.rejected, other.under_scoped) == (None, True, False)
        and journal.marks(["dead/1", "other"]) == {"dead/1": MARK}
        and journal.is_superseded(OTHER)
        and not journal.is_superseded(TOKEN)
        and journal.paused_until("webexapis.com") == NOON + timedelta(minutes=5)
    )


def is_empty(journal: TokenFacts) -> bool:
    seen = journal.seen(TOKEN)
    return (
        journal.lifespan(TOKEN) is None
        and (seen.confirmed_at, seen.rejected, seen.under_scoped) == (None, False, False)
        and journal.marks(["dead/1"]) == {}
        and not journal.is_superseded(OTHER)
        and journal.paused_until("webexapis.com") is None
    )


# --- facts ------------------------------------------------------------------------------------


def test_facts_come_back_as_they_were_told(journal: TokenFacts) -> None:
    """Every kind of them; unknown ones are none."""
    assert is_empty(journal)
    fill(journal)
    assert is_filled(journal)


def test_facts_survive_the_process(path: Path) -> None:
    """Another one reads them."""
    with closing(TokenFacts(path)) as journal:
        fill(journal)
    with closing(TokenFacts(path)) as journal:
        assert is_filled(journal)


def test_a_token_that_worked_is_no_longer_rejected(journal: TokenFacts) -> None:
    """And one that is rejected keeps when it last worked."""
    journal.reject(TOKEN, NOON)
    journal.confirm(TOKEN, NOON, under_scoped=False)
    assert not journal.seen(TOKEN).rejected
    journal.reject(TOKEN, NOON + timedelta(hours=1))
    seen = journal.seen(TOKEN)
    assert seen.rejected
    assert seen.confirmed_at == NOON


def test_a_newer_fact_takes_the_place_of_the_older(journal: TokenFacts) -> None:
    """One fact of a kind for each key."""
    longer = Lifespan(NOON, NOON + timedelta(days=90))
    journal.learn(TOKEN, LIFE)
    journal.learn(TOKEN, longer)
    journal.mark("key", MARK)
    journal.mark("key", RecordedRefusal(Refusal.FORBIDDEN, NOON))
    journal.pause("host", NOON)
    journal.pause("host", NOON + timedelta(hours=1))
    assert journal.lifespan(TOKEN) == longer
    assert journal.marks(["key"]) == {"key": RecordedRefusal(Refusal.FORBIDDEN, NOON)}
    assert journal.paused_until("host") == NOON + timedelta(hours=1)


def test_a_success_unmarks(journal: TokenFacts) -> None:
    """Several keys at once, also ones that were never marked."""
    for key in "abc":
        journal.mark(key, MARK)
    journal.unmark("a", "c", "never")
    assert list(journal.marks("abc")) == ["b"]


def test_times_keep_their_microseconds(journal: TokenFacts) -> None:
    """To the nearest, in UTC."""
    at = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
    journal.confirm(TOKEN, at, under_scoped=False)
    found = journal.seen(TOKEN).confirmed_at
    assert found is not None
    assert abs(found - at) < timedelta(microseconds=2)
    assert found.tzinfo is UTC


# --- between processes ------------------------------------------------------------------------

WRITES = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tray_app.storage.token_facts import TokenFacts as Journal
from tray_app.model.secret import Secret
journal = Journal(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    journal.confirm(Secret(sys.argv[3] + str(number)), datetime.now(UTC), under_scoped=False)
"""


def in_another_process(path: Path, count: int = 1, name: str = "n") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITES, path, str(count), name],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_what_another_process_adds_is_noticed_once(path: Path, journal: TokenFacts) -> None:
    """Our own facts are no news."""
    before = journal.version
    journal.confirm(TOKEN, NOON, under_scoped=False)
    assert journal.version == before
    _, errors = in_another_process(path).communicate(timeout=30)
    assert errors == ""
    after = journal.version
    assert after != before
    assert journal.version == after, "each of those who share it can tell by itself"
    assert journal.seen(Secret("n0")).confirmed_at is not None


def test_what_another_connection_adds_is_noticed(path: Path, journal: TokenFacts) -> None:
    """Two profiles in one process."""
    with closing(TokenFacts(path)) as other:
        ours, theirs = journal.version, other.version
        other.pause("host", NOON)
        assert journal.version != ours
        ours = journal.version
        journal.pause("host", NOON)
        assert other.version != theirs
    assert journal.version == ours


def test_processes_that_start_at_once_share_one_journal(path: Path) -> None:
    """Nobody falls back to memory, and no fact is lost."""
    started = [in_another_process(path, 20, f"p{number}-") for number in range(6)]
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert errors == ""
    with closing(TokenFacts(path)) as journal:
        for number in range(6):
            for fact in range(20):
                assert journal.seen(Secret(f"p{number}-{fact}")).confirmed_at is not None


# --- the file ---------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")
@pytest.mark.parametrize("before", [None, 0o755])
def test_folder_and_files_are_for_this_user_alone(path: Path, before: int | None) -> None:
    """Whatever the umask, and whatever the folder was."""
    if before is not None:
        path.parent.mkdir()
        path.parent.chmod(before)
    mask = os.umask(0)
    try:
        with closing(TokenFacts(path)) as journal:
            fill(journal)
            found = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert set(found.values()) == {0o600}
    assert path.name in found
    assert f"{path.name}-wal" in found


def test_no_secret_is_in_any_of_the_files(path: Path, journal: TokenFacts) -> None:
    """Only hashes; and no piece of the token either."""
    fill(journal)
    written = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert TOKEN.digest.encode() in written
    for secret in (TOKEN, OTHER):
        assert secret.reveal()[:8].encode() not in written


@pytest.mark.parametrize("damage", [b"", b"not a database, but long enough to be one" * 100])
def test_a_damaged_file_is_begun_anew(
    path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It holds nothing that cannot be learnt again. The damaged one is kept for a look."""
    path.parent.mkdir()
    path.write_bytes(damage)
    with closing(TokenFacts(path)) as journal:
        fill(journal)
    with closing(TokenFacts(path)) as journal:
        assert is_filled(journal)
    if damage:
        assert "the journal is damaged and begun anew" in caplog.text
        assert path.with_suffix(".damaged").read_bytes() == damage


def trampled(path: Path, skip: int) -> None:
    """Overwrite the pages behind the first `skip` bytes."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(skip)
        file.write(os.urandom(size - skip))


def test_damage_behind_the_first_page_is_found_at_the_start(path: Path) -> None:
    """The header alone looks good."""
    with closing(TokenFacts(path)) as journal:
        for number in range(500):
            journal.mark(f"key {number}", MARK)
    trampled(path, 8192)
    with closing(TokenFacts(path)) as journal:
        assert is_empty(journal)
        fill(journal)
        assert is_filled(journal)


def test_the_old_log_of_a_damaged_file_is_not_played_into_the_new_one(path: Path) -> None:
    """SQLite recovers from what lies beside a file, but not into one that is empty."""
    with closing(TokenFacts(path)) as journal:
        fill(journal)
        journal.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        journal.mark("in the log only", MARK)
        wal = path.with_name(f"{path.name}-wal").read_bytes()
    assert wal
    path.write_bytes(b"rubbish" * 1000)
    path.with_name(f"{path.name}-wal").write_bytes(wal)
    with closing(TokenFacts(path)) as journal:
        assert is_empty(journal)


def test_damage_in_the_middle_of_a_run_does_not_stop_it(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A bad disk: facts are forgotten, and learnt again."""
    with closing(TokenFacts(path)) as journal:
        for number in range(500):
            journal.mark(f"key {number}", MARK)
        journal.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        journal.database.connection.execute("PRAGMA shrink_memory")
        trampled(path, 4096)
        journal.marks(["key"])
        assert "the journal was not read" in caplog.text
        assert is_empty(journal)
        fill(journal)
        assert is_filled(journal)
    with closing(TokenFacts(path)) as journal:
        assert is_filled(journal)


@pytest.mark.parametrize("junk", [b"\xff" * 16, b"\0" * 16, b"junk" * 4], ids=range(3))
def test_damage_anywhere_never_stops_the_program(path: Path, junk: bytes) -> None:
    """A few bad bytes at any place: at worst a fact is forgotten, and it can be learnt again."""
    with closing(TokenFacts(path)) as journal:
        fill(journal)
    whole = path.read_bytes()
    for place in range(0, len(whole), 1024):
        for left in path.parent.iterdir():
            left.unlink()
        path.write_bytes(whole[:place] + junk + whole[place + len(junk) :])
        with closing(TokenFacts(path)) as journal:
            is_filled(journal)
            fill(journal)
            assert journal.lifespan(TOKEN) == LIFE


@pytest.mark.parametrize("obstacle", ["file", "directory", "nowhere"])
def test_without_a_place_on_disk_facts_live_as_long_as_the_process(
    tmp_path: Path, obstacle: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The folder is a file, the file a folder, or there is no making either."""
    path = tmp_path / "state" / "journal.sqlite3"
    if obstacle == "file":
        path.parent.write_text("in the way")
    elif obstacle == "directory":
        path.mkdir(parents=True)
    else:
        path = Path("/proc/nowhere/journal.sqlite3")
    with closing(TokenFacts(path)) as journal:
        before = journal.version
        fill(journal)
        assert is_filled(journal)
        assert journal.version == before
    assert "no journal on disk" in caplog.text


def test_a_write_that_fails_costs_no_more_than_the_fact(
    path: Path, journal: TokenFacts, caplog: pytest.LogCaptureFixture
) -> None:
    """Another process holds the file for too long, or the disk is full."""
    fill(journal)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        journal.database.connection.execute("PRAGMA busy_timeout = 0")
        journal.mark("late", MARK)
        assert "the journal was not written: database is locked" in caplog.text
        assert is_filled(journal)
        other.execute("ROLLBACK")
    journal.mark("late", MARK)
    assert "late" in journal.marks(["late"])


def test_a_refusal_of_a_later_version_is_passed_over(path: Path, journal: TokenFacts) -> None:
    """One may go back to an older version of this program."""
    journal.mark("known", MARK)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("INSERT INTO mark VALUES ('new', 'quantum', 0)")
    assert journal.marks(["known", "new"]) == {"known": MARK}


def test_a_closed_journal_is_silent(journal: TokenFacts) -> None:
    """The worker may be a moment behind at the exit."""
    journal.close()
    fill(journal)
    assert is_empty(journal)
    assert journal.version == 0


def test_a_usage_is_kept_as_it_was_last_told(journal: TokenFacts) -> None:
    """Never used yet, then used; an effect that a newer version of ours wrote counts for none."""
    journal.use(TOKEN, Usage(NOON))
    assert journal.usage(TOKEN) == Usage(NOON)
    journal.use(TOKEN, USAGE)
    assert journal.usage(TOKEN) == USAGE
    journal.database.write("UPDATE usage SET effect = ?", "halved")
    assert journal.usage(TOKEN) == replace(USAGE, effect=Effect.UNKNOWN)
