"""Data sources of a sandbox, as they have been registered at some time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tray_app.sandbox.datasources import Registration

if TYPE_CHECKING:
    from tray_app.sandbox.datasources import DataSource
    from tray_app.sandbox.server import Sandbox


def register(webex: Sandbox, place: str = "orders", **changes: Any) -> DataSource:
    """One whose token is good from now on; a day, unless another `lifetime` is named."""
    app = webex.service_app
    wanted = Registration(f"https://byods.example.com/{place}", **changes)
    return webex.data_sources.register(app.client_id, wanted, app.machine_account)


def register_ago(webex: Sandbox, left: timedelta, place: str = "orders") -> DataSource:
    """One whose token of a day has so much left, as if it had been registered back then."""
    ago = timedelta(days=1) - left
    webex.clock.advance(-ago)
    try:
        return register(webex, place)
    finally:
        webex.clock.advance(ago)
