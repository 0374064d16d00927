"""B5: the set-up page, sent right and wrong secrets: none in a page, a log, a file or a repr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.conftest import Measure
from tests.faults.leak_life import Everything, everything_logged
from tests.faults.leak_profile import Leaks, client_secret, leaks, quoting
from tests.faults.table import Bar, rounds
from tests.pages.test_setup_server import origin, post
from tests.sign_in.test_start_page import cookie_of, open_page
from tray_app import bootstrap
from tray_app.model.setup import METHOD_FIELD
from tray_app.pages.setup_server import SetupServer
from tray_app.sandbox.recording import Kind
from tray_app.secrets.store import MemoryStore
from tray_app.setup.session import SetupSession, Stage
from tray_app.setup.verification import LiveVerifier

BAR = Bar("B5", "leaks", least=rounds(15, 29))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Leaks]:
    with leaks(tmp_path, monkeypatch) as known:
        yield known


def lived(made: Leaks, heard: Everything, patch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """All that came of a set-up with a wrong secret, one of Webex's and one of our errors."""
    profile, webex = made.profile, made.webex
    profile.config_path.unlink()
    wrong, token = client_secret(), webex.issue_personal_token()
    made.other |= {"a wrong secret": wrong}
    setup = bootstrap.ProfileContext(
        profile.config_path, profile.folders, webex.api_base, store=MemoryStore(), environ={}
    )
    said: list[tuple[str, str]] = []
    app = webex.service_app
    right = {
        "serviceApp__appId": app.app_id,
        "serviceApp__clientSecret": app.client_secret,
        "serviceApp__targetOrgId": app.target_org_id,
        "tokenManager__personalAccessToken": token,
        "tokenManager__integration__clientSecret": webex.integration.client_secret,
        METHOD_FIELD: "personal-token",
    }
    with (
        closing(SetupSession(setup, lambda: None, profile.folder)) as session,
        closing(SetupServer(session, str(profile.config_path), lambda: None)) as server,
    ):
        address = server.address()
        cookie = cookie_of(open_page(address))

        def send(**answers: str) -> None:
            said.append(("a reply", post(address, cookie, origin(address), **answers).decode()))
            session.settle(60)
            said.append(("the page", open_page(address, cookie).decode()))
            said.append(("a repr", repr(vars(session)) + repr(vars(server))))

        session.settle(60)
        webex.faults.next(Kind.SERVICE_REFRESH, quoting(401))
        misplaced = {"serviceApp__targetOrgId": "a b"}
        send(**right | misplaced | {"serviceApp__clientSecret": wrong})
        send(serviceApp__clientSecret=wrong)
        with patch.context() as broken:
            broken.setattr(LiveVerifier, "client", lambda *_: 1 / 0)
            send(**right)
        with patch.context() as broken:
            broken.setattr(SetupSession, "form", lambda *_: 1 / 0)
            send(**right | misplaced)
        stages = [session.stage]
        send(**right)
        stages.append(session.stage)
        assert stages == [Stage.FORM, Stage.SAVED]
    assert heard.errors >= 2
    return said


def test_no_page_no_log_and_no_repr_shows_one(
    made: Leaks, monkeypatch: pytest.MonkeyPatch, figure: Measure
) -> None:
    """Tracebacks with the local variables of our frames, and the log before it is redacted."""
    with everything_logged(made) as heard:
        said = lived(made, heard, monkeypatch)
    hits = [hit for where, text in said + heard.lines for hit in made.scanner.hits(where, text)]
    figure("hits", len(hits))
    assert [str(hit) for hit in hits] == []


def test_no_file_but_the_config_has_one(
    made: Leaks, monkeypatch: pytest.MonkeyPatch, figure: Measure
) -> None:
    """Until the tray moves them into the keyring."""
    with everything_logged(made) as heard:
        lived(made, heard, monkeypatch)
    hits = made.scanner.hits_in_files(made.profile.folder, made.allowed)
    figure("hits", len(hits))
    assert [str(hit) for hit in hits] == []
