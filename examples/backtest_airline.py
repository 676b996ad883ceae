"""Backtest of six-month forecasts of the airline passengers, over the last two years.

The protocol is that of the tutorial on recurrent networks of darts: train on the 121 months up to
January 1959, with year and month as exogenous variables, 20 hidden units, windows of 14 months and
at most 300 epochs. Then forecast six months from every month, without retraining. The tutorial's
LSTM has a MAPE of 2.71 % in the sixth month, with one seed. Ten seeds are used here.

The network learns yearly differences of logarithms, with early stopping on 30 % of the windows. The
settings were chosen on the training months only, see benchmarks/airline_protocol.py.
"""

import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_percentage_error
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster, backtest
from sklstm.cells import LSTM
from sklstm.datasets import load_airline
from sklstm.metrics import interval_coverage, mean_absolute_scaled_error

airline = load_airline()
months = pd.PeriodIndex(airline.month, freq="M")
y = pd.Series(airline.passengers, months, name="passengers")
X = pd.get_dummies(months.month, prefix="month", dtype=float).set_index(months)
X.insert(0, "year", months.year)

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
    horizon=6,
    differences=(12,),
    transformer=FunctionTransformer(np.log, np.exp),
    calibration_fraction=None,
)
protocol = {"horizon": 6, "initial": 121}

errors = []
for seed in range(10):
    table = backtest(model.set_params(regressor__random_state=seed), y, X, **protocol)
    sixth = table[table.step == 6]
    errors.append(100 * mean_absolute_percentage_error(sixth.y, sixth.forecast))
year_before = 100 * mean_absolute_percentage_error(sixth.y, y.shift(12)[sixth.time])
print("MAPE of the sixth month")
print(f"  LSTM, ten seeds: median {np.median(errors):.2f} %,", end=" ")
print(f"{min(errors):.2f} to {max(errors):.2f} %")
print(f"  value one year before: {year_before:.2f} %")

# Every sixth month, with a new fit, and with intervals.
model.set_params(calibration_fraction=0.2, regressor__batch_size="auto")
table = backtest(model, y, X, **protocol, step=6, refit=True, coverage=0.8, n_jobs=2)
print(table.to_string(index=False, float_format="%.0f"))
mase = mean_absolute_scaled_error(table.y, table.forecast, y_train=y[:121], season_length=12)
coverage = interval_coverage(table.y, table.lower_80, table.upper_80)
print(f"MASE {mase:.2f}, coverage of 80 % intervals {coverage:.0%}")
