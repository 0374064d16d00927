"""What can go wrong, as a tree. Facts in attributes, one sentence as the message.

TrayError
├── ConfigError           token-config.json cannot be read, or is not valid
├── EnvFileError          .env cannot be read or written
├── VaultError            the OS keyring cannot be used now
│   ├── VaultLocked       … because it is locked, or does not answer
│   └── SecretFileError   … because the file that stands in for it has a fault
├── NotRenewed            no renewal method is left that can act without you
├── CannotSignIn          a sign-in in the browser cannot begin
├── CannotExtend          a data source is not to be given a new token
├── Busy                  another process holds the lock of this credential
├── Interrupted           the program is ending: nothing new is begun
└── WebexError            a call to Webex brought no success
    ├── Unreachable       no answer that means anything: nothing follows from it, try later
    └── Refused           a definite no; `refusal` says which
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray_app.model.failures import Refusal, TransportFailure
    from tray_app.model.health import Health


class TrayError(Exception):
    """The root of all that this program raises on purpose."""


class ConfigError(TrayError):
    """The configuration cannot be used.

    Attributes:
        path: The path of the config.
        faults: What is wrong with it, one sentence each.
    """

    def __init__(self, path: str, faults: tuple[str, ...]) -> None:
        self.path = path
        self.faults = faults
        super().__init__(f"{path}: " + "; ".join(faults))


class EnvFileError(TrayError):
    """`.env` cannot be read or written."""


class VaultError(TrayError):
    """The OS keyring cannot be used now."""


class VaultLocked(VaultError):
    """The OS keyring is locked, or does not answer; what it holds is untouched."""


class SecretFileError(VaultError):
    """The file of secrets cannot be used; the message names it, and the remedy."""


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
    """A data source is not to be given a new token: it is disabled, or its record lacks something.

    The message is the rest of a sentence about it: "it is disabled, …".
    """


class Busy(TrayError):
    """Another process is renewing the same credential and has not finished in time."""


class Interrupted(TrayError):
    """The program is ending; what was under way is saved, and nothing new is begun."""


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
    """

    def __init__(
        self,
        failure: TransportFailure,
        message: str,
        *,
        retry_after: float | None = None,
        tracking_id: str = "",
    ) -> None:
        self.failure = failure
        self.retry_after = retry_after
        super().__init__(message, tracking_id=tracking_id)


class Refused(WebexError):
    """Webex refused for good.

    Attributes:
        refusal: Rejected, forbidden, wrong client, or bad request.
    """

    def __init__(self, refusal: Refusal, message: str, *, tracking_id: str = "") -> None:
        self.refusal = refusal
        super().__init__(message, tracking_id=tracking_id)
