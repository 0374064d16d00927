"""Which way up can act, what each refusal closes and what opens it again, and that climbs end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import (
    APP_SECRET,
    CANDIDATE,
    DAY,
    HOUR,
    NOW,
    ORG,
    PASTED,
    PERSONAL,
    REFRESH,
    SIGN_IN,
    SIGNED_IN,
    TICK,
    lacking,
    often,
    without,
)
from tests.policy.situation import NO_APP_SECRET, NO_SIGN_IN
from tray_app.model.credentials import Credentials, Pair
from tray_app.model.failures import Refusal
from tray_app.model.renewal import Availability, RecordedRefusal, RenewalMethod
from tray_app.model.secret import Secret
from tray_app.policy.renewal import (
    Refusals,
    Tried,
    availabilities,
    forbidden_keys,
    is_mint,
    next_method,
    refusal_key,
    refusal_keys,
    token_for,
    without_store,
)

SIGNED, R1, PASTE, MINT, R3 = RenewalMethod
NEW = Secret("new")
FRESH: Tried = frozenset()


def refused(
    *refusals: tuple[RenewalMethod, Refusal], creds: Credentials = SIGNED_IN, at: datetime = NOW
) -> Refusals:
    """The marks that these refusals leave."""
    return {
        refusal_key(method, refusal, creds): RecordedRefusal(refusal, at)
        for method, refusal in refusals
    }


def not_ready(
    refusals: Refusals,
    creds: Credentials = SIGNED_IN,
    now: datetime = NOW,
    tried: Tried = FRESH,
) -> dict[RenewalMethod, Availability]:
    """The rungs that cannot act, and why."""
    found = availabilities(creds, refusals, now, tried=tried)
    return {method: why for method, why in found.items() if why is not Availability.READY}


def test_the_keys_of_some_credentials_are_those_of_all_their_refusals() -> None:
    """Of a thousand profiles' refusals only these are asked for."""
    left = refused(*((method, refusal) for method in RenewalMethod for refusal in Refusal))
    assert refusal_keys(SIGNED_IN) == set(left)
    assert len(left) == 14


# --- order --------------------------------------------------------------------------------------


def test_with_nothing_refused_every_rung_is_ready_in_its_order() -> None:
    """What a person has begun is finished first; then the service app's refresh, the mints (pasted
    first), and the integration's refresh. The numbers are those of the documents."""
    assert list(availabilities(SIGNED_IN, {}, NOW).items()) == [
        (method, Availability.READY) for method in (SIGNED, R1, PASTE, MINT, R3)
    ]
    assert [method.number for method in RenewalMethod] == [4, 1, 2, 2, 3]


def test_the_rungs_are_tried_from_first_to_last_and_then_a_person_is_needed() -> None:
    """Each one that has been rejected makes way for the next."""
    refusals: dict[str, RecordedRefusal] = {}
    for method in (SIGNED, R1, PASTE, MINT, R3):
        assert next_method(SIGNED_IN, refusals, NOW) is method
        refusals |= refused((method, Refusal.REJECTED))
    assert next_method(SIGNED_IN, refusals, NOW) is None


@pytest.mark.parametrize(
    ("method", "token"),
    [
        (SIGNED, CANDIDATE.access),
        (R1, REFRESH),
        (PASTE, PASTED),
        (MINT, PERSONAL),
        (R3, SIGN_IN),
    ],
)
def test_each_rung_presents_its_own_token(method: RenewalMethod, token: Secret) -> None:
    """Five tokens, five rungs."""
    assert token_for(method, SIGNED_IN) is token


# --- what is missing, what is locked -------------------------------------------------------------


@pytest.mark.parametrize(
    ("creds", "missing"),
    [
        (without(pair=None), {R1}),
        (without(pair=Pair(NEW, None)), {R1}),
        (without(personal_token=None), {PASTE}),
        (without(integration_access=None), {MINT}),
        (lacking(refresh_token=None), {R3}),
        (lacking(client_secret=None), {R3}),
        (lacking(client_id=""), {R3}),
        (NO_SIGN_IN, {MINT, R3}),
        (without(integration=None), {R3}),
        (NO_APP_SECRET, set(RenewalMethod)),
    ],
)
def test_a_rung_needs_its_token_and_its_client(
    creds: Credentials, missing: set[RenewalMethod]
) -> None:
    """And rung 3 the service app's client too: it serves the mint only."""
    creds = replace(creds, candidate=CANDIDATE)
    assert not_ready({}, creds) == dict.fromkeys(missing, Availability.MISSING)


