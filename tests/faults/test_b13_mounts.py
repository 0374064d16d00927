"""B13: a mount that another user made shows a config as root's. It counts as that user's, and uses
nothing of root's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.test_b13_other_owner import with_secrets_of
from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, Machine
from tests.fuse_mount import needs_fuse
from tests.profile import Profile

__all__ = ["BAR"]

pytestmark = NEEDS_ROOT

MAIN = """
import subprocess, sys
from contextlib import ExitStack
from pathlib import Path
from tests.fuse_mount import fuse_of
from tray_app.system import mounts
kind, marks, source, point = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
del sys.argv[1:5]
mounts._CONTAINER_MARKS = (marks,)
def mount(point, options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(point)], check=True)
if not point.exists():  # udisks': the folder of root's that it makes for the user
    mount(Path(*point.parts[:2]), "mode=755")
    point.mkdir(parents=True)
with ExitStack() as stack:
    if kind.startswith("fuse of "):
        stack.enter_context(fuse_of(int(kind.split()[-1]), source, point))
    else:
        mount(point, kind)
        subprocess.run(["cp", "-a", f"{source}/.", str(point)], check=True)
    from tray_app.__main__ import main
    sys.exit(main())
"""
"""Makes the mount in its own namespace, then runs our program. The machine of the tests may be a
container; `marks` is the file that makes it one."""

IN_CONTAINER, ON_A_MACHINE = "/", "/no mark"

NOSUID = "nosuid,nodev"
FUSE = f"fuse of {ATTACKER}"


@pytest.fixture
def roots(two_users: Machine) -> Profile:
    """A profile of root's; all its secrets are in root's keyring."""
    return with_secrets_of(two_users, 0, "keyring")


def secrets_of(two_users: Machine, made: Profile) -> list[str]:
    """Its tokens, and what root's keyring has."""
    held = json.loads(two_users.keyring(0).read_text()).values()
    return [text for text in (made.env_access(), *held) if text and len(text) > 20]


def shown(
    two_users: Machine,
    roots: Profile,
    kind: str,
    point: str,
    *verb: str,
    marks: str = ON_A_MACHINE,
    env_file: str = ".env",
    **environ: str,
) -> str:
    """What root's command says of root's config with this `.env`, if this mount shows a copy of it
    as root's. `point`: in the other user's home if relative."""
    source = two_users.folder / "source"
    if not source.exists():
        source.mkdir()
        source.chmod(0o755)
        config = json.loads(roots.config_path.read_text())
        config["tray"]["envFile"] = env_file
        two_users.write(0, source / roots.config_path.name, json.dumps(config), 0o600)
    place = two_users.home(ATTACKER) / point
    if not point.startswith("/") and not place.exists():
        place.mkdir()
        two_users.give(ATTACKER, place, 0o755)
    made = (kind, marks, str(source), str(place), "--config", str(place / "token-config.json"))
    said = two_users.run(0, *made, *verb, cwd=Path("/"), code=MAIN, **environ)
    return said.stdout + said.stderr


@pytest.mark.parametrize("sudo", [True, False])
@pytest.mark.parametrize(
    ("kind", "point"),
    [
        pytest.param(FUSE, "m", marks=needs_fuse),
        (NOSUID, "m"),
        (NOSUID, "a folder/m"),
        (NOSUID, "/media/attacker/USB"),
        (NOSUID, "/run/media/attacker/USB"),
    ],
)
def test_a_config_on_a_mount_of_another_user_is_that_user_s(
    two_users: Machine, roots: Profile, kind: str, point: str, *, sudo: bool
) -> None:
    if "/" in point:
        (two_users.home(ATTACKER) / "a folder").mkdir()
    environ = {"SUDO_UID": str(ATTACKER)} if sudo else {}
    for verb in (("token",), ("refresh",), ("export", "--with-secrets", "--yes")):
        said = shown(two_users, roots, kind, point, *verb, **environ)
        assert not [text for text in secrets_of(two_users, roots) if text in said]
        assert "client secret" in said or verb[0] == "export", said


