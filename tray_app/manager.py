"""TokenManager: the face that the old scripts' users know, on the engine of the tray."""

from __future__ import annotations

import logging
import os
import threading
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tray_app import wiring
from tray_app.adapters.paths import Folders, find_config
from tray_app.core.api_base import PRODUCTION
from tray_app.core.assurance import LEAST
from tray_app.core.errors import NotRenewed, TrayError, Unreachable
from tray_app.core.model import Health, LinkName, LinkState

if TYPE_CHECKING:
    from requests.auth import AuthBase

log = logging.getLogger(__name__)


class TokenManager:
    """Checks and renews the service app token of one profile. For many threads and processes.

    ```python
    with TokenManager() as manager:
        requests.get(url, auth=manager.auth, timeout=20)
    ```
    """

    def __init__(self, config: str | Path | None = None, *, api_base: str | None = None) -> None:
        """`config`: path of token-config.json, else where the program itself looks for it.

        Raises ConfigError.
        """
        folders = Folders.of_user()
        self._lock = threading.Lock()
        self._found = threading.local()
        self._engine = wiring.open_engine(
            wiring.Setup(
                config_path=find_config(str(config) if config else None, os.environ, folders),
                folders=folders,
                api_base=api_base or os.environ.get("WEBEX_API_BASE") or PRODUCTION,
            )
        )

    def is_token_valid(self) -> bool:
        """Ask Webex whether the token in `.env` works.

        Raises Unreachable when there is no answer: offline is never "invalid".
        """
        with self._lock:
            health = self._engine.poll(keep_alive=False)  # who asks must not cause a renewal
            token = self._engine.token
        self._found.dead = None
        if health.unanswered is not None:
            raise Unreachable(health.unanswered, "Webex did not answer; nothing is known")
        access = next(link for link in health.links if link.name is LinkName.ACCESS)
        works = access.state in (LinkState.WORKS, LinkState.UNDER_SCOPED)
        self._found.dead = None if works else token
        return works

    def refresh_token(self) -> str:
        """Renew by the ladder, write `.env`, and return the new access token.

        Where this thread has found the token invalid, and another thread or process has renewed
        it since, that renewal is shared. Raises Unreachable when Webex did not answer, NotRenewed
        when no rung is left: `health` says who can do what.
        """
        with self._lock:
            dead = getattr(self._found, "dead", None)
            health = self._engine.refresh(by_hand=True, instead_of=dead)
            token = self._engine.token
        if health.renewing.failures or token is None:
            raise _why(health)
        return token.reveal()

    def get_token(self, min_ttl: timedelta | float = LEAST) -> str:
        """Return an access token that lives so long from now: a timedelta, or seconds.

        Webex is asked only where the last check is older than a poll; the token is renewed once
        if it ends too soon. One that works, but cannot be confirmed or renewed, is returned with a
        warning in the log. Where it is dead, raises Unreachable if Webex did not answer, else
        NotRenewed.
        """
        least = min_ttl if isinstance(min_ttl, timedelta) else timedelta(seconds=min_ttl)
        with self._lock:
            token = self._engine.token_at_hand(least)
            if token is not None:
                return token.reveal()
            found = wiring.assured(self._engine, least)
        if found.token is None:
            raise _why(found.health)
        if found.said:
            log.warning("%s", found.said)
        return found.token.reveal()

    @property
    def auth(self) -> AuthBase:
        """An `auth` for requests: signs each request with `get_token()`. Where that is answered
        with 401 and Webex confirms that the token is dead, it is renewed, and the request sent once
        more if its body allows. Raises what `get_token` does, out of the request."""
        from tray_app.adapters.auth import TokenAuth

        return TokenAuth(self.get_token, self._another)

    def _another(self, refused: str) -> str | None:
        """The token in the place of one that somebody has refused, if that is dead."""
        with self._lock:
            found = wiring.assured(self._engine, timedelta(0))
        token = found.token.reveal() if found.token else None
        return None if token == refused else token

    def health(self) -> Health:
        """Check, and return everything that is known."""
        with self._lock:
            return self._engine.poll()

    def close(self) -> None:
        """Close connections and the journal."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _why(health: Health) -> TrayError:
    """The error that says why there is no new token."""
    trouble = health.renewing.trouble
    if trouble is not None:
        return Unreachable(trouble, "the token was not renewed: no answer from Webex")
    return NotRenewed(health)
