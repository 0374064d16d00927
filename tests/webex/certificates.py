"""Certificates for servers on loopback, and a server that shows one."""

from __future__ import annotations

import hashlib
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.raw_server import RawServer

if TYPE_CHECKING:
    from pathlib import Path

DAY = timedelta(days=1)


class Authority:
    """A company's own certificate authority; its files are in `folder`."""

    def __init__(self, folder: Path, name: str = "a company's own") -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._serial = 1
        self.bundle = folder / "authority.pem"
        now = datetime.now(UTC)
        own = (
            self._begun(self._name, self._key, now - DAY, now + DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.bundle.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def store(self) -> Path:
        """A folder in the form of a Linux system's store (`openssl rehash`)."""
        store = self._folder / "store"
        store.mkdir()
        # The hash is over the name's parts, without the header of their sequence.
        digest = hashlib.sha1(self._name.public_bytes()[2:], usedforsecurity=False).digest()
        (store / f"{digest[:4][::-1].hex()}.0").write_bytes(self.bundle.read_bytes())
        return store

    def certificate(
        self, host: str = "127.0.0.1", *, ended: bool = False, common_name: bool = False
    ) -> ssl.SSLContext:
        """What a server of that name shows; `ended`: until yesterday; `common_name`: the name is
        the subject's, as it was done long ago."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        until = now - DAY if ended else now + DAY
        try:
            name: x509.GeneralName = x509.IPAddress(ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        subject = [x509.NameAttribute(x509.NameOID.COMMON_NAME, host)] if common_name else []
        begun = self._begun(x509.Name(subject), key, now - 9 * DAY, until)
        if not common_name:
            begun = begun.add_extension(x509.SubjectAlternativeName([name]), critical=True)
        signed = begun.sign(self._key, hashes.SHA256())
        pem = self._folder / f"server{self._serial}.pem"
        pem.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + signed.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    def _begun(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        since: datetime,
        until: datetime,
    ) -> x509.CertificateBuilder:
        self._serial += 1
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(self._serial)
            .not_valid_before(since)
            .not_valid_after(until)
        )


class TlsServer(RawServer):
    """As `RawServer`, behind TLS; `requests` holds what came through it."""

    def __init__(self, certificate: ssl.SSLContext) -> None:
        super().__init__()
        self._certificate = certificate
        self.base = f"https://127.0.0.1:{self.port}/v1"

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            super()._serve(self._certificate.wrap_socket(connection, server_side=True))
