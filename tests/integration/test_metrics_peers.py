"""Compare the metrics of forecasts with those of sktime, utilsforecast and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_pinball_loss
from sktime.performance_metrics import forecasting as theirs
from utilsforecast import losses

from sklstm import metrics as ours

S = 3
rng = np.random.default_rng(0)
TRAIN = rng.normal(10, 2, (50, S))
TRUE = rng.normal(10, 2, (9, S))
PRED = TRUE + rng.normal(0, 2, (9, S))
RAW = {"multioutput": "raw_values"}


@pytest.mark.parametrize("season_length", [1, 12])
def test_scaled_errors_are_those_of_sktime(season_length):
    """Of each series: sktime's mean is a ratio of means, ours and utilsforecast's one of ratios."""
    scaled = {"y_train": TRAIN, **RAW}
    for our_metric, their_metric, more in [
        (ours.mean_absolute_scaled_error, theirs.mean_absolute_scaled_error, {}),
        (
            ours.root_mean_squared_scaled_error,
            theirs.mean_squared_scaled_error,
            {"square_root": True},
        ),
    ]:
        value = our_metric(TRUE, PRED, season_length=season_length, **scaled)
        expected = their_metric(TRUE, PRED, sp=season_length, **scaled, **more)
        np.testing.assert_allclose(value, expected)


def test_percentages_are_those_of_sktime_as_fractions():
    value = ours.symmetric_mean_absolute_percentage_error(TRUE, PRED, **RAW)
    expected = theirs.mean_absolute_percentage_error(TRUE, PRED, symmetric=True, **RAW)
    np.testing.assert_allclose(value, 100 * expected)


def long(values, **more):
    """The table that utilsforecast reads."""
    n = len(values)
    table = {"unique_id": np.repeat(np.arange(S), n), "ds": np.tile(np.arange(n), S)}
    return pd.DataFrame(table | {"y": values.T.ravel()} | {k: v.T.ravel() for k, v in more.items()})


def test_scaled_errors_are_those_of_utilsforecast():
    for our_metric, their_metric in [
        (ours.mean_absolute_scaled_error, losses.mase),
        (ours.root_mean_squared_scaled_error, losses.rmsse),
    ]:
        value = our_metric(
            list(TRUE.T), list(PRED.T), y_train=list(TRAIN.T), **RAW, season_length=4
        )
        table = their_metric(long(TRUE, model=PRED), ["model"], seasonality=4, train_df=long(TRAIN))
        np.testing.assert_allclose(value, table["model"])


def test_intervals_are_those_of_utilsforecast():
    lower, upper = PRED - 1.5, PRED + 2.0
    table = long(TRUE, lower=lower, upper=upper)
    bounds = table.rename(columns={"lower": "model-lo-80", "upper": "model-hi-80"})
    expected = losses.coverage(bounds, ["model"], level=80)["model"]
    np.testing.assert_allclose(ours.interval_coverage(TRUE, lower, upper, **RAW), expected)
    pinball = sum(
        mean_pinball_loss(TRUE, bound, alpha=level, multioutput="raw_values")
        for bound, level in [(lower, 0.1), (upper, 0.9)]
    )
    score = ours.interval_score(TRUE, lower, upper, coverage=0.8, **RAW)
    np.testing.assert_allclose(score, 2 / 0.2 * pinball)


def test_crps_of_evenly_spread_quantiles_is_twice_the_mean_pinball_loss():
    levels = (np.arange(20) + 0.5) / 20
    quantiles = PRED[:, :, np.newaxis] + np.quantile(rng.normal(size=1000), levels)
    pinball = [
        mean_pinball_loss(TRUE, quantiles[:, :, i], alpha=level, multioutput="raw_values")
        for i, level in enumerate(levels)
    ]
    score = ours.continuous_ranked_probability_score(TRUE, quantiles, quantiles=levels, **RAW)
    np.testing.assert_allclose(score, 2 * np.mean(pinball, axis=0))
