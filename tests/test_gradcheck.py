"""Analytic and numeric gradients, of the estimators with all losses."""

import itertools

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from sklstm import LSTMClassifier, LSTMRegressor, gradcheck
from sklstm.core.cells import LSTM
from sklstm.core.losses import REGRESSION_LOSSES, Huber, Quantile
from sklstm.core.parts.pooling import POOLINGS
from sklstm.gradcheck import check_gradients

REGRESSION = {name: name for name in REGRESSION_LOSSES} | {
    "huber": Huber(0.3),
    "quantile": Quantile([0.1, 0.5, 0.9]),
}
LOSSES = [*REGRESSION, "softmax", "multilabel"]
STRUCTURES = list(itertools.product([1, 2, 3], [False, True], [*POOLINGS, "steps"]))


def problem(loss, ragged, per_step, **params):
    """A small estimator with data for it."""
    rng = np.random.default_rng(0)
    lengths = np.array([4, 2, 5, 1] if ragged else [4, 4, 4, 4])
    X = [rng.standard_normal((t, 2)) for t in lengths]
    X = X if ragged else np.stack(X)
    shapes = [(t,) for t in lengths] if per_step else [()] * 4
    params = dict(params, return_sequences=per_step)
    if loss == "softmax":
        y = [rng.integers(0, 3, shape) for shape in shapes]
        y[0] = np.full(shapes[0], 2)
        y[1] = np.zeros(shapes[1], int)
        return LSTMClassifier(3, **params), X, y
    if loss == "multilabel":
        return LSTMClassifier(3, **params), X, np.array([[0, 1], [1, 1], [1, 0], [0, 0]])
    y = [rng.standard_normal((*shape, 2)) for shape in shapes]
    if loss in ("poisson", "negative_binomial"):
        y = [np.round(3 * np.abs(v)) for v in y]
    return LSTMRegressor(3, loss=REGRESSION[loss], **params), X, y


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize(("layers", "both", "pooling"), STRUCTURES)
def test_every_structure(layers, both, pooling, ragged):
    estimator, X, y = problem(
        "squared_error",
        ragged,
        pooling == "steps",
        num_layers=layers,
        bidirectional=both,
        pooling="last" if pooling == "steps" else pooling,
        dropout=0.3,
        recurrent_dropout=0.3,
    )
    # A maximum has kinks where two steps are equal: a smaller step keeps away from them.
    step = 3e-5 if pooling == "max" else 1e-3
    check_gradients(estimator, X, y, step=step, n_entries=4)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss(loss, per_step, weighted):
    if loss == "multilabel" and per_step:
        return  # an indicator matrix has one row per sequence
    estimator, X, y = problem(loss, True, per_step, num_layers=2, alpha=0.1)
    weights = [1.0, 0.5, 2.0, 0.0] if weighted else None
    step = 1e-5 if loss in ("absolute_error", "huber", "quantile") else 1e-3  # kinks
    check_gradients(estimator, X, y, sample_weight=weights, step=step, n_entries=8)


class Wrong(LSTM):
    """An LSTM that forgets the slope of the cell input."""

    def backward(self, arrays, tape, mask, d_state, d_out):
        super().backward(arrays, tape, mask, d_state, d_out)
        tape.d_projected[:, -tape.hidden_size :] *= 0.9


def test_a_wrong_adjoint_is_named():
    estimator, X, y = problem("squared_error", True, False, cell=Wrong())
    with pytest.raises(AssertionError, match="weight_ih_l0") as error:
        check_gradients(estimator, X, y)
    assert "head_weight" not in str(error.value)


def test_arrays_are_put_back():
    X = np.random.default_rng(0).standard_normal((3, 4))
    before = X.copy()
    estimator = LSTMRegressor(2)
    check_gradients(estimator, X, X[:, 0])
    np.testing.assert_array_equal(X, before)
    assert not hasattr(estimator, "n_iter_")
    array = np.array([1.0, 2.0])
    derivative = gradcheck._numeric_derivative(lambda: float(array[0] ** 3), array, (0,), 1e-3)
    assert derivative == pytest.approx(3.0, rel=1e-10)
    np.testing.assert_array_equal(array, [1.0, 2.0])


def test_bad_arguments():
    X, y = np.zeros((2, 3)), np.zeros(2)
    with pytest.raises(TypeError, match="LSTMRegressor or LSTMClassifier; got a Ridge"):
        check_gradients(Ridge(), X, y)
    with pytest.raises(ValueError, match="step must be in"):
        check_gradients(LSTMRegressor(2), X, y, step=0)
    with pytest.raises(ValueError, match="n_entries"):
        check_gradients(LSTMRegressor(2), X, y, n_entries=0)
