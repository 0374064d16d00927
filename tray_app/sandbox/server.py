"""The sandbox: a whole Webex behind one address on this computer."""

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
    from types import TracebackType

    from tray_app.sandbox.registrations import Integration, ServiceApp
    from tray_app.sandbox.switches import Lifetimes, Switches

_TIMEOUT = timedelta(seconds=5)


class Sandbox(Webex):
    """A Webex that answers on 127.0.0.1, between `start` and `stop` or within `with`.

    `port` 0 takes any free port and keeps it for a second start; one that is taken raises
    OSError at the start. A `clock` is any callable that returns an aware time. What this Webex
    knows survives a stop.
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Answer from now on; a sandbox that answers already is left alone."""
        if self._loopback is None:
            self.faults.begin()
            app = application(self, Traffic(self, self.faults, self._recording))
            self._loopback = Loopback(app, lambda: self.clock() + self.date_skew, self._port)
            self._port = self._loopback.port
            self.data_sources.issuer = f"{self.origin}/idb"  # so that its keys can be fetched

    def stop(self) -> None:
        """Refuse connections from now on; what is being held is let go. Harmless when stopped."""
        if self._loopback is not None:
            self.faults.end()
            self._loopback.stop()
            self._loopback = None

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:<port>`; the port is known from the first start on."""
        return f"http://{HOST}:{self._port}"

    @property
    def api_base(self) -> str:
        """What stands for `https://webexapis.com/v1`, without a slash at the end."""
        return f"{self.origin}/v1"

    @property
    def requests(self) -> tuple[Request, ...]:
        """Everything asked so far, oldest first, without secrets."""
        return self._recording.all()

    def wait_for_request(
        self, wanted: Callable[[Request], bool], timeout: timedelta = _TIMEOUT
    ) -> Request:
        """The first request that fits, made already or within `timeout`; else TimeoutError."""
        return self._recording.wait_for(wanted, timeout)

    def go_down(self, fault: Fault | None = None) -> None:
        """Every request meets `fault` (a 503 page of HTML) until `come_back`."""
        self.faults.go_down(fault or Fault.unavailable())

    def come_back(self) -> None:
        """End what `go_down` began."""
        self.faults.come_back()
