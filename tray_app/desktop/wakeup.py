"""What wakes a loop that sleeps in select(): the signals of the program."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def signals_wake(waker: socket.socket) -> Iterator[None]:
    """Lets Python run the program's own signal handlers at once.

    A signal may land on another thread; without this the main one would sleep on in select().
    No handler is installed or replaced.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
