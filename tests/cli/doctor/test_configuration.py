"""Broken configs, each with its line and what helps."""

from __future__ import annotations

import json
import os
import socket
from urllib.parse import urlsplit

import pytest

from tests.cli.doctor.patient import Patient, the_one
from tests.consent import free_redirect
from tray_app.cli.doctor import config_checks
from tray_app.cli.doctor.finding import Grade
from tray_app.sandbox.identifiers import new_client_id, opaque_token
from tray_app.sandbox.server import Sandbox
from tray_app.system.dirs import TEMPLATE, resource


def test_a_config_in_order_is_named(patient: Patient) -> None:
    found = the_one(patient.check_config(), "config")
    assert (found.grade, found.message) == (Grade.OK, str(patient.profile.config_path))


def test_no_config_leads_to_setup(patient: Patient) -> None:
    patient.profile.config_path.unlink()
    found = the_one(patient.check_config(), "config")
    assert found.grade is Grade.FAULT
    assert found.message.endswith("token-config.json does not exist")
    assert found.remedy == "webex-token-tray setup"


def test_every_fault_of_the_config_is_a_line(patient: Patient) -> None:
    patient.change("serviceApp", appId=None, targetOrgId="your_target_org_id")
    faults = patient.check_config()
    assert [finding.grade for finding in faults] == [Grade.FAULT] * 2
    assert "serviceApp.appId is missing" in faults[0].message
    assert "serviceApp.targetOrgId still holds the template's placeholder" in faults[1].message


def test_a_directory_is_told_as_one_and_gets_no_chmod(patient: Patient) -> None:
    """The config and `.env`: chmod 600 would lock a directory."""
    patient.env.unlink()
    patient.env.mkdir(mode=0o755)
    assert the_one(patient.findings(config_checks.permissions), "permissions").remedy in (
        "",
        f"chmod 600 {patient.profile.config_path}",
    )
    patient.profile.config_path.unlink()
    patient.profile.config_path.mkdir()
    (found,) = patient.check_config()
    assert found.message.endswith("token-config.json is a directory")
    assert found.remedy == "move it away: webex-token-tray setup"


@pytest.mark.parametrize("text", ['{"a": ', "[]", '{"serviceApp": 5}'])
def test_what_setup_refuses_does_not_lead_there(patient: Patient, text: str) -> None:
    patient.profile.config_path.write_text(text)
    assert {finding.remedy for finding in patient.check_config()} == {"correct it there"}


def test_a_field_that_setup_does_not_ask_for_does_not_lead_there(patient: Patient) -> None:
    config = patient.profile.config() | {"tray": {"pollSeconds": 1}}
    del config["serviceApp"]["appId"]
    patient.profile.config_path.write_text(json.dumps(config))
    assert [finding.remedy for finding in patient.check_config()] == [
        "correct it there, or: webex-token-tray setup",
        "correct it there",
    ]


def test_a_template_that_nobody_has_filled_in_is_one_fault(patient: Patient) -> None:
    """It was one for each placeholder."""
    patient.profile.config_path.write_bytes(resource(TEMPLATE).read_bytes())
    (found,) = patient.check_config()
    assert found.grade is Grade.FAULT
    assert found.message.endswith("token-config.json is not filled in yet")
    assert found.remedy == "webex-token-tray setup"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_config_that_this_user_may_not_read_does_not_lead_to_setup(patient: Patient) -> None:
    patient.profile.config_path.chmod(0)
    (found,) = patient.check_config()
    assert found.remedy == "let this user read it"


def test_a_key_that_is_passed_over_is_a_warning_and_no_fault(patient: Patient) -> None:
    patient.change("tray", pollSecond=60)
    found = the_one(patient.check_config(), "config")
    assert found.grade is Grade.WARNING
    assert found.message.endswith(
        "tray.pollSecond is not known and is passed over; is tray.pollSeconds meant?"
    )
    assert patient.configured_target().config.poll_seconds


def test_ids_that_fit_together(patient: Patient) -> None:
    assert the_one(patient.findings(config_checks.ids), "ids").grade is Grade.OK


def test_a_client_id_of_another_app_is_a_warning(patient: Patient) -> None:
    patient.change("serviceApp", clientId=new_client_id())
    found = the_one(patient.findings(config_checks.ids), "ids")
    assert found.grade is Grade.WARNING
    assert "seem to belong to different apps" in found.message


def test_a_token_of_another_organization_is_a_fault(patient: Patient, webex: Sandbox) -> None:
    other = webex.stranger.org_uuid
    patient.profile.write_env(opaque_token(other))
    found = the_one(patient.findings(config_checks.ids), "ids")
    assert found.grade is Grade.FAULT
    assert f"belongs to another organization ({other}) than targetOrgId" in found.message
    assert found.remedy.startswith("webex-token-tray refresh")


def test_the_redirect_s_port_is_free_and_free_again_afterwards(
    patient: Patient, webex: Sandbox
) -> None:
    uri = free_redirect(webex)
    integration = patient.profile.config()["tokenManager"]["integration"]
    patient.change("tokenManager", integration=integration | {"redirectUri": uri})
    for _ in range(2):
        found = the_one(patient.findings(config_checks.redirect), "redirect")
        assert (found.grade, uri in found.message) == (Grade.OK, True)
    with socket.create_server(("127.0.0.1", urlsplit(uri).port or 0)):
        found = the_one(patient.findings(config_checks.redirect), "redirect")
    assert found.grade is Grade.WARNING
    assert "is taken: another program listens there" in found.message
    assert "--paste" in found.remedy


def test_without_an_integration_no_redirect_is_needed(patient: Patient) -> None:
    patient.change("tokenManager", integration=None)
    assert the_one(patient.findings(config_checks.redirect), "redirect").message.startswith(
        "not needed"
    )


@pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")
def test_who_else_can_read_is_told_with_the_chmod_that_ends_it(patient: Patient) -> None:
    patient.profile.config_path.chmod(0o600)
    patient.env.chmod(0o600)
    assert the_one(patient.findings(config_checks.permissions), "permissions").grade is Grade.OK
    for path in (patient.profile.config_path, patient.env):
        path.chmod(0o640)
        found = the_one(patient.findings(config_checks.permissions), "permissions")
        assert (found.grade, found.remedy) == (Grade.WARNING, f"chmod 600 {path}")
        path.chmod(0o600)
