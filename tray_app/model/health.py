"""What health is judged by, and the health."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from tray_app.model.renewal import Availability, RenewalMethod, Renewing, StoreState
from tray_app.model.signs import Colour, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from tray_app.model.credentials import Credentials, Lifespan, Usage
    from tray_app.model.data_sources import (
        DataSource,
        ExtensionFailure,
        TopProblem,
        WatchedDataSource,
    )
    from tray_app.model.failures import TransportFailure
    from tray_app.model.incident import Incident
    from tray_app.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Observations:
    """All that health is judged by. Times are UTC.

    `token`: the access token in `.env`; `lifespans`, `usages`: by token digest; `confirmed_at`,
    `rejected`: about `token`; `checked_at`: when Webex was last asked, answered or not;
    `check_trace`: HTTP status and tracking id of a failed check; `waits_until`: Webex asked us to
    wait until then; `store_fault`: why the secrets file cannot be
    used; `save_fault`: why the store did not save; `sign_in_unsaved`: whether the integration's
    refresh token is in memory only; `output_fault`: which output after the first does not hold the
    tokens, and why; `unreachable`: the secrets are in a keyring that
    is not reachable; `next_try_at`: when the worker acts next; `sources`: the data sources that
    Webex lists, None if unknown; `kept`: ids of those to keep alive; `keeping`: failures at that,
    by id; `lead`: how long before a person is needed it turns amber, None for the default;
    `attended`: whether something is running that renews; `can_write_back`: whether a held token can
    replace `token`; `plain_text_store`: what holds secrets in plain text ("the file …"), ""
    for nothing; `incident`: what Webex reports on its status page while it gives no answer.
    """

    credentials: Credentials
    token: Secret | None
    availabilities: Mapping[RenewalMethod, Availability]
    lifespans: Mapping[str, Lifespan] = field(default_factory=dict)
    usages: Mapping[str, Usage] = field(default_factory=dict)
    confirmed_at: datetime | None = None
    rejected: bool = False
    under_scoped: bool = False
    checked_at: datetime | None = None
    waits_until: datetime | None = None
    check_failure: TransportFailure | None = None
    check_trace: str = field(default="", compare=False)
    renewing: Renewing = Renewing()
    store: StoreState = StoreState.DURABLE
    store_fault: str = ""
    save_fault: str = ""
    sign_in_unsaved: bool = False
    unreachable: bool = False
    env_fault: str = ""
    output_fault: str = ""
    config_fault: str = ""
    foreign_org: bool = False
    skew: timedelta | None = None
    next_try_at: datetime | None = None
    poll_seconds: float = 300.0
    lead: timedelta | None = None
    sources: tuple[DataSource, ...] | None = None
    kept: frozenset[str] = frozenset()
    keeping: Mapping[str, ExtensionFailure] = field(default_factory=dict)
    attended: bool = True
    can_write_back: bool = False
    plain_text_store: str = ""
    incident: Incident | None = None

    def is_ready(self, method: RenewalMethod) -> bool:
        """Whether the method can act without a person."""
        return self.availabilities.get(method) is Availability.READY

    @property
    def lifespan(self) -> Lifespan | None:
        """The life of `token`, if a response reported it."""
        return self.lifespans.get(self.token.digest) if self.token else None

    @property
    def ends_at(self) -> datetime | None:
        """When `token` expires; None if unknown, or if it worked after that."""
        ends = self.lifespan.ends if self.lifespan else None
        outlived = ends is not None and self.confirmed_at is not None and self.confirmed_at > ends
        return None if outlived else ends


class Fixer(StrEnum):
    """Who can fix it."""

    YOU = "you"
    DEVELOPER = "the app's developer"
    ADMIN = "a Webex full admin"
    WEBEX = "Webex"
    NETWORK = "the network"
    ITSELF = "this program"


PEOPLE = (Fixer.YOU, Fixer.DEVELOPER, Fixer.ADMIN)
"""Nothing gets better unless they act."""


class LinkName(StrEnum):
    """The links of the chain, from the token in `.env` down to the sign-in."""

    ACCESS = "service-app-token"
    REFRESH = "service-app-refresh-token"
    PERSONAL = "personal-access-token"
    SIGN_IN = "integration-sign-in"
    DATA_SOURCE = "data-source"


class LinkState(StrEnum):
    """What is known about a link."""

    WORKS = "works"
    UNDER_SCOPED = "under-scoped"
    PRESENT = "present"
    MISSING = "missing"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ON_DEMAND = "on-demand"  # expired; the integration renews it when needed
    FORBIDDEN = "forbidden"
    WRONG_CLIENT = "wrong-client"
    LOCKED = "locked"
    UNSAVED = "unsaved"  # in memory only
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What keeps a link from expiring.

    `method`: renews or replaces it, None if none does (this program extends a data source itself);
    `due_at`: when that is due (UTC), None if unknown or only when needed; `needs_you`: it expires
    unless you act.
    """

    method: RenewalMethod | None = None
    due_at: datetime | None = None
    needs_you: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain.

    `expires_at`: UTC, None if unknown; `source_id`, `label`: id and name of a data source, or "".
    """

    name: LinkName
    state: LinkState
    expires_at: datetime | None = None
    fingerprint: str | None = None
    source_id: str = ""
    label: str = ""
    outlook: Outlook = field(default=Outlook(), compare=False)


class Reason(StrEnum):
    """Why the health is as it is."""

    WORKS = "works"
    CHECKING = "checking"
    CANNOT_CHECK = "cannot-check"
    STALE = "stale"
    RENEWING = "renewing"
    RENEWAL_FAILS = "renewal-fails"
    NOT_SET_UP = "not-set-up"
    # no method can act, because …
    KEYRING_LOCKED = "keyring-locked"
    KEYRING_UNREACHABLE = "keyring-unreachable"
    STORE_FAULT = "store-fault"
    APP_SECRET_MISSING = "app-secret-missing"  # noqa: S105 - a name, not a value
    WRONG_APP_SECRET = "wrong-app-secret"  # noqa: S105 - a name, not a value
    WRONG_APP_IDS = "wrong-app-ids"
    INTEGRATION_SECRET_MISSING = "integration-secret-missing"  # noqa: S105 - a name, not a value
    WRONG_INTEGRATION_SECRET = "wrong-integration-secret"  # noqa: S105 - a name, not a value
    FORBIDDEN = "forbidden"
    BLOCKED = "blocked"
    SIGN_IN_ENDED = "sign-in-ended"
    SIGN_IN_MISSING = "sign-in-missing"
    PERSONAL_TOKEN_ENDED = "personal-token-ended"  # noqa: S105 - a name, not a value
    NOTHING_TO_RENEW_WITH = "nothing-to-renew-with"
    # it works, but …
    SIGN_IN_DUE = "sign-in-due"
    REFRESH_DUE = "refresh-due"
    RENEWAL_DUE = "renewal-due"  # and nothing is running to renew it; also if the token is dead
    EXERCISE_DUE = "exercise-due"  # and nothing is running to do it
    MEMORY_ONLY = "memory-only"
    SAVE_REFUSED = "save-refused"
    ENV_FAULT = "env-fault"
    OUTPUT_FAULT = "output-fault"  # an output after the first
    FOREIGN_ORG = "foreign-org"
    CONFIG_FAULT = "config-fault"
    CLOCK_OFF = "clock-off"
    # a data source
    SOURCE_STOPPED = "source-stopped"
    SOURCE_FAILING = "source-failing"
    SOURCE_ENDING = "source-ending"
    SOURCE_MISMATCH = "source-mismatch"
    SOURCE_GONE = "source-gone"
    SOURCES_UNSEEN = "sources-unseen"
    # this program itself
    OWN_FAULT = "own-fault"


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict on one profile. Times are UTC.

    Attributes:
        row: The row of the health table that matched (docs/architecture.md, "Health").
        colour: Green, amber or red.
        shape: The shape of the icon, which tells the colours apart.
        reason: What lies behind the colour.
        who: Who can fix it; None if there is nothing to fix.
        links: The tokens, from the one in `.env` to the sign-in, each with its state.
        until: When the token in `.env` expires; None if that is not known.
        checked_at: When Webex was last asked, answered or not.
        confirmed_at: When Webex last said that the token works.
        next_try_at: When this program next acts by itself.
        failure: Why a call to Webex failed, if that is the reason.
        due_at: When the next step must be done; None if it can wait.
        detail: A sentence about the fault, or "".
        unanswered: Why the last check had no answer; None if it had one.
        trace: HTTP status and tracking id of that response, "" if there was none.
        renewing: The failed renewals in a row, whatever the colour.
        sources: The data sources; None if Webex has not listed them.
        problem: The data source that the reason is about.
        breaks_first: What will fail first if nobody acts.
        plain_text_store: What holds the secrets in plain text ("the file …"); "" for nothing.
        waits_until: When Webex may be asked again, if it told us to wait.
        incident: What Webex reports on its status page, if that may be why it gives no answer.
        headline: The verdict in words, with times in this machine's zone. Only `TokenManager` fills
            it in; otherwise "".
        next_step: The same for what to do next; also "" if all is well.
    """

    row: int
    colour: Colour
    shape: Shape
    reason: Reason
    who: Fixer | None
    links: tuple[Link, ...]
    until: datetime | None = None
    checked_at: datetime | None = None
    confirmed_at: datetime | None = None
    next_try_at: datetime | None = None
    failure: TransportFailure | None = None
    due_at: datetime | None = None
    detail: str = ""
    unanswered: TransportFailure | None = None
    trace: str = field(default="", compare=False)
    renewing: Renewing = Renewing()
    sources: tuple[WatchedDataSource, ...] | None = None
    problem: TopProblem | None = None
    breaks_first: ExpectedFailure | None = None
    plain_text_store: str = ""
    waits_until: datetime | None = None
    incident: Incident | None = None
    headline: str = field(default="", compare=False)
    next_step: str = field(default="", compare=False)

    @property
    def lists_no_sources(self) -> bool:
        """Whether Webex does not let the service app list its data sources."""
        return self.sources is None and any(
            link.state is LinkState.UNDER_SCOPED for link in self.links
        )


@dataclass(frozen=True, slots=True)
class ExpectedFailure:
    """A link that will fail because nothing renews it.

    `at` (UTC): when, None if that is not known; `subject`: which one, if there may be several.
    """

    link: LinkName
    at: datetime | None
    subject: str = ""
