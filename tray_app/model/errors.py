"""Errors. Facts are in attributes; the message is one sentence.

TrayError
├── ConfigError           token-config.json cannot be read, or is not valid
├── EnvFileError          .env cannot be read or written
├── VaultError            the OS keyring cannot be used now
│   ├── VaultLocked       … because it is locked, or does not answer
│   └── SecretFileError   … because the file that stands in for it has a fault
├── NotRenewed            no renewal method is left that can act without you
├── CannotSignIn          a sign-in in the browser cannot begin
├── CannotExtend          a data source cannot get a new token
├── Busy                  another process holds the lock of this credential
├── Interrupted           the program is ending and starts nothing new
└── WebexError            a call to Webex failed
    ├── Unreachable       no usable answer: try again later
    └── Refused           Webex refused; `refusal` says why
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tray_app.model.failures import trace_of
from tray_app.model.printable import printable

if TYPE_CHECKING:
    from tray_app.model.failures import Refusal, TransportFailure
    from tray_app.model.health import Health


class TrayError(Exception):
    """Base class of all errors that this program raises."""


class ConfigError(TrayError):
    """The configuration cannot be used.

    Attributes:
        path: The path of the config.
        faults: What is wrong with it, one sentence each.
    """

    def __init__(self, path: str, faults: tuple[str, ...]) -> None:
        self.path = path
        self.faults = faults
        super().__init__(f"{printable(path)}: " + "; ".join(faults))


class EnvFileError(TrayError):
    """`.env` cannot be read or written."""


class VaultError(TrayError):
    """The OS keyring cannot be used now."""


class VaultLocked(VaultError):
    """The OS keyring is locked, or does not answer. Its entries are unchanged."""


class SecretFileError(VaultError):
    """The secrets file cannot be used. The message names it and the remedy."""


class NotRenewed(TrayError):
    """No renewal method is left that can act without a person.

    The message says what is wrong, and the next step.

    Attributes:
        health: What is known; `who` can fix it, and `reason` says why.
    """

    def __init__(self, health: Health, said: str) -> None:
        self.health = health
        super().__init__(said)


class CannotSignIn(TrayError):
    """A sign-in in the browser cannot begin; the message says why and what to do."""


class CannotExtend(TrayError):
    """A data source cannot get a new token: it is disabled, or its record is incomplete.

    The message is a clause about it: "it is disabled, …".
    """


class Busy(TrayError):
    """Another process is renewing the same credential and did not finish in time."""


class Interrupted(TrayError):
    """The program is ending. Work in progress is saved; nothing new is started."""


class WebexError(TrayError):
    """A call to Webex failed.

    Attributes:
        tracking_id: Webex's support id, or "" (docs/webex-api.md, "Tracking ids").
    """

    def __init__(self, message: str, *, tracking_id: str = "") -> None:
        self.tracking_id = tracking_id
        super().__init__(message)


class Unreachable(WebexError):
    """Webex gave no usable answer: keep everything, and try again later.

    Attributes:
        failure: The kind of failure.
        retry_after: How many seconds Webex asked us to wait; None if it did not.
        unsent: Whether there was no connection, so that nothing was sent to Webex.
    """

    def __init__(
        self,
        failure: TransportFailure,
        message: str,
        *,
        retry_after: float | None = None,
        tracking_id: str = "",
        unsent: bool = False,
    ) -> None:
        self.failure = failure
        self.retry_after = retry_after
        self.unsent = unsent
        super().__init__(message, tracking_id=tracking_id)

    @property
    def http_status(self) -> str:
        """The status of the response ("HTTP 503"), "" if there was none."""
        said = str(self)
        return said if said.startswith("HTTP ") else ""

    @property
    def trace(self) -> str:
        """What Webex's support asks for: status and tracking id, "" without a response."""
        return trace_of(self.http_status, self.tracking_id)


class Refused(WebexError):
    """Webex refused for good.

    Attributes:
        refusal: Rejected, forbidden, wrong client, or bad request.
    """

    def __init__(self, refusal: Refusal, message: str, *, tracking_id: str = "") -> None:
        self.refusal = refusal
        super().__init__(message, tracking_id=tracking_id)
