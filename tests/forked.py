"""A command in a process of its own, forked from one that has loaded the program already.

To start Python and load the program takes some 0.4 s of a core, a fork a tenth of that. This is for
what a command does; a test of how the program starts has Python started anew.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import inspect
import json
import os
import pkgutil
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

from coverage.control import Coverage, _after_fork_in_child

import tray_app.model

NUMBER = 12
"""The bytes of a process number or exit code on the pipe."""
ROOT = Path(tray_app.model.__file__).parents[2]
PROGRAM = "import sys\nfrom tray_app.__main__ import main\nsys.exit(main())"
NOT_LOADED = ("tray_app.desktop", "tray_app.sandbox", "tray_app.secrets.windows_entries")
AT_START = ("PYTHON", "LANG", "LC_", "LD_")
"""The beginnings of variables that Python reads when it starts: each set of values has a process of
its own to fork from."""
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
"""The one of them that can be heeded later."""
MEASURES = "COVERAGE_PROCESS_CONFIG"
_MEASURED = {name: value for name, value in os.environ.items() if name == MEASURES}
"""As it is before any test: of slow ones nothing is measured, and others fork from the same process
later."""

_servers: list[tuple[subprocess.Popen[bytes], socket.socket]] = []


class Process:
    """A forked process that runs `code`, with these streams and nothing else open."""

    def __init__(
        self,
        code: str,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        folder: Path,
        streams: Sequence[int | IO[Any]],
        *,
        in_terminal: bool = False,
    ) -> None:
        """`in_terminal`: in a session of its own, whose terminal its input is."""
        self._result, told = os.pipe()
        self.returncode: int | None = None
        asked = {
            "code": code,
            "argv": ["-c", *arguments],
            "environ": dict(environ),
            "folder": str(folder),
            "terminal": in_terminal,
        }
        files = [s if isinstance(s, int) else s.fileno() for s in streams]
        at_start = {n: v for n, v in environ.items() if n.startswith(AT_START) and n != NO_BYTECODE}
        server = _server(frozenset(at_start.items()))
        socket.send_fds(server, [json.dumps(asked).encode()], [*files, told])
        os.close(told)
        self.pid = int(self._told(60))

    def wait(self, timeout: float = 60) -> int:
        """Its exit code; minus the number of the signal that has ended it. Raises TimeoutError."""
        if self.returncode is None:
            self.returncode = int(self._told(timeout))
            os.close(self._result)
        return self.returncode

    def kill(self) -> None:
        """SIGKILL, if it has not ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, 9)

    def _told(self, timeout: float) -> bytes:
        """The next number that the server says."""
        if not select.select([self._result], [], [], timeout)[0]:
            raise TimeoutError(f"not ended after {timeout} s")
        return os.read(self._result, NUMBER)


def run(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    folder: Path,
    *,
    code: str = PROGRAM,
    typed: str = "",
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run to the end, as `subprocess.run` would. `typed`: what its input holds."""
    if sys.platform != "linux":
        command = [sys.executable, "-W", "error", "-c", code, *arguments]
        return subprocess.run(
            command,
            env=environ,
            cwd=folder,
            input=typed,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    with tempfile.TemporaryFile() as given:
        given.write(typed.encode())
        given.seek(0)
        (out, out_end), (err, err_end) = os.pipe(), os.pipe()
        process = Process(code, arguments, environ, folder, (given, out_end, err_end))
    os.close(out_end)
    os.close(err_end)
    said: list[str] = ["", ""]

    def read(at: int, end: int) -> None:
        with open(end, encoding="utf-8", errors="strict") as stream:
            said[at] = stream.read()

    reader = threading.Thread(target=read, args=(1, err))
    limit = threading.Timer(timeout, process.kill)
    for thread in (reader, limit):
        thread.start()
    read(0, out)
    reader.join()
    returncode = process.wait(timeout)
    limit.cancel()
    limit.join()
    return subprocess.CompletedProcess(list(arguments), returncode, *said)


@cache
def _server(at_start: frozenset[tuple[str, str]]) -> socket.socket:
    """The connection to a process that forks, started with these variables."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.forked", str(its.fileno())],
        env={"PYTHONPATH": str(ROOT), **dict(at_start), **_MEASURED},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[its.fileno()],
    )
    its.close()

    _servers.append((process, ours))
    return ours


