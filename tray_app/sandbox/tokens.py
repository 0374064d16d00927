"""Every token issued here, and which of them are still valid."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple

from tray_app.sandbox.identifiers import opaque_token
from tray_app.sandbox.switches import RefreshPolicy, Switches

if TYPE_CHECKING:
    from collections.abc import Callable

    from tray_app.sandbox.registrations import Client, Person

DAY = timedelta(hours=24)


class Use(StrEnum):
    """The use of a token."""

    ACCESS = "access"
    REFRESH = "refresh"


class Pair(NamedTuple):
    """An access token and its refresh token; the repr shows neither."""

    access: str
    refresh: str

    def __repr__(self) -> str:
        return "Pair(access=…, refresh=…)"


@dataclass(frozen=True)
class Terms:
    """For whom a token is issued, what it may do, and for how long."""

    client: Client
    person: Person  # whose rights it carries; a machine account for the service app
    scopes: frozenset[str]
    access: timedelta
    refresh: timedelta = timedelta()  # zero: cannot be refreshed


@dataclass(frozen=True)
class Token:
    """One issued token. `generation` counts the issues of its client, from 1."""

    text: str = field(repr=False)
    use: Use
    terms: Terms
    expires_at: datetime
    generation: int
    grant: int


@dataclass(frozen=True)
class Issued:
    """The result of a grant or a refresh."""

    access: Token
    refresh: Token
    refresh_mentioned: bool = True  # False: the response leaves the refresh token out

    def pair(self) -> Pair:
        """Return both tokens as text."""
        return Pair(self.access.text, self.refresh.text)

    def reply(self, now: datetime) -> dict[str, str | int]:
        """Return the fields of RFC 6749 §5.1 and Webex's own; lifetimes are the seconds left."""
        body: dict[str, str | int] = {
            "access_token": self.access.text,
            "expires_in": int((self.access.expires_at - now).total_seconds()),
        }
        if self.refresh_mentioned:
            left = self.refresh.expires_at - now
            body["refresh_token"] = self.refresh.text
            body["refresh_token_expires_in"] = int(left.total_seconds())
        return body | {"token_type": "Bearer"}


@dataclass
class _Grant:
    """One consent, mint or portal token, and its current state."""

    terms: Terms
    renewed_at: datetime  # the last refresh that counted
    access: str = ""


class Tokens:
    """All tokens. Thread-safe; each call is atomic."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = RLock()
        self._tokens: dict[str, Token] = {}
        self._grants: list[_Grant] = []
        self._generations: dict[Client, int] = {}
        self._revoked: set[str] = set()
        self._rotated_out: set[str] = set()
        self._reuses = 0

    @property
    def reuses(self) -> int:
        """How often a refresh token came back after a rotation had replaced it."""
        with self._lock:
            return self._reuses

    def find(self, text: str) -> Token | None:
        """Return the token with this text, valid or not; None if it was never issued here."""
        with self._lock:
            return self._tokens.get(text)

    def live(self, text: str, use: Use) -> Token | None:
        """Return the token with this text, unless it is expired, revoked or of another use."""
        with self._lock:
            token = self._tokens.get(text)
            if token is None or token.use is not use or text in self._revoked:
                return None
            return token if self._clock() < token.expires_at else None

    def issue(self, terms: Terms) -> Issued:
        """Make a grant with an access token and a refresh token."""
        with self._lock:
            access = self.issue_access(terms)
            expiry = self._clock() + terms.refresh
            refresh = self._add(access.grant, Use.REFRESH, expiry, access.generation)
            return Issued(access, refresh)

    def issue_access(self, terms: Terms) -> Token:
        """Make a grant with an access token alone, which cannot be renewed."""
        with self._lock:
            now = self._clock()
            self._grants.append(_Grant(terms, renewed_at=now))
            generation = self._next_generation(terms.client)
            return self._add(len(self._grants) - 1, Use.ACCESS, now + terms.access, generation)

    def renew(
        self, text: str, client: Client, policy: RefreshPolicy, switches: Switches
    ) -> Issued | None:
        """Refresh for this client; return None if the token is invalid or another client's.

        Earlier access tokens stay valid until their own expiry: nothing suggests that a refresh
        revokes them.
        """
        with self._lock:
            if text in self._rotated_out:
                self._reused(text, switches)
            token = self.live(text, Use.REFRESH)
            if token is None or token.terms.client is not client:
                return None
            mentioned = policy is not RefreshPolicy.OMITTED
            grant = self._grants[token.grant]
            now = self._clock()
            due = now - grant.renewed_at >= DAY
            current = self.live(grant.access, Use.ACCESS)
            if switches.unchanged_within_a_day and not due and current is not None:
                return Issued(current, token, mentioned)
            if due:
                grant.renewed_at = now
            generation = self._next_generation(client)
            access = self._add(token.grant, Use.ACCESS, now + grant.terms.access, generation)
            refresh = self._renewed(token, policy, generation, due=due)
            return Issued(access, refresh, mentioned)

    def revoke(self, unwanted: Callable[[Token], bool]) -> None:
        """Revoke every token for which `unwanted` is true."""
        with self._lock:
            self._revoked |= {text for text, token in self._tokens.items() if unwanted(token)}

    def _renewed(self, token: Token, policy: RefreshPolicy, generation: int, *, due: bool) -> Token:
        expiry = self._clock() + token.terms.refresh
        if policy is RefreshPolicy.ROTATED:
            self._revoked.add(token.text)
            self._rotated_out.add(token.text)
            return self._add(token.grant, Use.REFRESH, expiry, generation)
        if policy is RefreshPolicy.SAME_NEVER_EXTENDED or not due:
            return token
        self._tokens[token.text] = replace(token, expires_at=expiry)
        return self._tokens[token.text]

    def _reused(self, text: str, switches: Switches) -> None:
        self._reuses += 1
        if switches.reuse_revokes_grant:
            grant = self._tokens[text].grant
            self.revoke(lambda token: token.grant == grant)

    def _next_generation(self, client: Client) -> int:
        self._generations[client] = self._generations.get(client, 0) + 1
        return self._generations[client]

    def _add(self, number: int, use: Use, expires_at: datetime, generation: int) -> Token:
        grant = self._grants[number]
        text = opaque_token(grant.terms.person.org_uuid)
        token = Token(text, use, grant.terms, expires_at, generation, number)
        self._tokens[text] = token
        if use is Use.ACCESS:
            grant.access = text
        return token