@pytest.mark.parametrize(
    ("kind", "point"),
    [
        pytest.param("fuse of 0", "m", marks=needs_fuse),
        ("nodev", "m"),
        (NOSUID, "/media/USB"),
        (NOSUID, "/media/root/USB"),
        (NOSUID, "/mnt"),
    ],
)
def test_a_config_on_a_mount_of_root_s_is_root_s(
    two_users: Machine, roots: Profile, kind: str, point: str
) -> None:
    """Root's own disk, and one that root has mounted in another user's home without `nosuid`."""
    said = shown(two_users, roots, kind, point, "token", env_file=str(roots.env_path))
    assert roots.env_access() in said.splitlines()


@pytest.mark.parametrize(
    ("kind", "point"), [pytest.param(FUSE, "m", marks=needs_fuse), (NOSUID, "m")]
)
def test_in_a_container_mounts_come_from_outside(
    two_users: Machine, roots: Profile, kind: str, point: str
) -> None:
    env_file = str(roots.env_path)
    said = shown(two_users, roots, kind, point, "token", marks=IN_CONTAINER, env_file=env_file)
    assert roots.env_access() in said.splitlines()


@pytest.mark.parametrize("sudo", [True, False])
def test_a_link_that_such_a_mount_shows_as_root_s_leads_to_nothing_of_root_s(
    two_users: Machine, roots: Profile, *, sudo: bool
) -> None:
    """As a link of that user's. It may be found in that user's home, too (a HOME that is kept)."""
    source, secret = two_users.folder / "source", secrets_of(two_users, roots)
    source.mkdir()
    (source / "token-config.json").symlink_to(roots.config_path)
    environ = {"SUDO_UID": str(ATTACKER)} if sudo else {}
    said = shown(two_users, roots, NOSUID, "m", "token", **environ)
    assert "a symbolic link of another user" in said
    assert not [text for text in secret if text in said]


SECRETS = """
from tray_app.model.errors import SecretFileError
from tray_app.secrets.file_store import SecretFile
try:
    SecretFile(point / "share/secrets.json").set("x", "secret", prompt=False)
except SecretFileError as error:
    print("refused:", error)
"""


OWN_FOLDER = """
import subprocess, sys
from pathlib import Path
from tray_app.system import mounts
from tray_app.system.own_folder import NotOurs, own_folder
mounts._CONTAINER_MARKS = ()
point = Path(sys.argv[1])
if sys.argv[2:]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", *sys.argv[2:], "none", str(point)], check=True)
    (point / "share").mkdir()
try:
    print("used:", own_folder(point / "share"))
except NotOurs as error:
    print("refused:", error.strerror)
"""


@pytest.mark.parametrize(
    ("options", "said"),
    [(NOSUID, f"share belongs to another user ({ATTACKER})"), ("nodev", "used: ")],
)
def test_a_folder_of_ours_on_a_mount_of_another_user_is_not_used(
    two_users: Machine, options: str, said: str
) -> None:
    """Root with that user's HOME, as after `su -m`: secrets would go there."""
    point = two_users.home(ATTACKER) / ".local"
    point.mkdir()
    two_users.give(ATTACKER, point, 0o700)
    done = two_users.run(0, str(point), options, cwd=Path("/"), code=OWN_FOLDER)
    assert said in done.stdout, done.stderr


@pytest.mark.parametrize("had", [True, False])
def test_no_secret_goes_into_a_file_on_a_mount_of_sudo_s_caller(
    two_users: Machine, *, had: bool
) -> None:
    """Who sees what is written there, although folder and file are shown as root's, 0600."""
    point = two_users.home(ATTACKER) / ".local"
    point.mkdir()
    two_users.give(ATTACKER, point, 0o700)
    text = '{"webex-token-tray": "secrets, version 1", "secrets": {}}' if had else ""
    before = f"""
file = point / "share/secrets.json"
if {had}:
    file.touch(0o600)
    file.write_text({text!r})
"""
    code = OWN_FOLDER + before + SECRETS
    sudo = {"SUDO_UID": str(ATTACKER)}
    done = two_users.run(0, str(point), NOSUID, cwd=Path("/"), code=code, **sudo)
    assert f"user {ATTACKER} made the mount that it is on" in done.stdout, done.stderr
    done = two_users.run(0, str(point), "nodev", cwd=Path("/"), code=code, **sudo)
    assert "refused" not in done.stdout, done.stderr
