"""The data sources that a service app has registered (docs/webex-api.md, "Data sources")."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import TYPE_CHECKING

from tray_app.sandbox.identifiers import new_uuid
from tray_app.sandbox.jws import signing_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tray_app.sandbox.registrations import Person

VOICE_VIRTUAL_AGENT = "5397013b-7920-4ffc-807c-e8a3e0a18f43"

# Public identifiers, from github.com/webex/dataSourceSchemas.
SCHEMAS = (
    {
        "id": VOICE_VIRTUAL_AGENT,
        "appType": "serviceApp",
        "createdAt": "2024-05-20T15:50:06.754103",  # naive, as the real one
        "protocol": "gRPC",
        "serviceType": "VoiceVirtualAgent",
        "url": "https://github.com/webex/dataSourceSchemas",
    },
)
LONGEST_LIFETIME = timedelta(minutes=1440)
ACTIVE, DISABLED = "active", "disabled"


@dataclass(frozen=True)
class Registration:
    """What a client registers, always as a whole. Webex signs it into the JWS."""

    url: str
    schema_id: str = VOICE_VIRTUAL_AGENT
    audience: str = "SandboxAudience"
    subject: str = "callAudioData"
    nonce: str = field(default_factory=new_uuid)
    lifetime: timedelta = LONGEST_LIFETIME
    status: str = ACTIVE
    error_message: str = ""  # why it is disabled, for Control Hub


@dataclass(frozen=True)
class DataSource:
    """One registration and its current JWS. Ids are plain here, not base64."""

    client_id: str
    registration: Registration
    created_by: Person
    created_at: datetime
    jws: str = field(repr=False)
    jws_expires_at: datetime
    id: str = field(default_factory=new_uuid)

    def as_json(self, *, lean: bool = False, naive: bool = False) -> dict[str, str | int]:
        """Return the JSON object.

        `lean`: only the fields of Cisco's sample, without audience, subject and expiry; `naive`:
        times without a zone. Both have been seen.
        """
        wanted = self.registration
        body: dict[str, str | int] = {
            "id": self.id,
            "schemaId": wanted.schema_id,
            "orgId": self.created_by.org_uuid,
            "applicationId": self.client_id,
            "status": wanted.status,
            "jwsToken": self.jws,
            "createdBy": self.created_by.uuid,
            "createdAt": _timestamp(self.created_at, naive=naive),
        }
        if lean:
            return body
        body |= {
            "url": wanted.url,
            "audience": wanted.audience,
            "subject": wanted.subject,
            "nonce": wanted.nonce,
            "tokenLifetimeMinutes": int(wanted.lifetime.total_seconds() // 60),
            "tokenExpiryTime": _timestamp(self.jws_expires_at, naive=naive),
        }
        return body | ({"errorMessage": wanted.error_message} if wanted.error_message else {})


class DataSources:
    """The data sources of the service app. Thread-safe; each call is atomic.

    `issuer` goes into every JWS; its verification keys are at `<issuer>/oauth2/v2/keys/…`.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.issuer = "https://idbroker.webex.com/idb"
        self._clock = clock
        self._lock = RLock()
        self._sources: dict[str, DataSource] = {}

    def __iter__(self) -> Iterator[DataSource]:
        with self._lock:
            return iter(list(self._sources.values()))

    def find(self, source_id: str) -> DataSource | None:
        """Return the data source with this id, or None."""
        with self._lock:
            return self._sources.get(source_id)

    def register(self, client_id: str, wanted: Registration, by: Person) -> DataSource:
        """Add a data source, with its first JWS."""
        with self._lock:
            now = self._clock()
            source = DataSource(client_id, wanted, by, now, *self._sign(wanted, by))
            self._sources[source.id] = source
            return source

    def update(self, source_id: str, wanted: Registration) -> DataSource | None:
        """Replace the registration; return None if there is no such data source.

        Only a new nonce gives a new JWS.
        """
        with self._lock:
            old = self._sources.get(source_id)
            if old is None:
                return None
            signed = (old.jws, old.jws_expires_at)
            if wanted.nonce != old.registration.nonce:
                signed = self._sign(wanted, old.created_by)
            new = DataSource(
                old.client_id, wanted, old.created_by, old.created_at, *signed, source_id
            )
            self._sources[source_id] = new
            return new

    def delete(self, source_id: str) -> bool:
        """Delete one; return whether it existed."""
        with self._lock:
            return self._sources.pop(source_id, None) is not None

    def _sign(self, wanted: Registration, by: Person) -> tuple[str, datetime]:
        now = self._clock()
        expires_at = now + wanted.lifetime
        claims: dict[str, str | int] = {
            "aud": wanted.audience,
            "sub": wanted.subject,
            "iss": self.issuer,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": wanted.nonce,
            "com.cisco.datasource.url": wanted.url,
            "com.cisco.datasource.schema.uuid": wanted.schema_id,
            "com.cisco.org.uuid": by.org_uuid,
        }
        return signing_key().sign(claims), expires_at


def _timestamp(at: datetime, *, naive: bool) -> str:
    if naive:
        return at.replace(tzinfo=None).isoformat(timespec="microseconds")
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
