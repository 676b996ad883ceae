"""
skforecast: search, backtest and forecast
=========================================

skforecast passes rows with lag 1, lag 2, ..., lag p, followed by the exogenous features of the
month to forecast. ``ToSequences`` converts a row to p steps of three channels, in chronological
order.

Takes about 2 seconds.
"""

import numpy as np
import pandas as pd
from skforecast.model_selection import (
    TimeSeriesFold,
    backtesting_forecaster,
    grid_search_forecaster,
)
from skforecast.recursive import ForecasterRecursive
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor
from sklstm.datasets import load_airline
from sklstm.preprocessing import ToSequences

airline = load_airline()
y = pd.Series(np.log(airline.passengers), pd.DatetimeIndex(airline.month, freq="MS"), name="logs")
angle = 2 * np.pi * y.index.month / 12
exog = pd.DataFrame({"sin": np.sin(angle), "cos": np.cos(angle)}, index=y.index)

network = make_pipeline(
    ToSequences(time_order="newest_first", n_static=2), LSTMRegressor(max_iter=60, random_state=0)
)
forecaster = ForecasterRecursive(network, 12, transformer_y=StandardScaler(), differentiation=1)
options = {"metric": "mean_absolute_error", "n_jobs": 1, "show_progress": False}
folds = TimeSeriesFold(steps=12, initial_train_size=96, differentiation=1)
grid = {"lstmregressor__hidden_size": [8, 16], "lstmregressor__learning_rate": [0.003, 0.01]}
print("Search over 4 settings ...", flush=True)
results = grid_search_forecaster(
    forecaster, y[:-24], folds, grid, exog=exog[:-24], **options, verbose=False
)
print("units   rate    mean absolute error of the logarithm")
for _, row in results.iterrows():
    print(
        f"{row['lstmregressor__hidden_size']:5.0f} {row['lstmregressor__learning_rate']:6}"
        f"{row['mean_absolute_error']:10.4f}"
    )

folds = TimeSeriesFold(steps=12, initial_train_size=len(y) - 24, differentiation=1)
_, forecast = backtesting_forecaster(forecaster, y, folds, exog=exog, **options)
error = np.abs(np.expm1(forecast["pred"] - y[-24:])).mean()
print("Last two years, twelve months ahead:")
print(f"mean absolute percentage error {error:.1%}")
