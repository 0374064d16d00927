"""When the organization id of the config is doubted, and when a token says that it is right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.policy.judging import judge
from tests.policy.samples import CREDENTIALS, GOOD, NOW, ORG, but
from tray_app.model.health import Fixer, Health, Observations, Reason
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.model.secret import Secret
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.policy import organization

OURS = Secret(f"a_b_{ORG}")
OTHERS = Secret("a_b_00000000-0000-4000-8000-000000000001")
ODD = replace(CREDENTIALS, app=replace(CREDENTIALS.app, target_org_id="odd"))


@pytest.mark.parametrize(
    ("facts", "has_worked"),
    [
        (but(token=OURS), True),
        (but(token=Secret(f"a_b_{ORG.upper()}")), True),
        (but(token=OURS, confirmed_at=None), False),
        (but(token=None), False),
        (but(token=OTHERS), False),
        (GOOD, False),  # it names none
        (but(credentials=ODD), False),
    ],
)
def test_only_a_confirmed_token_of_the_organization_says_that_its_id_is_right(
    facts: Observations, has_worked: bool
) -> None:
    assert organization.has_worked(facts) is has_worked


@pytest.mark.parametrize(("token", "reason"), [(OURS, "sign-in-missing"), (OTHERS, "forbidden")])
def test_a_wrong_account_is_not_blamed_on_an_organization_whose_token_works(
    token: Secret, reason: str
) -> None:
    integration = CREDENTIALS.integration
    assert integration is not None
    facts = but(
        token=token,
        credentials=replace(CREDENTIALS, integration=replace(integration, refresh_token=None)),
        availabilities={
            RenewalMethod.SERVICE_REFRESH: Availability.READY,
            RenewalMethod.MINT_CANDIDATE: Availability.FORBIDDEN,
        },
    )
    health = judge(facts, NOW)
    assert (health.row, health.reason, health.who) == (8, reason, Fixer.YOU)


def forbidden(colour: Colour, who: Fixer) -> Health:
    return Health(1, colour, Shape.BANG, Reason.FORBIDDEN, who, ())


NEW = Outcome(SignInResult.WRONG_ACCOUNT)
KNOWN = replace(NEW, has_worked=True)
RENEWED = Outcome(SignInResult.RENEWED, has_worked=True)


@pytest.mark.parametrize(
    ("health", "signed_in", "is_doubtful", "is_account_refused"),
    [
        (forbidden(Colour.RED, Fixer.ADMIN), None, True, False),
        (forbidden(Colour.AMBER, Fixer.ADMIN), None, False, False),  # a token works
        (forbidden(Colour.AMBER, Fixer.YOU), None, True, False),
        (forbidden(Colour.RED, Fixer.YOU), NEW, True, False),
        (forbidden(Colour.RED, Fixer.YOU), KNOWN, False, True),
        (forbidden(Colour.RED, Fixer.YOU), RENEWED, True, False),
        (forbidden(Colour.RED, Fixer.ADMIN), KNOWN, True, False),
        (judge(GOOD), None, False, False),
        (judge(GOOD), NEW, True, False),
        (judge(GOOD), KNOWN, False, True),
        (judge(GOOD), RENEWED, False, False),
    ],
)
def test_first_the_organization_is_doubted_then_the_account_then_the_authorization(
    health: Health,
    signed_in: Outcome | None,
    is_doubtful: bool,
    is_account_refused: bool,
) -> None:
    assert organization.is_doubtful(health, signed_in) is is_doubtful
    assert organization.is_account_refused(health, signed_in) is is_account_refused


def test_an_id_of_another_kind_is_doubted_until_a_token_comes() -> None:
    facts = but(credentials=ODD)
    assert organization.doubt(Reason.SIGN_IN_MISSING, facts) == organization.ODD
    assert organization.doubt(Reason.SIGN_IN_DUE, facts) == ""
    assert organization.doubt(Reason.FORBIDDEN, but(foreign_org=True)) == organization.FOREIGN_TOKEN
    assert organization.doubt(Reason.SIGN_IN_MISSING, but(foreign_org=True)) == ""
