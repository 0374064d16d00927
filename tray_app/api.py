"""TokenManager: the face that the old scripts' users know, on the engine of the tray."""

from __future__ import annotations

import logging
import os
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tray_app import approvals, bootstrap
from tray_app.model.errors import NotRenewed, TrayError, Unreachable
from tray_app.model.health import Health, LinkName, LinkState
from tray_app.model.permissions import RENEW
from tray_app.model.settings import DEFAULT_MIN_TTL
from tray_app.policy.approval import Origin
from tray_app.system.critical_section import is_interruption
from tray_app.system.dirs import AppDirs, locate_config
from tray_app.text.failures import FAILURE_NAMES
from tray_app.text.health import not_renewed, with_text
from tray_app.webex.api_base import PRODUCTION

if TYPE_CHECKING:
    from requests.auth import AuthBase

    from tray_app.service.engine import Engine

log = logging.getLogger(__name__)


class TokenManager:
    """Checks and renews the service app token of one profile. For many threads and processes.

    Ctrl-C (or whatever else a signal handler of the program raises) is let through once a renewal
    that is under way is saved, after 9 seconds at most; a second one at once. No handler is
    installed.

    ```python
    with TokenManager() as manager:
        requests.get(url, auth=manager.auth, timeout=20)
    ```
    """

    def __init__(self, config: str | Path | None = None, *, api_base: str | None = None) -> None:
        """`config`: path of token-config.json, else where the program itself looks for it.

        One that is only found in the working directory gets none of this user's secrets until it
        is approved (`webex-token-tray allow`); a warning in the log says so. Raises ConfigError,
        also if other users may write a config that was only found.
        """
        folders = AppDirs.of_user()
        self._lock = threading.Lock()
        self._is_closed = False
        self._found = threading.local()
        path, is_found = locate_config(str(config) if config else None, os.environ, folders)
        setup = bootstrap.ProfileContext(
            config_path=path,
            folders=folders,
            api_base=api_base or os.environ.get("WEBEX_API_BASE") or PRODUCTION,
            origin=Origin.NAMED,
            permissions=RENEW,
        )
        self._engine = bootstrap.open_engine(approvals.found(setup) if is_found else setup)
        # Daemon threads are cut off at the program's end: what they have presented is saved first.
        self._at_exit = weakref.finalize(self, self._engine.finish)

    @contextmanager
    def _in_turn(self) -> Iterator[Engine]:
        """Give the engine to one thread at a time. Raises RuntimeError after `close`."""
        with self._lock:
            if self._is_closed:
                raise RuntimeError("this TokenManager is closed; make a new one")
            yield self._engine

    def is_token_valid(self) -> bool:
        """Ask Webex whether the token in `.env` works. Renews and changes nothing.

        Raises Unreachable when there is no answer: offline is never "invalid".
        """
        with self._in_turn() as engine:
            health = engine.poll(reload=True)  # who asks must not cause a renewal
            token = engine.token
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
        with self._in_turn() as engine:
            dead = getattr(self._found, "dead", None)
            health = engine.refresh(by_hand=True, replacing=dead)
            token = engine.token
        if health.renewing.failures or token is None:
            raise _why(health)
        return token.reveal()

    def get_token(self, min_ttl: timedelta | float = DEFAULT_MIN_TTL) -> str:
        """Return an access token that lives so long from now: a timedelta, or seconds.

        Webex is asked only where the last check is older than a poll; the token is renewed once
        if it ends too soon. One that works, but cannot be confirmed or renewed, is returned with a
        warning in the log. Where it is dead, raises Unreachable if Webex did not answer, else
        NotRenewed.
        """
        least = min_ttl if isinstance(min_ttl, timedelta) else timedelta(seconds=min_ttl)
        with self._in_turn() as engine:
            token = engine.token_at_hand(least)
            if token is not None:
                return token.reveal()
            found = bootstrap.assured(engine, least)
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
        from tray_app.webex.requests_auth import TokenAuth

        with self._in_turn():
            pass  # it says so here, and not in the first request
        return TokenAuth(self.get_token, self._another)

    def _another(self, refused: str) -> str | None:
        """The token in the place of one that somebody has refused, if that is dead."""
        with self._in_turn() as engine:
            found = bootstrap.assured(engine, timedelta(0))
        token = found.token.reveal() if found.token else None
        return None if token == refused else token

    def health(self) -> Health:
        """Check, and return all that is known; `headline` and `next_step` say it in words. Renews
        and changes nothing."""
        with self._in_turn() as engine:
            return with_text(engine.poll(reload=True), datetime.now(UTC))

    def close(self) -> None:
        """Close connections and the journal; every other call raises RuntimeError from then on.

        Waits for calls of other threads. Where Ctrl-C is the reason, only until what they have
        presented is saved.
        """
        self._is_closed = True
        is_interrupted = is_interruption(sys.exc_info()[1])
        if is_interrupted:
            self._engine.finish()
        if self._lock.acquire(blocking=not is_interrupted):
            try:
                self._at_exit.detach()
                self._engine.close()
            finally:
                self._lock.release()

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
    failure, now = health.renewing.failure, datetime.now(UTC)
    if failure is not None:
        return Unreachable(failure, f"The token was not renewed: {FAILURE_NAMES[failure]}.")
    return NotRenewed(with_text(health, now), not_renewed(health, now))
