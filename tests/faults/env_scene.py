"""Two users around one `.env`: its folder, the attacker's, and what each may do there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.env_file import EnvFile
from tests.faults.two_users import ATTACKER, BAR, VICTIM
from tests.samples import pair
from tray_app.model.errors import EnvFileError
from tray_app.model.ownership import Kind, Ownership
from tray_app.system import ownership

__all__ = ["BAR"]

NEW = pair("nw")
A = NEW.access.reveal().encode()


@contextmanager
def acting_as(user: int) -> Iterator[None]:
    """What is done in here is that user's doing; nothing is left of root's rights."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


class Scene(NamedTuple):
    """`shared`: a folder of the attacker's that anybody may write to; `home`: the victim's."""

    shared: Path
    home: Path

    @property
    def env(self) -> Path:
        return self.shared / ".env"

    def tokens_seen(self) -> list[Path]:
        """The files in which the attacker can read the new token, wherever they lie."""
        with acting_as(ATTACKER):
            return [path for path in self.shared.parent.rglob("*") if A in readable(path)]


def readable(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def config_of(user: int, path: Path = Path("/nowhere/token-config.json")) -> Ownership:
    """The ownership of a config of this user."""
    return Ownership(str(path), Kind.FILE, user, user, 0o600)


@pytest.fixture
def scene() -> Iterator[Scene]:
    ownership.this_user(Path("/"), {})  # who acts as another user cannot load what it imports
    # Not the test's own folder, which no other user may enter.
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        made = Scene(Path(root) / "shared", Path(root) / "home")
        for folder, owner, mode in ((made.shared, ATTACKER, 0o777), (made.home, VICTIM, 0o755)):
            folder.mkdir()
            folder.chmod(mode)
            os.chown(folder, owner, owner)
        yield made


def written(user: int, path: Path, content: bytes, mode: int = 0o644) -> Path:
    with acting_as(user):
        path.write_bytes(content)
        path.chmod(mode)
    return path


def verify_refused(scene: Scene, because: str, *, user: int = VICTIM) -> None:
    """One sentence with the file, the cause and what helps; no token anywhere."""
    with acting_as(user), pytest.raises(EnvFileError, match=because) as caught:
        EnvFile(scene.env).write(NEW)
    assert str(scene.env) in str(caught.value)
    with acting_as(user), pytest.raises(EnvFileError, match=because):
        EnvFile(scene.env).reserve()
    assert not [path for path in scene.shared.parent.rglob("*") if A in readable(path)]
    assert not list(scene.shared.glob(".webex-token-tray*"))
