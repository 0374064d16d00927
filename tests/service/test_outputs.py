"""Several outputs: the first leads, the others hold what it does, and one that fails is named."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.plain_python import PLAIN_PYTHON
from tests.profile import COMMENT, OTHER, Profile
from tests.service.conftest import Start
from tests.service.test_renewal import calls
from tests.service.test_reservation import FullStore
from tray_app.model.health import Reason
from tray_app.model.permissions import LOOK
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine
from tray_app.storage.output_file import OutputFile

MINUTE = timedelta(minutes=1)
DOCUMENT = '{ "name":"bot",\n  "webex": {"token":""} }\n'
TEMPLATE = "# expires {{expires_at}}\nexport TOKEN='{{access_token}}'\n"
FOUR: list[dict[str, str]] = [
    {"file": ".env"},
    {"file": "app.json", "format": "json", "access": "/webex/token", "refresh": "/webex/refresh"},
    {"file": "token", "format": "plain"},
    {"file": "app.sh", "format": "template", "template": "app.sh.in"},
]


def use(profile: Profile, *outputs: dict[str, str], **tray: Any) -> None:
    """Let the config name these."""

    def change(config: dict[str, Any]) -> None:
        config["tray"] |= {"outputs": list(outputs), **tray}

    profile.write_config(change)
    profile.config_path.chmod(0o600)


@pytest.fixture(autouse=True)
def _four(profile: Profile) -> None:
    (profile.folder / "app.json").write_text(DOCUMENT)
    (profile.folder / "app.sh.in").write_text(TEMPLATE)
    use(profile, *FOUR)


def text(profile: Profile, name: str) -> str:
    path = profile.folder / name
    return path.read_text() if path.exists() else ""


def holds_all(profile: Profile) -> bool:
    """Whether each holds the tokens of `.env`, and all the rest as it was."""
    access, refresh = profile.env_access(), profile.env_refresh()
    wanted = DOCUMENT.replace('""', f'"{access}", "refresh": "{refresh}"')
    made = text(profile, "app.sh").partition("\n")[2]
    env = text(profile, ".env")
    return (
        (text(profile, "app.json"), text(profile, "token")) == (wanted, access)
        and made == f"export TOKEN='{access}'\n"
        and env.startswith(COMMENT)
        and env.endswith(OTHER)
    )


def test_the_first_check_fills_all_from_env(engine: Engine, profile: Profile) -> None:
    assert engine.poll().colour is Colour.GREEN
    assert holds_all(profile)
    assert (profile.folder / "token").stat().st_mode & 0o777 == 0o600 or os.name != "posix"


def test_a_renewal_writes_all_and_the_expiry_that_webex_told(
    engine: Engine, profile: Profile, webex: Sandbox, clock: ManualClock
) -> None:
    engine.poll()
    before = profile.env_access()
    webex.revoke_service_access()
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN
    assert profile.env_access() != before
    assert holds_all(profile)
    life = engine.judge().until
    assert life is not None
    assert text(profile, "app.sh").startswith(f"# expires {life:%Y-%m-%dT%H:%M:%SZ}\n")


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("app.json", DOCUMENT.replace('""', '"a-stale-token-of-a-backup"')),
        ("app.json", ""),
        ("token", "x" * 40 + "\n"),
        ("app.sh", "# expires \nexport TOKEN='an-older-one'\n"),
    ],
)
def test_what_another_program_puts_there_is_replaced(
    engine: Engine, profile: Profile, clock: ManualClock, name: str, spoilt: str
) -> None:
    """Only `.env` may bring a token."""
    engine.poll()
    access = profile.env_access()
    (profile.folder / name).write_text(spoilt)
    clock.advance(MINUTE)
    assert engine.files_edited()
    assert engine.poll().colour is Colour.GREEN
    assert profile.env_access() == access
    assert access is not None
    assert access in text(profile, name)
    assert not engine.files_edited()


def test_a_program_that_writes_there_all_the_time_makes_one_check_a_minute(
    engine: Engine, profile: Profile, clock: ManualClock
) -> None:
    """Webex was asked at each look, every few seconds. An edit of `.env` does not wait."""
    engine.poll()
    path = profile.folder / "app.json"
    path.write_text(path.read_text() + "\n")
    clock.advance(MINUTE - timedelta(seconds=1))
    assert not engine.files_edited()
    clock.advance(timedelta(seconds=1))
    assert engine.files_edited()
    engine.poll()
    assert not engine.files_edited()
    profile.env_path.write_text(profile.env_path.read_text() + "A=1\n")
    assert engine.files_edited()


def test_while_no_token_leads_an_edit_is_seen_once_and_set_right_later(
    engine: Engine, profile: Profile, webex: Sandbox, clock: ManualClock
) -> None:
    """Else the tray would ask Webex every few seconds."""
    engine.poll()
    pair = webex.issue_service_pair()
    profile.write_env(pair.access, pair.refresh)
    webex.go_down()
    (profile.folder / "token").write_text("x" * 40)
    clock.advance(MINUTE)
    assert engine.files_edited()
    engine.poll()
    assert not engine.files_edited()
    assert text(profile, "token") == "x" * 40
    webex.come_back()
    engine.poll()
    assert holds_all(profile)


def test_a_template_that_was_edited_is_applied(
    engine: Engine, profile: Profile, clock: ManualClock
) -> None:
    engine.poll()
    template = profile.folder / "app.sh.in"
    template.write_text("T={{access_token}}")
    clock.advance(MINUTE)
    assert engine.files_edited()
    engine.poll()
    assert text(profile, "app.sh") == f"T={profile.env_access()}"


def test_what_an_edited_template_has_not_made_is_not_written_over(
    start: Start, profile: Profile
) -> None:
    """Though it holds the token: this process does not know whether the rest is somebody's."""
    start().poll()
    before = text(profile, "app.sh")
    (profile.folder / "app.sh.in").write_text("T={{access_token}}")
    engine = start()
    assert "which would be lost; remove it" in engine.poll().detail
    assert text(profile, "app.sh") == before
    (profile.folder / "app.sh").unlink()
    assert engine.poll().colour is Colour.GREEN


