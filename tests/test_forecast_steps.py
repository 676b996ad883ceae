"""The steps of a forecast, whose loop is fast, equal those of slower ways to compute them."""

import numpy as np
import pytest
from automatic_forecasters import NOISE, RANDOM_WALK, SEASON, forecaster, quick
from numpy.testing import assert_array_equal
from quick_forecasters import Flat, Predicting

from sklstm import LSTMRegressor
from sklstm._forecasting.combination import Combination
from sklstm._forecasting.regressor_checks import checked_predictions
from sklstm.losses import Quantile

N = 90
WALK = 30 + RANDOM_WALK[:N] + np.resize(SEASON, N)
EXOG = NOISE[: 2 * (N + 20)].reshape(-1, 2)
SERIES = {
    "one": WALK,
    "two together": np.column_stack([WALK, WALK[::-1]]),
    "list": [WALK, 3 * WALK[:50], WALK[:9]],
    "constant": np.column_stack([WALK, np.full(N, 7.0)]),
}
SETTINGS = {
    "constant level": {"level": None, "combine": False, "window": 7},
    "not scaled": {"level": None, "scale": False, "combine": False, "window": 7},
    "last value": {"level": "last", "season_length": None},
    "last value and season": {"level": "last", "season_length": 4},
    "smoothed": {"season_length": None},
    "smoothed with season": {"season_length": 4},
    "damped": {"trend": "damped", "season_length": 4},
    "theta": {"trend": "theta", "season_length": 4},
    "window": {"scale": "window", "season_length": 4},
    "series": {"scale": "series", "season_length": 4},
    "levels without scale": {"scale": False, "regressor": Flat(), "combine": False},
    "quantiles": {
        "regressor": LSTMRegressor(3, max_iter=2, loss=Quantile([0.2, 0.4, 0.6]), random_state=0),
        "combine": False,
    },
}


def one_by_one(model, steps, exog):
    """Forecasts of one step, each after an update by the one before, by series."""
    found = []
    for t in range(steps):
        ahead = None if exog is None else exog[t : t + 1]
        found.append(model.forecast(1, ahead))
        model.update(found[-1], ahead)
    each = zip(*found, strict=True) if isinstance(found[0], list) else [found]
    return [np.concatenate(steps) for steps in each]


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("series", SERIES)
def test_a_recursive_forecast_is_a_loop_over_single_steps(setting, series):
    y, params = SERIES[series], {"window": 6, "transformer": None} | SETTINGS[setting]
    has_exog = series in ("one", "two together")
    model = quick(**params).fit(EXOG[:N] if has_exog else None, y)
    future = EXOG[N : N + 11] if has_exog else None
    forecast = model.forecast(11, future)
    assert_array_equal(model.forecast(11, future), forecast)  # no state was changed
    forecast = forecast if isinstance(forecast, list) else [forecast]
    for whole, steps in zip(forecast, one_by_one(model, 11, future), strict=True):
        assert_array_equal(whole, steps)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("n", [15, 120])
def test_the_combination_is_that_of_scikit_learn_and_numpy(n, n_outputs, dtype):
    X, y = NOISE[: 2 * n].reshape(n, 2), NOISE[100 : 100 + n * n_outputs].reshape(n, -1)
    arrays = X.astype(dtype), y.astype(dtype)
    combination = Combination.from_windows(*arrays, 1, None, horizon=1, n_exog=0)
    assert combination.smoothing == (n < 40)
    for rows in (X[:1].astype(dtype), X.astype(dtype)):
        predictions = (3 * NOISE[500 : 500 + len(rows) * n_outputs]).astype(dtype)
        outputs = [predictions, combination.linear.predict(rows)]
        outputs = [np.clip(np.reshape(a, (len(rows), -1)), *combination.bounds) for a in outputs]
        outputs += [np.zeros_like(outputs[0])] if combination.smoothing else []
        combined = combination.combine(predictions, rows)
        assert_array_equal(combined, np.median(outputs, axis=0))
        assert combined.dtype == dtype


def test_numbers_whose_sum_overflows_are_finite():
    X = np.full((5, 4), 3e38, dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # as in every forecast
        predictions = checked_predictions(Predicting(lambda X: X[:, 0]), X, 1, None, ["y"] * 5)
        assert_array_equal(predictions, X[:, 0])
        X[3, 1], plan = np.inf, forecaster(Flat(), window=4).fit(None, WALK)._model.plan
        with pytest.raises(ValueError, match="The forecast of d is not finite"):
            checked_predictions(Predicting(lambda X: X[:, 0]), X, 1, plan, list("abcde"))
