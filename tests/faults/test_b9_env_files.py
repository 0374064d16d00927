"""B9: what `.env` may look like and where it may lie. Every other byte stays; both readers read."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import dotenv
import pytest

from tests.env_file import EnvFile
from tests.faults.table import Bar, rounds
from tests.samples import pair
from tray_app.model.errors import EnvFileError
from tray_app.model.variables import ACCESS, REFRESH

BAR = Bar("B9", ".env", least=rounds(22, 111))

NEW = pair("nw")
A, R = NEW.access.reveal(), NEW.refresh.reveal() if NEW.refresh else ""
AROUND = b"# by hand\nOTHER='a b'\n", b"LAST=1\n"
OLD = b"%bACCESS=old\nREFRESH=older\n%b" % AROUND

linux = pytest.mark.skipif(sys.platform != "linux", reason="what Linux has")
root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts, and sets file flags"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def named(raw: bytes) -> bytes:
    """The real names in the place of the short ones."""
    return raw.replace(b"REFRESH=", REFRESH.encode() + b"=").replace(
        b"ACCESS=", ACCESS.encode() + b"="
    )


def without_tokens(raw: bytes) -> bytes:
    """All but the two values."""
    return raw.replace(A.encode(), b"").replace(R.encode(), b"")


def as_dotenv_reads(path: Path) -> tuple[str | None, str | None]:
    text = path.read_bytes().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    copy = path.with_name("copy")
    copy.write_bytes(text.encode("utf-8", "surrogateescape"))
    values = dotenv.dotenv_values(copy, encoding="latin-1")
    copy.unlink()
    return values.get(ACCESS), values.get(REFRESH)


def as_the_scripts_read(path: Path) -> tuple[str | None, str | None]:
    """`line.split("=", 1)`, as the scripts that we replace do; the last line wins."""
    values: dict[str, str] = {}
    for line in path.read_bytes().decode("utf-8", "surrogateescape").splitlines():
        key, equals, value = line.removeprefix("\ufeff").partition("=")
        if equals:
            values[key.removeprefix("export ").strip()] = value.strip()
    return values.get(ACCESS), values.get(REFRESH)


def verify_written(path: Path) -> None:
    """Both readers find the new pair."""
    EnvFile(path).write(NEW)
    assert as_dotenv_reads(path) == (A, R)
    assert as_the_scripts_read(path) == (A, R)


# --- forms --------------------------------------------------------------------------------------

# What stands before; afterwards the same with `old` and `older` replaced, or the tail appended.
FORMS: dict[str, tuple[bytes, bytes, bytes]] = {
    "as the scripts write it": (b"ACCESS=", b"\nREFRESH=", b"\n"),
    "CRLF": (b"X=1\r\nACCESS=", b"\r\nREFRESH=", b"\r\nY=2\r\n"),
    "lone CR": (b"X=1\rACCESS=", b"\rREFRESH=", b"\rY=2\r"),
    "BOM": (b"\xef\xbb\xbfACCESS=", b"\nREFRESH=", b"\n"),
    "invalid UTF-8": (b"X=\xff\xfe\xc3\nACCESS=", b"\nREFRESH=", b"\n# \x80\n"),
    "NUL": (b"X=\x00\nACCESS=", b"\nREFRESH=", b"\nY=a\x00b\n"),
    "export": (b"export ACCESS=", b"\nexport  REFRESH=", b"\nexport Z=1\n"),
    "no newline at the end": (b"X=1\nACCESS=", b"\nREFRESH=", b""),
    "multi-line quoted values around": (b"X='a\nb'\nACCESS=", b'\nY="c\n\nd"\nREFRESH=', b"\n"),
    "a key inside another one's value": (b"X='\nACCESS_=1'\nACCESS=", b"\nREFRESH=", b"\n"),
    "form feeds and tabs": (b"X=\x0c1\n\tY=2\nACCESS=", b"\nREFRESH=", b"\n\x0b\n"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_form_keeps_every_byte(path: Path, form: tuple[bytes, bytes, bytes]) -> None:
    """The two values change where they stand."""
    before, between, after = map(named, form)
    path.write_bytes(before + b"old" + between + b"older" + after)
    verify_written(path)
    assert path.read_bytes() == before + A.encode() + between + R.encode() + after


@pytest.mark.parametrize("quote", [b"'", b'"'], ids=["single quotes", "double quotes"])
@pytest.mark.parametrize("old", [b"old", b"old\nover\nlines"], ids=["one line", "many lines"])
def test_a_quoted_value_is_written_bare(path: Path, quote: bytes, old: bytes) -> None:
    """The scripts would take the quotes for a part of the token."""
    value = quote + old + quote
    path.write_bytes(named(b"X=1\nACCESS=" + value + b"\nREFRESH=" + value + b"\nY='2'\n"))
    verify_written(path)
    assert without_tokens(path.read_bytes()) == named(b"X=1\nACCESS=\nREFRESH=\nY='2'\n")


def test_duplicates_all_carry_the_new_value(path: Path) -> None:
    """Whichever of them a reader takes."""
    path.write_bytes(named(b"ACCESS=a\nREFRESH=b\nX=1\nACCESS=c\nREFRESH=d\n"))
    verify_written(path)
    assert without_tokens(path.read_bytes()) == named(
        b"ACCESS=\nREFRESH=\nX=1\nACCESS=\nREFRESH=\n"
    )


# --- modes and places ---------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o400, 0o664, 0o640])
def test_a_mode_is_kept(path: Path, mode: int) -> None:
    """0400 too: it is the folder that has to be writable."""
    path.write_bytes(named(OLD))
    path.chmod(mode)
    verify_written(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == named(OLD).replace(b"=older", b"=" + R.encode()).replace(
        b"=old", b"=" + A.encode()
    )


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_new_file_is_for_its_owner_alone(path: Path, umask: int) -> None:
    """Whatever the umask."""
    before = os.umask(umask)
    try:
        verify_written(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("exists", [True, False], ids=["to a file", "dangling"])
def test_a_symbolic_link_is_kept(path: Path, tmp_path: Path, exists: bool) -> None:
    """The file that it names is written, or made."""
    home = tmp_path / "home"
    home.mkdir()
    if exists:
        (home / "real").write_bytes(named(OLD))
    path.symlink_to("home/real")
    verify_written(path)
    assert path.readlink() == Path("home/real")
    assert list(home.iterdir()) == [home / "real"]


# --- what cannot be written ---------------------------------------------------------------------


def verify_refused(path: Path, because: str) -> None:
    """One sentence with the file and the cause; the file is as it was, and nothing beside it."""
    beside = sorted(path.parent.iterdir())
    with pytest.raises(EnvFileError, match=because) as caught:
        EnvFile(path).write(NEW)
    assert str(path) in str(caught.value)
    assert A not in str(caught.value)
    assert sorted(path.parent.iterdir()) == beside


def as_fifo(path: Path) -> None:
    os.mkfifo(path)


def as_directory(path: Path) -> None:
    path.mkdir()


def as_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def as_loop(path: Path) -> None:
    path.symlink_to(path.name)


def as_huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 33)


def as_nowhere(path: Path) -> None:
    path.symlink_to("no/such/folder/.env")


@pytest.mark.parametrize(
    ("made", "because"),
    [
        (as_fifo, "not a regular file"),
        (as_directory, "it is a folder"),
        (as_device, "not a regular file"),
        (as_loop, "symbolic links"),
        (as_huge, "larger than 1 MiB"),
        (as_nowhere, "No such file"),
    ],
    ids=["FIFO", "directory", "device", "loop of links", "huge", "no folder"],
)
@linux
def test_what_is_no_small_file_is_refused(
    path: Path, made: Callable[[Path], None], because: str
) -> None:
    """At once: nothing is waited for, and 8 GiB are not read."""
    made(path)
    verify_refused(path, because)


def test_a_quote_left_open_is_refused_where_a_reader_would_lose_a_line(path: Path) -> None:
    """Nothing is written that python-dotenv would not find again."""
    path.write_bytes(named(b"X='open\nACCESS=old\nREFRESH=older\n"))
    try:
        EnvFile(path).write(NEW)
    except EnvFileError:
        assert path.read_bytes() == named(b"X='open\nACCESS=old\nREFRESH=older\n")
    else:
        assert as_dotenv_reads(path) == (A, R)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of a few pages."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@linux
@root
def test_a_full_disk_is_named(small_disk: Path) -> None:
    """The kernel's own ENOSPC."""
    path = small_disk / ".env"
    path.write_bytes(named(OLD) + b"#" * 5000 + b"\n")
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        while shutil.disk_usage(small_disk).free:
            file.write(b"x" * 4096)
    before = path.read_bytes()
    verify_refused(path, "No space left on device")
    assert path.read_bytes() == before
    filler.unlink()
    verify_written(path)


