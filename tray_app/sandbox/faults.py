"""Faults between a client and Webex (docs/webex-api.md, "Faults on demand")."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from threading import Event
from typing import TYPE_CHECKING, Any

from flask import Response, json

from tray_app.sandbox.errors import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import timedelta


class Moment(Enum):
    """When the fault happens."""

    INSTEAD = auto()  # the request does not reach the endpoint
    BEFORE = auto()  # first the fault, then the endpoint as usual
    AFTER = auto()  # the endpoint has acted, and the response is changed


class NoReply(Response):
    """Closes the connection without sending a byte."""

    def __call__(self, *_wsgi: object) -> Iterable[bytes]:
        raise ConnectionAbortedError("dropped on purpose")


def _unchanged(reply: Response) -> Response:
    return reply


@dataclass(frozen=True, eq=False)
class Fault:
    """One fault. Use the constructors below. `change` makes the faulty response."""

    change: Callable[[Response], Response] = _unchanged
    moment: Moment = Moment.INSTEAD
    gate: Event | None = None  # what a slow request waits for …
    seconds: float | None = None  # … and for how long at most

    def after_acting(self) -> Fault:
        """Return the same fault, after Webex has acted: only the response is lost."""
        return replace(self, moment=Moment.AFTER)

    def wait(self) -> None:
        """Block until a slow fault lets the request go on."""
        if self.gate is not None:
            self.gate.wait(self.seconds)

    @classmethod
    def reply(
        cls,
        status: int,
        body: str | bytes = b"",
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Fault:
        """Exactly this response."""
        return cls(lambda _: Response(body, status, headers, content_type=content_type))

    @classmethod
    def error(
        cls, status: int, description: str, headers: Mapping[str, str] | None = None
    ) -> Fault:
        """An error in Webex's own JSON shape."""

        def change(_: Response) -> Response:
            response = wrapped(status, description)
            response.headers.update(headers or {})
            return response

        return cls(change)

    @classmethod
    def unauthorized(cls) -> Fault:
        """A 401, whether the token works or not."""
        return cls.error(401, "The request requires a valid access token.")

    @classmethod
    def rate_limited(cls, retry_after: int | str | None = None, *, empty: bool = False) -> Fault:
        """A 429; `retry_after` is sent as it is, in seconds if a number; `empty` has no body."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        if empty:
            return cls.reply(429, headers=headers)
        return cls.error(429, "Too many requests.", headers)

    @classmethod
    def locked(cls, retry_after: int | str | None = None) -> Fault:
        """A 423, with or without `Retry-After`."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return cls.error(423, "The resource is temporarily locked.", headers)

    @classmethod
    def unavailable(cls, status: int = 503) -> Fault:
        """A 500, 502, 503 or 504 from a proxy, with a page of HTML instead of JSON."""
        page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        return cls.reply(status, page, content_type="text/html; charset=utf-8")

    @classmethod
    def redirected(cls, location: str, status: int = 307) -> Fault:
        """A redirect to another address."""
        return cls.reply(status, headers={"Location": location})

    @classmethod
    def dropped(cls) -> Fault:
        """The connection closes without a reply."""
        return cls(lambda _: NoReply())

    @classmethod
    def lost_reply(cls) -> Fault:
        """Webex acts, and then the connection closes without a response."""
        return cls.dropped().after_acting()

    @classmethod
    def slow(cls, by: timedelta) -> Fault:
        """The request waits for so long, then goes on. Stopping the sandbox ends the wait."""
        return cls(moment=Moment.BEFORE, gate=Event(), seconds=by.total_seconds())

    @classmethod
    def held(cls, gate: Event) -> Fault:
        """The request waits until `gate` is set. Stopping the sandbox sets it, too."""
        return cls(moment=Moment.BEFORE, gate=gate)

    @classmethod
    def edited(cls, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
        """The endpoint's JSON object, changed by `edit`."""

        def change(reply: Response) -> Response:
            reply.set_data(json.dumps(edit(reply.get_json())))
            return reply

        return cls(change, Moment.AFTER)

    @classmethod
    def mislabelled(cls, content_type: str = "text/html") -> Fault:
        """The right body under the wrong content type."""

        def change(reply: Response) -> Response:
            reply.content_type = content_type
            return reply

        return cls(change, Moment.AFTER)

    @classmethod
    def truncated_json(cls) -> Fault:
        """Half of the body, with a matching Content-Length."""

        def change(reply: Response) -> Response:
            whole = reply.get_data()
            reply.set_data(whole[: len(whole) // 2])
            return reply

        return cls(change, Moment.AFTER)

    @classmethod
    def cut_short(cls) -> Fault:
        """Half of the body, then the connection closes although Content-Length says more."""

        def change(reply: Response) -> Response:
            whole = reply.get_data()
            headers = dict(reply.headers)  # Content-Length stays that of the whole
            return Response([whole[: len(whole) // 2]], reply.status, headers)

        return cls(change, Moment.AFTER)
