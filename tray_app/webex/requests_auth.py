"""An `auth` for requests: a valid token, and on a 401 one renewal and one retry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from requests import PreparedRequest, Response
from requests.auth import AuthBase
from requests.exceptions import UnrewindableBodyError
from requests.utils import rewind_body

from tray_app.webex.api_base import is_private


class TokenAuth(AuthBase):
    """Sets the header of every request (RFC 6750 §2.1). Thread-safe.

    A request that is refused with 401 is sent once more if there is a replacement for the token,
    and if its body can be sent again.
    """

    def __init__(self, token: Callable[[], str], replacement: Callable[[str], str | None]) -> None:
        """`replacement`: called with the refused token; returns None if there is no other."""
        self._token = token
        self._replacement = replacement

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Set the header. Raises what `token` raises, and ValueError for http to another host."""
        if not is_private(request.url or ""):
            raise ValueError("the token is sent by https only (http on loopback)")
        token = self._token()
        request.headers["Authorization"] = f"Bearer {token}"

        def on_response(response: Response, **settings: Any) -> Response:
            return self._retried(response, token, settings)

        request.register_hook("response", on_response)  # type: ignore[no-untyped-call]
        return request

    def _retried(self, response: Response, token: str, settings: dict[str, Any]) -> Response:
        """The response to the retry; the given one if there is no retry."""
        sent = response.request.headers.get("Authorization")
        # Without our header it was redirected to another host, which must not get the token.
        if response.status_code != 401 or sent != f"Bearer {token}":
            return response
        request = response.request.copy()
        if not _rewind(request):
            return response
        replacement = self._replacement(token)
        if replacement is None:
            return response
        _ = response.content  # so that the connection can be used again
        response.close()
        request.headers["Authorization"] = f"Bearer {replacement}"
        retried: Response = response.connection.send(request, **settings)
        retried.history.append(response)
        retried.request = request
        return retried


def _rewind(request: PreparedRequest) -> bool:
    """Make the body ready to be sent again; return False if that is impossible."""
    body: object = request.body  # may also be a file or an iterator
    if body is None or isinstance(body, bytes | str):
        return True
    try:
        rewind_body(request)
    except UnrewindableBodyError:
        return False
    return True
