"""Replacing a file: whole or not at all, with its mode, its links and its owner."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.replaced_file import alone, linux, path, posix
from tray_app.system import atomic_file
from tray_app.system.directory_fd import Directory, Entry

__all__ = ["path"]


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
