"""Equal parameters have equal text in the docstrings of all estimators and of their methods."""

import inspect
import re
from itertools import pairwise

import pytest

from sklstm import (
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
)
from sklstm.cells import CELLS
from sklstm.core.parts.pooling import POOLINGS
from sklstm.losses import CLASSIFICATION_LOSSES, REGRESSION_LOSSES
from sklstm.optimizers import OPTIMIZERS
from sklstm.schedules import SCHEDULES

ESTIMATORS = (
    LSTMRegressor,
    LSTMClassifier,
    LSTMLanguageModel,
    SequenceForecaster,
    VotingForecaster,
)
# Parameters that mean something else in one of the estimators.
EXCEPTIONS = {
    "alpha": "'auto' exists for the regressor only",
    "batch_size": "the language model counts strips of texts",
    "bptt_steps": "windows of tokens, with a default, in the language model",
    "early_stopping": "the language model splits a single text, too",
    "calibration_fraction": "a vote trains all its members for it",
    "hidden_size": "the language model has one direction",
    "level": "of tokens in the language model, of series in the forecaster",
    "n_jobs": "processes for the members of a vote, threads elsewhere",
    "loss": "regression and classification have different ones",
    "random_state": "sampling, and forecasters, have other uses of it",
    "shuffle": "texts are no rows in the order of time",
    "tol": "only the sequence estimators have scoring",
    "validation_fraction": "only fit of the sequence estimators takes validation data",
    "verbose": "networks print their epochs, forecasters also which network or member is trained",
    "warm_start": "different attributes of the first fit remain",
}


def texts_of_parameters(docstring):
    """The descriptions in a numpydoc section Parameters, by name, without numbers of references."""
    lines, found, name = inspect.cleandoc(docstring).splitlines(), {}, None
    start = lines.index("Parameters") + 2 if "Parameters" in lines else len(lines)
    for line, after in pairwise([*lines[start:], ""]):
        if after.startswith("---"):
            break
        if line and not line.startswith(" "):
            name = line.partition(" : ")[0]
            found[name] = []
        elif name:
            found[name].append(re.sub(r"\[\d+\]_", "[]_", line.strip()))
    return {name: " ".join(words).strip() for name, words in found.items()}


BY_ESTIMATOR = {cls.__name__: texts_of_parameters(cls.__doc__) for cls in ESTIMATORS}
SHARED = sorted(
    name
    for name in set().union(*BY_ESTIMATOR.values())
    if sum(name in texts for texts in BY_ESTIMATOR.values()) > 1
)


def test_parameters_are_found():
    assert {"cell", "tol", "verbose"} <= set(SHARED)


@pytest.mark.parametrize("name", SHARED)
def test_equal_parameters_have_equal_text(name):
    texts = {cls: found[name] for cls, found in BY_ESTIMATOR.items() if name in found}
    if name in EXCEPTIONS:
        assert len(set(texts.values())) > 1, f"{name} is no exception any more"
    else:
        assert len(set(texts.values())) == 1, texts


def shared_methods():
    names = {name for cls in ESTIMATORS for name, _ in inspect.getmembers(cls, inspect.isfunction)}
    return sorted(name for name in names if not name.startswith("_"))


@pytest.mark.parametrize("method", shared_methods())
def test_arguments_that_are_no_data_have_equal_text_in_all_methods(method):
    by_argument = {}
    for cls in ESTIMATORS:
        for name, text in texts_of_parameters(getattr(cls, method, cls).__doc__ or "").items():
            if hasattr(cls, method) and name in ("sample_weight", "steps", "coverage", "static"):
                # In fit of a forecaster weights are of rows, of which windows are made.
                kind = method == "fit" and issubclass(cls, (SequenceForecaster, VotingForecaster))
                by_argument.setdefault((name, kind), set()).add(text)
    assert all(len(texts) == 1 for texts in by_argument.values()), by_argument


NETWORKS = (LSTMRegressor, LSTMClassifier, LSTMLanguageModel)
# Parameter, its table, and the estimators that accept all names of the table.
TABLES = [
    ("cell", CELLS, NETWORKS),
    ("optimizer", OPTIMIZERS, NETWORKS),
    ("learning_rate", SCHEDULES, NETWORKS),
    ("pooling", POOLINGS, NETWORKS[:2]),
    ("loss", REGRESSION_LOSSES, NETWORKS[:1]),
    ("loss", CLASSIFICATION_LOSSES, NETWORKS[1:2]),
]


@pytest.mark.parametrize(("parameter", "table", "estimators"), TABLES)
def test_all_names_in_a_table_are_documented(parameter, table, estimators):
    for cls in estimators:
        text = inspect.cleandoc(cls.__doc__)
        entry = re.search(rf"(?ms)^{parameter} : .*?(?=^\w)", text).group()
        missing = [name for name in table if f'"{name}"' not in entry]
        assert not missing, f"{cls.__name__}: the parameter {parameter} lacks {missing}"
