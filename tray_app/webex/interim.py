"""Skips interim responses (RFC 9110 §15.2), which a gateway may send before the response.

http.client skips 100 only, and takes 102 and 103 for the response: what follows would be lost.
"""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter

_MOST = 20
"""Interim responses to skip; more are no sound server."""


class FinalResponseAdapter(HTTPAdapter):
    """HTTP, whose responses are final ones or 101."""

    def get_connection_with_tls_context(self, *given: Any, **named: Any) -> Any:
        """Return the pool, whose connections skip interim responses."""
        pool: Any = super().get_connection_with_tls_context(*given, **named)
        connect = type(pool).ConnectionCls

        def connected(*given: Any, **named: Any) -> Any:
            connection = connect(*given, **named)
            connection.response_class = _FinalResponse
            return connection

        pool.ConnectionCls = connected
        return pool


class _FinalResponse(HTTPResponse):
    def begin(self) -> None:
        super().begin()
        for _ in range(_MOST):
            if self.status // 100 != 1 or self.status == HTTPStatus.SWITCHING_PROTOCOLS:
                break
            self.headers = None  # type: ignore[assignment]  # else `begin` does nothing
            super().begin()
