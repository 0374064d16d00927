"""TokenManager: checks and renews the token for a Python program."""

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
from tray_app.model.failures import TransportFailure, tracking_id_in
from tray_app.model.health import Health, LinkName, LinkState
from tray_app.model.origin import Origin
from tray_app.model.permissions import RENEW
from tray_app.model.settings import DEFAULT_MIN_TTL
from tray_app.system.critical_section import is_interruption
from tray_app.system.dirs import AppDirs, locate_config
from tray_app.system.forks import at_fork
from tray_app.text.failures import FAILURE_NAMES, traced
from tray_app.text.health import not_renewed, with_text
from tray_app.text.times import LONGEST, format_duration
from tray_app.webex.api_base import PRODUCTION

if TYPE_CHECKING:
    from requests.auth import AuthBase

    from tray_app.service.engine import Engine

log = logging.getLogger(__name__)


class TokenManager:
    """Checks and renews the service app token of one profile.

    You can use it from any number of threads and processes: they share one renewal. Calls of one
    TokenManager run one after the other. In a child of os.fork or multiprocessing, the first call
    opens the profile again, and may raise ConfigError.

    Blocking: a call waits at most 40 seconds for each request to Webex (usually well under one), 30
    seconds for another process that is renewing, and 3 or 10 seconds for each read or write of the
    keyring. The keyring never prompts.

    Ctrl-C, or any exception that a signal handler of yours raises, takes effect once a renewal in
    progress is saved, after 9 seconds at most; a second Ctrl-C, at least a second later, takes
    effect at once. No signal handler is installed.

    Example:
        ```python
        with TokenManager() as manager:
            requests.get(url, auth=manager.auth, timeout=20)
        ```
    """

    def __init__(self, config: str | Path | None = None, *, api_base: str | None = None) -> None:
        """Open a profile. Reads files only: neither Webex nor the keyring is asked.

        Args:
            config: The path of token-config.json; None for where `webex-token-tray` looks for it.
                A config that is only found in the working directory gets none of your secrets
                until you approve it (`webex-token-tray allow`); a warning in the log says so.
            api_base: The address of the API; None for WEBEX_API_BASE, else Webex itself.

        Raises:
            ConfigError: The config cannot be used, or was only found and other users can write it.
            TypeError: `config` is not a path.
        """
        if config is not None and not isinstance(config, str | os.PathLike):
            raise TypeError(f"config must be a str or a path, not {type(config).__name__}")
        folders = AppDirs.of_user()
        self._is_closed = False
        path, is_found = locate_config(str(config) if config else None, os.environ, folders)
        setup = bootstrap.ProfileContext(
            config_path=path,
            folders=folders,
            api_base=api_base or os.environ.get("WEBEX_API_BASE") or PRODUCTION,
            origin=Origin.NAMED,
            permissions=RENEW,
        )
        self._setup = approvals.found(setup) if is_found else setup
        self._begin()
        self._open()
        _managers.add(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._found = threading.local()
        self._engine: Engine | None = None

    def _open(self) -> Engine:
        """Raises ConfigError."""
        self._engine = bootstrap.open_engine(self._setup)
        # Daemon threads are cut off at the program's end: what they have presented is saved first.
        self._at_exit = weakref.finalize(self, self._engine.finish)
        return self._engine

    def _begin_anew(self) -> None:
        # In a forked child. The engine is left to the parent, whose threads use it: to close it, or
        # to have it closed as garbage, would end what the parent holds.
        self._at_exit.detach()
        _engines_of_parent.append(self._engine)
        self._begin()

    @contextmanager
    def _in_turn(self) -> Iterator[Engine]:
        """Lend the engine to one thread at a time. Raises RuntimeError after `close`."""
        with self._lock:
            if self._is_closed:
                raise RuntimeError("this TokenManager is closed; make a new one")
            engine = self._engine or self._open()
            engine.retry_unsaved()
            yield engine

    def is_token_valid(self) -> bool:
        """Ask Webex whether the token in `.env` works. Renews and changes nothing.

        Returns:
            Whether Webex accepts it; False also if there is none. A 401 counts if it comes twice.

        Raises:
            Unreachable: Webex did not answer. Being offline never makes a token invalid.
            RuntimeError: This TokenManager is closed.
        """
        with self._in_turn() as engine:
            health = engine.poll(repair=False)  # a question must not cause a renewal
            token = engine.token
        self._found.dead = None
        if health.unanswered is not None:
            said = "Webex did not answer; nothing is known"
            raise _unreachable(health.unanswered, said, health.trace)
        access = next(link for link in health.links if link.name is LinkName.ACCESS)
        works = access.state in (LinkState.WORKS, LinkState.UNDER_SCOPED)
        self._found.dead = None if works else token
        return works

    def refresh_token(self) -> str:
        """Renew now, write `.env`, and return the new access token.

        If `is_token_valid` was False in this thread, and another thread or process has renewed the
        token since, that renewal is shared. Earlier refusals and back-off do not count.

        Returns:
            The access token that is in `.env` now.

        Raises:
            Unreachable: Webex did not answer. Everything is kept; try again later.
            NotRenewed: No renewal method is left; its `health` says who can do what.
            RuntimeError: This TokenManager is closed.
        """
        with self._in_turn() as engine:
            dead = getattr(self._found, "dead", None)
            health = engine.refresh(by_hand=True, replacing=dead)
            token = engine.token
        if health.renewing.failures or token is None:
            raise _why(health)
        return token.reveal()

    def get_token(self, min_ttl: timedelta | float = DEFAULT_MIN_TTL) -> str:
        """Return an access token that stays valid for some time.

        Returns at once if the last check, by whichever process, is no older than `pollSeconds`.
        Otherwise Webex is asked, and the token is renewed once if it expires too soon.

        Args:
            min_ttl: How long the token must stay valid from now: seconds, or a timedelta.

        Returns:
            The access token. One that works but cannot be confirmed, or cannot be renewed for that
            long, is returned, too, with a warning in the log.

        Raises:
            Unreachable: The token has expired, and Webex did not answer.
            NotRenewed: The token has expired, and no renewal method is left.
            ValueError: `min_ttl` is longer than 3650 days, or not a number.
            RuntimeError: This TokenManager is closed.
        """
        least = _duration(min_ttl)
        with self._in_turn() as engine:
            token = engine.cached_token(least)
            if token is not None:
                return token.reveal()
            found = bootstrap.fresh_token(engine, least)
        if found.token is None:
            raise _why(found.health)
        if found.said:
            log.warning("%s", found.said)
        return found.token.reveal()

    @property
    def auth(self) -> AuthBase:
        """An `auth` for requests, which signs each request with `get_token()`.

        If the response is 401 and Webex confirms that the token is dead, the token is renewed, and
        the request is sent once more if its body can be read again. Each signed request blocks and
        raises as `get_token` does.

        Raises:
            RuntimeError: This TokenManager is closed.
        """
        from tray_app.webex.requests_auth import TokenAuth

        with self._in_turn():
            pass  # it says so here, and not in the first request
        return TokenAuth(self.get_token, self._another)

    def _another(self, refused: str) -> str | None:
        """Return the token that replaces one that was answered with 401, if that one is dead."""
        with self._in_turn() as engine:
            found = bootstrap.fresh_token(engine, timedelta(0))
        token = found.token.reveal() if found.token else None
        return None if token == refused else token

    def health(self) -> Health:
        """Check, and return all that is known. Renews and changes nothing.

        Returns:
            The Health; its `headline` and `next_step` say it in words. If Webex did not answer,
            `unanswered` says why.

        Raises:
            RuntimeError: This TokenManager is closed.
        """
        with self._in_turn() as engine:
            return with_text(engine.poll(repair=False), datetime.now(UTC))

    def close(self) -> None:
        """Close connections and the database; every other call raises RuntimeError from then on.

        Blocks until the calls of other threads and the `onTokenChange` command have ended. If an
        interruption such as Ctrl-C is the reason, only until a renewal under way is saved, for 9
        seconds at most.
        """
        self._is_closed = True
        is_interrupted = is_interruption(sys.exc_info()[1])
        if is_interrupted and self._engine is not None:
            self._engine.finish()
        if self._lock.acquire(blocking=not is_interrupted):
            try:
                self._at_exit.detach()
                if self._engine is not None:
                    self._engine.close()
            finally:
                self._lock.release()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; see `close`."""
        self.close()


_managers = weakref.WeakSet[TokenManager]()
_engines_of_parent: list[Engine | None] = []


def _begin_all_anew() -> None:
    for manager in tuple(_managers):
        manager._begin_anew()  # noqa: SLF001 - no part of the API


at_fork(in_child=_begin_all_anew)


def _duration(min_ttl: timedelta | float) -> timedelta:
    """Raises TypeError, ValueError."""
    try:
        least = min_ttl if isinstance(min_ttl, timedelta) else timedelta(seconds=min_ttl)
    except TypeError:
        kind = type(min_ttl).__name__
        raise TypeError(f"min_ttl must be a number of seconds or a timedelta, not {kind}") from None
    except (ValueError, OverflowError):  # NaN, infinity
        least = timedelta.max
    if least > LONGEST:
        longest = format_duration(LONGEST)
        raise ValueError(f"min_ttl must be at most {longest}, in seconds or as a timedelta")
    return max(least, timedelta(0))


def _why(health: Health) -> TrayError:
    """Return the error that says why there is no new token."""
    failure, now = health.renewing.failure, datetime.now(UTC)
    if failure is not None:
        said = f"The token was not renewed: {FAILURE_NAMES[failure]}"
        return _unreachable(failure, said, health.renewing.trace)
    return NotRenewed(with_text(health, now), not_renewed(health, now))


def _unreachable(failure: TransportFailure, said: str, trace: str) -> Unreachable:
    return Unreachable(failure, f"{traced(said, trace)}.", tracking_id=tracking_id_in(trace))
