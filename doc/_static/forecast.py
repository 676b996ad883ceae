"""Draw forecast.png, the picture of README.rst: ``python doc/_static/forecast.py``."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from sklstm import SequenceForecaster
from sklstm.datasets import load_airline

airline = load_airline()
months = pd.PeriodIndex(airline.month, freq="M").to_timestamp()
y = pd.Series(airline.passengers, months)
past, future = y[:-24], y[-24:]
forecast = SequenceForecaster(random_state=0).fit(None, past).forecast(24, coverage=0.8)

figure, ax = plt.subplots(figsize=(7, 2.6), layout="constrained")
ax.plot(past["1955":], color="0.45", label="observed")
ax.plot(future, color="0.45", linestyle=":", label="true values")
ax.plot(forecast["forecast"], color="C0", label="forecast")
ax.fill_between(
    forecast.index,
    forecast.lower_80,
    forecast.upper_80,
    color="C0",
    alpha=0.25,
    linewidth=0,
    label="80 % interval",
)
ax.set_ylabel("passengers (thousands)")
ax.legend(loc="upper left", ncols=2, frameon=False)
ax.spines[["top", "right"]].set_visible(False)
figure.savefig(Path(__file__).with_suffix(".png"), dpi=120)
