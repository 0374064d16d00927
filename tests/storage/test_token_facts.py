"""The token facts: facts without secrets, shared by processes, dispensable but never in the way."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.program import ROOT
from tests.samples import token
from tray_app.model.credentials import Effect, Lifespan, Usage
from tray_app.model.failures import Refusal
from tray_app.model.renewal import RecordedRefusal
from tray_app.model.secret import Secret
from tray_app.storage.token_facts import TokenFacts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIFE = Lifespan(NOON, NOON + timedelta(days=14))
TOKEN, OTHER = token("t"), token("o")
USAGE = Usage(NOON, NOON + timedelta(hours=1), Effect.UNCHANGED)
MARK = RecordedRefusal(Refusal.REJECTED, NOON)


def fill(token_facts: TokenFacts) -> None:
    """One fact of each kind."""
    token_facts.record_lifespan(TOKEN, LIFE)
    token_facts.confirm(TOKEN, NOON, under_scoped=True)
    token_facts.reject(OTHER, NOON)
    token_facts.record_refusal("dead/1", MARK)
    token_facts.supersede(OTHER, NOON)
    token_facts.pause("webexapis.com", NOON + timedelta(minutes=5))
    token_facts.record_usage(TOKEN, USAGE)


def is_filled(token_facts: TokenFacts) -> bool:
    seen, other = token_facts.seen(TOKEN), token_facts.seen(OTHER)
    return (
        token_facts.lifespan(TOKEN) == LIFE
        and token_facts.usage(TOKEN) == USAGE
        and token_facts.usage(OTHER) is None
        and (seen.confirmed_at, seen.rejected, seen.under_scoped) == (NOON, False, True)
        and (other.confirmed_at, other.rejected, other.under_scoped) == (None, True, False)
        and token_facts.refusals(["dead/1", "other"]) == {"dead/1": MARK}
        and token_facts.is_superseded(OTHER)
        and not token_facts.is_superseded(TOKEN)
        and token_facts.paused_until("webexapis.com") == NOON + timedelta(minutes=5)
    )


def is_empty(token_facts: TokenFacts) -> bool:
    seen = token_facts.seen(TOKEN)
    return (
        token_facts.lifespan(TOKEN) is None
        and (seen.confirmed_at, seen.rejected, seen.under_scoped) == (None, False, False)
        and token_facts.refusals(["dead/1"]) == {}
        and not token_facts.is_superseded(OTHER)
        and token_facts.paused_until("webexapis.com") is None
    )


# --- facts ------------------------------------------------------------------------------------


def test_facts_come_back_as_they_were_told(token_facts: TokenFacts) -> None:
    """Every kind of them; unknown ones are none."""
    assert is_empty(token_facts)
    fill(token_facts)
    assert is_filled(token_facts)


def test_facts_survive_the_process(journal: Path) -> None:
    """Another one reads them."""
    with closing(TokenFacts(journal)) as token_facts:
        fill(token_facts)
    with closing(TokenFacts(journal)) as token_facts:
        assert is_filled(token_facts)


def test_a_token_that_worked_is_no_longer_rejected(token_facts: TokenFacts) -> None:
    """And one that is rejected keeps when it last worked."""
    token_facts.reject(TOKEN, NOON)
    token_facts.confirm(TOKEN, NOON, under_scoped=False)
    assert not token_facts.seen(TOKEN).rejected
    token_facts.reject(TOKEN, NOON + timedelta(hours=1))
    seen = token_facts.seen(TOKEN)
    assert seen.rejected
    assert seen.confirmed_at == NOON


def test_a_newer_fact_takes_the_place_of_the_older(token_facts: TokenFacts) -> None:
    """One fact of a kind for each key."""
    longer = Lifespan(NOON, NOON + timedelta(days=90))
    token_facts.record_lifespan(TOKEN, LIFE)
    token_facts.record_lifespan(TOKEN, longer)
    token_facts.record_refusal("key", MARK)
    token_facts.record_refusal("key", RecordedRefusal(Refusal.FORBIDDEN, NOON))
    token_facts.pause("host", NOON)
    token_facts.pause("host", NOON + timedelta(hours=1))
    assert token_facts.lifespan(TOKEN) == longer
    assert token_facts.refusals(["key"]) == {"key": RecordedRefusal(Refusal.FORBIDDEN, NOON)}
    assert token_facts.paused_until("host") == NOON + timedelta(hours=1)


def test_a_success_unmarks(token_facts: TokenFacts) -> None:
    """Several keys at once, also ones that were never marked."""
    for key in "abc":
        token_facts.record_refusal(key, MARK)
    token_facts.clear_refusals("a", "c", "never")
    assert list(token_facts.refusals("abc")) == ["b"]


def test_times_keep_their_microseconds(token_facts: TokenFacts) -> None:
    """To the nearest, in UTC."""
    at = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
    token_facts.confirm(TOKEN, at, under_scoped=False)
    found = token_facts.seen(TOKEN).confirmed_at
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


def in_another_process(journal: Path, count: int = 1, name: str = "n") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITES, journal, str(count), name],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.process
def test_what_another_process_adds_is_noticed_once(journal: Path, token_facts: TokenFacts) -> None:
    """Our own facts are no news."""
    before = token_facts.version
    token_facts.confirm(TOKEN, NOON, under_scoped=False)
    assert token_facts.version == before
    _, errors = in_another_process(journal).communicate(timeout=30)
    assert errors == ""
    after = token_facts.version
    assert after != before
    assert token_facts.version == after, "each of those who share it can tell by itself"
    assert token_facts.seen(Secret("n0")).confirmed_at is not None


def test_what_another_connection_adds_is_noticed(journal: Path, token_facts: TokenFacts) -> None:
    """Two profiles in one process."""
    with closing(TokenFacts(journal)) as other:
        ours, theirs = token_facts.version, other.version
        other.pause("host", NOON)
        assert token_facts.version != ours
        ours = token_facts.version
        token_facts.pause("host", NOON)
        assert other.version != theirs
    assert token_facts.version == ours


@pytest.mark.process
def test_processes_that_start_at_once_share_one_database(journal: Path) -> None:
    """Nobody falls back to memory, and no fact is lost."""
    with ExitStack() as running:
        started = [
            running.enter_context(in_another_process(journal, 20, f"p{number}-"))
            for number in range(6)
        ]
        for process in started:
            running.callback(process.kill)
        for process in started:
            _, errors = process.communicate(timeout=180)  # Wine takes long to start six
            assert errors == ""
    with closing(TokenFacts(journal)) as token_facts:
        for number in range(6):
            for fact in range(20):
                assert token_facts.seen(Secret(f"p{number}-{fact}")).confirmed_at is not None


# --- the file ---------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")
@pytest.mark.parametrize("before", [None, 0o755])
def test_folder_and_files_are_for_this_user_alone(journal: Path, before: int | None) -> None:
    """Whatever the umask, and whatever the folder was."""
    if before is not None:
        journal.parent.mkdir()
        journal.parent.chmod(before)
    mask = os.umask(0)
    try:
        with closing(TokenFacts(journal)) as token_facts:
            fill(token_facts)
            found = {
                file.name: stat.S_IMODE(file.stat().st_mode) for file in journal.parent.iterdir()
            }
    finally:
        os.umask(mask)
    assert stat.S_IMODE(journal.parent.stat().st_mode) == 0o700
    assert set(found.values()) == {0o600}
    assert journal.name in found
    assert f"{journal.name}-wal" in found


def test_no_secret_is_in_any_of_the_files(journal: Path, token_facts: TokenFacts) -> None:
    """Only hashes; and no piece of the token either."""
    fill(token_facts)
    written = b"".join(file.read_bytes() for file in journal.parent.iterdir())
    assert TOKEN.digest.encode() in written
    for secret in (TOKEN, OTHER):
        assert secret.reveal()[:8].encode() not in written


@pytest.mark.parametrize("damage", [b"", b"not a database, but long enough to be one" * 100])
def test_a_damaged_file_is_begun_anew(
    journal: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It holds nothing that cannot be learnt again. The damaged one is kept for a look."""
    journal.parent.mkdir()
    journal.write_bytes(damage)
    with closing(TokenFacts(journal)) as token_facts:
        fill(token_facts)
    with closing(TokenFacts(journal)) as token_facts:
        assert is_filled(token_facts)
    if damage:
        assert "the database is damaged and replaced by a new one" in caplog.text
        assert journal.with_suffix(".damaged").read_bytes() == damage


