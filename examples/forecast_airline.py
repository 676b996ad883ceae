"""Forecast two years of airline passengers from the ten years before them.

The last 24 months are held out from everything, scaling and search included. The network reads 12
months and predicts the next 12; the second year starts from the first year's forecast. Logarithms
even out the season, and windows count from their last month, which removes the trend. (On them a
linear model does well, too: this shows the workflow, not a record.)
"""

from importlib.util import find_spec

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.metrics import mean_absolute_percentage_error, root_mean_squared_error
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor
from sklstm.datasets import load_airline
from sklstm.preprocessing import sliding_windows

airline = load_airline()
past, future = airline.passengers[:-24], airline.passengers[-24:]

# Learn: 12 months -> the next 12, both relative to the window's last month
logs = np.log(past)
X, y = sliding_windows(logs, window=12, horizon=12)
lstm = LSTMRegressor(max_iter=100, random_state=0)
pipeline = Pipeline([("scale", StandardScaler()), ("lstm", lstm)])
model = TransformedTargetRegressor(pipeline, transformer=StandardScaler())
grid = {"regressor__lstm__hidden_size": [16, 32], "regressor__lstm__learning_rate": [0.003, 0.01]}
# The gap keeps months that are to be predicted out of the targets of the training windows.
cv = TimeSeriesSplit(n_splits=4, gap=11)
search = GridSearchCV(model, grid, cv=cv, scoring="neg_root_mean_squared_error", n_jobs=2)
search.fit(X - X[:, -1:], y - X[:, -1:])
print("Best:", {name.split("__")[-1]: value for name, value in search.best_params_.items()})

# Forecast: year by year, the first one being the window of the second
for _ in range(2):
    logs = np.append(logs, logs[-1] + search.predict([logs[-12:] - logs[-1]])[0])
forecasts = {"LSTM": np.exp(logs[-24:]), "seasonal naive": np.tile(past[-12:], 2)}

print("Last 24 months    RMSE    MAPE")
for name, forecast in forecasts.items():
    rmse = root_mean_squared_error(future, forecast)
    print(f"{name:15} {rmse:6.1f} {mean_absolute_percentage_error(future, forecast):7.1%}")

if find_spec("matplotlib") is None:
    print("No picture, as matplotlib is not installed.")
else:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
    ax.plot(airline.month, airline.passengers, color="black", label="observed")
    for name, forecast in forecasts.items():
        ax.plot(airline.month[-24:], forecast, "--", label=name)
    ax.set(title="Airline passengers, thousands a month", xticks=airline.month[::24])
    ax.legend()
    figure.savefig("airline_forecast.png", dpi=120)
    print("Picture: airline_forecast.png")
