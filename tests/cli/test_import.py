"""Literals into the keyring, `import` of an old config in each shape, `export`, `forget`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.names import SecretNames
from tray_app.system.dirs import TEMPLATE, resource


def secrets_of(config: dict[str, Any]) -> set[str]:
    """Every secret that the profile's own config names."""
    manager = config["tokenManager"]
    return {
        config["serviceApp"]["clientSecret"],
        manager["personalAccessToken"],
        manager["integration"]["clientSecret"],
        manager["integration"]["refreshToken"],
    }


def as_flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The same config as the forerunners' code, or their template, has it."""
    manager = dict(config["tokenManager"])
    integration = manager.pop("integration")
    for name, value in integration.items():
        manager[f"{prefix}{name[0].upper()}{name[1:]}" if prefix else name] = value
    return {**config, "tokenManager": manager}


SHAPES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "nested": lambda config: config,
    "flat": as_flat,
    "oauth": lambda config: as_flat(config, "oauth"),
}


def kept(program: Program) -> str:
    """What the keyring holds, as text."""
    return Path(program.environ["TEST_KEYRING_FILE"]).read_text()


@pytest.mark.parametrize("shape", SHAPES)
def test_an_old_checkout_in_each_shape_becomes_green_with_nothing_in_plain_text_but_env(
    program: Program, profile: Profile, webex: Sandbox, shape: str
) -> None:
    config = profile.config()
    text = json.dumps(SHAPES[shape](config), indent=4)
    profile.config_path.write_text(text)
    webex.revoke_service_access()
    done = program.as_tray()
    assert done.returncode == 0
    assert "4 secrets moved" in done.stderr
    left = profile.config_path.read_text()
    for secret in secrets_of(config):
        text = text.replace(secret, "@keyring")
        assert secret in kept(program)
    assert left == text  # every other byte as it was
    assert program("status").returncode == 0


def test_the_keyring_leads_from_then_on(program: Program, webex: Sandbox) -> None:
    program.as_tray()
    webex.revoke_service_refresh()
    webex.revoke_service_access()
    webex.revoke_personal()
    done = program("refresh")
    assert done.stdout.startswith("Renewed with the integration's")