def trampled(journal: Path, skip: int) -> None:
    """Overwrite the pages behind the first `skip` bytes."""
    size = journal.stat().st_size
    with journal.open("r+b") as file:
        file.seek(skip)
        file.write(os.urandom(size - skip))


def test_damage_behind_the_first_page_is_found_at_the_start(journal: Path) -> None:
    """The header alone looks good."""
    with closing(TokenFacts(journal)) as token_facts:
        for number in range(500):
            token_facts.record_refusal(f"key {number}", MARK)
    trampled(journal, 8192)
    with closing(TokenFacts(journal)) as token_facts:
        assert is_empty(token_facts)
        fill(token_facts)
        assert is_filled(token_facts)


def test_the_old_log_of_a_damaged_file_is_not_played_into_the_new_one(journal: Path) -> None:
    """SQLite recovers from what lies beside a file, but not into one that is empty."""
    with closing(TokenFacts(journal)) as token_facts:
        fill(token_facts)
        token_facts.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        token_facts.record_refusal("in the log only", MARK)
        wal = journal.with_name(f"{journal.name}-wal").read_bytes()
    assert wal
    journal.write_bytes(b"rubbish" * 1000)
    journal.with_name(f"{journal.name}-wal").write_bytes(wal)
    with closing(TokenFacts(journal)) as token_facts:
        assert is_empty(token_facts)


