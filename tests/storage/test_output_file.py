"""The file of an output, in every format: its access control list and its size."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.samples import pair
from tests.system.test_file_attributes import ACL, DEFAULT, FOR_A_READER, give
from tray_app.model.credentials import Pair
from tray_app.model.errors import EnvFileError
from tray_app.model.output import Output, OutputFormat
from tray_app.model.secret import Secret
from tray_app.storage.output_file import OutputFile
from tray_app.system import atomic_file

LIMIT = atomic_file.MAX_BYTES
OLD, NEW = pair("ab"), pair("cd")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these calls")


@dataclass(frozen=True)
class Sample:
    """An output, and how its file or its template is made as long as wanted."""

    output: Output
    filler: Callable[[int], bytes]

    @property
    def path(self) -> Path:
        return Path(self.output.file)

    def fill(self, size: int) -> None:
        """Let what is written be so long, but for the tokens."""
        (Path(self.output.template) if self.output.template else self.path).write_bytes(
            self.filler(size)
        )

    def written(self) -> OutputFile:
        """The output, with earlier tokens in it, for its owner alone."""
        file = OutputFile(self.output)
        file.write(OLD)
        return file


def _spaces(before: bytes, after: bytes, size: int) -> bytes:
    return before + b" " * (size - len(before + after)) + after


@pytest.fixture(params=OutputFormat)
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> Sample:
    path, template = str(tmp_path / "output"), tmp_path / "output.in"
    form = OutputFormat(request.param)
    match form:
        case OutputFormat.DOTENV:
            own = Output(path, access="OWN_TOKEN", refresh="")
            return Sample(own, lambda size: _spaces(b"#", b"\n", size))
        case OutputFormat.JSON:
            own = Output(path, form, "/webex/token", "/webex/refresh")
            return Sample(own, lambda size: _spaces(b'{"a": "', b'"}', size))
        case OutputFormat.PLAIN:
            token = OLD.access.reveal().encode()
            return Sample(Output(path, form, "", ""), lambda size: _spaces(token, b"\n", size))
        case OutputFormat.TEMPLATE:
            template.write_bytes(before := b"T={{access_token}}")
            own = Output(path, form, "", "", str(template))
            return Sample(own, lambda size: _spaces(before, b"\n", size))


@LINUX
def test_an_access_control_list_is_kept(sample: Sample) -> None:
    file = sample.written()
    give(sample.path, ACL, FOR_A_READER)
    file.write(NEW)
    assert NEW.access.reveal() in sample.path.read_text()
    assert os.getxattr(sample.path, ACL) == FOR_A_READER
    assert stat.S_IMODE(sample.path.stat().st_mode) == 0o640, "the mask"


@LINUX
def test_a_list_that_the_folder_gives_to_new_files_lets_nobody_read(sample: Sample) -> None:
    give(sample.path.parent, DEFAULT, FOR_A_READER)
    file = sample.written()
    assert stat.S_IMODE(sample.path.stat().st_mode) == 0o600
    sample.path.unlink()
    sample.path.touch()
    os.removexattr(sample.path, ACL)
    sample.path.chmod(0o640)
    file.write(NEW)
    assert ACL not in os.listxattr(sample.path)


@LINUX
def test_a_list_that_cannot_be_copied_stays_and_the_file_is_written_in_place(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, and once."""
    file = sample.written()
    give(sample.path, ACL, FOR_A_READER)
    number = sample.path.stat().st_ino

    def refused(*_: object) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr("os.setxattr", refused)
    file.write(NEW)
    (notice,) = file.drain_notices()
    assert notice.startswith(f"{sample.path} was written in place")
    assert NEW.access.reveal() in sample.path.read_text()
    assert sample.path.stat().st_ino == number
    assert os.getxattr(sample.path, ACL) == FOR_A_READER
    file.write(OLD)
    assert file.drain_notices() == ()


def test_it_is_not_written_past_the_limit(sample: Sample) -> None:
    """It could not be read again; before a token is spent this is known already."""
    sample.written()
    sample.fill(LIMIT)
    before = sample.path.read_bytes()
    longer = Pair(Secret("longer" * 30), Secret("longer" * 30))
    for call in (
        OutputFile(sample.output).reserve,
        lambda: OutputFile(sample.output).write(longer),
        lambda: OutputFile(sample.output).lacks(longer),
    ):
        with pytest.raises(EnvFileError, match="larger than 1 MiB") as caught:
            call()
        assert str(caught.value).startswith(f"{sample.path} is not written: ")
    assert sample.path.read_bytes() == before


def test_it_is_written_up_to_the_limit_and_read_again(sample: Sample) -> None:
    sample.fill(LIMIT // 2)
    OutputFile(sample.output).write(NEW)
    spare = LIMIT - sample.path.stat().st_size
    sample.path.unlink()
    sample.fill(LIMIT // 2 + spare)
    file = OutputFile(sample.output)
    file.write(NEW)
    assert sample.path.stat().st_size == LIMIT
    assert file.holds(NEW.access)
    assert not file.lacks(NEW)
    file.write(pair("ef"))
    assert file.holds(pair("ef").access)


def test_what_is_larger_already_is_refused_and_left_alone(sample: Sample) -> None:
    """The file, or its template."""
    sample.written()
    sample.fill(LIMIT + 1)
    before = sample.path.read_bytes()
    for call in (OutputFile(sample.output).reserve, lambda: OutputFile(sample.output).write(NEW)):
        with pytest.raises(EnvFileError, match="larger than 1 MiB") as caught:
            call()
        assert str(caught.value).startswith(str(sample.path))
    assert sample.path.read_bytes() == before
