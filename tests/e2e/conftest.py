"""Fixtures: a private desktop, with or without a screen."""

from tests.e2e.fixtures import bus, keyring_session, panel, session, xfce, xfce_session

__all__ = ["bus", "keyring_session", "panel", "session", "xfce", "xfce_session"]