def test_damage_in_the_middle_of_a_run_does_not_stop_it(
    journal: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A bad disk: facts are forgotten, and learnt again."""
    with closing(TokenFacts(journal)) as token_facts:
        for number in range(500):
            token_facts.record_refusal(f"key {number}", MARK)
        token_facts.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        token_facts.database.connection.execute("PRAGMA shrink_memory")
        trampled(journal, 4096)
        token_facts.refusals(["key"])
        assert "the database was not read" in caplog.text
        assert is_empty(token_facts)
        fill(token_facts)
        assert is_filled(token_facts)
    with closing(TokenFacts(journal)) as token_facts:
        assert is_filled(token_facts)


@pytest.mark.parametrize("junk", [b"\xff" * 16, b"\0" * 16, b"junk" * 4], ids=range(3))
def test_damage_anywhere_never_stops_the_program(journal: Path, junk: bytes) -> None:
    """A few bad bytes at any place: at worst a fact is forgotten, and it can be learnt again."""
    with closing(TokenFacts(journal)) as token_facts:
        fill(token_facts)
    whole = journal.read_bytes()
    for place in range(0, len(whole), 1024):
        for left in journal.parent.iterdir():
            left.unlink()
        journal.write_bytes(whole[:place] + junk + whole[place + len(junk) :])
        with closing(TokenFacts(journal)) as token_facts:
            is_filled(token_facts)
            fill(token_facts)
            assert token_facts.lifespan(TOKEN) == LIFE


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
    with closing(TokenFacts(path)) as token_facts:
        before = token_facts.version
        fill(token_facts)
        assert is_filled(token_facts)
        assert token_facts.version == before
    assert "no database on disk" in caplog.text


def test_a_write_that_fails_costs_no_more_than_the_fact(
    journal: Path, token_facts: TokenFacts, caplog: pytest.LogCaptureFixture
) -> None:
    """Another process holds the file for too long, or the disk is full."""
    fill(token_facts)
    with closing(sqlite3.connect(journal, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        token_facts.database.connection.execute("PRAGMA busy_timeout = 0")
        token_facts.record_refusal("late", MARK)
        assert "the database was not written: database is locked" in caplog.text
        assert is_filled(token_facts)
        other.execute("ROLLBACK")
    token_facts.record_refusal("late", MARK)
    assert "late" in token_facts.refusals(["late"])


def test_a_refusal_of_a_later_version_is_passed_over(
    journal: Path, token_facts: TokenFacts
) -> None:
    """One may go back to an older version of this program."""
    token_facts.record_refusal("known", MARK)
    with closing(sqlite3.connect(journal)) as other, other:
        other.execute("INSERT INTO mark VALUES ('new', 'quantum', 0)")
    assert token_facts.refusals(["known", "new"]) == {"known": MARK}


@pytest.mark.parametrize("time", [1e17, -1e17, 1e300, "never"])
def test_a_fact_with_a_time_that_no_system_has_counts_as_old(
    journal: Path, token_facts: TokenFacts, time: object
) -> None:
    """Linux and Windows raise OSError for some of them."""
    token_facts.record_refusal("known", MARK)
    with closing(sqlite3.connect(journal)) as other, other:
        other.execute("UPDATE mark SET at = ?", (time,))
    (found,) = token_facts.refusals(["known"]).values()
    assert found.at.year == 1970


def test_a_closed_database_is_silent(token_facts: TokenFacts) -> None:
    """The worker may be a moment behind at the exit."""
    token_facts.close()
    fill(token_facts)
    assert is_empty(token_facts)
    assert token_facts.version == 0


def test_a_usage_is_kept_as_it_was_last_told(token_facts: TokenFacts) -> None:
    """Never used yet, then used; an effect that a newer version of ours wrote counts for none."""
    token_facts.record_usage(TOKEN, Usage(NOON))
    assert token_facts.usage(TOKEN) == Usage(NOON)
    token_facts.record_usage(TOKEN, USAGE)
    assert token_facts.usage(TOKEN) == USAGE
    token_facts.database.write("UPDATE usage SET effect = ?", "halved")
    assert token_facts.usage(TOKEN) == replace(USAGE, effect=Effect.UNKNOWN)


# --- of another Webex -----------------------------------------------------------------------------


def test_what_is_in_use_is_kept_whichever_webex_said_it(
    journal: Path, token_facts: TokenFacts
) -> None:
    """Production's removed what the other Webex had said of tokens that were held."""
    with closing(TokenFacts(journal, "sandbox")) as other:
        for facts in (token_facts, other):
            fill(facts)
            facts.record_refusal("held", MARK)
        for facts in (token_facts, other):
            facts.forget_before(NOON + timedelta(days=99), (TOKEN.digest, "held"))
        for facts in (token_facts, other):
            assert facts.seen(TOKEN).confirmed_at == NOON
            assert facts.refusals(["held", "dead/1"]) == {"held": MARK}
            assert facts.paused_until("webexapis.com") is None
            assert not facts.seen(OTHER).rejected


def test_what_another_webex_said_of_a_token_is_forgotten_alone(
    journal: Path, token_facts: TokenFacts
) -> None:
    """`forget` there removed production's verdict, too. What is of no Webex is removed by both."""
    with closing(TokenFacts(journal, "sandbox")) as other:
        for facts in (token_facts, other):
            fill(facts)
        other.forget_tokens([TOKEN])
        assert other.seen(TOKEN).confirmed_at is None
        assert token_facts.seen(TOKEN).confirmed_at == NOON
        assert token_facts.lifespan(TOKEN) is None
        assert token_facts.usage(TOKEN) is None


def test_forgetting_reads_every_table(
    token_facts: TokenFacts, caplog: pytest.LogCaptureFixture
) -> None:
    """One of them had lost the column that was asked for."""
    token_facts.forget_before(datetime(2026, 3, 2, tzinfo=UTC), ())
    assert caplog.text == ""


_SERVED = {  # what `served` was made as
    "4630271": "SELECT profile, at, body FROM report",
    "without at and body": "SELECT profile FROM report",
}


@pytest.mark.parametrize("version", _SERVED)
def test_forgetting_reads_every_table_of_an_earlier_version(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, version: str
) -> None:
    path = tmp_path / "facts.db"
    with closing(sqlite3.connect(path)) as earlier:
        earlier.execute("CREATE TABLE report (profile TEXT PRIMARY KEY, at REAL, body TEXT)")
        earlier.execute("INSERT INTO report VALUES ('/a/token-config.json', 1, '{}')")
        earlier.execute(f"CREATE TABLE served AS {_SERVED[version]}")
        earlier.commit()
    with closing(TokenFacts(path)) as facts:
        assert facts.report(Path("/a/token-config.json"), "").was_served() or os.name != "posix"
        facts.forget_before(datetime(2026, 3, 2, tzinfo=UTC), ())
        assert facts.database.fault == caplog.text == ""


def test_after_a_downgrade_an_earlier_version_finds_its_columns(token_facts: TokenFacts) -> None:
    """4630271 then said that its database cannot be read."""
    for query in (
        "SELECT profile FROM served WHERE at < 1",
        "SELECT body FROM served WHERE profile = ''",
    ):
        token_facts.database.rows(query)
    assert token_facts.database.fault == ""


def test_what_another_webex_says_of_a_token_is_kept_apart(tmp_path: Path) -> None:
    """And of what is refused, and of how long to wait. The usual one's is where it always was."""
    path, at = tmp_path / "facts.sqlite3", NOON
    with closing(TokenFacts(path)) as usual, closing(TokenFacts(path, "127.0.0.1:1")) as other:
        usual.confirm(TOKEN, at, under_scoped=False)
        other.reject(TOKEN, at)
        other.record_refusal("key", MARK)
        other.pause("client", at)
        assert (usual.seen(TOKEN).rejected, usual.seen(TOKEN).confirmed_at) == (False, at)
        assert (usual.refusals(["key"]), usual.paused_until("client")) == ({}, None)
        assert (other.seen(TOKEN).rejected, other.seen(TOKEN).confirmed_at) == (True, None)
        assert other.refusals(["key"]).keys() == {"key"}
        assert other.paused_until("client") == at
        other.forget_before(at + timedelta(days=1), {TOKEN.digest})
        assert other.seen(TOKEN).rejected
        other.clear_refusals("key")
        other.forget_tokens([TOKEN])
        assert (other.refusals(["key"]), other.seen(TOKEN).rejected) == ({}, False)
