"""The man page has every command and option, and troff takes no text of it for a request."""

from tests.command_reference import commands, own_options
from tests.man_page import page

REQUESTS = {".TH", ".SH", ".SS", ".TP", ".PP", ".nf", ".fi"}


def test_it_has_every_command_and_option() -> None:
    text = page(0).replace("\\-", "-")
    for command, way in commands():
        section = text.split(f".SS {' '.join(way)}\n")[1].split("\n.S")[0]
        for option in own_options(command):
            assert option.opts[-1] in section, (way, option.opts)


def test_no_line_is_taken_for_a_request() -> None:
    lines = page(0).splitlines()
    assert {line.split()[0] for line in lines if line.startswith((".", "'"))} == REQUESTS
    assert lines[0].startswith('.TH WEBEX-TOKEN-TRAY 1 "1970-01-01"')
    assert not [line for line in lines if "`" in line]
