"""Names of the ways in which Webex gives no usable answer."""

from __future__ import annotations

from tray_app.model.failures import TransportFailure

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
