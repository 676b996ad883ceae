"""
sktime: a pipeline, and a search over the window
================================================

``make_reduction`` passes windows in chronological order: a table for a "tabular-regressor", which
needs no conversion, or (n, channels, steps) for a "time-series-regressor", converted by
``ToSequences``.

Takes about 5 seconds.
"""

import logging

import numpy as np
from sklearn.pipeline import make_pipeline
from sktime.datasets import load_airline
from sktime.forecasting.compose import TransformedTargetForecaster, make_reduction
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.performance_metrics.forecasting import mean_absolute_percentage_error
from sktime.split import ExpandingWindowSplitter
from sktime.transformations.detrend import Deseasonalizer, Detrender

from sklstm import LSTMRegressor
from sklstm.preprocessing import ToSequences

logging.captureWarnings(True)  # sktime 1.2 warns of a new default for every forecaster
passengers = load_airline()
y = np.log(passengers)
network = make_pipeline(ToSequences(layout="NCT"), LSTMRegressor(max_iter=60, random_state=0))
reduction = make_reduction(network, window_length=12, scitype="time-series-regressor")
forecaster = TransformedTargetForecaster(
    [("trend", Detrender()), ("season", Deseasonalizer(sp=12)), ("lstm", reduction)]
)
year = np.arange(1, 13)
folds = ExpandingWindowSplitter(fh=year, initial_window=84, step_length=12)
grid = {"lstm__window_length": [6, 12], "lstm__estimator__lstmregressor__hidden_size": [8, 16]}
search = ForecastingGridSearchCV(forecaster, cv=folds, param_grid=grid, backend="None")
print("Search over 4 settings ...", flush=True)
search.fit(y[:-24], fh=np.arange(1, 25))
best = search.best_params_
print(f"Best window: {best['lstm__window_length']} months")
print(f"Best number of units: {best['lstm__estimator__lstmregressor__hidden_size']}")
forecast = np.exp(search.predict())
error = mean_absolute_percentage_error(passengers[-24:], forecast)
print(f"Last two years at once: mean absolute percentage error {error:.1%}")
