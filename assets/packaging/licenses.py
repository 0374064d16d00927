"""The licenses of what a bundle brings along, for the bundle itself and for the .deb."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from tray_app.system.dirs import APP

_LICENSE = re.compile(r"(licen[cs]e|copying|notice)", re.IGNORECASE)


def licenses(modules: Iterable[str], libraries: Iterable[str]) -> dict[str, str]:
    """The texts by the name of the part: Python's own, those of the distributions that have the
    modules, and those of the Debian packages that have the libraries (names of files)."""
    found = {"python": _license_of_python()}
    known = metadata.packages_distributions()
    tops = {re.split(r"[./\\]", module)[0] for module in modules}
    for name in {name for top in tops for name in known.get(top, ())} - {APP}:
        found[name.lower()] = _license_of(metadata.distribution(name))
    for package in debian_packages(libraries):
        found[package] = Path("/usr/share/doc", package, "copyright").read_text(encoding="utf-8")
    return found


def debian_packages(libraries: Iterable[str]) -> list[str]:
    """The packages of this system that have libraries of these names; none elsewhere."""
    if not shutil.which("dpkg-query"):
        return []
    folder = f"/*lib/{sysconfig.get_config_var('MULTIARCH')}"
    command = ("dpkg-query", "--search", *(f"{folder}/{name}" for name in libraries))
    # Those of a Python that no package has installed are not found: exit code 1.
    said = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    ).stdout
    return sorted({line.partition(":")[0] for line in said.splitlines()})


def _license_of(distribution: metadata.Distribution) -> str:
    """Its texts; only the license's name if there are none."""
    files = [file for file in distribution.files or () if _LICENSE.search(file.name)]
    texts = [file.read_text(encoding="utf-8") for file in files if file.suffix != ".py"]
    said = distribution.metadata
    return "\n".join(texts) or f"{said['License-Expression'] or said['License']}\n"


def _license_of_python() -> str:
    of_debian = Path(f"/usr/share/doc/python{sysconfig.get_python_version()}/copyright")
    folders = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix))
    places = (*(folder / "LICENSE.txt" for folder in folders), of_debian)
    return next(place for place in places if place.is_file()).read_text(encoding="utf-8")
