"""The section of the config that is about this program itself: the store, and what to run."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.config.config_samples import faults, good, read
from tray_app.config.export import as_json
from tray_app.model.credentials import Credentials
from tray_app.model.settings import Config, SecretStore, Thresholds
from tray_app.system.dirs import TEMPLATE, resource


def tray(**changes: Any) -> dict[str, Any]:
    return good(tray={"envFile": ".env", **changes})


def test_without_a_word_it_is_the_keyring_and_no_command() -> None:
    config = read(tray())
    assert (config.secret_store, config.on_token_change) == (SecretStore.KEYRING, ())


def test_the_template_spells_the_defaults_out() -> None:
    section = json.loads(resource(TEMPLATE).read_bytes())["tray"]
    config = read(good(tray=section))
    assert (config.secret_store, config.on_token_change) == (SecretStore.KEYRING, ())
    assert config.lead == Thresholds().sign_in_within
    assert config.status_feed


def test_the_command_for_the_state_is_read_and_exported() -> None:
    config = read(tray(onStateChange=["mail", "a b"]))
    assert config.on_state_change == ("mail", "a b")
    exported = json.loads(as_json(config, Credentials(config.service_app), secrets=False))
    assert exported["tray"]["onStateChange"] == ["mail", "a b"]
    (fault,) = faults(json.dumps(tray(onStateChange="mail")).encode())
    assert fault.startswith("tray.onStateChange must be a list of strings")


@pytest.mark.parametrize("wanted", [None, True, False])
def test_the_status_feed_is_asked_unless_that_is_turned_off(wanted: bool | None) -> None:
    config = read(tray(statusFeed=wanted))
    assert config.status_feed == (wanted is not False)
    exported = json.loads(as_json(config, Credentials(config.service_app), secrets=False))
    assert exported["tray"].get("statusFeed") == (False if wanted is False else None)


@pytest.mark.parametrize("odd", ["false", 0, 1, [], {}])
def test_a_switch_is_true_or_false(odd: object) -> None:
    (fault,) = faults(json.dumps(tray(statusFeed=odd)).encode())
    assert fault == "tray.statusFeed must be true or false, without quotes"


@pytest.mark.parametrize("days", [None, 1, 14, 60])
def test_the_lead_is_read_and_exported(days: int | None) -> None:
    config = read(tray(leadDays=days))
    assert config.lead == (None if days is None else timedelta(days=days))
    exported = json.loads(as_json(config, Credentials(config.service_app), secrets=False))
    assert exported["tray"].get("leadDays") == days


@pytest.mark.parametrize("odd", [0, 61, -1, 14.5, "14", True, [], {}])
def test_a_lead_that_is_no_number_of_days_is_a_fault(odd: object) -> None:
    (fault,) = faults(json.dumps(tray(leadDays=odd)).encode())
    assert fault == "tray.leadDays must be a whole number of days, 1 to 60"


def test_a_file_must_be_asked_for() -> None:
    assert read(tray(secretStore="file")).secret_store is SecretStore.FILE
    assert read(tray(secretStore=" keyring ")).secret_store is SecretStore.KEYRING


@pytest.mark.parametrize("odd", ["File", "memory", "/x/secrets.json"])
def test_another_store_is_a_fault_that_names_all(odd: str) -> None:
    (fault,) = faults(json.dumps(tray(secretStore=odd)).encode())
    assert fault == 'tray.secretStore must be "keyring", "file" or "config"'


def test_a_command_is_a_program_and_its_arguments() -> None:
    """To the letter, spaces and all: no shell reads it."""
    command = ["systemctl", "--user", "restart", "a b; $(c).service", ""]
    assert read(tray(onTokenChange=command)).on_token_change == tuple(command)


@pytest.mark.parametrize("odd", ["systemctl restart x", 1, {}, ["a", 1], [["a"]], ["a\0b"], True])
def test_a_command_that_is_no_list_is_a_fault_with_the_remedy(odd: object) -> None:
    """A string would need a shell, and its quoting."""
    (fault,) = faults(json.dumps(tray(onTokenChange=odd)).encode())
    assert fault == (
        "tray.onTokenChange must be a list of strings,"
        ' as ["systemctl", "--user", "restart", "my.service"]; no shell reads it'
    )


def test_a_command_must_name_a_program() -> None:
    (fault,) = faults(json.dumps(tray(onTokenChange=[" ", "x"])).encode())
    assert fault.startswith("tray.onTokenChange names no program")


def exported(config: Config) -> dict[str, Any]:
    """The tray's section of an export."""
    section: dict[str, Any] = json.loads(
        as_json(config, Credentials(config.service_app), secrets=False)
    )["tray"]
    return section


def test_an_export_has_them_where_they_are_set() -> None:
    """Else `import` would lose them."""
    set_ = exported(read(tray(secretStore="file", onTokenChange=["a", "b"])))
    assert (set_["secretStore"], set_["onTokenChange"]) == ("file", ["a", "b"])
    assert set(exported(read(tray()))) == {"envFile", "pollSeconds"}
