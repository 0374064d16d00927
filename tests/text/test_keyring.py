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
            "Start or install a keyring (gnome-keyring, KWallet, KeePassXC)",
        ),
        (
            "win32",
            "Credential Manager",
            "the Credential Manager",
            "Start Windows' Credential Manager (the service VaultSvc)",
        ),
        (
            "darwin",
            "the login keychain",
            "the login keychain",
            "Unlock the login keychain (Keychain Access)",
        ),
    ],
)
def test_advice_names_the_keyring_of_this_system(
    platform: str, names: str, place: str, start: str
) -> None:
    assert (keyring.names(platform), keyring.place(platform)) == (names, place)
    assert keyring.start(platform) == start
