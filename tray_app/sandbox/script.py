"""Which fault meets which request."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from threading import Lock
from typing import TYPE_CHECKING

from tray_app.sandbox.faults import Fault

if TYPE_CHECKING:
    from threading import Event

    from tray_app.sandbox.recording import Kind, Request


@dataclass
class _Planned:
    target: Kind | str
    fault: Fault
    left: int | None  # None: until cleared
    org: str

    def matches(self, request: Request) -> bool:
        if self.org and self.org != request.org:
            return False
        return self.target == request.kind or fnmatchcase(request.path, self.target)


class Script:
    """Planned faults, used up in order. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._planned: list[_Planned] = []
        self._outage: Fault | None = None
        self._gates: set[Event] = set()
        self._ended = False

    def next(
        self, where: Kind | str, fault: Fault, times: int | None = 1, *, org: str = ""
    ) -> None:
        """Plan this fault for the next `times` requests of a kind, or to a path.

        A path may have shell wildcards; "*" is every request. `times` None: until `clear`. `org`:
        only requests with a token of the organization with this uuid.
        """
        with self._lock:
            self._planned.append(_Planned(where, fault, times, org))

    def clear(self) -> None:
        """Drop the planned faults."""
        with self._lock:
            self._planned.clear()

    def go_down(self, fault: Fault) -> None:
        """Apply this fault to every request until `come_back`. Planned faults wait."""
        with self._lock:
            self._outage = fault

    def come_back(self) -> None:
        """End the outage."""
        with self._lock:
            self._outage = None

    def take(self, request: Request) -> Fault | None:
        """Return the fault for this request, which is then used up."""
        with self._lock:
            fault = self._outage or self._due(request)
            if fault is not None and fault.gate is not None:
                self._gates.add(fault.gate)
                if self._ended:
                    fault.gate.set()
            return fault

    def begin(self) -> None:
        """Let held faults hold their requests from now on."""
        with self._lock:
            self._ended = False

    def end(self) -> None:
        """Release every held request, and hold none until `begin`."""
        with self._lock:
            self._ended = True
            for gate in self._gates:
                gate.set()

    def _due(self, request: Request) -> Fault | None:
        for planned in self._planned:
            if planned.matches(request):
                if planned.left is not None:
                    planned.left -= 1
                    if planned.left <= 0:
                        self._planned.remove(planned)
                return planned.fault
        return None
