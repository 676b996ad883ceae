"""State of a fitted estimator: plain values, never the data; copies and clones."""

import pickle
from copy import deepcopy
from io import BytesIO

import joblib
import numpy as np
import pytest
from estimator_cases import FORMS, TABLE, N, both, every_form, small, target, weights_equal
from sklearn.base import clone

from sklstm import LSTMRegressor
from sklstm.core.losses import Quantile
from sklstm.core.optimizers import RMSprop


def through_joblib(estimator):
    file = BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    return joblib.load(file)


@both
@every_form
@pytest.mark.parametrize(
    "copy", [lambda e: pickle.loads(pickle.dumps(e)), through_joblib, deepcopy]
)
def test_copies_are_equal_and_independent(make, form, copy):
    X, y = FORMS[form], target(make)
    estimator = small(make, warm_start=True, optimizer=RMSprop(decay=0.8)).fit(X, y)
    other = copy(estimator)
    assert weights_equal(other, estimator)
    np.testing.assert_array_equal(other.predict(X), estimator.predict(X))
    before = pickle.dumps(estimator)
    other.fit(X, y)
    assert not weights_equal(other, estimator)
    assert pickle.dumps(estimator) == before


@both
def test_clones_have_the_parameters_only(make):
    estimator = small(make, optimizer=RMSprop(decay=0.8)).fit(TABLE, target(make))
    other = clone(estimator)
    assert not hasattr(other, "n_iter_")
    assert repr(other) == repr(estimator)
    assert other.optimizer is not estimator.optimizer
    assert weights_equal(other.fit(TABLE, target(make)), estimator)


def leaves(value):
    """The stored values, with those inside lists, tuples and dicts."""
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, (list, tuple)):
        assert type(value) is list
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


SENTINEL = 0.123456789012345


@both
@every_form
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"optimizer": "adamw", "learning_rate": "plateau", "max_iter": np.int64(3)},
        {"early_stopping": True, "validation_fraction": 0.25, "alpha": np.float64(0.1)},
        {"hidden_size": np.int64(3), "num_layers": 2, "bidirectional": np.True_, "dropout": 0.1},
        {"return_sequences": True, "loss": None},
    ],
    ids=["default", "adamw", "stopping", "deep", "per step"],
)
def test_the_stored_state_is_plain_and_never_the_data(make, form, params):
    X = [x.copy() for x in FORMS[form]]
    X[1][...] = SENTINEL
    X = X if form == "ragged" else np.array(X)
    per_step = "return_sequences" in params
    y, params = target(make, form, per_step), dict(params)
    if params.pop("loss", 0) is None and make is LSTMRegressor:
        params["loss"] = Quantile([0.2, 0.8])
    estimator = small(make, **params).fit(X, y, np.arange(1, N + 1) / SENTINEL)
    if not params.get("early_stopping"):
        estimator.partial_fit(X, y)
    kept = {
        k: v
        for k, v in estimator.__getstate__().items()
        if k not in estimator.get_params(deep=False)
    }
    # An object given as a parameter is kept as it was then: nothing that is not there already.
    copies = kept.pop("_parameters_of_fit")
    assert {k: repr(v) for k, v in copies.items()} == {
        k: repr(estimator.get_params()[k]) for k in copies
    }
    for name, value in kept.items():
        for leaf in leaves(value):
            if isinstance(leaf, np.ndarray):
                assert leaf.dtype.kind in "biufU", name
                assert leaf.base is None or leaf.base.nbytes <= leaf.nbytes, name
                assert leaf.dtype.kind == "U" or not np.isin(SENTINEL, leaf), name
                assert leaf.dtype.kind == "U" or not np.isin(1 / SENTINEL, leaf), name
            else:
                assert type(leaf) in (bool, int, float, str, type(None)), (name, type(leaf))
    # scikit-learn's HTML repr reads all of these.
    for name in dir(estimator):
        if name.endswith("_") and not name.startswith("_"):
            getattr(estimator, name)
