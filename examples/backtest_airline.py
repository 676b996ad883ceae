"""Backtest of six-month forecasts of the airline passengers, over the last two years.

The protocol is that of the tutorial on recurrent networks of darts: train on the 121 months up to
January 1959, with year and month as exogenous variables, 20 hidden units, windows of 14 months and
at most 300 epochs. Then forecast six months from every month, without retraining. The tutorial's
LSTM has a MAPE of 2.71 % in the sixth month, with one seed. Ten seeds are used here.

The network learns yearly differences of logarithms, with early stopping on 30 % of the windows. The
settings were chosen on the training months only, see benchmarks/airline_protocol.py.
"""

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.cells import LSTM
from sklstm.datasets import load_airline

N_TRAIN, STEPS = 121, 6

y = load_airline().passengers
months = np.arange(len(y))
X = np.column_stack([months // 12, np.eye(12)[months % 12]])

lstm = LSTMRegressor(
    hidden_size=20,
    cell=LSTM(forget_bias=1.0),
    batch_size=57,  # all training windows
    learning_rate=0.03,
    alpha=0.1,
    max_iter=300,
    early_stopping=True,
    validation_fraction=0.3,
    n_iter_no_change=50,
    tol=0,
)
model = SequenceForecaster(
    lstm,
    window=14,
    strategy="direct",
    horizon=STEPS,
    differences=(12,),
    transformer=FunctionTransformer(np.log, np.exp),
    calibration_fraction=None,
)


def backtest(forecaster):
    """Return the forecasts six months ahead, from every month after the training months."""
    forecasts = []
    for now in range(N_TRAIN, len(y) - STEPS + 1):
        forecasts.append(forecaster.forecast(STEPS, X[now : now + STEPS])[-1])
        forecaster.update(y[now : now + 1], X[now : now + 1])
    return np.array(forecasts)


def mape(forecast):
    """Return the mean absolute percentage error."""
    return 100 * np.mean(np.abs(forecast / y[N_TRAIN + STEPS - 1 :] - 1))


errors = []
for seed in range(10):
    forecaster = clone(model).set_params(regressor__random_state=seed)
    errors.append(mape(backtest(forecaster.fit(X[:N_TRAIN], y[:N_TRAIN]))))
last_year = y[N_TRAIN + STEPS - 1 - 12 : -12]
print("MAPE of the sixth month")
print(f"  LSTM, ten seeds: median {np.median(errors):.2f} %,", end=" ")
print(f"{min(errors):.2f} to {max(errors):.2f} %")
print(f"  value one year before: {mape(last_year):.2f} %")

# Grid search, with training in every fold. All preprocessing is fitted on the training rows.
model.set_params(regressor__random_state=0, regressor__batch_size="auto")
search = GridSearchCV(
    model,
    {"regressor__hidden_size": [10, 20]},
    cv=TimeSeriesSplit(n_splits=4, test_size=STEPS),
    scoring="neg_mean_absolute_percentage_error",
).fit(X, y)
print("GridSearchCV, MAPE of one to six months ahead")
for params, score in zip(
    search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
):
    print(f"  {params['regressor__hidden_size']} units: {-100 * score:.2f} %")
