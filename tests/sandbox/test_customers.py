"""Further organizations that have authorized the service app, or another app of its owner."""

from __future__ import annotations

import pytest
import requests

from tests.sandbox.caller import Caller
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.registrations import ServiceApp
from tray_app.sandbox.server import Sandbox


def mint(webex: Sandbox, app: ServiceApp) -> requests.Response:
    return requests.post(
        f"{webex.api_base}/applications/{app.app_id}/token",
        headers={"Authorization": f"Bearer {webex.issue_personal_token()}"},
        json={
            "clientId": app.client_id,
            "clientSecret": app.client_secret,
            "targetOrgId": app.target_org_id,
        },
        timeout=60,
    )


def refresh(webex: Sandbox, app: ServiceApp, token: str) -> requests.Response:
    form = {
        "grant_type": "refresh_token",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": token,
    }
    return requests.post(f"{webex.api_base}/access_token", data=form, timeout=60)


def org_of(webex: Sandbox, access: str) -> str:
    found = webex.tokens.find(access)
    assert found is not None
    return found.terms.person.org_uuid


@pytest.mark.parametrize("another_app", [False, True])
def test_a_customer_gets_tokens_of_its_own_organization(webex: Sandbox, another_app: bool) -> None:
    customer = webex.add_customer(another_app=another_app)
    assert (customer.client_id == webex.service_app.client_id) is not another_app
    minted = mint(webex, customer).json()
    assert org_of(webex, minted["access_token"]) == customer.org_uuid
    renewed = refresh(webex, customer, minted["refresh_token"]).json()
    assert org_of(webex, renewed["access_token"]) == customer.org_uuid
    assert org_of(webex, webex.issue_service_pair().access) == webex.service_app.org_uuid


def test_a_refresh_token_is_bound_to_the_app_it_was_issued_to(webex: Sandbox) -> None:
    """RFC 6749 §6."""
    other = webex.add_customer(another_app=True)
    token = webex.issue_service_pair().refresh
    assert refresh(webex, other, token).status_code == 400
    assert refresh(webex, webex.service_app, token).status_code == 200


def test_an_app_that_an_organization_has_not_authorized_is_forbidden_there(webex: Sandbox) -> None:
    other = webex.add_customer(another_app=True)
    stranger = ServiceApp(other.client_id, other.client_secret)
    assert mint(webex, stranger).status_code == 403


def test_a_regenerated_secret_is_that_of_all_customers_of_the_app(webex: Sandbox) -> None:
    webex.add_customer()
    own = webex.add_customer(another_app=True)
    secret = webex.regenerate_service_secret()
    assert [app.client_secret for app in webex.apps] == [secret, secret, own.client_secret]


def test_a_fault_may_be_for_one_organization_only(webex: Sandbox, caller: Caller) -> None:
    customer = webex.add_customer()
    webex.faults.next("*", Fault.unavailable(), times=None, org=customer.org_uuid)
    theirs, others = webex.issue_service_pair(customer), webex.issue_service_pair()
    assert caller.get("/dataSources", theirs.access).status_code == 503
    assert refresh(webex, customer, theirs.refresh).status_code == 503
    assert caller.get("/dataSources", others.access).status_code == 200
