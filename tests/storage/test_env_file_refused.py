"""`.env` as it must not be written, and room for a pair that is to come."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import Path

import pytest

from tests.env_file import EnvFile
from tests.storage.env_samples import NEW, filled
from tray_app.model.credentials import Pair
from tray_app.model.errors import EnvFileError
from tray_app.model.secret import Secret
from tray_app.storage.output_file import EnvTokens
from tray_app.system import atomic_file


@pytest.mark.parametrize(
    "value", ["", "two words", "a\nEVIL=1", "a\r", "${HOME}", "'a'", "a#b", "t\u00f6ken", "a=b"]
)
@pytest.mark.parametrize("which", ["access", "refresh"])
def test_what_is_no_bearer_token_is_refused_and_the_file_untouched(
    path: Path, value: str, which: str
) -> None:
    """It could inject a line or be expanded; the message does not repeat it."""
    path.write_bytes(b"A=1\n")
    odd = Secret(value)
    bad = Pair(odd, NEW.refresh) if which == "access" else Pair(NEW.access, odd)
    with pytest.raises(EnvFileError, match=r"not a bearer token \(RFC 6750\)") as caught:
        EnvFile(path).write(bad)
    assert len(value) < 4 or value not in str(caught.value)
    assert path.read_bytes() == b"A=1\n"


@pytest.mark.parametrize(
    "content",
    [
        "{}\n",
        '{"version": 1}\n',
        "[section]\na = b\n",
        "SQLite format 3\0",
        "26 Nov INFO started\n",
    ],
)
def test_a_file_of_another_kind_gets_no_tokens(tmp_path: Path, content: str) -> None:
    """The program's own secrets file, say, which was damaged by the two lines."""
    path = tmp_path / "secrets.json"
    path.write_text(content)
    env = EnvFile(path)
    for call in (env.reserve, lambda: env.write(NEW)):
        with pytest.raises(EnvFileError, match="is not a list of variables"):
            call()
    assert path.read_text() == content
    path.write_text("A=1\n")
    env.write(NEW)
    assert env.read() == EnvTokens(NEW.access, NEW.refresh)


def test_a_directory_is_named_as_the_fault(path: Path) -> None:
    """Reading and writing alike."""
    path.mkdir()
    for call in (EnvFile(path).read, lambda: EnvFile(path).write(NEW)):
        with pytest.raises(EnvFileError, match="it is a folder; name the file in it"):
            call()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_is_not_waited_for(path: Path) -> None:
    """Opening one for reading would wait for a writer."""
    os.mkfifo(path)
    with pytest.raises(EnvFileError, match="it is not a regular file"):
        EnvFile(path).read()


@pytest.mark.skipif(os.name != "posix", reason="no such device")
def test_of_an_endless_device_nothing_is_read() -> None:
    """`/dev/zero` would fill the memory."""
    with pytest.raises(EnvFileError, match="it is not a regular file"):
        EnvFile(Path("/dev/zero")).read()


@pytest.mark.posix  # Wine shows the file, and waits for ever
@pytest.mark.skipif(not os.access("/proc/kmsg", os.R_OK), reason="no such file for this user")
def test_a_file_that_would_block_is_no_failure_of_ours() -> None:
    """A regular file by its mode. What was read was None, and ended with a TypeError."""
    env = EnvFile(Path("/proc/kmsg"))
    with suppress(EnvFileError):
        env.read()
    with pytest.raises(EnvFileError):
        env.reserve()


def test_a_huge_file_is_refused(path: Path) -> None:
    """Most likely the wrong file; 1 MiB is still taken."""
    path.write_bytes(b"#" * atomic_file.MAX_BYTES)
    assert EnvFile(path).read() == EnvTokens(None, None)
    path.write_bytes(b"#" * (atomic_file.MAX_BYTES + 1))
    with pytest.raises(EnvFileError, match="larger than 1 MiB"):
        EnvFile(path).write(NEW)
    assert path.stat().st_size == atomic_file.MAX_BYTES + 1


