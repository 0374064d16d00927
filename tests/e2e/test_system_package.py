"""The .deb in a bare Debian: installed by apt, used by a person without rights, upgraded, purged.

Nothing here is run by `make test`: it takes root and minutes. SYSTEM_PACKAGE names the file.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.e2e.bare_debian import HOME, NAME, NOBODY, BareDebian, bare_debian
from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.e2e.screen import Box, Screen
from tests.other_user import only_root
from tests.profile import Profile
from tray_app.desktop.icon_art import FILL
from tray_app.model.signs import Colour
from tray_app.sandbox.server import Sandbox

pytestmark = [
    pytest.mark.desktop,
    only_root,
    pytest.mark.skipif(
        "SYSTEM_PACKAGE" not in os.environ, reason="`make system-packages` builds one and runs this"
    ),
]
RESULTS = Path(__file__).parents[2] / "test-results"


class Person:
    """Somebody without rights, who has the program on their path."""

    def __init__(self, debian: BareDebian, webex: Sandbox) -> None:
        self.debian = debian
        self.webex = webex
        self.environ = {
            "HOME": HOME,
            "BROWSER": f"{HOME}/browser",
            "WEBEX_API_BASE": webex.api_base,
        }
        browser = debian.path(f"{HOME}/browser")
        browser.parent.mkdir()
        browser.write_text('#!/bin/sh\necho "$1" >~/page.new && mv ~/page.new ~/page\n')
        browser.chmod(0o755)
        self.owns(debian.path(HOME))

    def runs(self, *words: str, code: int = 0) -> str:
        """Run the program to the end, with that exit code; what it printed."""
        return self.debian.runs(NAME, *words, code=code, user=NOBODY, environ=self.environ)

    def owns(self, folder: Path) -> None:
        """Give it to them with all that is below."""
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def starts(self, session: Session) -> Program:
        """Start the tray in that session, of which it sees the screen and the bus."""
        socket = session.address.partition("unix:path=")[2].partition(",")[0]
        seen = {name: session.environ[name] for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
        command = self.debian.command([NAME], self.environ | seen)
        bound = f"/tmp/.X11-unix {socket}"
        return Program(command, {"PATH": os.environ["PATH"], "RUN_AS": str(NOBODY), "BIND": bound})


@pytest.fixture
def debian(tmp_path: Path) -> Iterator[BareDebian]:
    with bare_debian(tmp_path) as made:
        yield made


@pytest.fixture
def person(debian: BareDebian, webex: Sandbox) -> Person:
    return Person(debian, webex)


@pytest.fixture
def profile(debian: BareDebian, person: Person, webex: Sandbox) -> Profile:
    """Theirs, in the folder where the program looks; there is no keyring."""
    folder = debian.path(f"{HOME}/.config/{NAME}")
    folder.mkdir(mode=0o700, parents=True)
    profile = Profile(
        folder,
        webex,
        pasted=webex.issue_personal_token(),
        refresh_token=webex.sign_in().refresh,
        secret_store="file",
    )
    profile.write_config()
    pair = webex.issue_service_pair()
    profile.write_env(pair.access, pair.refresh)
    person.owns(debian.path(HOME))
    return profile


@pytest.mark.usefixtures("profile")
def test_it_is_installed_used_upgraded_and_purged(
    person: Person, xfce_session: Session, xfce: Screen
) -> None:
    """What is left in the end is the person's."""
    package, debian = Path(os.environ["SYSTEM_PACKAGE"]).resolve(), person.debian
    packages, files = debian.packages(), files_of(debian)
    installs(debian, package)
    added = sorted(debian.packages() - packages)
    print(f"{len(added)} packages were installed: {', '.join(added)}")
    assert "7 of 7 stages succeeded" in person.runs("demo", "--once", "--pause", "0")
    assert NAME in person.runs("--version")
    assert_completes(debian)
    with person.starts(xfce_session) as program:
        green = xfce.wait_colour(FILL[Colour.GREEN], 30)
        before = person.runs("export", "--with-secrets", "--yes")
        installs(debian, higher(package, debian.root.parent))
        assert person.runs("export", "--with-secrets", "--yes") == before
        assert person.runs("status").startswith("green: Token works")
        opens_the_details(person, xfce, green)
        menu = xfce.open_menu(green)
        xfce.save(RESULTS / "system-package-menu.png")
        xfce.click_word("Quit", menu)
        assert program.wait() == 0
    person.webex.revoke_service_access()
    assert "Renewed with the service app's refresh token" in person.runs("refresh")
    writes_entries(person)
    debian.runs("apt-get", "purge", "--yes", "-qq", *added)
    assert debian.packages() == packages
    assert files_of(debian) == files
    home = debian.path(HOME)
    left = sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())
    print(f"left in the home: {', '.join(left)}")