@linux
@root
def test_a_file_system_for_reading_only_is_named(small_disk: Path) -> None:
    """EROFS, as of a container's image."""
    path = small_disk / ".env"
    path.write_bytes(named(OLD))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    verify_refused(path, "Read-only file system")
    assert path.read_bytes() == named(OLD)


@linux
@root
def test_a_folder_that_nobody_may_write_to_is_named(request: pytest.FixtureRequest) -> None:
    """As another user: for root the permission bits do not count."""
    folder = Path(tempfile.mkdtemp())  # others may enter it, unlike the test's own
    request.addfinalizer(lambda: shutil.rmtree(folder))
    path = folder / ".env"
    path.write_bytes(named(OLD))
    path.chmod(0o644)
    folder.chmod(0o555)
    os.seteuid(65534)
    try:
        verify_refused(path, "cannot be written: Permission denied")
    finally:
        os.seteuid(0)
    assert path.read_bytes() == named(OLD)


@linux
@root
def test_a_file_that_is_marked_immutable_is_named(path: Path) -> None:
    """`chattr +i`, as some administrators protect it."""
    path.write_bytes(named(OLD))
    if subprocess.run(["chattr", "+i", path], check=False, capture_output=True).returncode:
        pytest.skip("this file system knows no such mark")
    try:
        verify_refused(path, "Operation not permitted")
        assert path.read_bytes() == named(OLD)
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


@linux
@root
def test_a_file_that_is_a_mount_point_is_written_into(path: Path, tmp_path: Path) -> None:
    """`docker -v …/.env`: EBUSY for a rename; the same file afterwards."""
    host = tmp_path / "host.env"
    host.write_bytes(named(OLD))
    path.touch()
    command = ["mount", "--bind", str(host), str(path)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        verify_written(path)
        assert host.read_bytes() == path.read_bytes()
        assert without_tokens(host.read_bytes()) == without_tokens(
            named(OLD).replace(b"older", b"").replace(b"old", b"")
        )
    finally:
        subprocess.run(["umount", str(path)], check=True)
