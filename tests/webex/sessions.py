"""Behind the adapter: the session that its next exchange goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tray_app.webex.connections import _PooledSession

if TYPE_CHECKING:
    import requests

    from tray_app.webex.client import Webex


def session_of(webex: Webex) -> requests.Session:
    """That session, created if there is none."""
    pool = webex.pool
    if not pool._free:
        pool._free.append(_PooledSession(pool._base, pool._idle, pool._release))
    return pool._free[-1].session
