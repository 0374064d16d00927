"""Who is known to this Webex: the service app, the integration, and the people who sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from tray_app.sandbox.identifiers import api_id, new_client_id, new_client_secret, new_uuid


class Client(StrEnum):
    """On whose behalf a request is made or a token was issued."""

    SERVICE_APP = "service-app"
    INTEGRATION = "integration"
    PORTAL = "portal"  # a person who copied a token from the developer portal
    NOBODY = "nobody"  # no credential, or one that was never issued here


@dataclass(frozen=True)
class ServiceApp:
    """A service app and the organization whose administrator authorized it."""

    client_id: str = field(default_factory=new_client_id)
    client_secret: str = field(default_factory=new_client_secret, repr=False)
    org_uuid: str = field(default_factory=new_uuid)
    machine_uuid: str = field(default_factory=new_uuid)

    @property
    def app_id(self) -> str:
        """The id that the applications endpoint wants: base64 around the client id."""
        return api_id("APPLICATION", self.client_id)

    @property
    def target_org_id(self) -> str:
        """The authorizing organization as an API id."""
        return api_id("ORGANIZATION", self.org_uuid)

    @property
    def machine_account(self) -> Person:
        """Whom the app's tokens belong to: authorizing makes this account."""
        return Person(
            "Sandbox Service App", "app@target.example", self.machine_uuid, self.org_uuid, "machine"
        )


@dataclass(frozen=True)
class Integration:
    """An OAuth client that acts for a person, with what was registered in the portal."""

    redirect_uris: tuple[str, ...] = ("http://localhost:3000/callback",)
    scopes: tuple[str, ...] = ("spark:applications_token",)
    client_id: str = field(default_factory=new_client_id)
    client_secret: str = field(default_factory=new_client_secret, repr=False)
    name: str = "Sandbox Integration"  # what the consent page calls it


@dataclass(frozen=True)
class Person:
    """An account. The defaults are the developer who owns both registrations.

    That one lives in another organization than the service app's target. `handle` tells the
    accounts apart in the ids of the consent page.
    """

    display_name: str = "Sam Sandbox"
    email: str = "sam@sandbox.example"
    uuid: str = field(default_factory=new_uuid)
    org_uuid: str = field(default_factory=new_uuid)
    handle: str = "owner"
