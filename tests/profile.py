"""A profile on disk that belongs to a sandbox: what a person would have, for tests to break."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.env_file import EnvFile
from tray_app.config.file import ConfigFile
from tray_app.model.permissions import RESIDENT, Permissions
from tray_app.model.settings import Thresholds, Timing
from tray_app.sandbox.registrations import ServiceApp
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.store import MemoryStore, Store
from tray_app.secrets.vault import Vault
from tray_app.service.dependencies import Dependencies
from tray_app.service.engine import Engine
from tray_app.service.webex_status import WebexStatus
from tray_app.storage.token_facts import TokenFacts
from tray_app.system.config_commands import ConfigCommands
from tray_app.system.dirs import AppDirs, profile_id
from tray_app.system.locks import Locks
from tray_app.system.single_instance import Instance
from tray_app.webex.client import Webex

COMMENT = "# kept by hand, do not lose\n"
OTHER = 'OTHER="a value"  # of another program\n'


@dataclass
class Profile:
    """Config, `.env` and credentials of one sandbox. Nothing is written until asked for."""

    folder: Path
    webex: Sandbox
    store: Store = field(default_factory=lambda: MemoryStore(durable=True))
    pasted: str | None = None
    refresh_token: str | None = None
    secret_store: str = "keyring"
    customer: ServiceApp | None = None
    permissions: Permissions = RESIDENT
    asks_status: bool = False

    @property
    def app(self) -> ServiceApp:
        """The service app and the organization that authorized it: a customer, or the first."""
        return self.customer or self.webex.service_app

    @property
    def config_path(self) -> Path:
        return self.folder / "token-config.json"

    @property
    def env_path(self) -> Path:
        return self.folder / ".env"

    @property
    def folders(self) -> AppDirs:
        return AppDirs.under(self.folder)

    def config(self) -> dict[str, Any]:
        """The config as its JSON."""
        app, integration = self.app, self.webex.integration
        manager: dict[str, Any] = {}
        if self.pasted is not None:
            manager["personalAccessToken"] = self.pasted
        if self.refresh_token is not None:
            manager["integration"] = {
                "clientId": integration.client_id,
                "clientSecret": integration.client_secret,
                "refreshToken": self.refresh_token,
            }
        return {
            "serviceApp": {
                "appId": app.app_id,
                "clientId": app.client_id,
                "clientSecret": app.client_secret,
                "targetOrgId": app.target_org_id,
            },
            "tokenManager": manager,
            "tray": {"pollSeconds": 300, "secretStore": self.secret_store},
        }

    def write_config(self, change: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
        """Write token-config.json, changed as the caller wants."""
        config = self.config()
        change(config)
        self.config_path.write_text(json.dumps(config), encoding="utf-8")

    def write_env(self, access: str, refresh: str | None = None) -> None:
        """Write `.env` with these tokens between a comment and another variable, at the sandbox's
        time."""
        tokens = f"WEBEX_SERVICE_APP_ACCESS_TOKEN={access}\n"
        if refresh is not None:
            tokens += f"WEBEX_SERVICE_APP_REFRESH_TOKEN={refresh}\n"
        self.env_path.write_text(COMMENT + tokens + OTHER, encoding="utf-8")
        os.utime(self.env_path, (self.webex.clock().timestamp(),) * 2)

    def env_access(self) -> str | None:
        """The access token that a program reading `.env` gets."""
        token = EnvFile(self.env_path).read().access
        return token.reveal() if token else None

    def env_refresh(self) -> str | None:
        """The refresh token in `.env`."""
        token = EnvFile(self.env_path).read().refresh
        return token.reveal() if token else None

    def tools(self, clock: Callable[[], datetime], *, timeout: float = 5.0) -> Dependencies:
        """Real parts around this profile."""
        token_facts = TokenFacts(self.folders.token_facts)
        return Dependencies(
            config_file=ConfigFile(self.config_path),
            vault=Vault(self.store),
            webex=Webex(self.webex.api_base, clock),
            token_facts=token_facts,
            history=token_facts.history(profile_id(self.config_path)),
            told=token_facts.told(profile_id(self.config_path)),
            report=token_facts.report(self.config_path, self.webex.api_base),
            locks=Locks(self.folders.locks, timeout),
            commands=ConfigCommands(Locks(self.folders.locks, timeout)),
            clock=clock,
            roll=lambda: 0.5,
            limits=Thresholds(),
            pace=Timing(),
            permissions=self.permissions,
            instance=Instance(self.folders.locks, self.config_path),
            webex_status=self.status(token_facts, clock) if self.asks_status else None,
        )

    def status(self, facts: TokenFacts, clock: Callable[[], datetime]) -> WebexStatus | None:
        """The status feed of the sandbox."""
        return WebexStatus.of(self.webex.api_base, facts, clock)

    def engine(self, clock: Callable[[], datetime]) -> Engine:
        """A new engine on this profile, as after a restart of the program."""
        return Engine(self.tools(clock))


def full_profile(folder: Path, webex: Sandbox, customer: ServiceApp | None = None) -> Profile:
    """A profile with every rung: a live pair in `.env`, a pasted token, an integration."""
    profile = Profile(
        folder,
        webex,
        customer=customer,
        pasted=webex.issue_personal_token(),
        refresh_token=webex.sign_in().refresh,
    )
    profile.write_config()
    pair = webex.issue_service_pair(customer)
    profile.write_env(pair.access, pair.refresh)
    return profile
