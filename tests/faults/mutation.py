"""Small faults put into a source on purpose: each is one a programmer could make.

Not mutated, since they decide nothing at run time: imports, annotations, docstrings, and what
stands under TYPE_CHECKING.

Not mutmut 3: it numbers the mutants of a function, so a list of survivors does not outlive an edit
of it, and it leaves out what stands in no function, such as limits and the members of enums.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

Enums = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A source with one fault. `name`: what was changed and in which function, without the line,
    so that it holds while other lines come and go."""

    module: str
    line: int
    name: str
    source: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.name}"


def enums_of(source: str) -> dict[str, list[str]]:
    """The enumerations that a source defines, with their members in order."""
    return {
        node.name: [
            member.targets[0].id
            for member in node.body
            if isinstance(member, ast.Assign) and isinstance(member.targets[0], ast.Name)
        ]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and "StrEnum" in map(ast.unparse, node.bases)
    }


def mutants_of(module: str, source: str, enums: Enums) -> list[Mutant]:
    """Every mutant of a source, each once, in the order of the lines."""
    statements = ast.parse(source).body
    texts = [ast.unparse(statement) for statement in statements]
    found: list[Mutant] = []
    seen = {"\n".join(texts)}
    for at, statement in enumerate(statements):
        alone = ast.Module(
            [statement], []
        )  # to write all the others anew would take ten times as long
        for line, name in _changed(alone, "", enums):
            changed = ast.unparse(ast.fix_missing_locations(alone))
            text = "\n".join((*texts[:at], changed, *texts[at + 1 :]))
            if text not in seen:
                seen.add(text)
                found.append(Mutant(module, line, name, text))
    return _numbered(found)


def _numbered(mutants: list[Mutant]) -> list[Mutant]:
    """Tell apart what has the same name."""
    often, count = Counter(mutant.name for mutant in mutants), Counter[str]()
    numbered = []
    for mutant in mutants:
        count[mutant.name] += 1
        number = f" #{count[mutant.name]}" if often[mutant.name] > 1 else ""
        numbered.append(replace(mutant, name=mutant.name + number))
    return numbered


def _changed(parent: ast.AST, where: str, enums: Enums) -> Iterator[tuple[int, str]]:
    """Line and name of each mutant at and below `parent`, which is so changed until the next one
    is asked for."""
    if isinstance(parent, ast.ClassDef | ast.FunctionDef):
        where = f"{where}.{parent.name}" if where else parent.name
    for field, value in ast.iter_fields(parent):
        if field in ("annotation", "returns", "bases"):
            continue
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            if not isinstance(child, ast.AST) or _decides_nothing(child):
                continue
            for other in _others(child, parent, field, enums):
                name = f"{where or 'module'}: {_brief(child)} -> {_brief(other)}"
                _put(parent, field, value, index, other)
                yield getattr(child, "lineno", getattr(parent, "lineno", 0)), name
                _put(parent, field, value, index, child)
            yield from _changed(child, where, enums)


def _put(parent: ast.AST, field: str, value: object, index: int, child: ast.AST) -> None:
    if isinstance(value, list):
        value[index] = child
    else:
        setattr(parent, field, child)


def _brief(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split()) if not isinstance(node, ast.Pass) else "nothing"
    return text if len(text) <= 90 else f"{text[:50]} … {text[-38:]}"


def _decides_nothing(node: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
    return False


# --- what each thing becomes ----------------------------------------------------------------------

_NEXT_TO: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_AS_NONE = ("None", "False", "''", "[]", "()", "{}")
"""Returned in place of these, None would be as untrue; and mypy refuses it."""
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


def _others(node: ast.AST, parent: ast.AST, field: str, enums: Enums) -> Iterator[ast.AST]:
    """What could stand in place of a node."""
    if field in ("test", "ifs", "guard") and isinstance(node, ast.expr):
        yield _negation(node)
    match node:
        case ast.expr():
            yield from _other_expressions(node, enums)
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) not in _AS_NONE:
            yield ast.Return(ast.Constant(None))
        case ast.If(orelse=[]) | ast.Raise() | ast.Expr() | ast.AugAssign():
            yield ast.Pass()
        case ast.Assign() if isinstance(parent, ast.FunctionDef | ast.If):
            yield ast.Pass()
        case ast.match_case(guard=ast.expr()):
            yield ast.match_case(node.pattern, None, node.body)
            yield ast.match_case(node.pattern, ast.Constant(value=False), node.body)
        case ast.match_case():
            yield ast.match_case(node.pattern, ast.Constant(value=False), node.body)


def _negation(node: ast.expr) -> ast.expr:
    match node:
        case ast.Compare(left=left, ops=[op], comparators=comparators):
            return ast.Compare(left, [_NEGATED[type(op)]()], comparators)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
    return ast.UnaryOp(ast.Not(), node)


def _other_expressions(node: ast.expr, enums: Enums) -> Iterator[ast.expr]:
    match node:
        case ast.Compare():
            yield from _other_comparisons(node)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for left_out in range(len(values)):
                rest = values[:left_out] + values[left_out + 1 :]
                yield ast.BoolOp(op, rest) if len(rest) > 1 else rest[0]
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            yield ast.BinOp(left, _ARITHMETIC[type(op)](), right)
        case ast.IfExp(body=body, orelse=orelse):
            yield body
            yield orelse
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in _CALLS:
            yield ast.Call(ast.Name(_CALLS[name]), args, keywords)
        case ast.Attribute(value=ast.Name(id=name), attr=member) if member in enums.get(name, []):
            members = enums[name]
            swapped = members[(members.index(member) + 1) % len(members)]
            yield ast.Attribute(node.value, swapped, node.ctx)
        case ast.Constant():
            yield from _other_constants(node.value)


def _other_comparisons(node: ast.Compare) -> Iterator[ast.Compare]:
    for at, op in enumerate(node.ops):
        for table in (_NEXT_TO, _NEGATED):
            if (other := table.get(type(op))) is not None:
                ops = [*node.ops[:at], other(), *node.ops[at + 1 :]]
                yield ast.Compare(node.left, ops, node.comparators)


def _other_constants(value: object) -> Iterator[ast.Constant]:
    match value:
        case bool():
            yield ast.Constant(value=not value)
        case int() | float():
            yield ast.Constant(value + 1)
            if value not in (0, 1):
                yield ast.Constant(value - 1)
        case "":
            yield ast.Constant("odd")
        case str():
            yield ast.Constant(f"{value}odd")
        case bytes():
            yield ast.Constant(value + b"odd")
