"""What some code says in a Python of its own, in which the tests have imported nothing."""

import subprocess
import sys
from pathlib import Path


def said_by_python(code: str) -> tuple[str, str]:
    """Its output without the last line end, and its errors. Warnings are errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.removesuffix("\n"), done.stderr
