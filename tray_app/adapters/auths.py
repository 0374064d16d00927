"""What a request says of who sends it; set as auth, so that `~/.netrc` cannot say otherwise."""

from __future__ import annotations

import requests
from requests.auth import AuthBase

from tray_app.core.secret import Secret


class Bearer(AuthBase):
    """Puts the token into the header (RFC 6750 §2.1)."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class NoAuth(AuthBase):
    """No header at all: without this, a netrc entry would add one."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request
