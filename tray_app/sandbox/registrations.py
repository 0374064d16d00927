"""What is registered: the service app, the integration, and the accounts that sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from tray_app.sandbox.identifiers import api_id, new_client_id, new_client_secret, new_uuid


class Client(StrEnum):
    """For whom a request is made or a token was issued."""

    SERVICE_APP = "service-app"
    INTEGRATION = "integration"
    PORTAL = "portal"  # a token copied from the developer portal
    UNKNOWN = "unknown"  # no credentials, or unknown ones


@dataclass(frozen=True)
class ServiceApp:
    """A service app and the organization whose administrator authorized it."""

    client_id: str = field(default_factory=new_client_id)
    client_secret: str = field(default_factory=new_client_secret, repr=False)
    org_uuid: str = field(default_factory=new_uuid)
    machine_uuid: str = field(default_factory=new_uuid)

    @property
    def app_id(self) -> str:
        """The id for the applications endpoint: base64 around the client id."""
        return api_id("APPLICATION", self.client_id)

    @property
    def target_org_id(self) -> str:
        """The authorizing organization as an API id."""
        return api_id("ORGANIZATION", self.org_uuid)

    @property
    def machine_account(self) -> Person:
        """The account of the app's tokens, which authorizing the app creates."""
        return Person(
            "Sandbox Service App", "app@target.example", self.machine_uuid, self.org_uuid, "machine"
        )


@dataclass(frozen=True)
class Integration:
    """An OAuth client that acts for an account."""

    redirect_uris: tuple[str, ...] = ("http://localhost:3000/callback",)
    scopes: tuple[str, ...] = ("spark:applications_token",)
    client_id: str = field(default_factory=new_client_id)
    client_secret: str = field(default_factory=new_client_secret, repr=False)
    name: str = "Sandbox Integration"  # what the consent page calls it


@dataclass(frozen=True)
class Person:
    """An account. The default is the developer who owns app and integration, in another
    organization than the app's target. `handle`: its id on the consent page.

    """

    display_name: str = "Sam Sandbox"
    email: str = "sam@sandbox.example"
    uuid: str = field(default_factory=new_uuid)
    org_uuid: str = field(default_factory=new_uuid)
    handle: str = "owner"
