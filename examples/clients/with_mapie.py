"""
MAPIE: adaptive prediction intervals
====================================

MAPIE does not convert X, which may be a table, an (n, T, C) array or a list of sequences. Only its
split conformal regressor needs a table; use ``ToSequences(n_channels=C)`` for several channels.

Takes about 4 seconds.
"""

import numpy as np
from mapie.regression import TimeSeriesRegressor
from mapie.subsample import BlockBootstrap
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor
from sklstm.datasets import load_airline
from sklstm.preprocessing import sliding_windows

# Yearly differences of logarithms: predict the next one from 12 months.
logs = np.log(load_airline().passengers)
growth = logs[12:] - logs[:-12]
X, y = sliding_windows(growth, window=12)
center, scale = X[:-48].mean(), X[:-48].std()
X = (X - center) / scale

network = LSTMRegressor(8, max_iter=60, random_state=0)
model = TimeSeriesRegressor(
    TransformedTargetRegressor(network, transformer=StandardScaler()),
    method="aci",
    cv=BlockBootstrap(n_resamplings=20, length=12, random_state=0),
)
print(f"Training 20 networks on blocks of {len(X) - 48} months ...", flush=True)
model.fit(X[:-48], y[:-48])
print("48 months, one by one ...", flush=True)
inside, widths = [], []
for i in range(len(X) - 48, len(X)):
    _, interval = model.predict(X[i : i + 1], confidence_level=0.8)
    low, high = logs[i + 12] + interval[0, :, 0]  # on last year's logarithms
    inside.append(low <= logs[i + 24] <= high)
    widths.append(np.exp(high) - np.exp(low))
    model.adapt_conformal_inference(X[i : i + 1], y[i : i + 1], gamma=0.05, confidence_level=0.8)
print(f"Between the bounds for 80 %: {np.mean(inside):.0%} of 48 months")
print(f"Mean width: {np.mean(widths):.0f} thousand passengers")
