"""Training that diverges: an error with the epoch, and an unchanged estimator."""

import numpy as np
import pytest
from refusals import STOPPING, TABLE, Y, both, fitted_or_not, refuses, small, target, unchanged

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core.optimizers import SGD
from sklstm.training.loop import DivergenceError

DIVERGES = {
    "loss": {"optimizer": "sgd", "learning_rate": 1e6, "max_grad_norm": None},
    "weight": {"optimizer": SGD(momentum=0.0), "learning_rate": 1e300, "max_grad_norm": 1e300},
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@fitted_or_not
@pytest.mark.parametrize("case", DIVERGES)
def test_divergence_names_the_epoch(fitted, case, dtype):
    params = DIVERGES[case] | {"max_iter": 100, "n_iter_no_change": 100}
    estimator = small(LSTMRegressor, **params)
    ends = r"(became NaN or infinite|grew .* 1e12) in epoch \d+\. Try a smaller learning"
    message = rf"(The loss|A weight) {ends}"
    refuses(estimator, fitted, message, TABLE.astype(dtype), Y, error=DivergenceError)


@pytest.mark.parametrize("resuming", [False, True])
def test_divergence_in_the_first_epoch(resuming):
    estimator = small(LSTMRegressor, warm_start=resuming).fit(TABLE, Y)
    estimator.set_params(**DIVERGES["weight"], batch_size=2)
    with (
        unchanged(estimator),
        pytest.raises(DivergenceError, match=f"epoch {3 if resuming else 1}"),
    ):
        estimator.fit(TABLE, Y)


@both
def test_divergence_after_some_updates(make):
    """What training works on is a copy: weights, the optimizer's state, the curves."""
    estimator = small(make, optimizer="sgd", warm_start=True).fit(TABLE, target(make))
    y = target(make) if make is LSTMClassifier else Y * 1e150
    estimator.set_params(learning_rate=1e308, max_grad_norm=None, max_iter=50)
    with unchanged(estimator), pytest.raises(DivergenceError, match=r"in epoch \d+"):
        estimator.fit(TABLE, y)


def test_divergence_in_partial_fit():
    estimator = small(LSTMRegressor).fit(TABLE, Y)
    with (
        unchanged(estimator),
        pytest.raises(DivergenceError, match="in epoch 3.*or scaling X and y"),
    ):
        estimator.partial_fit(TABLE, Y * 1e200)


def test_divergence_with_early_stopping():
    params = DIVERGES["loss"] | STOPPING | {"max_iter": 100, "n_iter_no_change": 100}
    refuses(small(LSTMRegressor, **params), True, "epoch", TABLE, Y, error=DivergenceError)
