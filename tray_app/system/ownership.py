"""Who owns a file, and every folder and link on the way to it (POSIX)."""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from tray_app.model.ownership import Exposure, Kind, Ownership, User, exposure
from tray_app.system.dirs import POSIX, profile_id
from tray_app.system.mounts import is_container, mount_types, mounted_by

_MOST_LINKS = 40
"""As on Linux."""

_WITHOUT_MODES = frozenset(
    (
        *("vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "hfs", "udf", "iso9660"),
        *("9p", "drvfs", "cifs", "smb3", "vboxsf", "fuse.vmhgfs-fuse", "prl_fs"),
    )
)
"""File systems whose owners and modes are set at the mount. WSL's /mnt/c is 9p or drvfs."""

_OVERFLOW = 65534

_ACL = "system.posix_acl_access"
_ACL_ENTRY = struct.Struct("<HHI")
_ACL_USER, _ACL_GROUP, _ACL_MASK = 0x02, 0x08, 0x10
_ACL_WRITE = 2


def ownership_of(path: Path, handle: int) -> Ownership:
    """Return the ownership of an open file; `path` is for messages. On a mount that another user
    made, that user counts as the owner, whatever the mount shows. Raises OSError."""
    found = _ownership(str(path), Kind.FILE, os.fstat(handle), acl_of=handle)
    maker = mounted_by(handle)
    return found if maker is None else replace(found, uid=maker)


def ownership_at(path: Path) -> Ownership:
    """Return the ownership of the file that the path leads to. Raises OSError."""
    return _ownership(str(path), Kind.FILE, path.stat())


@contextmanager
def open_folder(path: Path) -> Iterator[tuple[str, Ownership]]:
    """Yield a name of the folder that stays valid if the folder is moved (on Linux; elsewhere its
    path), and its ownership. Raises OSError."""
    handle = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY)
    try:
        name = f"/proc/self/fd/{handle}"
        if not os.path.exists(name):  # noqa: PTH110 - never raises
            name = str(path)
        found = _ownership(str(path), Kind.FOLDER, os.fstat(handle), acl_of=name)
        if not found.exempt and found.mode & 0o022:
            found = replace(found, exempt=_is_exempt(found, mount_types()))
        yield name, found
    finally:
        os.close(handle)


def find_exposure(
    path: Path,
    file: Ownership,
    environ: Mapping[str, str],
    *,
    shares_folders: bool = False,
    is_strict: bool = False,
) -> Exposure | None:
    """Return how another user can write or replace the file; None if none can, and on Windows.

    `file`: its ownership; `shares_folders`: a group may write to its folders; `is_strict`: sudo's
    caller and the owner of a container's volume count as other users.
    Raises OSError if the path does not lead to a file.
    """
    if not POSIX:
        return None
    places = [file, *_way_to(path)]
    if _is_alone(places):
        return None
    user = replace(this_user(path, environ), shares_folders=shares_folders)
    return _exposure(places, replace(user, uids=frozenset((os.geteuid(),))) if is_strict else user)


def is_way_exposed(path: Path, environ: Mapping[str, str], trusted: frozenset[int]) -> bool:
    """Whether another user can rename or replace a folder or link on the way, the name itself
    included. False on Windows. `trusted`: user ids that count as this user."""
    if not POSIX:
        return False
    try:
        try:
            places = list(_way_to(path))
        except FileNotFoundError:  # a file that does not exist yet
            places = list(_way_to(path.parent))
    except OSError:
        return True
    if _is_alone(places):
        return False
    user = this_user(path, environ)
    return _exposure(places, replace(user, uids=user.uids | trusted)) is not None


def _is_alone(places: Iterable[Ownership]) -> bool:
    """Whether only this user and root can write all of them, as usual. Looks up no account and no
    mount."""
    user = User(frozenset((os.geteuid(),)), frozenset((0,)), _OVERFLOW)
    return exposure(places, user) is None


def _exposure(places: Iterable[Ownership], user: User) -> Exposure | None:
    mounts = mount_types()
    return exposure((replace(p, exempt=_is_exempt(p, mounts)) for p in places), user)


def this_user(path: Path, environ: Mapping[str, str]) -> User:
    """Return the user who runs this program, as it counts at `path`."""
    uids = own_uids(path, environ)
    in_pod = "KUBERNETES_SERVICE_HOST" in environ
    gids = {0, *(gid for uid in uids if (gid := _private_group(uid)) is not None)}
    if in_pod:
        gids |= {os.getegid(), *os.getgroups()}  # all come from the pod, such as its fsGroup
    return User(uids, frozenset(gids), _overflow_uid(), in_pod)


def own_uids(path: Path, environ: Mapping[str, str]) -> frozenset[int]:
    """Return the user ids that count as this user at `path`: its own, under sudo the caller's, and
    in a container the volume owner's. Looks up no account."""
    own, sudo = os.geteuid(), environ.get("SUDO_UID", "")
    uids = {own}
    if own == 0 and sudo.isdecimal():
        uids.add(int(sudo))
    if own == 0 and is_container(environ) and (owner := _volume_owner(path)) is not None:
        uids.add(owner)
    return frozenset(uids)


