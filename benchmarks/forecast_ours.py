"""Forecasters of forecasting.py that are ours as they come: nothing but the series is given.

Functions as in forecast_methods.py; season, logarithms and window are found by the forecaster, and
`period` and `horizon` are not looked at.
"""

import copy

from sklearn.linear_model import Ridge

from sklstm import SequenceForecaster, VotingForecaster


def rolling(model, train):
    """forecast(past, steps) of a fitted forecaster that did not see what came after `train`."""

    def forecast(past, steps):
        new = past[len(train) :]
        now = copy.deepcopy(model)
        return (now.update(new) if len(new) else now).forecast(steps)

    return forecast


def of(make):
    """A method from a function of a seed that makes a forecaster."""
    return lambda train, period, horizon, seed: rolling(make(seed).fit(None, train), train)


first_line = of(lambda seed: SequenceForecaster(random_state=seed, calibration_fraction=None))
vote = of(lambda seed: VotingForecaster(random_state=seed, calibration_fraction=None))
ridge = of(lambda seed: SequenceForecaster(Ridge(10), calibration_fraction=None))
smoothing = of(lambda seed: SequenceForecaster("smoothing", calibration_fraction=None))
