"""Changed files, loaded: ``python tests/fuzzing_files.py --files 20000``, by hand.

Bytes, values and arrays of saved estimators are changed at random, and the checksum is computed
again, as someone would who means harm. Loading must give a `FileContentError` or an estimator; what
that predicts may be anything, or an ordinary error. It must not crash the process, run for long, or
take memory that the file does not justify. The process has a limit of memory, and seconds for each
file. `tests/test_saving_files.py` runs a sample.
"""

import argparse
import hashlib
import json
import random
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from saving_cases import fitted, result

from sklstm._saving import container
from sklstm._saving.container import FileContentError, pack, unpack
from sklstm._saving.encoding import Encoder
from sklstm.saving import estimator_from_bytes

NAMES = ("table", "attention", "labels", "language by word", "forecaster", "patches")
MEMORY, SECONDS = 4 << 30, 10
# What an estimator with changed attributes may raise when it predicts.
ORDINARY = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
VALUES = (
    *(None, True, 0, -1, 1, 2, 7, 50_000, 10**9, 2**31, 2**63, 10**30, 1e308, -0.5, "", "x"),
    *("lstm", "..", "/etc/passwd", "__class__", [], [1, 2], {"float": "nan"}, {"tuple": [1]}),
    *({"dict": []}, {"slice": [0, 1, 2]}, {"type": "<f8"}, {"ufunc": "log"}, {"scorer": "r2"}),
    *({"object": "LSTMRegressor", "state": []}, {"object": "Adam", "params": []}, {}),
)


@dataclass
class Report:
    """What was tried: outcomes by kind of change, and problems with what repeats them."""

    outcomes: Counter = field(default_factory=Counter)
    problems: list = field(default_factory=list)


def file_of(estimator):
    """The bytes of the file of an estimator."""
    encoder = Encoder(type(estimator).__name__)
    return b"".join(pack(encoder.encode(estimator), encoder.arrays))


def resealed(data):
    """A file with the right checksum, whatever was done to it."""
    digits = container._DIGITS
    data = bytes(data[: digits.start]) + b"0" * 64 + bytes(data[digits.stop :])
    return data[: digits.start] + hashlib.sha256(data).hexdigest().encode() + data[digits.stop :]


def with_other_bytes(data, chance):
    """Some bytes replaced, or a part cut out or repeated."""
    data = bytearray(data)
    if chance.random() < 0.2:
        start = chance.randrange(len(data))
        part = data[start : start + chance.randrange(1, 200)]
        data[start : start + len(part) * chance.randrange(2)] = part * chance.randrange(3)
    for _ in range(chance.choice([1, 1, 2, 8])):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return resealed(data)


def with_other_values(data, chance):
    """Some values of the tree replaced, removed or exchanged."""
    tree, arrays = unpack(data)
    places = []

    def collect(node):
        keys = list(node) if isinstance(node, dict) else range(len(node))
        for key in keys:
            places.append((node, key))
            if isinstance(node[key], dict | list):
                collect(node[key])

    collect(tree)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        (node, key), (other, other_key) = chance.choice(places), chance.choice(places)
        try:
            match chance.randrange(8):
                case 0:
                    del node[key]
                case 1:
                    node[key] = json.loads(json.dumps(other[other_key]))
                case _:
                    node[key] = chance.choice(VALUES)
        except (IndexError, KeyError):  # an earlier change has removed the place
            continue
    return b"".join(pack(tree, arrays))


def with_another_array(data, chance):
    """An array cut, converted, filled with one value, or with another shape."""
    tree, arrays = unpack(data)
    name = chance.choice(list(arrays))
    array = arrays[name].copy()
    match chance.randrange(4):
        case 0:
            array = array.ravel()[: chance.randrange(array.size + 1)]
        case 1:
            array = array.astype(chance.choice(["f4", "f8", "i8", "u1", "?"]))
        case 2:
            array[...] = chance.choice([0, 1, 120, array.dtype.type(0) - 1 if array.ndim else 0])
        case 3:
            array = array.reshape(chance.choice([(-1, 1), (1, -1), (-1,)]))
    return b"".join(pack(tree, arrays | {name: np.ascontiguousarray(array)}))


CHANGES = (with_other_bytes, with_other_values, with_another_array)


def outcome_of(data, name):
    """What happens if a file is loaded and its estimator predicts."""
    try:
        estimator = estimator_from_bytes(data, "file")
    except FileContentError:
        return "refused"
    try:
        result(estimator, name)
    except ORDINARY:
        return "loaded, fails"
    return "loaded, predicts"


def run(n_files, seed=0, names=NAMES):
    """Load `n_files` changed files of each case, and return the report."""
    report = Report()
    for name in names:
        data = file_of(fitted(name))
        for k in range(n_files):
            chance = random.Random(f"{name} {seed} {k}")
            change, began = chance.choice(CHANGES), time.perf_counter()
            where = f"{name}, file {k} of seed {seed} ({change.__name__})"
            try:
                with np.errstate(all="ignore"), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    changed = change(data, chance)
                    began = time.perf_counter()
                    report.outcomes[outcome_of(changed, name), change.__name__] += 1
            except Exception as error:
                report.problems.append(f"{where}: {error!r}")
            if time.perf_counter() - began > SECONDS:
                report.problems.append(f"{where}: took {time.perf_counter() - began:.0f} s")
    return report


def limit_memory():
    """Let allocations fail that no file of these justifies, where the system can do that."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def main():
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=20_000, help="number of files in all")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    limit_memory()
    report = run(-(-options.files // len(NAMES)), options.seed)
    for (outcome, change), count in sorted(report.outcomes.items()):
        print(f"{count:7,} {outcome:16} {change}")
    print(*report.problems, sep="\n")
    total = sum(report.outcomes.values()) + len(report.problems)
    print(f"{total:,} files, {len(report.problems)} problems")
    return bool(report.problems)


if __name__ == "__main__":
    sys.exit(main())
