"""Loads the libraries of a process that stays: without what only other programs use of them."""

from __future__ import annotations

from tray_app.secrets import session_cipher
from tray_app.webex.light import import_requests


def load_less() -> None:
    """Save some ten megabytes. For a process that is this program, before it opens an engine.
    Imports HTTP, which is slow."""
    session_cipher.prefer()
    import_requests()
