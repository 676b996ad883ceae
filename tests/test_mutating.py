"""`tests/mutating.py` makes the changes that it says, and tells whether a test notices them."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import mutating
import pytest
from mutants import changes, mutants_of, mutated

SOURCES = {
    "x = a + 2": ["x = a - 2", "x = a + 3"],
    "x = a < b and -c": ["x = a < b or -c", "x = a <= b and -c", "x = a < b and +c"],
    "x = not a": ["x = not not a"],
    "x: int = True": ["x: int = False"],
    "x += y": ["pass", "x -= y"],
    "x.a = y": ["pass"],
    "if a:\n    f()": ["if True:\n    f()", "if False:\n    f()", "if a:\n    pass"],
    "x = f(a, b=c, d=e)": ["x = f(a, d=e)", "x = f(a, b=c)"],
    "for a in b:\n    break": ["for a in b:\n    continue"],
    "x = [a for a in b if c]": ["x = [a for a in b if True]"],
    "x = 'auto'": ["x = 'auto?'"],
    "try:\n    x = 1\nexcept E:\n    x = 2": [
        "try:\n    x = 2\nexcept E:\n    x = 2",
        "try:\n    x = 1\nexcept E:\n    x = 3",
    ],
    # Text is left alone: docstrings, annotations, messages, and errors, which are left out whole.
    "'A docstring.'": [],
    "def f(a: 'int') -> 'int':\n    'A docstring.'\n    return a": [],
    "x = f'{a} {1 + 1}'": [],
    "x = 'some words'": [],
    "raise ValueError(f'x{1}', 2)": ["pass"],
}


@pytest.mark.parametrize("source", SOURCES)
def test_changes_of_a_statement(source):
    changed = []
    for number in range(len(list(changes(ast.parse(source))))):
        tree = ast.parse(source)
        list(changes(tree))[number][-1]()
        changed.append(ast.unparse(tree))
    assert sorted(changed) == sorted(SOURCES[source])


def test_a_sample_is_repeated_by_its_seed():
    (made, first), (_, again) = (mutating.sample(["sklstm/core/losses"], 20, 1) for _ in range(2))
    assert first == again
    assert len(first) == len({m.name for m in first}) == 20 < len(made)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked")
@pytest.mark.parametrize(
    ("tests", "is_noticed"),
    [("test_schedules.py::test_rates", True), ("test_initializers.py", False)],
)
def test_a_change_is_noticed_by_tests_of_what_is_changed(tests, is_noticed):
    [mutant] = [
        m
        for m in mutants_of("sklstm/core/schedules.py")
        if "self.initial = initial  ->  pass" in mutated(m)[1]
    ][:1]
    command = [sys.executable, mutating.__file__, "--mutant", mutant.name, "--tests"]
    done = subprocess.run(
        [*command, str(Path(__file__).with_name(tests))], capture_output=True, text=True
    )
    assert done.returncode == (not is_noticed), done.stderr
    assert (f"survived: --mutant {mutant.name}" in done.stdout) != is_noticed
    *_, killed, _, survived, _ = done.stdout.split()
    assert (int(killed), int(survived)) == (is_noticed, not is_noticed)
