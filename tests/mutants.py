"""Small changes of the source: of operators, numbers, conditions, options and statements."""

import ast
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

# The folder of the sklstm that an import finds, which is not imported here.
ROOT = Path(find_spec("sklstm").origin).parent.parent
OPERATORS = {
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq},
    **{ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn},
    **{ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add},
    **{ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv},
    **{ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.USub: ast.UAdd},
}


@dataclass
class Mutant:
    """A change of the source.

    Attributes
    ----------
    path : str
    number : int
        Its place in ``list(changes(tree))`` of the file.
    lines : tuple of int
        First and last line of the statement, or None outside of functions.
    """

    path: str
    number: int
    lines: tuple | None

    @property
    def name(self):
        """The name for ``--mutant``."""
        return f"{self.path}:{self.number}"


def statements(node, function=None):
    """Yield each statement that can be changed, its function, and the list that it is in."""
    for _, block in ast.iter_fields(node):
        if not isinstance(block, list):
            continue
        for part in block:
            if isinstance(part, ast.ExceptHandler | ast.match_case):
                yield from statements(part, function)
            if not isinstance(part, ast.stmt):
                continue
            if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)):
                yield part, function, block
            is_function = isinstance(part, ast.FunctionDef)
            yield from statements(part, part if is_function else function)


def own_parts(statement):
    """Yield the nodes of a statement, without annotations, messages and the statements inside."""
    stack = [statement]
    while stack:
        node = stack.pop()
        yield node
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns") or isinstance(node, ast.JoinedStr | ast.Raise):
                continue
            parts = value if isinstance(value, list) else [value]
            inside = (ast.stmt, ast.ExceptHandler, ast.match_case)
            nodes = [p for p in parts if isinstance(p, ast.AST) and not isinstance(p, inside)]
            stack.extend(reversed(nodes))


def changes(tree):
    """Yield the statement, the function around it, and a function that changes the tree."""
    for statement, function, block in statements(tree):
        assigns = isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign)
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        stores = assigns and not isinstance(targets[0], ast.Name | ast.Tuple)
        if stores or isinstance(statement, ast.Expr | ast.Raise | ast.AugAssign):
            yield statement, function, replaced(block, block.index(statement), ast.Pass())
        if isinstance(statement, ast.Continue | ast.Break):
            other = ast.Break() if isinstance(statement, ast.Continue) else ast.Continue()
            yield statement, function, replaced(block, block.index(statement), other)
        for node in own_parts(statement):
            for change in changes_of(node):
                yield statement, function, change


def changes_of(node):
    """Yield functions that change one node in place."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp | ast.UnaryOp):
        if type(node.op) in OPERATORS:
            yield assigned(node, "op", OPERATORS[type(node.op)]())
        elif isinstance(node.op, ast.Not):
            yield assigned(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
    elif isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            yield replaced(node.ops, i, OPERATORS[type(operator)]())
    elif isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield assigned(node, "value", not value)
        elif isinstance(value, int | float):
            yield assigned(node, "value", value + 1)
        elif isinstance(value, str) and " " not in value:  # no message
            yield assigned(node, "value", value + "?")
    elif isinstance(node, ast.If | ast.IfExp):
        yield assigned(node, "test", ast.Constant(True))
        yield assigned(node, "test", ast.Constant(False))
    elif isinstance(node, ast.Call):
        for i in range(len(node.keywords)):
            yield assigned(node, "keywords", node.keywords[:i] + node.keywords[i + 1 :])
    elif isinstance(node, ast.comprehension):
        for i in range(len(node.ifs)):
            yield replaced(node.ifs, i, ast.Constant(True))


def assigned(node, name, value):
    """Return a function that sets an attribute of a node."""
    return lambda: setattr(node, name, value)


def replaced(parts, i, value):
    """Return a function that sets an element of a list."""
    return lambda: parts.__setitem__(i, value)


def mutants_of(path):
    """All mutants of a file."""
    source = (ROOT / path).read_text(encoding="utf-8")
    found = []
    for number, (statement, function, _) in enumerate(changes(ast.parse(source))):
        last = statement.end_lineno
        if isinstance(statement, ast.FunctionDef):  # its defaults
            function = statement
        elif getattr(statement, "body", None):
            last = max(statement.body[0].lineno - 1, statement.lineno)
        lines = (statement.lineno, last) if function else None
        found.append(Mutant(path, number, lines))
    return found


def mutated(mutant):
    """The changed tree of the file, and a line of text that shows the change."""
    tree = ast.parse((ROOT / mutant.path).read_text(encoding="utf-8"))
    statement, _, change = list(changes(tree))[mutant.number]
    before = ast.unparse(tree).splitlines()
    change()
    ast.fix_missing_locations(tree)
    after = ast.unparse(tree).splitlines()
    pairs = zip(before, after, strict=False)
    old, new = next(((a.strip(), b.strip()) for a, b in pairs if a != b), ("", ""))
    start = max(len(os.path.commonprefix([old, new])) - 40, 0)
    same = len(os.path.commonprefix([old[start:][::-1], new[start:][::-1]]))
    stop = -max(same - 40, 0) or None
    return tree, f"line {statement.lineno}: {old[start:stop]}  ->  {new[start:stop]}"
