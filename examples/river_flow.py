"""
The flow of a river, from the weather
=====================================

A river carries today what fell as rain yesterday, and what fell as snow half a year ago. Networks
with a memory are good at this; hydrologists have used LSTMs for real rivers since 2018 [1]_. Here
they read precipitation and temperature of twenty years, day by day, and then predict the flow of
five more years, with bounds. They are compared with gradient boosting and a linear model, which get
the weather of a year as columns of a table.

The river is simulated, by a model that hydrologists use for real ones
(:func:`~sklstm.datasets.make_river_flow`). Its snow is therefore known. No model here is told of
it; the last figure shows that a network found out.

Takes about 25 seconds.

.. [1] F. Kratzert, D. Klotz, C. Brenner, K. Schulz and M. Herrnegger, Rainfall-Runoff Modelling
   Using Long Short-Term Memory (LSTM) Networks, Hydrology and Earth System Sciences 22(11), 2018.
"""

from importlib.util import find_spec

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor
from sklstm.cells import LSTM
from sklstm.datasets import make_river_flow
from sklstm.losses import Quantile
from sklstm.preprocessing import sliding_windows

# %%
# The data
# --------
# The last five years are the test set. All settings below were chosen on other simulated rivers.

weather, flow, stores = make_river_flow(random_state=0)
days = pd.date_range("1995-10-01", periods=len(flow))
n_fit, n_train = np.searchsorted(days, pd.to_datetime(["2012-10-01", "2015-10-01"]))
test = slice(n_train, None)
print("A river in the mountains: precipitation, temperature and flow of every day")
print(f"  to learn from  {days[0]:%d %B %Y} to {days[n_train - 1]:%d %B %Y}, {n_train:,} days")
print(f"  to predict     {days[n_train]:%d %B %Y} to {days[-1]:%d %B %Y}, {len(flow[test]):,} days")

# %%
# Models without a memory
# -----------------------
# - *The mean of the season*: the mean flow at that time of the year.
# - *A linear model*, ridge regression on precipitation and temperature of 365 days.
# - *Gradient boosting* on features that someone has to think of: precipitation and temperature of
#   each of the last ten days, their means over 2 days to a year, and the season. (Features that
#   separate snow from rain, and count degrees above zero, bring its error from 0.36 to 0.33.)
#
# All models predict the square root of the flow, so that floods do not outweigh everything else.

YEAR = 365
root, season = np.sqrt(flow), days.day_of_year.to_numpy()
rows = slice(YEAR, n_train)  # the training days that have a year before them
predictions = {}

by_day = pd.Series(flow[:n_train]).groupby(season[:n_train]).mean()
predictions["mean of the season"] = by_day[season[test]].to_numpy()

print("\nRidge regression on precipitation and temperature of 365 days ...", flush=True)
windows = np.lib.stride_tricks.sliding_window_view(weather, YEAR, axis=0)  # (n, 2, 365)
windows = np.pad(windows.reshape(-1, 2 * YEAR), [(YEAR - 1, 0), (0, 0)])  # a row for each day
ridge = make_pipeline(StandardScaler(), RidgeCV(np.logspace(2, 6, 5)))
ridge.fit(windows[rows], root[rows])
predictions["ridge regression"] = ridge.predict(windows[test]).clip(0) ** 2

last_days = pd.DataFrame(weather)
spans = [2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 180, 365]
features = [last_days.shift(k) for k in range(10)] + [last_days.rolling(k).mean() for k in spans]
features = np.column_stack([*features, season])
print(f"Gradient boosting on {features.shape[1]} features ...", flush=True)
boosting = HistGradientBoostingRegressor(
    max_iter=1000, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=50, random_state=0
)
boosting.fit(features[rows], root[rows])
predictions["gradient boosting"] = boosting.predict(features[test]).clip(0) ** 2

# %%
# A network with a memory
# -----------------------
# The network reads the two variables day by day, and predicts the flow of every day. There are no
# features. It learns from strips of two years, of which the first only fills the memory: the flows
# of these days have a weight of 0. With the forget gates of "chrono", the network begins with
# memories of a day up to two years. Training depends on the seed, so we average three networks.

scaler = StandardScaler().fit(weather[:n_fit])
X = scaler.transform(weather).astype(np.float32)
X_strips = sliding_windows(X[:n_fit], 2 * YEAR, stride=73)[0]  # (n, 730, 2)
y_strips = sliding_windows(root[:n_fit], 2 * YEAR, stride=73)[0]  # (n, 730)
weights = np.ones_like(y_strips)
weights[:, :YEAR] = 0

networks = []
for seed in range(3):
    print(f"LSTM, network {seed + 1} of 3, on {len(X_strips)} strips of two years:", flush=True)
    network = LSTMRegressor(
        hidden_size=32,
        cell=LSTM(forget_bias="chrono"),
        return_sequences=True,
        loss=Quantile([0.1, 0.5, 0.9]),
        batch_size=4,
        learning_rate=0.02,
        max_iter=60,
        verbose=1,
        random_state=seed,
    )
    networks.append(network.fit(X_strips, y_strips, weights))

