"""Settings for every test: generated examples take their time on a busy machine, tests that start a
process say so, and what only Linux has is left out elsewhere, by name."""

import gc
import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ours",
    deadline=None,
    max_examples=30 if os.environ.get("HYPOTHESIS_PROFILE") == "few" else 50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ours")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background by a shell: what the tests start has to hear Ctrl-C all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32":
    for ignored in (signal.SIGHUP, signal.SIGQUIT):  # `nohup`, and the background: the same
        if signal.getsignal(ignored) is signal.SIG_IGN:
            signal.signal(ignored, signal.SIG_DFL)

OF_LINUX = [
    "benchmarks",
    "e2e",
    "faults",
    "secrets/test_secret_service.py",
    "cli/doctor/test_machine_checks.py",
    "cli/doctor/test_command.py",
    "cli/test_run_on_change.py",
    "cli/setup",
    "desktop/tray/test_detect.py",
    "desktop/test_icon_life.py",
    "desktop/tray/test_menu_service.py",
    "desktop/tray/xembed/test_menu_layout.py",
    "desktop/tray/test_statusnotifier.py",
    "system/test_session_bus.py",
    "test_elsewhere.py",
    "test_forks.py",
]
"""What cannot even be imported elsewhere: our icons on D-Bus and X11, and the rigs around them."""

OF_POSIX = [
    "cli/test_sandbox.py",
    "system/test_signals.py",
    "test_early_signals.py",
    "test_forks.py",
]
"""What cannot be imported on Windows: its signals are others, and it has no pseudo-terminals."""

TESTS = Path(__file__).parent
SLOW = {
    TESTS / "faults",
    TESTS / "homes",
    TESTS / "simulation",
    TESTS / "cli/test_looking_changes_nothing.py",
    TESTS / "cli/test_surroundings.py",
    *(TESTS / "e2e").glob("test_*_with_the_mouse.py"),
    *(TESTS / "e2e").glob("test_*_in_chromium.py"),
    TESTS / "e2e/test_forget_one_of_two.py",
    TESTS / "e2e/test_old_checkout.py",
    TESTS / "windows",
}
"""Folders and files whose tests are all slow."""

STARTS_PROCESS = [
    (subprocess.Popen, "__init__"),
    *((os, name) for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system")),
]
platform.processor()  # once, before any test: python-xlib asks as it is loaded, and `uname` runs

pytest_plugins = ["tests.fixtures"]

LINUX: bool = sys.platform == "linux"
POSIX: bool = os.name == "posix"
collect_ignore = ([] if LINUX else OF_LINUX) + ([] if POSIX else OF_POSIX)


def pytest_report_header() -> str:
    """Say what is left out."""
    left_out = ", ".join(f"tests/{name}" for name in collect_ignore)
    return f"left out, as it needs another system: {left_out or 'nothing'}"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays: no search for garbage looks at it, now or during the tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs programs or is slow; skip by name what needs a Linux desktop."""
    for item in items:
        places = _places(item.path)
        if not SLOW.isdisjoint(places):
            item.add_marker(pytest.mark.slow)
        # What only generated examples reach would be covered on some days alone.
        is_generated = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if is_generated or item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.no_cover)
        if TESTS / "e2e" in places or "program" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.process)
        if not LINUX and item.get_closest_marker("desktop"):
            item.add_marker(pytest.mark.skip(reason="needs a Linux desktop"))
        if not POSIX and item.get_closest_marker("posix"):
            item.add_marker(pytest.mark.skip(reason="needs owners, modes or signals of POSIX"))


@cache
def _places(path: Path) -> frozenset[Path]:
    """The file and the folders above it."""
    return frozenset((path, *path.parents))


@pytest.fixture(autouse=True)
def no_process_without_a_marker(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Fail a test that starts a process and that `make unit` would run: it is to stay quick.

    Not by an audit hook: while one of Python's code runs, Python 3.11 refuses every other thread
    the trace function that coverage starts with, and the thread may not start at all
    (https://github.com/python/cpython/issues/98257).
    """
    started: list[str] = []
    marked = any(request.node.get_closest_marker(name) for name in ("process", "desktop", "slow"))
    for place, name in () if marked else STARTS_PROCESS:
        if hasattr(place, name):
            monkeypatch.setattr(place, name, _noted(getattr(place, name), started))
    yield
    assert not started, f"mark it `process`; it started: {started}"


def _noted(start: Callable[..., Any], started: list[str]) -> Callable[..., Any]:
    def noted(*given: Any, **named: Any) -> Any:
        # The main thread's alone: a thread may outlive the test that it belongs to.
        if threading.current_thread() is threading.main_thread():
            started.append(f"{start.__qualname__} {given[-1:]}")
        return start(*given, **named)

    return noted


@pytest.fixture(autouse=True)
def nothing_slow_is_measured(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Coverage would take twice the time, in the processes that such a test starts, too. Of several
    cases of one test, the first one is measured in these."""
    case = getattr(request.node, "callspec", None)
    is_first = case is None or not any(case.indices.values())
    if not is_first or request.node.get_closest_marker("slow"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture(autouse=True)
def windows_folders(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test folders of its own on Windows, where HOME does not name them."""
    if not POSIX:
        folder = request.getfixturevalue("tmp_path") / "user"
        for name in ("LOCAL_APPDATA", "APPDATA"):
            monkeypatch.setenv(f"WIN_PD_OVERRIDE_{name}", str(folder / name))


@pytest.fixture(autouse=True)
def databases_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python 3.13 warns of one that nobody closes, and an engine that a test has done with leaves
    one. That the program closes its own is seen where it runs as a process, warnings as errors.

    By their own `close`, which waits for whoever is reading: a thread may outlive the test.
    """
    from tray_app.storage.database import Database

    opened: list[Database] = []
    begin = Database.__init__

    def noted(database: Database, path: Path, schema: str) -> None:
        begin(database, path, schema)
        opened.append(database)

    monkeypatch.setattr(Database, "__init__", noted)
    yield
    for database in opened:
        database.close()


def pytest_sessionfinish() -> None:
    """Before what was measured is put together."""
    from tests import forked

    forked.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test has said goes from process to process in UTF-8, which has no lone surrogates."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report
