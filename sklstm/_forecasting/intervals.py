"""How far forecasts were off on rows that the model had not seen, and what follows from it."""

import numpy as np

from ..preprocessing._windows import cut
from .scaling import difference, standardise
from .smoothing import stack

# Bounds on the work of a calibration: 200 origins tell a quantile to within a few per cent.
MAX_ORIGINS, MAX_STEPS = 200, 500


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
    errors = [
        standardise(
            _errors_of_one(model, levels[i], known[i], tail, steps, i, future_known), 0, unit[i]
        )
        for i, tail in enumerate(tails)
        if tail
    ]
    return np.concatenate(errors).transpose(1, 0, 2)


def _errors_of_one(model, levels, known, tail, steps, i, future_known):
    """Errors (origins, steps, S) of one series; an origin is the number of rows known."""
    plan, n = model.plan, len(levels)
    n_origins = min(tail, MAX_ORIGINS)
    origins = np.linspace(n - tail, n - 1, n_origins).round().astype(int)
    ahead = plan.whole_blocks(steps)
    n_lost = sum(plan.lags)
    # A constant level is the same wherever smoothing begins, and the series may be long.
    unused = max(0, n - tail - plan.history) if plan.level is None else 0
    changes = difference(levels[unused:], plan.lags)
    parts = model.decomposition.of_series([i]).components([changes])[0]
    pasts = stack([parts.until(o - n_lost - unused, plan.memory) for o in origins])
    histories = np.stack([levels[o - n_lost : o] for o in origins])
    known = cut(np.pad(known, ((plan.window, ahead), (0, 0)), mode="edge"), plan.window + ahead)
    paths = plan.central(model.extend(histories, pasts, known[origins], steps, [i] * n_origins))
    padded = np.pad(levels, ((0, steps), (0, 0)), constant_values=np.nan)
    errors = np.abs(cut(padded, steps)[origins] - paths)
    if future_known:  # the last block of the data is forecast only where all of it is known
        reach = (n - origins) // plan.horizon * plan.horizon
        errors[np.arange(1, steps + 1) > reach[:, np.newaxis]] = np.nan
    return errors


def half_widths(errors, steps, coverage):
    """Half the width of intervals by steps ahead, (steps, S), from calibration errors.

    The k-th smallest of m errors, k = ceil((m + 1) * coverage).
    """
    if errors is None:
        raise ValueError(
            "No errors were calibrated: fit with a calibration_fraction, on a series long enough "
            "for it, or with a loss of several quantiles, such as losses.Quantile([.05, .5, .95])."
        )
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