def other_owner(file: Ownership, environ: Mapping[str, str]) -> str:
    """Return what tells the owner of this file apart from other users; "" if it is this user or
    root, and on Windows.

    Sudo's caller is another user. In a pod, and for a file that is mounted into a container, the
    owner is whoever has started it.
    """
    if not POSIX or file.uid in (os.geteuid(), 0):
        return ""
    path = Path(file.path)
    if "KUBERNETES_SERVICE_HOST" in environ or is_volume_file(path, file.uid, environ):
        return ""
    # The overflow uid is shown for many users: what one has is not for a config elsewhere.
    return f"{file.uid}-{profile_id(path)}" if file.uid == _overflow_uid() else str(file.uid)


def is_volume(folder: Path, environ: Mapping[str, str]) -> bool:
    """Whether the folder is a mount in a container."""
    return POSIX and is_container(environ) and folder != Path("/") and os.path.ismount(folder)


def is_volume_file(file: Path, owner: int, environ: Mapping[str, str]) -> bool:
    """Whether the file is mounted into this container, alone or in a volume of this owner."""
    if not is_container(environ):
        return False
    return os.path.ismount(file) or _volume_owner(file) == owner


def has_made_up_owners(folder: Path, environ: Mapping[str, str]) -> bool:
    """Whether its owner means nothing: it is on a file system without modes, or in a volume of this
    container. Raises OSError."""
    place = _ownership(str(folder), Kind.FOLDER, folder.stat())
    if _is_exempt(place, mount_types()):
        return True
    return is_container(environ) and _volume_owner(folder / "file") == place.uid


def _volume_owner(path: Path) -> int | None:
    """The owner of the volume that the file is in; None on the container's own disk."""
    with suppress(OSError):
        for folder in Path(os.path.realpath(path)).parents:
            if os.path.ismount(folder):
                return folder.stat().st_uid if folder != Path("/") else None
    return None


def _way_to(path: Path) -> Iterator[Ownership]:
    """Each folder and link on the way to the path, from `/` on. Raises OSError."""
    here, links = "/", 0
    # Not abspath: `link/..` is the folder above the link's target.
    ahead = _names(os.path.join(os.getcwd(), path))  # noqa: PTH109, PTH118 - of text
    yield _ownership(here, Kind.FOLDER, os.lstat(here))
    while ahead:
        name = ahead.pop()
        if name == "..":
            here = os.path.dirname(here)  # noqa: PTH120 - of text
            continue
        place = os.path.join(here, name)  # noqa: PTH118 - of text
        state = os.lstat(place)
        if stat.S_ISLNK(state.st_mode):
            links += 1
            if links > _MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            yield _ownership(place, Kind.LINK, state)
            target = os.readlink(place)  # noqa: PTH115 - of text
            here = "/" if target.startswith("/") else here
            ahead += _names(target)
        elif stat.S_ISDIR(state.st_mode):
            here = place
            yield _ownership(here, Kind.FOLDER, state)


def _names(path: str) -> list[str]:
    """The parts of a path, the first one last."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]


def _ownership(
    path: str, kind: Kind, state: os.stat_result, acl_of: int | str | None = None
) -> Ownership:
    mode = stat.S_IMODE(state.st_mode)
    # The group's bits are the mask of the list: without them it permits no writing.
    listed = kind is not Kind.LINK and bool(mode & stat.S_IWGRP)
    acl_writes = listed and _acl_writes(path if acl_of is None else acl_of)
    return Ownership(path, kind, state.st_uid, state.st_gid, mode, acl_writes)


def _acl_writes(place: int | str) -> bool:
    """Whether a POSIX access control list lets a named user or group write."""
    if not hasattr(os, "getxattr"):
        return False
    try:
        raw = os.getxattr(place, _ACL)
    except OSError:
        return False  # none, or a file system without them
    entries = [_ACL_ENTRY.unpack_from(raw, at) for at in range(4, len(raw) - 7, 8)]
    mask = next((rights for tag, rights, _ in entries if tag == _ACL_MASK), 0o7)
    return any(
        rights & mask & _ACL_WRITE and tag in (_ACL_USER, _ACL_GROUP) and (tag, number) != (2, 0)
        for tag, rights, number in entries
    )


def _private_group(uid: int) -> int | None:
    """The private group of this user, as most Linux systems create one; None if there is none.

    It has the user's name and no other members. Other groups may have members that a directory
    service does not list, since it is their primary group.
    """
    import grp
    import pwd

    try:
        account = pwd.getpwuid(uid)
    except KeyError:  # as `docker run --user 1000:1000`
        return uid if uid == os.geteuid() and _is_unnamed(uid) else None
    with suppress(KeyError):
        group = grp.getgrgid(account.pw_gid)
        if group.gr_name == account.pw_name and {*group.gr_mem} <= {account.pw_name}:
            return account.pw_gid
    return None


def _is_unnamed(gid: int) -> bool:
    import grp

    try:
        grp.getgrgid(gid)
    except KeyError:
        return True
    return False


def _overflow_uid() -> int:
    with suppress(OSError, ValueError):
        return int(Path("/proc/sys/kernel/overflowuid").read_text(encoding="ascii"))
    return _OVERFLOW


def _is_exempt(place: Ownership, mounts: Mapping[int, str]) -> bool:
    """Whether it is on a mount that is read-only or has no modes of its own."""
    path = place.path
    if place.kind is Kind.LINK:  # where the link is, not its target
        path = os.path.dirname(path)  # noqa: PTH120 - of text
    with suppress(OSError):
        if os.statvfs(path).f_flag & os.ST_RDONLY:
            return True
        return mounts.get(os.lstat(path).st_dev) in _WITHOUT_MODES
    return False
