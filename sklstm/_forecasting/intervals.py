"""How far forecasts were off on rows that the model had not seen, and what follows from it."""

import numpy as np

from ..preprocessing._windows import cut
from .scaling import difference, standardise
from .smoothing import stack

# Bounds on the work of a calibration: 200 origins tell a quantile to within a few per cent.
MAX_ORIGINS, MAX_STEPS = 200, 500
MAX_PATHS, PATHS_AT_ONCE = 4_000, 2_000  # of all series together, and in memory


def calibration_errors(model, levels, known, tails, unit, future_known):
    """Absolute errors of forecasts from origins in each series' tail, by steps ahead.

    Parameters
    ----------
    model : Model
        Trained on what is before the tails.
    levels, known : list of N arrays (n_i, S) and (n_i, K)
        Whole series.
    tails : list of N ints
        Rows of each tail; 0 for a series without one.
    unit : ndarray of shape (N, S)
        What errors are divided by, so that those of different series can be compared.
    future_known : bool
        Whether what is known ends with the data, as exogenous rows do.

    Returns
    -------
    ndarray of shape (steps, m, S)
        NaN where a forecast reaches beyond the data.
    """
    steps = min(max(tails), MAX_STEPS)
    scored = [i for i, tail in enumerate(tails) if tail]
    at_most = min(MAX_ORIGINS, max(1, MAX_PATHS // len(scored)))
    origins = {
        i: np.linspace(len(levels[i]) - n, len(levels[i]) - 1, min(n, at_most)).round().astype(int)
        for i, n in zip(scored, np.take(tails, scored), strict=True)
    }
    n_series = max(1, PATHS_AT_ONCE // at_most)
    errors = []
    for first in range(0, len(scored), n_series):
        some = {i: origins[i] for i in scored[first : first + n_series]}
        paths = _paths(model, levels, known, some, steps)
        start = 0
        for i, from_origins in some.items():
            stop = start + len(from_origins)
            block = model.plan.horizon if future_known else None
            error = _errors(levels[i], paths[start:stop], from_origins, block)
            errors.append(standardise(error, 0, unit[i]))
            start = stop
    return np.concatenate(errors).transpose(1, 0, 2)


def _paths(model, levels, known, origins, steps):
    """Forecasts (B, steps, S) from all origins of some series, {series: rows known}, at once."""
    plan = model.plan
    members = list(origins)
    n_lost, ahead = sum(plan.lags), plan.whole_blocks(steps)
    # A constant level is the same wherever smoothing begins, and a series may be long.
    unused = [max(0, origins[i][0] - plan.history) if plan.level is None else 0 for i in members]
    changes = [difference(levels[i][n:], plan.lags) for i, n in zip(members, unused, strict=True)]
    components = model.decomposition.of_series(members).components(changes)
    pasts, ends, futures, series = [], [], [], []
    for i, parts, n in zip(members, components, unused, strict=True):
        pasts += [parts.until(o - n_lost - n, plan.memory) for o in origins[i]]
        ends += [levels[i][o - n_lost : o] for o in origins[i]]
        rows = np.pad(known[i], ((plan.window, ahead), (0, 0)), mode="edge")
        futures.append(cut(rows, plan.window + ahead)[origins[i]])
        series += [i] * len(origins[i])
    paths = model.extend(np.stack(ends), stack(pasts), np.concatenate(futures), steps, series)
    return plan.central(paths)


def _errors(levels, paths, origins, block):
    """Absolute errors (origins, steps, S) of one series; NaN beyond its rows, or whole blocks."""
    steps = paths.shape[1]
    padded = np.pad(levels, ((0, steps), (0, 0)), constant_values=np.nan)
    errors = np.abs(cut(padded, steps)[origins] - paths)
    if block is not None:  # the last one is forecast only where all of it is known
        reach = (len(levels) - origins) // block * block
        errors[np.arange(1, steps + 1) > reach[:, np.newaxis]] = np.nan
    return errors


def half_widths(errors, steps, coverage):
    """Half the width of intervals by steps ahead, (steps, S), from calibration errors.

    The k-th smallest of m errors, k = ceil((m + 1) * coverage).
    """
    if steps > len(errors):
        raise ValueError(
            f"steps={steps} is too many for an interval: errors were calibrated for "
            f"{len(errors)} step(s) ahead. Fit with a longer series or a larger "
            "calibration_fraction."
        )
    errors = np.sort(errors[:steps], axis=1)  # NaN goes last
    n_known = np.isfinite(errors[:, :, 0]).sum(axis=1)
    rank = np.ceil((n_known + 1) * coverage - 1e-9).astype(int)
    if (rank > n_known).any():
        step = int(np.argmax(rank > n_known))
        raise ValueError(
            f"coverage={coverage} needs at least {int(np.ceil(coverage / (1 - coverage) - 1e-9))} "
            f"calibration errors at each step ahead, but for step {step + 1} there are "
            f"{n_known[step]}. Ask for fewer steps or a lower coverage, or fit with a longer "
            "series or a larger calibration_fraction."
        )
    return errors[np.arange(steps), rank - 1]


def quantile_pair(quantiles, coverage):
    """Which of the predicted quantiles bound an interval of this coverage."""
    wanted = (1 - coverage) / 2, (1 + coverage) / 2
    found = [np.flatnonzero(np.isclose(quantiles, q, rtol=0, atol=1e-9)) for q in wanted]
    if not all(len(f) for f in found):
        pairs = [round(1 - 2 * q, 9) for q in quantiles if q < 0.5 and _has(quantiles, 1 - q)]
        raise ValueError(
            f"coverage={coverage} needs the quantiles {wanted[0]:.4g} and {wanted[1]:.4g}, but the "
            f"regressor's loss has {list(quantiles)}, which give the coverage(s) {pairs}."
        )
    return found[0][0], found[1][0]


def _has(quantiles, q):
    return np.isclose(quantiles, q, rtol=0, atol=1e-9).any()
