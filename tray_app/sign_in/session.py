"""A sign-in that waits for its person: the page is open, the listener listens, time runs.

It knows nothing of the engine, so that the engine goes on checking meanwhile.
"""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime, timedelta

from tray_app.model.credentials import Credentials, Integration
from tray_app.model.errors import CannotSignIn
from tray_app.model.secret import Secret
from tray_app.model.sign_in import SignInRequest
from tray_app.sign_in.callback_port import PortUnusable
from tray_app.sign_in.callback_server import Listener
from tray_app.sign_in.request import Code, Declined, new_request, read_address
from tray_app.system.log import REDACTOR
from tray_app.text.health import UNREACHABLE


class SignInSession:
    """One question to a person. `url`: Webex's page, which asks it. It holds `state`: for the
    person's own terminal, not for a command line. `until`: when we stop waiting (UTC).

    `wait` belongs to one thread, everything else to any.
    """

    def __init__(
        self, integration: Integration, base: str, now: datetime, timeout: float, *, listen: bool
    ) -> None:
        """Bind the listener, unless the answer will be pasted. Raises CannotSignIn."""
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
        self._over = threading.Event()
        self._listener = _opened(self.request, self.url) if listen else None
        self.answer: Code | Declined | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the person has called it off."""
        return self._cancelled.is_set()

    @property
    def is_over(self) -> bool:
        """Whether `wait` has ended, and the port is free."""
        return self._over.is_set()

    def join(self) -> None:
        """Return when `wait` has ended, which it does at once where it is cancelled."""
        self._over.wait()

    def start_page(self) -> str:
        """Return an address for the browser's command line: our page that leads to Webex's.

        Each call gives a new one, which works in one browser. Raises ValueError if the answer will
        be pasted: then nothing of ours listens.
        """
        if self._listener is None:
            raise ValueError("there is no listener")
        return self._listener.start_page()

    @property
    def turned_away(self) -> frozenset[int]:
        """The other users (uid) of this machine who connected, and were not answered."""
        return self._listener.turned_away if self._listener is not None else frozenset()

    def wait(self) -> None:
        """Wait for the answer, the end of the time, or `cancel`; then the port is free again."""
        if self._listener is None:
            return
        try:
            self.answer = self._listener.wait(max(0.0, self._deadline - time.monotonic()))
        finally:
            self._listener.close()
            self._over.set()

    def read(self, address: str) -> bool:
        """Take the answer from the address that a person pasted; False where it is none."""
        self.answer = read_address(address, self.request)
        return self.answer is not None

    def pause(self, seconds: float) -> bool:
        """Wait; False as soon as it is cancelled."""
        return not self._cancelled.wait(seconds)

    def cancel(self) -> None:
        """End it: nothing will change."""
        self._cancelled.set()
        if self._listener is not None:
            self._listener.cancel()


def _opened(request: SignInRequest, consent_page: str) -> Listener:
    """Return a listener that listens already: before any browser opens (RFC 8252 §7.3)."""
    listener = Listener(request, consent_page)
    try:
        listener.open()
    except PortUnusable as error:
        raise CannotSignIn(
            f"Cannot receive the sign-in: {error}. Close what uses it, or set another registered"
            " tokenManager.integration.redirectUri, or run webex-token-tray authorize --paste."
        ) from None
    return listener


def integration_of(
    creds: Credentials, store_fault: str = "", *, unreachable: bool = False
) -> Integration:
    """Return the integration that a person signs in to. `store_fault`: why the file of secrets
    cannot be used; `unreachable`: so is the keyring that has what is missing. Raises
    CannotSignIn."""
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
