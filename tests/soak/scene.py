"""What runs: a desktop session on a small disk of its own, tray and `watch`, a Webex for each."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

from tests.benchmarks.stage import ROOT
from tests.e2e.notification_daemon import NotificationDaemon
from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import (
    Session,
    end,
    private_bus,
    private_session,
    screen,
    unlocked_keyring,
)
from tests.profile import Profile, full_profile
from tray_app.desktop.icon_art import FILL
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import Lifetimes, RefreshPolicy
from tray_app.sandbox.tokens import Use

DISK = "32m"
POLL_SECONDS = 15
ACCESS_LIVES = timedelta(minutes=1)
"""So that a token is renewed every 45 seconds: in two hours as often as else in five years."""

_SERVICE = "org.freedesktop.Secret.Service"
_INTERNAL = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"
_LOGIN = "/org/freedesktop/secrets/collection/login"
_PASSWORD = b"a password for tests"
_STATE = re.compile(r"^\S+ (green|amber|red): (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Resident:
    """One of the two processes, its profile and its Webex."""

    name: str
    webex: Sandbox
    profile: Profile
    process: subprocess.Popen[bytes]
    log: Path
    state: Callable[[], tuple[str, str]]
    """Return the colour that it shows now and the sentence beside it; "" and "" if none."""

    @property
    def colour(self) -> str:
        return self.state()[0]

    @property
    def tokens(self) -> int:
        """How many tokens its Webex has issued so far."""
        return len(self.webex.tokens._tokens)

    @property
    def token_works(self) -> bool:
        """Whether the token in `.env` is valid at Webex."""
        with suppress(OSError, ValueError):
            token = self.profile.env_access()
            return bool(token and self.webex.tokens.live(token, Use.ACCESS))
        return False


@dataclass
class Scene:
    """All of it. `is_stopped`: the processes do not run, so nobody may ask them anything."""

    session: Session
    panel: PanelHost
    keyring: ExitStack
    residents: list[Resident] = field(default_factory=list)
    is_stopped: bool = False
    drawn: tuple[PanelItem, int, str, str] | None = None
    """What the panel has drawn last: the icon, the signals heard until then, colour, tooltip."""

    @property
    def webexes(self) -> list[Sandbox]:
        return [resident.webex for resident in self.residents]

    @property
    def database(self) -> Path:
        return self.session.home / ".local/state/webex-token-tray/journal.sqlite3"

    @property
    def item(self) -> PanelItem | None:
        """The tray's icon in the panel, if it is there."""
        return next(iter(self.panel.items), None)

    def lock_keyring(self) -> None:
        """Lock it, as a screen lock does."""
        with open_dbus_connection(self.session.address) as bus:
            _call(bus, _SERVICE, "Lock", "ao", ([_LOGIN],))

    def unlock_keyring(self) -> None:
        """Unlock it, as a person who types the password."""
        with open_dbus_connection(self.session.address) as bus:
            _, opened = _call(bus, _SERVICE, "OpenSession", "sv", ("plain", ("s", "")))
            body = (_LOGIN, (opened, b"", _PASSWORD, "text/plain"))
            _call(bus, _INTERNAL, "UnlockWithMasterPassword", "o(oayays)", body)

    def start_keyring(self) -> None:
        """Start it (again), unlocked; `keyring.close()` ends it."""
        self.keyring.enter_context(unlocked_keyring(self.session))

    def repaired_by_a_person(self) -> None:
        """New tokens from the developer portal and a new sign-in, in config and `.env`."""
        for resident in self.residents:
            webex, profile = resident.webex, resident.profile
            profile.pasted = webex.issue_personal_token()
            profile.refresh_token = webex.sign_in().refresh
            profile.write_config(lambda config: config["tray"].update(pollSeconds=POLL_SECONDS))
            pair = webex.issue_service_pair()
            profile.write_env(pair.access, pair.refresh)

    def edit_config(self, change: Callable[[dict[str, object]], None]) -> None:
        """Change the config of both as an editor does."""
        for resident in self.residents:
            config = json.loads(resident.profile.config_path.read_text())
            change(config)
            resident.profile.config_path.write_text(json.dumps(config, indent=2))


