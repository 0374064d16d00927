"""Serves one of our pages on loopback, from its first opening until it is no longer used."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from http import HTTPStatus
from typing import ClassVar, NamedTuple

from tray_app.loopback.page_keys import COOKIE_LIFETIME, Denied, PageKeys, cookie_field
from tray_app.loopback.request import Request, read_request
from tray_app.loopback.responses import NO_REFERRER, SAME_ORIGIN, response, style_only
from tray_app.loopback.server import PAGE_HOST, LoopbackServer
from tray_app.pages.document import note

log = logging.getLogger(__name__)

_ALREADY_OPENED = (
    "Already opened",
    "This address works once, in one browser, and has been opened already.",
)
_NOTHING = ("Page not found", "There is no page at this address.")


TOP = "look"
"""The id of what is to be read first. If a page has none, it is shown from its top."""


class Reply(NamedTuple):
    """A page; or, if `again`, a redirect that makes the browser load the page again."""

    page: str = ""
    again: bool = False


class PageServer(ABC):
    """Any thread may call its methods. A thread with the page's name answers.

    Each opening has a key of its own, for one browser, which may reload the page.
    """

    name: ClassVar[str]
    """The first part of the path; a key of 256 random bits follows."""

    title: ClassVar[str]
    """How the title of each of its pages begins."""

    again: ClassVar[str]
    """A sentence: how to open the page again."""

    failure: ClassVar[str]
    """The heading if the page could not be made."""

    forms: ClassVar[bool] = False
    """Whether the page has forms."""

    def __init__(self, style: str, *, idle: float = COOKIE_LIFETIME) -> None:
        """`idle`: seconds after the last request until the server ends."""
        self._idle = idle
        self._lock = threading.Lock()
        self._style = style
        self._policy = style_only(style, forms=self.forms)
        self._keys = PageKeys()
        self._server: LoopbackServer | None = None
        self._port = 0

    def address(self) -> str:
        """Return the address of the page with a new key, which works in one browser. That browser
        may reload it.

        Raises PortDenied if nothing can listen.
        """
        with self._lock:
            if not self.extend():
                self._keys = PageKeys()
                server = LoopbackServer(
                    self._reply, name=self.name, sent=self.sent, ended=self.ended, idle=self._idle
                )
                self._port = server.open(0, (PAGE_HOST,))
                self._server = server
            return f"http://{PAGE_HOST}:{self._port}{self._path}{self._keys.new().reveal()}"

    def wait(self, seconds: float | None = None) -> bool:
        """Block until there was no request for the idle time, for at most so many seconds; returns
        whether the server has ended."""
        server = self._server
        return server is None or server.wait(seconds)

    def close(self) -> None:
        """End it now. May be called twice."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.close()

    def extend(self) -> bool:
        """Restart the idle time; False if nothing is served."""
        server = self._server
        return server is not None and server.extend()

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """Answer a browser whose key was accepted. Called in the server's thread."""

    def sent(self) -> None:  # noqa: B027 - most have nothing to do
        """A response was sent. Called in the server's thread."""

    def ended(self) -> None:  # noqa: B027 - likewise
        """Nothing is served any more. Called in the server's thread."""

    # The server's thread

    @property
    def _path(self) -> str:
        return f"/{self.name}/"

    def _reply(self, received: bytes) -> bytes | None:
        request = read_request(received, {f"{PAGE_HOST}:{self._port}"}, forms=self.forms)
        if request is None:
            return None
        if isinstance(request, HTTPStatus):
            whole = self._refuse(request)
            head, gap, body = whole.partition(b"\r\n\r\n")
            return head + gap + (b"" if received.startswith(b"HEAD ") else body)
        return self._admit(request)

    def _admit(self, request: Request) -> bytes:
        if not request.path.startswith(self._path):
            return self._refuse(HTTPStatus.NOT_FOUND)
        sent = request.form is not None
        if sent and not request.is_same_origin:  # another site's page, or another port's
            return self._refuse(HTTPStatus.FORBIDDEN, _NOTHING)
        key = request.path.removeprefix(self._path)
        cookie = self._keys.admit(key, request.cookies, opens=not sent)
        if cookie is Denied.USED:
            return self._refuse(HTTPStatus.FORBIDDEN, _ALREADY_OPENED)
        if isinstance(cookie, Denied):
            return self._refuse(HTTPStatus.NOT_FOUND)
        self.extend()
        try:
            reply = self.answer(request)
        except Exception:  # a boundary: the server goes on
            log.exception("the page %s could not be made", self.name)
            return self._refuse(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                (self.failure, "This program failed while it made the page. See its log."),
            )
        headers = [f"Set-Cookie: {cookie_field(cookie, request.path)}"]
        if reply.again:
            # Else the browser would keep the fragment of a link that was followed before.
            place = f"Location: {request.path}#{TOP}"
            return self._response(HTTPStatus.SEE_OTHER, "", [place, *headers])
        return self._response(HTTPStatus.OK, reply.page, headers)

    def _refuse(self, status: HTTPStatus, said: tuple[str, str] = _NOTHING) -> bytes:
        log.debug("refused a request (%d)", status)
        heading, sentence = said
        text = [sentence, self.again]
        page = note(self.title, heading, text, style=self._style, policy=self._policy)
        allowed = "GET, POST" if self.forms else "GET"
        is_method = status is HTTPStatus.METHOD_NOT_ALLOWED
        return self._response(status, page, [f"Allow: {allowed}"] if is_method else [])

    def _response(self, status: HTTPStatus, page: str, headers: list[str]) -> bytes:
        referrer = SAME_ORIGIN if self.forms else NO_REFERRER
        return response(status, page.encode(), self._policy, headers, referrer=referrer)
