"""What is read of the mounts, from lines as the kernel writes them, and from this machine's."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.other_user import only_root
from tray_app.system import mounts
from tray_app.system.mounts import mount_types, mounted_by

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")

LINE = "{number} 21 {device} / {point} {flags} shared:1 - {kind} source rw,{options}\n"

Mounted = Callable[..., int | None]


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mounted:
    """Says who made the mount that a file is on, if its line in mountinfo has these values."""
    file = tmp_path / "mountinfo"
    monkeypatch.setattr(mounts, "_MOUNTINFO", file)
    monkeypatch.setattr(mounts, "_CONTAINER_MARKS", ())

    def ask(
        point: str, flags: str = "rw,nosuid", kind: str = "ext4", options: str = "rw"
    ) -> int | None:
        with (tmp_path / "config").open("w") as config:
            number = mounts._mount_of(config.fileno())
            values = {"number": number, "device": "8:17", "point": point}
            line = LINE.format(**values, flags=flags, kind=kind, options=options)
            file.write_text("1 0 0:1 / / rw - rootfs none rw\n" + line, encoding="latin-1")
            return mounted_by(config.fileno())

    return ask


def test_fuse_is_its_user_s(mounted: Mounted) -> None:
    fuse = {"flags": "rw", "kind": "fuse.sshfs"}
    assert mounted("/srv", **fuse, options="rw,user_id=61235,group_id=1,allow_other") == 61235
    assert mounted("/srv", **fuse, options="rw,user_id=0,group_id=0") is None
    assert mounted("/srv", **fuse, options=f"rw,user_id={os.geteuid()}") is None
    assert mounted("/srv", **fuse) is None
    assert mounted("/srv", kind="ext4", options="rw,user_id=61235") is None


@only_root
def test_a_mount_that_ignores_set_user_id_is_his_whose_folder_is_around_it(
    mounted: Mounted, tmp_path: Path
) -> None:
    """A name may have a blank, and be no UTF-8. If it cannot be looked up, it is nobody's."""
    (tmp_path / "a folder").mkdir()
    os.chown(tmp_path / "a folder", 61235, 61235)
    around = str(tmp_path / "a folder").replace(" ", r"\040")
    assert mounted(f"{around}/below\xe9") == 61235
    assert mounted(f"{around}/below/below") == mounts._UNKNOWN
    assert mounted(f"{around}/below", flags="rw,nodev") is None
    assert mounted(around) is None


def test_what_udisks_mounts_is_the_user_s_who_plugged_it_in(
    mounted: Mounted, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import pwd  # not on Windows

    monkeypatch.setattr(mounts, "_REMOVABLE", (tmp_path,))
    monkeypatch.setattr(mounts, "_user_around", lambda point: mounts._removable_of(point.parent))
    other = next(user for user in pwd.getpwall() if user.pw_uid not in (0, os.geteuid()))
    assert mounted(f"{tmp_path}/{other.pw_name}/USB") == other.pw_uid
    assert mounted(f"{tmp_path}/{other.pw_name}/USB", flags="rw") is None
    for name in ("root", "no-such-user"):
        assert mounted(f"{tmp_path}/{name}/USB") is None
    assert mounted(f"{tmp_path}/USB") is None


def test_a_type_that_another_user_has_named_is_not_known(mounted: Mounted) -> None:
    """Else that user's FUSE passes for a file system without modes."""
    device = os.makedev(8, 17)
    mounted("/srv", kind="fuse.vmhgfs-fuse", options="rw,user_id=0")
    assert mount_types()[device] == "fuse.vmhgfs-fuse"
    mounted("/srv", kind="fuse.vmhgfs-fuse", options="rw,user_id=61235")
    assert device not in mount_types()


def test_in_a_container_nobody_else_has_made_them(
    mounted: Mounted, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuse = {"kind": "fuse.sshfs", "options": "rw,user_id=61235"}
    assert mounted("/srv", **fuse) == 61235
    monkeypatch.setattr(mounts, "_CONTAINER_MARKS", ("/",))
    assert mounted("/srv", **fuse) is None


def test_under_wine_the_mounts_of_linux_are_not_asked(
    mounted: Mounted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wine shows /proc, but Windows' Python has no os.makedev: each command ended in an error."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(os, "makedev")
    assert mounted("/srv", kind="fuse.sshfs", options="rw,user_id=61235") is None


def test_what_cannot_be_read_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "file").open("w") as file:
        handle = file.fileno()
        assert mounted_by(handle) is None
    assert mounts._mount_of(handle) == ""
    monkeypatch.setattr(mounts, "_MOUNTINFO", tmp_path / "none")
    assert mount_types() == {}
