"""Forecast two years of airline passengers from the ten years before them.

The last 24 months are test data, not used for scaling and search. Logarithms make the season
constant; the network learns the change of each month from the one a year before, and predicts
twelve of these changes at once. (A linear model of them has similar errors: this example shows the
workflow.)
"""

from importlib.util import find_spec

import numpy as np
from sklearn.metrics import mean_absolute_percentage_error, root_mean_squared_error
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.datasets import load_airline

airline = load_airline()
past, future = airline.passengers[:-24], airline.passengers[-24:]

forecaster = SequenceForecaster(
    LSTMRegressor(max_iter=50, random_state=0),
    strategy="direct",
    horizon=12,
    differences=(12,),
    transformer=FunctionTransformer(np.log, np.exp),
    calibration_fraction=0.4,  # intervals are calibrated on the last 48 months
)
grid = {
    "window": [12, 24],
    "regressor__hidden_size": [16, 32],
    "regressor__learning_rate": [0.01, 0.02],
}
# Each fold forecasts a year from all months before it.
folds = TimeSeriesSplit(n_splits=4, test_size=12)
search = GridSearchCV(forecaster, grid, cv=folds, scoring="neg_root_mean_squared_error", n_jobs=2)
search.fit(np.empty((len(past), 0)), past)  # X: no exogenous variables
print("Best:", {name.split("__")[-1]: value for name, value in search.best_params_.items()})

model = search.best_estimator_
forecasts = {"LSTM": model.forecast(24), "seasonal naive": np.tile(past[-12:], 2)}
lower, upper = model.predict_interval(24, coverage=0.8)
print("Last 24 months    RMSE    MAPE")
for name, forecast in forecasts.items():
    rmse = root_mean_squared_error(future, forecast)
    print(f"{name:15} {rmse:6.1f} {mean_absolute_percentage_error(future, forecast):7.1%}")
print(f"Between the bounds of 80 %: {np.mean((lower <= future) & (future <= upper)):.0%}")

if find_spec("matplotlib") is None:
    print("No picture, as matplotlib is not installed.")
else:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
    ax.plot(airline.month, airline.passengers, color="black", label="observed")
    for name, forecast in forecasts.items():
        ax.plot(airline.month[-24:], forecast, "--", label=name)
    ax.fill_between(airline.month[-24:], lower, upper, alpha=0.3, label="80 %")
    ax.set(title="Airline passengers, thousands a month", xticks=airline.month[::24])
    ax.legend(loc="upper left")
    figure.savefig("airline_forecast.png", dpi=120)
    print("Picture: airline_forecast.png")
