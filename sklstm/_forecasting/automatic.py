"""What "auto" stands for in the forecaster's parameters: one rule each, and what to say of it."""

import numpy as np

from ..core.user_warnings import warn_user
from . import season
from .decomposition import padded
from .smoothing import choose, first_seasons

SHORTEST_WINDOW, LONGEST_WINDOW, LONGEST_HORIZON = 12, 48, 48
COARSE = [(a, g, 0.0, 1.0, 0.0) for a in (0.1, 0.3, 0.6, 1.0) for g in (0.0, 0.1, 0.3)]
SHORTEST_LOG = 8  # rows that tell growth in per cent from growth
MULTIPLE = 0.9  # of the error with a season, for a multiple of it to be preferred
MORE_CORRELATED = 0.05  # if its autocorrelation is higher by this
CLEARLY_SMALLER = 0.75  # of the error with a season: a week of half-hours, beside their day
PENALTY = 1.0  # alpha of the default regressor, times the number of windows
UPDATES, MIN_EPOCHS, MAX_EPOCHS = 600, 8, 120


def season_length(columns, indexes):
    """The season length with the smallest smoothing error, 1 for none; and the reason.

    Parameters
    ----------
    columns : list of ndarray
        One series each.
    indexes : list of pandas indexes or None
        The times of each series; one for all columns of a series.
    """
    suggestions = {season.of_index(index) for index in indexes if index is not None}
    suggested = max(suggestions - {None}, key=len, default=None)
    if len(suggestions - {None}) > 1:
        warn_user(
            "The series have times of different frequencies, but one season is learned for all, "
            f"of {list(suggested)} steps. Fit a forecaster for each frequency.",
        )
    found, reason = season.candidates(columns, suggested)
    if not found:
        return 1, reason
    shown = [x for x in columns[: season.MAX_SERIES] if len(x) > 2 * max(found)]
    if not shown:
        return found[0], reason
    values = padded(shown)
    errors = [_smoothing_errors(values, m, begin=max(found)) for m in [1, *found]]
    ratios = np.log(np.maximum(errors[1:], 1e-300) / np.maximum(errors[0], 1e-300))
    # Only those that show it: the others would be better without.
    flags = [np.array([season.shows(x, m) for x in shown]) for m in found]
    scores = [r[f].mean() if any(f) else np.inf for r, f in zip(ratios, flags, strict=True)]
    correlations = [np.mean([season.correlation(x, m) for x in shown]) for m in found]
    best = 0
    for i in range(1, len(found)):
        better = scores[i] < scores[best]
        if found[i] % found[best] == 0:
            # Two seasons are a season, too, but learned from half as many, and so fitted better.
            correlated = correlations[i] > correlations[best] + MORE_CORRELATED
            share = MULTIPLE if correlated else CLEARLY_SMALLER
            better = scores[i] < scores[best] + np.log(share)
        if better:
            best = i
    if not scores[best] < 0:
        return 1, f"{reason}, but smoothing is better without"
    return found[best], f"{reason}, and smoothing errs least with {found[best]}"


def _smoothing_errors(values, m, begin=0):
    flags = np.full(values.shape[1], m > 1)
    return choose(values, first_seasons(values, m, flags), flags, COARSE, begin)[1]


def seasonal(columns, m, tested):
    """Which columns have a season of m: those long enough that show it, or if not tested all."""
    if m == 1:
        return np.zeros(len(columns), dtype=bool)
    return np.array([len(x) > 2 * m and (not tested or season.shows(x, m)) for x in columns])


def logarithms(values, levels, logs, m, flags):
    """Which columns are easier to smooth as logarithms: whose errors are likelier under them.

    Parameters
    ----------
    values : list of ndarray
        One series each.
    levels, logs : list of ndarray
        What is smoothed of each, of the values and of their logarithms; None for a series with
        zeros or negative values.
    m : int
        Length of the season.
    flags : ndarray of bool
        Which of them have it.

    Notes
    -----
    Errors of logarithms are compared in the units of the values, by the logarithm's derivative:
    Box & Cox, "An analysis of transformations", JRSS B 26, 1964, equation 8.
    """
    chosen = np.zeros(len(values), dtype=bool)
    for has in (False, True):
        places = [
            p
            for p in np.flatnonzero(flags == has)
            if logs[p] is not None and len(logs[p]) >= SHORTEST_LOG
        ]
        if not places:
            continue
        length = m if has else 1
        plain, of_logs = (
            _smoothing_errors(padded([rows[p] for p in places]), length) for rows in (levels, logs)
        )
        size = np.array([np.log(values[p]).mean() for p in places])
        tiny = np.finfo(float).tiny
        chosen[places] = np.log(np.maximum(of_logs, tiny)) + size < np.log(np.maximum(plain, tiny))
    return chosen


def window(m, n_rows, horizon):
    """Two seasons within bounds, or what half of the longest series has."""
    whole = int(np.clip(2 * m, SHORTEST_WINDOW, LONGEST_WINDOW))
    return max(1, min(whole, max(4, (n_rows - horizon) // 2), n_rows - horizon))


def horizon(m, n_rows):
    """Two seasons within bounds, and no more than a third of a series."""
    return max(1, min(int(np.clip(2 * m, 8, LONGEST_HORIZON)), n_rows // 3))


def regressor_parameters(n_windows):
    """Parameters of the default LSTMRegressor for `n_windows` windows.

    Absolute errors, as forecasts are compared by them; about 600 updates, but at least eight
    epochs, which many windows need.
    """
    batch_size = int(np.clip(n_windows // 5, min(8, n_windows), 256))
    updates = -(-n_windows // batch_size)
    return {
        "loss": "absolute_error",
        "alpha": PENALTY / max(n_windows, 50),
        "batch_size": batch_size,
        "max_iter": int(np.clip(-(-UPDATES // updates), MIN_EPOCHS, MAX_EPOCHS)),
    }
