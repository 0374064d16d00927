"""The wheel: what is in it, and that a program installed from it finds its resources."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tray_app.system.dirs import resource

ROOT = Path(__file__).parents[1]
_PRINT_RESOURCE = """
import sys
from tray_app.system.dirs import resource
sys.stdout.buffer.write(resource(sys.argv[1]).read_bytes())
"""
RESOURCES = (
    "token-config.json.template",
    "assets/pages/received.html",
    "assets/pixmaps/green-check.png",
    "assets/systemd/webex-token-tray.service",
)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from this checkout, unpacked."""
    pytest.importorskip("pip")  # the Python of the tests under Wine has none
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*build, "--quiet", "--wheel-dir", str(folder)], check=True, timeout=120, cwd=folder
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.mark.parametrize("name", RESOURCES)
def test_a_checkout_finds_its_resources(name: str) -> None:
    assert resource(name) == ROOT / name
    assert resource(name).is_file()


@pytest.mark.process
@pytest.mark.parametrize("name", RESOURCES)
def test_an_installed_program_finds_the_same_resources_in_its_wheel(
    unpacked: Path, name: str
) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            _PRINT_RESOURCE,
            name,
        ],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(unpacked)},  # not measured: not ours
        cwd=unpacked,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == (ROOT / name).read_bytes()
    assert (unpacked / "tray_app/_resources" / name).is_file()


def test_the_wheel_is_typed_carries_the_sandbox_s_pages_and_no_tests(unpacked: Path) -> None:
    names = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*")}
    assert "tray_app/py.typed" in names
    assert any(name.endswith("consent.html") for name in names)
    assert not [name for name in names if name.startswith("tests")]


def test_the_wheel_has_no_more_of_assets_than_the_program_needs(unpacked: Path) -> None:
    """No pictures of the README, no recipes of bundles."""
    shipped = unpacked / "tray_app/_resources"
    assert {path.name for path in shipped.iterdir()} == {"assets", "token-config.json.template"}
    assert {path.name for path in (shipped / "assets").iterdir()} == {"pages", "pixmaps", "systemd"}


def test_the_wheel_puts_the_program_into_the_application_menu(unpacked: Path) -> None:
    """Into share/ of the prefix, which is ~/.local for `pip install --user`."""
    (share,) = unpacked.glob("*.data/data/share")
    there = ROOT / "assets/share"
    files = {path.relative_to(share) for path in share.rglob("*") if path.is_file()}
    assert files == {path.relative_to(there) for path in there.rglob("*") if path.is_file()}
    assert Path("applications/webex-token-tray.desktop") in files


def test_what_the_recipe_of_the_bundle_imports_of_ours_is_there() -> None:
    """`make test` builds no bundle, and no checker reads the recipe."""
    recipe = ROOT / "assets/packaging/webex-token-tray.spec"
    imported = [
        (node.module, name.name)
        for node in ast.walk(ast.parse(recipe.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("tray_app", "assets"))
        for name in node.names
    ]
    assert imported
    for module, name in imported:
        assert hasattr(importlib.import_module(str(module)), name), f"{module}.{name}"