def _call(
    bus: DBusConnection, interface: str, member: str, signature: str, body: tuple[object, ...]
) -> tuple[Any, ...]:
    """What gnome-keyring answers."""
    address = DBusAddress("/org/freedesktop/secrets", "org.freedesktop.secrets", interface)
    call = new_method_call(address, member, signature, body)
    return unwrap_msg(bus.send_and_get_reply(call, timeout=20))


@contextmanager
def small_disk() -> Iterator[None]:
    """All temporary files are on a disk of their own, which can be filled. Needs root and a mount
    namespace (`unshare --mount`)."""
    folder = tempfile.mkdtemp(prefix="soak-")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", folder], check=True)
    before, tempfile.tempdir = tempfile.tempdir, folder
    try:
        yield
    finally:
        tempfile.tempdir = before
        subprocess.run(["umount", "--lazy", folder], check=False)
        Path(folder).rmdir()


@contextmanager
def scene(logs: Path) -> Iterator[Scene]:
    """Set it all up, and end all of it afterwards. `logs`: where the output of all goes."""
    logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(small_disk())
        session = replace(stack.enter_context(private_session()), log=logs / "session.log")
        stack.enter_context(private_bus(session))
        keyring = stack.enter_context(ExitStack())
        stack.enter_context(screen(session))
        panel = stack.enter_context(PanelHost(session.address))
        stack.enter_context(NotificationDaemon(session.address))
        made = Scene(session, panel, keyring)
        made.start_keyring()
        for name in ("tray", "watch"):
            made.residents.append(stack.enter_context(_resident(made, name, logs)))
        panel.wait_item()
        yield made


@contextmanager
def _resident(scene: Scene, name: str, logs: Path) -> Iterator[Resident]:
    folder, log = scene.session.root / name, logs / f"{name}.log"
    folder.mkdir()
    log.unlink(missing_ok=True)
    lifetimes = Lifetimes(service_access=ACCESS_LIVES)
    environ = {**scene.session.environ, "PYTHONPATH": str(ROOT)}
    environ.pop("VIRTUAL_ENV", None)
    with Sandbox(lifetimes=lifetimes, policy=RefreshPolicy.ROTATED) as webex:
        profile = full_profile(folder, webex)
        profile.write_config(lambda config: config["tray"].update(pollSeconds=POLL_SECONDS))
        script = Path(sys.executable).with_name("webex-token-tray")
        command = [str(script), "--config", str(profile.config_path), "--api-base", webex.api_base]
        with log.open("ab") as out:
            process = subprocess.Popen(
                [*command, name], env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        state = (lambda: _shown(scene)) if name == "tray" else (lambda: _printed(log))
        try:
            yield Resident(name, webex, profile, process, log, state)
        finally:
            end(process, timeout=15)


def _shown(scene: Scene) -> tuple[str, str]:
    """The colour of the icon in the panel, and its tooltip. Like a panel, it asks the icon again
    only after a signal."""
    item, heard = scene.item, len(scene.panel.signals)
    if item is None or scene.is_stopped:
        return "", ""
    if scene.drawn is None or scene.drawn[:2] != (item, heard):
        pixels = Counter(item.picture(22).convert("RGB").getdata())
        colour = max(FILL, key=lambda colour: pixels[FILL[colour]])
        scene.drawn = item, heard, colour.value, item.tooltip
    return scene.drawn[2:]


def _printed(log: Path) -> tuple[str, str]:
    """The last line of `watch` that names a state."""
    with log.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 20_000))
        found = _STATE.findall(file.read().decode(errors="replace"))
    return found[-1] if found else ("", "")
