"""Forecast two years of airline passengers from the ten years before.

The last 24 months are the test set. They are not used for scaling or for the grid search. After a
logarithm, which makes the seasonal variation constant, the network learns yearly differences and
predicts twelve of them at once. The example shows the workflow; a linear model is also accurate on
this series.
"""

import warnings
from importlib.util import find_spec

import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_percentage_error, root_mean_squared_error
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.datasets import load_airline

airline = load_airline()
y = pd.Series(airline.passengers, pd.PeriodIndex(airline.month, freq="M"), name="passengers")
past, future = y[:-24], y[-24:]

forecaster = SequenceForecaster(
    LSTMRegressor(max_iter=50, random_state=0),
    strategy="direct",
    horizon=12,
    differences=(12,),
    transformer="log",
    calibration_fraction=0.4,  # errors on the last 48 months determine the width of intervals
)
grid = {
    "window": [12, 24],
    "regressor__hidden_size": [16, 32],
    "regressor__learning_rate": [0.01, 0.02],
}
# Each fold forecasts one year, after training on all months before it. In the few windows of the
# first folds some networks learn no more than the mean change, of which they warn.
warnings.filterwarnings("ignore", message="Training learned nothing")
folds = TimeSeriesSplit(n_splits=4, test_size=12)
search = GridSearchCV(forecaster, grid, cv=folds, scoring="neg_root_mean_squared_error")
search.fit(pd.DataFrame(index=past.index), past)  # X has only times: no exogenous variables
print("Best:", {name.split("__")[-1]: value for name, value in search.best_params_.items()})

table = search.best_estimator_.forecast(24, coverage=0.8)
print(table.round(1))
forecasts = {"LSTM": table["forecast"], "seasonal naive": np.tile(past[-12:], 2)}
print("Last 24 months    RMSE    MAPE")
for name, forecast in forecasts.items():
    rmse = root_mean_squared_error(future, forecast)
    print(f"{name:15} {rmse:6.1f} {mean_absolute_percentage_error(future, forecast):7.1%}")
inside = future.between(table["lower_80"], table["upper_80"])
print(f"Coverage of 80 % intervals: {inside.mean():.0%}")

if find_spec("matplotlib") is None:
    print("No figure: matplotlib is not installed.")
else:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
    y.plot(ax=ax, color="black", label="observed")
    for name, forecast in forecasts.items():
        pd.Series(forecast, future.index).plot(ax=ax, style="--", label=name)
    ax.fill_between(table.index, table["lower_80"], table["upper_80"], alpha=0.3, label="80 %")
    ax.set(title="Airline passengers, thousands a month")
    ax.legend(loc="upper left")
    figure.savefig("airline_forecast.png", dpi=120)
    print("Figure: airline_forecast.png")
