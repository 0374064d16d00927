"""The calls a client makes, over a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import requests

if TYPE_CHECKING:
    from tray_app.sandbox.registrations import Integration, ServiceApp
    from tray_app.sandbox.server import Sandbox

SECONDS = 5.0  # far more than any answer takes


class Caller:
    """Speaks to one sandbox with the credentials that are right at the moment of the call."""

    def __init__(self, webex: Sandbox) -> None:
        self.webex = webex

    def get(self, path: str, token: str = "", **params: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(
            self.webex.api_base + path,
            params=params,
            headers=headers,
            timeout=SECONDS,
            allow_redirects=False,
        )

    def post(self, path: str, form: dict[str, str], **more: Any) -> requests.Response:
        return requests.post(
            self.webex.api_base + path,
            data=form,
            timeout=more.pop("timeout", SECONDS),
            allow_redirects=False,
            **more,
        )

    def refresh(
        self, token: str, client: ServiceApp | Integration | None = None, **more: Any
    ) -> requests.Response:
        client = client or self.webex.service_app
        form = {
            "grant_type": "refresh_token",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "refresh_token": token,
        }
        return self.post("/access_token", form, **more)

    def exchange(self, code: str, /, **changes: str) -> requests.Response:
        integration = self.webex.integration
        form = {
            "grant_type": "authorization_code",
            "client_id": integration.client_id,
            "client_secret": integration.client_secret,
            "code": code,
            "redirect_uri": integration.redirect_uris[0],
        }
        return self.post("/access_token", form | changes)

    def mint(
        self, token: str, app_id: str | None = None, **changes: str | None
    ) -> requests.Response:
        app = self.webex.service_app
        body: dict[str, str | None] = {
            "clientId": app.client_id,
            "clientSecret": app.client_secret,
            "targetOrgId": app.target_org_id,
        }
        return requests.post(
            f"{self.webex.api_base}/applications/{app_id or app.app_id}/token",
            json=body | changes,
            headers={"Authorization": f"Bearer {token}"},
            timeout=SECONDS,
        )

    def request_of(self, **changes: str) -> dict[str, str]:
        """The parameters of an authorization request, with changes."""
        integration = self.webex.integration
        asked = {
            "response_type": "code",
            "client_id": integration.client_id,
            "redirect_uri": integration.redirect_uris[0],
            "scope": " ".join(integration.scopes),
            "state": "a-state",
        }
        return asked | changes

    def decide(self, decision: str, /, **changes: str) -> dict[str, str]:
        """What the browser brings back after the person pressed a button; `account` says who."""
        form = self.request_of(**changes) | {"decision": decision}
        return brought_back(self.post("/authorize", form))


def brought_back(response: requests.Response) -> dict[str, str]:
    """The query of a redirect."""
    assert response.status_code == 302
    query = parse_qs(urlsplit(response.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}
