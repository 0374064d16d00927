"""requests without the library that guesses encodings."""

from __future__ import annotations

import pytest

from tests.said_by_python import said_by_python

ASK = """
import sys
{first}
from tray_app.webex.light import import_requests
import_requests()
import requests, tray_app.webex.client
print("charset_normalizer" in sys.modules, requests.compat.chardet is None)
import charset_normalizer
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("first", "expected"), [("", "False True"), ("import requests", "True False")]
)
def test_it_is_left_out_unless_it_is_in_use(first: str, expected: str) -> None:
    """Without a warning, and whoever needs it can still import it."""
    assert said_by_python(ASK.format(first=first)) == (expected, "")
