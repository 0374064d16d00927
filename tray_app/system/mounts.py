"""The mounts of this machine: their types, and which of them another user has made (Linux only).

Whoever makes a mount decides which owners it shows. The kernel ignores set-user-id programs on such
a mount; in the same way, an owner there proves nothing.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_MOUNTINFO = Path("/proc/self/mountinfo")
_ESCAPE = re.compile(r"\\([0-7]{3})")
_REMOVABLE = (Path("/media"), Path("/run/media"))
"""udisks mounts what a user plugs in at /media/USER/LABEL or /run/media/USER/LABEL, in folders of
root's."""
_UNKNOWN = 65534


_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")


class _Mount(NamedTuple):
    """A line of mountinfo. `number`: the mount's; `flags`: the mount's options; `options`: those of
    the file system."""

    number: str
    device: int
    escaped_point: str
    flags: list[str]
    kind: str
    options: list[str]

    @property
    def point(self) -> Path:
        """The folder where it is mounted."""
        return Path(_ESCAPE.sub(lambda found: chr(int(found[1], 8)), self.escaped_point))

    @property
    def fuse_user(self) -> int:
        """Who mounted the FUSE file system; 0 for any other."""
        if not self.kind.startswith("fuse"):
            return 0
        users = (word for word in self.options if word.startswith("user_id="))
        return int(next(users, "user_id=0").partition("=")[2])


def is_container(environ: Mapping[str, str]) -> bool:
    """Whether this is a container of Docker, Podman or Kubernetes."""
    marked = any(os.path.exists(mark) for mark in _CONTAINER_MARKS)  # noqa: PTH110 - never raises
    return marked or "KUBERNETES_SERVICE_HOST" in environ


def mount_types() -> dict[int, str]:
    """Return the type of each file system by its device; {} if unknown. FUSE of another user is
    left out: that user chooses the name of the type."""
    return {each.device: each.kind for each in _mounts() if not _other(each.fuse_user)}


def mounted_by(handle: int) -> int | None:
    """Return the other user who made the mount that the open file is on; None for a mount of root's
    or this user's, or if that is unknown.

    That is the user of FUSE; and for a mount with `nosuid`, the owner of a folder above its mount
    point, or the user for whom udisks mounted it. No file system is asked but those above. None in
    a container: whoever started it has made the mounts.
    """
    if is_container(os.environ):
        return None
    number = _mount_of(handle)
    mount = next((each for each in _mounts() if each.number == number), None)
    if mount is None:
        return None
    if _other(mount.fuse_user):
        return mount.fuse_user
    return _user_around(mount.point) if "nosuid" in mount.flags else None


def _user_around(point: Path) -> int | None:
    for folder in point.parents:
        try:
            owner = folder.stat().st_uid
        except OSError:
            return _UNKNOWN
        if _other(owner):
            return owner
    return _removable_of(point.parent)


def _removable_of(folder: Path) -> int | None:
    if folder.parent not in _REMOVABLE:
        return None
    import pwd

    try:
        user = pwd.getpwnam(folder.name).pw_uid
    except KeyError:
        return None
    return user if _other(user) else None


def _other(uid: int) -> bool:
    return uid not in (0, os.geteuid())


def _mount_of(handle: int) -> str:
    """The number of the mount that the open file is on; "" if unknown."""
    with suppress(OSError, ValueError, IndexError):
        known = Path(f"/proc/self/fdinfo/{handle}").read_text(encoding="ascii").split()
        return known[known.index("mnt_id:") + 1]
    return ""


def _mounts() -> Iterator[_Mount]:
    """Every mount; none if unknown."""
    if sys.platform != "linux":  # Wine shows Windows' Python the /proc of Linux
        return
    with suppress(OSError, ValueError, IndexError):
        # A mount point may not be UTF-8.
        text = _MOUNTINFO.read_text(encoding="utf-8", errors="surrogateescape")
        for line in text.split("\n")[:-1]:
            before, _, after = line.partition(" - ")
            number, _, device, _, point, flags = before.split(" ")[:6]
            major, minor = map(int, device.split(":"))
            words = after.split(" ")
            yield _Mount(
                number,
                os.makedev(major, minor),
                point,
                flags.split(","),
                words[0],
                words[-1].split(","),
            )
