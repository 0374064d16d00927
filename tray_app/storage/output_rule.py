"""Whose file an output may be, which links to it are followed, and whose template is used."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tray_app.model.output import Output, OutputFormat
from tray_app.model.ownership import Ownership, folder_exposure
from tray_app.policy.output_target import OutputTarget, Refusal, loses_others_rights, refusal
from tray_app.storage.format import Format
from tray_app.system.atomic_file import Rule, Target, Verdict
from tray_app.system.directory_fd import located
from tray_app.system.dirs import POSIX
from tray_app.system.ownership import (
    find_exposure,
    is_volume_file,
    is_way_exposed,
    open_folder,
    other_owner,
    own_uids,
    this_user,
)


def output_rule(
    output: Output,
    config: Ownership | None,
    form: Format,
    holds_current: Callable[[bytes], bool],
    is_known: Callable[[bytes], bool],
) -> Rule:
    """Return the rule for writing tokens to this output.

    `config`: the ownership of the config that names it, if known; `form`: the output's format;
    `holds_current`: whether a content holds the current access token; `is_known`: whether this
    process has put it there.
    """
    is_dotenv = output.format is OutputFormat.DOTENV

    def judged(target: Target) -> Verdict:
        # The owner of a file that we create is this user in the terms of this file system: a share
        # may have one owner for all files.
        trusted = frozenset({target.maker, *_own_ids(target.path), *_owner(config)})
        content = target.content or b""
        text, is_current = content.decode("utf-8", "surrogateescape"), holds_current(content)
        facts = OutputTarget(
            name=target.path.name if is_dotenv else "",
            owner=target.state.st_uid if target.state is not None else None,
            linked=target.linked,
            link_owners=target.link_owners,
            is_empty=not content.strip(),
            is_ours=form.is_ours(text) or is_known(content),
            is_in_format=form.is_format(text),
            holds_current=is_current,
            exposed=False,
            folder_owner=target.folder.st_uid,
            folder_mode=target.folder.st_mode,
            only_for=None if config is None else _only_for(config, target.maker),
            beside_config=config is not None and _is_beside(output, Path(config.path), target),
        )
        found = refusal(facts, trusted)
        if found is not None:
            owners = ", ".join(map(str, sorted(target.link_owners - trusted)))
            is_other = found is Refusal.WRONG_FORMAT and not is_dotenv
            said = (_NOT_OURS if is_other else _SENTENCES[found]).format(
                path=target.path,
                owner=facts.owner,
                owners=owners,
                user=facts.only_for,
                key=output.key,
            )
            return Verdict(said)
        if not facts.holds_current:  # looking up accounts is slow, so only if it matters
            way = Path(output.file)
            facts = replace(facts, exposed=is_way_exposed(way, os.environ, trusted))
        # As that user could not read it otherwise.
        new_owner = facts.only_for if facts.only_for == facts.folder_owner else None
        return Verdict(private=loses_others_rights(facts, trusted), new_owner=new_owner)

    return judged


def read_rule(
    output: Output,
    config: Ownership | None,
    form: Format,
    holds_current: Callable[[bytes], bool],
) -> Rule | None:
    """Return the rule for reading tokens, None if every file may be read. Arguments as above.

    What is read for a config of another user is kept for that user, who may later name a file of
    his for it. So tokens that he could not read must not be read for him.
    """
    if config is None or not other_owner(config, os.environ):
        return None

    def judged(target: Target) -> Verdict:
        content = target.content or b""
        is_theirs = (
            target.state is None
            or target.state.st_uid == config.uid
            or not form.has_names(content.decode("utf-8", "surrogateescape"))
            or holds_current(content)
            or (
                target.folder.st_uid != config.uid and _is_beside(output, Path(config.path), target)
            )
        )
        said = _NOT_THEIRS.format(user=config.uid, key=output.key)
        return Verdict() if is_theirs else Verdict(said)

    return judged


def template_refusal(path: Path, file: Ownership, config: Ownership | None) -> str:
    """Return why this template is not used; "" if it is. `file`: its ownership. Raises OSError.

    Whoever can write it decides what stands around the token in a file that other programs read.
    For a config of another user, its text gets into a file of that user.
    """
    if config is not None and other_owner(config, os.environ):
        if file.uid == config.uid:
            return ""
        return (
            f"it belongs to user {file.uid}, and the config to user {config.uid}, who could not"
            " read it there"
        )
    exposed = find_exposure(path, file, os.environ)
    if exposed is None:
        return ""
    return f"{exposed.sentence}{f': {exposed.remedy}' if exposed.remedy else ''}"


_NOT_THEIRS = (
    "the config belongs to user {user}, who could not read the tokens there; name a file of that"
    " user's in {key}, or use a config of your own"
)
_SENTENCES = {
    Refusal.OWNER: "{path} belongs to user {owner}, who could read the tokens there; remove it,"
    " or make it yours with chown",
    Refusal.LINK: "a symbolic link leads to {path}, which holds something else and no token of"
    " ours; remove the link, or name that file in {key}",
    Refusal.WRONG_FORMAT: "{path} is not a list of variables; name the .env that your programs"
    " read in {key}",
    Refusal.LINK_OWNER: "a symbolic link of another user ({owners}) leads to {path}, and is not"
    " followed; remove the link, or name that file in {key}",
    Refusal.NOT_CONFIG_OWNERS: "the config belongs to user {user}, and root writes for it only what"
    " that user could write: neither {path} nor its folder belongs to that user; name one of that"
    " user's in {key}, or chown the config to root",
}
_NOT_OURS = (
    "{path} holds something else, which would be lost; remove it, or name another file in {key}"
)
"""WRONG_FORMAT for the other formats."""


def _own_ids(path: Path) -> frozenset[int]:
    """The user ids that count as this user, and root."""
    if not POSIX:
        return frozenset({0})
    return own_uids(path, os.environ) | {0}


def _owner(config: Ownership | None) -> tuple[int, ...]:
    return () if config is None else (config.uid,)


def _only_for(config: Ownership, maker: int) -> int | None:
    """The config's owner, if root writes for another user; None if that owner is this user in the
    terms of this file system, or runs this container."""
    is_for_another = POSIX and os.geteuid() == 0 and config.uid not in (0, maker)
    if not is_for_another or is_volume_file(Path(config.path), config.uid, os.environ):
        return None
    return config.uid


def _is_beside(output: Output, config: Path, target: Target) -> bool:
    """Whether an administrator has put the config into the folder of the target: no link of its
    owner leads there, and no other user can create files in it. False where there are no owners.

    Nor with names of the config's own: they could be those of other secrets in that file."""
    if not POSIX or not output.is_usual:
        return False
    place = config.parent
    with suppress(OSError), located(place) as found, open_folder(place) as (name, folder):
        is_there = os.path.samestat(os.stat(name), target.folder)  # noqa: PTH116 - of text
        others = folder_exposure(folder, os.geteuid(), this_user(place, os.environ).gids)
        return is_there and found.link_owners <= {0} and not others
    return False


def lies_beside(env: Path, config: Path) -> bool:
    """Whether this `.env` is no link, and lies in the folder of the config or below it."""
    try:
        folder, own = os.path.realpath(env.parent), os.path.realpath(config.absolute().parent)
    except OSError:  # another program is replacing a link on the way
        return False
    return not env.is_symlink() and os.path.commonpath((folder, own)) == own
