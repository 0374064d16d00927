"""TokenManager: the face that the old scripts' users know, on the engine of the tray."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tray_app import wiring
from tray_app.adapters.paths import Folders, find_config
from tray_app.core.api_base import PRODUCTION
from tray_app.core.errors import NotRenewed, Unreachable
from tray_app.core.model import Health, LinkName, LinkState


class TokenManager:
    """Checks and renews the service app token of one profile. For many threads and processes.

    ```python
    with TokenManager() as manager:
        if not manager.is_token_valid():
            manager.refresh_token()
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
            health = self._engine.poll()
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
        trouble = health.renewing.trouble
        if trouble is not None:
            raise Unreachable(trouble, "the token was not renewed: no answer from Webex")
        if health.renewing.failures or token is None:
            raise NotRenewed(health)
        return token.reveal()

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
