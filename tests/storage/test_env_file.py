"""`.env`: both tokens are read, and written in one atomic replace."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from tests.env_file import EnvFile
from tests.storage.env_samples import NEW, OLD, A, R, filled, written
from tray_app.model.errors import EnvFileError
from tray_app.model.secret import Secret
from tray_app.model.variables import ACCESS, REFRESH
from tray_app.storage.output_file import EnvTokens


def test_a_missing_file_carries_no_tokens(path: Path) -> None:
    """Which is no error: ours are put there."""
    assert EnvFile(path).read() == EnvTokens(None, None)


@pytest.mark.parametrize(
    "value",
    ["", "''", "'two words'", '"two\nlines"', "gr\u00fc\u00dfe", "${OTHER}", "a;b", "\x00"],
)
def test_what_cannot_be_a_token_counts_as_none(path: Path, value: str) -> None:
    """It could not even be sent (RFC 6750 §2.1): a header with it would break the request."""
    path.write_text(f"{ACCESS}={value}\n", encoding="utf-8")
    assert EnvFile(path).read().access is None


def test_undecodable_bytes_are_no_token(path: Path) -> None:
    """They must not surface later, as an error without a name."""
    path.write_bytes(f"{ACCESS}=".encode() + b"\xff\xfe\n")
    assert EnvFile(path).read().access is None


def test_the_last_of_two_counts(path: Path) -> None:
    """As python-dotenv has it."""
    path.write_text(f"{ACCESS}=first\n{ACCESS}=second\n")
    assert EnvFile(path).read().access == Secret("second")


@pytest.mark.posix  # Windows replaces no file that is open, nor opens one that is being replaced
@pytest.mark.slow
def test_no_reader_ever_sees_a_mixed_pair(path: Path) -> None:
    """A reader beside two hundred writes finds the one pair or the other, never half of each."""
    EnvFile(path).write(OLD)
    seen: set[EnvTokens] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.add(EnvFile(path).read())

    reader = threading.Thread(target=look)
    reader.start()
    for round_ in range(200):
        EnvFile(path).write((NEW, OLD)[round_ % 2])
    over.set()
    reader.join()
    assert seen == {EnvTokens(OLD.access, OLD.refresh), EnvTokens(NEW.access, NEW.refresh)}


def test_an_edit_by_another_program_in_between_is_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our reading and our replacing, an editor saves: its line must not be lost."""
    path.write_bytes(filled("{ACCESS}=old\n"))
    saves = iter([b"EDITED=1\n"])
    real = os.fsync

    def save_meanwhile(handle: int) -> None:
        real(handle)
        for line in saves:
            path.write_bytes(line + path.read_bytes())
            break

    monkeypatch.setattr("os.fsync", save_meanwhile)
    EnvFile(path).write(NEW)
    assert path.read_bytes() == filled("EDITED=1\n{ACCESS}={A}\n{REFRESH}={R}\n")


def test_an_editor_that_never_rests_ends_in_an_env_fault(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its last word stands."""
    path.write_bytes(b"")
    edits = []

    def save_meanwhile(_: int) -> None:
        edits.append(b"#\n")
        path.write_bytes(b"".join(edits))

    monkeypatch.setattr("os.fsync", save_meanwhile)
    with pytest.raises(EnvFileError, match="another program keeps editing it"):
        EnvFile(path).write(NEW)
    assert path.read_bytes() == b"#\n" * len(edits)


# docs/architecture.md, "Defects of the old scripts"


def test_defect_1_a_missing_file_is_made(path: Path) -> None:
    """The scripts raised, when the token had been minted already. For the owner alone."""
    EnvFile(path).write(NEW)
    assert path.read_bytes() == filled("{ACCESS}={A}\n{REFRESH}={R}\n")
    assert os.name != "posix" or stat.S_IMODE(path.stat().st_mode) == 0o600


def test_defect_2_a_missing_access_line_is_added(path: Path) -> None:
    """The scripts wrote the refresh token only."""
    assert written(path, filled("{REFRESH}=older\n")) == filled("{REFRESH}={R}\n{ACCESS}={A}\n")


def test_defect_3_export_and_quotes_do_not_hide_the_access_token(path: Path) -> None:
    """The scripts left the old one beside the new refresh token."""
    raw = written(path, filled('export {ACCESS}="old"\n{REFRESH}=older\n'))
    assert raw == filled("export {ACCESS}={A}\n{REFRESH}={R}\n")


def test_defect_4_line_ends_stay(path: Path) -> None:
    """The scripts made LF of CRLF."""
    assert written(path, b"A=1\r\nB=2\r\n").startswith(b"A=1\r\nB=2\r\n")


def test_defect_5_a_quoted_value_is_read_without_its_quotes(path: Path) -> None:
    """The scripts sent the quotes to Webex, and got 401."""
    path.write_text(f"{ACCESS}='{A}'\n{REFRESH}=\"{R}\"\n")
    assert EnvFile(path).read() == EnvTokens(NEW.access, NEW.refresh)
