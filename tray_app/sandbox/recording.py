"""The requests to the sandbox, without their secrets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from threading import Condition
from typing import TYPE_CHECKING

from tray_app.sandbox.registrations import Client

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta


class Kind(StrEnum):
    """What a request is for. Finer than the path: it distinguishes the two refreshes."""

    AUTHORIZE = "authorize"
    DECISION = "decision"  # a button of the consent page
    CODE_EXCHANGE = "code-exchange"
    SERVICE_REFRESH = "service-refresh"
    INTEGRATION_REFRESH = "integration-refresh"
    MINT = "mint"
    PEOPLE_ME = "people-me"
    DATA_SOURCES = "data-sources"
    DATA_SOURCE = "data-source"
    DATA_SOURCE_CREATE = "data-source-create"
    DATA_SOURCE_UPDATE = "data-source-update"
    DATA_SOURCE_DELETE = "data-source-delete"
    SCHEMAS = "schemas"
    SCHEMA = "schema"
    VERIFICATION_KEYS = "verification-keys"
    TOKEN_EXPIRY = "token-expiry"  # noqa: S105 - the name of a request
    OTHER = "other"


@dataclass(frozen=True)
class Request:
    """One request. `status` is None until the response, and stays so if the connection dropped."""

    method: str
    path: str
    kind: Kind
    grant_type: str  # "" unless for the token endpoint
    client: Client
    generation: int  # of the presented token; 0 if that is unknown
    at: datetime  # when it arrived, UTC
    status: int | None = None
    org: str = ""  # the uuid of the organization whose token was presented


class Recording:
    """The requests in the order of their arrival. Thread-safe."""

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._changed = Condition()

    def arrived(self, request: Request) -> int:
        """Record a request; return its number for `answered`."""
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()
            return len(self._requests) - 1

    def answered(self, number: int, status: int) -> None:
        """Record the status of a request."""
        with self._changed:
            self._requests[number] = replace(self._requests[number], status=status)
            self._changed.notify_all()

    def all(self) -> tuple[Request, ...]:
        """Return every request so far."""
        with self._changed:
            return tuple(self._requests)

    def wait_for(self, wanted: Callable[[Request], bool], timeout: timedelta) -> Request:
        """Return the first request that fits, past or within `timeout`. Raises TimeoutError."""

        def found() -> Request | None:
            return next((request for request in self._requests if wanted(request)), None)

        with self._changed:
            request = self._changed.wait_for(found, timeout.total_seconds())
        if request is None:
            raise TimeoutError(f"no such request within {timeout}")
        return request
