"""Forecast monthly sunspot numbers, with prediction intervals and the month as exogenous variable.

The last 20 years are the test set. The forecaster is fitted once on the years before. In the test
set, it is updated after every month, and forecasts the next twelve months with prediction intervals
of 80 % and 90 % coverage. The square root makes the variance of the noise, which increases with the
level, more constant. The month, as sine and cosine, shows how to pass an exogenous variable; it has
no effect on sunspots. (Over the last 70 years, with cycles higher than before, the intervals are
too narrow, see benchmarks/README.rst.)
"""

from importlib.util import find_spec

import numpy as np
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.datasets import load_sunspots
from sklstm.schedules import CosineDecay

y = load_sunspots().sunspots
angle = 2 * np.pi * np.arange(len(y)) / 12
month = np.column_stack([np.sin(angle), np.cos(angle)])  # cyclic: December is close to January
n_known, steps = len(y) - 240, 12

# The inverse keeps the sign, so that negative bounds stay negative.
root = FunctionTransformer(np.sqrt, lambda levels: levels * np.abs(levels))
lstm = LSTMRegressor(max_iter=20, learning_rate=CosineDecay(0.01), random_state=0)
model = SequenceForecaster(
    lstm, window=36, strategy="direct", horizon=steps, level=None, transformer=root
)
model.fit(month[:n_known], y[:n_known])

# Forecast the next twelve months at the end of each month.
times = np.arange(n_known, len(y) - steps + 1)[:, np.newaxis] + np.arange(steps)
forecast, bounds = np.empty(times.shape), {0.8: [], 0.9: []}
for i, ahead in enumerate(times):
    forecast[i] = model.forecast(steps, month[ahead])
    for coverage, pairs in bounds.items():
        pairs.append(model.predict_interval(steps, month[ahead], coverage=coverage))
    model.update(y[ahead[:1]], month[ahead[:1]])
bounds = {coverage: np.array(pairs).swapaxes(0, 1) for coverage, pairs in bounds.items()}

print("Mean absolute error, 1 to 12 months ahead")
for name, values in {
    "LSTM": forecast,
    "last month": y[times[:, :1] - 1],
    "same month, 11 years ago": y[times - 132],
    "mean of the training months": y[:n_known].mean(),
}.items():
    print(f"  {name:27} {np.abs(values - y[times]).mean():.1f}")
for coverage, (lower, upper) in bounds.items():
    inside = np.mean((lower <= y[times]) & (y[times] <= upper))
    print(
        f"Coverage of {coverage:.0%} intervals: {inside:.0%}, "
        f"mean width {np.mean(upper - lower):.0f}"
    )

if find_spec("matplotlib") is None:
    print("No figure: matplotlib is not installed.")
else:
    import matplotlib.pyplot as plt

    year, yearly = 1749 + np.arange(len(y)) / 12, slice(None, None, steps)
    ahead = year[times[yearly]].ravel()
    figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
    for alpha, (coverage, band) in zip([0.5, 0.2], bounds.items(), strict=True):
        lower, upper = band[:, yearly].reshape(2, -1)
        ax.fill_between(ahead, lower, upper, alpha=alpha, color="C0", lw=0, label=f"{coverage:.0%}")
    ax.plot(ahead, forecast[yearly].ravel(), color="C3", label="forecast each January")
    ax.plot(year[n_known - 60 :], y[n_known - 60 :], color="black", lw=0.8, label="observed")
    ax.set(title="Sunspots, monthly means", ylim=(0, None))
    ax.legend(loc="upper center")
    figure.savefig("sunspots_forecast.png", dpi=120)
    print("Figure: sunspots_forecast.png")
