"""How old the held pair is, and whether a token that is found may be newer.

That is kept in an entry of its own beside the pair, never in the database alone. The pair is saved
first because it cannot be replaced; a crash in between shows in the entry's `of`.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from tray_app.model import webex_ids
from tray_app.model.credentials import Pair
from tray_app.model.errors import VaultError
from tray_app.model.local_time import from_timestamp
from tray_app.model.secret import Secret
from tray_app.policy.issue_time import Age, Found, Issue, age_of, issue_of, succeeding
from tray_app.secrets.entry_format import format_issue, parse_issue
from tray_app.secrets.vault import Vault
from tray_app.storage.token_facts import TokenFacts
from tray_app.system.file_probe import Signature

log = logging.getLogger(__name__)


class IssueTimes:
    """The issue times of one profile's pairs. The store is read once, and only if needed."""

    def __init__(self, vault: Vault, token_facts: TokenFacts, entry: str) -> None:
        """`entry`: its name in the store."""
        self._vault = vault
        self._token_facts = token_facts
        self._entry = entry
        self._kept: Issue | None = None

    def expire(self) -> None:
        """Forget what was read: it may be out of date."""
        self._kept = None

    def is_replaced(self, token: Secret, held: Pair | None) -> bool:
        """Whether another token is known to have taken this one's place."""
        if self._token_facts.is_superseded(token):
            return True
        return held is not None and self._issue(held).has_replaced(token)

    def age(
        self,
        token: Secret,
        held: Pair,
        now: datetime,
        *,
        file: Signature,
        skew: timedelta | None,
    ) -> Age:
        """Return how old a token of `.env` is beside the held pair.

        `file`: the signature of that `.env`; `skew`: Webex's clock minus ours.
        """
        usage = self._token_facts.usage(token)
        found = Found(
            is_replaced=self.is_replaced(token, held),
            issued_at=self._issued_at(token, skew or timedelta()),
            used_at=usage.seen_at if usage else None,
            file_changed_at=from_timestamp(file[0] / 1e9) if file else None,
        )
        return age_of(found, self._not_before(held), now)

    def note_held(self, held: Pair) -> None:
        """Save which pair is held, unless that is known: its successor is saved before anything
        else, and after a crash right then this one must be known as the older."""
        issue = self._issue(held)
        if issue.not_before is None:
            issue = replace(issue, after=self._not_before(held))
        self._save(issue)

    def note(self, held: Pair | None, new: Pair, issued_at: datetime | None) -> None:
        """Save when the new pair was issued (UTC; None if another program renewed), and what it
        replaces. Call it after the pair itself is saved.
        """
        if held is None:
            issue = self._issue(new)  # of this very one, if only its own entry was damaged
            if issued_at is not None:
                issue = replace(issue, issued_at=issued_at, after=None)
        else:
            former = self._issue(held)
            if former.not_before is None:
                former = replace(former, after=self._not_before(held))
            came_again = held.access == new.access
            issue = succeeding(former, held, new, former.issued_at if came_again else issued_at)
        self._save(issue)

    def _save(self, issue: Issue) -> None:
        if issue == self._kept:
            return
        self._kept = issue
        try:
            self._vault.save(self._entry, format_issue(issue))
        except VaultError as error:
            log.warning("the age of the tokens is in memory only: %s", error)

    def _issue(self, held: Pair) -> Issue:
        if self._kept is None:
            try:
                self._kept = parse_issue(self._vault.load(self._entry))
            except VaultError as error:
                log.info("the age of the tokens is not known: %s", error)
                return Issue()
        return issue_of(held, self._kept)

    def _not_before(self, held: Pair) -> datetime | None:
        """From the database if an earlier version of this program saved the pair."""
        known = self._issue(held).not_before
        if known is not None:
            return known
        life = self._token_facts.lifespan(held.access)
        return life.began if life else None

    def _issued_at(self, token: Secret, skew: timedelta) -> datetime | None:
        life = self._token_facts.lifespan(token)
        if life is not None:
            return life.began
        reported = webex_ids.issued_at(token)
        return reported - skew if reported else None
