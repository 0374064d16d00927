"""Advice on a keyring, in the words of each system."""

import pytest

from tray_app.text import keyring


@pytest.mark.parametrize(
    ("platform", "names", "place", "start"),
    [
        (
            "linux",
            "gnome-keyring, KWallet, KeePassXC",
            "the keyring",
            "Start or install a keyring",
        ),
        (
            "win32",
            "Credential Manager",
            "the Credential Manager",
            "Start Windows' Cred",
        ),
        ("darwin", "the login keychain", "the login keychain", "Unlock the login keychain"),
    ],
)
def test_advice_names_the_keyring_of_this_system(
    platform: str, names: str, place: str, start: str
) -> None:
    assert (keyring.names(platform), keyring.place(platform)) == (names, place)
    assert keyring.start(platform).startswith(start)
