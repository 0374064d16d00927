"""The documents: links, citations, and the commands that they show."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from tests import command_reference
from tests.policy.judging import LOOKS
from tests.policy.situation import Situation
from tests.policy.situations import SITUATIONS
from tray_app.cli.main import NAME, program
from tray_app.model.health import Reason
from tray_app.model.signs import Colour, Shape
from tray_app.text import rows as menu_rows

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / ".github")
    for path in folder.glob("*.md")
    if path.name != "CHANGELOG.md"
)
CODE = [
    *sorted(path for folder in ("tray_app", "tests") for path in (ROOT / folder).rglob("*.py")),
    ROOT / "Makefile",
    ROOT / "pyproject.toml",
]

_WRITERS = (Path(__file__), Path(command_reference.__file__))
"""They write Markdown, with links as it has them."""

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_CITATION = re.compile(r'docs/([\w-]+\.md)((?:(?:, | and )"[^"]+")*)')


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """Without the blocks of code."""
    return _FENCE.sub("", text_of(path))


def headings(path: Path) -> list[str]:
    return _HEADING.findall(prose(path))


def anchors(path: Path) -> set[str]:
    """The anchors of its headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in headings(path):
        plain = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(plain if plain not in found else f"{plain}-1")
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_no_conflict_is_left(path: Path) -> None:
    """No mark of a merge."""
    assert not re.search(r"^(<{7}|={7}|>{7})", text_of(path), re.MULTILINE)


# --- links --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    """Each relative link, to a file of the repository, and to a heading in it."""
    for target in _LINK.findall(prose(path)):
        if re.match(r"\w+:", target):
            continue
        file, _, anchor = unquote(target).partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(there), target


def test_every_document_is_linked() -> None:
    """From the README, at one remove at most."""
    reached = {ROOT / "README.md"}
    for _ in range(2):
        for path in list(reached):
            links = (target.partition("#")[0] for target in _LINK.findall(prose(path)))
            reached |= {(path.parent / link).resolve() for link in links if link.endswith(".md")}
    assert {path for path in DOCUMENTS if path.parent.name == "docs"} <= reached


# --- citations ----------------------------------------------------------------------------------


def citations(text: str) -> Iterator[tuple[str, str]]:
    """Each document and heading that a text cites; broken lines and comment marks do not matter."""
    one_line = re.sub(r"\s+(?:# )?", " ", text)
    for file, quoted in _CITATION.findall(one_line):
        for heading in re.findall(r'"([^"]+)"', quoted) or [""]:
            yield file, heading


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(docs/a.md).", [("a.md", "")]),
        ('docs/a.md, "One two".', [("a.md", "One two")]),
        ('# docs/a.md, "One\n    # two".', [("a.md", "One two")]),
        ('docs/a.md, "One" and\n"Two"', [("a.md", "One"), ("a.md", "Two")]),
    ],
)
def test_citations_are_found(text: str, found: list[tuple[str, str]]) -> None:
    assert list(citations(text)) == found


def test_every_citation_in_code_leads_to_a_heading() -> None:
    """`docs/FILE.md, "Heading"`."""
    found = [
        (name_of(path), *citation)
        for path in CODE
        if path not in _WRITERS
        for citation in citations(text_of(path))
    ]
    assert len(found) > 10
    for path, file, heading in found:
        there = ROOT / "docs" / file
        assert there.exists(), (path, file)
        assert not heading or heading in headings(there), (path, file, heading)


def test_code_cites_no_document_that_is_not_here() -> None:
    """A file `NAME.md` is cited with its folder, `docs/` or `.github/`, or is in the root."""
    roots = {path.name for path in ROOT.glob("*.md")}
    for path in CODE:
        for folder, name in re.findall(r"([\w./-]*/)?\b([\w-]+\.md)\b", text_of(path)):
            if path in _WRITERS or folder in {"docs/", ".github/"}:
                continue
            assert name in roots or (path.parent / name).exists(), (name_of(path), folder, name)


# --- examples -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_examples_can_be_read(path: Path) -> None:
    """Python compiles, and JSON is JSON (or a field of an object)."""
    for language, block in _FENCE.findall(text_of(path)):
        if language == "python":
            ast.parse(block)
        if language == "json":
            json.loads(block if block.lstrip().startswith(("{", "[")) else f"{{{block}}}")