def test_a_token_that_another_program_writes_into_env_gets_into_all(
    engine: Engine, profile: Profile, webex: Sandbox
) -> None:
    engine.poll()
    pair = webex.issue_service_pair()
    profile.write_env(pair.access, pair.refresh)
    assert engine.poll().colour is Colour.GREEN
    assert profile.env_access() == pair.access
    assert holds_all(profile)


def make_folder(profile: Profile, name: str) -> None:
    path = profile.folder / name
    path.unlink(missing_ok=True)
    path.mkdir()


def break_json(profile: Profile, _: str) -> None:
    (profile.folder / "app.json").write_text("{")


def use_utf_16(profile: Profile, name: str) -> None:
    (profile.folder / name).write_bytes('{"a": 1}'.encode("utf-16"))


def lose_template(profile: Profile, _: str) -> None:
    (profile.folder / "app.sh.in").unlink()


def misspell(profile: Profile, _: str) -> None:
    (profile.folder / "app.sh.in").write_text("{{acess_token}}")


@pytest.mark.parametrize(
    ("name", "spoil", "because"),
    [
        ("app.json", break_json, "it is not valid JSON"),
        ("app.json", make_folder, "it is a folder"),
        ("app.json", use_utf_16, "save it as UTF-8"),
        ("token", make_folder, "it is a folder"),
        ("app.sh", lose_template, "its template"),
        ("app.sh", misspell, "its template has {{acess_token}}"),
    ],
)
def test_one_that_fails_is_amber_and_named_and_the_others_are_written(
    start: Start,
    profile: Profile,
    name: str,
    spoil: Callable[[Profile, str], None],
    because: str,
) -> None:
    engine = start()
    engine.poll()
    spoil(profile, name)
    profile.webex.revoke_service_access()
    engine.poll()
    health = engine.refresh()
    assert (health.row, health.reason) == (9, Reason.OUTPUT_FAULT)
    assert str(profile.folder / name) in health.detail
    assert because in health.detail
    access = profile.env_access()
    assert access is not None
    for output in FOUR:
        if output["file"] != name:
            assert access in text(profile, output["file"])


