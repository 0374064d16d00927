"""Text of others does nothing to the terminal that shows it, and hides nothing."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from tray_app.model.printable import one_line, printable, quoted

ODD = "\x1b[2K\r\x9b31m\u202e\u200b\u2028\x08\udcff\ud800"


def test_what_a_terminal_obeys_or_does_not_show_is_escaped() -> None:
    assert printable("plain ünï\\x") == "plain ünï\\x"
    said = printable(f"a\n{ODD}")
    assert said == r"a\n\x1b[2K\r\x9b31m\u202e\u200b\u2028\x08\udcff\ud800"
    assert said.isprintable()


@pytest.mark.parametrize(
    "odd",
    [
        *"\ufe00\U000e01ef\u3164\u115f\u1160\uffa0\ufe0f\U000e0100\u034f\u17b4\u17b5\u180b\u180f\u2800\U0001d159\u2066"
    ],
)
def test_what_looks_like_nothing_or_a_space_is_escaped(odd: str) -> None:
    escaped = odd.encode("unicode_escape").decode()
    assert printable(f"a{odd}b") == f"a{escaped}b"
    assert odd not in one_line(f"a{odd}b")
    assert odd not in quoted(f"a{odd}b")


def test_marks_are_shown_on_a_letter_and_two_at_most() -> None:
    """A path on macOS has its accents as marks; Vietnamese has two on one letter."""
    assert printable("e\u0301, e\u0302\u0323") == "e\u0301, e\u0302\u0323"
    assert printable("\u0301 \u0301") == r"\u0301 \u0301"
    assert printable("e\u20dd \u20dd") == "e\u20dd" + r" \u20dd"  # an enclosing one
    assert printable("\u200b\u0301") == r"\u200b\u0301"
    assert (
        printable("e\u0301\u0301\u0301\u0301!e\u0301")
        == "e\u0301\u0301" + r"\u0301\u0301!e" + "\u0301"
    )


def test_in_one_line_a_space_stands_for_it() -> None:
    assert one_line(" a\n\x1b b ") == "a b"


def test_a_command_is_shown_as_a_shell_takes_it() -> None:
    assert quoted("make", "it so") == "make 'it so'"
    assert quoted("odd\n") == r"$'odd\x0a'"
    assert quoted("\udc7f\udd00") == r"$'\xed\xb1\xbf\xed\xb4\x80'"  # they stand for no bytes
    assert quoted("\udc80\udcff") == r"$'\x80\xff'"
    said = quoted("sh", f"it's \\ {ODD}")
    assert said.isprintable()
    assert said.startswith(r"sh $'it\'s \\ \x1b[2K\x0d\xc2\x9b31m\xe2\x80\xae")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (r"C:\Users\sam\token-config.json", r"C:\Users\sam\token-config.json"),
        (r"C:\日本\c.json", r"C:\日本\c.json"),
        (r"C:\my bots & co\c.json", r'"C:\my bots & co\c.json"'),
        (r"C:\it's\c.json", '"C:\\it\'s\\c.json"'),
        (r"\\server\a share\c.json", r'"\\server\a share\c.json"'),
        (r"C:\it's $HOME\c.json", r"'C:\it''s $HOME\c.json'"),
    ],
)
def test_a_path_of_windows_is_quoted_as_its_shells_take_it(path: str, shown: str) -> None:
    """cmd knows double quotes only; for PowerShell, `$` and a backtick count within them."""
    assert quoted("allow", path) == f"allow {shown}"


def test_what_only_begins_as_such_a_path_is_one_word_of_a_shell() -> None:
    """A command of a config that was found could show a word as several."""
    word = r'C:\"; make mess; "'
    assert shlex.split(quoted(word)) == [word]


@pytest.mark.process
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_reads_the_very_bytes() -> None:
    word = "it's \\ \x1b[2K\r\u202ea\udcffb\n"
    said = subprocess.run(
        ["bash", "-c", f"printf %s {quoted(word)}"],
        capture_output=True,
        check=True,
    )
    assert said.stdout == word.encode("utf-8", "surrogateescape")
