"""The rule for writing tokens into a `.env`: whose file it may be, and which links are followed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tray_app.adapters.files import Rule, Target, Verdict
from tray_app.adapters.ownership import own_uids
from tray_app.adapters.paths import POSIX
from tray_app.core.env_target import EnvTarget, Refusal, loses_others_rights, refusal


def env_rule(config_owner: int | None, holds_our_names: Callable[[bytes], bool]) -> Rule:
    """Return the rule. `config_owner`: the user id, if it is known; `holds_our_names`: whether the
    content of a file sets one of our variables."""

    def judged(target: Target) -> Verdict:
        # Whoever owns what we make here is this user, as this file system tells it: that of a
        # share may have one owner for all files, or know no root.
        trusted = frozenset({target.maker, *_own_ids(target.path), *_known(config_owner)})
        facts = EnvTarget(
            name=target.path.name,
            owner=target.state.st_uid if target.state is not None else None,
            linked=target.linked or not target.link_owners <= trusted,
            is_empty=not (target.content or b"").strip(),
            holds_our_names=holds_our_names(target.content or b""),
            folder_owner=target.folder.st_uid,
            folder_mode=target.folder.st_mode,
        )
        found = refusal(facts, trusted)
        if found is not None:
            return Verdict(_SENTENCES[found].format(path=target.path, owner=facts.owner))
        return Verdict(private=loses_others_rights(facts, trusted))

    return judged


_SENTENCES = {
    Refusal.OWNER: "{path} belongs to user {owner}, who could read the tokens there; remove it,"
    " or make it yours with chown",
    Refusal.LINK: "a symbolic link leads to {path}, which holds something else and no token of"
    " ours; remove the link, or name that file in tray.envFile",
}


def _own_ids(path: Path) -> frozenset[int]:
    """The user ids that count as this user, and root's."""
    if not POSIX:
        return frozenset({0})
    return own_uids(path, os.environ) | {0}


def _known(config_owner: int | None) -> tuple[int, ...]:
    return () if config_owner is None else (config_owner,)
