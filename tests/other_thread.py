"""A signal that the system delivers to another thread than the main one."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import pytest

needs_pthread_kill = pytest.mark.skipif(
    not hasattr(signal, "pthread_kill"), reason="the signal is sent to one thread"
)


def seconds_until_heard(wait: Callable[[], object]) -> float:
    """How long the main thread waits in `wait`, which another thread's signal is to interrupt. The
    signal comes after 0.1 s, most probably once the wait has begun."""

    def hear(*_: object) -> None:
        raise InterruptedError

    timer = threading.Timer(0.1, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGUSR1))

    def begin() -> None:
        timer.start()
        wait()

    before, begun = signal.signal(signal.SIGUSR1, hear), time.monotonic()
    try:
        with pytest.raises(InterruptedError):
            begin()
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)
    return time.monotonic() - begun