def test_a_sign_in_can_be_proven_without_a_refresh_token() -> None:
    """It is the access token that mints."""
    assert not_ready({}, replace(SIGNED_IN, candidate=Pair(NEW, None))) == {}
    assert not_ready({}, replace(SIGNED_IN, candidate=None)) == {SIGNED: Availability.MISSING}


def test_a_locked_keyring_closes_every_rung() -> None:
    """Even one whose token is known: what is stored may be newer."""
    locked = replace(SIGNED_IN, locked=True)
    assert not_ready({}, locked) == dict.fromkeys(RenewalMethod, Availability.LOCKED)
    assert next_method(locked, {}, NOW) is None


# --- what a refusal closes, and no more -----------------------------------------------------------

MINTS_AND_R3 = (SIGNED, PASTE, MINT, R3)
CLOSES: list[tuple[RenewalMethod, Refusal, dict[RenewalMethod, Availability]]] = [
    (SIGNED, Refusal.REJECTED, {SIGNED: Availability.DEAD}),
    (SIGNED, Refusal.FORBIDDEN, {SIGNED: Availability.FORBIDDEN}),
    (SIGNED, Refusal.WRONG_CLIENT, dict.fromkeys(RenewalMethod, Availability.WRONG_CLIENT)),
    (SIGNED, Refusal.BAD_REQUEST, dict.fromkeys(MINTS_AND_R3, Availability.BAD_REQUEST)),
    (R1, Refusal.REJECTED, {R1: Availability.DEAD}),
    (PASTE, Refusal.REJECTED, {PASTE: Availability.DEAD}),
    (MINT, Refusal.REJECTED, {MINT: Availability.DEAD}),
    (R3, Refusal.REJECTED, {R3: Availability.DEAD}),
    (R1, Refusal.WRONG_CLIENT, dict.fromkeys(RenewalMethod, Availability.WRONG_CLIENT)),
    (PASTE, Refusal.WRONG_CLIENT, dict.fromkeys(RenewalMethod, Availability.WRONG_CLIENT)),
    (MINT, Refusal.WRONG_CLIENT, dict.fromkeys(RenewalMethod, Availability.WRONG_CLIENT)),
    (R3, Refusal.WRONG_CLIENT, {R3: Availability.WRONG_CLIENT}),
    (PASTE, Refusal.BAD_REQUEST, dict.fromkeys(MINTS_AND_R3, Availability.BAD_REQUEST)),
    (MINT, Refusal.BAD_REQUEST, dict.fromkeys(MINTS_AND_R3, Availability.BAD_REQUEST)),
    (R1, Refusal.FORBIDDEN, {R1: Availability.FORBIDDEN}),
    (PASTE, Refusal.FORBIDDEN, {PASTE: Availability.FORBIDDEN}),
    (MINT, Refusal.FORBIDDEN, dict.fromkeys((MINT, R3), Availability.FORBIDDEN)),
    (R3, Refusal.FORBIDDEN, {R3: Availability.FORBIDDEN}),
]


@pytest.mark.parametrize(("method", "refusal", "closes"), CLOSES)
def test_a_refusal_closes_what_it_is_about_and_no_more(
    method: RenewalMethod, refusal: Refusal, closes: dict[RenewalMethod, Availability]
) -> None:
    """Remembered from an earlier climb, it leaves the other rungs as they were."""
    assert not_ready(refused((method, refusal))) == closes


def app_with(creds: Credentials, **changes: Any) -> Credentials:
    return replace(creds, app=replace(creds.app, **changes))


def new_app_secret(creds: Credentials) -> Credentials:
    return app_with(creds, client_secret=NEW)


def new_integration_secret(creds: Credentials) -> Credentials:
    assert creds.integration is not None
    return replace(creds, integration=replace(creds.integration, client_secret=NEW))


def new_integration(creds: Credentials) -> Credentials:
    assert creds.integration is not None
    return replace(creds, integration=replace(creds.integration, client_id="another"))


def new_pair(creds: Credentials) -> Credentials:
    return replace(creds, pair=Pair(NEW, NEW))


def new_pasted(creds: Credentials) -> Credentials:
    return replace(creds, personal_token=NEW)


def new_personal(creds: Credentials) -> Credentials:
    return replace(creds, integration_access=NEW)


