"""B13: what a config lists in `tray.outputs` is judged as its `.env` is, and so are the names and
templates that it chooses."""

from __future__ import annotations

import json
import os
from functools import partial
from operator import eq
from pathlib import Path

import pytest

from tests.faults.env_scene import NEW, A, Scene, acting_as, config_of, scene, written
from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, VICTIM
from tests.storage.env_samples import OLD
from tray_app.model.errors import EnvFileError
from tray_app.model.output import Output, OutputFormat
from tray_app.storage.output_file import OutputFile

__all__ = ["BAR", "scene"]

pytestmark = NEEDS_ROOT

SECRET = "root-s-own-secret-" + "x" * 40


def outputs(file: Path, template: Path) -> dict[str, Output]:
    """One of each format."""
    return {
        "dotenv": Output(str(file), access="DB_PASSWORD", refresh=""),
        "json": Output(str(file), OutputFormat.JSON, "/db/password", ""),
        "plain": Output(str(file), OutputFormat.PLAIN, "", ""),
        "template": Output(str(file), OutputFormat.TEMPLATE, "", "", str(template)),
    }


CONTENTS = {
    "dotenv": f"DB_PASSWORD={SECRET}\n",
    "json": json.dumps({"db": {"password": SECRET}}),
    "plain": SECRET,
    "template": f"T={SECRET}",
}


@pytest.mark.parametrize("form", CONTENTS)
@pytest.mark.parametrize("folder", ["root's", "beside the config"])
def test_root_neither_reads_nor_writes_its_own_file_for_another_user_s_config(
    scene: Scene, form: str, folder: str
) -> None:
    """By a name of the config's own, a secret of root's would be taken for a token: held for that
    user, who may name a file of his for it. Beside the config, too."""
    etc = scene.shared.parent / "etc"
    etc.mkdir()
    config = scene.home / "token-config.json"
    if folder == "beside the config":
        config = etc / "token-config.json"
    file = written(0, etc / "app.env", CONTENTS[form].encode(), 0o600)
    template = written(VICTIM, scene.home / "t", b"T={{access_token}}")
    output = OutputFile(outputs(file, template)[form], config_of(VICTIM, config))
    if form != "template":
        with pytest.raises(EnvFileError, match=r"name a file of that user's in tray\.outputs"):
            output.read()
    for call in (output.reserve, lambda: output.write(NEW)):
        with pytest.raises(EnvFileError, match=rf"the config belongs to user {VICTIM}"):
            call()
    assert file.read_text() == CONTENTS[form]
    assert [path.name for path in etc.iterdir()] == ["app.env"]


@pytest.mark.parametrize("form", CONTENTS)
def test_it_writes_what_that_user_could_write(scene: Scene, form: str) -> None:
    template = written(VICTIM, scene.home / "t", b"T={{access_token}}")
    file = written(VICTIM, scene.home / "app", b"", 0o600)
    OutputFile(
        outputs(file, template)[form], config_of(VICTIM, scene.home / "token-config.json")
    ).write(NEW)
    assert A in file.read_bytes()
    assert file.stat().st_uid == VICTIM


@pytest.mark.parametrize("way", ["named", "by a symbolic link", "by a hard link"])
def test_root_fills_no_template_of_its_own_for_another_user_s_config(
    scene: Scene, way: str
) -> None:
    """All of it would get into that user's file."""
    etc = scene.shared.parent / "etc"
    etc.mkdir()
    shadow = written(0, etc / "shadow", b"root:{{access_token}}", 0o600)
    template = shadow if way == "named" else scene.home / "t"
    if way == "by a symbolic link":
        template.symlink_to(shadow)
    if way == "by a hard link":
        os.link(shadow, template)
    output = outputs(scene.home / "app", template)["template"]
    file = OutputFile(output, config_of(VICTIM, scene.home / "token-config.json"))
    for call in (file.reserve, lambda: file.write(NEW), lambda: file.lacks(NEW), file.refusal):
        with pytest.raises(EnvFileError, match="it belongs to user 0, and the config"):
            call()
    assert not (scene.home / "app").exists()


@pytest.mark.parametrize("whose", ["another user's", "in another user's folder"])
def test_a_template_that_another_user_can_write_is_not_used(scene: Scene, whose: str) -> None:
    """It says what stands around the token in a file that your programs read, or run."""
    if whose == "another user's":
        template = written(ATTACKER, scene.shared / "t", b"{{access_token}}")
    else:
        template = written(VICTIM, scene.shared / "t", b"{{access_token}}")
    output = outputs(scene.home / "app", template)["template"]
    with acting_as(VICTIM), pytest.raises(EnvFileError, match="its template") as caught:
        OutputFile(output, config_of(VICTIM)).write(NEW)
    assert str(template) in str(caught.value)
    assert not (scene.home / "app").exists()


@pytest.mark.parametrize("form", CONTENTS)
def test_a_file_of_another_user_gets_no_token(scene: Scene, form: str) -> None:
    template = written(VICTIM, scene.home / "t", b"T={{access_token}}")
    file = written(ATTACKER, scene.shared / "app", CONTENTS[form].encode(), 0o666)
    with acting_as(VICTIM), pytest.raises(EnvFileError, match=f"belongs to user {ATTACKER}"):
        OutputFile(outputs(file, template)[form], config_of(VICTIM)).write(NEW)
    assert file.read_text() == CONTENTS[form]


@pytest.mark.parametrize("form", CONTENTS)
def test_a_link_of_another_user_is_not_followed(scene: Scene, form: str) -> None:
    template = written(VICTIM, scene.home / "t", b"T={{access_token}}")
    target = written(VICTIM, scene.home / "app", CONTENTS[form].encode(), 0o600)
    link = scene.shared / "app"
    with acting_as(ATTACKER):
        link.symlink_to(target)
    with acting_as(VICTIM), pytest.raises(EnvFileError, match="a symbolic link of another user"):
        OutputFile(outputs(link, template)[form], config_of(VICTIM)).write(NEW)
    assert target.read_text() == CONTENTS[form]


@pytest.mark.parametrize("form", CONTENTS)
def test_a_file_that_another_user_may_have_put_there_becomes_private(
    scene: Scene, form: str
) -> None:
    """Unless it has the current token, in whatever format."""
    template = written(VICTIM, scene.home / "t", b"T={{access_token}}")
    file = scene.shared / "app"
    output = outputs(file, template)[form]
    for current, mode in ((OLD.access, 0o644), (None, 0o600)):
        with acting_as(VICTIM):
            OutputFile(output, config_of(VICTIM)).write(OLD)
            file.chmod(0o644)
            is_current = partial(eq, current)
            OutputFile(output, config_of(VICTIM), is_current).write(NEW)
        assert file.stat().st_mode & 0o777 == mode
        file.unlink()
