"""Replacing a file: whole or not at all, with its mode, its links and its owner."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from tray_app.system import atomic_file, exchange
from tray_app.system.directory_fd import Directory, Entry, Located, _resolved

OLD_SUFFIX = ".webex-token-tray"

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges files")
posix = pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_bytes(b"old")
    return path


def alone(path: Path) -> bool:
    """Nothing is left beside the file."""
    return [found for found in path.parent.iterdir() if found != path] == []


@posix
@pytest.mark.parametrize("mode", [0o644, 0o600, 0o640, 0o400, 0o664])
def test_a_file_keeps_its_mode(path: Path, mode: int) -> None:
    """Whoever could read it still can."""
    path.chmod(mode)
    atomic_file.replace(path, b"new", was=b"old")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"new"
    assert alone(path)


@posix
def test_a_new_file_is_for_its_owner_whatever_the_umask(path: Path) -> None:
    """Tokens are in it."""
    path.unlink()
    before = os.umask(0)
    try:
        atomic_file.replace(path, b"new", was=None)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.posix
def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    """And the file that it names, in its own folder, is replaced."""
    home = tmp_path / "elsewhere"
    home.mkdir()
    target = home / "real.env"
    target.write_bytes(b"old")
    path.unlink()
    path.symlink_to("elsewhere/real.env")
    atomic_file.replace(path, b"new", was=b"old")
    assert path.is_symlink()
    assert target.read_bytes() == b"new"
    assert alone(target)


@pytest.mark.posix
def test_a_link_to_nowhere_makes_the_file_there(path: Path, tmp_path: Path) -> None:
    """As an editor would."""
    path.unlink()
    path.symlink_to("later.env")
    atomic_file.replace(path, b"new", was=None)
    assert path.is_symlink()
    assert (tmp_path / "later.env").read_bytes() == b"new"


@posix
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_root_leaves_the_owner_as_it_was(path: Path) -> None:
    """A tray under sudo must not take the file away from the programs that read it."""
    os.chown(path, 4321, 8765)
    atomic_file.replace(path, b"new", was=b"old")
    assert (path.stat().st_uid, path.stat().st_gid) == (4321, 8765)


@posix
def test_rights_of_a_group_that_cannot_be_kept_are_dropped(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file has our group: what `www-data` might read is not for all of `users`."""
    path.chmod(0o644)
    os.chown(path, -1, 8765) if os.geteuid() == 0 else None
    if path.stat().st_gid == os.getegid():
        pytest.skip("no foreign group at hand")

    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr("os.fchown", forbidden)
    atomic_file.replace(path, b"new", was=b"old")
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


@posix
def test_a_group_is_kept_even_where_the_owner_cannot(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One may give a file to another group of one's own."""
    asked: list[tuple[int, int]] = []

    def only_the_group(_: int, owner: int, group: int) -> None:
        asked.append((owner, group))
        if owner != -1:
            raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr("os.fchown", only_the_group)
    atomic_file.replace(path, b"new", was=b"old")
    state = path.stat()
    assert asked == [(state.st_uid, state.st_gid), (-1, state.st_gid)]


# --- what goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "number"),
    [
        ("os.fsync", errno.EIO),
        pytest.param("os.fchmod", errno.EPERM, marks=pytest.mark.posix),
        ("tray_app.system.exchange.swap", errno.EACCES),
        ("tray_app.system.exchange.swap", errno.ENOSPC),
        ("os.mkdir", errno.EROFS),
        ("os.mkdir", errno.EDQUOT),
        ("os.urandom", errno.EIO),
    ],
)
def test_a_step_that_fails_leaves_the_old_file_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    """And no temporary file, since it holds the tokens."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(step, fail)
    with pytest.raises(OSError, match=os.strerror(number)):
        atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"old"
    assert alone(path)


@linux
def test_a_full_disk_leaves_the_old_file_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real ENOSPC, from the kernel."""
    real = Entry.open

    def full(entry: Entry, flags: int, mode: int = 0o600) -> int:
        handle = real(entry, flags, mode)
        if flags & os.O_CREAT:
            os.close(handle)
            return os.open("/dev/full", os.O_WRONLY)
        return handle

    monkeypatch.setattr(Entry, "open", full)
    with pytest.raises(OSError, match="No space left on device"):
        atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"old"
    assert alone(path)


