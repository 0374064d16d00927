"""`setup`: write a config by questions in the terminal, or edit one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tray_app import approvals, bootstrap
from tray_app.cli.exit_codes import Exit, exit_code_for
from tray_app.cli.options import may_prompt, profile_options, selected_profile
from tray_app.cli.output import echo, finish_before_interrupt
from tray_app.cli.setup import prompts
from tray_app.cli.setup.finish import obtain_token, offer_start_at_login
from tray_app.cli.setup.questions import Interview
from tray_app.cli.status import as_text
from tray_app.model.errors import Busy, ConfigError
from tray_app.model.health import Health, Reason
from tray_app.model.permissions import SET_UP
from tray_app.model.secret import Secret
from tray_app.model.settings import SecretStore
from tray_app.model.variables import SECRET_FIELDS
from tray_app.policy import organization
from tray_app.setup.answers import (
    APP_CLIENT,
    APP_ID,
    ORG,
    STORE,
    Answers,
)
from tray_app.setup.known_secrets import APP_SECRET, KnownSecrets
from tray_app.setup.session import working_directory
from tray_app.setup.verification import TIMEOUT, LiveVerifier
from tray_app.text import keyring
from tray_app.text.hosts import host_notice
from tray_app.text.setup import WITHOUT_KEYRING, organization_doubt

if TYPE_CHECKING:
    from tray_app.config.draft import ConfigDraft
    from tray_app.model.sign_in import Outcome
    from tray_app.service.engine import Engine


@click.command()
@profile_options
@click.pass_context
def setup(context: click.Context) -> int:
    """Ask for each value, check it, and write the config.

    Then it gets a first token. Run it again to edit: Enter keeps what is there. Ctrl-C before the
    last question leaves everything as it was. It needs a terminal.

    Exit code: as `status`.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "setup asks questions and needs a terminal; elsewhere fill in token-config.json."
        )
    wizard = SetupWizard(_require_consent(selected_profile(context, may_prompt(SET_UP))))
    try:
        return wizard.run()
    except (click.Abort, KeyboardInterrupt):
        echo()
        echo(wizard.abort_message())
        raise
    finally:
        wizard.close()


def _require_consent(profile: bootstrap.ProfileContext) -> bootstrap.ProfileContext:
    """Ask before a config that was only found is edited: that approves it.

    Raises click.Abort, and ConfigError if others may write it.
    """
    if not profile.is_approved:
        path = str(profile.config_path)
        if why := bootstrap.admission(profile).refusal():
            raise ConfigError(path, (why,))
        try:
            wants = f" It wants {approvals.wanted(profile).wishes}."
        except ConfigError:
            wants = ""  # it is not complete yet
        echo(f"{path} was found here, and is not approved yet.{wants}")
        if not prompts.yes("Continue with it?", default=False):
            raise click.Abort
    return approvals.named(profile)


