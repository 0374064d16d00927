"""The data sources that a service app has registered, and the schemas they may have.

Reading them is all there is: registering over HTTP, and the JWS that comes of it, belong here
as well (webex-api.md §6).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tray_app.sandbox.identifiers import new_uuid

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


@dataclass(frozen=True)
class DataSource:
    """One registration. Ids are plain here, not base64 (webex-api.md §6)."""

    client_id: str
    org_uuid: str
    url: str
    status: str = "active"
    id: str = field(default_factory=new_uuid)

    def item(self) -> dict[str, str]:
        """Its entry in the list, as JSON has it."""
        return {
            "id": self.id,
            "schemaId": VOICE_VIRTUAL_AGENT,
            "applicationId": self.client_id,
            "orgId": self.org_uuid,
            "url": self.url,
            "status": self.status,
            "createdAt": "2024-09-05T01:35:04.772Z",
        }
