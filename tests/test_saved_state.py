"""What is kept on a fitted estimator: its layout is checked on loading, and nothing is too much."""

import io
import pickle
from copy import copy, deepcopy

import joblib
import numpy as np
import pytest

import sklstm
from sklstm import (
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
)
from sklstm.optimizers import OPTIMIZERS, SGD

RNG = np.random.default_rng(0)
X, LABELS = RNG.standard_normal((12, 5)), np.resize([0, 1], 12)
Y = X[:, 0]
SERIES = np.sin(np.arange(60.0))
FORECASTER = SequenceForecaster("smoothing", calibration_fraction=None)


def through_joblib(estimator):
    buffer = io.BytesIO()
    joblib.dump(estimator, buffer)
    buffer.seek(0)
    return joblib.load(buffer)


def through_pickle(estimator):
    return pickle.loads(pickle.dumps(estimator))


ESTIMATORS = {
    "regressor": (LSTMRegressor(2, max_iter=1), (X, Y)),
    "classifier": (LSTMClassifier(2, max_iter=1), (X, LABELS)),
    "language model": (LSTMLanguageModel(2, max_iter=1), (["abc cba", "aab"],)),
    "forecaster": (FORECASTER, (None, SERIES)),
    "vote": (VotingForecaster([("one", FORECASTER)]), (None, SERIES)),
}
WAYS = {"pickle": through_pickle, "joblib": through_joblib, "deepcopy": deepcopy, "copy": copy}
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)
every_way = pytest.mark.parametrize("way", WAYS)


def fitted(name):
    estimator, data = ESTIMATORS[name]
    return deepcopy(estimator).fit(*data)


@every_way
@every_estimator
def test_the_layout_in_use_is_loaded(name, way):
    estimator = fitted(name)
    assert estimator._layout == {"layout": estimator._LAYOUT, "sklstm": sklstm.__version__}
    other = WAYS[way](estimator)
    assert vars(other).keys() == vars(estimator).keys() - {"_predictor"}
    assert other._layout == estimator._layout


@every_way
@every_estimator
def test_another_layout_is_an_error(name, way, monkeypatch):
    estimator = fitted(name)
    kind = type(estimator).__name__
    for layout, text in [
        ({"layout": 7, "sklstm": "9.0"}, r"by sklstm 9\.0 \(layout of the fitted attributes: 7\)"),
        ({"layout": 0, "sklstm": "0.0.5"}, r"by sklstm 0\.0\.5 \(layout of the .* 0\)"),
    ]:
        estimator._layout = layout
        with pytest.raises(ValueError, match=f"{kind} was fitted {text}.*fit it again") as error:
            WAYS[way](estimator)
        assert f"sklstm {sklstm.__version__} (layout {estimator._LAYOUT})" in str(error.value)
    del estimator._layout
    with pytest.raises(ValueError, match="an sklstm that did not number its layouts yet"):
        WAYS[way](estimator)


@every_way
@every_estimator
def test_unfitted_estimators_of_older_versions_get_new_parameters(name, way):
    estimator = deepcopy(ESTIMATORS[name][0])
    for parameter in ("random_state", "average"):
        vars(estimator).pop(parameter, None)
    other = WAYS[way](estimator)
    assert other.get_params(deep=False)["random_state"] is None
    assert hasattr(other.fit(*ESTIMATORS[name][1]), "_layout")


def test_a_subclass_with_required_parameters():
    other = through_pickle(WithRequired("x", 2).fit(X, Y))
    assert (other.name, other.hidden_size) == ("x", 2)


class WithRequired(LSTMRegressor):
    def __init__(self, name, hidden_size=3, *, max_iter=1):
        super().__init__(hidden_size, max_iter=max_iter)
        self.name = name


# The state of the optimizer ----------------------------------------------------------------------

# The number of vectors of the size of the weights.
N_VECTORS = {"sgd": 1, "rmsprop": 1, "adam": 2, "adamw": 2}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_only_what_training_needs_is_saved(optimizer):
    model = LSTMRegressor(32, max_iter=1, optimizer=optimizer).fit(X, Y)
    state, size = model._optimizer_state, model._params.size
    assert sum(np.size(value) == size for value in state.values()) == N_VECTORS[optimizer]
    assert not {"scratch", "is_weight"} & set(state)
    n_bytes = len(pickle.dumps(model)) - (1 + N_VECTORS[optimizer]) * model._params.nbytes
    assert 0 < n_bytes < 3000


def test_an_optimizer_that_saves_all_of_its_state():
    class Counting(SGD):
        not_saved = ()

        def init(self, params, is_weight):
            return super().init(params, is_weight) | {"n": 0}

        def update(self, params, gradient, state, learning_rate):
            state["n"] += 1
            super().update(params, gradient, state, learning_rate)

    options = {"batch_size": 6, "max_iter": 1, "optimizer": Counting()}
    model = LSTMRegressor(2, **options).fit(X, Y)
    assert model.partial_fit(X, Y)._optimizer_state["n"] == 4
    assert "scratch" in model._optimizer_state


def test_the_state_of_an_estimator_is_not_that_of_its_copy():
    model = LSTMRegressor(2, max_iter=1).fit(X, Y)
    other = copy(model)
    before = deepcopy(other._optimizer_state)
    model.partial_fit(X, Y)
    for name, value in before.items():
        np.testing.assert_array_equal(other._optimizer_state[name], value)
