"""Three rules for every file of the program."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tray_app.model

PACKAGE = Path(tray_app.model.__file__).parents[1]
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "_resources" not in path.parts)
LONGEST = 400


def submodules(package: Path) -> set[str]:
    """The names that `from tray_app import …` may bring in."""
    return {path.stem for path in package.iterdir() if path.suffix == ".py" or path.is_dir()}


def bare_imports(source: str, allowed: set[str]) -> list[str]:
    """The imports that run through the package itself, which loads lazily and is for others."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name == "tray_app"]
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            if node.level:
                found.append("." * node.level + (node.module or ""))
            elif node.module == "tray_app" and not names <= allowed:
                found.append("tray_app." + ", ".join(sorted(names - allowed)))
    return found


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_one_noun(path: Path) -> None:
    """At most 400 lines: what is longer is two things."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_constant_is_assigned_once(path: Path) -> None:
    """A rename had made one of two: datagrams to systemd waited as long as systemctl may take."""
    names = [
        target.id
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_inside_imports_the_bare_package(path: Path) -> None:
    """Modules name each other in full; only submodules are taken from the top."""
    assert bare_imports(path.read_text(encoding="utf-8"), submodules(PACKAGE)) == []


@pytest.mark.parametrize(
    "source",
    [
        "import tray_app",
        "import os, tray_app as ours",
        "from tray_app import TokenManager",
        "from tray_app import __version__",
        "from tray_app import bootstrap, Health",
        "from tray_app import *",
        "from . import bootstrap",
        "from .core import model",
        "def f():\n    import tray_app",
    ],
)
def test_the_rule_finds_what_it_forbids(source: str) -> None:
    """Each of these binds, or looks something up in, the package itself."""
    assert len(bare_imports(source, submodules(PACKAGE))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from tray_app import bootstrap as wiring",
        "from tray_app import model, system",
        "import tray_app.model.health",
        "from tray_app.policy import renewal as ladder",
        "import os",
    ],
)
def test_the_rule_lets_submodules_be(source: str) -> None:
    """They are named in full."""
    assert bare_imports(source, submodules(PACKAGE)) == []


def test_the_rules_look_at_the_whole_program() -> None:
    """An empty list of files would pass everything."""
    assert {"__main__.py", "policy/health.py", "sandbox/server.py"} <= set(map(name_of, FILES))
