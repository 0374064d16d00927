"""Hooks around every endpoint: record the request, and apply a planned fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, g, request

from tray_app.sandbox.accesstoken import client_credentials
from tray_app.sandbox.bearer import bearer_text
from tray_app.sandbox.errors import tracking_id
from tray_app.sandbox.faults import Fault, Moment, NoReply
from tray_app.sandbox.pages import START
from tray_app.sandbox.recording import Kind, Recording, Request
from tray_app.sandbox.registrations import Client
from tray_app.sandbox.status_page import UNRESOLVED

if TYPE_CHECKING:
    from tray_app.sandbox.script import Script
    from tray_app.sandbox.tokens import Token
    from tray_app.sandbox.webex import Webex

TOKEN_ENDPOINT = "access_token"  # noqa: S105 - the name of a route

_GRANTS = {
    ("authorization_code", Client.INTEGRATION): Kind.CODE_EXCHANGE,
    ("refresh_token", Client.INTEGRATION): Kind.INTEGRATION_REFRESH,
    ("refresh_token", Client.SERVICE_APP): Kind.SERVICE_REFRESH,
}

_NOT_WEBEX = (UNRESOLVED, START)
"""The status page is another host's, and the start page the sandbox's own: no fault of Webex's
meets them, and they are not recorded."""


class Traffic:
    """The hooks before and after every endpoint."""

    def __init__(self, webex: Webex, script: Script, recording: Recording) -> None:
        self._webex = webex
        self._script = script
        self._recording = recording

    def arrive(self) -> Response | None:
        """Before the endpoint. Return the fault's response, or None to go on."""
        if request.endpoint in _NOT_WEBEX:
            return None
        record = self._record()
        g.number = self._recording.arrived(record)
        g.fault = self._script.take(record)
        fault: Fault | None = g.fault
        if fault is None:
            fault = self._over_limit()
        if fault is None or fault.moment is Moment.AFTER:
            return None
        fault.wait()
        return fault.change(Response()) if fault.moment is Moment.INSTEAD else None

    def leave(self, reply: Response) -> Response:
        """After the endpoint. Return the response that the client gets."""
        if request.endpoint in _NOT_WEBEX:
            return reply
        fault: Fault | None = g.fault
        if fault is not None and fault.moment is Moment.AFTER:
            fault.wait()
            reply = fault.change(reply)
        reply.headers["Trackingid"] = tracking_id()
        if not isinstance(reply, NoReply):
            self._recording.answered(g.number, reply.status_code)
        return reply

    def _over_limit(self) -> Fault | None:
        """The 429 for a client id that has sent too many requests in the last minute."""
        per_minute = self._webex.switches.requests_per_minute
        if per_minute is None:
            return None
        if request.endpoint == TOKEN_ENDPOINT:
            client_id = client_credentials()[0]
        else:
            token = self._presented(at_token_endpoint=False)
            client_id = self._webex.owner(token) if token else ""
        seconds = self._webex.request_limit.retry_after(client_id, per_minute)
        return Fault.rate_limited(seconds) if seconds else None

    def _record(self) -> Request:
        at_token_endpoint = request.endpoint == TOKEN_ENDPOINT
        token = self._presented(at_token_endpoint=at_token_endpoint)
        if at_token_endpoint:
            client, _ = self._webex.client(client_credentials()[0])
            grant_type = request.form.get("grant_type", "")
            kind = _GRANTS.get((grant_type, client), Kind.OTHER)
        else:
            client = token.terms.client if token else Client.UNKNOWN
            grant_type = ""
            kind = Kind(request.endpoint) if request.endpoint in set(Kind) else Kind.OTHER
        return Request(
            method=request.method,
            path=request.path,
            kind=kind,
            grant_type=grant_type,
            client=client,
            generation=token.generation if token else 0,
            at=self._webex.clock(),
            org=token.terms.person.org_uuid if token else "",
        )

    def _presented(self, *, at_token_endpoint: bool) -> Token | None:
        text = request.form.get("refresh_token", "") if at_token_endpoint else bearer_text()
        return self._webex.tokens.find(text)
