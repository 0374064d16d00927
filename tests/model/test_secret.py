"""A secret does not show itself, however it is asked."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import often
from tray_app.model.secret import INVALID_BEARER_TOKEN, Secret

VALUE = "MzY5ZTk4-do-not-show-me-N2U4_PF84_1eb65fdf"
SECRET = Secret(VALUE)


@dataclass(frozen=True)
class Holder:
    secret: Secret


def a_log_line(*_: object) -> str:
    record = logging.LogRecord("name", logging.INFO, "path", 1, "%s %r", (SECRET, SECRET), None)
    return logging.Formatter().format(record)


def fail_with(secret: Secret) -> None:
    held = Holder(secret)
    raise ValueError(secret, held)


def a_traceback_with_locals(secret: Secret) -> str:
    try:
        fail_with(secret)
    except ValueError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        return "".join(shown.format())
    return ""


PRINTED: dict[str, Callable[[Secret], str]] = {
    "str": str,
    "repr": repr,
    "ascii": ascii,
    "format": format,
    "f-string": lambda secret: f"{secret} {secret!s} {secret!r} {secret!a} {secret=}",
    "percent": lambda secret: "%s %r %a" % (secret, secret, secret),  # noqa: UP031 - on purpose
    "str.format": lambda secret: "{} {!r} {:}".format(secret, secret, secret),  # noqa: UP032
    "in a list": lambda secret: str([secret, {secret: secret}]),
    "in a dataclass": lambda secret: repr(Holder(secret)),
    "pprint": lambda secret: pprint.pformat([Holder(secret)]),
    "in an exception": lambda secret: str(KeyError(secret)),
    "in a log line": a_log_line,
    "in a traceback with locals": a_traceback_with_locals,
    "what it has": lambda secret: f"{dir(secret)} {secret.fingerprint} {secret.digest}",
}


@pytest.mark.parametrize("printed", PRINTED.values(), ids=PRINTED)
def test_no_way_of_printing_shows_any_piece_of_it(printed: Callable[[Secret], str]) -> None:
    """The fingerprint stands for it, and not even eight characters of the value do."""
    text = printed(SECRET)
    assert SECRET.fingerprint in text
    assert not any(VALUE[i : i + 8] in text for i in range(len(VALUE) - 7))


REFUSED: dict[str, Callable[[Secret], Any]] = {
    "pickle": pickle.dumps,
    "pickle by protocol 0": lambda secret: pickle.dumps(secret, protocol=0),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "asdict": lambda secret: asdict(Holder(secret)),
    "astuple": lambda secret: astuple(Holder(secret)),
    "json": json.dumps,
    "vars": vars,
    "a format of one's own": lambda secret: f"{secret:>80}",
}


@pytest.mark.parametrize("taken_out", REFUSED.values(), ids=REFUSED)
def test_it_is_not_taken_out_by_accident(taken_out: Callable[[Secret], Any]) -> None:
    """What would write the value elsewhere is refused, in words that do not hold it."""
    with pytest.raises(TypeError) as refused:
        taken_out(SECRET)
    assert VALUE not in str(refused.value)


def test_who_tries_to_pickle_it_is_told_why_not() -> None:
    """In a sentence, where Python itself would only name a method."""
    told = r"^a Secret cannot be pickled or copied$"
    with pytest.raises(TypeError, match=told):
        pickle.dumps(SECRET)


def test_reveal_is_the_one_way_out() -> None:
    """And gives exactly what went in."""
    assert SECRET.reveal() == VALUE


def test_facts_are_kept_by_its_sha_256() -> None:
    """FIPS 180-2's example; people see the first eight characters."""
    secret = Secret("abc")
    assert secret.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert secret.fingerprint == "ba7816bf"
    assert repr(secret) == "Secret(ba7816bf)"


@often
@given(st.text(), st.text())
def test_two_secrets_are_equal_when_their_values_are(one: str, other: str) -> None:
    """Any text can be a secret, and none is equal to the bare text."""
    assert Secret(one) == Secret(one)
    assert hash(Secret(one)) == hash(Secret(one))
    assert (Secret(one) == Secret(other)) is (one == other)
    assert Secret(one) != one
    assert Secret(one) == ANY  # whatever else is on the other side decides for itself


def test_a_lone_surrogate_which_json_may_hold_raises_nothing() -> None:
    """An encoding error would carry the whole value."""
    odd = Secret(json.loads('"\\ud800"'))
    assert odd.digest != Secret("").digest
    assert odd == Secret("\ud800")
    assert not odd.is_bearer


@pytest.mark.parametrize(
    ("value", "bearer"),
    [
        (VALUE, True),
        ("a", True),
        ("AZaz09-._~+/", True),
        ("abc=", True),
        ("abc==", True),
        ("", False),
        ("=", False),
        ("ab=c", False),
        ("a b", False),
        (" abc", False),
        ("abc\n", False),
        ("abc\r\nX-Injected: 1", False),
        ("'abc'", False),
        ("${HOME}", False),
        ("äbc", False),
        ("٣", False),
    ],
)
def test_a_bearer_token_has_the_form_of_rfc_6750(value: str, bearer: bool) -> None:
    """What may go into a header and into `.env` unquoted, and nothing else."""
    assert Secret(value).is_bearer is bearer


def test_a_token_that_is_none_is_well_formed_and_says_so_itself() -> None:
    """Else it would not be sent; and who finds it in the log of a proxy need not be alarmed."""
    assert INVALID_BEARER_TOKEN.is_bearer
    words = INVALID_BEARER_TOKEN.reveal().replace("-", " ")
    assert words == "webex token tray asks with a token that is nobodys"
