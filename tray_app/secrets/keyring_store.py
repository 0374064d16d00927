"""Where secrets rest: the OS keyring, or this process's memory (demo, and machines without one)."""

from __future__ import annotations

import concurrent.futures
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tray_app.model.errors import VaultError, VaultLocked
from tray_app.secrets import pieces
from tray_app.secrets.store import NoStore
from tray_app.system.concurrency import start_thread

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

    from tray_app.secrets.secret_service import Line


T = TypeVar("T")

_BUS = "DBUS_SESSION_BUS_ADDRESS"
_CHOICE = "PYTHON_KEYRING_BACKEND"
_SWITCHED_OFF = ("keyring.backends.fail", "keyring.backends.null")


class KeyringStore:
    """The OS keyring through the keyring library. To be used from one thread only."""

    durable = True

    def __init__(self) -> None:
        self._chosen: KeyringBackend | None = None
        self._line: Line | None = None

    @property
    def name(self) -> str:
        """Says which keyring it is, once it is known."""
        return f"the keyring ({self._chosen.name})" if self._chosen else "the keyring"

    def get(self, name: str, *, prompt: bool) -> str | None:
        """Return the secret or None. `prompt`: the keyring may ask the person to unlock it."""
        while True:
            was_open = self._line is not None and self._line.is_open
            try:
                backend = self._ready(prompt=prompt)
                entry = backend.get_password(pieces.SERVICE, name)
                return pieces.joined(backend, name, entry)
            except Exception as error:  # noqa: BLE001 - a boundary: backends raise errors of all kinds
                failure = self._failure_of(error, was_open=was_open)
            if failure is not None:
                raise failure  # outside of the block above, or the error would be its context

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        """Keep the secret and read it back: some backends drop writes."""
        self._guarded(lambda: pieces.keep(self._ready(prompt=prompt), name, value))

    def reserve(self, name: str, size: int) -> None:
        """Write an entry of this size beside the name, read it back, and remove it.

        gnome-keyring and KWallet rewrite their whole file each time: what they have taken once
        they take again, unless somebody else fills the disk meanwhile.
        """
        self._guarded(lambda: pieces.try_out(self._ready(prompt=False), name, size))

    def release(self, name: str) -> None:
        """Do nothing: `reserve` leaves nothing behind."""

    def remove(self, name: str, *, prompt: bool) -> bool:
        """Remove the secret; False where there was none."""
        return self._guarded(lambda: pieces.drop(self._ready(prompt=prompt), name))

    def _ready(self, *, prompt: bool) -> KeyringBackend:
        if self._chosen is None:
            self._chosen = _choose()
            self._line = _line_to(self._chosen)
        # Elsewhere no platform tells whether a call would open a dialog.
        if not prompt and self._line is not None and self._line.would_prompt():
            raise VaultLocked(f"{self.name} is locked")
        return self._chosen

    def close(self) -> None:
        """Let go of what was kept open; what comes after that opens it again."""
        if self._line is not None:
            with suppress(OSError):
                self._line.hang_up()

    def _guarded(self, work: Callable[[], T]) -> T:
        """Do the work. Raises VaultError."""
        while True:
            was_open = self._line is not None and self._line.is_open
            try:
                return work()
            except Exception as error:  # noqa: BLE001 - a boundary: backends raise errors of all kinds
                failure = self._failure_of(error, was_open=was_open)
            if failure is not None:
                raise failure  # outside of the block above, or the error would be its context

    def _failure_of(self, error: Exception, *, was_open: bool) -> VaultError | None:
        """Return our error for a backend's; None if the connection that was open has broken, and
        the call is to be repeated over a new one.

        A backend's message, cause and frames may hold what it was given, so only the name of its
        type is kept.
        """
        import keyring.errors

        if isinstance(error, VaultError):
            return error
        if isinstance(error, keyring.errors.KeyringLocked):
            return VaultLocked(f"{self.name} is locked")
        self.close()
        return None if was_open else VaultError(f"{self.name} failed: {type(error).__name__}")


def _choose() -> KeyringBackend:
    """Return the best real keyring. Raises NoStore.

    Plaintext ones (`keyrings.alt`) are taken only when PYTHON_KEYRING_BACKEND names one.
    """
    import keyring.backend

    _leave_out_macos()
    if os.environ.get(_CHOICE):
        return _named()
    _reach_session_bus()
    usable = [
        backend
        for backend in keyring.backend.get_all_keyring()
        if _priority(backend) >= 1 and not _is_wrapper_or_plaintext(backend)
    ]
    if usable:
        return max(usable, key=_priority)
    if sys.platform == "linux":
        # The library lists its backends once; a daemon that came up later is asked directly.
        from keyring.backends import SecretService

        if SecretService.Keyring.viable:
            return SecretService.Keyring()  # type: ignore[no-untyped-call]
    raise NoStore("no keyring is running (gnome-keyring, KWallet, KeePassXC)")


def _leave_out_macos() -> None:
    """Keep the library from loading its backend for macOS elsewhere. Its import looks for three
    libraries with ldconfig, and with gcc and ld from PATH."""
    if sys.platform != "darwin":
        sys.modules.setdefault("keyring.backends.macOS.api", None)  # type: ignore[arg-type]


def keyring_in_use(patience: float = 3.0) -> str:
    """Return the name of the keyring that is used now, or "none" and why. For people.

    Loads the library, and asks what is there, since only that tells the truth.
    """
    call = start_thread(lambda: _choose().name, "keyring")
    concurrent.futures.wait((call,), patience)
    if not call.done():
        return f"none: it has not answered for {patience:g} seconds"
    try:
        return call.result()
    except Exception as error:  # noqa: BLE001 - a boundary: backends raise errors of all kinds
        return f"none: {error if isinstance(error, NoStore) else type(error).__name__}"


def _reach_session_bus() -> None:
    """Let keyring find the session bus where cron and ssh do not name it: at its usual place."""
    if sys.platform != "linux" or os.environ.get(_BUS):
        return
    folder = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    if Path(folder, "bus").is_socket():
        os.environ[_BUS] = f"unix:path={folder}/bus"


def _named() -> KeyringBackend:
    """Return the keyring that PYTHON_KEYRING_BACKEND names."""
    import keyring.core

    try:
        backend = keyring.core.load_env()
    except Exception:  # noqa: BLE001 - a boundary: it imports whatever module is named
        backend = None
    if backend is None:
        raise NoStore(f"{_CHOICE} names a keyring that cannot load")
    if type(backend).__module__ in _SWITCHED_OFF:
        raise NoStore(f"{_CHOICE} switches the keyring off")
    return backend


def _priority(backend: KeyringBackend) -> float:
    """How good the backend is now; 0 for one that has become useless since it was listed."""
    try:
        return float(backend.priority)
    except Exception:  # noqa: BLE001 - RuntimeError by contract, but D-Bus errors come through
        return 0.0


def _is_wrapper_or_plaintext(backend: KeyringBackend) -> bool:
    module = type(backend).__module__
    return module.startswith("keyrings.") or module.endswith((".chainer", ".null", ".fail"))


def _line_to(backend: KeyringBackend) -> Line | None:
    """The line to the Secret Service, where that is what the backend speaks to."""
    if type(backend).__module__ != "keyring.backends.SecretService":
        return None
    from tray_app.secrets.secret_service import Line

    return Line(backend)
