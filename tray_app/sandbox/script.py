"""Which faults are due, and for which requests."""

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
    where: Kind | str
    fault: Fault
    left: int | None  # None: until cleared
    org: str

    def fits(self, request: Request) -> bool:
        if self.org and self.org != request.org:
            return False
        return self.where == request.kind or fnmatchcase(request.path, self.where)


class Script:
    """The faults to come, each used up in the order it was written. Safe for many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._planned: list[_Planned] = []
        self._outage: Fault | None = None
        self._gates: set[Event] = set()
        self._over = False

    def next(
        self, where: Kind | str, fault: Fault, times: int | None = 1, *, org: str = ""
    ) -> None:
        """The next `times` requests of a kind, or to a path, meet this fault.

        A path may have wildcards as in a shell; "*" means every request. None for `times` means
        until `clear`. `org`: only those with a token of the organization with this uuid.
        """
        with self._lock:
            self._planned.append(_Planned(where, fault, times, org))

    def clear(self) -> None:
        """Forget the faults that have not come yet."""
        with self._lock:
            self._planned.clear()

    def go_down(self, fault: Fault) -> None:
        """Every request meets this fault until `come_back`; planned ones wait."""
        with self._lock:
            self._outage = fault

    def come_back(self) -> None:
        """End the outage."""
        with self._lock:
            self._outage = None

    def take(self, request: Request) -> Fault | None:
        """The fault that this request meets, which is then used up."""
        with self._lock:
            fault = self._outage or self._due(request)
            if fault is not None and fault.gate is not None:
                self._gates.add(fault.gate)
                if self._over:
                    fault.gate.set()
            return fault

    def begin(self) -> None:
        """Hold what shall be held, from now on."""
        with self._lock:
            self._over = False

    def end(self) -> None:
        """Let every request go that is being held, and those that would be until `begin`."""
        with self._lock:
            self._over = True
            for gate in self._gates:
                gate.set()

    def _due(self, request: Request) -> Fault | None:
        for planned in self._planned:
            if planned.fits(request):
                if planned.left is not None:
                    planned.left -= 1
                    if planned.left <= 0:
                        self._planned.remove(planned)
                return planned.fault
        return None