def test_a_folder_that_cannot_be_synced_is_no_failure(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then the file has its new content: to say that it has not would be a lie."""
    monkeypatch.setattr(Directory, "sync", lambda _: os.stat("/no/such/thing"))  # noqa: PTH116
    atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("was", [None, b"older", b""])
def test_a_file_that_is_no_longer_what_it_was_is_left_alone(path: Path, was: bytes | None) -> None:
    """Somebody else was faster."""
    with pytest.raises(atomic_file.FileChanged):
        atomic_file.replace(path, b"new", was=was)
    assert path.read_bytes() == b"old"
    assert alone(path)


def test_a_file_that_has_gone_is_not_made_again(path: Path) -> None:
    """Somebody has deleted it since."""
    path.unlink()
    with pytest.raises(atomic_file.FileChanged):
        atomic_file.replace(path, b"new", was=b"old")
    assert not path.exists()


class TestMountPoint:
    """`docker -v …/.env`: the name cannot be given to another file, only the content changes."""

    @pytest.fixture(autouse=True)
    def busy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replacing says EBUSY, as the kernel does for a mount point."""

        def busy(*_: object) -> None:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

        monkeypatch.setattr("tray_app.system.exchange.swap", busy)

    @pytest.mark.parametrize("new", [b"n", b"much longer than the old one"])
    def test_it_is_written_into(self, path: Path, new: bytes) -> None:
        """It is the same file afterwards, with nothing left of the old content."""
        number = path.stat().st_ino
        atomic_file.replace(path, new, was=b"old")
        assert path.read_bytes() == new
        assert path.stat().st_ino == number
        assert alone(path)

    @posix
    def test_its_mode_stays_and_is_not_reported_as_changed(self, path: Path) -> None:
        """No other user can put a file there, whatever the rule makes of the folder."""
        path.chmod(0o644)
        private = atomic_file.Verdict(private=True)
        with atomic_file.Replacement(path, lambda _target: private) as new:
            new.commit(b"new", was=b"old")
            assert not new.made_private
        assert stat.S_IMODE(path.stat().st_mode) == 0o644

    def test_a_failure_puts_the_old_content_back(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As far as one can."""
        real, calls = os.fsync, []

        def fail_once_in_place(handle: int) -> None:
            calls.append(handle)
            if len(calls) == 2:  # the first one was that of the temporary file
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            real(handle)

        monkeypatch.setattr("os.fsync", fail_once_in_place)
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            atomic_file.replace(path, b"new", was=b"old")
        assert path.read_bytes() == b"old"
        assert alone(path)


@pytest.mark.process
@posix
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root mounts")
def test_a_real_mount_point_is_written_into(path: Path, tmp_path: Path) -> None:
    """The kernel's own EBUSY, in a mount namespace that goes with the process."""
    mounted = tmp_path / "host.env"
    mounted.write_bytes(b"old")
    script = (
        f"mount --bind {mounted} {path} && exec {sys.executable} -c '"
        "import pathlib, sys; from tray_app.system import atomic_file as files;"
        f'files.replace(pathlib.Path("{path}"), b"new", was=b"old")\''
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, check=False
    )
    refusals = ("Operation not permitted", "permission denied", "cannot change root filesystem")
    if any(refusal in done.stderr for refusal in refusals):
        pytest.skip("mounting is not allowed on this machine")
    assert done.returncode == 0, done.stderr
    assert mounted.read_bytes() == b"new"


# --- what killed runs leave -------------------------------------------------------------------

KILLED_AT = """
import os, pathlib, signal, sys
from tray_app.system import exchange, atomic_file as files
from tray_app.system.directory_fd import Directory, Entry, Located, _resolved

step, _, number = "{step}".partition("@")
home, _, name = step.rpartition(".")
homes = {{"os": os, "Entry": Entry, "Directory": Directory, "exchange": exchange, "files": files}}
real, left = getattr(homes[home], name), int(number or 1)

def killed(*given, **named):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)

setattr(homes[home], name, killed)
files.replace(pathlib.Path(sys.argv[1]), b"new", was=b"old")
"""


@pytest.mark.process
@posix
@pytest.mark.parametrize(
    ("step", "content", "left"),
    [
        ("Entry.mkdir", b"old", set()),
        ("Entry.open_directory", b"old", {"."}),
        ("os.fsync", b"old", {".", ".env"}),
        ("os.fchmod", b"old", {"."}),
        ("os.fchmod@2", b"old", {".", ".env"}),
        ("files._content", b"old", {".", ".env"}),
        ("exchange.swap", b"old", {".", ".env"}),
        pytest.param("files._is_still@2", b"new", {".", ".env"}, marks=linux),
        ("Directory.sync", b"new", {".", ".env"}),
        ("Entry.unlink", b"new", {".", ".env"}),
        ("Entry.rmdir", b"new", {"."}),
    ],
)
def test_killed_at_any_step_the_file_is_whole(
    path: Path, step: str, content: bytes, left: set[str]
) -> None:
    """The old content or the new. What is left lies beside it in a folder that only this user may
    enter, by the name that a `.gitignore` has; the next start removes it at once."""
    path.chmod(0o644)
    done = subprocess.run([sys.executable, "-c", KILLED_AT.format(step=step), path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == content
    folders = [found for found in path.parent.iterdir() if found != path]
    assert [found.stat().st_mode & 0o777 for found in folders] == [0o700] * bool(left)
    found = {each.relative_to(folder).as_posix() for folder in folders for each in walk(folder)}
    assert found == left
    atomic_file.sweep(path)
    assert path.read_bytes() == content
    assert alone(path)


def walk(folder: Path) -> list[Path]:
    """The folder and what is in it."""
    return [folder, *folder.iterdir()]


@pytest.mark.process
@posix
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_what_a_killed_run_leaves_is_ignored_by_git(path: Path) -> None:
    """By the line that everybody has for the file itself."""
    subprocess.run(["git", "init", "-q", path.parent], check=True)
    path.with_name(".gitignore").write_text(".env\n.gitignore\n")
    with atomic_file.Replacement(path) as new:
        new.reserve(100)
        command = ["git", "-C", str(path.parent), "status", "--porcelain", "-uall"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""


def by_path(path: Path) -> Located:
    """As on Windows."""
    real = Path(os.path.realpath(path))
    return Located(Entry(Directory(real.parent, None), real.name), path.is_symlink(), frozenset())


@pytest.mark.posix
@pytest.mark.parametrize("walk", [_resolved, by_path])
def test_systems_without_a_walk_by_descriptors_write_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch, walk: Callable[[Path], Located]
) -> None:
    """As macOS and Windows."""
    monkeypatch.setattr("tray_app.system.directory_fd._walk", walk)
    link = path.with_name("link")
    link.symlink_to(path.name)
    atomic_file.replace(link, b"new", was=b"old")
    with atomic_file.Replacement(link) as new:
        new.reserve(100)
        with pytest.raises(atomic_file.FileChanged):
            new.commit(b"newer", was=b"old")
        new.commit(b"newer", was=b"new")
    assert path.read_bytes() == b"newer"
    assert link.is_symlink()
    link.unlink()
    (left := path.with_name(".webex-token-tray.0123abcd")).mkdir()
    (left / ".env").write_bytes(b"x")
    later = time.time() + 2 * 3600
    monkeypatch.setattr("tray_app.system.temporary_file.time.time", lambda: later)
    atomic_file.sweep(path)
    assert alone(path)


@posix
@pytest.mark.parametrize("by", ["sweep", "another write"])
def test_a_folder_that_a_living_process_works_in_is_left_alone(path: Path, by: str) -> None:
    """However old it is: a reservation may last as long as a renewal."""
    with atomic_file.Replacement(path) as ours:
        ours.reserve(100)
        for _ in range(2):
            if by == "sweep":
                atomic_file.sweep(path)
            else:
                atomic_file.replace(path, path.read_bytes() + b"!", was=path.read_bytes())
        ours.commit(b"new", was=path.read_bytes())
    assert path.read_bytes() == b"new"
    assert alone(path)


@posix
@pytest.mark.parametrize("after", ["mkdir", "open_directory"])
def test_a_folder_that_is_swept_while_it_is_made_is_made_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    """Between its making and its lock it looks like a leftover."""
    real, swept = getattr(Entry, after), list[bool]()

    def step(entry: Entry) -> object:
        done = real(entry)
        if not swept:
            swept.append(True)
            atomic_file.sweep(path)
        return done

    monkeypatch.setattr(Entry, after, step)
    atomic_file.replace(path, b"new", was=b"old")
    assert swept
    assert path.read_bytes() == b"new"
    assert alone(path)


@posix
def test_a_folder_that_holds_anything_else_is_no_leftover(tmp_path: Path) -> None:
    """Another user may have given one of ours such a name; nor is a link followed."""
    (elsewhere := tmp_path / "mine").mkdir()
    (elsewhere / ".env").write_bytes(b"x")
    (full := tmp_path / ".webex-token-tray.0123abcd").mkdir()
    for name in (".env", "notes.txt"):
        (full / name).write_bytes(b"x")
    (tmp_path / ".webex-token-tray.link").symlink_to("mine")
    (tmp_path / ".webex-token-tray.file").write_bytes(b"x")
    atomic_file.sweep(tmp_path / ".env")
    assert sorted(each.name for each in full.iterdir()) == [".env", "notes.txt"]
    assert (elsewhere / ".env").exists()
    assert (tmp_path / ".webex-token-tray.file").exists()


@posix
@pytest.mark.parametrize("hours", [0, 2])
def test_where_no_lock_is_to_be_had_a_leftover_goes_after_an_hour(
    path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """As on NFS."""
    import fcntl

    def refused(*_: object) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    (left := path.with_name(".webex-token-tray.0123abcd")).mkdir()
    (left / ".env").write_bytes(b"x")
    later = time.time() + 3600 * hours
    monkeypatch.setattr(fcntl, "flock", refused)
    monkeypatch.setattr("tray_app.system.temporary_file.time.time", lambda: later)
    atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"new"
    assert left.exists() == (hours == 0)


LEFTOVERS = {f"token.env.abc{OLD_SUFFIX}": True, "token.env.bak": False, "abc": False}
LEFTOVERS |= {f"other.abc{OLD_SUFFIX}": False}
"""What may lie beside token.env, and whether it is ours."""


@pytest.mark.posix
@pytest.mark.parametrize("hours", [0, 2])
def test_leftovers_of_older_versions_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Ours, and only once nobody can be at work on them any more, whatever their content's age:
    an exchange gives such a name to a file that is old already."""
    for name in LEFTOVERS:
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (0, 0))
    later = time.time() + 3600 * hours
    monkeypatch.setattr("tray_app.system.temporary_file.time.time", lambda: later)
    atomic_file.sweep(tmp_path / "token.env")
    swept = {name: not (tmp_path / name).exists() for name in LEFTOVERS}
    assert swept == (LEFTOVERS if hours else dict.fromkeys(LEFTOVERS, False))


def test_an_error_without_a_text_is_named_by_its_kind() -> None:
    """`OSError()` has no strerror."""
    assert atomic_file.error_text(OSError("odd")) == "OSError"
    assert atomic_file.error_text(OSError(errno.EIO, "Input/output error")) == "Input/output error"


# --- edits at the very same moment ------------------------------------------------------------


class Meanwhile:
    """Lets something happen between our last look at the file and the exchange."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.happens: list[Callable[[], object]] = []
        real = exchange.swap

        def swap(one: Entry, other: Entry) -> None:
            if self.happens:
                self.happens.pop(0)()
            real(one, other)

        monkeypatch.setattr("tray_app.system.exchange.swap", swap)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    return Meanwhile(monkeypatch)


@linux
def test_an_edit_between_the_last_look_and_the_replacing_is_not_lost(
    path: Path, meanwhile: Meanwhile
) -> None:
    """It was: a plain rename threw it away, whatever it was."""
    meanwhile.happens = [lambda: path.write_bytes(b"edited")]
    with pytest.raises(atomic_file.FileChanged):
        atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"edited"
    assert alone(path)


@linux
def test_of_two_edits_at_the_same_moment_the_newest_stays(path: Path, meanwhile: Meanwhile) -> None:
    """The second one was made to ours, while the first was being given back."""
    meanwhile.happens = [
        lambda: path.write_bytes(b"edited"),
        lambda: path.write_bytes(b"edited again"),
    ]
    with pytest.raises(atomic_file.FileChanged):
        atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"edited again"
    assert alone(path)


@linux
@pytest.mark.parametrize("mode", ["ab", "r+b"])
def test_a_file_that_is_open_for_writing_is_put_back(path: Path, mode: str) -> None:
    """What is written next would go to a file without a name."""
    with path.open(mode) as editor:
        with pytest.raises(atomic_file.FileChanged):
            atomic_file.replace(path, b"new", was=b"old")
        editor.write(b"-edited")
    assert b"-edited" in path.read_bytes()
    assert alone(path)


@linux
def test_an_editor_that_is_about_to_close_the_file_is_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has changed nothing: ours goes in."""
    with path.open("ab") as editor:
        monkeypatch.setattr("time.sleep", lambda _: editor.close())
        atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"new"


@linux
def test_a_file_that_is_deleted_meanwhile_is_not_made_again(
    path: Path, meanwhile: Meanwhile
) -> None:
    """Whoever reads it next finds it gone, and says so."""
    meanwhile.happens = [path.unlink]
    with pytest.raises(atomic_file.FileChanged):
        atomic_file.replace(path, b"new", was=b"old")
    assert not path.exists()


@linux
def test_a_file_that_is_made_meanwhile_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There was none when we looked."""
    real = exchange.place

    def place(new: Entry, name: Entry) -> None:
        path.write_bytes(b"made")
        real(new, name)

    path.unlink()
    monkeypatch.setattr("tray_app.system.exchange.place", place)
    with pytest.raises(atomic_file.FileChanged):
        atomic_file.replace(path, b"new", was=None)
    assert path.read_bytes() == b"made"
    assert alone(path)


@pytest.mark.parametrize("was", [b"old", None])
def test_where_files_cannot_be_exchanged_they_are_replaced_and_it_is_said(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    was: bytes | None,
) -> None:
    """As on Windows, macOS and some network file systems."""
    if was is None:
        path.unlink()
    monkeypatch.setattr("tray_app.system.exchange._renameat2", lambda: None)
    atomic_file._log_no_exchange.cache_clear()
    with caplog.at_level("INFO"):
        atomic_file.replace(path, b"new", was=was)
        atomic_file.replace(path, b"newer", was=b"new")
    assert path.read_bytes() == b"newer"
    assert caplog.text.count("cannot be exchanged here") == 1


@pytest.fixture
def as_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """No exchange, no modes, and an open file cannot be replaced."""
    real = Entry.replace

    def replace(entry: Entry, other: Entry) -> None:
        open_files = {os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()}
        if str(other.path) in open_files:
            error = PermissionError(errno.EACCES, "Access denied")
            error.winerror = 5  # type: ignore[attr-defined, unused-ignore]
            raise error
        real(entry, other)

    monkeypatch.setattr("tray_app.system.exchange._renameat2", lambda: None)
    monkeypatch.setattr(atomic_file, "POSIX", False)
    monkeypatch.setattr(Entry, "replace", replace)


@linux
@pytest.mark.usefixtures("as_on_windows")
@pytest.mark.parametrize("rule", [atomic_file.allow_any, lambda _: atomic_file.Verdict()])
def test_on_windows_the_file_is_closed_before_it_is_replaced(
    path: Path, rule: atomic_file.Rule
) -> None:
    with atomic_file.Replacement(path, rule) as new:
        new.reserve(100)
        new.commit(b"new", was=b"old")
    assert path.read_bytes() == b"new"
    assert alone(path)


@linux
@pytest.mark.usefixtures("as_on_windows")
def test_on_windows_a_file_that_a_program_opens_for_a_moment_is_waited_for(path: Path) -> None:
    file = path.open("rb")
    closing = threading.Timer(0.2, file.close)
    closing.start()
    atomic_file.replace(path, b"new", was=b"old")
    closing.join()
    assert path.read_bytes() == b"new"


@linux
@pytest.mark.usefixtures("as_on_windows")
def test_on_windows_a_file_that_stays_open_is_named_as_such(path: Path) -> None:
    with path.open("rb"), pytest.raises(PermissionError, match="another program has it open"):
        atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"old"
    assert alone(path)


@linux
def test_a_file_system_that_refuses_every_lease_is_written_to_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS without a delegation reports each file as being written."""
    monkeypatch.setattr("tray_app.system.exchange.is_being_written", lambda _: True)
    atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"new"


def test_a_folder_is_named_as_no_file_even_if_the_system_opens_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows, which refuses access."""
    monkeypatch.setattr("os.open", Mock(side_effect=PermissionError))
    with pytest.raises(OSError, match="it is not a regular file"):
        atomic_file.read_small(tmp_path)
    with pytest.raises(PermissionError):
        atomic_file.read_small(tmp_path / "file")
