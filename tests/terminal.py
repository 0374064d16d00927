"""A program in a pseudo-terminal of its own, and the person in front of it (Linux)."""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from fcntl import ioctl
from pathlib import Path
from typing import Protocol

from tests import forked

TIMEOUT = 60.0

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Process(Protocol):
    """What runs in a terminal: started there, or forked."""

    @property
    def pid(self) -> int: ...

    def wait(self, timeout: float) -> int: ...

    def kill(self) -> None: ...


class Terminal:
    """What is on the screen so far, and the keyboard."""

    def __init__(self, master: int, process: Process) -> None:
        self._master, self.process = master, process
        self.screen = ""
        self.coloured = False
        self._read_to = 0

    def expect(self, text: str) -> str:
        """Wait for this text behind the one expected last; what came in between."""
        deadline = time.monotonic() + TIMEOUT
        while (at := self.screen.find(text, self._read_to)) < 0:
            if not self._more(deadline - time.monotonic()):
                raise AssertionError(f"no {text!r} behind:\n{self.screen[self._read_to :]}")
        between = self.screen[self._read_to : at]
        self._read_to = at + len(text)
        return between

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._master, text.encode())

    def answer(self, prompt: str, text: str = "") -> None:
        """Wait for the prompt, and type the line."""
        self.expect(prompt)
        self.type(f"{text}\n")

    def hide(self, prompt: str, text: str = "") -> None:
        """The same for a prompt that does not echo: what is typed too early would be thrown away
        (getpass flushes), so wait until the terminal has stopped echoing."""
        self.expect(prompt)
        deadline = time.monotonic() + TIMEOUT
        while termios.tcgetattr(self._master)[3] & termios.ECHO:
            assert time.monotonic() < deadline, "it goes on echoing"
            time.sleep(0.01)
        self.type(f"{text}\n")

    def interrupt(self) -> None:
        """Press Ctrl-C once the program waits for a key: in the instant between its prompt and its
        wait, CPython's input() would notice it at the next key only."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        deadline = time.monotonic() + TIMEOUT
        while stat.read_text().rpartition(")")[2].split()[0] != "S":
            assert time.monotonic() < deadline, "it is busy"
            time.sleep(0.01)
        self.type("\x03")

    def ends(self) -> int:
        """Wait for the program's end; its exit code."""
        deadline = time.monotonic() + TIMEOUT
        while self._more(deadline - time.monotonic()):
            pass
        return self.process.wait(60)

    def close(self) -> None:
        """Close the window: the program gets SIGHUP, and cannot write here any more."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, self._master)
        os.close(nowhere)

    def _more(self, timeout: float) -> bool:
        """Read on; False where there is no more."""
        if timeout <= 0 or not select.select([self._master], [], [], timeout)[0]:
            return False
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # EIO: the other side has closed
            return False
        self.coloured = self.coloured or b"\x1b[" in piece
        self.screen += _ESCAPES.sub("", piece.decode(errors="replace")).replace("\r", "")
        return bool(piece)


@contextmanager
def in_terminal(
    command: Sequence[str],
    environ: Mapping[str, str],
    folder: Path,
    *,
    columns: int = 200,
    is_forked: bool = False,
) -> Iterator[Terminal]:
    """The program in a new session whose terminal this is, so that Ctrl-C is a signal there.
    `is_forked`: the command is one of ours, without the program's name."""
    master, slave = os.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environ = {**environ, "TERM": "xterm", "COLUMNS": str(columns)}
    process: Process
    if is_forked:
        process = forked.Process(
            forked.PROGRAM, command, environ, folder, (slave,) * 3, in_terminal=True
        )
    else:
        process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            env=environ,
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
    os.close(slave)
    try:
        yield Terminal(master, process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait(60)
        os.close(master)