def new_sign_in(creds: Credentials) -> Credentials:
    assert creds.integration is not None
    return replace(creds, integration=replace(creds.integration, refresh_token=NEW))


def new_candidate(creds: Credentials) -> Credentials:
    return replace(creds, candidate=Pair(NEW, NEW))


CHANGES: dict[str, Callable[[Credentials], Credentials]] = {
    "app secret": new_app_secret,
    "app client": lambda creds: app_with(creds, client_id="another"),
    "app id": lambda creds: app_with(creds, app_id="another"),
    "organization": lambda creds: app_with(creds, target_org_id="another"),
    "integration secret": new_integration_secret,
    "integration client": new_integration,
    "pair": new_pair,
    "pasted": new_pasted,
    "personal": new_personal,
    "sign-in": new_sign_in,
    "candidate": new_candidate,
}
OPENS: list[tuple[RenewalMethod, Refusal, set[str]]] = [
    (SIGNED, Refusal.REJECTED, {"candidate", "app secret", "app client"}),
    (SIGNED, Refusal.WRONG_CLIENT, {"app secret", "app client"}),
    (SIGNED, Refusal.BAD_REQUEST, {"app secret", "app client", "app id", "organization"}),
    (SIGNED, Refusal.FORBIDDEN, {"candidate", "app id", "organization"}),
    (R1, Refusal.REJECTED, {"pair", "app secret", "app client"}),
    (PASTE, Refusal.REJECTED, {"pasted", "app secret", "app client"}),
    (MINT, Refusal.REJECTED, {"personal", "app secret", "app client"}),
    (R3, Refusal.REJECTED, {"sign-in", "integration secret", "integration client"}),
    (R1, Refusal.WRONG_CLIENT, {"app secret", "app client"}),
    (MINT, Refusal.WRONG_CLIENT, {"app secret", "app client"}),
    (R3, Refusal.WRONG_CLIENT, {"integration secret", "integration client"}),
    (MINT, Refusal.BAD_REQUEST, {"app secret", "app client", "app id", "organization"}),
    (PASTE, Refusal.BAD_REQUEST, {"app secret", "app client", "app id", "organization"}),
    (R1, Refusal.FORBIDDEN, {"pair", "app id", "organization"}),
    (PASTE, Refusal.FORBIDDEN, {"pasted", "app id", "organization"}),
    (MINT, Refusal.FORBIDDEN, {"integration client", "app id", "organization"}),
]


@pytest.mark.parametrize(("method", "refusal", "opens"), OPENS)
def test_a_refusal_holds_until_a_value_that_it_is_about_has_changed(
    method: RenewalMethod, refusal: Refusal, opens: set[str]
) -> None:
    """Exactly these changes open the rung again; any other leaves it closed."""
    refusals = refused((method, refusal))
    found = {
        name
        for name, change in CHANGES.items()
        if availabilities(change(SIGNED_IN), refusals, NOW)[method] is Availability.READY
    }
    assert found == opens


@pytest.mark.parametrize("method", RenewalMethod)
def test_a_wrong_client_secret_never_condemns_the_token(method: RenewalMethod) -> None:
    """With the secret corrected, the very same token is presented again."""
    refusals = refused((method, Refusal.WRONG_CLIENT))
    correct = new_integration_secret if method is R3 else new_app_secret
    corrected = correct(SIGNED_IN)
    assert not_ready(refusals, corrected) == {}
    assert token_for(method, corrected) == token_for(method, SIGNED_IN)


def test_the_integration_is_not_renewed_for_a_mint_that_stays_closed() -> None:
    """Nor where nothing has been minted with it yet: the pasted token's answer tells."""
    creds = without(pair=None, integration_access=None)
    for refusal, why in (
        (Refusal.WRONG_CLIENT, Availability.WRONG_CLIENT),
        (Refusal.BAD_REQUEST, Availability.BAD_REQUEST),
    ):
        assert availabilities(creds, refused((PASTE, refusal)), NOW)[R3] is why


@pytest.mark.parametrize(
    ("since", "open_again"),
    [
        (DAY - TICK, False),
        (DAY, True),
        (-(DAY - TICK), False),
        (-DAY, True),
    ],
)
def test_a_missing_right_is_asked_for_once_a_day(since: timedelta, open_again: bool) -> None:
    """A mark from the future, after the clock was set back, holds no longer than a day either."""
    refusals = refused((MINT, Refusal.FORBIDDEN), (PASTE, Refusal.FORBIDDEN), at=NOW - since)
    assert (not_ready(refusals) == {}) is open_again


