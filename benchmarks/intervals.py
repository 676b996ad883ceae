"""Coverage of prediction intervals, for rolling origins in the last 30 % of each series.

Run ``python benchmarks/intervals.py`` with statsmodels, pmdarima and vega_datasets installed (some
minutes on one core). The forecaster is fitted once on the first 70 %, updated with each new value,
and predicts intervals for the next 12 steps. The setting is the same for all series. It is compared
with ``SequenceForecaster()`` and ``VotingForecaster()``, with intervals from predicted quantiles,
and with a seasonal naive forecast with split-conformal intervals, calibrated on the same rows.
"""

import argparse

import numpy as np
import pmdarima.datasets
import statsmodels.api as sm
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.preprocessing import FunctionTransformer
from vega_datasets import local_data

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster
from sklstm.datasets import load_sunspots
from sklstm.losses import Quantile
from sklstm.schedules import CosineDecay

STEPS, TRAINING, MAX_ORIGINS = 12, 0.7, 300
COVERAGES = [0.5, 0.8, 0.95]
KINDS = ["setting", "first line", "vote", "quantiles", "naive"]


def generated_sales(n_days=1500, seed=0):
    """Return daily sales with a random walk, a weekly season, and multiplicative noise."""
    rng = np.random.default_rng(seed)
    level = np.cumsum(rng.normal(0.0005, 0.01, n_days))
    week = np.tile([0.0, -0.1, -0.1, 0.0, 0.1, 0.4, 0.2], n_days // 7 + 1)[:n_days]
    return 1000 * np.exp(level + week + rng.normal(0, 0.1, n_days))


def signed_square(values):
    """Return the inverse of the square root, extended monotonically to negative bounds."""
    return values * np.abs(values)


def all_series():
    """Name -> values; season, the lag of the naive forecast; transformer of a second run."""
    weather = local_data.seattle_weather()
    co2 = sm.datasets.co2.load_pandas().data["co2"].interpolate()
    sea = sm.datasets.elnino.load_pandas().data.iloc[:, 1:].to_numpy().ravel()
    return {
        "demand, half-hourly": (pmdarima.datasets.load_taylor(), 48, None),
        "temperature, hourly": (local_data.seattle_temps()["temp"], 24, None),
        "temperature, daily": (weather["temp_max"], 365, None),
        "CO2, weekly": (co2, 52, None),
        "sea surface, monthly": (sea, 12, None),
        "sunspots, monthly": (load_sunspots().sunspots, 132, (np.sqrt, signed_square)),
        "sales, generated": (generated_sales(), 7, (np.log, np.exp)),
    }


def forecaster(season, seed, *, calibration, n_epochs=50, **changes):
    """Return the forecaster with the common setting."""
    regressor = LSTMRegressor(max_iter=n_epochs, learning_rate=CosineDecay(0.01), random_state=seed)
    settings = {
        "window": min(max(24, season), 52),
        "strategy": "direct",
        "horizon": STEPS,
        "level": None,
        "differences": 1,
        "transformer": None,
        "calibration_fraction": calibration,
    }
    return SequenceForecaster(regressor, **(settings | changes))


def quantile_forecaster(season, seed):
    """Return the forecaster of quantiles, of levels, since quantiles of differences do not add."""
    model = forecaster(season, seed, calibration=None, n_epochs=20, differences=0)
    return model.set_params(regressor__loss=Quantile([0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]))


def origins_of(n):
    """Return the numbers of known values at the origins, from the end of the training part."""
    first, last = round(TRAINING * n), n - STEPS
    return np.unique(np.linspace(first, last, MAX_ORIGINS).round().astype(int))


def forecaster_intervals(model, y):
    """Return bounds (2, origins, steps) by coverage."""
    origins = origins_of(len(y))
    model.fit(None, y[: origins[0]])
    bounds = {coverage: [] for coverage in COVERAGES}
    before = origins[0]
    for now in origins:
        if now > before:
            model.update(y[before:now])
        for coverage, pairs in bounds.items():
            pairs.append(model.predict_interval(STEPS, coverage=coverage))
        before = now
    return {coverage: np.array(pairs).transpose(1, 0, 2) for coverage, pairs in bounds.items()}


def naive_intervals(y, season, calibration):
    """Return the same for the seasonal naive forecast."""
    origins = origins_of(len(y))
    forecasts = naive(y, season)
    actual = sliding_window_view(y, STEPS)
    tail = np.arange(origins[0] - round(calibration * origins[0]), origins[0] - STEPS + 1)
    errors = np.sort(np.abs(actual[tail] - forecasts[tail]), axis=0)
    bounds = {}
    for coverage in COVERAGES:
        half = errors[int(np.ceil((len(errors) + 1) * coverage)) - 1]
        bounds[coverage] = forecasts[origins] - half, forecasts[origins] + half
    return bounds


def naive(y, season):
    """Return forecasts (n + 1, steps) by the number of known values; NaN if it is too small."""
    ahead = np.arange(STEPS)
    place = np.arange(len(y) + 1)[:, np.newaxis] + ahead - season * (ahead // season + 1)
    return np.where(place >= 0, y[place], np.nan)


def print_row(y, name, results):
    """Print median and range of the coverage over seeds, and the median width."""
    actual = sliding_window_view(y, STEPS)[origins_of(len(y))]
    line = f"  {name:22}"
    for coverage in COVERAGES:
        lower, upper = np.array([bounds[coverage] for bounds in results]).swapaxes(0, 1)
        inside = 100 * np.mean((lower <= actual) & (actual <= upper), axis=(1, 2))
        width = np.median(np.mean(upper - lower, axis=(1, 2)))
        spread = f"[{inside.min():.1f}, {inside.max():.1f}]" if len(inside) > 1 else ""
        line += f"  {np.median(inside):5.1f} {spread:12} {width:8.5g}"
    print(line, flush=True)


def models(season, functions, calibration):
    """Return functions of a seed by "kind:name of the row"."""

    def setting(transformer):
        return lambda seed: forecaster(
            season, seed, calibration=calibration, transformer=transformer
        )

    rows = {"setting:split-conformal": setting(None)}
    if functions:
        transformer = FunctionTransformer(*functions)
        rows[f"setting:after {functions[0].__name__}"] = setting(transformer)
    return rows | {
        "first line:first line": lambda seed: SequenceForecaster(random_state=seed),
        "vote:vote": lambda seed: VotingForecaster(random_state=seed),
        "quantiles:predicted quantiles": lambda seed: quantile_forecaster(season, seed),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--series", default="", help="only series with this in their name")
    parser.add_argument(
        "--calibration", type=float, default=0.2, help="fraction of the training rows"
    )
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    arguments = parser.parse_args()
    seeds, calibration = range(arguments.seeds), arguments.calibration
    columns = [f"{f'{coverage:.0%}: median, range, width':30}" for coverage in COVERAGES]
    print(" " * 24, *columns)
    for name, (values, season, functions) in all_series().items():
        if arguments.series not in name:
            continue
        y = np.asarray(values, dtype=np.float32)
        print(f"{name}, {len(y)} values, season {season}", flush=True)
        for kind, make in models(season, functions, calibration).items():
            if kind.split(":")[0] in arguments.kinds:
                bounds = [forecaster_intervals(make(seed), y) for seed in seeds]
                print_row(y, kind.split(":")[1], bounds)
        if "naive" in arguments.kinds:
            print_row(y, "seasonal naive", [naive_intervals(y, season, calibration)])


if __name__ == "__main__":
    main()
