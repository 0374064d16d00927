"""Loads requests without charset_normalizer, which guesses encodings: our answers are JSON."""

from __future__ import annotations

import sys
import warnings

_GUESSES = ("chardet", "charset_normalizer")


def import_requests() -> None:
    """Import it, unless that was done. For a process that is this program: others may need the
    guess."""
    if "requests" in sys.modules:
        return
    absent = [name for name in _GUESSES if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: as if not installed
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import requests  # noqa: F401
    finally:
        for name in absent:
            sys.modules.pop(name, None)
