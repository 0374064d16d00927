"""Webex without sockets: the sandbox's web application, called in the same process.

A real socket for each of a hundred thousand requests takes most of the time and shows nothing
here; the fault rig and every other test have it.
"""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from werkzeug.http import http_date
from werkzeug.test import Client

from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.routes import application
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.sandbox.traffic import Traffic


class Wire(HTTPAdapter):
    """A transport of requests that leads into a sandbox."""

    def __init__(self, policy: RefreshPolicy, clock: ManualClock) -> None:
        super().__init__()
        self.webex = Sandbox(clock=clock, policy=policy)
        self._clock = clock
        self._client = Client(
            application(self.webex, Traffic(self.webex, self.webex.faults, self.webex._recording))
        )

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Ask, as requests does."""
        try:
            answer = self._client.open(
                request.path_url,
                method=request.method or "GET",
                headers=dict(request.headers),
                data=request.body,
            )
        except ConnectionAbortedError as error:  # the sandbox's way of closing a connection
            raise requests.ConnectionError(error) from None
        headers = {**dict(answer.headers), "Date": http_date(self._clock())}
        raw = urllib3.HTTPResponse(
            io.BytesIO(answer.data), headers, answer.status_code, preload_content=False
        )
        return self.build_response(request, raw)

    def consent(self, url: str) -> str:
        """Allow, as the owner; returns where the browser is sent."""
        page = urlsplit(url)
        form = dict(parse_qsl(page.query)) | {"decision": "allow"}
        return self._client.post(page.path, data=form).headers["Location"]

    def ask(self, method: str, path: str, **given: Any) -> tuple[int, dict[str, Any]]:
        """Ask without a client: status and JSON. Raises OSError where nothing comes back."""
        answer = self._client.open(f"/v1{path}", method=method, **given)
        body = answer.get_json(silent=True)
        return answer.status_code, body if isinstance(body, dict) else {}
