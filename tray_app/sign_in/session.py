"""A sign-in that waits for its answer, apart from the engine, which keeps checking meanwhile."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from tray_app.loopback.server import PortUnusable
from tray_app.model.credentials import Credentials, Integration
from tray_app.model.errors import CannotSignIn
from tray_app.model.secret import Secret
from tray_app.model.sign_in import SignInRequest
from tray_app.sign_in.callback_server import CallbackServer
from tray_app.sign_in.request import Code, Declined, new_request, read_address
from tray_app.system.log import REDACTOR
from tray_app.text.health import UNREACHABLE


class SignInSession:
    """One sign-in. `url`: Webex's consent page; it contains `state`, so it is for the person's own
    terminal and not for a command line. `until`: when the wait ends (UTC).

    `wait` belongs to one thread; everything else is thread-safe.
    """

    def __init__(
        self, integration: Integration, base: str, now: datetime, timeout: float, *, listen: bool
    ) -> None:
        """`listen`: False if the answer will be pasted. Raises CannotSignIn."""
        if integration.client_secret is None:
            raise CannotSignIn(
                "The integration's client secret is missing: put it into"
                " tokenManager.integration.clientSecret."
            )
        self.request: SignInRequest = new_request(
            integration.client_id, integration.redirect, lambda: secrets.token_urlsafe(32)
        )
        self.client_secret: Secret = integration.client_secret
        REDACTOR.add([self.request.state, self.request.verifier])
        self.url = self.request.url(base)
        self.until = now + timedelta(seconds=timeout)
        self._deadline = time.monotonic() + timeout
        self._cancelled = threading.Event()
        self._is_by_user = False
        self._over = threading.Event()
        self._server = _open_server(self.request, self.url) if listen else None
        self.answer: Code | Declined | None = None

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    @property
    def is_void(self) -> bool:
        """Whether the program itself has cancelled it, before any answer."""
        return self.cancelled and self.answer is None and not self._is_by_user

    def is_for(self, integration: Integration | None) -> bool:
        """Whether it asks Webex for what a sign-in with this integration would ask for."""
        asked = self.request.client_id, self.request.redirect
        return integration is not None and asked == (integration.client_id, integration.redirect)

    @property
    def is_over(self) -> bool:
        """Whether `wait` has ended, and the port is free."""
        return self._over.is_set()

    def join(self) -> None:
        """Block until `wait` has ended, which it does at once after `cancel`."""
        self._over.wait()

    def start_page(self) -> str:
        """Return the address of our page that leads to the consent page. It works in one browser.

        Raises ValueError if the answer will be pasted, since then no server listens.
        """
        if self._server is None:
            raise ValueError("there is no server")
        return self._server.start_page()

    def lead_to(self, onward: Callable[[], str]) -> None:
        """Lead the browser that brings the answer to the page whose address `onward` returns; ""
        for none. It is called in the thread "callback"."""
        if self._server is not None:
            self._server.onward = onward

    @property
    def rejected_uids(self) -> frozenset[int]:
        """The other users of this machine whose connections were closed."""
        return self._server.rejected_uids if self._server is not None else frozenset()

    def wait(self) -> None:
        """Block until the answer, the deadline or `cancel`; then the port is free again."""
        if self._server is None:
            return
        try:
            self.answer = self._server.wait(max(0.0, self._deadline - time.monotonic()))
        finally:
            self._server.close()
            self._over.set()

    def read(self, address: str) -> bool:
        """Accept the answer from a pasted address; False if that contains none."""
        self.answer = read_address(address, self.request)
        return self.answer is not None

    def pause(self, seconds: float) -> bool:
        """Block for so many seconds; return False as soon as the sign-in is cancelled."""
        return not self._cancelled.wait(seconds)

    def cancel(self, *, by_user: bool = True) -> None:
        """End the wait without an answer. `by_user`: False if it has become void."""
        self._is_by_user = self._is_by_user or by_user
        self._cancelled.set()
        if self._server is not None:
            self._server.cancel()


def _open_server(request: SignInRequest, consent_page: str) -> CallbackServer:
    """Listen before any browser opens (RFC 8252 §7.3)."""
    server = CallbackServer(request, consent_page)
    try:
        server.open()
    except PortUnusable as error:
        raise CannotSignIn(
            f"Cannot receive the sign-in: {error}. Close what uses it, or set another registered"
            " tokenManager.integration.redirectUri, or run webex-token-tray authorize --paste."
        ) from None
    return server


def integration_of(
    creds: Credentials, store_fault: str = "", *, unreachable: bool = False
) -> Integration:
    """Return the integration to sign in to. Raises CannotSignIn.

    `store_fault`: why the secrets file cannot be used; `unreachable`: whether the keyring that has
    the missing secrets cannot be reached.
    """
    if creds.locked and store_fault:
        raise CannotSignIn(f"The secrets cannot be read: {store_fault}")
    if creds.locked:
        raise CannotSignIn("The keyring is locked: unlock it, then re-authorize.")
    if creds.integration is None:
        raise CannotSignIn(
            "No integration is configured: tokenManager.integration needs its clientId and"
            " clientSecret (developer.webex.com, scope spark:applications_token)."
        )
    if unreachable and None in (creds.app.client_secret, creds.integration.client_secret):
        raise CannotSignIn(UNREACHABLE)
    return creds.integration
