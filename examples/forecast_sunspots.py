"""
A forecast with dates and bounds, tested over twenty years
==========================================================

A series with a date index goes in, and a table with the dates that follow comes out: forecasts, and
bounds between which 80 % and 90 % of the values should be. A backtest then shows how good such
forecasts are: one for every month of twenty years, with the values known until then.

The series is the monthly number of sunspots since 1749, in cycles of about eleven years that differ
in length and height. Square roots make the noise, which grows with the level, more even.

Takes about 13 seconds.
"""

from importlib.util import find_spec

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster, backtest
from sklstm.datasets import load_sunspots
from sklstm.metrics import interval_coverage
from sklstm.schedules import CosineDecay

data = load_sunspots()
y = pd.Series(data.sunspots, pd.PeriodIndex(data.month, freq="M"), name="sunspots")
n_known, steps = len(y) - 240, 12
print(f"{n_known:,} months to learn from, {y.index[0]} to {y.index[n_known - 1]}")

# %%
# Fit and forecast
# ----------------
# The network reads three years and predicts the next one at once. The inverse of the square root
# keeps the sign, so that a negative bound stays negative.

root = FunctionTransformer(np.sqrt, lambda levels: levels * np.abs(levels))


def make_forecaster(regressor):
    return SequenceForecaster(
        regressor, window=36, strategy="direct", horizon=steps, level=None, transformer=root
    )


lstm = LSTMRegressor(max_iter=20, learning_rate=CosineDecay(0.01), random_state=0)
forecaster = make_forecaster(lstm).fit(None, y[:n_known])
table = forecaster.forecast(steps, coverage=[0.8, 0.9])
print("\nForecast of the next year, with bounds for 80 % and 90 %")
print(table.assign(observed=y).to_string(float_format="%.0f"))

# %%
# Backtest
# --------
# The forecaster is fitted once. It is then updated with every new month, and forecasts the twelve
# after it. The width of the bounds follows the errors of the forecasts so far.

print("\nForecasts from 229 months ...", flush=True)
ours = backtest(make_forecaster(lstm), y, horizon=steps, initial=n_known, coverage=[0.8, 0.9])
linear = make_forecaster(RidgeCV()).set_params(calibration_fraction=None)
errors = {
    "LSTM": ours.forecast - ours.y,
    "linear model, in its place": backtest(linear, y, horizon=steps, initial=n_known).forecast
    - ours.y,
    "last month": y[ours.cutoff].to_numpy() - ours.y,
    "same month, 11 years ago": y.shift(132)[ours.time].to_numpy() - ours.y,
}
print("Mean absolute error          1 to 12 months ahead    12 months ahead")
for name, error in errors.items():
    last = error[ours.step == steps]
    print(f"  {name:27} {error.abs().mean():13.1f} {last.abs().mean():18.1f}")
for coverage in (80, 90):
    lower, upper = ours[f"lower_{coverage}"], ours[f"upper_{coverage}"]
    inside = interval_coverage(ours.y, lower, upper)
    width = (upper - lower).mean()
    print(f"Between the bounds for {coverage} %: {inside:.0%}; mean width {width:.0f}")

# %%
# The forecasts that were made each January, of the next twelve months:

if find_spec("matplotlib") is None:
    print("\nNo picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
    known = y[n_known - 24 :]
    ax.plot(known.index.to_timestamp(), known, color="black", lw=0.8, label="observed")
    for k, (_, part) in enumerate(ours[ours.cutoff.dt.month == 12].groupby("cutoff")):
        times, labels = part.time.dt.to_timestamp(), [None] * 3
        if k == 0:
            labels = ["forecast each January", "bounds for 80 %", "for 90 %"]
        ax.plot(times, part.forecast, color="C3", label=labels[0])
        for label, alpha, coverage in [(labels[1], 0.4, 80), (labels[2], 0.2, 90)]:
            bounds = part[f"lower_{coverage}"], part[f"upper_{coverage}"]
            ax.fill_between(times, *bounds, color="C0", alpha=alpha, lw=0, label=label)
    ax.set(title="Sunspots, monthly means", ylim=(0, None))
    ax.margins(x=0.01)
    ax.legend(loc="upper center")
    figure.savefig("sunspots_forecast.png", dpi=120)
    print("\nPicture: sunspots_forecast.png")
