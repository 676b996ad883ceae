"""Rare known days, such as holidays: errors with and without their mean effect in smoothing.

Simulated daily sales with a season of a week, of which the last 28 days are forecast; at least two
of them have a flag. Flags without any effect are among the settings: what helps others must not
harm these. "without" leaves out the effects that the default forecaster adds to smoothing
(``_forecasting/combination.py``)::

    OPENBLAS_NUM_THREADS=1 python benchmarks/rare_days.py
"""

from unittest.mock import patch

import numpy as np
import pandas as pd

from sklstm import SequenceForecaster
from sklstm._forecasting import combination

AHEAD, SEEDS = 28, 10
# Days, number of flags, factor, share of days with each flag
SETTINGS = {
    "holidays": (300, 1, 0.3, 0.04),
    "holidays, 500 days": (500, 1, 0.3, 0.03),
    "promotions": (400, 1, 1.6, 0.12),
    "weak promotions": (400, 1, 1.05, 0.1),
    "no effect": (500, 1, 1.0, 0.1),
    "ten flags, no effect": (200, 10, 1.0, 0.1),
}
STRATEGIES = {"recursive": {}, "direct": {"strategy": "direct", "horizon": 7}}


def simulate(seed, n, n_flags, factor, share):
    """X, y, and which days have a flag."""
    rng, t = np.random.default_rng(seed), np.arange(n)
    flags = (rng.random((n, n_flags)) < share).astype(float)
    flags[rng.choice(np.arange(n - AHEAD, n), 2, replace=False), 0] = 1
    y = 100 * (1 + 0.2 * np.sin(t * 2 * np.pi / 7)) + 0.02 * t
    y *= factor ** flags.sum(axis=1) * np.exp(rng.normal(0, 0.08, n))
    index = pd.date_range("2022-01-01", periods=n, freq="D")
    return pd.DataFrame(flags, index).add_prefix("flag"), pd.Series(y, index), flags.any(axis=1)


def errors(setting, params, seed):
    """Mean absolute errors of all days and of flagged ones, as shares of the mean."""
    X, y, flagged = simulate(seed, *setting)
    model = SequenceForecaster(random_state=seed, calibration_fraction=None, **params)
    forecast = model.fit(X[:-AHEAD], y[:-AHEAD]).forecast(AHEAD, X[-AHEAD:])
    error = (forecast - y[-AHEAD:]).abs().to_numpy() / y.mean()
    return error.mean(), error[flagged[-AHEAD:]].mean()


def main():
    print(f"{'':34}{'all days':>18}{'flagged days':>20}")
    print(f"{'':34}{'without':>9}{'with':>9}{'without':>11}{'with':>9}")
    for strategy, params in STRATEGIES.items():
        for name, setting in SETTINGS.items():
            new = np.mean([errors(setting, params, seed) for seed in range(SEEDS)], axis=0)
            with patch.object(combination, "effects_of_flags", lambda *args: None):
                old = np.mean([errors(setting, params, seed) for seed in range(SEEDS)], axis=0)
            (a, c), (b, d) = 100 * old, 100 * new
            print(f"{strategy:>11}, {name:21}{a:8.2f}%{b:8.2f}%{c:10.2f}%{d:8.2f}%", flush=True)


if __name__ == "__main__":
    main()