def lines(path: Path) -> Iterator[str]:
    """What is code: the lines of the blocks, and what stands between backticks."""
    for language, block in _FENCE.findall(text_of(path)):
        if language in {"", "sh"}:
            yield from block.replace("\\\n", "").splitlines()
    yield from _SPAN.findall(prose(path))


def calls(line: str) -> Iterator[list[str]]:
    """The arguments of each call of the program in a line."""
    verbs = "|".join(program.list_commands(click.Context(program)))
    for found in re.finditer(rf"\b{NAME}(?:-gui)?(?= |$)([^|;&)>#]*)", line):
        yield shlex.split(found[1].partition("   ")[0].replace("\\", ""), posix=True)
    if re.match(rf"(?:{verbs})(?: [a-z-]+)* --", line):  # in a sentence: `status --json`
        yield shlex.split(line.partition("|")[0])


def faults(arguments: list[str]) -> Iterator[str]:
    """The commands and options that do not exist."""
    command: click.Command = program
    options = options_of(program)
    words = iter(arguments)
    for word in words:
        name, equals, _ = word.strip("[](),").partition("=")
        if word == "--":
            return
        if name.startswith("-") and name not in options:
            yield f"{command.name} has no {name}"
        elif name.startswith("-") and not (equals or options[name].is_flag):
            next(words, None)
        elif isinstance(command, click.Group) and name.isascii() and re.match(r"[a-z]", name):
            found = command.get_command(click.Context(command), name)
            if found is None:
                yield f"there is no {name}"
                return
            command, options = found, options | options_of(found)


def options_of(command: click.Command) -> dict[str, click.Option]:
    context = click.Context(command)
    found = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    return {name: option for option in found for name in (*option.opts, *option.secondary_opts)}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("webex-token-tray", []),
        ("webex-token-tray --config FILE watch --install", []),
        ("webex-token-tray nothing", ["there is no nothing"]),
        ("webex-token-tray status --nothing", ["status has no --nothing"]),
        ("webex-token-tray data-sources extend ID   (--all)", []),
        ("webex-token-tray data-sources end ID", ["there is no end"]),
        ("webex-token-tray --config list status", []),
        ("webex-token-tray run -- python --nothing", []),
        ("x || $(webex-token-tray token --min-ttl=2d --json) ", ["token has no --json"]),
        ("status --jason", ["status has no --jason"]),
        ("profiles list --json", []),
    ],
)
def test_a_wrong_command_is_found(line: str, found: list[str]) -> None:
    assert [fault for call in calls(line) for fault in faults(call)] == found


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_that_is_shown_exists(path: Path) -> None:
    """With its options."""
    for line in lines(path):
        for call in calls(line):
            assert not list(faults(call)), line


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_target_of_make_that_is_shown_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    for line in lines(path):
        for target in re.findall(r"^make ([a-z]+)", line):
            assert target in targets, line


# --- the reference of commands ------------------------------------------------------------------


def test_the_reference_of_commands_is_up_to_date() -> None:
    """Else: `python -m tests.command_reference`."""
    assert text_of(command_reference.PATH) == command_reference.page()


def test_the_reference_has_every_command() -> None:
    """Also those below others."""
    shown = headings(command_reference.PATH)
    ways = {" ".join(way) for _, way in command_reference.commands()}
    assert ways <= set(shown)
    assert {"status", "data-sources extend", "profiles add"} <= ways


# --- what it says, and what is so ---------------------------------------------------------------


_SHOWN = {
    Shape.CROSS: "\N{MULTIPLICATION SIGN}",
    Shape.BANG: "!",
    Shape.QUERY: "?",
    Shape.CHECK: "✓",
}


def test_the_table_of_health_is_that_of_the_program() -> None:
    """Its rows, each with its colour, its shape, and every reason."""
    section = (
        text_of(ROOT / "docs/architecture.md").partition("\n## Health\n")[2].partition("\n## ")[0]
    )
    table, _, notes = section.partition("\n- Why none can")
    ways, others = (re.findall(r"`([a-z-]+)`", note) for note in notes.split("\n- ")[:2])
    told = {(1, reason) for reason in others}
    rows = re.findall(r"^\| (\d+) \| (\w+ .) .*\| (.+) \|$", table, re.MULTILINE)
    for row, shows, reasons in rows:
        colour, shape = LOOKS[int(row)]
        assert shows == f"{colour} {_SHOWN[shape]}", row
        here = ways if reasons == "why none can" else re.findall(r"`([a-z-]+)`", reasons)
        told |= {(int(row), reason) for reason in here}
    assert {(each.row, each.reason) for each in SITUATIONS} <= told
    assert {reason for _, reason in told} == set(Reason)
    assert {row for row, _ in told} == set(LOOKS)


