"""
mlforecast: one LSTM for eight series
=====================================

mlforecast passes a data frame with a row per series: the lags in the order of ``lags``, then the
date features. ``ToSequences`` converts a row to 14 steps of two channels: series and day of the
week. The series have different lengths.

Takes about 4 seconds.
"""

import numpy as np
from mlforecast import MLForecast
from mlforecast.target_transforms import LocalStandardScaler
from mlforecast.utils import generate_daily_series
from sklearn.pipeline import make_pipeline

from sklstm import LSTMRegressor
from sklstm.preprocessing import ToSequences


def weekday(dates):
    """Return the day of the week, scaled to -1 to 1."""
    return dates.weekday / 3 - 1


network = make_pipeline(
    ToSequences(time_order="newest_first", n_static=1), LSTMRegressor(max_iter=40, random_state=0)
)
forecaster = MLForecast(
    models={"lstm": network},
    freq="D",
    lags=range(1, 15),
    date_features=[weekday],
    target_transforms=[LocalStandardScaler()],
)
series = generate_daily_series(8, min_length=100, max_length=200, with_trend=True, seed=0)
print("Eight daily series, cross-validation with two windows ...", flush=True)
result = forecaster.cross_validation(series, n_windows=2, h=14, static_features=[])
print(f"Two weeks ahead: mean absolute error {np.abs(result['y'] - result['lstm']).mean():.3f}")
forecaster.fit(series, static_features=[])
print("\nThe next day of each series")
table = forecaster.predict(14).groupby("unique_id", observed=True).head(1)
print(table.to_string(index=False, float_format="%.2f"))
