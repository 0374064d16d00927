"""An `auth` for requests: a token that lives, and on a 401 one renewal and one repetition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from requests import PreparedRequest, Response
from requests.auth import AuthBase
from requests.exceptions import UnrewindableBodyError
from requests.utils import rewind_body

from tray_app.webex.api_base import is_private


class TokenAuth(AuthBase):
    """Puts the token into the header of every request (RFC 6750 §2.1). For many threads.

    A request whose token is refused is sent once more with another one, if there is another one and
    its body can be sent again; else the 401 is the answer.
    """

    def __init__(self, token: Callable[[], str], another: Callable[[str], str | None]) -> None:
        """`token` gives the one to use; `another` the one in its place, None for none."""
        self._token = token
        self._another = another

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign the request. Raises what `token` raises, and ValueError on http to another host."""
        if not is_private(request.url or ""):
            raise ValueError("the token is sent by https only (http on loopback)")
        token = self._token()
        request.headers["Authorization"] = f"Bearer {token}"

        def answered(response: Response, **settings: Any) -> Response:
            return self._repeated(response, token, settings)

        request.register_hook("response", answered)  # type: ignore[no-untyped-call]
        return request

    def _repeated(self, response: Response, token: str, settings: dict[str, Any]) -> Response:
        """The answer to the same request with another token; the same answer where that is vain."""
        sent = response.request.headers.get("Authorization")
        # Without our header it has been led to another host, which is not to have the token.
        if response.status_code != 401 or sent != f"Bearer {token}":
            return response
        request = response.request.copy()
        if not _is_rewound(request):
            return response
        another = self._another(token)
        if another is None:
            return response
        _ = response.content  # so that the connection can be used again
        response.close()
        request.headers["Authorization"] = f"Bearer {another}"
        repeated: Response = response.connection.send(request, **settings)
        repeated.history.append(response)
        repeated.request = request
        return repeated


def _is_rewound(request: PreparedRequest) -> bool:
    """Whether the body can be sent again from its beginning."""
    body: object = request.body  # a file or an iterator, too, whatever its type says
    if body is None or isinstance(body, bytes | str):
        return True
    try:
        rewind_body(request)
    except UnrewindableBodyError:
        return False
    return True
