"""Runs an icon beside the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tray_app.desktop.tray.statusnotifier import Icon


@contextmanager
def running(icon: Icon) -> Iterator[threading.Thread]:
    """The icon's loop in a thread of its own, ended on leaving; it must not need persuasion."""
    thread = threading.Thread(target=icon.run, name="icon under test", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        icon.stop()
        thread.join(60)
        assert not thread.is_alive(), "run() did not return after stop()"