def sentences() -> list[re.Pattern[str]]:
    """What "it says" in the tables of troubleshooting: "…" stands for anything, " / " for or."""
    cells = re.findall(r"^\| ([^|]+) \|", text_of(ROOT / "docs/troubleshooting.md"), re.MULTILINE)
    told = [sentence for cell in cells for sentence in cell.split(" / ")]
    return [re.compile(re.escape(each).replace("…", ".*") + ".*") for each in told]


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_what_is_wrong_is_in_troubleshooting(situation: Situation) -> None:
    """By its own words."""
    if LOOKS[situation.row][0] is not Colour.GREEN:
        assert any(pattern.fullmatch(situation.headline) for pattern in sentences())


_BUILT = {"dist/"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_module_that_is_named_exists(path: Path) -> None:
    """Each folder, file, and module without its ending."""
    text = text_of(path).partition("\n## Defects")[0]
    form = r"`((?:[a-z_]+/)*(?:[a-z_]+/|[a-z_]+\.py)|(?:[a-z_]+/)+[a-z_]+)[`:]"
    below = ("tray_app", "", "tray_app/desktop", "tray_app/cli", "tests")
    for name in set(re.findall(form, text)) - _BUILT:
        places = [ROOT / folder / name for folder in below]
        assert any(it.exists() or it.with_suffix(".py").exists() for it in places), name


def test_every_thread_is_in_the_table() -> None:
    """By its name in the code."""
    section = text_of(ROOT / "docs/architecture.md").partition("\n## Threads\n")[2]
    told = set(_SPAN.findall(section.partition("\n## ")[0]))
    code = "".join(map(text_of, (ROOT / "tray_app").rglob("*.py")))
    names = set(re.findall(r'Thread\((?:[^()]|\([^()]*\))*name="([^"]+)"', code))
    assert {"scheduler", "sign-in"} <= names
    assert names - {"sandbox"} <= told


def json_fields(file: str) -> set[str]:
    """The keys of the dictionaries that `as_object` of that file makes."""
    (made,) = (
        node
        for node in ast.parse(text_of(ROOT / "tray_app/cli" / file)).body
        if isinstance(node, ast.FunctionDef) and node.name == "as_object"
    )
    dictionaries = (node for node in ast.walk(made) if isinstance(node, ast.Dict))
    keys = (key for each in dictionaries for key in each.keys)
    return {
        key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


@pytest.mark.parametrize(
    ("file", "begins", "ends"),
    [
        ("history.py", "`--json` prints an array of objects with `at`", ";"),
        ("data_sources.py", "`--json` prints an array of objects with `id`", " What "),
        ("doctor/output.py", "`--json` prints one object: `worst`", " It "),
    ],
)
def test_the_guide_names_the_fields_of_json(file: str, begins: str, ends: str) -> None:
    """All of them, as programs read them: a rename in the code must not change them."""
    text = " ".join(text_of(ROOT / "docs/guide.md").split())
    assert text.count(begins) == 1
    sentence = (begins + text.partition(begins)[2]).partition(ends)[0]
    assert set(re.findall(r"`([a-z_]+)`", sentence)) == json_fields(file)


def test_the_rows_of_the_menu_are_those_of_the_program() -> None:
    """Each row that the README has in bold, word for word."""
    table = text_of(ROOT / "README.md").partition("\n## The menu\n")[2].partition("\n## ")[0]
    rows = set(re.findall(r"\*\*([^*]+)\*\*", table))
    texts = {text for text in vars(menu_rows).values() if isinstance(text, str)}
    assert len(rows) > 15
    assert rows <= texts


def test_the_readme_is_short() -> None:
    """All else is in docs/."""
    assert len(text_of(ROOT / "README.md").splitlines()) <= 250
