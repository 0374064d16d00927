"""The wheel in a bare Debian: installed with pip, pipx and uv by a person without rights, removed.

Nothing here is run by `make test`: it takes root and minutes. WHEEL names the file.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.bare_debian import HOME, NAME, NOBODY, BareDebian, bare_debian
from tests.other_user import only_root

pytestmark = [
    pytest.mark.desktop,
    only_root,
    pytest.mark.skipif(
        "WHEEL" not in os.environ, reason="`make installed` builds one and runs this"
    ),
]
PACKAGES = frozenset(Path(__file__).with_name("installed-packages.txt").read_text().split())
"""All that may come with ours. An older Python needs a few more than a new one."""

WITHOUT_DESKTOP = """
mkfifo said && exec 3<>said && rm said
webex-token-tray >&3 2>&1 & tray=$!
timeout 60 head -n 3 <&3
kill "$tray" && wait "$tray"
"""
"""Prints its first three lines, and ends with its exit code after SIGTERM."""


@dataclass(frozen=True)
class Installer:
    """What root installs and runs; then the person's commands, and where the program is."""

    debian: str
    install: str
    remove: str
    programs: str
    left: tuple[str, ...]
    """The folders below the home that the installer keeps for itself."""
    prepare: str = "true"


INSTALLERS = {
    "pip": Installer(
        debian="python3-venv",
        install="python3 -m venv venv && venv/bin/pip install --quiet",
        remove="rm -r venv",
        programs=f"{HOME}/venv/bin",
        left=(".cache/pip",),
    ),
    "pipx": Installer(
        debian="pipx",
        install="pipx install",
        remove=f"pipx uninstall {NAME}",
        programs=f"{HOME}/.local/bin",
        left=(".local/pipx", ".local/share/pipx", ".local/state/pipx", ".cache/pip"),
    ),
    "uv": Installer(
        debian="python3-venv",
        prepare="python3 -m venv /opt/uv && /opt/uv/bin/pip install --quiet uv",
        install="/opt/uv/bin/uv tool install",
        remove=f"/opt/uv/bin/uv tool uninstall {NAME}",
        programs=f"{HOME}/.local/bin",
        left=(".local/share/uv", ".cache/uv"),
    ),
}


@dataclass(frozen=True)
class Person:
    """Somebody without rights, in their home."""

    debian: BareDebian
    programs: str

    def runs(self, script: str, code: int = 0) -> str:
        """Run a shell's script to the end, with that exit code; what it printed."""
        path = f"{self.programs}:/usr/local/bin:/usr/bin:/bin"
        return self.debian.runs(
            *("sh", "-c", f"cd ~ && {script}"),
            code=code,
            user=NOBODY,
            environ={"HOME": HOME, "PATH": path},
        )

    def files(self) -> set[str]:
        """All of their files below the home, but for what Python compiles."""
        home = self.debian.path(HOME)
        found = (path for path in home.rglob("*") if not path.is_dir())
        return {str(path.relative_to(home)) for path in found if "__pycache__" not in path.parts}


@pytest.fixture
def person(tmp_path: Path, installer: Installer) -> Iterator[Person]:
    with bare_debian(tmp_path) as debian:
        wanted = (installer.debian, "ca-certificates")
        debian.runs("apt-get", "install", "-qq", "--no-install-recommends", *wanted)
        write_index(debian)
        debian.runs("sh", "-c", installer.prepare)
        home = debian.path(HOME)
        home.mkdir()
        os.chown(home, NOBODY, NOBODY)
        yield Person(debian, installer.programs)


def write_index(debian: BareDebian) -> None:
    """Have pip and uv there ask the package index that pip asks here."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    # what the environment says comes last, and wins
    found = dict(re.findall(r"^(?:global|:env:)\.(\S+)='(.*)'$", listed, re.MULTILINE))
    extra = [url for url in found.get("extra-index-url", "").split() if "file:" not in url]
    asked = {"extra-index-url": " ".join(extra)} | {
        name: found[name] for name in ("index-url", "trusted-host", "proxy") if name in found
    }
    pip = (f"{name} = {value}\n" for name, value in asked.items())
    debian.path("/etc/pip.conf").write_text(f"[global]\n{''.join(pip)}")
    uv = "".join(f"[[index]]\nurl = {json.dumps(url)}\n" for url in extra)
    if index := asked.get("index-url"):
        uv += f"[[index]]\nurl = {json.dumps(index)}\ndefault = true\n"
    debian.path("/etc/uv").mkdir()
    debian.path("/etc/uv/uv.toml").write_text(f"native-tls = true\n{uv}")


def installed(person: Person) -> set[str]:
    """The names of the packages in the program's environment, but for what a new one has."""
    first = person.runs(f'head -n 1 "$(command -v {NAME})"')
    python = first.removeprefix("#!").strip()
    ask = (
        "import importlib.metadata as m, sysconfig as s;"
        "print(*(d.name for d in m.distributions(path=[s.get_path('purelib')])))"
    )
    names = person.runs(f"{python} -c {shlex.quote(ask)}").split()
    return {re.sub("[_.]", "-", name).lower() for name in names} - {"pip", "setuptools"}


def writes_entries(person: Person) -> None:
    """They start a program that is there."""
    for command, place in (
        ("launcher", ".local/share/applications"),
        ("autostart", ".config/autostart"),
    ):
        person.runs(f"{NAME} {command} on")
        text = person.debian.path(f"{HOME}/{place}/{NAME}.desktop").read_text()
        found = re.search(r"^Exec=(\S+)", text, re.MULTILINE)
        assert found, text
        assert person.debian.path(found[1]).is_file(), text


@pytest.mark.parametrize("installer", INSTALLERS.values(), ids=INSTALLERS)
def test_it_is_installed_used_and_removed(person: Person, installer: Installer) -> None:
    """What is left in the end is the config, and what the installer keeps for itself."""
    wheel = shutil.copy(os.environ["WHEEL"], person.debian.path("/srv"))
    person.runs(f"{installer.install} /srv/{Path(wheel).name}")
    print(person.runs(f"{NAME} --version").strip())
    names = installed(person)
    print(f"{len(names)} packages: {', '.join(sorted(names))}")
    assert names <= PACKAGES | {NAME}, "a package has been added: is it needed? Then name it here"
    installed_files = person.files()
    assert "7 of 7 stages succeeded" in person.runs(f"{NAME} demo --once --pause 0")
    assert person.files() == installed_files
    print(person.runs(f"{NAME} status", code=78))
    said = person.runs(WITHOUT_DESKTOP)
    print(said)
    assert "There is no D-Bus session bus. Start it from within a desktop session" in said
    writes_entries(person)
    forgotten = person.runs(f"{NAME} forget --all --yes")
    config = f".config/{NAME}/token-config.json"
    assert f"left: {HOME}/{config}\n" in forgotten
    assert person.files() == installed_files | {config}
    person.runs(installer.remove)
    person.runs(f"command -v {NAME}", code=127)
    left = person.files() - {config}
    print(f"{len(left)} files of {installer.left} are left")
    assert [file for file in left if not file.startswith(installer.left)] == []
