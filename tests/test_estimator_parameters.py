"""Parameters: repr, searches, and the effect of setting them after fit."""

import re

import numpy as np
import pytest
from estimator_cases import FORMS, TABLE, Y, both, every_form, small, target
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor
from sklstm.cells import LSTM
from sklstm.core.optimizers import RMSprop
from sklstm.core.schedules import ExponentialDecay
from sklstm.preprocessing import TimeDistributed, ToSequences

# Penalty, clipping, schedules ---------------------------------------------------------------------


def test_parts_of_objects_can_be_searched():
    optimizer = RMSprop(decay=0.8)
    estimator = small(LSTMRegressor, optimizer=optimizer, learning_rate=ExponentialDecay())
    grid = {"optimizer__decay": [0.5, 0.9], "learning_rate__initial": [1e-6, 0.05]}
    search = GridSearchCV(estimator, grid, cv=2, error_score="raise").fit(TABLE, TABLE[:, -1])
    assert len(set(search.cv_results_["mean_test_score"])) == 4
    assert search.best_params_["learning_rate__initial"] == 0.05
    assert search.best_estimator_.optimizer.decay == search.best_params_["optimizer__decay"]
    assert optimizer.decay == 0.8


# What is kept -------------------------------------------------------------------------------------


@both
def test_repr_shows_what_is_not_default(make):
    assert repr(make()) == f"{make.__name__}()"
    estimator = make(8, optimizer=RMSprop(decay=0.8), learning_rate=ExponentialDecay(0.1))
    text = re.sub(r"\s+", " ", repr(estimator))
    assert text == (
        f"{make.__name__}(hidden_size=8, learning_rate=ExponentialDecay(initial=0.1), "
        "optimizer=RMSprop(decay=0.8))"
    )
    assert make.__name__ in estimator.set_params(max_iter=1).fit(TABLE, target(make))._repr_html_()


@both
def test_constructor_arguments_are_kept_as_they_are(make):
    assert list(make().get_params())[0] == "alpha"
    for name, value in make().get_params(deep=False).items():
        assert getattr(make(**{name: value}), name) is value
    with pytest.raises(TypeError):
        make(8, 2)


# Search in several processes ---------------------------------------------------------------------


def _sums(X):
    return np.array([np.sum(x) for x in X])


@every_form
def test_grid_search_in_a_pipeline_does_not_depend_on_jobs(form):
    X = FORMS[form]
    if form == "table":
        X = np.hstack([TABLE, TABLE[:, ::-1]])
        steps = [ToSequences(n_channels=2), TimeDistributed(StandardScaler())]
    else:
        steps = [TimeDistributed(StandardScaler())]
    pipeline = make_pipeline(*steps, small(LSTMRegressor, max_iter=5))
    grid = {"lstmregressor__hidden_size": [2, 4], "lstmregressor__learning_rate": [0.01, 0.1]}
    alone, together = (
        GridSearchCV(pipeline, grid, cv=3, n_jobs=n_jobs, error_score="raise").fit(X, _sums(X))
        for n_jobs in (1, 2)
    )
    scores = [name for name in alone.cv_results_ if re.fullmatch(r"split\d_test_score", name)]
    assert len(scores) == 3
    for name in scores:
        np.testing.assert_array_equal(alone.cv_results_[name], together.cv_results_[name])
        assert len(set(alone.cv_results_[name])) == 4
    np.testing.assert_array_equal(alone.predict(X), together.predict(X))


# What was fitted stays what it is -----------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"cell": "gru"},
        {"cell__gate_activation": "hard_sigmoid"},
        {"cell__peepholes": True},
        {"loss": "poisson"},
        {"hidden_size": 7},
    ],
    ids=str,
)
def test_parameters_set_after_fit_do_not_change_predictions(change):
    cell = LSTM()
    estimator = small(LSTMRegressor, cell=cell).fit(TABLE, Y)
    before = estimator.predict(TABLE), estimator.weights_, estimator.stream().push(TABLE[0, 0])
    estimator.set_params(**change)
    np.testing.assert_array_equal(estimator.predict(TABLE), before[0])
    assert estimator.weights_.keys() == before[1].keys()
    assert estimator.stream().push(TABLE[0, 0]) == before[2]
    with pytest.raises(ValueError, match="Cannot resume training"):
        estimator.partial_fit(TABLE, np.abs(Y))


@pytest.mark.parametrize("parameter", ["cell__forget_bias", "optimizer__decay", "loss__delta"])
def test_parameters_of_a_name_are_refused_with_advice(parameter):
    name = parameter.partition("__")[0]
    with pytest.raises(ValueError, match=f"{parameter} cannot be set: {name} is the name '"):
        LSTMRegressor().set_params(**{parameter: 0.5})
