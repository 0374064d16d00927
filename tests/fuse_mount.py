"""A FUSE file system, as `fusermount` mounts it for a user with `allow_other`. It shows the files
of a flat folder as root's, with mode 0600. Needs root and /dev/fuse."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

needs_fuse = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not os.access("/dev/fuse", os.R_OK | os.W_OK),
    reason="mounting FUSE needs root and /dev/fuse",
)

_NOSUID_NODEV, _DETACH, _PDEATHSIG = 0x6, 0x2, 1
_LOOKUP, _FORGET, _GETATTR, _OPEN, _READ = 1, 2, 3, 14, 15
_RELEASE, _FLUSH, _INIT, _OPENDIR, _RELEASEDIR = 18, 25, 26, 27, 29
_INTERRUPT, _BATCH_FORGET = 36, 42
_HEADER, _ROOT = struct.Struct("<IIQQIIII"), 1


@contextmanager
def fuse_of(uid: int, source: Path, point: Path) -> Iterator[None]:
    """Let that user's file system show the files of `source` at `point`."""
    libc = ctypes.CDLL(None, use_errno=True)
    device = os.open("/dev/fuse", os.O_RDWR)
    said = f"fd={device},rootmode=40000,user_id={uid},group_id={uid},allow_other"
    names = (b"evil", os.fsencode(point), b"fuse.evil")
    if libc.mount(*names, _NOSUID_NODEV if uid else 0, said.encode()):
        code = ctypes.get_errno()
        os.close(device)
        raise OSError(code, os.strerror(code))
    child = os.fork()
    if child == 0:
        libc.prctl(_PDEATHSIG, signal.SIGKILL)
        try:
            _serve(device, source)
        finally:
            os._exit(0)
    os.close(device)
    try:
        yield
    finally:
        libc.umount2(os.fsencode(point), _DETACH)
        os.kill(child, signal.SIGKILL)  # a file that is still open would keep it waiting
        os.waitpid(child, 0)


def _serve(device: int, source: Path) -> None:
    files = sorted(source.iterdir())
    while True:
        try:
            request = os.read(device, 1 << 17)
        except OSError as error:
            if error.errno == errno.ENOENT:  # the request was interrupted
                continue
            return
        _, code, unique, node, *_ = _HEADER.unpack_from(request)
        if code in (_FORGET, _BATCH_FORGET, _INTERRUPT):
            continue
        answer = _answer(code, node, request[_HEADER.size :], files)
        body, failed = (b"", answer) if isinstance(answer, int) else (answer, 0)
        os.write(device, struct.pack("<IiQ", 16 + len(body), -failed, unique) + body)


def _answer(code: int, node: int, asked: bytes, files: list[Path]) -> bytes | int:
    """The body of the answer, or an error number. Node 2 is the first file."""
    if code == _INIT:
        return struct.pack("<IIIIHHI", 7, 19, 1 << 17, 0, 8, 8, 1 << 12)
    if code == _LOOKUP:
        name = os.fsdecode(asked.rstrip(b"\0"))
        found = [number for number, file in enumerate(files, 2) if file.name == name]
        if not found:
            return errno.ENOENT
        return struct.pack("<QQQQII", found[0], 0, 0, 0, 0, 0) + _attributes(found[0], files)
    if code == _GETATTR:
        return struct.pack("<QII", 0, 0, 0) + _attributes(node, files)
    if code in (_OPEN, _OPENDIR):
        return struct.pack("<QII", 0, 0, 0)
    if code == _READ:
        _, offset, size = struct.unpack_from("<QQI", asked)
        return files[node - 2].read_bytes()[offset : offset + size]
    return b"" if code in (_RELEASE, _FLUSH, _RELEASEDIR) else errno.ENOSYS


def _attributes(node: int, files: list[Path]) -> bytes:
    is_root = node == _ROOT
    mode = stat.S_IFDIR | 0o755 if is_root else stat.S_IFREG | 0o600
    size = 0 if is_root else files[node - 2].stat().st_size
    times = (0, 0, 0, 0, 0, 0)
    return struct.pack("<QQQQQQIIIIIIIIII", node, size, 1, *times, mode, 1, 0, 0, 0, 4096, 0)
