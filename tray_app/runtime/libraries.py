"""Loads the libraries of a process that stays: without what only other programs use of them."""

from __future__ import annotations

from tray_app.secrets import session_cipher
from tray_app.webex.light import import_requests


def import_light_libraries() -> None:
    """Import them so that they take some ten megabytes less. For a process that is this program,
    before it opens an engine. Imports HTTP, which is slow."""
    session_cipher.use_own_cipher()
    import_requests()
