"""Programs that a test needs beside Python."""

import os
import shutil
import sys

import pytest


def require(*programs: str) -> None:
    """Skips the test, by name, if one of them is not installed; in CI on Linux it fails instead."""
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    sentence = f"not installed: {', '.join(missing)}"
    if os.environ.get("CI") == "true" and sys.platform == "linux":
        pytest.fail(f"{sentence}; CI must not skip this")
    pytest.skip(sentence)
