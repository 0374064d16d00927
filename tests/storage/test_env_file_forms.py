"""`.env` in any form: both tokens go in, and every other byte stays."""

from __future__ import annotations

import io
from pathlib import Path

import dotenv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.env_file import EnvFile
from tests.samples import token
from tests.storage.env_samples import NEW, A, R, filled, written
from tray_app.model.credentials import Pair
from tray_app.model.errors import EnvFileError
from tray_app.model.variables import ACCESS, REFRESH
from tray_app.storage.output_file import EnvTokens


def as_dotenv_reads(path: Path) -> tuple[str | None, str | None]:
    """What python-dotenv makes of it, with all its defaults."""
    values = dotenv.dotenv_values(path)
    return values.get(ACCESS), values.get(REFRESH)


def as_a_script_reads(raw: bytes) -> tuple[str | None, str | None]:
    """What the scripts that we replace make of it: the last line wins."""
    values = {}
    for line in raw.decode("utf-8", "surrogateescape").splitlines():
        for key in (ACCESS, REFRESH):
            if line.removeprefix("\ufeff").startswith(f"{key}="):
                values[key] = line.split("=", 1)[1].strip()
    return values.get(ACCESS), values.get(REFRESH)


# What stands before, and what must stand afterwards: `{A}` and `{R}` are the new tokens. All of
# these are read alike by python-dotenv and by the scripts.
FORMS = {
    "empty": ("", "{ACCESS}={A}\n{REFRESH}={R}\n"),
    "both tokens": (
        "{ACCESS}=old\n{REFRESH}=older\n",
        "{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "other keys around": (
        "A=1\n{ACCESS}=old\nB=2\n{REFRESH}=older\nC=3\n",
        "A=1\n{ACCESS}={A}\nB=2\n{REFRESH}={R}\nC=3\n",
    ),
    "the other order": (
        "{REFRESH}=older\n{ACCESS}=old\n",
        "{REFRESH}={R}\n{ACCESS}={A}\n",
    ),
    "no last newline": (
        "{REFRESH}=older\n{ACCESS}=old",
        "{REFRESH}={R}\n{ACCESS}={A}",
    ),
    "no last newline, keys missing": ("A=1", "A=1\n{ACCESS}={A}\n{REFRESH}={R}\n"),
    "CRLF": (
        "A=1\r\n{ACCESS}=old\r\n{REFRESH}=older\r\n",
        "A=1\r\n{ACCESS}={A}\r\n{REFRESH}={R}\r\n",
    ),
    "CRLF, keys missing": ("A=1\r\n", "A=1\r\n{ACCESS}={A}\r\n{REFRESH}={R}\r\n"),
    "BOM": (
        "\ufeff{ACCESS}=old\n{REFRESH}=older\n",
        "\ufeff{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "BOM and nothing else": ("\ufeff", "\ufeff{ACCESS}={A}\n{REFRESH}={R}\n"),
    "single quotes": (
        "{ACCESS}='old'\n{REFRESH}='it\\'s'\n",
        "{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "double quotes": (
        '{ACCESS}="old"\n{REFRESH}="a \\" b"\n',
        "{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "quoted over several lines": (
        '{ACCESS}="old\nand more"\nA=1\n{REFRESH}=older\n',
        "{ACCESS}={A}\nA=1\n{REFRESH}={R}\n",
    ),
    "a backslash before the closing quote": (
        '{ACCESS}="old\\\\"\n{REFRESH}=older\nA="1"\n',
        '{ACCESS}={A}\n{REFRESH}={R}\nA="1"\n',
    ),
    "a hash inside the value": (
        "{ACCESS}=old#er\n{REFRESH}=#older\n",
        "{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "empty values": ("{ACCESS}=\n{REFRESH}=", "{ACCESS}={A}\n{REFRESH}={R}"),
    "spaces at the end": (
        "{ACCESS}=old  \n{REFRESH}=  \n",
        "{ACCESS}={A}  \n{REFRESH}=  {R}\n",
    ),
    "duplicates": (
        "{ACCESS}=old\n{REFRESH}=older\n{ACCESS}='x'\n",
        "{ACCESS}={A}\n{REFRESH}={R}\n{ACCESS}={A}\n",
    ),
    "a key inside another one's value": (
        "CERT='begin\n{ACCESS}=inside\nend'\n",
        "CERT='begin\n{ACCESS}=inside\nend'\n{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "a quote left open before": (
        "A='open\n{ACCESS}=old\n{REFRESH}=older\n",
        "A='open\n{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "commented out": (
        "#{ACCESS}=old\n  # {REFRESH}=older\n",
        "#{ACCESS}=old\n  # {REFRESH}=older\n{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "similar names": (
        "MY_{ACCESS}=mine\n{ACCESS}_OLD=x\nX{REFRESH}=y\n",
        "MY_{ACCESS}=mine\n{ACCESS}_OLD=x\nX{REFRESH}=y\n{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "another case": (
        "webex_service_app_access_token=x\n",
        "webex_service_app_access_token=x\n{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "lines that mean nothing": (
        "???\n\n=\nA B=1\n{ACCESS}=old\n",
        "???\n\n=\nA B=1\n{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "interpolation elsewhere": (
        "HOST=h\nURL=http://${{HOST}}/\n",
        "HOST=h\nURL=http://${{HOST}}/\n{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "a value that interpolates": (
        "{ACCESS}=${{OTHER}}\n",
        "{ACCESS}={A}\n{REFRESH}={R}\n",
    ),
    "the lines of an old Mac": (
        "A=1\r{ACCESS}=old\r{REFRESH}=older\r",
        "A=1\r{ACCESS}={A}\r{REFRESH}={R}\r",
    ),
}

# The same, but the form itself is one that the scripts cannot read.
FORMS_FOR_DOTENV = {
    "export": (
        "export {ACCESS}=old\nexport  {REFRESH}='older'\n",
        "export {ACCESS}={A}\nexport  {REFRESH}={R}\n",
    ),
    "spaces around the sign": (
        "{ACCESS} = old\n  {REFRESH}\t=\t'older'\n",
        "{ACCESS} = {A}\n  {REFRESH}\t=\t{R}\n",
    ),
    "an inline comment": (
        "{ACCESS}=old # keep\n{REFRESH}='older'  # me\n",
        "{ACCESS}={A} # keep\n{REFRESH}={R}  # me\n",
    ),
    "an inline comment with a quote": (
        '{ACCESS}="old\\\\" # it "matters"\n',
        '{ACCESS}={A} # it "matters"\n{REFRESH}={R}\n',
    ),
    "an empty value before a comment": (
        "{ACCESS}= # none yet\n{REFRESH} =\t# none\n",
        "{ACCESS}={A} # none yet\n{REFRESH} ={R}\t# none\n",
    ),
    "a key without a sign": (
        "{ACCESS}\nexport {REFRESH} # declared\n",
        "{ACCESS}={A}\nexport {REFRESH}={R} # declared\n",
    ),
    "a key in quotes": (
        "'{ACCESS}'='old'\n{REFRESH}=older\n",
        "'{ACCESS}'={A}\n{REFRESH}={R}\n",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_only_the_two_values_change_and_both_kinds_of_readers_find_them(
    path: Path, form: str
) -> None:
    """Every other byte stays as it was."""
    before, after = FORMS[form]
    raw = written(path, filled(before))
    assert raw == filled(after)
    assert as_dotenv_reads(path) == (A, R)
    if "\r" not in form and form != "a key inside another one's value":
        assert as_a_script_reads(raw) == (A, R)
    assert EnvFile(path).read() == EnvTokens(NEW.access, NEW.refresh)


@pytest.mark.parametrize("form", FORMS_FOR_DOTENV)
def test_a_form_that_only_dotenv_understands_is_kept(path: Path, form: str) -> None:
    """It is the person's choice, not ours."""
    before, after = FORMS_FOR_DOTENV[form]
    assert written(path, filled(before)) == filled(after)
    assert as_dotenv_reads(path) == (A, R)
    assert EnvFile(path).read() == EnvTokens(NEW.access, NEW.refresh)


def test_bytes_that_are_no_text_stay(path: Path) -> None:
    """A file in Latin-1, or with a binary value."""
    before = b"NAME=Ren\xe9\nX=\xff\xfe\x00\n" + filled("{ACCESS}=old\n")
    raw = written(path, before)
    assert raw == b"NAME=Ren\xe9\nX=\xff\xfe\x00\n" + filled("{ACCESS}={A}\n{REFRESH}={R}\n")
    assert as_a_script_reads(raw) == (A, R)
    assert EnvFile(path).read() == EnvTokens(NEW.access, NEW.refresh)


def test_a_second_byte_order_mark_is_kept(path: Path) -> None:
    """Of two marks the parser drops more than one; none may be lost."""
    raw = written(path, b"\xef\xbb\xbf\xef\xbb\xbfA=1\n")
    assert raw == b"\xef\xbb\xbf\xef\xbb\xbfA=1\n" + filled("{ACCESS}={A}\n{REFRESH}={R}\n")


def test_a_file_with_the_tokens_already_is_not_touched(path: Path) -> None:
    """Not even its times."""
    written(path, b"")
    before = path.stat()
    EnvFile(path).write(NEW)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_without_a_refresh_token_its_variable_stays(path: Path) -> None:
    """An unknown refresh token is no reason to delete one."""
    path.write_bytes(filled("{ACCESS}=old\n{REFRESH}=older\n"))
    EnvFile(path).write(Pair(NEW.access, None))
    assert path.read_bytes() == filled("{ACCESS}={A}\n{REFRESH}=older\n")


LINES = st.lists(
    st.one_of(
        st.builds(
            "{}{}{}{}{}{}".format,
            st.sampled_from(["", " ", "export ", "#", "\t", "MY_", "\n"]),
            st.sampled_from([ACCESS, REFRESH, "OTHER", f"'{ACCESS}'"]),
            st.sampled_from(["", "=", " = ", "=\t", "_OLD="]),
            st.sampled_from(["", "'", '"', "''", "\\"]),
            st.text(alphabet="ab#=$\\{}'\" \u00a0\x85\x0b\u2028\u00e9", max_size=8),
            st.sampled_from(["\n", "\r\n", "\r", "'\n", '"\n', "\\'\n", " # c\n", ""]),
        ),
        st.text(max_size=12),
    ),
    max_size=6,
).map("".join)


@settings(deadline=None)  # each example waits for a disk
@given(before=st.one_of(LINES.map(lambda text: text.encode("utf-8", "ignore")), st.binary()))
def test_any_file_takes_the_pair_or_stays_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, before: bytes
) -> None:
    """Either both tokens are found afterwards and nothing else has changed, or nothing at all."""
    folder = tmp_path_factory.mktemp("any")
    path = folder / ".env"
    path.write_bytes(before)
    try:
        old = EnvFile(path).read()
        EnvFile(path).write(NEW)
    except EnvFileError:
        assert path.read_bytes() == before
        return
    finally:
        assert list(folder.iterdir()) == [path]
    after = path.read_bytes()
    assert EnvFile(path).read() == EnvTokens(NEW.access, NEW.refresh)
    assert others(after) == others(before)
    # Without the two values there is nothing new but signs and line ends, and nothing is gone.
    rest = after.replace(A.encode(), b"").replace(R.encode(), b"")
    if old == EnvTokens(None, None) and ACCESS.encode() not in before:
        assert rest.startswith(before[: before.find(REFRESH.encode())])
    assert is_within(without_values(before), rest)


def others(raw: bytes) -> dict[str, str | None]:
    """What python-dotenv reads of all the other keys."""
    text = io.StringIO(raw.decode("utf-8", "surrogateescape"), newline="")
    values = dotenv.dotenv_values(stream=text, interpolate=False)
    return {key: value for key, value in values.items() if key not in {ACCESS, REFRESH}}


def without_values(raw: bytes) -> bytes:
    """The file without the values of our keys, as python-dotenv delimits them."""
    from dotenv.parser import parse_stream

    text = raw.decode("utf-8", "surrogateescape")
    kept = []
    for binding in parse_stream(io.StringIO(text, newline="")):
        line = binding.original.string
        if binding.key in {ACCESS, REFRESH} and binding.value is not None:
            line = line.partition("=")[0] + "="  # a comment behind it is checked by the forms
        kept.append(line)
    return "".join(kept).encode("utf-8", "surrogateescape")


def is_within(part: bytes, whole: bytes) -> bool:
    """Whether all bytes of the part are found in the whole, in their order."""
    rest = iter(whole)
    return all(byte in rest for byte in part)


def test_the_tokens_of_these_tests_look_like_webexs() -> None:
    """A reminder of how long they are."""
    assert len(token("a").reveal()) == 106
