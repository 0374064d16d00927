"""The token in `.env` and the secrets behind it, in every state that a check can tell."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keyring.errors
import pytest

from tests.cli.doctor.subject import Subject, the_one
from tests.faults.keyring_states import Ring
from tray_app import bootstrap
from tray_app.cli.doctor import token_checks
from tray_app.cli.doctor.finding import Grade
from tray_app.model.settings import SecretStore
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.secrets import keyring_store
from tray_app.secrets.file_store import SecretFile
from tray_app.secrets.keyring_store import KeyringStore
from tray_app.secrets.store import KEYRING, MemoryStore
from tray_app.secrets.vault import Vault


def test_a_token_that_works(subject: Subject) -> None:
    assert the_one(subject.findings(token_checks.token), "token").grade is Grade.OK


def test_a_dead_token_is_a_fault_and_one_401_is_not_believed(
    subject: Subject, webex: Sandbox
) -> None:
    webex.faults.next(Kind.DATA_SOURCES, Fault.unauthorized())
    assert the_one(subject.findings(token_checks.token), "token").grade is Grade.OK
    webex.revoke_service_access()
    found = the_one(subject.findings(token_checks.token), "token")
    assert (found.grade, found.remedy) == (Grade.FAULT, "webex-token-tray refresh")


def test_a_token_that_nobody_can_judge_is_left_to_the_line_of_webex(
    subject: Subject, webex: Sandbox
) -> None:
    webex.go_down()
    assert subject.findings(token_checks.token) == []


def test_all_secrets_in_the_config(subject: Subject) -> None:
    found = subject.findings(token_checks.keyring)
    assert {finding.topic: finding.grade for finding in found} == {
        "keyring": Grade.OK,
        "secrets": Grade.OK,
    }


def test_all_secrets_in_the_keyring_and_nothing_is_written(subject: Subject) -> None:
    app, integration = subject.profile.webex.service_app, subject.profile.webex.integration
    host = subject.profile.webex.api_base.split("/")[2]
    held = subject.store
    held.set(f"{host}/app/{app.client_id}/secret", "s", prompt=False)
    held.set(f"{host}/integration/{integration.client_id}/secret", "s", prompt=False)
    subject.profile.pasted = subject.profile.refresh_token = None
    subject.change("tokenManager", integration={"clientId": integration.client_id})
    text = subject.profile.config_path.read_text()
    subject.profile.config_path.write_text(text.replace(app.client_secret, "@keyring"))
    found = the_one(subject.findings(token_checks.keyring), "secrets")
    assert (found.grade, found.remedy) == (Grade.WARNING, "webex-token-tray authorize")
    held.set(f"{host}/integration/{integration.client_id}/refresh", "r", prompt=False)
    assert isinstance(held, MemoryStore)
    before = dict(held._secrets)
    assert the_one(subject.findings(token_checks.keyring), "secrets").grade is Grade.OK
    assert held._secrets == before


def test_a_secret_that_is_nowhere_is_a_fault_with_where_to_find_it(subject: Subject) -> None:
    subject.change("serviceApp", clientSecret=None)
    found = the_one(subject.findings(token_checks.keyring), "secrets")
    assert found.grade is Grade.FAULT
    assert found.message.startswith(
        f"serviceApp.clientSecret is neither in the config nor in {KEYRING}"
    )
    assert "the service app's page at developer.webex.com" in found.remedy


def test_nothing_that_could_mint_is_a_warning(subject: Subject) -> None:
    subject.change("tokenManager", personalAccessToken=None, integration=None)
    found = the_one(subject.findings(token_checks.keyring), "secrets")
    assert (found.grade, found.remedy) == (Grade.WARNING, "webex-token-tray setup")


@contextmanager
def ring_that(monkeypatch: pytest.MonkeyPatch, answers: object) -> Iterator[Ring]:
    ring = Ring()
    monkeypatch.setattr(keyring_store, "_choose", lambda: ring)
    ring.failure = answers  # type: ignore[assignment]
    yield ring


def test_no_keyring_says_what_is_lost(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    subject.store = KeyringStore()
    subject.change("tokenManager", personalAccessToken=None)
    found = the_one(subject.findings(token_checks.keyring), "keyring")
    assert found.grade is Grade.WARNING
    assert "renewed tokens are lost when the program ends" in found.message
    assert "tray.secretStore" in found.remedy


def test_a_keyring_that_is_not_there_is_not_ok_though_nothing_was_read_from_it(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every secret stood in the config, so it was never asked: "ok, answers: none"."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    subject.store = KeyringStore()
    found = the_one(subject.findings(token_checks.keyring), "keyring")
    assert found.grade is Grade.WARNING
    assert found.message.startswith("PYTHON_KEYRING_BACKEND switches the keyring off: ")


def test_what_is_left_to_a_keyring_out_of_reach_is_not_called_missing(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From cron it said that secrets were nowhere, and advised to regenerate them."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    subject.store = KeyringStore()
    subject.change("serviceApp", clientSecret="@keyring")
    (found,) = subject.findings(token_checks.keyring)
    assert (found.topic, found.grade) == ("keyring", Grade.FAULT)
    assert found.message.endswith("the config leaves serviceApp.clientSecret to it")
    assert "regenerate" not in found.remedy
    assert "setup" not in found.remedy


def test_a_secret_that_is_not_in_the_file_is_not_missed_in_the_keyring(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secrets.json"
    subject.change("serviceApp", clientSecret=None)
    vault = Vault(MemoryStore(durable=True), file=SecretFile(path))
    vault.choose(SecretStore.FILE)
    monkeypatch.setattr(bootstrap, "vault", lambda _: vault)
    found = the_one(subject.findings(token_checks.keyring), "secrets")
    assert found.message.endswith(f"is neither in the config nor in the file {path}")


def test_a_secret_that_webex_has_refused_is_not_called_well(
    subject: Subject, webex: Sandbox
) -> None:
    """doctor presents none itself; the last check knows."""
    webex.revoke_service_access()
    subject.change("serviceApp", clientSecret="f" * 64)
    subject.refresh()
    found = the_one(subject.findings(token_checks.keyring), "secrets")
    assert found.grade is Grade.FAULT
    assert "Webex refuses the app's client secret" in found.message
    assert found.remedy.startswith("Next (the app's developer): Put the current serviceApp.client")


def test_a_sign_in_that_is_needed_names_its_command(subject: Subject, webex: Sandbox) -> None:
    """`status` did, and doctor did not."""
    webex.revoke_all()
    subject.refresh()
    found = the_one(subject.findings(token_checks.keyring), "secrets")
    assert found.grade is Grade.FAULT
    assert found.remedy == "Sign in through the browser: webex-token-tray authorize"


def test_a_keyring_that_hangs_is_given_up(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    with ring_that(monkeypatch, lambda *_: release.wait(30)):
        subject.store = KeyringStore()
        subject.change("tokenManager", personalAccessToken=None)
        found = the_one(subject.findings(token_checks.keyring), "keyring")
        release.set()
    assert found.grade is Grade.FAULT
    assert re.search(r"has not answered for \d+ seconds", found.message)


def test_a_locked_keyring_is_a_fault_and_is_not_asked_to_open(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise keyring.errors.KeyringLocked

    with ring_that(monkeypatch, locked) as ring:
        subject.store = KeyringStore()
        subject.change("tokenManager", personalAccessToken=None)
        found = the_one(subject.findings(token_checks.keyring), "keyring")
    assert (found.grade, ring.prompts) == (Grade.FAULT, 0)
    assert found.message.endswith("is locked")
    assert found.remedy.startswith("unlock it")


def test_a_file_of_secrets_that_is_damaged_is_a_fault(subject: Subject, tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text("{")
    subject.store = SecretFile(path)
    subject.change("tokenManager", personalAccessToken=None)
    found = the_one(subject.findings(token_checks.keyring), "keyring")
    assert (found.grade, str(path) in found.message) == (Grade.FAULT, True)
    assert path.read_text() == "{"
