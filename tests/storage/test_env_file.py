"""`.env`: both tokens go in together, and every other byte stays."""

from __future__ import annotations

import io
import os
import stat
import threading
from pathlib import Path

import dotenv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.samples import pair, token
from tray_app.model.credentials import Pair
from tray_app.model.errors import EnvFileError
from tray_app.model.secret import Secret
from tray_app.model.variables import ACCESS, REFRESH
from tray_app.storage.env_file import EnvFile, EnvTokens
from tray_app.system import atomic_file

OLD, NEW = pair("or"), pair("nw")
A, R = NEW.access.reveal(), NEW.refresh.reveal() if NEW.refresh else ""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def written(path: Path, before: bytes) -> bytes:
    path.write_bytes(before)
    EnvFile(path).write(NEW)
    return path.read_bytes()


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


# --- the forms of a file ----------------------------------------------------------------------

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


def filled(form: str) -> bytes:
    return form.format(ACCESS=ACCESS, REFRESH=REFRESH, A=A, R=R).encode()


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


# --- reading ----------------------------------------------------------------------------------


def test_a_missing_file_carries_no_tokens(path: Path) -> None:
    """Which is no error: ours are put there."""
    assert EnvFile(path).read() == EnvTokens(None, None)


@pytest.mark.parametrize(
    "value",
    ["", "''", "'two words'", '"two\nlines"', "gr\u00fc\u00dfe", "${OTHER}", "a;b", "\x00"],
)
def test_what_cannot_be_a_token_counts_as_none(path: Path, value: str) -> None:
    """It could not even be sent (RFC 6750 §2.1): a header with it would break the request."""
    path.write_text(f"{ACCESS}={value}\n", encoding="utf-8")
    assert EnvFile(path).read().access is None


def test_undecodable_bytes_are_no_token(path: Path) -> None:
    """They must not surface later, as an error without a name."""
    path.write_bytes(f"{ACCESS}=".encode() + b"\xff\xfe\n")
    assert EnvFile(path).read().access is None


def test_the_last_of_two_counts(path: Path) -> None:
    """As python-dotenv has it."""
    path.write_text(f"{ACCESS}=first\n{ACCESS}=second\n")
    assert EnvFile(path).read().access == Secret("second")


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["", "two words", "a\nEVIL=1", "a\r", "${HOME}", "'a'", "a#b", "t\u00f6ken", "a=b"]
)
@pytest.mark.parametrize("which", ["access", "refresh"])
def test_what_is_no_bearer_token_is_refused_and_the_file_untouched(
    path: Path, value: str, which: str
) -> None:
    """It could inject a line or be expanded; the message does not repeat it."""
    path.write_bytes(b"A=1\n")
    odd = Secret(value)
    bad = Pair(odd, NEW.refresh) if which == "access" else Pair(NEW.access, odd)
    with pytest.raises(EnvFileError, match=r"not a bearer token \(RFC 6750\)") as caught:
        EnvFile(path).write(bad)
    assert len(value) < 4 or value not in str(caught.value)
    assert path.read_bytes() == b"A=1\n"


def test_a_directory_is_named_as_the_fault(path: Path) -> None:
    """Reading and writing alike."""
    path.mkdir()
    for deed in (EnvFile(path).read, lambda: EnvFile(path).write(NEW)):
        with pytest.raises(EnvFileError, match="it is not a regular file"):
            deed()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_is_not_waited_for(path: Path) -> None:
    """Opening one for reading would last until somebody writes."""
    os.mkfifo(path)
    with pytest.raises(EnvFileError, match="it is not a regular file"):
        EnvFile(path).read()


@pytest.mark.skipif(os.name != "posix", reason="no such device")
def test_of_an_endless_device_nothing_is_read() -> None:
    """`/dev/zero` would fill the memory."""
    with pytest.raises(EnvFileError, match="it is not a regular file"):
        EnvFile(Path("/dev/zero")).read()


