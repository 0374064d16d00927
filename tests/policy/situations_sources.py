"""Situations that are about data sources: rows 3 and 10."""

from __future__ import annotations

from dataclasses import replace

from tests.policy.samples import CONTRADICTED, FRESH, MINUTE, NEAR, NOW, STOPPED, but, source_until
from tests.policy.situation import DEAD, RIGHTS, Situation
from tray_app.model.data_sources import ExtensionFailure
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.health import Fixer, Reason

DATA_SOURCES = (
    # 3: a data source that is to be kept alive has stopped
    Situation(
        3,
        Reason.SOURCE_STOPPED,
        Fixer.YOU,
        but(DEAD, sources=(FRESH, STOPPED), kept=frozenset({STOPPED.id})),
        "Data source byods.example.com/calls stopped: its token expired today 11:00",
        "Extend it",
    ),
    Situation(
        3,
        Reason.SOURCE_STOPPED,
        Fixer.WEBEX,
        but(
            sources=(STOPPED, replace(STOPPED, id="z")),
            kept=frozenset({STOPPED.id, "z"}),
            keeping={
                STOPPED.id: ExtensionFailure(3, NOW + MINUTE, failure=TransportFailure.SERVER_ERROR)
            },
        ),
        "Data source byods.example.com/calls (calls-01) stopped: its token expired today 11:00;"
        " extending fails: Webex answered with an error; and 1 more",
        "Extend it",
    ),
    Situation(
        3,
        Reason.SOURCE_STOPPED,
        Fixer.ADMIN,
        but(
            sources=(STOPPED,),
            kept=frozenset({STOPPED.id}),
            keeping={
                STOPPED.id: ExtensionFailure(1, NOW, refusal=Refusal.FORBIDDEN, detail="No right")
            },
        ),
        "Data source byods.example.com/calls stopped: its token expired today 11:00;"
        " extending fails: No right",
        f"{RIGHTS}, then extend it",
    ),
    # 10: all is well but for a data source
    Situation(
        10,
        Reason.SOURCE_FAILING,
        Fixer.YOU,
        but(
            sources=(FRESH,),
            kept=frozenset({FRESH.id}),
            keeping={
                FRESH.id: ExtensionFailure(1, NOW, refusal=Refusal.BAD_REQUEST, detail="url is bad")
            },
        ),
        "Data source byods.example.com/orders expires Wed 11 Mar 08:00; extending fails:"
        " url is bad",
        "Extend it",
    ),
    Situation(
        10,
        Reason.SOURCE_FAILING,
        Fixer.NETWORK,
        but(
            sources=(NEAR,),
            kept=frozenset({NEAR.id}),
            keeping={NEAR.id: ExtensionFailure(2, NOW, failure=TransportFailure.DNS)},
        ),
        "Data source byods.example.com/orders expires today 12:30; extending fails:"
        " the Webex host name was not found",
        "Extend it",
    ),
    Situation(
        10,
        Reason.SOURCE_FAILING,
        Fixer.YOU,
        but(sources=(source_until(None),), kept=frozenset({FRESH.id})),
        "Data source byods.example.com/orders cannot be kept alive: its expiry is unknown",
        "Extend it",
    ),
    Situation(
        10,
        Reason.SOURCE_FAILING,
        Fixer.YOU,
        but(
            sources=(source_until(None),),
            kept=frozenset({FRESH.id}),
            keeping={FRESH.id: ExtensionFailure(1, NOW, detail="its status is odd, not active")},
        ),
        "Data source byods.example.com/orders: extending fails: its status is odd, not active",
        "Extend it",
    ),
    Situation(
        10,
        Reason.SOURCE_ENDING,
        Fixer.YOU,
        but(sources=(NEAR, FRESH)),
        "Data source byods.example.com/orders expires today 12:30 and is not kept alive",
        "Extend it, or tick Keep alive",
    ),
    Situation(
        10,
        Reason.SOURCE_ENDING,
        Fixer.YOU,
        but(sources=(NEAR, STOPPED)),
        "Data source byods.example.com/calls expired today 11:00 and is not kept alive; and 1 more",
        "Extend it, or tick Keep alive",
    ),
    Situation(
        10,
        Reason.SOURCE_MISMATCH,
        Fixer.YOU,
        but(sources=(CONTRADICTED,)),
        "Data source byods.example.com/other: its token names the URL"
        " https://byods.example.com/orders, its record https://byods.example.com/other",
        "Extend it to get a new token, or correct what is wrong",
    ),
    Situation(
        10,
        Reason.SOURCE_GONE,
        Fixer.YOU,
        but(sources=(), kept=frozenset({"0123456789"})),
        "Data source 01234567 should be kept alive, but Webex does not list it",
        "Register it again, or untick Keep alive",
    ),
    Situation(
        10,
        Reason.SOURCES_UNSEEN,
        Fixer.ADMIN,
        but(under_scoped=True, kept=frozenset({"0123456789"})),
        "Data sources cannot be kept alive: the service app may not list data sources",
        RIGHTS,
    ),
)
