"""approvals.json: written as a whole, for this user alone; what is not ours approves nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tray_app.config.approvals import ApprovalRecord, Approvals
from tray_app.model.errors import ConfigError
from tray_app.policy.approval import Approval

POSIX = pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")
CONFIG = "/p/token-config.json"
APPROVED = Approval(CONFIG, 1000, "app", "org", "/p/.env", ("make", "it so"))


@pytest.fixture
def approvals(tmp_path: Path) -> Approvals:
    return Approvals(tmp_path / "new" / "approvals.json")


@pytest.mark.parametrize(
    "record",
    [
        ApprovalRecord(APPROVED),
        ApprovalRecord(APPROVED, shared=True, warned="a sentence"),
        ApprovalRecord(None, warned="a sentence"),
    ],
)
def test_what_is_kept_is_found_again(approvals: Approvals, record: ApprovalRecord) -> None:
    assert approvals.find(CONFIG) == ApprovalRecord()
    approvals.save("/q", ApprovalRecord(shared=True))
    approvals.save(CONFIG, record)
    assert approvals.find(CONFIG) == record
    assert approvals.find("/q").shared
    assert approvals.remove(CONFIG)
    assert not approvals.remove(CONFIG)
    assert approvals.find(CONFIG) == ApprovalRecord()
    assert approvals.find("/q").shared


@POSIX
def test_it_is_for_this_user_alone(approvals: Approvals) -> None:
    approvals.save(CONFIG, ApprovalRecord(APPROVED))
    assert approvals.path.stat().st_mode & 0o777 == 0o600
    assert approvals.path.parent.stat().st_mode & 0o777 == 0o700


def test_what_was_served_is_taken_over_once_and_what_is_newer_leads(approvals: Approvals) -> None:
    approvals.save(CONFIG, ApprovalRecord(APPROVED))
    before = approvals.is_migrated
    approvals.migrate({CONFIG: ApprovalRecord(shared=True), "/q": ApprovalRecord(shared=True)})
    assert (before, approvals.is_migrated) == (False, True)
    assert approvals.find(CONFIG) == ApprovalRecord(APPROVED)
    assert approvals.find("/q").shared
    approvals.remove("/q")
    assert approvals.is_migrated


@pytest.mark.parametrize("raw", ["", "[]", "nonsense", '{"approvals": []}', "[" * 100_000])
def test_one_that_is_damaged_is_a_fault_with_a_remedy(approvals: Approvals, raw: str) -> None:
    approvals.path.parent.mkdir()
    approvals.path.write_text(raw)
    approvals.path.chmod(0o600)
    for use in (lambda: approvals.find(CONFIG), lambda: approvals.save(CONFIG, ApprovalRecord())):
        with pytest.raises(ConfigError, match=r"approvals\.json: is damaged: remove it"):
            use()
    assert approvals.path.read_text() == raw


@POSIX
def test_one_that_others_can_write_is_not_believed(approvals: Approvals) -> None:
    approvals.save(CONFIG, ApprovalRecord(APPROVED))
    approvals.path.chmod(0o620)
    with pytest.raises(ConfigError, match="can be written by other users"):
        approvals.find(CONFIG)
    approvals.path.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(approvals.path, 61235, -1)
        with pytest.raises(ConfigError, match=r"belongs to another user \(61235\)"):
            approvals.find(CONFIG)


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="needs root")
def test_under_sudo_that_of_the_caller_is_used(
    approvals: Approvals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a sudo that keeps HOME, `allow` and `forget` refused it, and called it writable."""
    approvals.save(CONFIG, ApprovalRecord(APPROVED))
    os.chown(approvals.path.parent, 61235, -1)
    os.chown(approvals.path, 61235, -1)
    monkeypatch.setenv("SUDO_UID", "61235")
    assert approvals.find(CONFIG).approval == APPROVED
    approvals.save(CONFIG, ApprovalRecord(APPROVED, shared=True))
    assert approvals.find(CONFIG).shared
    assert approvals.path.stat().st_uid == 61235


@pytest.mark.posix
def test_one_that_cannot_be_read_or_written_is_a_fault(
    approvals: Approvals, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be read"):
        Approvals(tmp_path / "file" / "x" / "approvals.json").save(CONFIG, ApprovalRecord(APPROVED))
    approvals.path.mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot be read"):
        approvals.find(CONFIG)


@pytest.mark.parametrize(
    "change",
    [
        {"owner": "1000"},
        {"command": "make"},
        {"command": [1]},
        {"envFile": None},
        {"outputs": "x"},
        {"outputs": [{"file": "/x", "format": "yaml"}]},
        {"appId": 5},
    ],
)
def test_an_entry_that_is_not_ours_approves_nothing(
    approvals: Approvals, change: dict[str, object]
) -> None:
    approvals.save(CONFIG, ApprovalRecord(APPROVED))
    root = json.loads(approvals.path.read_text())
    root["approvals"][CONFIG] |= change | {"told": 7, "shared": "yes"}
    root["approvals"]["/q"] = "nonsense"
    approvals.path.write_text(json.dumps(root))
    assert approvals.find(CONFIG) == ApprovalRecord()
    assert approvals.find("/q") == ApprovalRecord()


def test_an_edit_at_the_same_moment_is_kept(
    approvals: Approvals, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tray_app.system import atomic_file

    replace, other = atomic_file.replace, Approvals(approvals.path)

    def raced(path: Path, raw: bytes, was: bytes | None, rule: atomic_file.Rule) -> None:
        monkeypatch.setattr(atomic_file, "replace", replace)
        other.save("/q", ApprovalRecord(shared=True))
        replace(path, raw, was, rule)

    monkeypatch.setattr(atomic_file, "replace", raced)
    approvals.save(CONFIG, ApprovalRecord(APPROVED))
    assert approvals.find(CONFIG) == ApprovalRecord(APPROVED)
    assert approvals.find("/q").shared


def test_one_that_is_edited_without_end_is_a_fault(
    approvals: Approvals, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tray_app.system import atomic_file

    def edited(*_: object, **__: object) -> None:
        raise atomic_file.FileChanged

    monkeypatch.setattr(atomic_file, "replace", edited)
    with pytest.raises(ConfigError, match="keeps editing it"):
        approvals.save(CONFIG, ApprovalRecord(APPROVED))