def test_a_missing_right_can_be_forgotten_and_nothing_else_with_it() -> None:
    """For whoever mints: each is asked again."""
    missing = [(method, Refusal.FORBIDDEN) for method in (SIGNED, PASTE, MINT)]
    refusals = refused(*missing, (R1, Refusal.REJECTED))
    left = {key: mark for key, mark in refusals.items() if key not in forbidden_keys(SIGNED_IN)}
    assert not_ready(left) == {R1: Availability.DEAD}


def test_other_refusals_do_not_wear_off() -> None:
    """A dead token stays dead, a wrong secret wrong."""
    refusals = refused((R1, Refusal.REJECTED), (R3, Refusal.WRONG_CLIENT), at=NOW - 1000 * DAY)
    assert set(not_ready(refusals)) == {R1, R3}


# --- one climb ------------------------------------------------------------------------------------


def test_what_a_climb_has_presented_it_does_not_present_again() -> None:
    """Whatever the answer was."""
    tried = frozenset(
        {(SIGNED, CANDIDATE.access.digest), (R1, REFRESH.digest), (MINT, PERSONAL.digest)}
    )
    assert not_ready({}, tried=tried) == dict.fromkeys((SIGNED, R1, MINT), Availability.TRIED)


@pytest.mark.parametrize("method", [SIGNED, R1, PASTE, R3])
def test_a_rung_acts_once_in_a_climb_even_with_a_rotated_token(method: RenewalMethod) -> None:
    """Else a server that rotates refresh tokens and refuses the mint would be asked for ever."""
    tried = frozenset({(method, "the digest of the token before")})
    assert availabilities(SIGNED_IN, {}, NOW, tried=tried)[method] is Availability.TRIED


def test_the_mint_acts_again_with_what_the_integration_has_renewed() -> None:
    """That is what rung 3 is for."""
    tried = frozenset({(MINT, "the digest of the token before"), (R3, SIGN_IN.digest)})
    assert availabilities(SIGNED_IN, {}, NOW, tried=tried)[MINT] is Availability.READY


def test_a_403_from_the_mint_lets_rung_3_act_once_and_then_waits_a_day() -> None:
    """In that climb a renewed token gets its one try; from the next climb on both wait."""
    creds = without(pair=None, personal_token=None)
    refusals = refused((MINT, Refusal.FORBIDDEN), creds=creds)
    tried: Tried = frozenset({(MINT, PERSONAL.digest)})
    assert next_method(creds, refusals, NOW, tried=tried) is R3

    renewed = new_sign_in(new_personal(creds))
    tried |= {(R3, SIGN_IN.digest)}
    assert next_method(renewed, refusals, NOW, tried=tried) is MINT

    tried |= {(MINT, NEW.digest)}
    assert next_method(renewed, refusals, NOW, tried=tried) is None

    assert next_method(renewed, refusals, NOW + 23 * HOUR) is None
    assert next_method(renewed, refusals, NOW + 24 * HOUR) is MINT


def test_only_rung_3_gives_a_mint_that_lacked_the_right_another_try() -> None:
    """That the pasted token was tried in this climb changes nothing for the integration's."""
    refusals = refused((MINT, Refusal.FORBIDDEN))
    pasted, renewed = (PASTE, PASTED.digest), (R3, SIGN_IN.digest)
    after_pasted = availabilities(SIGNED_IN, refusals, NOW, tried=frozenset({pasted}))
    assert (after_pasted[MINT], after_pasted[R3]) == (
        Availability.FORBIDDEN,
        Availability.FORBIDDEN,
    )
    assert (
        availabilities(SIGNED_IN, refusals, NOW, tried=frozenset({renewed}))[MINT]
        is Availability.READY
    )


def test_a_mint_that_lacked_the_right_is_not_tried_with_another_token_before_rung_3() -> None:
    """Another process may have renewed that one: it is of the same account."""
    refusals = refused((MINT, Refusal.FORBIDDEN))
    tried = frozenset({(MINT, "the digest of the token before")})
    assert availabilities(SIGNED_IN, refusals, NOW, tried=tried)[MINT] is Availability.FORBIDDEN


