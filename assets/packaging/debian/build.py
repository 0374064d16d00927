"""Make the .deb of the bundle, in dist/: `python -m assets.packaging.debian.build`.

The same commit, bundle and tools make the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from email.utils import formatdate
from importlib import metadata
from pathlib import Path

from assets.packaging.licenses import debian_packages
from tests.man_page import page
from tray_app.system.dirs import APP
from tray_app.system.systemd import unit_text

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
BUNDLE = ROOT / "dist" / APP
STAGE = ROOT / "build" / "deb"
LIB = STAGE / "usr/lib" / APP
SHARE = STAGE / "usr/share"
DOC = SHARE / "doc" / APP
MAINTAINER = "The Webex Token Tray authors <webex-token-tray@localhost.invalid>"
COMPLETIONS = {
    "bash": f"bash-completion/completions/{APP}",
    "zsh": f"zsh/vendor-completions/_{APP}",
    "fish": f"fish/vendor_completions.d/{APP}.fish",
}
LAST_COMMIT = ("git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", "log", "-1", "--format=%ct")


def main() -> None:
    """Build it, and print its path."""
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or _output(*LAST_COMMIT))
    # A pre-release comes before its release.
    version = re.sub(r"(?=(a|b|rc|\.dev)\d)", "~", metadata.version(APP), count=1) + "-1"
    shutil.rmtree(STAGE, ignore_errors=True)
    _add_program()
    _add_documents(version, epoch)
    _set_modes_and_times(STAGE, epoch)
    architecture = _output("dpkg", "--print-architecture")
    package = ROOT / "dist" / f"{APP}_{version}_{architecture}.deb"
    _add_control(version=version, architecture=architecture, maintainer=MAINTAINER)
    _set_modes_and_times(STAGE, epoch)
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
    _output("dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(STAGE), str(package))
    sys.stdout.write(f"{package}\n")


def _add_program() -> None:
    shutil.copytree(BUNDLE, LIB, symlinks=True)
    _output("strip", "--strip-unneeded", *map(str, _libraries_of_bundle()))
    program = Path(f"/usr/bin/{APP}")
    link = STAGE / program.relative_to("/")
    link.parent.mkdir(parents=True)
    link.symlink_to(f"../lib/{APP}/{APP}")
    shutil.copytree(ROOT / "assets/share", SHARE)
    for shell, place in COMPLETIONS.items():
        _write(SHARE / place, _output(str(LIB / APP), "completion", shell) + "\n")
    unit = unit_text((str(program), "watch"), "Webex Token Tray: keeps the token in .env alive")
    _write(STAGE / f"usr/lib/systemd/user/{APP}.service", unit)


def _add_documents(version: str, epoch: int) -> None:
    _write_packed(SHARE / f"man/man1/{APP}.1.gz", page(epoch))
    _write_packed(DOC / "changelog.gz", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    entry = f"{APP} ({version}) unstable; urgency=medium\n\n  * changelog.gz says what is new.\n\n"
    _write_packed(DOC / "changelog.Debian.gz", f"{entry} -- {MAINTAINER}  {formatdate(epoch)}\n")
    ours = (ROOT / "LICENSE").read_text(encoding="utf-8").partition("\n\n")[2].partition("\n\n")[2]
    lines = [f" {line}" if line else " ." for line in ours.rstrip("\n").split("\n")]
    head = (HERE / "copyright").read_text(encoding="utf-8")
    _write(DOC / "copyright", head + "\n".join(lines) + "\n")
    shutil.move(LIB / "_internal/licenses", DOC)
    _write(
        SHARE / "lintian/overrides" / APP,
        (HERE / "lintian-overrides").read_text(encoding="utf-8"),
    )


def _add_control(**values: str) -> None:
    files = sorted(path for path in STAGE.rglob("*") if path.is_file() and not path.is_symlink())
    sums = [(hashlib.md5(path.read_bytes()).hexdigest(), path) for path in files]  # noqa: S324
    lines = [f"{digest}  {path.relative_to(STAGE)}\n" for digest, path in sums]
    size = sum(-(-path.stat().st_size // 1024) for path in files)
    _write(STAGE / "DEBIAN/md5sums", "".join(lines))
    template = (HERE / "control").read_text(encoding="utf-8")
    control = template.format(**values, size=size, libraries=_libraries())
    _write(STAGE / "DEBIAN/control", control)


def _libraries() -> str:
    """The packages of the libraries that the bundle takes from the system, with their versions."""
    folder = ROOT / "build/shlibdeps"
    _write(folder / "debian/control", f"Source: {APP}\n\nPackage: {APP}\nArchitecture: any\n")
    bundled = (path.name for path in LIB.glob("_internal/lib*.so*") if not path.is_symlink())
    ours = (f"-x{package}" for package in debian_packages(bundled))
    said = subprocess.run(
        (
            "dpkg-shlibdeps",
            "-O",
            "--warnings=1",
            *ours,
            *map(str, (LIB / APP, *_libraries_of_bundle())),
        ),
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return said.partition("shlibs:Depends=")[2].strip()


def _libraries_of_bundle() -> list[Path]:
    return sorted(path for path in LIB.rglob("*.so*") if not path.is_symlink())


def _set_modes_and_times(folder: Path, epoch: int) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path == LIB / APP else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_packed(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _output(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