def test_without_a_durable_keyring_the_file_is_left_alone(
    program: Program, profile: Profile
) -> None:
    before = profile.config_path.read_bytes()
    done = program("status", PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")
    assert done.returncode == 1
    assert "no keyring" in done.stdout
    assert profile.config_path.read_bytes() == before


def test_import_takes_a_file_over_into_the_user_s_folder_and_leaves_it_alone(
    program: Program, profile: Profile, tmp_path: Path
) -> None:
    del program.environ["WEBEX_TOKEN_CONFIG"]
    old = tmp_path / "work" / "old.json"
    profile.config_path.rename(old)
    before = old.read_bytes()
    config = json.loads(before)
    done = program("import", str(old))
    made = program.folders.config / "token-config.json"
    assert done.returncode == 0, done.stderr
    assert str(made) in done.stdout
    assert old.read_bytes() == before
    text = made.read_text()
    assert not [secret for secret in secrets_of(config) if secret in text]
    assert json.loads(text)["tray"]["envFile"] == str(profile.env_path)
    assert program("status", "--config", str(made)).returncode == 0


@pytest.mark.parametrize("missing", [(), ("keepAlive", "onTokenChange")])
def test_import_replaces_a_template_that_nobody_has_filled_in(
    program: Program, profile: Profile, tmp_path: Path, missing: tuple[str, ...]
) -> None:
    """As an earlier version's first start has left it, with fewer keys."""
    template = json.loads(resource(TEMPLATE).read_text())
    for key in missing:
        del template["tray"][key]
    target = tmp_path / "started.json"
    target.write_text(json.dumps(template))
    target.chmod(0o644)
    done = program("--config", str(target), "import", str(profile.config_path))
    assert done.returncode == 0, done.stderr
    assert json.loads(target.read_text())["serviceApp"]["appId"] in profile.config_path.read_text()
    if os.name == "posix":
        assert target.stat().st_mode & 0o777 == 0o600


def test_import_leaves_a_template_alone_in_which_something_is_filled_in(
    program: Program, profile: Profile, tmp_path: Path
) -> None:
    template = json.loads(resource(TEMPLATE).read_text())
    template["tray"]["envFile"] = "/srv/app/.env"
    target = tmp_path / "started.json"
    target.write_text(json.dumps(template))
    before = target.read_bytes()
    done = program("--config", str(target), "import", str(profile.config_path))
    assert done.returncode == 64
    assert "exists already" in done.stderr
    assert target.read_bytes() == before


def test_import_overwrites_no_config(program: Program, profile: Profile) -> None:
    done = program("--config", str(profile.config_path), "import", str(profile.config_path))
    assert done.returncode == 64
    assert "exists already" in done.stderr


def test_import_of_a_broken_file_is_exit_78_and_makes_nothing(
    program: Program, profile: Profile, tmp_path: Path
) -> None:
    profile.config_path.unlink()
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    done = program("import", str(broken))
    assert done.returncode == 78
    assert not list(Path(program.environ["HOME"]).rglob("token-config.json"))


def test_export_shows_identifiers_and_with_secrets_is_the_way_back(
    program: Program, profile: Profile, tmp_path: Path
) -> None:
    config = profile.config()
    program("status")
    plain = program("export")
    assert plain.returncode == 0
    assert json.loads(plain.stdout)["serviceApp"]["clientSecret"] == "@keyring"
    assert not [secret for secret in secrets_of(config) if secret in plain.stdout]
    whole = program("export", "--with-secrets", "--yes")
    shown = json.loads(whole.stdout)
    assert shown["serviceApp"] == config["serviceApp"]
    assert shown["tokenManager"] == config["tokenManager"]


def test_secrets_are_not_shown_without_an_answer(program: Program) -> None:
    done = program("export", "--with-secrets")
    assert done.returncode == 130
    assert done.stdout == ""


def test_forget_removes_every_trace_and_names_each(program: Program, profile: Profile) -> None:
    program("refresh")
    home = Path(program.environ["HOME"])
    entries = json.loads(kept(program))
    done = program("forget", "--yes")
    assert done.returncode == 0
    assert json.loads(kept(program)) == {}
    for name in entries:
        assert SecretNames.shortened(name.removeprefix("webex-token-tray/")) in done.stdout
    assert not list(home.rglob("journal.sqlite3*"))
    assert not list(home.rglob("*.log"))
    assert str(profile.env_path) in done.stdout
    assert profile.env_access() is not None


def test_the_environment_stands_in_for_any_field_and_is_not_written_anywhere(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    config = profile.config()
    app, manager = config["serviceApp"], config["tokenManager"]
    profile.config_path.write_text("{}")
    variables = {
        "WEBEX_SERVICE_APP_ID": app["appId"],
        "WEBEX_SERVICE_APP_CLIENT_ID": app["clientId"],
        "WEBEX_SERVICE_APP_CLIENT_SECRET": app["clientSecret"],
        "WEBEX_TARGET_ORG_ID": app["targetOrgId"],
        "WEBEX_PERSONAL_ACCESS_TOKEN": manager["personalAccessToken"],
        "WEBEX_INTEGRATION_CLIENT_ID": manager["integration"]["clientId"],
        "WEBEX_INTEGRATION_CLIENT_SECRET": manager["integration"]["clientSecret"],
        "WEBEX_INTEGRATION_REFRESH_TOKEN": manager["integration"]["refreshToken"],
    }
    webex.revoke_service_refresh()
    webex.revoke_service_access()
    webex.revoke_personal()
    done = program("refresh", **variables)
    assert done.stdout.startswith("Renewed with the integration's"), done.stdout + done.stderr
    assert profile.config_path.read_text() == "{}"
    assert app["clientSecret"] not in kept(program)


def test_a_fault_in_the_environment_names_the_variable(program: Program) -> None:
    done = program("status", WEBEX_TARGET_ORG_ID="has a space")
    assert done.returncode == 78
    assert "WEBEX_TARGET_ORG_ID holds a space" in done.stderr


def with_tokens(profile: Profile, access: str, refresh: str) -> Path:
    """A config to import, alone with the service app's own tokens."""
    config = profile.config()
    config["serviceApp"] |= {"accessToken": access, "refreshToken": refresh}
    del config["tokenManager"]
    old = profile.folder / "old.json"
    old.write_text(json.dumps(config))
    profile.config_path.unlink()
    profile.env_path.unlink(missing_ok=True)
    return old


def test_import_takes_over_the_tokens_that_an_administrator_has_fetched(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """Saved, written to `.env`, and green with nothing else that could renew."""
    pair = webex.issue_service_pair()
    old = with_tokens(profile, *pair)
    before = old.read_bytes()
    done = program("import", str(old))
    assert (done.returncode, done.stderr.count("not taken over")) == (0, 0), done.stderr
    assert "The access token works; it is for the organization " in done.stdout
    assert old.read_bytes() == before
    text = profile.config_path.read_text()
    assert not [token for token in pair if token in text + done.stdout + done.stderr]
    assert not [token for token in pair if token not in kept(program)]
    assert (profile.env_access(), profile.env_refresh()) == tuple(pair)
    assert program("status").returncode in (0, 1)
    webex.revoke_service_access()
    assert program("refresh").stdout.startswith("Renewed with the service app's refresh token")


def test_import_says_that_tokens_are_dead_and_takes_over_the_rest(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    pair = webex.issue_service_pair()
    webex.revoke(pair.access)
    done = program("import", str(with_tokens(profile, *pair)))
    assert done.returncode == 1
    assert done.stderr.endswith(
        "Its tokens were not taken over. Webex rejects this access token: it has expired, or is"
        " not complete.\n"
    )
    assert profile.config_path.exists()
    assert pair.refresh not in kept(program)
    assert not profile.env_path.exists()


@pytest.mark.parametrize(
    ("access", "said"), [("", "serviceApp.accessToken is missing"), ("a b", "holds a space")]
)
def test_import_refuses_a_file_whose_tokens_are_not_whole(
    program: Program, profile: Profile, access: str, said: str
) -> None:
    done = program("import", str(with_tokens(profile, access, "refresh")))
    assert done.returncode == 78
    assert said in done.stderr
    assert not profile.config_path.exists()
