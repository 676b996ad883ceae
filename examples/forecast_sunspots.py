"""Forecast monthly sunspot numbers, with prediction intervals and the month as exogenous variable.

The last 20 years are the test set. The forecaster is fitted once on the years before. In the test
set, it is updated after every month, and forecasts the next twelve months with prediction intervals
of 80 % and 90 % coverage, whose width follows the errors of the forecasts so far. The square root
makes the variance of the noise, which increases with the level, more constant. The month, as sine
and cosine, shows how calendar features are part of a forecaster; it has no effect on sunspots.
"""

from importlib.util import find_spec

import numpy as np
import pandas as pd
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster, backtest
from sklstm.datasets import load_sunspots
from sklstm.metrics import interval_coverage
from sklstm.preprocessing import CalendarFeatures
from sklstm.schedules import CosineDecay

data = load_sunspots()
y = pd.Series(data.sunspots, pd.PeriodIndex(data.month, freq="M"), name="sunspots")
n_known, steps = len(y) - 240, 12

# The inverse keeps the sign, so that negative bounds stay negative.
root = FunctionTransformer(np.sqrt, lambda levels: levels * np.abs(levels))
model = SequenceForecaster(
    LSTMRegressor(max_iter=20, learning_rate=CosineDecay(0.01), random_state=0),
    window=36,
    strategy="direct",
    horizon=steps,
    level=None,
    transformer=root,
    exog_transformer=CalendarFeatures(["month"]),
)
table = backtest(model, y, horizon=steps, initial=n_known, coverage=[0.8, 0.9])
rows = table[table.step == steps].iloc[:: 5 * steps]
print(rows.to_string(index=False, float_format="%.1f"))

table["last month"] = y[table.cutoff].to_numpy()
table["same month, 11 years ago"] = y.shift(132)[table.time].to_numpy()
table["mean of the training months"] = y[:n_known].mean()
print("Mean absolute error, 1 to 12 months ahead")
for name in ["forecast", "last month", "same month, 11 years ago", "mean of the training months"]:
    print(f"  {name:27} {(table[name] - table.y).abs().mean():.1f}")
for coverage in (80, 90):
    lower, upper = table[f"lower_{coverage}"], table[f"upper_{coverage}"]
    inside = interval_coverage(table.y, lower, upper)
    print(f"Coverage of {coverage} %: {inside:.0%}, mean width {(upper - lower).mean():.0f}")

if find_spec("matplotlib") is None:
    print("No figure: matplotlib is not installed.")
else:
    import matplotlib.pyplot as plt

    ahead = table[table.cutoff.dt.month == 12].set_index("time")  # forecasts of each January
    figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
    y[n_known - 60 :].plot(ax=ax, color="black", lw=0.8, label="observed")
    ahead.forecast.plot(ax=ax, color="C3", label="forecast each January")
    for alpha, coverage in [(0.5, 80), (0.2, 90)]:
        bounds = ahead[f"lower_{coverage}"], ahead[f"upper_{coverage}"]
        ax.fill_between(ahead.index, *bounds, alpha=alpha, color="C0", lw=0, label=f"{coverage} %")
    ax.set(title="Sunspots, monthly means", ylim=(0, None))
    ax.legend(loc="upper center")
    figure.savefig("sunspots_forecast.png", dpi=120)
    print("Figure: sunspots_forecast.png")