def test_a_huge_file_is_refused(path: Path) -> None:
    """Most likely the wrong file; 1 MiB is still taken."""
    path.write_bytes(b"#" * atomic_file.MAX_BYTES)
    assert EnvFile(path).read() == EnvTokens(None, None)
    path.write_bytes(b"#" * (atomic_file.MAX_BYTES + 1))
    with pytest.raises(EnvFileError, match="larger than 1 MiB"):
        EnvFile(path).write(NEW)
    assert path.stat().st_size == atomic_file.MAX_BYTES + 1


@pytest.mark.parametrize("spare", [0, 1, 100])
def test_a_file_near_the_limit_is_not_written_past_it(path: Path, spare: int) -> None:
    """It was, and could never be read again; before a token is spent this is known already."""
    path.write_bytes(before := b"#" * (atomic_file.MAX_BYTES - 1 - spare) + b"\n")
    for deed in (EnvFile(path).reserve, lambda: EnvFile(path).write(NEW)):
        with pytest.raises(EnvFileError, match=r"larger than 1 MiB.*remove what is old") as caught:
            deed()
        assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_fits_by_a_hair_is_written_and_read_again(path: Path) -> None:
    """Up to the very limit."""
    lines = filled("{ACCESS}={A}\n{REFRESH}={R}\n")
    path.write_bytes(b"#" * (atomic_file.MAX_BYTES - 1 - len(lines)) + b"\n")
    EnvFile(path).write(NEW)
    assert path.stat().st_size == atomic_file.MAX_BYTES
    assert EnvFile(path).read() == EnvTokens(NEW.access, NEW.refresh)