def installs(debian: BareDebian, package: Path) -> None:
    shutil.copy(package, debian.path("/root"))
    debian.runs(
        *("apt-get", "install", "--yes", "-qq", "--no-install-recommends", f"/root/{package.name}")
    )
    debian.path(f"/root/{package.name}").unlink()


def files_of(debian: BareDebian) -> set[str]:
    """The files of the system, but for what apt, dpkg and ca-certificates remember."""
    of_apt = ("/var/cache", "/var/lib/apt", "/var/lib/dpkg", "/var/log")
    without = ("/home", "/tmp", "/etc/ssl", *of_apt)
    left_out = (word for path in without for word in ("-path", path, "-prune", "-o"))
    return set(debian.runs("find", "/", "-xdev", *left_out, "-print").splitlines())


def assert_completes(debian: BareDebian) -> None:
    """The file of each shell is where that shell looks; the one of bash is tried."""
    for place in ("zsh/vendor-completions/_", "fish/vendor_completions.d/"):
        assert list(debian.path("/usr/share").glob(f"{place}{NAME}*"))
    script = (
        f". /usr/share/bash-completion/completions/{NAME}; COMP_WORDS=({NAME} stat) COMP_CWORD=1; "
        f'_webex_token_tray_completion {NAME}; echo "${{COMPREPLY[@]}}"'
    )
    assert debian.runs("bash", "-c", script, user=NOBODY, environ={"HOME": HOME}) == "status\n"


def writes_entries(person: Person) -> None:
    """They start the program that is on the path, and the menu has one entry of it."""
    person.runs("launcher", "on")
    person.runs("autostart", "on")
    said = person.runs("watch", "--install", code=1)
    assert "left to do: systemctl --user daemon-reload" in said, "there is no systemd here"
    for place, key in (
        (f".local/share/applications/{NAME}.desktop", "Exec="),
        (f".config/autostart/{NAME}.desktop", "Exec="),
        (f".config/systemd/user/{NAME}.service", "ExecStart=:"),
    ):
        text = person.debian.path(f"{HOME}/{place}").read_text()
        assert re.search(rf"^{key}/usr/bin/{NAME} ", text, re.MULTILINE), text
    # the user's entry replaces the one of the same name
    assert person.debian.path(f"/usr/share/applications/{NAME}.desktop").is_file()


def opens_the_details(person: Person, xfce: Screen, icon: Box) -> None:
    """By a click in the tray that was started before the upgrade: modules are loaded for it."""
    xfce.click_word("Details...", xfce.open_menu(icon))
    page = person.debian.path(f"{HOME}/page")
    address = xfce.until(lambda: page.exists() and page.read_text(), "a page in the browser", 30)
    answered = requests.get(str(address).strip(), timeout=10)
    assert "Webex Token Tray" in answered.text


def higher(package: Path, folder: Path) -> Path:
    """The package under a higher version, with another program: its modules are elsewhere in it."""
    from PyInstaller.archive.readers import CArchiveReader  # it is for `make bundle` alone

    unpacked = folder / "higher"
    subprocess.run(["dpkg-deb", "--raw-extract", package, unpacked], check=True, timeout=120)
    control = unpacked / "DEBIAN/control"
    text = re.sub(r"^(Version: .*)$", r"\1+higher", control.read_text(), flags=re.MULTILINE)
    control.write_text(text)
    program = unpacked / f"usr/lib/{NAME}/{NAME}"
    raw, modules = program.read_bytes(), CArchiveReader(str(program))._start_offset
    program.write_bytes(raw[:modules] + bytes(4096) + raw[modules:])
    made = folder / "higher.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", unpacked, made],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=120,
    )
    return made
