"""Webex without HTTP: what is registered, what it issues and revokes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tray_app.sandbox.clock import Clock, utc_now
from tray_app.sandbox.codes import Codes
from tray_app.sandbox.datasources import DataSource, DataSources, Registration
from tray_app.sandbox.identifiers import new_client_secret
from tray_app.sandbox.limits import RequestLimit
from tray_app.sandbox.registrations import Client, Integration, Person, ServiceApp
from tray_app.sandbox.status_page import StatusPage
from tray_app.sandbox.switches import Lifetimes, RefreshPolicy, Switches
from tray_app.sandbox.tokens import Issued, Pair, Terms, Token, Tokens, Use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

PORTAL_SCOPES = frozenset({"spark:all", "spark:people_read", "spark:applications_token"})


class Webex:
    """One service app, one integration, three accounts, and their tokens.

    `customers`: further organizations with the same app or another one; `more_integrations`:
    further integrations of the same owner.

    `person` owns both registrations and is the only one who may mint for the service app.
    `colleague` is of the same organization, `stranger` of another one.

    `lifetimes`, `policy` and `switches` may be replaced at any time.
    """

    def __init__(
        self,
        *,
        lifetimes: Lifetimes | None = None,
        policy: RefreshPolicy = RefreshPolicy.SAME_EXTENDED_DAILY,
        switches: Switches | None = None,
        clock: Callable[[], datetime] | None = None,
        service_app: ServiceApp | None = None,
        integration: Integration | None = None,
    ) -> None:
        self.lifetimes = lifetimes or Lifetimes()
        self.policy = policy
        self.switches = switches or Switches()
        self.clock = clock if isinstance(clock, Clock) else Clock(clock or utc_now)
        self.service_app = service_app or ServiceApp()
        self.integration = integration or Integration()
        self.customers: list[ServiceApp] = []
        self.more_integrations: list[Integration] = []
        self.person = Person()
        self.colleague = Person(
            "Casey Colleague",
            "casey@sandbox.example",
            org_uuid=self.person.org_uuid,
            handle="colleague",
        )
        self.stranger = Person("Robin Stranger", "robin@elsewhere.example", handle="stranger")
        self.app_authorized = True
        self.data_sources = DataSources(self.clock)
        self.tokens = Tokens(self.clock)
        self.codes = Codes(self.clock)
        self.status_page = StatusPage(self.clock)
        self.request_limit = RequestLimit(self.clock)

    @property
    def people(self) -> tuple[Person, ...]:
        """Every account that can sign in, the owner first."""
        return self.person, self.colleague, self.stranger

    def may_mint(self, person: Person) -> bool:
        """Whether this account may have tokens issued for the service app."""
        return person.uuid == self.person.uuid

    @property
    def reuses(self) -> int:
        """How often a refresh token came back after a rotation had replaced it."""
        return self.tokens.reuses

    def client(self, client_id: str) -> tuple[Client, str]:
        """Return who has this client id, and the secret for it. An unknown client has none."""
        for app in self.apps:
            if client_id == app.client_id:
                return Client.SERVICE_APP, app.client_secret
        integration = self.integration_with(client_id)
        if integration is not None:
            return Client.INTEGRATION, integration.client_secret
        return Client.UNKNOWN, ""

    def integration_with(self, client_id: str) -> Integration | None:
        """Return the integration that has this client id, None if there is none."""
        return next((each for each in self.integrations if each.client_id == client_id), None)

    def owner(self, token: Token) -> str:
        """Return the client id of the service app that has this token, "" for other tokens."""
        machine = token.terms.person.uuid
        return next((app.client_id for app in self.apps if app.machine_uuid == machine), "")

    def generation(self, token: str) -> int:
        """Return how many tokens its client had been issued by then, this one included.

        Raises LookupError if the token was never issued here.
        """
        found = self.tokens.find(token)
        if found is None:
            raise LookupError("this sandbox never issued such a token")
        return found.generation

    def add_customer(self, *, another_app: bool = False) -> ServiceApp:
        """Add an organization whose administrator authorizes the service app, or another app of
        the same owner."""
        organization = ServiceApp()
        if not another_app:
            mine = self.service_app
            organization = replace(
                organization, client_id=mine.client_id, client_secret=mine.client_secret
            )
        self.customers.append(organization)
        return organization

    @property
    def apps(self) -> tuple[ServiceApp, ...]:
        """Every service app, once for each organization that has authorized it."""
        return self.service_app, *self.customers

    @property
    def integrations(self) -> tuple[Integration, ...]:
        """Every integration."""
        return self.integration, *self.more_integrations

    def grant_service_pair(self, app: ServiceApp | None = None) -> Issued:
        """Issue a pair for the organization of `app` (by default the first one). Earlier pairs
        stay valid."""
        life = self.lifetimes
        terms = Terms(
            Client.SERVICE_APP,
            (app or self.service_app).machine_account,
            self.switches.service_scopes,
            life.service_access,
            life.service_refresh,
        )
        return self.tokens.issue(terms)

    def grant_integration_pair(self, scopes: Iterable[str], person: Person | None = None) -> Issued:
        """Issue the integration's pair for a person's (the owner's) consent to these scopes.

        `Switches.granted_scopes` may narrow them.
        """
        life = self.lifetimes
        asked, most = frozenset(scopes), self.switches.granted_scopes
        terms = Terms(
            Client.INTEGRATION,
            person or self.person,
            asked if most is None else asked & most,
            life.integration_access,
            life.integration_refresh,
        )
        return self.tokens.issue(terms)

    def issue_service_pair(self, app: ServiceApp | None = None) -> Pair:
        """Issue a service app pair, as the developer portal's "Generate Tokens" does."""
        return self.grant_service_pair(app).pair()

    def sign_in(self, person: Person | None = None) -> Pair:
        """Issue the pair for a person's (the owner's) consent to all scopes of the integration."""
        return self.grant_integration_pair(self.integration.scopes, person).pair()

    def issue_personal_token(self) -> str:
        """Issue a token as the developer portal does: the owner's rights, no refresh token."""
        terms = Terms(Client.PORTAL, self.person, PORTAL_SCOPES, self.lifetimes.personal)
        return self.tokens.issue_access(terms).text

    def register_data_source(self, url: str, *, status: str = "active") -> DataSource:
        """Register a data source of the service app."""
        app = self.service_app
        wanted = Registration(url, status=status)
        return self.data_sources.register(app.client_id, wanted, app.machine_account)

    def revoke(self, token: str, *, keep_access: bool = False) -> None:
        """Revoke this token; with a refresh token, its access tokens unless `keep_access`.

        Raises LookupError if the token was never issued here.
        """
        found = self.tokens.find(token)
        if found is None:
            raise LookupError("this sandbox never issued such a token")
        whole_grant = found.use is Use.REFRESH and not keep_access
        self.tokens.revoke(
            lambda other: other.text == token or (whole_grant and other.grant == found.grant)
        )

    def revoke_service_access(self) -> None:
        """Revoke every access token of the service app; its refresh tokens still work."""
        self._revoke(Client.SERVICE_APP, Use.ACCESS)

    def revoke_service_refresh(self) -> None:
        """Revoke every refresh token of the service app; its access tokens still work."""
        self._revoke(Client.SERVICE_APP, Use.REFRESH)

    def revoke_service_pair(self) -> None:
        """Revoke all tokens of the service app."""
        self._revoke(Client.SERVICE_APP, *Use)

    def revoke_personal(self) -> None:
        """Revoke every token from the developer portal, as signing out is said to do."""
        self._revoke(Client.PORTAL, *Use)

    def revoke_integration(self) -> None:
        """Revoke the integration's tokens, as if the person had withdrawn the consent."""
        self._revoke(Client.INTEGRATION, *Use)

    def revoke_integration_access(self) -> None:
        """Revoke every access token of the integration; its refresh tokens still work."""
        self._revoke(Client.INTEGRATION, Use.ACCESS)

    def revoke_all(self) -> None:
        """Revoke every token issued so far."""
        self.tokens.revoke(lambda _: True)

    def deauthorize_app(self) -> None:
        """Withdraw the service app, as an administrator: its tokens end, minting is forbidden."""
        self.app_authorized = False
        self.revoke_service_pair()

    def reauthorize_app(self) -> None:
        """Authorize the service app again; its earlier tokens stay revoked."""
        self.app_authorized = True

    def regenerate_service_secret(self) -> str:
        """Return a new client secret for the service app, which replaces the old one."""
        secret, client_id = new_client_secret(), self.service_app.client_id
        self.service_app = replace(self.service_app, client_secret=secret)
        self.customers = [
            replace(app, client_secret=secret) if app.client_id == client_id else app
            for app in self.customers
        ]
        return secret

    def regenerate_integration_secret(self) -> str:
        """Return a new client secret for the integration, which replaces the old one."""
        self.integration = replace(self.integration, client_secret=new_client_secret())
        return self.integration.client_secret

    def _revoke(self, client: Client, *uses: Use) -> None:
        self.tokens.revoke(lambda token: token.terms.client is client and token.use in uses)