def test_a_renewed_integration_opens_nothing_for_a_pasted_token_that_lacks_the_right() -> None:
    """It is another account's."""
    refusals = refused((PASTE, Refusal.FORBIDDEN))
    tried = frozenset({(R3, SIGN_IN.digest)})
    assert availabilities(SIGNED_IN, refusals, NOW, tried=tried)[PASTE] is Availability.FORBIDDEN


@pytest.mark.parametrize("refusal", [Refusal.REJECTED, Refusal.FORBIDDEN])
def test_a_sign_in_with_a_wrong_account_makes_way_for_what_was_held_before(
    refusal: Refusal,
) -> None:
    """In the same climb and in those that follow; another sign-in gets its own try."""
    refusals, tried = refused((SIGNED, refusal)), frozenset({(SIGNED, CANDIDATE.access.digest)})
    assert next_method(SIGNED_IN, refusals, NOW, tried=tried) is R1
    assert next_method(SIGNED_IN, refusals, NOW) is R1
    assert next_method(new_candidate(SIGNED_IN), refusals, NOW) is SIGNED


def test_only_the_three_mints_have_a_personal_access_token_mint() -> None:
    """What the engine sends to the mint, and whose 403 a new pair makes void."""
    assert [method for method in RenewalMethod if is_mint(method)] == [SIGNED, PASTE, MINT]


class World:
    """A Webex that answers as Hypothesis likes, and a climb as the engine does it."""

    def __init__(self, creds: Credentials, refusals: Refusals, data: st.DataObject) -> None:
        self.creds, self.refusals, self.data = creds, dict(refusals), data
        self.steps: list[tuple[RenewalMethod, str]] = []
        self._made = 0

    def climb(self) -> None:
        while (method := self._next()) is not None:
            token = token_for(method, self.creds)
            assert token is not None
            self.steps.append((method, token.digest))
            assert len(self.steps) <= 6, "the climb does not end"
            if self._answered_well(method):
                return

    def _next(self) -> RenewalMethod | None:
        return next_method(self.creds, self.refusals, NOW, tried=frozenset(self.steps))

    def _answered_well(self, method: RenewalMethod) -> bool:
        """Take the answer to one rung; True where a pair that works came of it."""
        answer = self.data.draw(st.sampled_from([*Refusal, "good", "known to be dead"]))
        if isinstance(answer, Refusal):
            self.refusals |= refused((method, answer), creds=self.creds)
            return False
        if method is R3:
            self._renew_integration()
            return False
        if method is SIGNED:
            self._accept_candidate()
        self.creds = replace(self.creds, pair=Pair(self._new(), self._kept_or_new(REFRESH)))
        return bool(answer == "good")

    def _renew_integration(self) -> None:
        integration = self.creds.integration
        assert integration is not None
        assert integration.refresh_token is not None
        self.creds = replace(
            self.creds,
            integration_access=self._kept_or_new(self.creds.integration_access or PERSONAL),
            integration=replace(
                integration, refresh_token=self._kept_or_new(integration.refresh_token)
            ),
        )

    def _accept_candidate(self) -> None:
        """It has minted, so it is the integration's now; unless another process is at that."""
        candidate, integration = self.creds.candidate, self.creds.integration
        if candidate is None or integration is None or self.data.draw(st.booleans()):
            return
        refresh = candidate.refresh or integration.refresh_token
        self.creds = replace(
            self.creds,
            candidate=None,
            integration_access=candidate.access,
            integration=replace(integration, refresh_token=refresh),
        )

    def _kept_or_new(self, old: Secret) -> Secret:
        return self.data.draw(st.sampled_from([old, self._new()]))

    def _new(self) -> Secret:
        self._made += 1
        return Secret(f"made-{self._made}")


held = st.sampled_from(
    [
        SIGNED_IN,
        NO_SIGN_IN,
        lacking(refresh_token=None),
        without(pair=None),
        without(personal_token=None),
        without(integration_access=None),
        without(personal_token=PERSONAL),
        without(pair=None, personal_token=None),
        without(pair=None, personal_token=None, integration_access=None),
    ]
)
signs = st.sampled_from([None, CANDIDATE, CANDIDATE, Pair(NEW, None), Pair(PERSONAL, SIGN_IN)])
held = st.builds(lambda creds, sign: replace(creds, candidate=sign), held, signs)
remembered = st.lists(
    st.tuples(st.sampled_from(RenewalMethod), st.sampled_from(Refusal)), max_size=3, unique=True
)
ages = st.sampled_from([timedelta(0), HOUR, DAY])


