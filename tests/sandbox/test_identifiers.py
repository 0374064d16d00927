"""Identifiers and tokens have Webex's formats."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sandbox.caller import Caller
    from tray_app.sandbox.server import Sandbox


def _decoded(text: str) -> str:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def test_a_client_id_and_its_secret_are_hex(webex: Sandbox) -> None:
    for client in (webex.service_app, webex.integration):
        assert re.fullmatch(r"C[0-9a-f]{64}", client.client_id)
        assert re.fullmatch(r"[0-9a-f]{64}", client.client_secret)


def test_the_app_id_is_unpadded_base64_around_the_client_id(webex: Sandbox) -> None:
    app = webex.service_app
    assert len(app.app_id) == 124
    assert _decoded(app.app_id) == f"ciscospark://us/APPLICATION/{app.client_id}"


def test_the_target_org_id_is_unpadded_base64_around_a_uuid(webex: Sandbox) -> None:
    app = webex.service_app
    assert len(app.target_org_id) == 87
    assert _decoded(app.target_org_id) == f"ciscospark://us/ORGANIZATION/{app.org_uuid}"


def test_every_token_and_code_has_the_106_characters_of_the_real_ones(
    webex: Sandbox, caller: Caller
) -> None:
    code = caller.decide("allow")["code"]
    for text in (*webex.sign_in(), *webex.issue_service_pair(), code):
        inner, cluster, _ = text.split("_")
        assert len(text) == 106
        assert len(inner) == 64
        assert cluster == "PF84"
        assert re.fullmatch(r"[0-9a-f-]{36}[0-9a-f]{8}-[0-9a-f]{3}", _decoded(inner))


def test_a_token_ends_with_the_organization_it_belongs_to(webex: Sandbox) -> None:
    service = webex.issue_service_pair()
    assert service.access.endswith(f"_{webex.service_app.org_uuid}")
    assert service.refresh.endswith(f"_{webex.service_app.org_uuid}")
    assert webex.issue_personal_token().endswith(f"_{webex.person.org_uuid}")
    assert webex.sign_in().access.endswith(f"_{webex.person.org_uuid}")
    assert webex.person.org_uuid != webex.service_app.org_uuid
