"""Which certificates are trusted, and one TLS handshake for `doctor`."""

from __future__ import annotations

import os
import socket
import ssl
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from tray_app.model.errors import Unreachable
from tray_app.model.failures import TransportFailure
from tray_app.webex.interim import FinalResponseAdapter
from tray_app.webex.responses import failure_of


@dataclass(frozen=True, slots=True)
class Handshake:
    """TLS version, issuer of the certificate, and its expiry (UTC; None if unknown)."""

    version: str
    issuer: str
    expires: datetime | None


def probe_tls(host: str, port: int, timeout: float) -> Handshake:
    """Connect directly and return the handshake. Raises Unreachable if it is not trusted."""
    context = ssl_context()
    try:
        with (
            socket.create_connection((host, port), timeout) as bare,
            context.wrap_socket(bare, server_hostname=host) as tls,
        ):
            return _handshake(tls)
    except ssl.SSLCertVerificationError as error:
        failure, message = failure_of(error)[0], error.verify_message or "it is not trusted"
    except OSError as error:
        failure, message = failure_of(error)
    raise Unreachable(failure, message)


def _handshake(tls: ssl.SSLSocket) -> Handshake:
    certificate = tls.getpeercert() or {}
    issuer: dict[str, str] = {}
    for names in certificate.get("issuer", ()):
        issuer.update(dict(names))  # type: ignore[arg-type]
    expires = certificate.get("notAfter")
    return Handshake(
        version=tls.version() or "TLS",
        issuer=issuer.get("organizationName") or issuer.get("commonName") or "an unknown issuer",
        expires=datetime.fromtimestamp(ssl.cert_time_to_seconds(expires), UTC)
        if isinstance(expires, str)
        else None,
    )


BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""The variables that may name a CA bundle, a file or a folder; the first that is set counts."""


class TrustAdapter(FinalResponseAdapter):
    """https and https proxies with `ssl_context`, which is made anew after `close`."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None
        super().__init__()

    def close(self) -> None:
        """Close the connections, and drop the context."""
        super().close()
        self.proxy_manager.clear()
        self._context = None

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Do nothing: requests would add its own certificates to our context."""

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: object,  # noqa: ARG002 - certificates are always verified
        cert: Any = None,
    ) -> Any:
        """Return the key with our context. Raises Unreachable."""
        host, _ = super().build_connection_pool_key_attributes(request, True, cert)
        return host, {"ssl_context": self._ssl_context()}

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        """Return the connections. Raises InvalidProxyURL, and not TypeError, for a proxy with a
        user, but without a host."""
        try:
            return super().get_connection_with_tls_context(*args, **options)
        except TypeError as error:
            raise requests.exceptions.InvalidProxyURL("it names no host") from error

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        """Return the manager, which verifies an https proxy with our context, too."""
        if proxy.lower().startswith("https:"):
            options["proxy_ssl_context"] = self._ssl_context()
        return super().proxy_manager_for(proxy, **options)

    def _ssl_context(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl_context()
        return self._context


def ca_bundle_variable() -> str | None:
    """Return the variable that names the CA bundle; None if the system's store counts."""
    return next((name for name in BUNDLES if os.environ.get(name)), None)


def ssl_context() -> ssl.SSLContext:
    """Return a client context, which verifies certificate and host name, from TLS 1.2 on. The name
    must be one of the certificate's alternative names, as browsers want it (RFC 9525).

    If a bundle is named, only that is trusted, as with curl. Raises Unreachable if it is unusable.
    """
    variable = ca_bundle_variable()
    if variable is None:
        import truststore  # only https needs it

        trusted = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusted.hostname_checks_common_name = False
        return trusted
    path = os.environ[variable]
    # Not ssl.create_default_context: that writes SSLKEYLOGFILE, and from Python 3.13 on refuses
    # many company CAs because they lack an extension (VERIFY_X509_STRICT).
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    if fault := _load(context, path):
        raise Unreachable(
            TransportFailure.TLS, f"the CA bundle {path}, which {variable} names, {fault}"
        )
    return context


def _load(context: ssl.SSLContext, path: str) -> str:
    """Trust what is in the file or folder; return why that is impossible, "" if it worked."""
    try:
        kind = os.stat(path).st_mode  # noqa: PTH116 - as OpenSSL names it
        if stat.S_ISDIR(kind):
            context.load_verify_locations(capath=path)
        elif stat.S_ISREG(kind):
            context.load_verify_locations(cafile=path)
        else:  # a FIFO would be waited for
            return "is neither a file nor a folder"
    except FileNotFoundError:
        return "is not there"
    except ssl.SSLError:
        return "holds no certificate that can be read"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return ""
