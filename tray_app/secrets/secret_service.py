"""The Secret Service over one connection (Linux), with the entries of keyring's backend for it.

The backend opens a connection and exchanges keys for each call. A save then takes three times as
long, and gnome-keyring-daemon, which does not survive every client that leaves, crashes at times.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from tray_app.secrets.store import NoStore
from tray_app.system import session_bus

if TYPE_CHECKING:
    from jeepney.io.blocking import DBusConnection
    from keyring.backend import KeyringBackend
    from secretstorage import Collection

T = TypeVar("T")


class SecretServiceEntries:
    """Has the methods of keyring's backend for the Secret Service. For one thread."""

    def __init__(self, backend: KeyringBackend) -> None:
        self._backend: Any = backend  # its methods are untyped
        self._collection: Collection | None = None
        self.name = backend.name

    def would_prompt(self) -> bool:
        """Whether a call would open a dialog: it is locked, or there is no collection yet.

        To be asked before each call: it closes a connection that is dead.
        """
        import secretstorage

        if self._collection is not None:
            with suppress(Exception):  # a boundary: a bus that is gone raises errors of any kind
                if not self._collection.is_locked():
                    return False
            self.close()
        with closing(secretstorage.dbus_init()) as connection:
            _verify(connection)
            try:
                return secretstorage.Collection(connection).is_locked()
            except secretstorage.exceptions.ItemNotFoundException:
                return True  # creating one asks for a password

    def get_password(self, service: str, name: str) -> str | None:
        """Return the secret or None."""
        from secretstorage.exceptions import LockedException

        def read(collection: Collection) -> str | None:
            for item in collection.search_items(_query(service, name)):
                try:
                    return item.get_secret().decode()
                except LockedException:  # by itself: KeePassXC asks for each entry
                    self._backend.unlock(item)
                    return item.get_secret().decode()
            return None

        return self._call(read)

    def set_password(self, service: str, name: str, value: str) -> None:
        """Keep the secret."""
        attributes = {**_query(service, name), "application": self._backend.appid}
        label = f"Password for '{name}' on '{service}'"
        self._call(lambda it: it.create_item(label, attributes, value.encode(), replace=True))

    def delete_password(self, service: str, name: str) -> None:
        """Remove the secret, if there is one."""

        def delete(collection: Collection) -> None:
            for item in collection.search_items(_query(service, name)):
                item.delete()

        self._call(delete)

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        collection, self._collection = self._collection, None
        if collection is not None:
            with suppress(OSError):
                collection.connection.close()

    def _call(self, work: Callable[[Collection], T]) -> T:
        """Return what it returns; if the daemon was restarted meanwhile, over a new connection."""
        was_open = self._collection is not None
        try:
            return work(self._open())
        except Exception:  # a boundary: a bus or daemon that is gone raises errors of any kind
            self.close()
            if not was_open or self.would_prompt():
                raise
        return work(self._open())

    def _open(self) -> Collection:
        """Return the collection, unlocked: the backend may ask the person for that."""
        from secretstorage.util import open_session

        if self._collection is None:
            collection: Collection = self._backend.get_preferred_collection()
            _verify(collection.connection)
            collection.session = open_session(collection.connection)
            self._collection = collection
        return self._collection


def _verify(connection: DBusConnection) -> None:
    """Raise NoStore if the bus at the other end belongs to another user."""
    try:
        session_bus.verify(connection.sock)
    except session_bus.ForeignBus as error:
        connection.close()
        raise NoStore(f"{error}; no keyring is used") from None


def _query(service: str, name: str) -> dict[str, str]:
    return {"service": service, "username": name}
