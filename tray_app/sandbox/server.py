"""The sandbox: a whole Webex behind one address on this machine."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from tray_app.sandbox.faults import Fault
from tray_app.sandbox.loopback import HOST, Loopback
from tray_app.sandbox.recording import Recording, Request
from tray_app.sandbox.routes import application
from tray_app.sandbox.script import Script
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.sandbox.traffic import Traffic
from tray_app.sandbox.webex import Webex

if TYPE_CHECKING:
    from collections.abc import Callable

    from tray_app.sandbox.registrations import Integration, ServiceApp
    from tray_app.sandbox.switches import Lifetimes, Switches

_TIMEOUT = timedelta(minutes=1)


class Sandbox(Webex):
    """A Webex that answers on 127.0.0.1, between `start` and `stop` or within `with`.

    `port` 0 takes any free port and keeps it for a second start; `start` raises OSError if the port
    is taken. `clock`: any callable that returns an aware time. A stop loses nothing.
    """

    def __init__(
        self,
        *,
        lifetimes: Lifetimes | None = None,
        policy: RefreshPolicy = RefreshPolicy.SAME_EXTENDED_DAILY,
        switches: Switches | None = None,
        clock: Callable[[], datetime] | None = None,
        service_app: ServiceApp | None = None,
        integration: Integration | None = None,
        port: int = 0,
    ) -> None:
        super().__init__(
            lifetimes=lifetimes,
            policy=policy,
            switches=switches,
            clock=clock,
            service_app=service_app,
            integration=integration,
        )
        self.faults = Script()
        self.date_skew = timedelta()  # how far the `Date` header is ahead of the clock
        self._port = port
        self._recording = Recording()
        self._loopback: Loopback | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Answer from now on. Does nothing if it has started already."""
        if self._loopback is None:
            self.faults.begin()
            app = application(self, Traffic(self, self.faults, self._recording))
            self._loopback = Loopback(app, lambda: self.clock() + self.date_skew, self._port)
            self._port = self._loopback.port
            self.data_sources.issuer = f"{self.origin}/idb"  # so that its keys can be fetched

    def stop(self) -> None:
        """Refuse connections from now on, and release held requests. Does nothing if stopped."""
        if self._loopback is not None:
            self.faults.end()
            self._loopback.stop()
            self._loopback = None

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:<port>`; the port is known after the first start."""
        return f"http://{HOST}:{self._port}"

    @property
    def api_base(self) -> str:
        """In place of `https://webexapis.com/v1`, without a trailing slash."""
        return f"{self.origin}/v1"

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request so far, oldest first, without secrets."""
        return self._recording.all()

    def wait_for_request(
        self, wanted: Callable[[Request], bool], timeout: timedelta = _TIMEOUT
    ) -> Request:
        """Return the first request that fits, past or within `timeout`. Raises TimeoutError."""
        return self._recording.wait_for(wanted, timeout)

    def go_down(self, fault: Fault | None = None) -> None:
        """Apply `fault` (by default a 503 with an HTML page) to every request until `come_back`."""
        self.faults.go_down(fault or Fault.unavailable())

    def come_back(self) -> None:
        """End the outage."""
        self.faults.come_back()
