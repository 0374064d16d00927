"""The form of the set-up page: its fields, what is said about them, its buttons. Pure."""

from __future__ import annotations

from tray_app.model.setup import FILE_FIELD, METHOD_FIELD, Field, Form, FormGroup, Method
from tray_app.pages.html import Child, Html, element
from tray_app.text.setup import METHOD_QUESTION, METHODS, OVERRIDDEN, WITHOUT_KEYRING, as_sentence

DO_FIELD = "do"
SEND, ANYWAY, CANCEL, SIGN_IN, EDIT = "send", "anyway", "cancel", "sign-in", "edit"
"""What a button does."""


def whole_form(form: Form, config: str) -> Html:
    """Return the form. `config`: the path of the file to write."""
    groups: list[Child] = []
    for group in form.groups:
        if group.method is Method.INTEGRATION:
            groups.append(_methods(form.method))
        groups.append(_group(group))
    store = _store(form) if form.offers_file else None
    return element("form", *groups, store, _foot(form, config), method="post", autocomplete="off")


def buttons(*wanted: tuple[str, str]) -> list[Html]:
    """Return a button for each: what it does, and its text. The first one is the obvious one."""
    return [
        element(
            "button",
            text,
            type="submit",
            name=DO_FIELD,
            value=does,
            class_="second" if number else None,
        )
        for number, (does, text) in enumerate(wanted)
    ]


def counted(form: Form) -> str:
    """Say how many answers are wrong or odd: "2 answers to correct, 1 to check"; "" for none."""
    fields = [field for group in form.groups for field in group.fields]
    wrong = sum(bool(field.fault and not field.shares_fault) for field in fields)
    wrong += len(form.faults)
    odd = sum(bool(field.note and not field.fault) for field in fields)
    parts = [(wrong, "to correct"), (odd, "to check")]
    said = [f"{number} {what}" for number, what in parts if number]
    if said:
        number, _, what = said[0].partition(" ")
        said[0] = f"{number} {'answer' if number == '1' else 'answers'} {what}"
    return ", ".join(said)


def summary(form: Form) -> Html | None:
    """Return what is wrong or odd, for the top, where a screen reader begins; None for nothing."""
    said = counted(form)
    if not said:
        return None
    fields = [field for group in form.groups for field in group.fields]
    said_of: list[list[Field]] = []
    for field in fields:
        if field.fault and field.shares_fault:
            said_of[-1].append(field)
        elif field.fault or field.note:
            said_of.append([field])
    items = [_about(*together) for together in said_of]
    items += [element("li", fault) for fault in form.faults]
    is_refused = any(field.fault for field in fields)
    sure = element("strong", "Save anyway")
    if is_refused or form.is_doubtful:
        said += ". Your changes are not saved yet" if form.is_change else ". Nothing is saved yet"
    return element(
        "section",
        element("h2", f"{said}.", id="look", tabindex=-1, autofocus="autofocus"),
        element("ul", *items),
        element("p", "If you are sure, choose ", sure, " at the end of this page.")
        if form.is_doubtful
        else None,
        role="alert",
        aria_labelledby="look",
        class_=f"box {'red' if is_refused or form.faults else 'amber'}",
    )


def _about(first: Field, *others: Field) -> Html:
    links: list[Child] = [_link(first)]
    for field in others:
        links += [" and ", _link(field)]
    return element("li", *links, ": ", first.fault or first.note)


def _link(field: Field) -> Html:
    return element("a", field.label, href=f"#{_id(field.name)}")


def _group(group: FormGroup) -> Html:
    kind = f"of-{group.method}" if group.method else None
    place = _with_link(group.place) if group.place else None
    legend = element("legend", group.title)
    return element("fieldset", legend, place, *map(_field, group.fields), class_=kind)


def _methods(chosen: Method) -> Html:
    choices = [
        element(
            "label",
            element(
                "input",
                type="radio",
                name=METHOD_FIELD,
                value=method,
                id=f"method-{method}",
                checked="checked" if method is chosen else None,
            ),
            element("span", text[:1].upper() + text[1:]),
            class_="choice",
        )
        for method, text in METHODS.items()
    ]
    return element("fieldset", element("legend", METHOD_QUESTION), *choices)


def _with_link(text: str) -> Html:
    """In a tab of its own: what was typed stays."""
    before, portal, after = text.partition("developer.webex.com")
    link = element("a", portal, href=f"https://{portal}", target="_blank", rel="noreferrer")
    return element("p", before, link if portal else None, after, class_="soft")


def _field(field: Field) -> Html:
    name = _id(field.name)
    if field.variable:
        said = {"hint": OVERRIDDEN.format(field.variable)}
    else:
        said = {"hint": as_sentence(field.hint)}
        if field.kept and field.fault:
            said["kept"] = "Leave it empty to try the same one again."
        elif field.kept:
            where = "" if field.kept == "typed" else f", {field.kept}"
            said["kept"] = f"Kept{where}. Leave it empty to keep it."
    if field.fault:
        said["fault"] = field.fault
    elif field.note:
        said["noted"] = field.note
    lines = [element("p", text, id=f"{name}-{kind}", class_=kind) for kind, text in said.items()]
    if field.fault or field.note:  # shown in its place, by style, once the field is edited
        lines.append(element("p", "Not checked since you changed it.", class_="changed"))
    box = element(
        "input",
        # Not "password": a browser would offer to save it, over what the page says is wrong.
        type="text",
        class_="secret" if field.is_secret else None,
        id=name,
        name=field.name,
        value="" if field.is_secret else field.value,
        placeholder="kept" if field.is_secret and field.kept and not field.fault else None,
        autocomplete="off",
        autocapitalize="none",
        spellcheck="false",
        aria_describedby=" ".join(f"{name}-{kind}" for kind in said),
        aria_required="true" if field.is_required else None,
        aria_invalid="true" if field.fault else None,
        disabled="disabled" if field.variable else None,
    )
    label = element("label", field.label, for_=name)
    return element("div", label, *lines, box, class_="field wrong" if field.fault else "field")


def _store(form: Form) -> Html:
    box = element(
        "input",
        type="checkbox",
        name=FILE_FIELD,
        value="yes",
        id=FILE_FIELD,
        checked="checked" if form.uses_file else None,
    )
    text = element("span", "Keep the secrets in a file that only you can read, unencrypted")
    return element(
        "fieldset",
        element("legend", "There is no keyring"),
        element("p", f"Without one {WITHOUT_KEYRING}", class_="soft"),
        element("label", box, text, class_="choice"),
    )


def _foot(form: Form, config: str) -> Html:
    wanted = [(SEND, "Check and save")]
    note = f"The answers are checked with Webex, and saved to {config}."
    if form.is_doubtful:
        wanted.append((ANYWAY, "Save anyway"))
        note += " Save anyway saves them as they were checked."
    if form.is_change:
        wanted.append((CANCEL, "Cancel"))
    return element("div", *buttons(*wanted), element("p", note, class_="soft"), class_="foot")


def _id(name: str) -> str:
    return name.replace(".", "-")
