"""The one-folder build, as `make bundle` has made it: started without Python, seen in a real panel.

Nothing here is run by `make test`: the build takes a minute. BUNDLE names the folder.
"""

from __future__ import annotations

import os
import re
import subprocess
from importlib.metadata import requires, version
from pathlib import Path

import pytest

from tests.consent import decide, free_redirect, use_redirect, visit
from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.e2e.screen import Screen
from tests.e2e.secret_service import stored_secrets
from tests.profile import Profile
from tray_app.desktop.icon_art import FILL
from tray_app.model.signs import Colour
from tray_app.sandbox.server import Sandbox
from tray_app.system.dirs import TEMPLATE, resource

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.skipif("BUNDLE" not in os.environ, reason="`make bundle` builds one and runs this"),
]
PYTHON = ("PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")


@pytest.fixture
def bundled() -> str:
    """The program of the bundle."""
    return str(Path(os.environ["BUNDLE"]).absolute() / "webex-token-tray")


@pytest.fixture
def command(bundled: str, profile: Profile, webex: Sandbox) -> list[str]:
    """It, on the profile."""
    return [bundled, "--config", str(profile.config_path), "--api-base", webex.api_base]


def without_python(session: Session) -> dict[str, str]:
    """The session's environment on a machine where there is none."""
    environ = {name: value for name, value in session.environ.items() if name not in PYTHON}
    return environ | {"PATH": "/usr/bin:/bin"}


def mapped(pid: int) -> set[Path]:
    """The files that the process has loaded."""
    lines = Path("/proc", str(pid), "maps").read_text().splitlines()
    return {Path(line[line.index("/") :]) for line in lines if "/" in line}


def test_its_icon_is_seen_in_a_panel_and_secrets_go_into_the_keyring(
    xfce_session: Session, xfce: Screen, command: list[str], profile: Profile
) -> None:
    """Green; the menu opens and quits. The keyring's library finds its backend in the bundle."""
    results = Path(__file__).parents[2] / "test-results"
    with Program(command, without_python(xfce_session)) as program:
        menu = xfce.open_menu(xfce.wait_colour(FILL[Colour.GREEN]))
        xfce.save(results / "bundle-menu.png")
        xfce.click_word("Quit", menu)
        assert program.wait() == 0
    assert len(stored_secrets(xfce_session)) >= 3
    assert "@keyring" in profile.config_path.read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="it closes its memory to all but root")
def test_it_loads_nothing_of_a_python_that_is_installed(
    xfce_session: Session, xfce: Screen, command: list[str], bundled: str
) -> None:
    """Besides its own folder only what every Linux has."""
    with Program(command, without_python(xfce_session)) as program:
        xfce.wait_colour(FILL[Colour.GREEN])
        outside = {
            path for path in mapped(program.pid) if not path.is_relative_to(Path(bundled).parent)
        }
    assert {path.name for path in outside if "python" in str(path).lower()} == set()
    libraries = {path.name.partition(".so")[0] for path in outside if ".so" in path.name}
    of_glibc = {"ld-linux-x86-64", "libc", "libdl", "libm", "libpthread", "librt", "libutil"}
    assert libraries - of_glibc <= {"libfribidi"}, "which Pillow takes if it is there"


def test_the_tour_comes_true(session: Session, bundled: str) -> None:
    """With the sandbox and its pages."""
    done = subprocess.run(
        [bundled, "demo", "--once", "--pause", "0"],
        env=without_python(session),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 of 7 stages succeeded" in done.stdout


def test_a_person_signs_in_and_sees_its_page(
    keyring_session: Session, command: list[str], profile: Profile, webex: Sandbox
) -> None:
    """The page is one of the files that it brings along."""
    use_redirect(profile, free_redirect(webex))
    webex.revoke_all()
    authorize = [*command, "authorize", "--no-browser"]
    with Program(authorize, without_python(keyring_session)) as program:
        visit(decide(program.expect("http", 20).strip()))
        program.expect("Token renewed.", 20)
        assert program.wait() == 0


def test_the_very_first_start_makes_a_config_from_the_template(
    session: Session, bundled: str
) -> None:
    """The other file that it brings along. Nothing opens it here."""
    environ = without_python(session) | {"PATH": "/nonexistent"}
    with Program([bundled], environ) as program:
        program.expect("from the template", 20)
    made = session.home / ".config/webex-token-tray/token-config.json"
    assert made.read_bytes() == resource(TEMPLATE).read_bytes()


def test_it_carries_the_license_of_each_part(bundled: str) -> None:
    """Its whole text, as most of them ask for: of Python, libraries and what we require."""
    folder = Path(bundled).parent / "_internal/licenses"
    texts = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    here = (line for line in requires("webex-token-tray") or () if "extra" not in line)
    required = {re.split(r"[^\w-]", line, maxsplit=1)[0] for line in here}
    assert required | {"python", "certifi", "cryptography"} <= set(texts)
    assert [name for name, text in texts.items() if len(text) < 500] == []
    assert not list(folder.parent.glob("libreadline*")), "its GPL would be that of the bundle"


def test_what_it_starts_gets_the_libraries_of_the_system(
    keyring_session: Session, command: list[str]
) -> None:
    """A browser would not start with the bundle's."""
    with Program(
        [*command, "run", "--", "/usr/bin/env"], without_python(keyring_session)
    ) as program:
        assert program.wait(60) == 0
        assert [line for line in program.lines if line.startswith("WEBEX_")]
        assert not [line for line in program.lines if line.startswith("LD_LIBRARY_PATH")]


def test_it_knows_its_version(keyring_session: Session, bundled: str) -> None:
    """Though no package is installed that could be asked."""
    done = subprocess.run(
        [bundled, "--version"],
        env=without_python(keyring_session),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout.startswith(f"webex-token-tray {version('webex-token-tray')}\nPython 3.")
