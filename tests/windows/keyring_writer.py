"""Writes a secret so many times, and counts how often it is not there afterwards; prints JSON."""

from __future__ import annotations

import json
import sys

from tray_app.secrets.keyring_store import KeyringStore


def main(name: str, times: str) -> None:
    """Each value is read twice: at once, and before the next one is written."""
    store, lost, last = KeyringStore(), 0, store_value(0)
    store.set(name, last, prompt=False)
    for number in range(1, int(times)):
        lost += store.get(name, prompt=False) != last
        last = store_value(number)
        store.set(name, last, prompt=False)
        lost += store.get(name, prompt=False) != last
    store.remove(name, prompt=False)
    print(json.dumps({"lost": lost}))


def store_value(number: int) -> str:
    return f"{number} " + "x" * 400


if __name__ == "__main__":
    main(*sys.argv[1:])
