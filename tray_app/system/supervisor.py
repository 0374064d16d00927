"""Runs a command as a child that behaves like this process: signals, terminal and exit code."""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Self, TypeAlias

from tray_app.system.exec import check_and_flush, found_program, sh_command
from tray_app.system.hardening import initial_limits
from tray_app.system.signals import handling_signals
from tray_app.system.windows_job import WindowsJob

KILL_AFTER = 10.0
"""Seconds between SIGTERM and SIGKILL when the command is ended for a restart."""

_ENDING = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGQUIT", 0))

_LEFTOVER_INTERVAL = 0.05
"""Seconds between two checks whether the rest of the process group has ended."""


class PosixSupervisor:
    """Runs one command at a time. A context manager for the main thread.

    It gives the command a process group of its own, so that all of it can be ended, and the
    terminal if this process has it.

    The terminal sends Ctrl-C to the command alone. If Ctrl-Z stops the command, this process stops,
    too, and the shell takes over; `fg` continues both.
    """

    def __init__(self, kill_after: float = KILL_AFTER) -> None:
        self._ending, self._ending_at = 0, 0.0
        self._kill_after = kill_after
        self._process: subprocess.Popen[bytes] | None = None
        self._terminal: int | None = None
        self._signals = -1
        self._stack = ExitStack()

    @property
    def ending_signal(self) -> int:
        """The last signal passed on to the command that usually ends one, 0 for none. SIGINT and
        SIGQUIT count for `KILL_AFTER` only: a command may go on, as a JVM that prints its threads.
        """
        is_over = time.monotonic() > self._ending_at + self._kill_after
        return 0 if is_over and self._ending != signal.SIGTERM else self._ending

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._signals, writer = os.pipe()
            stack.callback(os.close, self._signals)
            stack.callback(os.close, writer)
            for end in (self._signals, writer):
                os.set_blocking(end, False)
            with suppress(OSError):  # no controlling terminal
                self._terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
                stack.callback(os.close, self._terminal)
            former = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
            stack.callback(signal.set_wakeup_fd, former)
            # Set even if it is ignored: else there would be no exit code to wait for.
            stack.callback(signal.signal, signal.SIGCHLD, signal.signal(signal.SIGCHLD, _wake))
            stack.enter_context(handling_signals(_wake, "SIGCONT"))
            stack.enter_context(handling_signals(_wake))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with self._stack:
            if self._is_running():
                self.end()

    def start(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Start the command. Raises OSError."""
        check_and_flush(command)
        with initial_limits():
            try:
                self._process = _started(command, environ)
            except OSError as error:
                if error.errno != errno.ENOEXEC:
                    raise
                self._process = _started(sh_command(command, environ), environ)
        self._pass_terminal(os.getpgrp(), self._process.pid)

    def wait(self, seconds: float) -> int | None:
        """Wait for its end, and return its exit code, or minus the signal that ended it; None if it
        still runs."""
        deadline = time.monotonic() + seconds
        while (code := self._look()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._pass_signals(left)
        return code

    def end(self) -> int:
        """End it and what it has started, and return its exit code. May take `KILL_AFTER`."""
        deadline = time.monotonic() + self._kill_after
        self._send_to_group(signal.SIGTERM)
        self._send_to_group(signal.SIGCONT)
        code = self.wait(self._kill_after)
        while time.monotonic() < deadline and self._send_to_group(0):
            self._pass_signals(_LEFTOVER_INTERVAL)
            self._look()
        self._send_to_group(signal.SIGKILL)
        while code is None:
            code = self.wait(self._kill_after)
        return code

    def send(self, number: int) -> None:
        """Send it a signal."""
        if self._process is not None and self._is_running():
            with suppress(PermissionError):  # it has changed its user
                os.kill(self._process.pid, number)

    def pause(self, seconds: float) -> int:
        """Wait without a command; return the signal that ended the wait, 0 for none."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            for number in self._received(left):
                if number not in (signal.SIGCHLD, signal.SIGCONT):
                    return number
        return 0

    def _is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def _look(self) -> int | None:
        """The exit code if it has ended. Also reaps orphans of its group, which come here if this
        is process 1 of a container."""
        process = self._process
        while process is not None:
            flags = os.WNOHANG | os.WUNTRACED
            try:
                pid, status = os.waitpid(-process.pid, flags)
            except ChildProcessError:  # none in the group any more
                if process.returncode is not None:
                    break
                pid, status = os.waitpid(process.pid, flags)
            if not pid:
                break
            if pid != process.pid:
                continue
            if os.WIFSTOPPED(status):
                self._stop_with_it(os.WSTOPSIG(status))
            else:
                process.returncode = os.waitstatus_to_exitcode(status)
                self._pass_terminal(process.pid, os.getpgrp())
        return process.returncode if process is not None else None

    def _pass_signals(self, seconds: float) -> None:
        """Wait so long for signals, and pass them on to the command."""
        for number in self._received(seconds):
            if number == signal.SIGCONT:
                self._continue()
            elif number != signal.SIGCHLD:
                if number in _ENDING:
                    self._ending, self._ending_at = number, time.monotonic()
                self.send(number)

    def _received(self, seconds: float) -> bytes:
        select.select([self._signals], [], [], seconds)
        try:
            return os.read(self._signals, 512)
        except BlockingIOError:
            return b""

    def _send_to_group(self, number: int) -> bool:
        """Send it, and return whether the group still exists."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                with suppress(PermissionError):  # a member that has changed its user
                    os.killpg(self._process.pid, number)
                return True
        return False

    # --- the terminal -----------------------------------------------------------------------------

    def _stop_with_it(self, number: int) -> None:
        """Stop as the command was stopped, so that the shell notices. A SIGSTOP was meant for the
        command alone."""
        if number == signal.SIGTSTP:
            os.killpg(os.getpgrp(), number)  # discarded if no shell could continue us
            self._continue()
        elif number in (signal.SIGTTIN, signal.SIGTTOU) and not self._continue_in_terminal():
            os.killpg(os.getpgrp(), number)

    def _continue(self) -> None:
        if not self._continue_in_terminal():
            self._send_to_group(signal.SIGCONT)

    def _continue_in_terminal(self) -> bool:
        """Continue the command if this process or the command has the terminal, for the command:
        it may have been stopped for want of it just before it was passed on."""
        if self._process is None or not self._pass_terminal(os.getpgrp(), self._process.pid):
            return False
        self._send_to_group(signal.SIGCONT)
        return True

    def _pass_terminal(self, before: int, after: int) -> bool:
        """Let this process group have the terminal if that one has it; return whether it has it
        now."""
        if self._terminal is None:
            return False
        # Else a process that is not in the foreground would be stopped for it.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTTOU,))
        try:
            if os.tcgetpgrp(self._terminal) not in (before, after):
                return False
            os.tcsetpgrp(self._terminal, after)
        except OSError:  # it is closed, or the command has ended
            return False
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return True


def _wake(*_: object) -> None:
    """Handles a signal: its number is in the pipe by now."""


def _started(command: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Raises OSError."""
    return subprocess.Popen(  # noqa: S603 - the user's own command, and no shell
        command, env=environ, close_fds=False, process_group=0
    )


class WindowsSupervisor:
    """Ends the command with what it has started. The console sends Ctrl-C to both processes, and
    the command handles it; there are no other signals."""

    def __init__(self) -> None:
        self.ending_signal = 0
        """The last signal passed on to the command that usually ends one: always 0, for none."""
        self._process: subprocess.Popen[bytes] | None = None
        self._job: WindowsJob | None = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, _wake)  # not SIG_IGN, which is inherited
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        if self._process is not None and self._process.poll() is None:
            self.end()

    def start(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Start the command. Raises OSError."""
        check_and_flush(command)
        program = found_program(command, environ)
        self._process = subprocess.Popen([program, *command[1:]], env=environ)  # noqa: S603
        self._job = WindowsJob.of(self._process)

    def wait(self, seconds: float) -> int | None:
        """Wait for its end, and return its exit code; None if it still runs."""
        if self._process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def end(self) -> int:
        """End it and what it has started at once, and return its exit code."""
        if self._job is not None:
            self._job.terminate()
        if self._process is None:
            return 0
        self._process.terminate()
        return self._process.wait()

    def send(self, number: int) -> None:
        """Do nothing: there are no signals to send."""

    def pause(self, seconds: float) -> int:
        """Wait without a command; return 0, for no signal. Ctrl-C raises KeyboardInterrupt."""
        signal.signal(signal.SIGINT, self._before)
        try:
            time.sleep(seconds)
        finally:
            signal.signal(signal.SIGINT, _wake)
        return 0


Supervisor: TypeAlias = PosixSupervisor | WindowsSupervisor


def supervisor() -> Supervisor:
    """Return the supervisor for this system."""
    return WindowsSupervisor() if sys.platform == "win32" else PosixSupervisor()
