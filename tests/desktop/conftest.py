"""Fixtures: a private bus and a panel on it."""

from tests.e2e.fixtures import bus, panel, session

__all__ = ["bus", "panel", "session"]
