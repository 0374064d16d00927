"""Redaction of a thousand profiles' secrets: as thorough, and small."""

from __future__ import annotations

import secrets
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.model.secret import Secret
from tray_app.system.log import Redaction

ORG = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"


def a_token() -> str:
    """In Webex's format."""
    return f"{secrets.token_urlsafe(48)}_PF84_{ORG}"


@pytest.fixture(scope="module")
def many() -> tuple[Redaction, list[str]]:
    redaction, values = Redaction(), [a_token() for _ in range(500)]
    for value in values:
        redaction.add([Secret(value)])
    return redaction, values


def test_each_of_many_is_found_and_named(many: tuple[Redaction, list[str]]) -> None:
    redaction, values = many
    for value in values[::50]:
        shown = f"<{Secret(value).fingerprint}>"
        assert redaction.redact(f"a {value} b") == f"a {shown} b"
        assert redaction.redact(f"a {value[5:13]} b") == f"a {shown} b"


@given(st.data())
def test_any_eight_characters_of_any_of_many_are_hidden(
    many: tuple[Redaction, list[str]], data: st.DataObject
) -> None:
    redaction, values = many
    value = data.draw(st.sampled_from(values))
    start = data.draw(st.integers(0, 64 - 8))
    length = data.draw(st.integers(8, 64 - start))
    piece = value[start : start + length]
    around = data.draw(st.text(alphabet="ab \n", max_size=12))
    assert piece not in redaction.redact(f"{around}{piece}{around}")


def test_other_texts_stay(many: tuple[Redaction, list[str]]) -> None:
    """The index alone may report a chunk that it does not contain."""
    text = "\n".join(a_token() for _ in range(50))
    assert many[0].redact(text) == text


def test_of_two_with_the_same_beginning_the_right_one_is_named() -> None:
    redaction = Redaction()
    one, other = (
        Secret("eyJhbGciOiJIUzI1NiJ9.one.0123456789"),
        Secret("eyJhbGciOiJIUzI1NiJ9.two.98"),
    )
    redaction.add([one, other])
    assert redaction.redact(other.reveal()) == f"<{other.fingerprint}>"
    assert redaction.redact(one.reveal()) == f"<{one.fingerprint}>"


def test_the_same_secret_again_costs_nothing() -> None:
    """A profile tells its secrets each time that it reads the keyring."""
    redaction, value = Redaction(), a_token()
    redaction.add([Secret(value)])
    before = redaction._length
    redaction.add([Secret(value)] * 100)
    assert redaction._length == before


def test_a_secret_takes_two_kilobytes_at_most() -> None:
    redaction, values = Redaction(), [Secret(a_token()) for _ in range(200)]
    tracemalloc.start()
    redaction.add(values)
    redaction.redact("x" * 100)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / len(values) < 2048
