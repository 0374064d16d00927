"""A profile whose every secret is known to the test, and a Webex that quotes what it is sent."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe

import flask
import pytest

from tests.faults.leak_scan import Scanner
from tests.profile import Profile, full_profile
from tray_app.sandbox.codes import Challenge, Codes
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.registrations import Integration, ServiceApp
from tray_app.sandbox.server import Sandbox


@dataclass
class Leaks:
    """`other`: secrets that no token ledger knows: codes, verifiers, states."""

    webex: Sandbox
    profile: Profile
    other: dict[str, str] = field(default_factory=dict, repr=False)
    allowed_too: list[Path] = field(default_factory=list)

    @property
    def scanner(self) -> Scanner:
        """Knows every secret there has been."""
        webex = self.webex
        secrets = {
            "the service app's client secret": webex.service_app.client_secret,
            "the integration's client secret": webex.integration.client_secret,
        }
        for number, token in enumerate(webex.tokens._tokens.values()):
            secrets[f"{token.terms.client} {token.use} token {number}"] = token.text
        app, integration = webex.service_app, webex.integration
        public = [app.app_id, app.client_id, app.target_org_id, app.org_uuid]
        return Scanner(secrets | self.other, [*public, integration.client_id])

    @property
    def allowed(self) -> list[Path]:
        """Where secrets may be: `.env`, and the config as the person wrote it."""
        return [self.profile.env_path, self.profile.config_path, *self.allowed_too]


def client_secret() -> str:
    """With characters that look different in an address, in JSON and in base64."""
    return f'{token_urlsafe(12)}/+"%&{token_urlsafe(24)}'


@contextlib.contextmanager
def leaks(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Leaks]:
    """A full profile; codes and verifiers are noted as the sandbox sees them."""
    app = ServiceApp(client_secret=client_secret())
    integration = Integration(client_secret=client_secret())
    with Sandbox(service_app=app, integration=integration) as webex:
        made = Leaks(webex, full_profile(folder, webex))
        issue, matches = Codes.issue, Challenge.matches

        def noted_issue(self: Codes, *given: object) -> str:
            code = issue(self, *given)  # type: ignore[arg-type]
            made.other[f"code {len(made.other)}"] = code
            return code

        def noted_verifier(self: Challenge, verifier: str) -> bool:
            made.other[f"verifier {len(made.other)}"] = verifier
            return matches(self, verifier)

        patch.setattr(Codes, "issue", noted_issue)
        patch.setattr(Challenge, "matches", noted_verifier)
        yield made


def quoting(status: int) -> Fault:
    """A no that quotes the request: body and header, whole, cut, encoded."""

    def change(_: flask.Response) -> flask.Response:
        body = flask.request.get_data(as_text=True)
        sent = [*flask.request.form.values(), *(flask.request.get_json(silent=True) or {}).values()]
        bearer = flask.request.headers.get("Authorization", "")
        sent = [value for value in (*sent, bearer.removeprefix("Bearer ")) if value]
        said = " ".join(
            [
                *(value[5:40] for value in sent),
                *(base64.b64encode(b"x" + value.encode()).decode() for value in sent),
                body,
                bearer,
            ]
        )
        answer = {
            "error": "invalid_grant" if flask.request.form else None,
            "error_description": said,
            "message": said,
            "errors": [{"description": said}],
            "trackingId": "ROUTER_1",
        }
        response = flask.jsonify({name: value for name, value in answer.items() if value})
        response.status_code = status
        return response

    return Fault(change)
