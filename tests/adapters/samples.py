"""Values that the tests of the adapters share."""

from tray_app.core.credentials import Pair
from tray_app.core.secret import Secret

ORG = "6078fba4-49d9-4291-9f7b-80116aab6974"


def token(letter: str) -> Secret:
    """A token in the form of Webex's: 106 characters (webex-api.md §7)."""
    return Secret(f"{letter * 64}_PF84_{ORG}")


def pair(letters: str) -> Pair:
    """A pair of such tokens, from two letters."""
    access, refresh = letters
    return Pair(token(access), token(refresh))
