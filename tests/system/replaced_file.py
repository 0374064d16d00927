"""A file that is to be replaced, and what the tests of that share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

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