@pytest.mark.parametrize(
    "before",
    [b"\xff\xfe", *("A=1\r\n".encode(e) for e in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"))],
)
def test_utf_16_is_refused_by_name(path: Path, before: bytes) -> None:
    """As Windows PowerShell's `>` writes it: ASCII was appended to it, which nobody reads."""
    path.write_bytes(before)
    for deed in (EnvFile(path).read, EnvFile(path).reserve, lambda: EnvFile(path).write(NEW)):
        with pytest.raises(EnvFileError, match=r"UTF-16.*save it as UTF-8") as caught:
            deed()
        assert str(path) in str(caught.value)
    assert path.read_bytes() == before


# --- room for a pair that is yet to come --------------------------------------------------------


def test_a_reservation_is_used_by_the_next_write(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is made anew by then: the disk may be full."""
    path.write_bytes(b"A=1\n")
    env = EnvFile(path)
    env.reserve()
    monkeypatch.setattr("os.mkdir", lambda *_, **__: pytest.fail("a second folder"))
    env.write(NEW)
    assert path.read_bytes() == filled("A=1\n{ACCESS}={A}\n{REFRESH}={R}\n")
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("edit", ["content", "link"])
def test_a_reservation_that_no_longer_fits_is_made_anew(path: Path, edit: str) -> None:
    """The file was edited, or its name leads elsewhere since."""
    real = path.with_name("real.env")
    real.write_bytes(b"A=1\n")
    path.symlink_to(real)
    env = EnvFile(path)
    env.reserve()
    if edit == "content":
        real.write_bytes(b"B=2\n")
    else:
        path.unlink()
        path.write_bytes(b"B=2\n")
    env.write(NEW)
    assert path.read_bytes() == filled("B=2\n{ACCESS}={A}\n{REFRESH}={R}\n")
    assert sorted(path.parent.iterdir()) == [path, real]


def test_a_reservation_is_released(path: Path) -> None:
    """If nothing came of it; any number of times."""
    env = EnvFile(path)
    env.reserve()
    assert [found.name[:18] for found in path.parent.iterdir()] == [".webex-token-tray."]
    env.reserve()
    assert len(list(path.parent.iterdir())) == 1
    env.release()
    env.release()
    assert list(path.parent.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_env_fault(tmp_path: Path) -> None:
    """It is not made: the path is probably misspelt."""
    with pytest.raises(EnvFileError, match="cannot be written: No such file or directory"):
        EnvFile(tmp_path / "nowhere" / ".env").write(NEW)
    assert not (tmp_path / "nowhere").exists()


def test_a_link_to_itself_is_an_env_fault(path: Path) -> None:
    """Not a RuntimeError from deep inside."""
    path.symlink_to(path)
    with pytest.raises(EnvFileError, match="cannot be read"):
        EnvFile(path).write(NEW)


def test_tokens_that_a_reader_would_not_find_are_not_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is about to be written is read first."""
    path.write_bytes(before := filled("{ACCESS}=old\n"))
    monkeypatch.setattr("tray_app.storage.env_file._HEAD", io)  # forces the way out below
    monkeypatch.setattr("tray_app.storage.env_file._with_value", lambda line, _: line)
    with pytest.raises(EnvFileError, match="look for a quote left open"):
        EnvFile(path).write(NEW)
    assert path.read_bytes() == before


# --- one atomic replace -----------------------------------------------------------------------


@pytest.mark.slow
def test_no_reader_ever_sees_a_mixed_pair(path: Path) -> None:
    """A reader beside two hundred writes finds the one pair or the other, never half of each."""
    EnvFile(path).write(OLD)
    seen: set[EnvTokens] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.add(EnvFile(path).read())

    reader = threading.Thread(target=look)
    reader.start()
    for round_ in range(200):
        EnvFile(path).write((NEW, OLD)[round_ % 2])
    over.set()
    reader.join()
    assert seen == {EnvTokens(OLD.access, OLD.refresh), EnvTokens(NEW.access, NEW.refresh)}


def test_somebody_elses_edit_in_between_is_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our reading and our replacing, an editor saves: its line must not be lost."""
    path.write_bytes(filled("{ACCESS}=old\n"))
    saves = iter([b"EDITED=1\n"])
    real = os.fsync

    def save_meanwhile(handle: int) -> None:
        real(handle)
        for line in saves:
            path.write_bytes(line + path.read_bytes())
            break

    monkeypatch.setattr("os.fsync", save_meanwhile)
    EnvFile(path).write(NEW)
    assert path.read_bytes() == filled("EDITED=1\n{ACCESS}={A}\n{REFRESH}={R}\n")


def test_an_editor_that_never_rests_ends_in_an_env_fault(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its last word stands."""
    path.write_bytes(b"")
    edits = []

    def save_meanwhile(_: int) -> None:
        edits.append(b"#\n")
        path.write_bytes(b"".join(edits))

    monkeypatch.setattr("os.fsync", save_meanwhile)
    with pytest.raises(EnvFileError, match="another program keeps editing it"):
        EnvFile(path).write(NEW)
    assert path.read_bytes() == b"#\n" * len(edits)


# --- docs/architecture.md, "Defects of the old scripts" -----------------------------------------


def test_defect_1_a_missing_file_is_made(path: Path) -> None:
    """The scripts raised, when the token had been minted already. For the owner alone."""
    EnvFile(path).write(NEW)
    assert path.read_bytes() == filled("{ACCESS}={A}\n{REFRESH}={R}\n")
    assert os.name != "posix" or stat.S_IMODE(path.stat().st_mode) == 0o600


def test_defect_2_a_missing_access_line_is_added(path: Path) -> None:
    """The scripts wrote the refresh token only."""
    assert written(path, filled("{REFRESH}=older\n")) == filled("{REFRESH}={R}\n{ACCESS}={A}\n")


def test_defect_3_export_and_quotes_do_not_hide_the_access_token(path: Path) -> None:
    """The scripts left the old one beside the new refresh token."""
    raw = written(path, filled('export {ACCESS}="old"\n{REFRESH}=older\n'))
    assert raw == filled("export {ACCESS}={A}\n{REFRESH}={R}\n")


def test_defect_4_line_ends_stay(path: Path) -> None:
    """The scripts made LF of CRLF."""
    assert written(path, b"A=1\r\nB=2\r\n").startswith(b"A=1\r\nB=2\r\n")


def test_defect_5_a_quoted_value_is_read_without_its_quotes(path: Path) -> None:
    """The scripts sent the quotes to Webex, and got 401."""
    path.write_text(f"{ACCESS}='{A}'\n{REFRESH}=\"{R}\"\n")
    assert EnvFile(path).read() == EnvTokens(NEW.access, NEW.refresh)


# --- any text at all --------------------------------------------------------------------------

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
