"""The log that is opened with its first record."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tray_app.system import log
from tray_app.system.dirs import AppDirs


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[AppDirs]:
    """A log that waits in a folder to be made; what a test has changed is put back."""
    root, ours = logging.getLogger(), logging.getLogger("tray_app")
    levels, hooks = (root.level, ours.level), (sys.excepthook, threading.excepthook)
    folders = AppDirs.under(tmp_path)
    log.start(folders, deferred=True)
    yield folders
    log.open_now()
    log.stop()
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    sys.excepthook, threading.excepthook = hooks


def written(folders: AppDirs) -> str:
    return folders.log_file.read_text(encoding="utf-8")


def test_there_is_no_file_before_the_first_record_which_is_the_first_line(folders: AppDirs) -> None:
    assert not folders.log_file.exists()
    logging.getLogger("tray_app").info("the first")
    logging.getLogger("tray_app").info("the second")
    first, second = written(folders).splitlines()
    assert first.endswith("the first")
    assert second.endswith("the second")


def test_it_can_be_opened_without_a_record(folders: AppDirs) -> None:
    """Once is enough."""
    log.open_now()
    log.open_now()
    assert written(folders) == ""


def test_what_ends_a_thread_is_written_down(folders: AppDirs) -> None:
    thread = threading.Thread(target=lambda: 1 / 0, name="a thread of ours")
    thread.start()
    thread.join()
    assert "a thread of ours ended by an error" in written(folders)


@pytest.mark.process
def test_what_ends_the_program_is_written_down(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from tray_app.system import log;"
        "from tray_app.system.dirs import AppDirs;"
        "log.start(AppDirs.under(Path(sys.argv[1])), deferred=True); 1 / 0"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, timeout=30)
    assert done.returncode == 1
    assert "ZeroDivisionError" in written(AppDirs.under(tmp_path))


def test_records_of_many_threads_at_once_are_all_there(folders: AppDirs) -> None:
    """One of them opens it, the others wait."""
    ready = threading.Barrier(8)

    def write(number: int) -> None:
        ready.wait()
        logging.getLogger("tray_app").info("record %d.", number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(line[-9:] for line in written(folders).splitlines()) == [
        f"record {number}." for number in range(8)
    ]
