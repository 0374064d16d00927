"""Into which file tokens may go: whose it is, and how its path leads there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tray_app.policy.output_target import OutputTarget, Refusal, loses_others_rights, refusal

US, ROOT, OTHER = 1000, 0, 61234
TRUSTED = frozenset({US, ROOT})
OURS = OutputTarget(
    name=".env",
    owner=US,
    linked=False,
    link_owners=frozenset(),
    is_empty=False,
    is_ours=False,
    is_in_format=True,
    holds_current=False,
    exposed=False,
    folder_owner=US,
    folder_mode=0o755,
)


@pytest.mark.parametrize(
    ("owner", "found"), [(US, None), (ROOT, None), (None, None), (OTHER, Refusal.OWNER)]
)
@pytest.mark.parametrize("linked", [True, False])
def test_only_a_file_of_someone_trusted_gets_tokens(
    owner: int | None, found: Refusal | None, linked: bool
) -> None:
    """Or one that is made."""
    target = replace(OURS, owner=owner, linked=linked, is_ours=owner == OTHER)
    assert refusal(target, TRUSTED) is found


@pytest.mark.parametrize(
    ("name", "is_empty", "is_ours", "found"),
    [
        ("notes.txt", False, False, Refusal.LINK),
        ("environment", False, False, Refusal.LINK),
        ("notes.txt", True, False, None),
        ("notes.txt", False, True, None),
        (".env", False, False, None),
        (".env.local", False, False, None),
        ("prod.env", False, False, None),
    ],
)
def test_a_link_is_followed_only_to_what_may_be_a_env_file(
    name: str, is_empty: bool, is_ours: bool, found: Refusal | None
) -> None:
    """A file with variables that the path names without a link is meant, whatever it is called."""
    linked = replace(OURS, linked=True, name=name, is_empty=is_empty, is_ours=is_ours)
    assert refusal(linked, TRUSTED) is found
    assert refusal(replace(linked, linked=False), TRUSTED) is None


@pytest.mark.parametrize(
    ("name", "is_empty", "is_ours", "found"),
    [
        ("secrets.json", False, False, Refusal.WRONG_FORMAT),
        ("secrets.json", True, False, None),
        ("secrets.json", False, True, None),
        (".env", False, False, None),
    ],
)
def test_a_file_that_holds_something_else_than_variables_gets_no_tokens(
    name: str, is_empty: bool, is_ours: bool, found: Refusal | None
) -> None:
    """One with a sloppy line is meant all the same if it has the name, or our variables."""
    target = replace(OURS, name=name, is_empty=is_empty, is_ours=is_ours, is_in_format=False)
    assert refusal(target, TRUSTED) is found


@pytest.mark.parametrize("owner", [US, None])
@pytest.mark.parametrize("linked", [True, False])
def test_a_link_of_another_user_is_not_followed_wherever_it_leads(
    owner: int | None, linked: bool
) -> None:
    """Be it the last name or a folder above; nor if there is nothing yet."""
    led = replace(OURS, owner=owner, linked=linked, is_ours=True)
    assert refusal(replace(led, link_owners=frozenset({US, OTHER})), TRUSTED) is Refusal.LINK_OWNER
    assert refusal(replace(led, link_owners=TRUSTED), TRUSTED) is None


@pytest.mark.parametrize(
    ("owner", "folder_owner", "name", "beside_config", "found"),
    [
        (OTHER, ROOT, ".env", False, None),
        (OTHER, OTHER, "notes.txt", False, None),
        (ROOT, OTHER, ".env", False, None),
        (None, OTHER, ".env", False, None),
        (ROOT, ROOT, ".env", True, None),
        (None, ROOT, ".env", True, None),
        (ROOT, ROOT, "passwd", True, Refusal.NOT_CONFIG_OWNERS),
        (ROOT, ROOT, ".env", False, Refusal.NOT_CONFIG_OWNERS),
        (US, US, ".env", False, Refusal.NOT_CONFIG_OWNERS),
        (None, ROOT, ".env", False, Refusal.NOT_CONFIG_OWNERS),
        (9, OTHER, ".env", False, Refusal.OWNER),
    ],
)
def test_root_writes_for_a_config_of_another_user_only_what_that_user_could(
    owner: int | None, folder_owner: int, name: str, beside_config: bool, found: Refusal | None
) -> None:
    """And what an administrator has put beside the config."""
    target = replace(
        OURS, owner=owner, folder_owner=folder_owner, name=name, beside_config=beside_config
    )
    trusted = TRUSTED | {OTHER}
    assert refusal(replace(target, only_for=OTHER), trusted) is found
    assert owner == 9 or refusal(target, trusted) is None


@pytest.mark.parametrize(
    ("folder_owner", "folder_mode", "exposed", "loses"),
    [
        (US, 0o755, False, False),
        (US, 0o775, False, False),
        (US, 0o775, True, True),
        (US, 0o777, False, True),
        (ROOT, 0o1777, False, True),
        (ROOT, 0o1775, False, True),
        (ROOT, 0o1755, False, False),
        (OTHER, 0o755, False, True),
    ],
)
@pytest.mark.parametrize("is_ours", [True, False])
def test_a_file_that_another_user_may_have_moved_there_shows_its_tokens_to_its_owner_alone(
    folder_owner: int, folder_mode: int, exposed: bool, is_ours: bool, loses: bool
) -> None:
    """Unless it holds the current one."""
    target = replace(
        OURS,
        folder_owner=folder_owner,
        folder_mode=folder_mode,
        exposed=exposed,
        is_ours=is_ours,
    )
    assert loses_others_rights(target, TRUSTED) is loses
    assert not loses_others_rights(replace(target, holds_current=True), TRUSTED)
