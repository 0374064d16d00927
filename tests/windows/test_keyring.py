"""Windows Credential Manager, as two processes of ours write it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.windows.machine import Windows

pytestmark = pytest.mark.short

WRITES = 300
WRITER = "-m", "tests.windows.keyring_writer"


def test_two_processes_lose_none_of_each_others_secrets(windows: Windows) -> None:
    """Under one service name, of 600 writes 69 were lost and 65 reverted."""
    names = [f"127.0.0.1/app/{'i' * 150}/{each}/tokens" for each in ("one", "other")]
    with ThreadPoolExecutor(2) as both:
        done = list(both.map(partial(write, windows), names))
    assert [json.loads(each) for each in done] == [{"lost": 0}, {"lost": 0}]


def write(windows: Windows, name: str) -> str:
    done = windows.python(*WRITER, name, str(WRITES))
    assert done.returncode == 0, done.stderr
    return done.stdout
