# SPDX-License-Identifier: GPL-3.0-or-later
"""Small faults to plant in a module: which there are, and the module's text with one of them.

Left out: docstrings, annotations, decorators, `__repr__`, and messages: what is inside `raise`, an
f-string, a notice, or any string of several words. They speak to people; no test pins their words.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
SAYING = {"note", "working", "translated", "_writing", "from_os_error", "Problem"}
"""Calls whose string arguments are for people, but for a first argument of `note`."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: what it is, and the lines on which a test must have been to meet it."""

    index: int
    what: str
    first: int
    last: int
    text: str


Site = tuple[ast.AST, Callable[[], Callable[[], None]], str]
"""A node, what plants the fault there and returns how to take it back, and its name."""


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, always in the same order."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    index = 0
    for node in list(_mutable(tree)):
        for what, plant in _faults(node, parents):
            undo = plant()
            ast.fix_missing_locations(tree)
            text = ast.unparse(tree)
            undo()
            first, last = _span(node, parents)
            yield Mutant(index, what, first, last, text)
            index += 1


def _mutable(node: ast.AST) -> Iterator[ast.AST]:
    children: list[ast.AST]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        if node.name == "__repr__":
            return
        # The signature's defaults count, its annotations and the decorators do not.
        children = [*node.body]
        if isinstance(node, ast.FunctionDef):
            children += [*node.args.defaults, *(one for one in node.args.kw_defaults if one)]
    elif isinstance(node, ast.AnnAssign):
        children = [node.value] if node.value else []
    elif isinstance(node, ast.Raise):
        yield node
        return
    elif isinstance(node, ast.JoinedStr):
        return
    elif isinstance(node, ast.Call) and _name(node.func) in SAYING:
        keep = 1 if _name(node.func) in {"note", "Problem"} else 0
        spoken = [a for a in node.args[keep:] if isinstance(a, (ast.Constant, ast.JoinedStr))]
        children = [child for child in ast.iter_child_nodes(node) if child not in spoken]
    else:
        children = list(ast.iter_child_nodes(node))
    yield node
    for child in children:
        yield from _mutable(child)


def _faults(
    node: ast.AST, parents: dict[ast.AST, ast.AST]
) -> Iterator[tuple[str, Callable[[], Callable[[], None]]]]:
    shown = ast.unparse(node).split("\n")[0][:60] if hasattr(node, "lineno") else ""
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in COMPARE[type(op)]:
                ops = [*node.ops]
                ops[place] = other()
                nth = f" at {place + 1}" if len(ops) > 1 else ""
                yield f"{shown}  ->  {other.__name__}{nth}", _set(node, "ops", ops)
    elif isinstance(node, ast.BoolOp):
        other_op: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"{shown}  ->  {type(other_op).__name__}", _set(node, "op", other_op)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"{shown}  ->  without not", _swap(node, node.operand, parents)
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in ARITHMETIC:
        arithmetic = ARITHMETIC[type(node.op)]
        yield f"{shown}  ->  {arithmetic.__name__}", _set(node, "op", arithmetic())
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            yield f"{shown}  ->  left half", _swap(node, node.left, parents)
    elif isinstance(node, ast.Constant):
        for value in _others(node.value):
            yield f"{shown}  ->  {value!r}", _set(node, "value", value)
    elif isinstance(node, (ast.If, ast.IfExp, ast.While)) and isinstance(
        node.test, (ast.Name, ast.Attribute, ast.Call)
    ):
        test = ast.UnaryOp(ast.Not(), node.test)
        yield f"if {ast.unparse(node.test)[:50]}  ->  if not", _set(node, "test", test)
    elif isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield f"{shown}  ->  return None", _set(node, "value", ast.Constant(None))
    elif _droppable(node):
        yield f"{shown}  ->  gone", _swap(node, ast.Pass(), parents)
    elif isinstance(node, (ast.Break, ast.Continue)):
        opposite = ast.Continue() if isinstance(node, ast.Break) else ast.Break()
        yield f"{shown}  ->  {type(opposite).__name__}", _swap(node, opposite, parents)
    elif isinstance(node, ast.Call) and _name(node.func) in {"min", "max", "any", "all"}:
        assert isinstance(node.func, ast.Name)
        other_name = {"min": "max", "max": "min", "any": "all", "all": "any"}[node.func.id]
        yield f"{shown}  ->  {other_name}", _set(node.func, "id", other_name)


def _droppable(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        return isinstance(node.targets[0], (ast.Attribute, ast.Subscript))
    return isinstance(node, ast.Raise) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    )


def _others(value: object) -> list[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, str):
        return [] if " " in value else [value + "X"]
    if isinstance(value, bytes):
        return [value + b"X", b""] if value else [b"X"]
    return []


def _set(node: ast.AST, field: str, value: object) -> Callable[[], Callable[[], None]]:
    def plant() -> Callable[[], None]:
        before = getattr(node, field)
        setattr(node, field, value)
        return lambda: setattr(node, field, before)

    return plant


def _swap(
    node: ast.AST, other: ast.AST, parents: dict[ast.AST, ast.AST]
) -> Callable[[], Callable[[], None]]:
    """Put another node in this one's place."""
    parent = parents[node]
    for field, value in ast.iter_fields(parent):
        if value is node:
            return _set(parent, field, other)
        if isinstance(value, list) and node in value:
            items = [copy.copy(other) if one is node else one for one in value]
            return _set(parent, field, items)
    raise AssertionError("a node is not among its parent's")


def _span(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> tuple[int, int]:
    """The lines of the statement around a node; of a compound one only its head."""
    at = node
    while not isinstance(at, ast.stmt):
        at = parents[at]
    body = getattr(at, "body", None)
    last = body[0].lineno - 1 if body else at.end_lineno
    return at.lineno, max(at.lineno, last or at.lineno)


def _name(func: ast.expr) -> str:
    return getattr(func, "id", getattr(func, "attr", ""))
