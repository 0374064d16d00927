"""TokenManager, as the users of the old scripts expect it: against a sandbox."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tray_app
from tests.profile import Profile, full_profile
from tray_app import ConfigError, NotRenewed, TokenManager, Unreachable
from tray_app.core.model import Reason
from tray_app.sandbox import Fault, Kind, RefreshPolicy, Sandbox


@pytest.fixture
def webex() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def profile(tmp_path: Path, webex: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Profile:
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    keyring = "tests.commands.keyring_backend.FolderKeyring"
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", keyring)
    monkeypatch.setenv("TEST_KEYRING_FILE", str(tmp_path / "keyring.json"))
    return full_profile(tmp_path, webex)


@pytest.fixture
def manager(profile: Profile, webex: Sandbox) -> Iterator[TokenManager]:
    import keyring.core

    keyring.core.init_backend()  # it remembers the choice of an earlier test
    with TokenManager(profile.config_path, api_base=webex.api_base) as made:
        yield made


def test_a_living_token_is_valid_and_a_revoked_one_is_not(
    manager: TokenManager, webex: Sandbox
) -> None:
    assert manager.is_token_valid()
    webex.revoke_service_access()
    assert not manager.is_token_valid()


def test_a_refresh_returns_the_token_that_env_then_carries(
    manager: TokenManager, profile: Profile
) -> None:
    before = profile.env_access()
    token = manager.refresh_token()
    assert token == profile.env_access() != before
    assert manager.is_token_valid()


def test_offline_is_a_named_error_and_never_invalid(manager: TokenManager, webex: Sandbox) -> None:
    webex.go_down(Fault.dropped())
    with pytest.raises(Unreachable):
        manager.is_token_valid()
    with pytest.raises(Unreachable):
        manager.refresh_token()


def test_no_way_up_is_a_named_error_that_says_why(manager: TokenManager, webex: Sandbox) -> None:
    webex.revoke_all()
    with pytest.raises(NotRenewed) as caught:
        manager.refresh_token()
    assert caught.value.health.reason is Reason.SIGN_IN_ENDED


def test_many_threads_lose_no_rotated_token(manager: TokenManager, webex: Sandbox) -> None:
    webex.policy = RefreshPolicy.ROTATED
    manager.is_token_valid()
    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(lambda _: manager.refresh_token(), range(8)))
    assert len(set(tokens)) == 8
    assert webex.reuses == 0
    renewals = [seen for seen in webex.requests if seen.kind is Kind.SERVICE_REFRESH]
    assert len(renewals) == 8


def test_threads_that_have_found_the_same_token_dead_share_one_renewal(
    manager: TokenManager, webex: Sandbox
) -> None:
    webex.policy = RefreshPolicy.ROTATED
    manager.is_token_valid()
    webex.revoke_service_access()
    all_know = threading.Barrier(4)

    def use(_: int) -> str:
        assert not manager.is_token_valid()
        all_know.wait()
        return manager.refresh_token()

    with ThreadPoolExecutor(4) as pool:
        tokens = set(pool.map(use, range(4)))
    assert len(tokens) == 1
    renewals = [seen for seen in webex.requests if seen.kind is Kind.SERVICE_REFRESH]
    assert len(renewals) == 1
    assert manager.refresh_token() not in tokens


def test_a_config_that_is_not_there_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        TokenManager(tmp_path / "missing.json")


def test_importing_the_package_loads_nothing_else() -> None:
    code = "import sys, tray_app; print([n for n in sys.modules if n.startswith('tray_app.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there_and_no_other() -> None:
    for name in tray_app.__all__:
        assert getattr(tray_app, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = tray_app.nonsense
