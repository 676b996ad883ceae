"""Methods of forecasting.py that are forecasters of sklstm with default preprocessing.

For the functions see forecast_methods.py. Season, logarithms and window are selected automatically;
`period` and `horizon` are ignored.
"""

import copy

from sklearn.linear_model import Ridge

from sklstm import SequenceForecaster, VotingForecaster


def rolling(model, train):
    """Return forecast(past, steps) for a forecaster fitted on `train`, updated with `past`."""

    def forecast(past, steps):
        new = past[len(train) :]
        now = copy.deepcopy(model)
        return (now.update(new) if len(new) else now).forecast(steps)

    return forecast


def of(make):
    """Return a method, for a function that returns a forecaster with a given seed."""
    return lambda train, period, horizon, seed: rolling(make(seed).fit(None, train), train)


first_line = of(lambda seed: SequenceForecaster(random_state=seed, calibration_fraction=None))
vote = of(lambda seed: VotingForecaster(random_state=seed, calibration_fraction=None))
ridge = of(lambda seed: SequenceForecaster(Ridge(10), calibration_fraction=None))
smoothing = of(lambda seed: SequenceForecaster("smoothing", calibration_fraction=None))
