"""The rules behind "auto" in the parameters of the forecaster."""

import numpy as np

from ..core.user_warnings import warn_user
from . import season
from .decomposition import groups_by_length, padded
from .first_states import first_seasons
from .smoothing import choose_parameters

MIN_WINDOW, MAX_WINDOW, MIN_HORIZON, MAX_HORIZON = 12, 48, 8, 48
# Few candidates of (alpha, gamma, beta, phi, share), to compare season lengths and logarithms
COARSE_GRID = [(a, g, 0.0, 1.0, 0.0) for a in (0.1, 0.3, 0.6, 1.0) for g in (0.0, 0.1, 0.3)]
MIN_ROWS_LOG = 8  # of a series whose logarithms are considered
# A multiple of a season fits its own rows better, as it has more parameters. It is preferred if its
# error is smaller by one factor, or, with an autocorrelation higher by a margin, by another one.
SMALLER_ERROR, SMALLER_ERROR_IF_CORRELATED, MORE_CORRELATED = 0.75, 0.9, 0.05
PENALTY = 1.0  # alpha of the default regressor, times the number of windows
N_UPDATES, MIN_EPOCHS, MAX_EPOCHS = 600, 8, 120


def season_length(columns, indexes):
    """The season length with the smallest smoothing error, and the reason; 1 for no season.

    Parameters
    ----------
    columns : list of ndarray
        One series each.
    indexes : list of pandas indexes or None
        The times of each series.
    """
    suggestions = {season.lengths_from_index(index) for index in indexes if index is not None}
    suggested = max(suggestions - {None}, key=len, default=None)
    if len(suggestions - {None}) > 1:
        warn_user(
            "The series have times of different frequencies, but all get the same season, one of "
            f"{list(suggested)} steps. Fit a forecaster for each frequency.",
        )
    found, reason = season.candidates(columns, suggested)
    if not found:
        return 1, reason
    long = [x for x in columns[: season.MAX_SERIES] if len(x) > 2 * max(found)]
    if not long:
        return found[0], reason
    errors = [_smoothing_errors(long, m, begin=max(found)) for m in [1, *found]]
    ratios = np.log(np.maximum(errors[1:], 1e-300) / np.maximum(errors[0], 1e-300))
    # Only series with a significant season, as the others have smaller errors without.
    flags = [np.array([season.has_season_or_in_changes(x, m) for x in long]) for m in found]
    scores = [r[f].mean() if any(f) else np.inf for r, f in zip(ratios, flags, strict=True)]
    correlations = [np.mean([season.correlation_of_changes(x, m) for x in long]) for m in found]
    best = 0
    for i in range(1, len(found)):
        better = scores[i] < scores[best]
        if found[i] % found[best] == 0:
            correlated = correlations[i] > correlations[best] + MORE_CORRELATED
            factor = SMALLER_ERROR_IF_CORRELATED if correlated else SMALLER_ERROR
            better = scores[i] < scores[best] + np.log(factor)
        if better:
            best = i
    if not scores[best] < 0:
        return 1, f"{reason}, but smoothing is better without"
    return found[best], f"{reason}, and {found[best]} has the smallest smoothing error"


def _smoothing_errors(columns, m, begin=0):
    """Smoothing errors (P,) of a list of P columns with a season of m, the same for all."""
    errors = np.empty(len(columns))
    for positions, group in groups_by_length(columns):
        values, flags = padded(group), np.full(len(group), m > 1)
        season = first_seasons(values, m, flags)
        errors[positions] = choose_parameters(values, season, flags, COARSE_GRID, begin)[1]
    return errors


def seasonal(columns, m, tested):
    """Whether each column has a season of m: if it is long enough and, if tested, significant."""
    if m == 1:
        return np.zeros(len(columns), dtype=bool)
    return np.array(
        [len(x) > 2 * m and (not tested or season.has_season_or_in_changes(x, m)) for x in columns]
    )


def logarithms(values, changes, log_changes, m, flags):
    """Whether the smoothing errors of each column are more likely for its logarithms.

    Parameters
    ----------
    values : list of ndarray
        The known values of one series each.
    changes, log_changes : list of ndarray
        The changes of the values, which are smoothed, and of their logarithms; None for a series
        with zeros or negative values.
    m : int
        Length of the season.
    flags : ndarray of bool
        Whether a series has it.

    Notes
    -----
    The likelihoods are compared in the units of the values, by the logarithm's derivative: Box &
    Cox, "An analysis of transformations", JRSS B 26, 1964, equation 8.
    """
    chosen = np.zeros(len(values), dtype=bool)
    for has_season in (False, True):
        indices = [
            i
            for i in np.flatnonzero(flags == has_season)
            if log_changes[i] is not None and len(log_changes[i]) >= MIN_ROWS_LOG
        ]
        if not indices:
            continue
        length = m if has_season else 1
        error, log_error = (
            _smoothing_errors([rows[i] for i in indices], length) for rows in (changes, log_changes)
        )
        mean_log = np.array([np.log(values[i]).mean() for i in indices])
        tiny = np.finfo(float).tiny
        error, log_error = (np.log(np.maximum(each, tiny)) for each in (error, log_error))
        chosen[indices] = log_error + mean_log < error
    return chosen


def window(m, n_rows, horizon, has_exog):
    """Two seasons within bounds, and at most half of the longest series.

    With exogenous variables it is at least `horizon`, so that those of all steps are read.
    """
    whole = int(np.clip(2 * m, MIN_WINDOW, MAX_WINDOW))
    whole = max(whole, horizon) if has_exog else whole
    return max(1, min(whole, max(4, (n_rows - horizon) // 2), n_rows - horizon))


def horizon(m, n_rows):
    """Two seasons within bounds, and at most a third of a series."""
    return max(1, min(int(np.clip(2 * m, MIN_HORIZON, MAX_HORIZON)), n_rows // 3))


def regressor_parameters(n_windows):
    """Parameters of the default LSTMRegressor for `n_windows` windows.

    The loss is the absolute error, by which forecasts are usually compared. The number of epochs
    gives about 600 updates.
    """
    batch_size = int(np.clip(n_windows // 5, min(8, n_windows), 256))
    updates = -(-n_windows // batch_size)
    return {
        "loss": "absolute_error",
        "alpha": PENALTY / max(n_windows, 50),
        "batch_size": batch_size,
        "max_iter": int(np.clip(-(-N_UPDATES // updates), MIN_EPOCHS, MAX_EPOCHS)),
    }
