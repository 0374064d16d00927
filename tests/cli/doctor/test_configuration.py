"""Broken configs, each with its line and what helps."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.cli.doctor.subject import Subject, the_one
from tests.consent import free_redirect
from tests.other_user import IS_ROOT
from tray_app.cli.doctor import config_checks
from tray_app.cli.doctor.finding import Grade
from tray_app.sandbox.identifiers import new_client_id, opaque_token
from tray_app.sandbox.server import Sandbox
from tray_app.system.dirs import TEMPLATE, resource


def test_a_config_in_order_is_named(subject: Subject) -> None:
    found = the_one(subject.check_config(), "config")
    assert (found.grade, found.message) == (Grade.OK, str(subject.profile.config_path))


def test_no_config_leads_to_setup(subject: Subject) -> None:
    subject.profile.config_path.unlink()
    found = the_one(subject.check_config(), "config")
    assert found.grade is Grade.FAULT
    assert found.message.endswith("token-config.json does not exist")
    assert found.remedy == "webex-token-tray setup"


def test_every_fault_of_the_config_is_a_line(subject: Subject) -> None:
    subject.change("serviceApp", appId=None, targetOrgId="your_target_org_id")
    faults = subject.check_config()
    assert [finding.grade for finding in faults] == [Grade.FAULT] * 2
    assert "serviceApp.appId is missing" in faults[0].message
    assert "serviceApp.targetOrgId still holds the template's placeholder" in faults[1].message


def test_a_directory_is_told_as_one_and_gets_no_chmod(subject: Subject) -> None:
    """The config and `.env`: chmod 600 would lock a directory."""
    subject.env.unlink()
    subject.env.mkdir(mode=0o755)
    assert the_one(subject.findings(config_checks.permissions), "permissions").remedy in (
        "",
        f"chmod 600 {subject.profile.config_path}",
    )
    subject.profile.config_path.unlink()
    subject.profile.config_path.mkdir()
    (found,) = subject.check_config()
    assert found.message.endswith("token-config.json is a directory")
    assert found.remedy == "move it away: webex-token-tray setup"


@pytest.mark.parametrize("text", ['{"a": ', "[]", '{"serviceApp": 5}'])
def test_what_setup_refuses_does_not_lead_there(subject: Subject, text: str) -> None:
    subject.profile.config_path.write_text(text)
    assert {finding.remedy for finding in subject.check_config()} == {"correct it there"}


def test_a_field_that_setup_does_not_ask_for_does_not_lead_there(subject: Subject) -> None:
    config = subject.profile.config() | {"tray": {"pollSeconds": 1}}
    del config["serviceApp"]["appId"]
    subject.profile.config_path.write_text(json.dumps(config))
    assert [finding.remedy for finding in subject.check_config()] == [
        "correct it there, or: webex-token-tray setup",
        "correct it there",
    ]


def test_a_template_that_nobody_has_filled_in_is_one_fault(subject: Subject) -> None:
    """It was one for each placeholder."""
    subject.profile.config_path.write_bytes(resource(TEMPLATE).read_bytes())
    (found,) = subject.check_config()
    assert found.grade is Grade.FAULT
    assert found.message.endswith("token-config.json is not filled in yet")
    assert found.remedy == "webex-token-tray setup"


@pytest.mark.posix
@pytest.mark.skipif(IS_ROOT, reason="root may read everything")
def test_a_config_that_this_user_may_not_read_does_not_lead_to_setup(subject: Subject) -> None:
    subject.profile.config_path.chmod(0)
    (found,) = subject.check_config()
    assert found.remedy == "let this user read it"


def test_a_key_that_is_passed_over_is_a_warning_and_no_fault(subject: Subject) -> None:
    subject.change("tray", pollSecond=60)
    found = the_one(subject.check_config(), "config")
    assert found.grade is Grade.WARNING
    assert found.message.endswith(
        "tray.pollSecond is not known and is ignored; is tray.pollSeconds meant?"
    )
    assert subject.configured_target().config.poll_seconds


def test_ids_that_fit_together(subject: Subject) -> None:
    assert the_one(subject.findings(config_checks.ids), "ids").grade is Grade.OK


def test_a_client_id_of_another_app_is_a_warning(subject: Subject) -> None:
    subject.change("serviceApp", clientId=new_client_id())
    found = the_one(subject.findings(config_checks.ids), "ids")
    assert found.grade is Grade.WARNING
    assert "seem to belong to different apps" in found.message


def test_a_token_of_another_organization_is_a_fault(subject: Subject, webex: Sandbox) -> None:
    other = webex.stranger.org_uuid
    subject.profile.write_env(opaque_token(other))
    found = the_one(subject.findings(config_checks.ids), "ids")
    assert found.grade is Grade.FAULT
    assert f"belongs to another organization ({other}) than targetOrgId" in found.message
    assert found.remedy.startswith("webex-token-tray refresh")


def test_the_redirect_s_port_is_free_and_free_again_afterwards(
    subject: Subject, webex: Sandbox
) -> None:
    uri = free_redirect(webex)
    integration = subject.profile.config()["tokenManager"]["integration"]
    subject.change("tokenManager", integration=integration | {"redirectUri": uri})
    for _ in range(2):
        found = the_one(subject.findings(config_checks.redirect), "redirect")
        assert (found.grade, uri in found.message) == (Grade.OK, True)
    with socket.create_server(("127.0.0.1", urlsplit(uri).port or 0)):
        found = the_one(subject.findings(config_checks.redirect), "redirect")
    assert found.grade is Grade.WARNING
    assert "is taken: another program listens there" in found.message
    assert "--paste" in found.remedy


def test_without_an_integration_no_redirect_is_needed(subject: Subject) -> None:
    subject.change("tokenManager", integration=None)
    assert the_one(subject.findings(config_checks.redirect), "redirect").message.startswith(
        "not needed"
    )


def test_on_windows_it_says_that_nobody_looked_who_else_can_read(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_checks, "POSIX", False)
    found = the_one(subject.findings(config_checks.permissions), "permissions")
    assert "was not looked at" in found.message


@pytest.mark.posix
def test_a_file_that_gets_no_token_is_not_to_be_closed_to_others(subject: Subject) -> None:
    """doctor said to `chmod 600 /etc/passwd` if a config named it by mistake."""
    other = subject.env.with_name("passwd")
    other.write_text("root:x:0:0:root:/root:/bin/bash\n")
    other.chmod(0o644)
    subject.change("tray", envFile=str(other))
    subject.profile.config_path.chmod(0o600)
    found = the_one(subject.findings(config_checks.permissions), "permissions")
    assert (found.grade, found.message) == (Grade.OK, "only you have access to the config")
    assert "gets no token" in the_one(subject.findings(config_checks.env), "env").message


@pytest.mark.posix
def test_who_else_can_read_is_told_with_the_chmod_that_ends_it(subject: Subject) -> None:
    subject.profile.config_path.chmod(0o600)
    subject.env.chmod(0o600)
    assert the_one(subject.findings(config_checks.permissions), "permissions").grade is Grade.OK
    for path in (subject.profile.config_path, subject.env):
        path.chmod(0o640)
        found = the_one(subject.findings(config_checks.permissions), "permissions")
        assert (found.grade, found.remedy) == (Grade.WARNING, f"chmod 600 {path}")
        path.chmod(0o600)
