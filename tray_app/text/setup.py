"""The words of set-up."""

from __future__ import annotations

from tray_app.model.setup import Ending, Method

METHOD_QUESTION = "How do you want to get tokens for the service app?"
METHODS = {
    Method.INTEGRATION: "with an integration (recommended): you sign in once in the browser, then"
    " they are renewed without you",
    Method.PERSONAL_TOKEN: "with your personal access token: quick, to try it out; it expires after"
    " 12 hours",
    Method.NOTHING: "from an administrator, who gives you an access and a refresh token, now or"
    " later",
}

OVERRIDDEN = "{} is set and overrides the config; unset it to edit."
"""Takes the name of an environment variable."""

WITHOUT_KEYRING = (
    "the secrets stay in the config, for you alone, and tokens that are renewed later are lost when"
    " the program ends."
)

_LABELS = {
    "appId": "App id",
    "clientId": "Client id",
    "clientSecret": "Client secret",
    "targetOrgId": "Organization id",
    "personalAccessToken": "Personal access token",
    "accessToken": "Access token",
    "refreshToken": "Refresh token",
    "oauthClientId": "Client id",
    "oauthClientSecret": "Client secret",
    "redirectUri": "Redirect URI",
    "envFile": "Path of .env",
}


def label(name: str) -> str:
    """Return what a person calls the field of the config."""
    return _LABELS[name.rpartition(".")[2]]


def full_label(name: str) -> str:
    """Return the label, and whose it is if others have one of that name."""
    whose = " of the service app" if name.startswith("serviceApp.") else " of the integration"
    is_shared = label(name).startswith(("Client ", "Access ", "Refresh "))
    return label(name) + (whose if is_shared else "")


def as_sentence(text: str) -> str:
    """Return the text as a sentence of its own; "" for none."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


ENDINGS = {
    Ending.CHANGED: "Your changes are saved.",
    Ending.WITHOUT_TOKENS: "Your changes are saved, but not the tokens that you entered.",
    Ending.UNCHANGED: "Nothing has changed.",
}

ORGANIZATION_NOTE = "Webex gives no token for this organization: check its id first."
"""Beside the field, if Webex may have refused because of it."""


def organization_doubt(org_id: str = "") -> str:
    """Return what to look at before an administrator is sent for."""
    named = f", {org_id}" if org_id else ""
    return (
        f"Before you ask an administrator, check the organization id{named}: the app's Org"
        " Authorizations must list it. Another organization's administrator cannot help."
    )
