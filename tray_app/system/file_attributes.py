"""Owner, mode, access control list and extended attributes of a file."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from contextlib import suppress
from pathlib import Path

_DACL = 4
"""DACL_SECURITY_INFORMATION, Windows."""

_POSIX_ACL = "system.posix_acl_access"
_NFS_ACL = "system.nfs4_acl"

# acl(5) as Linux stores it: a version, then tag, permissions and id of each entry.
_VERSION_BYTES = 4
_ENTRY = struct.Struct("<HHI")
_OWNING_GROUP, _MASK, _OTHERS = 0x04, 0x10, 0x20

# They belong to the content or to a program, not to the readers of the file.
_NOT_COPIED = ("security.ima", "security.evm", "security.capability")


class AclNotCopied(OSError):
    """The old file's access control list cannot be copied."""


def copy(old: int, new: int) -> None:
    """Copy the attributes between two descriptors. No group gains access.

    What this user may not set, such as another owner, is left out. Raises AclNotCopied, OSError.
    """
    if not hasattr(os, "fchmod") or not hasattr(os, "fchown"):
        return
    state = os.fstat(old)
    # Only root may change the owner, but others may set a group of their own.
    for owner in (state.st_uid, -1):
        with suppress(OSError):
            os.fchown(new, owner, state.st_gid)
            break
    same_group = os.fstat(new).st_gid == state.st_gid
    acl = _get(old, _POSIX_ACL)
    if acl is None:
        _remove(new, _POSIX_ACL)  # inherited from the folder
        mode = stat.S_IMODE(state.st_mode)
        os.fchmod(new, mode if same_group else _for_another_group(mode))
    else:
        # Not the mode: with a list, its group bits are the mask of all entries.
        _set_acl(new, _POSIX_ACL, acl if same_group else _without_owning_group(acl))
    nfs_acl = _get(old, _NFS_ACL)
    if nfs_acl is not None and same_group and nfs_acl != _get(new, _NFS_ACL):
        _set_acl(new, _NFS_ACL, nfs_acl)
    _copy_others(old, new)


def _for_another_group(mode: int) -> int:
    """The old group's permissions are not for another group, and its members are others now: what
    it was denied stays denied."""
    return mode & ~(stat.S_IRWXG | stat.S_IRWXO) | mode & mode >> 3 & stat.S_IRWXO


def copy_windows_acl(old: Path, new: Path) -> None:
    """On Windows, copy the access control list between two files. The new one was created in a
    folder for this user alone. A file system without lists is left as it is."""
    if sys.platform == "win32":
        security, size = ctypes.WinDLL("advapi32"), ctypes.c_ulong()
        security.GetFileSecurityW(str(old), _DACL, None, 0, ctypes.byref(size))
        acl = ctypes.create_string_buffer(size.value)
        if security.GetFileSecurityW(str(old), _DACL, acl, size, ctypes.byref(size)):
            security.SetFileSecurityW(str(new), _DACL, acl)


def for_owner_alone(handle: int) -> None:
    """Remove the permissions of others, inherited ones included. Raises OSError.

    The list is removed, not just masked: a later `chmod` for the group would unmask it.
    """
    if hasattr(os, "fchmod"):
        _remove(handle, _POSIX_ACL)
        os.fchmod(handle, stat.S_IRUSR | stat.S_IWUSR)


def _copy_others(old: int, new: int) -> None:
    if not hasattr(os, "listxattr"):
        return
    with suppress(OSError):
        for name in os.listxattr(old):
            if name.startswith("system.") or name in _NOT_COPIED:
                continue
            with suppress(OSError):
                os.setxattr(new, name, os.getxattr(old, name))


def _without_owning_group(acl: bytes) -> bytes:
    entries = list(_ENTRY.iter_unpack(acl[_VERSION_BYTES:]))
    had = 0o7
    for tag, rights, _ in entries:
        had &= rights if tag in (_OWNING_GROUP, _MASK) else 0o7
    limits = {_OWNING_GROUP: 0, _OTHERS: had}  # its members are others now
    kept = [(tag, rights & limits.get(tag, 0o7), who) for tag, rights, who in entries]
    return acl[:_VERSION_BYTES] + b"".join(_ENTRY.pack(*entry) for entry in kept)


def _get(handle: int, name: str) -> bytes | None:
    """The attribute; None if there is none, or the system has no attributes."""
    if not hasattr(os, "getxattr"):
        return None
    try:
        return os.getxattr(handle, name)
    except OSError:
        return None


def _remove(handle: int, name: str) -> None:
    if hasattr(os, "removexattr"):
        with suppress(OSError):
            os.removexattr(handle, name)


def _set_acl(handle: int, name: str, value: bytes) -> None:
    try:
        os.setxattr(handle, name, value)
    except OSError as error:
        raise AclNotCopied(error.errno, error.strerror) from error
