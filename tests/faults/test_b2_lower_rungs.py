"""B2: whatever is answered to rung 2 and rung 3, once the rungs above have had a definite no."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Measure
from tests.faults.outcomes import (
    AUTHORIZE,
    CORRECT_IDS,
    PUT_APP_SECRET,
    PUT_INTEGRATION_SECRET,
    RE_AUTHORIZE,
    Nothing,
    Renewed,
    Stuck,
    verify_nothing,
    verify_renewed,
    verify_stuck,
)
from tests.faults.relay import Endpoint, Spoil
from tests.faults.scene import Scene, scene
from tests.faults.table import Bar, rounds, sampled
from tests.faults.token_answers import (
    CONNECTION,
    ODD,
    PAGE,
    SERVER_ERROR,
    THROTTLED,
    Outcome,
    rfc6749,
    wrapped,
)
from tests.raw_server import reply

BAR = Bar("B2", "token endpoint", least=rounds(60, 163))

ONE, TWO, THREE = Endpoint.RUNG_1, Endpoint.RUNG_2, Endpoint.RUNG_3
LEGS = {TWO: (ONE, TWO), THREE: (ONE, TWO, THREE)}


def no_answers() -> Iterator[tuple[str, Spoil, Outcome]]:
    """What stops a climb at any rung."""
    yield "429, Retry-After 60", Spoil(reply(429, b"", Retry_After="60")), Nothing(THROTTLED, 60)
    yield "423", Spoil(reply(423, wrapped("Locked."))), Nothing(THROTTLED)
    yield "500", Spoil(reply(500, wrapped("Oops."))), Nothing(SERVER_ERROR)
    yield "503 in HTML", Spoil(reply(503, PAGE)), Nothing(SERVER_ERROR)
    yield "a portal's 200", Spoil(reply(200, PAGE)), Nothing(ODD)
    yield "a portal's 401", Spoil(reply(401, PAGE)), Nothing(ODD)
    yield "token null", Spoil(reply(200, b'{"access_token": null}')), Nothing(ODD)
    yield "an array", Spoil(reply(200, b"[]")), Nothing(ODD)
    elsewhere = reply(307, b"", Location="http://127.0.0.1:9/elsewhere")
    yield "a redirect", Spoil(elsewhere), Nothing(ODD)
    yield "no word", Spoil(strike=lambda _: None), Nothing(CONNECTION)


def noes_to_rung_2() -> Iterator[tuple[str, Spoil, Outcome]]:
    """Webex does not mint."""
    secret = "Webex token rejected: Webex refuses the app's client secret"
    ids = "Webex token rejected: Webex does not know the app or organization"
    right = "Webex token rejected: Webex does not allow a new one"
    both = (*LEGS[THREE], TWO)
    for status in (401, 403):
        once = Spoil(reply(status, wrapped("No.")), times=1)
        yield f"{status} to the pasted token alone", once, Renewed(by=both)
    forbidden = Spoil(reply(403, wrapped("The app is not authorized.")))
    renewed = ("access",)  # rung 3 acts once: another account may have the right
    yield "403 to everybody", forbidden, Stuck(right, AUTHORIZE, by=both, gained=renewed)
    for status in (400, 404):
        unknown = Spoil(reply(status, wrapped("No such service app.")))
        yield f"{status}, unknown app", unknown, Stuck(ids, CORRECT_IDS, by=LEGS[TWO])
    for status in (400, 401):
        refused = Spoil(reply(status, wrapped("The client secret is wrong.")))
        yield f"{status}, client secret", refused, Stuck(secret, PUT_APP_SECRET, by=LEGS[TWO])


def noes_to_rung_3() -> Iterator[tuple[str, Spoil, Outcome]]:
    """Webex does not renew the personal access token."""
    ended = Stuck("Webex token rejected: sign-in needed", RE_AUTHORIZE, by=LEGS[THREE])
    secret = Stuck(
        "Webex token rejected: Webex refuses the integration's client secret",
        PUT_INTEGRATION_SECRET,
        by=LEGS[THREE],
    )
    for status in (400, 401):
        yield f"{status} invalid_grant", Spoil(reply(status, rfc6749("invalid_grant"))), ended
        yield f"{status}, wrapped", Spoil(reply(status, wrapped("It has expired."))), ended
        yield f"{status} invalid_client", Spoil(reply(status, rfc6749("invalid_client"))), secret


CASES = [
    *((case, TWO) for case in noes_to_rung_2()),
    *((case, THREE) for case in noes_to_rung_3()),
    *sampled([*no_answers()], [TWO, THREE]),
]
NAMES = [f"rung {2 if method is TWO else 3}, {case[0]}" for case, method in CASES]


def bring_down_to(method: Endpoint, made: Scene) -> None:
    """Let the rungs above have a definite no from Webex itself."""
    made.webex.revoke_service_refresh()
    if method is THREE:
        made.webex.revoke_personal()


@pytest.mark.parametrize(
    ("method", "spoil", "expected"), [(method, *case[1:]) for case, method in CASES], ids=NAMES
)
def test_an_answer_to_a_lower_rung(
    tmp_path: Path, figure: Measure, method: Endpoint, spoil: Spoil, expected: Outcome
) -> None:
    """The same rules hold on each rung."""
    with scene(tmp_path) as made:
        made.die()
        bring_down_to(method, made)
        kept = made.kept()
        health = made.refresh_through(method, spoil)
        if isinstance(expected, Nothing):
            assert tuple(made.relay.asked) == LEGS[method]
            verify_nothing(made, health, kept, expected, figure)
        elif isinstance(expected, Renewed):
            verify_renewed(made, health, kept, expected)
        else:
            verify_stuck(made, health, kept, expected)