@pytest.mark.parametrize("spare", [0, 1, 100])
def test_a_file_near_the_limit_is_not_written_past_it(path: Path, spare: int) -> None:
    """It was, and could never be read again; before a token is spent this is known already."""
    path.write_bytes(before := b"#" * (atomic_file.MAX_BYTES - 1 - spare) + b"\n")
    for call in (EnvFile(path).reserve, lambda: EnvFile(path).write(NEW)):
        with pytest.raises(EnvFileError, match=r"larger than 1 MiB.*remove what is old") as caught:
            call()
        assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_fits_by_a_hair_is_written_and_read_again(path: Path) -> None:
    """Up to the very limit."""
    lines = filled("{ACCESS}={A}\n{REFRESH}={R}\n")
    path.write_bytes(b"#" * (atomic_file.MAX_BYTES - 1 - len(lines)) + b"\n")
    EnvFile(path).write(NEW)
    assert path.stat().st_size == atomic_file.MAX_BYTES
    assert EnvFile(path).read() == EnvTokens(NEW.access, NEW.refresh)


@pytest.mark.parametrize(
    "before",
    [b"\xff\xfe", *("A=1\r\n".encode(e) for e in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"))],
)
def test_utf_16_is_refused_by_name(path: Path, before: bytes) -> None:
    """As Windows PowerShell's `>` writes it: appended ASCII could not be read."""
    path.write_bytes(before)
    for call in (EnvFile(path).read, EnvFile(path).reserve, lambda: EnvFile(path).write(NEW)):
        with pytest.raises(EnvFileError, match=r"UTF-16.*save it as UTF-8") as caught:
            call()
        assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_a_reservation_is_used_by_the_next_write(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is made anew by then: the disk may be full."""
    path.write_bytes(b"A=1\n")
    env = EnvFile(path)
    env.reserve()
    monkeypatch.setattr("os.mkdir", lambda *_, **__: pytest.fail("a second folder"))
    env.write(NEW)
    assert path.read_bytes() == filled("A=1\n{ACCESS}={A}\n{REFRESH}={R}\n")
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.posix
@pytest.mark.parametrize("edit", ["content", "link"])
def test_a_reservation_that_no_longer_fits_is_made_anew(path: Path, edit: str) -> None:
    """The file was edited, or its name leads elsewhere since."""
    real = path.with_name("real.env")
    real.write_bytes(b"A=1\n")
    path.symlink_to(real)
    env = EnvFile(path)
    env.reserve()
    if edit == "content":
        real.write_bytes(b"B=2\n")
    else:
        path.unlink()
        path.write_bytes(b"B=2\n")
    env.write(NEW)
    assert path.read_bytes() == filled("B=2\n{ACCESS}={A}\n{REFRESH}={R}\n")
    assert sorted(path.parent.iterdir()) == [path, real]


def test_a_reservation_is_released(path: Path) -> None:
    """If nothing came of it; any number of times."""
    env = EnvFile(path)
    env.reserve()
    assert [found.name[:18] for found in path.parent.iterdir()] == [".webex-token-tray."]
    env.reserve()
    assert len(list(path.parent.iterdir())) == 1
    env.release()
    env.release()
    assert list(path.parent.iterdir()) == []


@pytest.mark.posix
def test_a_folder_that_is_not_there_is_an_env_fault(tmp_path: Path) -> None:
    """It is not made: the path is probably misspelt."""
    with pytest.raises(EnvFileError, match="cannot be written: No such file or directory"):
        EnvFile(tmp_path / "nowhere" / ".env").write(NEW)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.posix
def test_a_link_to_itself_is_an_env_fault(path: Path) -> None:
    """Not a RuntimeError from deep inside."""
    path.symlink_to(path)
    with pytest.raises(EnvFileError, match="cannot be read"):
        EnvFile(path).write(NEW)


def test_tokens_that_a_reader_would_not_find_are_not_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is about to be written is read first."""
    path.write_bytes(before := filled("{ACCESS}=old\n"))
    monkeypatch.setattr("tray_app.storage.dotenv_format._HEAD", io)  # forces the way out below
    monkeypatch.setattr("tray_app.storage.dotenv_format._with_value", lambda line, _: line)
    with pytest.raises(EnvFileError, match="look for a quote left open"):
        EnvFile(path).write(NEW)
    assert path.read_bytes() == before
