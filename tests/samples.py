"""Values and looks that the tests of the adapters share."""

from __future__ import annotations

import traceback
from pathlib import Path

from tray_app.model.credentials import Pair
from tray_app.model.secret import Secret

ORG = "6078fba4-49d9-4291-9f7b-80116aab6974"
TESTS = str(Path(__file__).parents[1])


def token(letter: str) -> Secret:
    """A token in Webex's format: 106 characters."""
    return Secret(f"{letter * 64}_PF84_{ORG}")


def pair(letters: str) -> Pair:
    """A pair of such tokens, from two letters."""
    return Pair(token(letters[0]), token(letters[1]))


def everything_shown(error: BaseException) -> str:
    """All that a log or a debugger could show of an error: texts, attributes, the chain of causes,
    and every local variable of every frame but those of the tests."""
    shown, chain = [], [error]
    while chain:
        each = chain.pop()
        shown += [str(each), repr(each), repr(each.args), repr(vars(each))]
        trace = traceback.TracebackException.from_exception(each, capture_locals=True)
        shown += [
            f"{frame.name}: {frame.locals}"
            for frame in trace.stack
            if not frame.filename.startswith(TESTS)
        ]
        chain += [other for other in (each.__cause__, each.__context__) if other is not None]
    return "\n".join(shown)
