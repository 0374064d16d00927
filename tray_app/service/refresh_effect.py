"""One use of a refresh token: what it did to the token's end is told by comparing."""

from __future__ import annotations

from datetime import datetime, timedelta

from tray_app.model.credentials import Usage
from tray_app.model.secret import Secret
from tray_app.policy import exercise
from tray_app.storage.token_facts import TokenFacts


class RefreshEffect:
    """To be made before what the answer told is remembered."""

    def __init__(self, token_facts: TokenFacts, token: Secret) -> None:
        self._token_facts = token_facts
        self._usage = token_facts.usage(token)
        self._before = token_facts.lifespan(token)
        self._token = token

    def gave(self, refresh: Secret | None, life: timedelta | None, now: datetime) -> None:
        """Remember the effect, with the token that is to be used from now on.

        `life`: of `refresh`, None where the answer did not tell.
        """
        ends = now + life if life is not None else None
        effect = exercise.effect_on_expiry(self._usage, self._before, ends, now)
        kept = refresh is None or refresh == self._token
        seen_at = self._usage.seen_at if self._usage and kept else now
        self._token_facts.record_usage(refresh or self._token, Usage(seen_at, now, effect))