def end() -> None:
    """End the processes to fork from: what coverage has measured of them is saved then."""
    for process, control in _servers:
        control.close()
        process.wait(60)
    _servers.clear()
    _server.cache_clear()


# --- the process that forks ---------------------------------------------------------------------


def load() -> None:
    """Load what a command may want, for a process that forks: what is loaded stays, and no search
    for garbage looks at it. `keyring` chooses its backend as it is loaded."""
    gc.disable()
    if "PYTHON_KEYRING_BACKEND" in os.environ:
        importlib.import_module("keyring.core")
    for module in pkgutil.walk_packages([str(ROOT / "tray_app")], "tray_app."):
        if not module.name.startswith(NOT_LOADED):
            importlib.import_module(module.name)
    gc.freeze()
    gc.enable()


def _asked(control: socket.socket) -> dict[str, Any]:
    """Fork for each request, and say how it ends; returns in the new process, what it is to do."""
    running: dict[int, tuple[int, int]] = {}
    while True:
        for ready in select.select([control.fileno(), *running], [], [])[0]:
            if ready in running:
                _say_end(ready, *running.pop(ready))
                continue
            data, files, _, _ = socket.recv_fds(control, 1 << 20, 4)
            if not data:
                control.close()
                sys.exit()
            program = os.fork()
            if program == 0:
                control.close()
                for number, file in enumerate(files[:3]):
                    os.dup2(file, number)
                os.closerange(3, os.sysconf("SC_OPEN_MAX"))
                asked: dict[str, Any] = json.loads(data)
                return asked
            *streams, told = files
            for file in streams:
                os.close(file)
            os.write(told, str(program).encode().ljust(NUMBER))
            running[os.pidfd_open(program)] = program, told


def _say_end(ended: int, program: int, told: int) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    with suppress(BrokenPipeError):
        os.write(told, str(code).encode().ljust(NUMBER))
    os.close(told)
    os.close(ended)


def _become(asked: Mapping[str, Any]) -> None:
    """Be as a process that was started like this."""
    os.environ.clear()
    os.environ.update(asked["environ"])
    os.chdir(asked["folder"])
    sys.argv = asked["argv"]
    sys.dont_write_bytecode = bool(os.environ.get(NO_BYTECODE))
    time.tzset()
    if asked["terminal"]:
        import fcntl
        import termios

        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if MEASURES not in os.environ:
        if (measuring := Coverage.current()) is not None:
            measuring._auto_save = False
            measuring.stop()
    else:
        _after_fork_in_child()
        if (measuring := Coverage.current()) is not None and measuring._inorout is not None:
            # Which files were not executed is for the process of the tests to say: for each command
            # to look for them, and to save their names, takes half as long as the command.
            measuring._inorout.source_pkgs, measuring._inorout.source_dirs = [], []


def _end_early(exit_code: int) -> None:
    """Do at the end what Python does, but for the clearing of its modules, which takes as long as
    the command. Objects that nothing refers to are cleared, so that those still open are told."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    gc.collect()
    with suppress(OSError, ValueError):  # else Python says it, with its own exit code
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(exit_code)
    sys.exit(exit_code)


if __name__ == "__main__":
    load()
    inspect.stack()  # coverage asks for it as it starts; the first time takes as long as a command
    gc.freeze()
    request = _asked(socket.socket(fileno=int(sys.argv[1])))
    _become(request)
    try:
        exec(compile(request["code"], "<forked>", "exec"), {"__name__": "__main__"})  # noqa: S102
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        exit_code = ended.code or 0
    else:
        exit_code = 0
    _end_early(exit_code)
