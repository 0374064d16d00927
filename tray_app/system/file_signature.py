"""Whether a file is another than it was."""

from __future__ import annotations

from pathlib import Path

Signature = tuple[int, ...]


def signature(path: Path) -> Signature:
    """What changes whenever the file does, to be compared; () where there is none to be seen.

    With the time of the inode's change: a copy may bring its old time along.
    """
    try:
        state = path.stat()
    except (OSError, ValueError):
        return ()
    return state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino
