"""One TLS handshake with a server, for a person who wants to know whether and by whom it is
trusted."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tray_app.model.errors import Unreachable
from tray_app.model.failures import TransportFailure
from tray_app.webex.responses import failure_of


@dataclass(frozen=True, slots=True)
class Handshake:
    """What was agreed on: TLS version, who issued the certificate, when it ends (UTC)."""

    version: str
    issuer: str
    ends: datetime | None


def probe_tls(host: str, port: int, timeout: float) -> Handshake:
    """Connect directly, and see whom we trust there. Raises Unreachable."""
    context = ssl_context()
    try:
        with (
            socket.create_connection((host, port), timeout) as bare,
            context.wrap_socket(bare, server_hostname=host) as tls,
        ):
            return _told(tls)
    except ssl.SSLCertVerificationError as error:
        failure, message = failure_of(error)[0], error.verify_message or "it is not trusted"
    except OSError as error:
        failure, message = failure_of(error)
    raise Unreachable(failure, message)


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


BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""The variables that may name a bundle, a file or a folder; the first one that is set leads."""


class TrustAdapter(HTTPAdapter):
    """https, and https proxies, as this module trusts them. A bundle is read anew after `close`."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None
        super().__init__()

    def close(self) -> None:
        """Close the connections, and forget whom to trust."""
        super().close()
        self.proxy_manager.clear()
        self._context = None

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the connection alone: requests would add a list of its own to our context."""

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: object,  # noqa: ARG002 - whatever it is, we verify
        cert: Any = None,
    ) -> Any:
        """Return requests' answer with our context in it. Raises Unreachable."""
        host, _ = super().build_connection_pool_key_attributes(request, True, cert)
        return host, {"ssl_context": self._trusting()}

    def proxy_manager_for(self, proxy: Any, **given: Any) -> Any:
        """Return requests' manager, which asks an https proxy for a certificate as well."""
        if proxy.lower().startswith("https:"):
            given["proxy_ssl_context"] = self._trusting()
        return super().proxy_manager_for(proxy, **given)

    def _trusting(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl_context()
        return self._context


def ca_bundle_variable() -> str | None:
    """Return the variable that names the bundle to trust; None where the system's store counts."""
    return next((name for name in BUNDLES if os.environ.get(name)), None)


def ssl_context() -> ssl.SSLContext:
    """Return a context for clients: certificate and host name are checked, from TLS 1.2 on.

    Raises Unreachable where the bundle that is named cannot be used. A bundle stands alone, as
    with curl: who names one has said whom to trust.
    """
    variable = ca_bundle_variable()
    if variable is None:
        import truststore  # late: only https needs it

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    path = os.environ[variable]
    # Not ssl.create_default_context: it would write SSLKEYLOGFILE, and from Python 3.13 on it
    # refuses many a company's CA for want of an extension (VERIFY_X509_STRICT).
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    fault = _load(context, path)
    if fault:
        raise Unreachable(
            TransportFailure.TLS, f"the CA bundle {path}, which {variable} names, {fault}"
        )
    return context


def _load(context: ssl.SSLContext, path: str) -> str:
    """Trust what is in the file or folder; say why it cannot be had, "" where it can."""
    try:
        if os.path.isdir(path):  # noqa: PTH112 - as OpenSSL names it
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except FileNotFoundError:
        return "is not there"
    except ssl.SSLError:
        return "holds no certificate that can be read"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return ""
