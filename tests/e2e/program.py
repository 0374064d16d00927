"""A program under test, run beside the test: what it prints, and how it ends."""

import queue
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]


class Program:
    """Runs that command while the `with` lasts; its output and errors are read as one stream."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            env={**environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._new: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, name="program output", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    def expect(self, text: str, timeout: float = 60) -> str:
        """The next line with that text in it."""
        end = time.monotonic() + timeout
        while True:
            try:
                line = self._new.get(timeout=max(end - time.monotonic(), 0.001))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"no line with {text!r}; last lines: {self.lines[-20:]}")
            if text in line:
                return line

    def signal(self, number: int) -> None:
        """Sends it that signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """Ends it at once, on every system."""
        self._process.kill()

    def wait(self, timeout: float = 60) -> int:
        """Its exit code, once it has ended by itself and all its output is read. Raises
        AssertionError with what each thread is busy with, if it does not end."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)  # faulthandler answers
            self._process.wait(timeout)
            self._reader.join(timeout)
            said = "\n".join(self.lines[-200:])
            raise AssertionError(f"not ended after {timeout} s:\n{said}") from None
        self._reader.join(timeout)
        return code

    def lasts(self, seconds: float) -> bool:
        """Whether it has not ended so many seconds later."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(60)
        self._reader.join(60)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._new.put(line.rstrip("\n"))
        self._new.put(None)
