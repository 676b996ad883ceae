"""
Backtest of forecasts, many months and many seeds
=================================================

How good would forecasts have been over the last two years, if one had been made every month? The
protocol is that of the tutorial on recurrent networks of darts: train on the 121 months of airline
passengers up to January 1959, with year and month as exogenous variables, 20 hidden units, windows
of 14 months and at most 300 epochs. Then forecast six months from every month, without retraining.
The tutorial's LSTM has a mean absolute percentage error (MAPE) of 2.71 % in the sixth month, with
one seed. Ten seeds are used here.

The network learns yearly differences of logarithms, with early stopping on 30 % of the windows. The
settings were chosen on the training months only, see ``benchmarks/airline_protocol.py``.

Takes about 5 seconds.
"""

from importlib.util import find_spec

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

# %%
# Ten seeds
# ---------
# A result of a single seed says little: the best and the worst of ten are far apart.

errors = []
print("MAPE of the sixth month, forecasts from 18 months")
for seed in range(10):
    table = backtest(model.set_params(regressor__random_state=seed), y, X, **protocol)
    sixth = table[table.step == 6]
    errors.append(100 * mean_absolute_percentage_error(sixth.y, sixth.forecast))
    print(f"  LSTM, seed {seed}               {errors[-1]:6.2f} %", flush=True)
print(f"  LSTM, median of ten seeds  {np.median(errors):6.2f} %")
print("  LSTM of the tutorial         2.71 %")
year_before = 100 * mean_absolute_percentage_error(sixth.y, y.shift(12)[sixth.time])
print(f"  value one year before      {year_before:6.2f} %")

# %%
# New fits, and bounds
# --------------------
# Here the forecaster is fitted again before each forecast, on all months until then. A part of them
# is kept to find the width of the bounds.

model.set_params(calibration_fraction=0.2, regressor__batch_size="auto")
table = backtest(model, y, X, **protocol, step=6, refit=True, coverage=0.8)
print("\nFitted again every six months; thousands of passengers, bounds for 80 %")
print(table.to_string(index=False, float_format="%.0f"))
mase = mean_absolute_scaled_error(table.y, table.forecast, y_train=y[:121], season_length=12)
coverage = interval_coverage(table.y, table.lower_80, table.upper_80)
print(f"Mean absolute scaled error: {mase:.2f} (1 is the error of the year before)")
print(f"Between the bounds: {coverage:.0%} of {len(table)} months, a small number to judge by")

if find_spec("matplotlib") is None:
    print("No picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
    ax.plot(y["1957":].index.to_timestamp(), y["1957":], color="black", label="observed")
    for k, (_, part) in enumerate(table.groupby("cutoff")):
        times = part.time.dt.to_timestamp()
        label = "forecast, bounds for 80 %" if k == 0 else None
        ax.fill_between(times, part.lower_80, part.upper_80, color="C0", alpha=0.3, lw=0)
        ax.plot(times, part.forecast, color="C0", marker=".", label=label)
    ax.set(
        ylabel="passengers, thousands a month",
        title="Forecasts of six months, made every six months",
    )
    ax.legend(loc="upper left")
    plt.show()
