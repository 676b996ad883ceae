"""Prediction intervals from the errors of forecasts on calibration rows."""

import numpy as np

from ..core.messages import shorten_list
from ..core.windows import windows_of
from .missing import filled_levels
from .scaling import difference, standardise
from .smoothing import stack_components

# Limits on the time of a calibration; 200 origins estimate a quantile to within a few per cent.
MAX_ORIGINS, MAX_STEPS = 200, 500
MAX_PATHS, PATHS_AT_ONCE = 4_000, 2_000  # of all series, and in memory


def calibration_errors(model, levels, covariates, n_calibration, unit, has_exog):
    """Absolute errors of forecasts from origins in the calibration rows, by steps ahead.

    Parameters
    ----------
    model : Model
        Trained on the rows before the calibration rows.
    levels, covariates : list of N arrays (n_i, S) and (n_i, K)
        All rows.
    n_calibration : list of N ints
        Number of calibration rows, the last of each series.
    unit : ndarray of shape (N, S)
        Errors are divided by it, to be comparable between series.
    has_exog : bool
        Whether there are exogenous variables, so that blocks end with the data.

    Returns
    -------
    ndarray of shape (steps, m, S)
        NaN for steps after the last row, and where a value is missing.
    """
    steps = min(max(n_calibration), MAX_STEPS)
    series = [i for i, n in enumerate(n_calibration) if n]
    n_origins = min(MAX_ORIGINS, max(1, MAX_PATHS // len(series)))
    origins = {i: _spread_origins(len(levels[i]), n_calibration[i], n_origins) for i in series}
    n_at_once = max(1, PATHS_AT_ONCE // n_origins)
    block = model.plan.horizon if has_exog else None
    errors = []
    for first in range(0, len(series), n_at_once):
        some = {i: origins[i] for i in series[first : first + n_at_once]}
        paths = _forecast_paths(model, levels, covariates, some, steps)
        stops = np.cumsum([len(each) for each in some.values()])[:-1]
        for i, forecasts in zip(some, np.split(paths, stops), strict=True):
            error = _absolute_errors(levels[i], forecasts, origins[i], block)
            errors.append(standardise(error, 0, unit[i]))
    return np.concatenate(errors).transpose(1, 0, 2)


def _spread_origins(n_rows, n_calibration, n_origins):
    """Up to `n_origins` origins among the calibration rows, evenly spaced."""
    n_origins = min(n_calibration, n_origins)
    return np.linspace(n_rows - n_calibration, n_rows - 1, n_origins).round().astype(int)


def _forecast_paths(model, levels, covariates, origins, steps):
    """Forecasts (B, steps, S) from all origins of some series, {series index: origins}."""
    plan = model.plan
    indices = list(origins)
    ahead = plan.whole_blocks(steps)
    # The components of a constant level do not depend on earlier rows, and a series may be long.
    skipped = [
        max(0, origins[i][0] - plan.n_level_rows) if plan.level is None else 0 for i in indices
    ]
    changes = [difference(levels[i][n:], plan.lags) for i, n in zip(indices, skipped, strict=True)]
    levels = {i: filled_levels(levels[i], plan.lags) if plan.lags else levels[i] for i in indices}
    components = model.decomposition.select(indices).components(changes)
    last_levels, last_components, all_covariates, path_indices = [], [], [], []
    for i, each, n in zip(indices, components, skipped, strict=True):
        last_levels += [levels[i][o - plan.total_lag : o] for o in origins[i]]
        last_components += [
            each.rows_before(o - plan.total_lag - n, plan.n_component_rows) for o in origins[i]
        ]
        rows = np.pad(covariates[i], ((plan.window, ahead), (0, 0)), mode="edge")
        all_covariates.append(windows_of(rows, plan.window + ahead)[origins[i]])
        path_indices += [i] * len(origins[i])
    paths = model.forecast_paths(
        np.stack(last_levels),
        stack_components(last_components),
        np.concatenate(all_covariates),
        steps,
        path_indices,
        names=["the calibration rows"] * len(path_indices),
    )
    return plan.central(paths)


def _absolute_errors(levels, paths, origins, block):
    """Absolute errors (origins, steps, S) of one series; NaN after its last row or whole block."""
    steps = paths.shape[1]
    padded = np.pad(levels, ((0, steps), (0, 0)), constant_values=np.nan)
    errors = np.abs(windows_of(padded, steps)[origins] - paths)
    if block is not None:  # a block is forecast only if all of its covariates are known
        reach = (len(levels) - origins) // block * block
        errors[np.arange(1, steps + 1) > reach[:, np.newaxis]] = np.nan
    return errors


def reason_without_calibration(fraction, lengths):
    """Why there are no calibration rows in series of these lengths, for an error message."""
    longest = max(lengths)
    n_rows = round((fraction or 0) * longest)
    if fraction is None:
        return (
            "fit had calibration_fraction=None. Fit with a fraction such as 0.2, or a regressor "
            "with a loss of several quantiles, such as losses.Quantile([.05, .5, .95])."
        )
    if n_rows == 0:
        return (
            f"calibration_fraction={fraction} of {longest} time point(s) is less than one. Use a "
            "larger calibration_fraction."
        )
    return (
        f"calibration_fraction={fraction} leaves {longest - n_rows} of {longest} time point(s), "
        "too few to train on. Use a longer series or a smaller calibration_fraction."
    )


def check_calibrated(errors, reason):
    """Raise if there are no calibration errors."""
    if errors is None:
        raise ValueError(f"No errors were calibrated: {reason}")


def half_widths(errors, steps, coverage, fraction):
    """Half the width of intervals by steps ahead, (steps, S).

    The k-th smallest of m calibration errors, k = ceil((m + 1) * coverage). Steps with too few
    errors for that borrow those of the steps before; their intervals are not narrower than these.

    Parameters
    ----------
    errors : ndarray of shape (steps, m, S)
        Calibration errors.
    steps : int
        Number of steps.
    coverage : float
        Coverage of the intervals.
    fraction : float
        The `calibration_fraction`, for the advice in messages.
    """
    are_known = np.isfinite(errors)
    if (are_known != are_known[..., :1]).any():  # values are missing at different times
        columns = np.split(errors, errors.shape[2], axis=2)
        return np.concatenate([half_widths(c, steps, coverage, fraction) for c in columns], axis=1)
    n_known = are_known[:, :, 0].sum(axis=1)
    needed = int(np.ceil(coverage / (1 - coverage) - 1e-9))
    n_steps = int(np.argmax(n_known == 0)) if (n_known == 0).any() else len(errors)
    if steps > n_steps:
        raise ValueError(
            f"steps={steps} is too many for an interval: errors were calibrated for {n_steps} "
            f"step(s) ahead. Ask for fewer steps, or fit with "
            f"{_larger_fraction(fraction, errors, steps - n_steps)}."
        )
    if n_known[0] < needed:
        raise ValueError(
            f"coverage={coverage} needs at least {needed} calibration errors, but for step 1 there "
            f"are {n_known[0]}. Ask for a lower coverage, or fit with "
            f"{_larger_fraction(fraction, errors, needed - n_known[0])}."
        )
    errors, n_known = np.sort(errors[:steps], axis=1), n_known[:steps]  # NaN is sorted last
    rank = np.minimum(_rank(n_known, coverage), n_known)
    widths = errors[np.arange(steps), rank - 1]
    for step in np.flatnonzero(n_known < needed):
        n_from = np.cumsum(n_known[step::-1])  # from each earlier step to this one
        first = step - int(np.argmax(n_from >= needed))
        pool = errors[first : step + 1].reshape(-1, errors.shape[2])
        pool = np.sort(pool[np.isfinite(pool[:, 0])], axis=0)
        widths[step] = np.maximum(pool[_rank(len(pool), coverage) - 1], widths[:step].max(axis=0))
    return widths


def _rank(n, coverage):
    return np.ceil((n + 1) * coverage - 1e-9).astype(int)


def _larger_fraction(fraction, errors, n_more):
    """Advice to fit with `n_more` more calibration rows."""
    such_as = ""
    if fraction is not None and len(errors) < MAX_STEPS:
        # len(errors) is the number of rows, rounded.
        larger = np.ceil(100 * fraction * (len(errors) + n_more) / (len(errors) - 0.5)) / 100
        such_as = f", such as {larger:g}" if larger < 1 else ""
    return f"a longer series or a larger calibration_fraction{such_as}"


def quantile_pair(quantiles, coverage):
    """Indices of the predicted quantiles that bound an interval of this coverage."""
    wanted = (1 - coverage) / 2, (1 + coverage) / 2
    found = [np.flatnonzero(np.isclose(quantiles, q, rtol=0, atol=1e-9)) for q in wanted]
    if not all(len(f) for f in found):
        pairs = [round(1 - 2 * q, 9) for q in quantiles if q < 0.5 and _has(quantiles, 1 - q)]
        raise ValueError(
            f"coverage={coverage} needs the quantiles {wanted[0]:.4g} and {wanted[1]:.4g}, but the "
            f"regressor's loss has {shorten_list(quantiles)}, which give the coverage(s) {pairs}."
        )
    return found[0][0], found[1][0]


def _has(quantiles, q):
    """Whether `q` is one of the quantiles."""
    return np.isclose(quantiles, q, rtol=0, atol=1e-9).any()
