"""Windows and macOS collect the tests, too: what they lack is not imported while that is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import OF_LINUX

TESTS = Path(__file__).parent
IMPORT_ALL = """
import importlib, sys
class Lacking:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {"jeepney", "Xlib", "secretstorage", "fcntl", "pwd", "grp"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Lacking())
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        print(f"{name} needs {error}")
"""


@pytest.mark.process
def test_every_module_that_is_not_named_as_of_linux_can_be_imported_elsewhere() -> None:
    """Else the whole run would end there before its first test."""
    names = [
        ".".join(path.relative_to(TESTS.parent).with_suffix("").parts)
        for path in TESTS.rglob("*.py")
        if not any(path.is_relative_to(TESTS / left_out) for left_out in OF_LINUX)
        and (path.name == "conftest.py" or path.name.startswith("test_"))
    ]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *sorted(names)],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
