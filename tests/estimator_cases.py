"""Small data in every form, small estimators, and what their tests ask of a result."""

import numpy as np
import pytest

from sklstm import LSTMClassifier, LSTMRegressor

N, T, C = 12, 5, 2
LENGTHS = [3, 5, 1, 5, 2, 4, 1, 3, 5, 2, 2, 4]
rng = np.random.default_rng(0)
TABLE = rng.standard_normal((N, T))
CUBE = rng.standard_normal((N, T, C))
RAGGED = [rng.standard_normal((length, C)) for length in LENGTHS]
FORMS = {"table": TABLE, "3-D": CUBE, "ragged": RAGGED}
Y = rng.standard_normal(N)
LABELS = np.array(["up", "down", "flat"] * 4)

both = pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
every_form = pytest.mark.parametrize("form", FORMS)

# Standardised targets are rounded to 6e-8.
ROUNDED = 1e-6


def small(make, **params):
    defaults = {"hidden_size": 3, "max_iter": 3, "alpha": 0.0, "random_state": 0}
    return make(**defaults | params)


def target(make, form=None, per_step=False):
    """Values or labels, one per sequence or per step of the X of this form."""
    per_sequence = LABELS if make is LSTMClassifier else Y
    if not per_step:
        return per_sequence
    stepwise = [np.roll(per_sequence, i)[: len(x)] for i, x in enumerate(FORMS[form])]
    return stepwise if form == "ragged" else np.array(stepwise)


def forget_form(predictions):
    """Predictions of any form with a row per sequence, or per step."""
    return np.concatenate(predictions) if isinstance(predictions, list) else predictions


def assert_form(predictions, expected_shape):
    """A shape, or for a list the shapes of its items."""
    if isinstance(expected_shape, list):
        assert isinstance(predictions, list)
        assert [p.shape for p in predictions] == expected_shape
    else:
        assert isinstance(predictions, np.ndarray)
        assert predictions.shape == expected_shape


def per_step_shape(form, *more):
    if form == "ragged":
        return [(length, *more) for length in LENGTHS]
    return (N, T, *more)


def weights_equal(a, b):
    return all(np.array_equal(a.weights_[name], b.weights_[name]) for name in a.weights_)


OVERFITS = {"max_iter": 200, "learning_rate": 0.1, "n_iter_no_change": 15, "early_stopping": True}


def loss_of(estimator, X, y):
    """The loss that the estimator minimises, computed manually."""
    if isinstance(estimator, LSTMRegressor):
        return np.mean(((estimator.predict(X) - y) / estimator.target_scale_) ** 2)
    codes = np.searchsorted(estimator.classes_, y)
    return -np.mean(estimator.predict_log_proba(X)[np.arange(len(y)), codes])
