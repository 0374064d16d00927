"""The policy of the scripts that this program replaces, run as often as the tray.

Refresh only when a check fails; nothing is kept alive; of what the integration's refresh brings, a
new refresh token is dropped. Better than they were: no answer is not taken for a dead token, and
nobody has to run them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.profile import Profile
from tests.simulation.contender import Asks
from tests.simulation.wire import Wire
from tray_app.sandbox.clock import ManualClock


class Scripts:
    """What `refresh_token.py` and `setup_oauth.py` did, by turns."""

    def __init__(self, profile: Profile, wire: Wire, clock: ManualClock, poll: timedelta) -> None:
        self._profile = profile
        self._wire = wire
        self._clock = clock
        self._poll = poll
        self._personal = profile.pasted or ""
        self._refresh_token = profile.refresh_token or ""
        self._failed = self._works = False
        self.next_at = clock()

    @property
    def asks(self) -> Asks:
        """To run setup_oauth.py, once everything else has failed."""
        return Asks.NOW if self._failed else Asks.NOTHING

    @property
    def asked_by(self) -> datetime | None:
        """No script named a day."""
        return None

    def wake(self, *, fresh: bool) -> None:
        """A timer that was missed runs at once."""
        self.next_at = self._clock()

    def act(self) -> None:
        """`if not is_token_valid(): refresh_token()`."""
        status, _ = self._ask("GET", "/dataSources", headers=self._bearer(self._access()))
        self._works = status == 200
        if status == 401:
            self._renew()
        elif status in (200, 403):
            self._failed = False
        self.next_at = self._clock() + self._poll

    def repeats(self) -> bool:
        """A token that works is left alone."""
        self.next_at += self._poll if self._works else timedelta()
        return self._works

    def refresh(self) -> None:
        """By hand."""
        self.act()

    def sign_in(self) -> None:
        """`setup_oauth.py`: it saves both tokens, and mints."""
        app, webex = self._wire.webex.integration, self._wire.webex
        pair = webex.sign_in()
        assert app.client_id
        self._personal, self._refresh_token = pair.access, pair.refresh
        self._renew()

    def close(self) -> None:
        """Nothing runs."""

    def _renew(self) -> None:
        webex = self._wire.webex
        app, integration = webex.service_app, webex.integration
        grant = self._refreshed(app, self._profile.env_refresh() or "")
        if grant is None:
            grant = self._minted()
        if grant is None:
            renewed = self._refreshed(integration, self._refresh_token)
            if renewed is not None:
                self._personal = renewed["access_token"]  # the new refresh token is dropped
                grant = self._minted()
        self._failed = grant is None
        if grant is not None:
            refresh = grant.get("refresh_token") or self._profile.env_refresh()
            self._profile.write_env(grant["access_token"], refresh)

    def _refreshed(self, client: Any, refresh_token: str) -> dict[str, Any] | None:
        form = {
            "grant_type": "refresh_token",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "refresh_token": refresh_token,
        }
        status, grant = self._ask("POST", "/access_token", data=form)
        return grant if status == 200 else None

    def _minted(self) -> dict[str, Any] | None:
        app = self._wire.webex.service_app
        body = {
            "clientId": app.client_id,
            "clientSecret": app.client_secret,
            "targetOrgId": app.target_org_id,
        }
        status, grant = self._ask(
            "POST",
            f"/applications/{app.app_id}/token",
            json=body,
            headers=self._bearer(self._personal),
        )
        return grant if status == 200 else None

    def _access(self) -> str:
        return self._profile.env_access() or ""

    def _bearer(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    def _ask(self, method: str, path: str, **given: Any) -> tuple[int, dict[str, Any]]:
        """Status and JSON; 0 where there is no answer."""
        try:
            return self._wire.ask(method, path, **given)
        except ConnectionError:
            return 0, {}
