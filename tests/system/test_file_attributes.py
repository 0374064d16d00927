"""What a file keeps when it is replaced: access control lists and extended attributes."""

from __future__ import annotations

import errno
import os
import stat
import struct
import sys
from pathlib import Path

import pytest

from tests.env_file import EnvFile
from tests.samples import pair
from tray_app.model.variables import ACCESS
from tray_app.system import atomic_file, file_attributes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these calls")

ACL = "system.posix_acl_access"
DEFAULT = "system.posix_acl_default"

USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
NOBODY_ELSE = 0xFFFFFFFF
READER = 61234


def acl(*entries: tuple[int, int, int]) -> bytes:
    """As acl(5) is stored by Linux."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


FOR_A_READER = acl(
    (USER_OBJ, 6, NOBODY_ELSE),
    (USER, 4, READER),
    (GROUP_OBJ, 0, NOBODY_ELSE),
    (MASK, 4, NOBODY_ELSE),
    (OTHER, 0, NOBODY_ELSE),
)
"""`setfacl -m u:61234:r .env` on a file of mode 0600: `ls` shows the mask, -rw-r-----."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_bytes(b"old")
    path.chmod(0o600)
    return path


def give(path: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(path, name, value)
    except OSError as error:
        pytest.skip(f"this file system has no {name}: {error.strerror}")


def test_an_access_control_list_is_kept_and_the_owning_group_gains_nothing(path: Path) -> None:
    """The list was dropped, and what looked like the group's rights, its mask, became them."""
    give(path, ACL, FOR_A_READER)
    atomic_file.replace(path, b"new", was=b"old")
    assert os.getxattr(path, ACL) == FOR_A_READER
    assert stat.S_IMODE(path.stat().st_mode) == 0o640, "the mask"


def test_rights_of_an_owning_group_that_cannot_be_kept_are_dropped_from_the_list(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were another group's; those of named users and groups stay."""
    named = (GROUP, 4, 8766)
    head, tail = ((USER_OBJ, 6, NOBODY_ELSE),), (named, (MASK, 4, NOBODY_ELSE))
    rest = ((OTHER, 0, NOBODY_ELSE),)
    give(path, ACL, acl(*head, (GROUP_OBJ, 4, NOBODY_ELSE), *tail, *rest))
    if os.geteuid() != 0:
        pytest.skip("no foreign group at hand")
    os.chown(path, -1, 8765)

    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr("os.fchown", forbidden)
    atomic_file.replace(path, b"new", was=b"old")
    assert os.getxattr(path, ACL) == acl(*head, (GROUP_OBJ, 0, NOBODY_ELSE), *tail, *rest)


def test_a_list_that_the_folder_gives_to_new_files_is_not_added(path: Path) -> None:
    """Nobody could read the file by it before."""
    give(path.parent, DEFAULT, FOR_A_READER)
    path.chmod(0o640)
    atomic_file.replace(path, b"new", was=b"old")
    assert ACL not in os.listxattr(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_is_for_its_owner_whatever_list_the_folder_gives(path: Path) -> None:
    """Its mask permits nothing."""
    give(path.parent, DEFAULT, FOR_A_READER)
    path.unlink()
    atomic_file.replace(path, b"new", was=None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_other_attributes_are_kept(path: Path) -> None:
    """Labels of backup programs, desktops and the like."""
    give(path, "user.comment", b"by hand")
    atomic_file.replace(path, b"new", was=b"old")
    assert os.getxattr(path, "user.comment") == b"by hand"


def test_an_attribute_that_cannot_be_kept_is_left_out(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no reason to let a token die."""
    give(path, "user.comment", b"by hand")

    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr("os.setxattr", forbidden)
    atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"new"


class TestAListThatCannotBeCopied:
    """As one with ids that this user namespace does not know."""

    @pytest.fixture(autouse=True)
    def refused(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        give(path, ACL, FOR_A_READER)

        def refused(*_: object) -> None:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

        monkeypatch.setattr("os.setxattr", refused)

    def test_the_file_is_written_in_place(self, path: Path) -> None:
        """It is the same file afterwards, with its list."""
        number = path.stat().st_ino
        with atomic_file.Replacement(path) as new:
            new.commit(b"new", was=b"old")
            assert new.in_place
        assert path.read_bytes() == b"new"
        assert path.stat().st_ino == number
        assert os.getxattr(path, ACL) == FOR_A_READER
        assert list(path.parent.iterdir()) == [path]

    def test_an_edit_meanwhile_is_not_lost(self, path: Path) -> None:
        """The content is compared in the file that is written."""
        with pytest.raises(atomic_file.FileChanged):
            atomic_file.replace(path, b"new", was=b"older")
        assert path.read_bytes() == b"old"

    def test_a_file_that_takes_its_place_meanwhile_is_not_written(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The list of that one is not known."""
        real = file_attributes.copy

        def copy(old: int, new: int) -> None:
            path.rename(path.with_name("aside"))
            path.write_bytes(b"old")
            real(old, new)

        monkeypatch.setattr(file_attributes, "copy", copy)
        with pytest.raises(atomic_file.FileChanged):
            atomic_file.replace(path, b"new", was=b"old")
        assert path.read_bytes() == b"old"

    def test_it_is_said_once(self, path: Path) -> None:
        """A crash in that moment may tear it."""
        env = EnvFile(path)
        env.write(pair("ab"))
        (notices,) = env.drain_notices()
        assert "written in place" in notices
        assert str(path) in notices
        env.write(pair("cd"))
        assert env.drain_notices() == ()
        assert ACCESS.encode() in path.read_bytes()
