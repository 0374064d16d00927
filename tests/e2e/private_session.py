"""A desktop session that nobody else sees: own home, own bus, own keyring, own screen.

Each part is a context manager and takes the `Session` it belongs to; programs get its environment
explicitly, the test's own is left alone. Leaving ends every process that was started, those that
the bus activated included.
"""

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from jeepney import HeaderFields, MatchRule
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

from tests.e2e.programs import require

PANEL_CONFIG = Path(__file__).with_name("xfce4-panel.xml")
XFCONF = Path("/usr/share/dbus-1/services/org.xfce.Xfconf.service")
KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_PROCESS_START",
)

# without servicedirs nothing of the machine's can be activated by accident; the socket's folder is
# private, and a test may show the socket to a program of another user
CLOSED_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  {services}
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True)
class Session:
    """What a program needs to live in it."""

    root: Path
    """Holds everything; gone afterwards."""
    environ: dict[str, str]
    """Pass it as `env=`; the parts of the session add to it."""
    log: Path
    """What all programs of the session write."""

    @property
    def home(self) -> Path:
        """The home directory."""
        return Path(self.environ["HOME"])

    @property
    def address(self) -> str:
        """The address of the private bus."""
        return self.environ["DBUS_SESSION_BUS_ADDRESS"]

    @contextmanager
    def process(
        self, command: Sequence[str], *, pass_fds: Sequence[int] = ()
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Runs that program in the session, and ends it."""
        with self.log.open("ab") as log:
            program = subprocess.Popen(
                command,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=pass_fds,
            )
        try:
            yield program
        finally:
            end(program)


@contextmanager
def private_session() -> Iterator[Session]:
    """A session with a home and nothing else; a short path, because sockets live in it."""
    with tempfile.TemporaryDirectory(prefix="wtt-") as folder:
        root = Path(folder)
        environ = {name: os.environ[name] for name in KEPT if name in os.environ}
        for name, place in (
            ("HOME", "home"),
            ("XDG_RUNTIME_DIR", "run"),
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_DATA_HOME", "home/.local/share"),
            ("XDG_STATE_HOME", "home/.local/state"),
            ("XDG_CACHE_HOME", "home/.cache"),
        ):
            path = root / place
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            environ[name] = str(path)
        try:
            yield Session(root, environ, root / "log")
        finally:
            _end_strays(root)


@contextmanager
def private_bus(
    session: Session, *, services: bool = False, all_services: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """A session bus of its own; with `services` it may start what the panel needs: xfconf.

    Nothing else of the machine's: a notification daemon would draw over the picture. Whole desktops
    need `all_services`.
    """
    require("dbus-daemon")
    socket, config = session.root / "run/bus", session.root / "bus.conf"
    activation = "<standard_session_servicedirs/>" if all_services else ""
    if services:
        folder = session.root / "services"
        folder.mkdir()
        (folder / XFCONF.name).symlink_to(XFCONF)
        activation = f"<servicedir>{folder}</servicedir>"
    config.write_text(CLOSED_BUS.format(socket=socket, services=activation))
    ready, tell = os.pipe()
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", f"--print-address={tell}"]
    with session.process(command, pass_fds=[tell]) as daemon:
        os.close(tell)
        session.environ["DBUS_SESSION_BUS_ADDRESS"] = read_line(ready, "dbus-daemon's address")
        yield daemon


@contextmanager
def xfce_notices(session: Session) -> Iterator[subprocess.Popen[bytes]]:
    """A real notification daemon, xfce4-notifyd. Needs a bus with services, and a screen."""
    # Debian puts it into a folder of the machine's architecture.
    found = Path("/usr/lib").glob("*/xfce4/notifyd/xfce4-notifyd")
    program = str(next(found, "xfce4-notifyd"))
    require(program)
    with session.process([program]) as daemon:
        wait_for_name(session, "org.freedesktop.Notifications")
        yield daemon


@contextmanager
def unlocked_keyring(session: Session) -> Iterator[subprocess.Popen[bytes]]:
    """gnome-keyring on the session's bus, its login keyring made and open."""
    require("gnome-keyring-daemon")
    command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
    with session.log.open("ab") as log:
        daemon = subprocess.Popen(
            command, env=session.environ, stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        assert daemon.stdin is not None
        daemon.stdin.write(b"a password for tests")
        daemon.stdin.close()
        wait_for_name(session, "org.freedesktop.secrets")
        yield daemon
    finally:
        end(daemon)


@contextmanager
def x_server(session: Session, size: str) -> Iterator[str]:
    """An X server that shows nothing to anybody: its display name."""
    require("Xvfb")
    ready, tell = os.pipe()
    command = ["Xvfb", "-displayfd", str(tell), "-screen", "0", f"{size}x24"]
    with session.process([*command, "-nolisten", "tcp", "-noreset"], pass_fds=[tell]):
        os.close(tell)
        display = f":{read_line(ready, 'a display from Xvfb')}"
        session.environ.update(DISPLAY=display, GDK_BACKEND="x11", NO_AT_BRIDGE="1")
        yield display


@contextmanager
def screen(session: Session, size: str = "1024x600") -> Iterator[str]:
    """The same with a window manager."""
    require("openbox")
    with ExitStack() as stack:
        display = stack.enter_context(x_server(session, size))
        up = session.root / "openbox-is-up"
        os.mkfifo(up, 0o600)
        ready = os.open(up, os.O_RDONLY | os.O_NONBLOCK)
        command = ["openbox", "--startup", f"sh -c 'echo up >{up}'"]
        stack.enter_context(session.process(command))
        read_line(ready, "openbox to start")
        yield display


@contextmanager
def xfce_panel(session: Session) -> Iterator[subprocess.Popen[bytes]]:
    """A real xfce4-panel with a status tray. Needs a bus with services, and a screen."""
    require("xfce4-panel", "dbus-update-activation-environment")
    folder = session.home / ".config/xfce4/xfconf/xfce-perchannel-xml"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "xfce4-panel.xml").write_bytes(PANEL_CONFIG.read_bytes())
    # what the bus activates would not know the display, which is younger than the bus
    subprocess.run(
        ["dbus-update-activation-environment", "DISPLAY", "GDK_BACKEND", "NO_AT_BRIDGE"],
        env=session.environ,
        check=True,
        timeout=60,
    )
    with session.process(["xfce4-panel", "--disable-wm-check"]) as panel:
        wait_for_name(session, "org.kde.StatusNotifierWatcher")
        yield panel


def wait_for_name(session: Session, name: str, timeout: float = 60) -> None:
    """Returns when somebody on the session's bus owns that name."""
    deadline = time.monotonic() + timeout
    rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
    rule.add_arg_condition(0, name)
    with open_dbus_connection(session.address) as bus:
        unwrap_msg(bus.send_and_get_reply(message_bus.AddMatch(rule), timeout=timeout))
        (owned,) = unwrap_msg(
            bus.send_and_get_reply(message_bus.NameHasOwner(name), timeout=timeout)
        )
        while not owned:
            message = bus.receive(timeout=max(deadline - time.monotonic(), 0))
            member = message.header.fields.get(HeaderFields.member)
            owned = member == "NameOwnerChanged" and message.body[0] == name and message.body[2]


def read_line(descriptor: int, what: str, timeout: float = 60) -> str:
    """The first line written to that pipe, which is closed then."""
    deadline, line = time.monotonic() + timeout, b""
    try:
        while not line.endswith(b"\n"):
            readable, _, _ = select.select(
                [descriptor], [], [], max(deadline - time.monotonic(), 0)
            )
            if not readable:
                raise AssertionError(f"waited {timeout} s for {what}")
            piece = os.read(descriptor, 4096)
            if not piece:
                raise AssertionError(f"waited for {what}, but the other side has closed")
            line += piece
    finally:
        os.close(descriptor)
    return line.decode().strip()


def end(program: subprocess.Popen[bytes], timeout: float = 3) -> None:
    """Asks it to end, and insists."""
    program.terminate()
    try:
        program.wait(timeout)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait(timeout)


def strays(root: Path) -> Mapping[int, str]:
    """Processes that live in the session of that folder, by number: their command."""
    mark = f"XDG_RUNTIME_DIR={root}/run".encode()
    found = {}
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "comm").read_text().strip()
    return found


def _end_strays(root: Path) -> None:
    """Ends what the bus had started."""
    end_by_number(strays(root))


def end_by_number(numbers: Iterable[int], timeout: float = 3) -> None:
    """Ends processes that are not our children, so that there is no wait() for them."""
    for number in numbers:
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(number)
            try:
                signal.pidfd_send_signal(descriptor, signal.SIGTERM)
                if not select.select([descriptor], [], [], timeout)[0]:
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                    select.select([descriptor], [], [], timeout)
            finally:
                os.close(descriptor)
