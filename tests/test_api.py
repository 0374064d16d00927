"""TokenManager, as the users of the old scripts expect it: against a sandbox."""

from __future__ import annotations

import pydoc
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import metadata
from pathlib import Path

import pytest
import requests

import tray_app
from tests.profile import Profile, full_profile
from tray_app.api import TokenManager
from tray_app.model.errors import ConfigError, NotRenewed, Unreachable
from tray_app.model.health import Reason
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy


@pytest.fixture
def profile(tmp_path: Path, webex: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Profile:
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    keyring = "tests.cli.keyring_backend.FolderKeyring"
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
    health = caught.value.health
    assert health.reason is Reason.SIGN_IN_ENDED
    assert health.headline == "Webex token rejected: sign-in needed"
    assert health.next_step == "Sign in through the browser"
    assert str(caught.value) == (
        f"The token was not renewed. {health.headline}. Next (you): {health.next_step}."
    )


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


@pytest.mark.process
def test_importing_the_package_loads_nothing_else() -> None:
    code = "import sys, tray_app; print([n for n in sys.modules if n.startswith('tray_app.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_that_of_the_installed_package() -> None:
    assert tray_app.__version__ == metadata.version("webex-token-tray")


def test_pydoc_shows_the_public_names_and_what_they_return_and_raise() -> None:
    shown = pydoc.plain(pydoc.render_doc(tray_app))
    for name in tray_app.__all__:
        assert f"class {name}(" in shown
    for member in ("get_token", "refresh_token", "is_token_valid", "health", "close", "auth"):
        assert getattr(TokenManager, member).__doc__.splitlines()[0] in shown
    assert all(section in shown for section in ("Args:", "Returns:", "Raises:", "Attributes:"))


def test_every_public_name_is_there_and_no_other() -> None:
    for name in tray_app.__all__:
        assert getattr(tray_app, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = tray_app.nonsense


def renewals(webex: Sandbox) -> int:
    return len([seen for seen in webex.requests if seen.kind is Kind.SERVICE_REFRESH])


def test_a_token_of_unknown_end_is_renewed_once_and_then_given_without_a_request(
    manager: TokenManager, profile: Profile, webex: Sandbox
) -> None:
    token = manager.get_token()
    assert token == profile.env_access()
    assert renewals(webex) == 1
    asked = len(webex.requests)
    assert manager.get_token(min_ttl=3600) == token
    assert len(webex.requests) == asked


def test_what_no_token_lives_is_given_with_a_warning_and_without_a_loop(
    manager: TokenManager, webex: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    token = manager.get_token()
    for _ in range(3):
        assert manager.get_token(timedelta(days=30)) == token
    assert renewals(webex) == 1
    assert caplog.messages[-1].endswith("a new token would not last longer.")


def test_offline_a_token_that_is_not_known_to_be_dead_is_given_with_a_warning(
    manager: TokenManager, profile: Profile, webex: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    webex.go_down(Fault.dropped())
    assert manager.get_token() == profile.env_access()
    assert "The token is not confirmed" in caplog.messages[-1]


def test_a_dead_token_is_an_error_that_says_whether_webex_answered(
    manager: TokenManager, webex: Sandbox
) -> None:
    webex.revoke_service_access()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable())
    with pytest.raises(Unreachable, match="not renewed: Webex answered with an error") as error:
        manager.get_token()
    assert error.value.tracking_id.startswith("ROUTER_")
    assert str(error.value).endswith(f" (HTTP 503, {error.value.tracking_id}).")
    webex.revoke_all()
    with pytest.raises(NotRenewed):
        manager.get_token()


def test_threads_that_want_a_token_share_one_renewal(manager: TokenManager, webex: Sandbox) -> None:
    webex.policy = RefreshPolicy.ROTATED
    webex.revoke_service_access()
    with ThreadPoolExecutor(4) as pool:
        tokens = set(pool.map(lambda _: manager.get_token(), range(8)))
    assert len(tokens) == 1
    assert renewals(webex) == 1


def test_requests_are_signed_and_a_dead_token_costs_one_renewal(
    manager: TokenManager, profile: Profile, webex: Sandbox
) -> None:
    with requests.Session() as session:
        session.auth = manager.auth
        for _ in range(2):
            answer = session.get(f"{webex.api_base}/dataSources", timeout=60)
            assert answer.status_code == 200
        before = renewals(webex)
        webex.revoke_service_access()
        answer = session.get(f"{webex.api_base}/dataSources", timeout=60)
    assert answer.status_code == 200
    assert answer.request.headers["Authorization"] == f"Bearer {profile.env_access()}"
    assert renewals(webex) == before + 1


def test_a_401_that_is_not_the_token_s_fault_renews_nothing(
    manager: TokenManager, webex: Sandbox
) -> None:
    """Else a server that answers 401 to everything would have it renewed with every request."""
    manager.get_token()
    before = renewals(webex)
    webex.faults.next("/v1/people/me", Fault.unauthorized(), times=None)
    answer = requests.get(f"{webex.api_base}/people/me", auth=manager.auth, timeout=60)
    assert answer.status_code == 401
    assert renewals(webex) == before


def test_where_nothing_can_be_renewed_the_401_is_the_answer(
    manager: TokenManager, webex: Sandbox
) -> None:
    manager.get_token()
    webex.revoke_all()
    answer = requests.get(f"{webex.api_base}/dataSources", auth=manager.auth, timeout=60)
    assert answer.status_code == 401


def test_health_says_in_words_what_is_so_and_what_to_do(
    manager: TokenManager, webex: Sandbox
) -> None:
    manager.refresh_token()
    well = manager.health()
    assert well.headline.startswith("Token works until ")
    assert well.next_step == ""
    webex.revoke_all()
    manager.is_token_valid()
    with pytest.raises(NotRenewed):
        manager.refresh_token()
    assert manager.health().next_step == "Sign in through the browser"


@pytest.mark.parametrize(
    "call",
    [
        lambda manager: manager.get_token(),
        lambda manager: manager.refresh_token(),
        lambda manager: manager.is_token_valid(),
        lambda manager: manager.health(),
        lambda manager: manager.auth,
    ],
    ids=["get_token", "refresh_token", "is_token_valid", "health", "auth"],
)
def test_after_close_every_call_says_that_it_is_closed(
    manager: TokenManager, webex: Sandbox, call: Callable[[TokenManager], object]
) -> None:
    """`get_token` gave the token of `.env`, for ever; an `auth` that was made before went on."""
    manager.refresh_token()
    made_before = manager.auth
    manager.close()
    asked = len(webex.requests)
    with pytest.raises(RuntimeError, match="this TokenManager is closed; make a new one"):
        call(manager)
    with pytest.raises(RuntimeError, match="is closed"):
        requests.get(f"{webex.api_base}/dataSources", auth=made_before, timeout=60)
    assert len(webex.requests) == asked
    manager.close()  # once more does no harm


@pytest.fixture
def unsaved(
    manager: TokenManager, tmp_path: Path, webex: Sandbox, profile: Profile
) -> Callable[[], bool]:
    """A renewal that the keyring, broken for a moment, has not saved; whether that is still so."""
    webex.policy = RefreshPolicy.ROTATED
    manager.refresh_token()
    keyring, aside, gate = tmp_path / "keyring.json", tmp_path / "aside", threading.Event()
    before = len(webex.requests)
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.held(gate))
    thread = threading.Thread(target=manager.refresh_token)
    thread.start()
    webex.wait_for_request(
        lambda seen: seen in webex.requests[before:] and seen.kind is Kind.SERVICE_REFRESH
    )
    keyring.rename(aside)
    keyring.mkdir()
    gate.set()
    thread.join()
    keyring.rmdir()
    aside.rename(keyring)
    return lambda: str(profile.env_refresh()) not in keyring.read_text(encoding="utf-8")


def aside_in(folder: Path) -> list[str]:
    """The files with secrets that the keyring did not take."""
    return [path.read_text(encoding="utf-8") for path in folder.rglob("secrets.json")]


def test_what_the_keyring_refused_is_saved_by_the_next_call(
    manager: TokenManager, unsaved: Callable[[], bool], tmp_path: Path
) -> None:
    assert unsaved()
    manager.get_token()
    assert not unsaved()
    assert aside_in(tmp_path) == []


def test_what_the_keyring_refused_is_in_the_file_until_the_next_run(
    manager: TokenManager,
    unsaved: Callable[[], bool],
    tmp_path: Path,
    profile: Profile,
    webex: Sandbox,
) -> None:
    assert unsaved()
    manager.close()
    assert unsaved()
    assert str(profile.env_refresh()) in "".join(aside_in(tmp_path))
    with TokenManager(profile.config_path, api_base=webex.api_base) as later:
        later.refresh_token()
    assert not unsaved()
    assert aside_in(tmp_path) == []
    assert webex.reuses == 0


@pytest.mark.parametrize(
    "min_ttl", [float("nan"), float("inf"), float("-inf"), 1e300, 10**30, 10**400, timedelta.max]
)
def test_a_min_ttl_that_no_token_can_have_is_one_clear_error(
    manager: TokenManager, min_ttl: timedelta | float
) -> None:
    """It was whatever `timedelta` raises: "cannot convert float NaN to integer"."""
    with pytest.raises(ValueError, match=r"^min_ttl must be at most 3650d, in seconds"):
        manager.get_token(min_ttl)


@pytest.mark.parametrize("min_ttl", [0, -1, timedelta.min, timedelta(days=3650)])
def test_any_other_min_ttl_brings_a_token(
    manager: TokenManager, profile: Profile, min_ttl: timedelta | float
) -> None:
    assert manager.get_token(min_ttl) == profile.env_access()


@pytest.mark.parametrize("min_ttl", ["60", None, b"60", [60]])
def test_a_min_ttl_that_is_no_time_is_named(manager: TokenManager, min_ttl: float) -> None:
    with pytest.raises(TypeError, match=r"^min_ttl must be a number of seconds or a timedelta"):
        manager.get_token(min_ttl)


@pytest.mark.parametrize("config", [5, 0, False, b"/x", [], {"serviceApp": {}}])
def test_a_config_that_is_no_path_is_named(config: str) -> None:
    """An empty one was taken for none, and another config was opened."""
    with pytest.raises(TypeError, match=r"^config must be a str or a path, not "):
        TokenManager(config)


@pytest.mark.parametrize("name", ["x\0y", "\0", "x\n\x1b[31m", "\u202e", "\udcff", "~\0"])
def test_a_path_of_odd_characters_is_a_config_error_that_can_be_shown(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        TokenManager(str(tmp_path / name) if name[0] != "~" else name)
    assert str(caught.value).isprintable()
