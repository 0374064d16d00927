"""The questions in their order, in the terminal. Answers go into the draft; nothing is written."""

from __future__ import annotations

from tray_app.cli.setup import prompts
from tray_app.config.parser import where_to_find
from tray_app.model.setup import Method
from tray_app.model.variables import REFRESH_TOKEN
from tray_app.setup.answers import Answers, Group, is_required, is_secret
from tray_app.setup.known_secrets import PERSONAL_TOKEN, TYPED
from tray_app.setup.verification import Answer
from tray_app.text.setup import METHOD_QUESTION, METHODS, OVERRIDDEN, label

_AGAIN = {PERSONAL_TOKEN: "Paste another one?", REFRESH_TOKEN: "Paste them again?"}


class Interview:
    """Asks for each field."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self._method = Method.NOTHING

    def all(self) -> None:
        """Ask for every field."""
        self._ask_group(self.answers.app)
        prompts.heading(METHOD_QUESTION)
        methods = list(METHODS)
        chosen = prompts.choice(list(METHODS.values()), methods.index(self.answers.method))
        self._method = methods[chosen]
        self._ask_group(self.answers.renewal(self._method))
        self._ask_group(self.answers.env)

    def review(self) -> tuple[str, ...]:
        """Show every answer with its number; returns the fields in that order."""
        shown: list[str] = []
        for group in self.answers.groups(self._method):
            if group.fields:
                prompts.note(group.title)
            for name in group.fields:
                shown.append(name)
                prompts.item(len(shown), f"{label(name)}: {self._shown(name)}")
        return tuple(shown)

    def ask_again(self, name: str) -> None:
        """Ask for one field, and check what belongs to it."""
        fields = next(
            (
                fields
                for group in self.answers.groups(self._method)
                for last in group.fields
                if name in (fields := self.answers.checked_with(last))
            ),
            (name,),
        )
        self.ask(name)
        self._check(fields)

    def ask(self, name: str) -> None:
        """Ask for one field until the answer is valid, or Enter keeps what is there."""
        prompts.note(f"{label(name)}: {where_to_find(name)}")
        if variable := self.answers.variable(name):
            prompts.open_question(OVERRIDDEN.format(variable))
            return
        now = self.answers.current(name)
        offered = "" if now else self.answers.suggested(name)
        value = self._valid_line(name, now, offered)
        if not value:
            return
        if is_secret(name):
            prompts.note(f"{len(value)} characters taken", "    ")
        self.answers.give(name, value)
        if doubt := self.answers.doubt(name):
            prompts.open_question(f"{doubt}.")

    def _ask_group(self, group: Group) -> None:
        if group.title:
            prompts.heading(group.title, group.place)
        for name in group.fields:
            self.ask(name)
            self._check(self.answers.checked_with(name))

    def _check(self, fields: tuple[str, ...]) -> None:
        """Check these at Webex, and ask again for them while it refuses them."""
        while fields and (finding := self.answers.check(fields[-1])):
            if finding.sentence:
                _PRINT[finding.answer](finding.sentence)
            if finding.answer is not Answer.WRONG:
                break
            if not prompts.yes(_AGAIN.get(fields[-1], "Type them again?")):
                break
            for name in fields:
                self.ask(name)

    def _valid_line(self, name: str, now: str, offered: str) -> str:
        """The answer once it is valid; "" for none."""
        while True:
            typed = prompts.line(now=now, offered=offered, hidden=is_secret(name)) or offered
            fault = self.answers.fault(name, typed) if typed else ""
            if not fault:
                return typed
            prompts.wrong(f"it {fault}.")

    def _shown(self, name: str) -> str:
        if variable := self.answers.variable(name):
            return f"from {variable}"
        now = self.answers.current(name)
        if is_secret(name) and now:
            return "given" if now == TYPED else f"kept, {now}"
        return now or ("missing" if is_required(name) else "not given")


_PRINT = {
    Answer.RIGHT: prompts.good,
    Answer.WRONG: prompts.wrong,
    Answer.OPEN: prompts.open_question,
}
