"""Owner, mode and way to a file, of real files and folders; as root with other owners."""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.other_user import only_root
from tray_app.system import mounts, ownership
from tray_app.system.atomic_file import read_opened
from tray_app.system.mounts import mount_types
from tray_app.system.ownership import find_exposure, is_volume, ownership_of, this_user

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")

OTHER = 61235


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose own folders are root's: pytest's are this user's alone."""
    made = Path(tempfile.mkdtemp(prefix="ownership-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def config(folder: Path) -> Path:
    path = folder / "work" / "token-config.json"
    path.parent.mkdir(mode=0o755)
    path.write_text("{}")
    path.chmod(0o644)
    return path


def said(path: Path, environ: dict[str, str] | None = None) -> str:
    """How others may write it; "" if none can."""
    file = read_opened(path, lambda handle: ownership_of(path, handle))[1]
    found = find_exposure(path, file, environ or {})
    return found.sentence if found else ""


def test_a_file_of_this_user_s_own_below_tmp_is_fine(config: Path) -> None:
    assert said(config) == ""


@pytest.mark.parametrize("mode", [0o777, 0o757])
def test_a_folder_above_that_everybody_may_write_is_named(
    config: Path, folder: Path, mode: int
) -> None:
    """Whoever can write it can put another folder into the place of the one below."""
    folder.chmod(mode)
    assert said(config) == f"every user can write {folder}"
    folder.chmod(mode | 0o1000)
    assert said(config) == ""


@only_root
@pytest.mark.parametrize("of", ["folder", "parent", "config"])
def test_what_belongs_to_another_user_is_named(config: Path, folder: Path, of: str) -> None:
    place = {"folder": folder, "parent": config.parent, "config": config}[of]
    os.chown(place, OTHER, OTHER)
    assert said(config) == f"{place} belongs to another user ({OTHER})"
    assert said(config, {"SUDO_UID": str(OTHER)}) == ""


@only_root
def test_a_group_that_others_are_in_is_named(config: Path) -> None:
    os.chown(config, 0, OTHER)
    config.chmod(0o664)
    assert said(config) == f"its group ({OTHER}) can write {config}"
    os.chown(config, 0, 0)
    assert said(config) == ""


@only_root
def test_a_link_is_judged_with_both_of_its_ends(config: Path, folder: Path) -> None:
    """It may be another user's, be in a folder that others can write, or lead to one."""
    link = folder / "here" / "token-config.json"
    link.parent.mkdir(mode=0o755)
    link.symlink_to("../work/../work/./token-config.json")
    assert said(link) == ""
    os.chown(link, OTHER, OTHER, follow_symlinks=False)
    assert said(link) == f"{link} belongs to another user ({OTHER})"
    os.chown(link, 0, 0, follow_symlinks=False)
    os.chown(link.parent, OTHER, OTHER)
    assert said(link) == f"{link.parent} belongs to another user ({OTHER})"
    os.chown(link.parent, 0, 0)
    config.parent.chmod(0o777)
    assert said(link) == f"every user can write {config.parent}"


def test_a_link_to_a_folder_is_followed(config: Path, folder: Path) -> None:
    (folder / "current").symlink_to(config.parent)
    config.parent.chmod(0o777)
    assert said(folder / "current" / config.name) == f"every user can write {config.parent}"


def test_links_without_end_are_an_error(folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        list(ownership._way_to(folder / "a"))


@only_root
def test_a_mount_without_modes_or_that_is_read_only_passes(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WSL's /mnt/c and FAT: their owners are made up."""
    os.chown(config.parent, OTHER, OTHER)
    os.chown(config, OTHER, OTHER)
    assert said(config)
    device = config.stat().st_dev
    monkeypatch.setattr(ownership, "mount_types", lambda: {device: "9p"})
    assert said(config) == ""
    monkeypatch.setattr(ownership, "mount_types", lambda: {device: "ext4"})
    assert said(config)
    real = os.statvfs

    class ReadOnly:
        f_flag = os.ST_RDONLY

    monkeypatch.setattr(os, "statvfs", lambda path: ReadOnly() if "work" in path else real(path))
    assert said(config) == ""


def test_the_mounts_of_this_machine_are_read() -> None:
    """By their devices: a path may lead elsewhere a moment later."""
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("needs /proc")
    assert "proc" in mount_types().values()
    assert mount_types()[os.lstat("/proc").st_dev] == "proc"


def acl(*entries: tuple[int, int, int]) -> bytes:
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@only_root
@pytest.mark.parametrize(
    ("user", "mask", "writes"),
    [((2, 6, OTHER), 6, True), ((2, 6, OTHER), 4, False), ((2, 4, OTHER), 6, False)],
)
def test_an_access_control_list_that_lets_another_user_write_counts(
    config: Path, user: tuple[int, int, int], mask: int, writes: bool
) -> None:
    none = 0xFFFFFFFF
    entries = ((1, 6, none), user, (4, 4, none), (0x10, mask, none), (0x20, 4, none))
    try:
        os.setxattr(config, "system.posix_acl_access", acl(*entries))
    except OSError:
        pytest.skip("this file system has no access control lists")
    assert bool(said(config)) == writes


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the machine's accounts: this user's name, its group's name and members."""
    import grp
    import pwd

    def make(user: str | None, group: str | None, members: tuple[str, ...] = ()) -> None:
        def account(uid: int) -> pwd.struct_passwd:
            if user is None:
                raise KeyError
            return pwd.struct_passwd((user, "x", uid, 4242, "", "/", "/bin/sh"))

        def of_group(gid: int) -> grp.struct_group:
            if group is None:
                raise KeyError
            return grp.struct_group((group, "x", gid, list(members)))

        monkeypatch.setattr(pwd, "getpwuid", account)
        monkeypatch.setattr(grp, "getgrgid", of_group)

    return make


@pytest.mark.parametrize(
    ("user", "group", "members", "private"),
    [
        ("me", "me", (), True),
        ("me", "me", ("me",), True),
        ("me", "me", ("me", "you"), False),
        ("me", "users", (), False),  # openSUSE; a directory service lists no members
        ("me", None, (), False),
    ],
)
def test_a_private_group_has_the_user_s_name_and_no_other_member(
    accounts: Callable[..., None],
    user: str,
    group: str | None,
    members: tuple[str, ...],
    private: bool,
) -> None:
    accounts(user, group, members)
    assert (4242 in this_user(Path("/"), {}).gids) == private


def test_without_an_account_the_group_of_the_same_number_is_private(
    accounts: Callable[..., None],
) -> None:
    """As of `docker run --user 1000:1000`."""
    accounts(None, None)
    assert os.geteuid() in this_user(Path("/"), {}).gids
    accounts(None, "somebody's")
    assert this_user(Path("/"), {}).gids == {0}


def test_in_a_pod_its_groups_count_as_this_user_s(accounts: Callable[..., None]) -> None:
    accounts(None, None)
    user = this_user(Path("/"), {"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    assert user.in_pod
    assert user.gids >= {*os.getgroups(), os.getegid()}


@only_root
def test_root_in_a_container_takes_the_owner_of_a_volume_for_its_own(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`docker run -v $PWD:/work`: the files are those of the user of the host."""
    os.chown(config.parent, OTHER, OTHER)
    os.chown(config, OTHER, OTHER)
    monkeypatch.setattr(mounts, "_CONTAINER_MARKS", ())
    volume = config.parent
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) in (volume, Path("/")))
    assert said(config)
    assert not is_volume(volume, {})
    monkeypatch.setattr(mounts, "_CONTAINER_MARKS", (str(config),))
    assert said(config) == ""
    assert is_volume(volume, {})
    assert not is_volume(Path("/"), {})
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == Path("/"))
    assert said(config)


def test_where_modes_mean_nothing_nothing_is_judged(
    config: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows."""
    folder.chmod(0o777)
    assert said(config)
    monkeypatch.setattr(ownership, "POSIX", False)
    assert said(config) == ""


@only_root
def test_a_link_does_not_pass_for_the_mount_that_it_leads_to(
    config: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner can let it lead to another place a moment later."""
    link = folder / "link"
    link.symlink_to(config.parent)
    os.chown(link, OTHER, OTHER, follow_symlinks=False)
    real = os.statvfs

    class ReadOnly:
        f_flag = os.ST_RDONLY

    target = str(config.parent)
    monkeypatch.setattr(
        os, "statvfs", lambda at: ReadOnly() if os.path.realpath(at) == target else real(at)
    )
    assert said(link / config.name) == f"{link} belongs to another user ({OTHER})"


def test_a_name_that_goes_up_from_a_link_s_target_is_judged_there(
    config: Path, folder: Path
) -> None:
    """As the system reads it: `link/..` is not the folder that the link is in."""
    (config.parent / "below").mkdir()
    (folder / "link").symlink_to("work/below")
    config.parent.chmod(0o777)
    assert said(folder / "link" / ".." / config.name) == f"every user can write {config.parent}"