# All days in one go, as a single sequence.
quantiles = np.mean([network.predict(X[np.newaxis])[0] for network in networks], axis=0)
low, median, high = quantiles.T.astype(float)

# %%
# The quantiles of a network are too narrow on days that it has not seen. The last three years of
# the training set were kept for this: their errors say how much wider the bounds have to be.

kept = slice(n_fit, n_train)
side = np.where(root > median, high - median, median - low)
factor = np.quantile((np.abs(root - median) / side)[kept], 0.8)
print(f"Bounds {factor:.1f} times as far away, after the errors of three years not learned from")
lower, upper = median - factor * (median - low), median + factor * (high - median)
median, lower, upper = (bound.clip(0) ** 2 for bound in (median, lower, upper))
predictions["LSTM"] = median[test]

# %%
# Five years that no model has seen
# ---------------------------------
# R2 is what hydrologists call the Nash-Sutcliffe efficiency.

observed, spring = flow[test], np.isin(days[test].month, [3, 4, 5, 6])
print("\nFive years that no model has seen")
print("                             mean absolute error, mm a day")
print("                        R2      all days   March to June")
for name, predicted in predictions.items():
    all_days = mean_absolute_error(observed, predicted)
    in_spring = mean_absolute_error(observed[spring], predicted[spring])
    print(f"{name:20} {r2_score(observed, predicted):5.2f} {all_days:13.2f} {in_spring:15.2f}")
inside = (lower <= flow) & (flow <= upper)
print(f"Flows between the LSTM's bounds for 80 %: {inside[test].mean():.0%}")

table = pd.DataFrame({"LSTM": median, "lower": lower, "upper": upper, "observed": flow}, days)
table = table[test].assign(boosting=predictions["gradient boosting"])
print("\nThe last spring, flow in mm a day, with bounds for 80 %")
print(table["2020-04-05":"2020-06-21":7].to_string(float_format="%.1f"))

# %%
# Five springs
# ------------
# The flood of a spring depends on the snow of the whole winter, and on when it melts.

if find_spec("matplotlib") is None:
    print("\nNo picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 5, figsize=(12, 3.8), sharey=True, layout="constrained")
    for ax, year in zip(axes, range(2016, 2021), strict=True):
        part = table[f"{year}-03-10" : f"{year}-06-15"]
        ax.fill_between(part.index, part["lower"], part["upper"], color="C0", alpha=0.3, lw=0)
        ax.plot(part["LSTM"], color="C0", label="LSTM, with bounds for 80 %")
        ax.plot(part["boosting"], color="C1", lw=1.2, ls="--", label="gradient boosting")
        ax.plot(part["observed"], color="black", lw=1.2, label="observed")
        ax.set(title=year, xticks=pd.to_datetime([f"{year}-{month}-01" for month in (4, 5, 6)]))
        ax.set_xticklabels(["April", "May", "June"], ha="left")
        ax.margins(x=0)
    axes[0].set(ylabel="flow, mm a day", ylim=(0, None))
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figure.suptitle("The flow of a river in spring, predicted from the weather")
    figure.savefig("river_flow.png", dpi=120)
    print("\nPicture: river_flow.png")

# %%
# What the network remembers
# --------------------------
# The data do not say how much snow is on the ground. If the network has to know it, it is in its
# hidden state. We search the unit that follows the snow most closely in the training years, and
# look at it in the years after them.

states = networks[0].hidden_states(X[np.newaxis])[0]  # (n, 32)
snow = stores[:, 0]
correlations = np.corrcoef(states[:n_train].T, snow[:n_train])[-1, :-1]
unit = np.abs(correlations).argmax()
state = np.sign(correlations[unit]) * states[test, unit]
print(f"\nUnit {unit} of the first network keeps account of the snow, which it was never shown:")
print(f"correlation {np.corrcoef(state, snow[test])[0, 1]:.2f} in the five years")

if find_spec("matplotlib") is not None:
    figure, ax = plt.subplots(figsize=(9, 3.2), layout="constrained")
    ax.fill_between(days[test], snow[test], color="0.82", lw=0, label="snow on the ground")
    ax.set(ylabel="snow, mm of water", ylim=(0, None))
    ax.margins(x=0)
    right = ax.twinx()
    right.plot(days[test], state, color="C0", lw=0.5, alpha=0.5)
    smooth = pd.Series(state, days[test]).rolling(9, center=True).median()
    right.plot(smooth, color="C0", label=f"state of unit {unit}, and its median over nine days")
    right.set(ylabel="hidden state")
    figure.legend(loc="outside upper center", ncols=2)
    plt.show()
