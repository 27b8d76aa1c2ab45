"""Mutants of a detector: one comparison, sign, extreme, number or threshold changed at a time."""

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is changed."""

    BOUNDARY = "boundary"
    DIRECTION = "direction"
    LOGIC = "logic"
    SIGN = "sign"
    EXTREME = "extreme"
    NUMBER = "number"
    THRESHOLD = "threshold"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change.

    Attributes:
        kind: What is changed.
        line: Where, from 1.
        within: The function or class it is in; empty at the top of the module.
        before: The line as it is, as Python would write it.
        after: The line as it is changed.
        tree: The module with the change in it.
    """

    kind: Kind
    line: int
    within: str
    before: str
    after: str
    tree: ast.Module


#: < to <= asks for a test at the boundary, < to > for one on either side.
BOUNDARIES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
DIRECTIONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
SIGNS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
}
JOINTS: dict[type[ast.operator], type[ast.operator]] = {ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
EXTREMES = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "any": "all",
    "all": "any",
}

Change = tuple[Kind, ast.expr]


def mutants_of(source: str, whole: frozenset[str]) -> list[Mutant]:
    """Every mutant of a module.

    Args:
        source: The module's text.
        whole: Names of thresholds that are whole numbers; they change by 1, the others by a factor of 2.
    """
    tree = ast.parse(source)
    lines = ast.unparse(tree).splitlines()
    return [
        _mutant(kind, node.lineno, within, lines, _with(tree, path, after))
        for path, node, within in _expressions(tree)
        for kind, after in _changes(node, whole)
    ]


def _mutant(kind: Kind, line: int, within: str, lines: list[str], tree: ast.Module) -> Mutant:
    changed = zip(lines, ast.unparse(tree).splitlines(), strict=True)
    before, after = next((one.strip(), other.strip()) for one, other in changed if one != other)
    return Mutant(kind, line, within, before, after, tree)


_Path = tuple[tuple[str, int | None], ...]
#: Nothing that runs: types, docstrings and the texts of messages.
_SKIPPED = {"annotation", "returns", "decorator_list", "bases", "format_spec", "type_params"}


def _expressions(node: ast.AST, path: _Path = (), within: str = "") -> Iterator[tuple[_Path, ast.expr, str]]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        within = f"{within}.{node.name}".lstrip(".")
    if _is_type_alias(node):
        return
    if isinstance(node, ast.expr):
        yield path, node, within
    for name, value in ast.iter_fields(node):
        if name in _SKIPPED:
            continue
        inner = enumerate(value) if isinstance(value, list) else [(None, value)]
        for place, child in inner:
            if isinstance(child, ast.AST):
                yield from _expressions(child, (*path, (name, place)), within)


def _is_type_alias(node: ast.AST) -> bool:
    """`_Check = tuple[float, str]`: a subscript of a type, or types joined by |, at the top of a module."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Subscript | ast.BinOp)
        and {name.id for name in ast.walk(node.value) if isinstance(name, ast.Name)}
        <= {"tuple", "float", "int", "str", "NDArray", "Callable", "Mapping"}
        and not any(isinstance(part, ast.Constant) for part in ast.walk(node.value))
    )


def _with(tree: ast.Module, path: _Path, after: ast.expr) -> ast.Module:
    """A copy of the tree with another expression at this path."""
    copy = deepcopy(tree)
    holder: ast.AST = copy
    for name, place in path[:-1]:
        holder = getattr(holder, name) if place is None else getattr(holder, name)[place]
    name, place = path[-1]
    before = getattr(holder, name) if place is None else getattr(holder, name)[place]
    ast.copy_location(after, before)
    if place is None:
        setattr(holder, name, after)
    else:
        getattr(holder, name)[place] = after
    return ast.fix_missing_locations(copy)


def _changes(node: ast.expr, whole: frozenset[str]) -> Iterator[Change]:
    match node:
        case ast.Compare():
            yield from _of_comparison(node)
        case ast.BinOp(op=op) if type(op) in JOINTS:
            yield Kind.LOGIC, ast.BinOp(node.left, JOINTS[type(op)](), node.right)
        case ast.BinOp(op=op) if type(op) in SIGNS and not _is_text(node):
            yield Kind.SIGN, ast.BinOp(node.left, SIGNS[type(op)](), node.right)
        case ast.BoolOp(op=op, values=values):
            yield Kind.LOGIC, ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
            yield Kind.LOGIC, operand
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield Kind.SIGN, operand
        case ast.Name(id=name) if name in EXTREMES:
            yield Kind.EXTREME, ast.Name(EXTREMES[name], ast.Load())
        case ast.Attribute(value=value, attr=name, ctx=ast.Load()):
            yield from _of_attribute(value, name, whole)
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as number):
            yield from ((Kind.NUMBER, ast.Constant(other)) for other in _other_numbers(number))


def _of_comparison(node: ast.Compare) -> Iterator[Change]:
    for kind, table in ((Kind.BOUNDARY, BOUNDARIES), (Kind.DIRECTION, DIRECTIONS)):
        for place, op in enumerate(node.ops):
            if type(op) in table:
                ops = [*node.ops[:place], table[type(op)](), *node.ops[place + 1 :]]
                yield kind, ast.Compare(node.left, ops, node.comparators)


def _of_attribute(value: ast.expr, name: str, whole: frozenset[str]) -> Iterator[Change]:
    if name in EXTREMES:
        yield Kind.EXTREME, ast.Attribute(value, EXTREMES[name], ast.Load())
    if isinstance(value, ast.Name) and value.id in ("limits", "humps") and name != "severity":
        read = ast.Attribute(value, name, ast.Load())
        if name in whole:
            yield Kind.THRESHOLD, ast.BinOp(read, ast.Add(), ast.Constant(1))
            yield Kind.THRESHOLD, ast.BinOp(read, ast.Sub(), ast.Constant(1))
        else:
            yield Kind.THRESHOLD, ast.BinOp(read, ast.Mult(), ast.Constant(2.0))
            yield Kind.THRESHOLD, ast.BinOp(read, ast.Mult(), ast.Constant(0.5))


def _other_numbers(number: float) -> tuple[float, ...]:
    if isinstance(number, int):
        return (number + 1, number - 1)
    return (number * 2.0, number * 0.5) if number else (1.0,)


def _is_text(node: ast.BinOp) -> bool:
    """Whether sentences are joined."""
    return any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )
