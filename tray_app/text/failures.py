"""Names of the ways in which Webex gives no usable answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tray_app.model.failures import TransportFailure, trace_of

if TYPE_CHECKING:
    from tray_app.model.errors import Unreachable

FAILURE_NAMES = {
    TransportFailure.DNS: "the Webex host name was not found",
    TransportFailure.CONNECTION: "Webex cannot be reached",
    TransportFailure.TIMEOUT: "Webex did not answer in time",
    TransportFailure.TLS: "the TLS certificate is not trusted",
    TransportFailure.PROXY: "the proxy refused the connection",
    TransportFailure.THROTTLED: "Webex asked us to wait",
    TransportFailure.SERVER_ERROR: "Webex answered with an error",
    TransportFailure.ODD_REPLY: "the answer is not from Webex",
    TransportFailure.BUSY: "another process is renewing it",
}


def failure_name(failure: TransportFailure | None, otherwise: str = "") -> str:
    """Return its name, or `otherwise` if there was no failure."""
    return FAILURE_NAMES[failure] if failure else otherwise


def traced(text: str, trace: str) -> str:
    """Return the text, with HTTP status and tracking id behind it if Webex has answered and does
    not name them itself."""
    return f"{text} ({trace})" if trace and trace not in text else text


def why_unreachable(error: Unreachable) -> str:
    """Say why there was no usable answer, with the error's own words and the tracking id."""
    return traced(FAILURE_NAMES[error.failure], trace_of(str(error), error.tracking_id))