def test_the_others_are_written_if_env_refuses(
    engine: Engine, profile: Profile, webex: Sandbox
) -> None:
    """What reads them goes on, while `.env` is named."""
    engine.poll()
    before = text(profile, "token")
    webex.revoke_service_access()
    engine.poll()
    make_folder(profile, ".env")
    engine.refresh(by_hand=True)
    assert engine.poll().reason is Reason.ENV_FAULT
    (profile.folder / ".env").rmdir()
    engine.poll()
    assert engine.refresh(by_hand=True).colour is Colour.GREEN
    assert text(profile, "token") not in ("", before)
    assert text(profile, "token") == profile.env_access()


def test_two_that_fail_are_counted_and_one_that_is_repaired_is_filled(
    engine: Engine, profile: Profile
) -> None:
    break_json(profile, "")
    make_folder(profile, "token")
    assert engine.poll().detail.endswith("; and 1 more")
    (profile.folder / "app.json").write_text(DOCUMENT)
    (profile.folder / "token").rmdir()
    assert engine.poll().colour is Colour.GREEN
    assert holds_all(profile)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("token", "localhost\n"),
        ("token", "two words"),
        ("app.sh", "#!/bin/sh\nrm -rf build\n"),
        ("app.json", '"text"'),
    ],
)
def test_a_file_of_another_kind_is_not_written_over(
    engine: Engine, profile: Profile, name: str, content: str
) -> None:
    path = profile.folder / name
    path.write_text(content)
    assert engine.poll().reason is Reason.OUTPUT_FAULT
    assert path.read_text() == content


@pytest.mark.posix
def test_a_link_is_followed_to_a_token_and_to_nothing_else(
    engine: Engine, profile: Profile
) -> None:
    other = profile.folder / "other"
    for output in FOUR[1:]:
        path = profile.folder / output["file"]
        path.unlink(missing_ok=True)
        path.symlink_to("other")
    other.write_text('{"a": "' + "x" * 40 + '"}')
    health = engine.poll()
    assert "a symbolic link leads to" in health.detail
    assert health.detail.endswith("; and 2 more")
    assert other.read_text() == '{"a": "' + "x" * 40 + '"}'
    other.write_text('{"webex": {"token": null}}')
    assert engine.poll().detail.endswith("; and 1 more")
    assert json.loads(other.read_text())["webex"]["token"] == profile.env_access()


def test_a_run_that_only_looks_writes_nothing_and_names_what_is_missing(
    start: Start, profile: Profile
) -> None:
    start().poll()
    (profile.folder / "token").unlink()
    profile.permissions = LOOK
    health = start().poll()
    assert health.reason is Reason.OUTPUT_FAULT
    assert "refresh --if-due would write it there" in health.detail
    assert not (profile.folder / "token").exists()


