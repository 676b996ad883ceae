"""What the clients are compared with: windows and forecasts as one would write them by hand."""

import numpy as np
import pandas as pd

from sklstm import LSTMRegressor
from sklstm.datasets import load_airline

WINDOW = 12
EXACTLY = {"rtol": 0, "atol": 1e-12}


def _series():
    airline = load_airline()
    logs = np.log(airline.passengers)
    index = pd.DatetimeIndex(airline.month, freq="MS")
    return pd.Series((logs - logs.mean()) / logs.std(), index=index, name="y")


SERIES = _series()
_angle = 2 * np.pi * SERIES.index.month.to_numpy() / 12
EXOG = pd.DataFrame({"sin": np.sin(_angle), "cos": np.cos(_angle)}, index=SERIES.index)


def tiny(hidden_size=6):
    """A network for tests of mechanics; the same data give the same weights."""
    return LSTMRegressor(hidden_size, max_iter=8, random_state=0)


def windows(series, exog=None, *, step=1):
    """Windows (n, WINDOW, 1 + k) and the value `step` after each; its exog at every time step."""
    series = np.asarray(series)
    X, y = [], []
    for target in range(WINDOW + step - 1, len(series)):
        start = target - step + 1 - WINDOW
        X.append(_window(series[start : start + WINDOW], exog, target))
        y.append(series[target])
    return np.array(X), np.array(y)


def teacher_forced(model, series):
    """Forecast one step, from observations alone."""
    return model.predict(np.asarray(series)[np.newaxis, -WINDOW:, np.newaxis])[0]


def forecast(model, series, steps, exog=None):
    """Forecast step by step, each from a window that ends with the forecasts before it.

    exog : rows of the times after the series.
    """
    values = list(series)
    for step in range(steps):
        window = _window(values[-WINDOW:], exog, step)
        values.append(model.predict(window[np.newaxis])[0])
    return np.array(values[len(series) :])


def _window(values, exog, row):
    values = np.reshape(values, (-1, 1))
    if exog is None:
        return values
    exog = np.asarray(exog)[row]
    return np.column_stack([values, np.tile(exog, (len(values), 1))])
