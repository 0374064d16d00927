"""One line to the Secret Service, kept open (Linux).

keyring's own backend opens a new one for every call, with a new key exchange: 13 ms a secret, seven
times in a renewal. Everything else is left to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from jeepney.io.blocking import DBusConnection
    from keyring.backend import KeyringBackend
    from secretstorage import Collection


class Line:
    """Has that backend work over a connection that stays. One thread only."""

    def __init__(self, backend: KeyringBackend) -> None:
        speaks: Any = backend  # the Secret Service's, which is untyped
        self._make: Callable[[], Collection] = speaks.get_preferred_collection
        self._collection: Collection | None = None
        self._connection: DBusConnection | None = None
        speaks.get_preferred_collection = self._kept

    def would_prompt(self) -> bool:
        """Whether a call would open a dialog: it is locked, or there is none yet."""
        import secretstorage

        if self._collection is not None:
            return self._collection.is_locked()
        connection = secretstorage.dbus_init()
        try:
            return secretstorage.Collection(connection).is_locked()
        except secretstorage.exceptions.ItemNotFoundException:
            return True  # making one asks for a password
        finally:
            connection.close()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, which may have broken meanwhile."""
        return self._collection is not None

    def hang_up(self) -> None:
        """Close the connection. The next call opens another one."""
        connection, self._connection, self._collection = self._connection, None, None
        if connection is not None:
            connection.close()

    def _kept(self) -> Collection:
        """Return the default collection, open, as the backend wants it."""
        from keyring.errors import KeyringLocked

        collection = self._collection
        if collection is None:
            return self._dialled()
        if collection.is_locked():
            collection.unlock()
            if collection.is_locked():  # the person has dismissed the dialog
                raise KeyringLocked("the collection stays locked")
        return collection

    def _dialled(self) -> Collection:
        from secretstorage.util import open_session

        collection = self._make()
        self._collection, self._connection = collection, collection.connection
        collection.connection = cast("DBusConnection", _Lasting(collection.connection))
        collection.session = open_session(collection.connection)
        return collection


class _Lasting:
    """A connection that its user's `close` leaves open."""

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def close(self) -> None:
        """Do nothing: the backend says so after every call."""
