"""The secrets that an earlier version used for a config of another user: this user's own entries.

That version did not tell owners apart, and nothing proves whose an entry is: its database has no
ids, does not say who entered a secret, and another state folder has another database. So all
entries stay this user's. Otherwise, naming the ids of this user's app would be enough to get its
secrets.
"""

from __future__ import annotations

import logging

from tray_app.model.errors import VaultError
from tray_app.model.printable import printable, quoted
from tray_app.model.renewal import StoreState
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies

log = logging.getLogger(__name__)


def note_served(tools: Dependencies, repository: CredentialRepository) -> str:
    """Return, once, what to tell the person about secrets that an earlier version used for this
    config of another user, and that the config lacks now; "" if nothing.

    Call it after the credentials are loaded. If the store cannot be used, the next run tells it.
    """
    shared, held = repository.names.of_this_user, repository.credentials
    if not tools.report.was_served() or repository.vault.state is not StoreState.DURABLE:
        return ""
    has: dict[str, object] = {
        shared.app_secret: held.app.client_secret,
        shared.personal_token: held.personal_token,
    }
    if held.integration is not None:
        has[shared.of_integration("secret")] = held.integration.client_secret
        has[shared.of_integration("refresh")] = held.integration.refresh_token
    lacks = [name for name, secret in has.items() if secret is None]
    try:
        found = [name for name in lacks if repository.vault.load(name) is not None]
    except VaultError as error:
        log.warning("what an earlier version used for another user is not known yet: %s", error)
        return ""
    tools.report.forget_served()
    if not found:
        return ""
    path = tools.config_file.path
    return (
        f"{printable(str(path))} belongs to another user; its secrets are kept apart from yours. No"
        f" longer used for it: {', '.join(map(shared.describe, found))}. Enter what it needs with"
        f" {quoted('webex-token-tray', '--config', str(path), 'setup')}."
    )
