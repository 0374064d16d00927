"""One TLS handshake with a server, for a person who wants to know whether and by whom it is
trusted."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

from tray_app.adapters.replies import trouble_of
from tray_app.adapters.trust import trusting
from tray_app.core.errors import Unreachable


@dataclass(frozen=True, slots=True)
class Handshake:
    """What was agreed on: TLS version, who issued the certificate, when it ends (UTC)."""

    version: str
    issuer: str
    ends: datetime | None


def shake_hands(host: str, port: int, patience: float) -> Handshake:
    """Connect directly, and see whom we trust there. Raises Unreachable."""
    context = trusting()
    try:
        with (
            socket.create_connection((host, port), patience) as bare,
            context.wrap_socket(bare, server_hostname=host) as tls,
        ):
            return _told(tls)
    except ssl.SSLCertVerificationError as error:
        trouble, message = trouble_of(error)[0], error.verify_message or "it is not trusted"
    except OSError as error:
        trouble, message = trouble_of(error)
    raise Unreachable(trouble, message)


def _told(tls: ssl.SSLSocket) -> Handshake:
    certificate = tls.getpeercert() or {}
    issuer: dict[str, str] = {}
    for names in certificate.get("issuer", ()):
        issuer.update(dict(names))  # type: ignore[arg-type]
    ends = certificate.get("notAfter")
    return Handshake(
        version=tls.version() or "TLS",
        issuer=issuer.get("organizationName") or issuer.get("commonName") or "an unknown issuer",
        ends=datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
        if isinstance(ends, str)
        else None,
    )
