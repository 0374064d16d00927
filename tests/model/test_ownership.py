"""Who may write a file: each rule, and what is let pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tray_app.model.ownership import (
    Exposure,
    Kind,
    Ownership,
    User,
    command_exposure,
    exposure,
    folder_exposure,
)

ME, OTHER, OVERFLOW = 1000, 1001, 65534
USER = User(frozenset({ME}), frozenset({0, ME}), OVERFLOW)
POD = replace(USER, in_pod=True)

FILE = Ownership("/p/token-config.json", Kind.FILE, ME, ME, 0o600)
FOLDER = Ownership("/p", Kind.FOLDER, ME, ME, 0o755)
LINK = Ownership("/p/token-config.json", Kind.LINK, ME, ME, 0o777)


@pytest.mark.parametrize(
    ("place", "user"),
    [
        (FILE, USER),
        (replace(FILE, uid=0, gid=0, mode=0o644), USER),
        (replace(FILE, mode=0o664), USER),  # the group is the user's own
        (replace(FILE, gid=0, mode=0o660), USER),  # OpenShift
        (replace(FILE, uid=OTHER, mode=0o666, exempt=True), USER),  # FAT, read-only
        (FOLDER, USER),
        (replace(FOLDER, gid=2000, mode=0o775), replace(USER, shares_folders=True)),
        (replace(FOLDER, uid=0, gid=0, mode=0o1777), USER),  # /tmp
        (replace(FOLDER, uid=OVERFLOW, gid=OVERFLOW), USER),  # root, in a rootless container
        (replace(FOLDER, uid=0, gid=0, mode=0o777), POD),  # an emptyDir
        (replace(FOLDER, uid=0, gid=2000, mode=0o2775), POD),  # an fsGroup
        (LINK, USER),
        (replace(LINK, uid=0), USER),
    ],
)
def test_what_only_this_user_and_root_may_write_is_not_exposed(
    place: Ownership, user: User
) -> None:
    assert exposure([FILE, place, FOLDER], user) is None


@pytest.mark.parametrize(
    ("place", "sentence", "remedy"),
    [
        (replace(FILE, uid=OTHER), "/p/token-config.json belongs to another user (1001)", ""),
        (replace(FILE, uid=OVERFLOW), "/p/token-config.json belongs to another user (65534)", ""),
        (replace(LINK, uid=OTHER), "/p/token-config.json belongs to another user (1001)", ""),
        (replace(FOLDER, uid=OTHER), "/p belongs to another user (1001)", ""),
        (replace(FOLDER, uid=OTHER, mode=0o1777), "/p belongs to another user (1001)", ""),
        (replace(FOLDER, mode=0o777), "every user can write /p", "chmod go-w /p"),
        (replace(FOLDER, mode=0o757), "every user can write /p", "chmod o-w /p"),
        *(
            (
                replace(FILE, mode=mode),
                f"every user can write {FILE.path}",
                f"chmod go-w {FILE.path}",
            )
            for mode in (0o666, 0o1666)  # the sticky bit of a file has no effect
        ),
        (replace(FOLDER, gid=100, mode=0o775), "its group (100) can write /p", "chmod go-w /p"),
        *(
            (
                replace(FILE, mode=mode, acl_writes=True),
                f"users of its access control list can write {FILE.path}",
                f"chmod go-w {FILE.path}",
            )
            for mode in (0o600, 0o660)
        ),
    ],
)
def test_what_others_may_write_is_named_with_its_remedy(
    place: Ownership, sentence: str, remedy: str
) -> None:
    found = exposure([FILE, place, FOLDER], USER)
    assert found == Exposure(place, sentence, remedy)


def test_who_shares_folders_shares_no_file() -> None:
    sharing = replace(USER, shares_folders=True)
    assert exposure([replace(FILE, gid=100, mode=0o660)], sharing) is not None


def test_a_remedy_can_be_pasted_into_a_shell() -> None:
    found = exposure([replace(FOLDER, path="/a folder", mode=0o777)], USER)
    assert found is not None
    assert found.remedy == "chmod go-w '/a folder'"


def test_in_a_pod_a_file_of_another_user_is_exposed_all_the_same() -> None:
    assert exposure([replace(FILE, uid=OTHER)], POD) is not None


WRITABLE = f"other users can write {FILE.path}: chmod go-w {FILE.path}"


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (FILE, ""),
        (replace(FILE, uid=0, mode=0o644), ""),
        (replace(FILE, uid=OTHER), f"{FILE.path} belongs to another user"),
        (replace(FILE, uid=OVERFLOW), f"{FILE.path} belongs to another user"),
        (replace(FILE, mode=0o620), WRITABLE),
        (replace(FILE, mode=0o602, exempt=True), WRITABLE),
    ],
)
def test_a_command_runs_only_if_this_user_or_root_alone_can_have_written_it(
    config: Ownership, why: str
) -> None:
    """Stricter than else: neither a private group nor a mount without modes will do."""
    assert command_exposure(config, ME) == why


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"uid": 0}, ""),
        ({"mode": 0o775, "gid": 1000}, ""),
        ({"mode": 0o1777, "uid": 0, "exempt": True}, ""),
        ({"gid": 7}, ""),
        ({"uid": 7}, "/p, where it would run, belongs to another user"),
        ({"mode": 0o775, "gid": 7}, "chmod go-w /p, or move"),
        ({"mode": 0o777}, "chmod go-w /p, or move"),
        ({"acl_writes": True}, "chmod go-w /p, or move"),
        ({"mode": 0o1777, "uid": 0}, "in /p, where it would run: move the config"),
        ({"mode": 0o1777}, "in /p, where it would run: move the config"),
        ({"mode": 0o777, "uid": 0}, "in /p, where it would run: move the config"),
    ],
)
def test_a_command_runs_only_where_nobody_else_can_create_files(
    changes: dict[str, Any], said: str
) -> None:
    folder = replace(Ownership("/p", Kind.FOLDER, 1000, 1000, 0o755), **changes)
    found = folder_exposure(folder, 1000, frozenset((1000,)))
    assert said in found
    ends = (" into a folder that only you can write", "belongs to another user") if said else ""
    assert found.endswith(ends)
    assert bool(said) == bool(found)