@often
@given(creds=held, before=remembered, age=ages, data=st.data())
def test_every_climb_ends_and_presents_no_token_twice_on_a_rung(
    creds: Credentials,
    before: list[tuple[RenewalMethod, Refusal]],
    age: timedelta,
    data: st.DataObject,
) -> None:
    """In six steps at most, whatever is remembered and whatever Webex answers."""
    world = World(creds, refused(*before, creds=creds, at=NOW - age), data)
    world.climb()
    assert len(set(world.steps)) == len(world.steps)


@often
@given(
    creds=held,
    before=remembered,
    method=st.sampled_from(RenewalMethod),
    refusal=st.sampled_from(Refusal),
)
def test_a_refusal_never_opens_a_rung(
    creds: Credentials,
    before: list[tuple[RenewalMethod, Refusal]],
    method: RenewalMethod,
    refusal: Refusal,
) -> None:
    """What is closed stays closed whatever else is refused."""
    refusals = refused(*before, creds=creds)
    closed = not_ready(refusals, creds)
    assert set(closed) <= set(
        not_ready({**refusals, **refused((method, refusal), creds=creds)}, creds)
    )


def test_keys_do_not_collide_where_values_run_together() -> None:
    """Client `ab` with organization `c` is not client `a` with organization `bc`."""

    def key(app_id: str, org: str) -> str:
        app = replace(SIGNED_IN.app, app_id=app_id, target_org_id=org)
        return refusal_key(PASTE, Refusal.FORBIDDEN, without(app=app))

    assert key("ab", "c") != key("a", "bc")


BARE = without(pair=None, personal_token=None, integration=None, integration_access=None)
APP, IDS = f"10:app-client64:{APP_SECRET.digest}", f"6:app-id36:{ORG}"


@pytest.mark.parametrize(
    ("method", "refusal", "creds", "text"),
    [
        (R1, Refusal.WRONG_CLIENT, SIGNED_IN, f"6:client{APP}"),
        (PASTE, Refusal.WRONG_CLIENT, NO_APP_SECRET, "6:client10:app-client0:"),
        (R3, Refusal.WRONG_CLIENT, BARE, "6:client0:0:"),
        (R3, Refusal.WRONG_CLIENT, lacking(client_secret=None), "6:client18:integration-client0:"),
        (PASTE, Refusal.BAD_REQUEST, SIGNED_IN, f"4:mint{APP}{IDS}"),
        (PASTE, Refusal.FORBIDDEN, SIGNED_IN, f"5:right64:{PASTED.digest}{IDS}"),
        (MINT, Refusal.FORBIDDEN, SIGNED_IN, f"5:right18:integration-client{IDS}"),
        (MINT, Refusal.FORBIDDEN, BARE, f"5:right0:{IDS}"),
        (R1, Refusal.REJECTED, SIGNED_IN, f"4:dead64:{REFRESH.digest}{APP}"),
        (R1, Refusal.REJECTED, BARE, f"4:dead0:{APP}"),
    ],
)
def test_a_key_is_the_same_in_every_version(
    method: RenewalMethod, refusal: Refusal, creds: Credentials, text: str
) -> None:
    """The journal outlives an update: what Webex has refused is not asked for again after it."""
    assert refusal_key(method, refusal, creds) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("method", RenewalMethod)
@pytest.mark.parametrize("refusal", Refusal)
def test_a_key_holds_no_token_and_no_secret(method: RenewalMethod, refusal: Refusal) -> None:
    """It is a hash, so the journal may keep it; the same for credentials that lack everything."""
    assert BARE.candidate is None
    for creds in (SIGNED_IN, BARE):
        key = refusal_key(method, refusal, creds)
        assert len(key) == 64
        assert set(key) <= set("0123456789abcdef")


def test_without_a_store_a_program_that_ends_soon_leaves_the_sign_in_alone() -> None:
    """All else is as it was: a mint spends nothing, and `.env` keeps the pair."""
    ready = dict.fromkeys(RenewalMethod, Availability.READY)
    left = without_store(ready)
    assert left == ready | {RenewalMethod.INTEGRATION_REFRESH: Availability.UNSAVED}
    dead = ready | {RenewalMethod.INTEGRATION_REFRESH: Availability.DEAD}
    assert without_store(dead) == dead