class SetupWizard:
    """One run of `setup`, from the first question to the last offer."""

    def __init__(self, profile: bootstrap.ProfileContext) -> None:
        """Raises ConfigError if there is a config that is not a JSON object."""
        self._profile = profile
        self._draft: ConfigDraft = bootstrap.draft(profile)
        self._vault = bootstrap.vault(profile)
        self._webex = bootstrap.webex(profile, timeout=TIMEOUT)
        self._known = KnownSecrets(
            self._draft,
            self._vault,
            self._webex.host,
            waits=_explain_wait,
            failed=prompts.open_question,
        )
        verifier = LiveVerifier(self._webex)
        self._interview = Interview(
            Answers(self._draft, self._known, verifier, profile.folders, working_directory())
        )
        self._engine: Engine | None = None
        self._written = False

    def run(self) -> int:
        """Ask, write and renew; return the exit code."""
        self._greet()
        self._interview.all()
        self._offer_file()
        if not self._write():
            return Exit.CONFIG
        health, signed_in = obtain_token(self._open_engine())
        while self._offer_correction(health, signed_in):
            if not self._write():
                return Exit.CONFIG
            health, signed_in = obtain_token(self._open_engine())
        offer_start_at_login(self._profile)
        prompts.heading("Done")
        self._print_notices()
        for line in as_text(health, self._open_engine().config.env_file).splitlines():
            echo(f"  {line}")
        prompts.note("The icon: webex-token-tray. If it is running already, it follows by itself.")
        return exit_code_for(health.colour)

    def abort_message(self) -> str:
        """Return what an end at this moment leaves behind."""
        if not self._written:
            return "Ended. Nothing was changed."
        return f"Ended. {self._profile.config_path} is written; run setup again for the rest."

    def close(self) -> None:
        """Close connections, database, and the keyring's thread."""
        self._vault.close()
        self._webex.close()
        if self._engine is not None:
            self._engine.close()

    def _greet(self) -> None:
        path = self._profile.config_path
        self._draft.check_writable()
        echo(f"{'Creates' if self._draft.is_new else 'Edits'} {path}")
        echo("Nothing is written before the last question; Ctrl-C changes nothing.")
        if self._draft.owner and self._leaves_secrets():
            prompts.wrong(
                "This config belongs to another user, who can read what you enter: secrets stay in"
                " it, as tray.secretStore says. Enter only what that user may know."
            )
        if notice := host_notice(self._webex.host):
            echo(notice)

    def _write(self) -> bool:
        """Write the changes and move the secrets into the keyring. Return whether the config can
        be used."""
        prompts.heading("Write the config")
        faults = self._draft.faults()
        if faults and not self._draft.changes:
            for fault in faults:
                prompts.wrong(fault)
            return False
        if self._draft.changes or self._interview.answers.pair:
            self._confirm_write()
            faults = self._draft.faults()
            typed = {name: self._draft.value(name) for name in self._draft.changes}
            with finish_before_interrupt():
                if self._draft.owner and not self._leaves_secrets():
                    self._known.save_typed()
                if typed:
                    self._draft.write()
                self._written = True
            held = [] if faults else self._open_engine().credentials().secrets
            self._draft.reload()  # the secrets have moved out of it
            prompts.good(f"written to {self._profile.config_path}")
            for name in SECRET_FIELDS.intersection(typed) if held else ():
                if Secret(typed[name]) not in held:
                    prompts.open_question(f"{name}: Webex has replaced it; the newer one stays")
        else:
            prompts.note("Nothing to write: nothing has changed.")
        if not faults:
            self._hold_tokens()
            self._print_notices()
        return not faults

    def _hold_tokens(self) -> None:
        """Save the service app's tokens if they were entered, then write `.env`."""
        if pair := self._interview.answers.take_pair():
            try:
                with finish_before_interrupt():
                    self._open_engine().hold(pair)
            except Busy as error:
                prompts.wrong(f"the tokens are not saved: {error}; run setup again to enter them")
            else:
                prompts.good(f"the tokens are saved in {self._known.location}")

    def _print_notices(self) -> None:
        for sentence in self._open_engine().drain_notices():
            prompts.note(sentence)

    def _confirm_write(self) -> None:
        """Show the answers until the user agrees to them. Raises click.Abort if the user gives
        up."""
        while True:
            names = self._interview.review()
            self._say_where_secrets_go()
            faults = self._draft.faults()
            for fault in faults:
                prompts.wrong(fault)
            question = "Write it anyway, and finish later?" if faults else "Write this?"
            if prompts.yes(question, default=not faults):
                return
            number = prompts.number("Which answer do you want to change? 0 ends", len(names))
            if not number:
                raise click.Abort
            self._interview.ask_again(names[number - 1])

    def _offer_file(self) -> None:
        """If there is no keyring, offer the secrets file."""
        if not self._known.is_without_keyring():
            return
        prompts.heading("There is no keyring")
        prompts.note(
            f"Without one ({keyring.names(sys.platform)}) {WITHOUT_KEYRING} On a server they can be"
            f" kept in a file, for you alone and not encrypted: {self._profile.folders.secrets}"
        )
        if prompts.yes("Use such a file?", default=False):
            self._draft.set(STORE, SecretStore.FILE)
            self._known.use_file()

    def _say_where_secrets_go(self) -> None:
        if SECRET_FIELDS.isdisjoint(self._draft.changes) or self._known.is_without_keyring():
            return
        if self._leaves_secrets():
            prompts.note("The secrets stay in the config, as tray.secretStore says.")
            return
        prompts.note(
            f'The secrets go into {self._known.location}; the config says "@keyring" instead. If'
            ' other programs read them in the config, set tray.secretStore to "config" first.'
        )

    def _leaves_secrets(self) -> bool:
        return self._draft.value(STORE) == SecretStore.CONFIG

    def _open_engine(self) -> Engine:
        if self._engine is None:
            self._engine = bootstrap.open_engine(self._profile)
        return self._engine

    def _offer_correction(self, health: Health, signed_in: Outcome | None) -> bool:
        """Offer to correct what Webex has refused. Return whether something was changed."""
        fields = {
            Reason.WRONG_APP_SECRET: (APP_CLIENT, APP_SECRET),
            Reason.APP_SECRET_MISSING: (APP_SECRET,),
            Reason.WRONG_APP_IDS: (APP_ID, APP_CLIENT, APP_SECRET, ORG),
            Reason.WRONG_INTEGRATION_SECRET: self._draft.integration_fields[:2],
            Reason.INTEGRATION_SECRET_MISSING: self._draft.integration_fields[1:2],
        }.get(health.reason, ())
        is_forbidden = organization.is_doubtful(health, signed_in)
        if is_forbidden:
            fields = (ORG,)
        if not fields:
            return False
        for line in as_text(health, self._open_engine().config.env_file).splitlines()[:2]:
            prompts.note(line)
        if is_forbidden:
            prompts.open_question(organization_doubt(self._draft.effective(ORG)))
        if not prompts.yes("Correct it now?"):
            return False
        for name in fields:
            self._interview.ask(name)
        return bool(self._draft.changes)


def _explain_wait() -> None:
    prompts.note("Waiting for the keyring: it may be asking you to unlock it.", "    ")