def test_what_another_program_puts_there_right_after_a_write_is_found(
    engine: Engine, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken for what had been written, until the next renewal."""
    write = OutputFile.write

    def edited(file: OutputFile, *arguments: Any) -> None:
        write(file, *arguments)
        if file.path.name == "token":
            file.path.write_text("x" * 40)

    monkeypatch.setattr(OutputFile, "write", edited)
    engine.poll()
    monkeypatch.undo()
    engine.poll()
    assert holds_all(profile)


def test_after_a_kill_between_two_outputs_a_restart_writes_the_rest(
    engine: Engine, start: Start, profile: Profile, webex: Sandbox
) -> None:
    engine.poll()
    before = text(profile, "app.json")
    webex.revoke_service_access()
    engine.poll()
    engine.refresh()
    (profile.folder / "app.json").write_text(before)
    assert start().poll().colour is Colour.GREEN
    assert holds_all(profile)


def test_another_first_output_is_measured_and_taken_over_like_env(
    start: Start, profile: Profile, webex: Sandbox
) -> None:
    """JSON, with both tokens."""
    use(profile, *FOUR[1:2])
    pair = webex.issue_service_pair()
    (profile.folder / "app.json").write_text(
        json.dumps({"webex": {"token": pair.access, "refresh": pair.refresh}, "n": 1})
    )
    engine = start()
    assert engine.poll().colour is Colour.GREEN
    webex.revoke_service_access()
    assert engine.poll().colour is not Colour.GREEN
    assert engine.refresh().colour is Colour.GREEN
    document = json.loads(text(profile, "app.json"))
    assert document["n"] == 1
    assert document["webex"]["token"] != pair.access
    assert engine.token is not None
    assert engine.token.reveal() == document["webex"]["token"]


@pytest.mark.parametrize("first", [FOUR[2], {"file": ".env", "access": "WEBEX_ACCESS_TOKEN"}])
def test_a_first_output_without_a_refresh_token_keeps_none(
    start: Start, profile: Profile, webex: Sandbox, first: dict[str, str]
) -> None:
    use(profile, first)
    profile.env_path.write_text("A=1\n")
    engine = start()
    engine.poll()
    engine.refresh()
    assert engine.judge().colour is Colour.GREEN
    webex.revoke_service_access()
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN
    held = engine.credentials().pair
    assert held is not None
    assert held.refresh is not None
    written = "".join(text(profile, name) for name in (".env", "token"))
    assert held.access.reveal() in written
    assert held.refresh.reveal() not in written


def test_without_any_store_a_refresh_token_is_not_spent_for_a_file_that_has_no_place_for_it(
    start: Start, profile: Profile, webex: Sandbox
) -> None:
    """Its successor would be lost with the process; a mint spends nothing."""
    pair = webex.issue_service_pair()
    use(profile, {"file": "app.json", "format": "json", "access": "/t"})
    (profile.folder / "app.json").write_text(json.dumps({"t": pair.access}))
    profile.store = store = FullStore()
    engine = start()
    engine.poll()
    profile.permissions = LOOK
    store.missing = True
    webex.revoke_service_access()
    engine.poll()
    assert not engine._env_sync.outputs.keeps_refresh
    engine.refresh()
    assert "refresh" not in str(calls(webex))


COUNTS = "open('runs', 'a').write('x')"


@pytest.mark.process
def test_the_command_runs_once_for_all_outputs(
    start: Start, profile: Profile, webex: Sandbox
) -> None:
    """And once more only if an access token is new in one of them: not for a new template."""
    use(profile, *FOUR, onTokenChange=[*PLAIN_PYTHON, "-c", COUNTS])
    engine = start()

    def runs() -> int:
        engine._tools.commands.close()
        return len(text(profile, "runs"))

    engine.poll()
    assert runs() == 1  # the first time that the others have one
    engine.poll()
    assert runs() == 1
    webex.revoke_service_access()
    engine.poll()
    engine.refresh()
    assert runs() == 2
    (profile.folder / "app.sh.in").write_text("T={{access_token}}")
    engine.poll()
    assert runs() == 2
    (profile.folder / "token").unlink()
    engine.poll()
    assert runs() == 3


def test_an_edit_of_another_output_ends_what_the_last_report_says(
    start: Start, profile: Profile, clock: ManualClock
) -> None:
    from tray_app.storage.last_report import load_last_report

    start().poll()

    def last() -> object:
        return load_last_report(
            profile.folders.token_facts,
            profile.config_path,
            profile.webex.api_base,
            now=clock().timestamp(),
            max_age=60,
        )

    assert last() is not None
    (profile.folder / "token").write_text("x")
    assert last() is None


def test_tokens_are_in_no_message(
    engine: Engine, profile: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    break_json(profile, "")
    health = engine.poll()
    access = profile.env_access()
    assert access is not None
    assert access not in caplog.text + health.detail


def test_an_output_belongs_to_nobody_else(engine: Engine, profile: Profile) -> None:
    """Judged as `.env` is, by owner."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root gives files away")
    engine.poll()
    for name in ("app.json", "token", "app.sh"):
        os.chown(profile.folder / name, 61234, 61234)
        (profile.folder / name).write_bytes(Path(profile.folder / name).read_bytes() + b"\n")
    before = {name: text(profile, name) for name in ("app.json", "token", "app.sh")}
    profile.webex.revoke_service_access()
    engine.poll()
    health = engine.refresh()
    assert "belongs to user 61234" in health.detail
    assert health.detail.endswith("; and 2 more")
    assert before == {name: text(profile, name) for name in before}
