"""Prediction intervals from calibration errors."""

import numpy as np

from ..core.messages import shorten_list
from .calibration import MAX_STEPS

MIN_ERRORS = 4  # to calibrate: the smallest number for a coverage of 0.8
MIN_TRAJECTORIES = 20  # of errors of all steps; with fewer, shorter ones are used, too


def reason_without_calibration(fraction, lengths):
    """Why there are no calibration rows in series of these lengths, for an error message."""
    longest = max(lengths)
    n_rows = round((fraction or 0) * longest)
    if fraction is None:
        return (
            "fit had calibration_fraction=None. Call calibrate(y) with later rows, or fit with a "
            "fraction such as 0.2, or with a loss of several quantiles, such as "
            "losses.Quantile([.05, .5, .95])."
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


def check_enough_rows(errors, n_rows):
    """Raise if errors (steps, m, S) of forecasts of `n_rows` rows are too few to calibrate on."""
    n_errors = np.isfinite(errors[0]).sum(axis=0).min()
    if n_errors < MIN_ERRORS:
        raise ValueError(
            f"calibrate has {n_rows} row(s) a series after those of fit, which give {n_errors} "
            f"error(s) of forecasts one step ahead; expected at least {MIN_ERRORS}, for a coverage "
            "of 0.8. A coverage of 0.9 needs 9, and one of 0.95 needs 19."
        )


def check_calibrated(errors, reason):
    """Raise if there are no calibration errors."""
    if errors is None:
        raise ValueError(f"No errors were calibrated: {reason}")


def half_widths(errors, steps, coverage, fraction):
    """Half the width of intervals by steps ahead, (steps, S).

    The k-th smallest of m scores, k = ceil((m + 1) * coverage). Steps with too few for that borrow
    those of the steps before; their intervals are not narrower than these.

    Parameters
    ----------
    errors : ndarray of shape (steps, m, S)
        Scores: absolute calibration errors, or how far values are outside of predicted quantiles.
    steps : int
        Number of steps.
    coverage : float
        Coverage of the intervals.
    fraction : float or None
        The `calibration_fraction`, for the advice in messages.
    """
    if _differ_in_columns(errors):
        return _by_column(half_widths, errors, steps, coverage, fraction)
    needed = n_errors_needed(coverage)
    n_known = _check_enough(errors, steps, needed, f"coverage={coverage}", fraction)
    errors, n_known = np.sort(errors[:steps], axis=1), n_known[:steps]  # NaN is sorted last
    rank = np.minimum(_rank(n_known, coverage), n_known)
    widths = errors[np.arange(steps), rank - 1]
    for step in np.flatnonzero(n_known < needed):
        pool = borrowed(errors, step, needed)
        widths[step] = np.maximum(pool[_rank(len(pool), coverage) - 1], widths[:step].max(axis=0))
    return widths


def error_quantiles(errors, steps, levels, fraction):
    """Quantiles of calibration errors by steps ahead, (steps, S, Q).

    The k-th smallest of m errors is the quantile k / (m + 1), and quantiles in between are
    interpolated. Steps with too few errors borrow those of the steps before; quantiles below the
    median are then not higher, and those above it not lower, than those of any step before.

    Parameters
    ----------
    errors : ndarray of shape (steps, m, S)
        Calibration errors.
    steps : int
        Number of steps.
    levels : list of float
        Levels of the quantiles, in ascending order.
    fraction : float or None
        The `calibration_fraction`, for the advice in messages.
    """
    if _differ_in_columns(errors):
        return _by_column(error_quantiles, errors, steps, levels, fraction)
    furthest = max(levels, key=lambda level: abs(level - 0.5))
    needed = n_errors_needed(max(furthest, 1 - furthest))
    n_known = _check_enough(errors, steps, needed, f"The quantile {furthest:.4g}", fraction)
    errors, levels = np.sort(errors[:steps], axis=1), np.asarray(levels)
    found = np.empty((steps, errors.shape[2], len(levels)))
    low, high = levels < 0.5, levels > 0.5
    for step, n in enumerate(n_known[:steps]):
        pool = errors[step, :n] if n >= needed else borrowed(errors, step, needed)
        found[step] = np.quantile(pool, levels, axis=0, method="weibull").T
        if n < needed:
            found[step][:, low] = found[: step + 1][..., low].min(axis=0)
            found[step][:, high] = found[: step + 1][..., high].max(axis=0)
    return found


def error_paths(errors, first, stop, n_paths, random, fraction):
    """The errors (n_paths, steps, S) of the steps `first` to `stop` of origins drawn at random.

    All errors of a path are those of one origin, so that they depend on each other as those of real
    forecasts do. Of origins that are too few steps before the last row, the last known error is
    repeated; they are used only if there are fewer than 20 others.

    Parameters
    ----------
    errors : ndarray of shape (steps, m, S)
        Calibration errors.
    first, stop : int
        The first step, and the number of steps up to the last one.
    n_paths : int
        Number of paths.
    random : RandomState
        Random numbers.
    fraction : float or None
        The `calibration_fraction`, for the advice in messages.
    """
    if _differ_in_columns(errors):
        errors = np.where(np.isfinite(errors).all(axis=2, keepdims=True), errors, np.nan)
    _check_enough(errors, stop, 2, "A sample of paths", fraction)
    known = np.isfinite(errors[:stop, :, 0])
    n_steps = known.cumprod(axis=0).sum(axis=0)
    order = np.argsort(-n_steps, kind="stable")
    n_used = max((n_steps == stop).sum(), min(MIN_TRAJECTORIES, (n_steps > 0).sum()))
    chosen = order[random.randint(n_used, size=n_paths)]
    rows = np.minimum(np.arange(first, stop), n_steps[chosen, np.newaxis] - 1)
    return errors[rows, chosen[:, np.newaxis]]


def _differ_in_columns(errors):
    """Whether errors (steps, m, S) are known at different times, as values were missing."""
    known = np.isfinite(errors)
    return (known != known[..., :1]).any()


def _by_column(function, errors, *arguments):
    """A function of errors (steps, m, S), for each column separately."""
    columns = np.split(errors, errors.shape[2], axis=2)
    return np.concatenate([function(column, *arguments) for column in columns], axis=1)


def _check_enough(errors, steps, needed, what, fraction):
    """Raise unless there are errors of all steps, and of the first one as many as needed.

    Returns the number of errors of each step.
    """
    n_known = np.isfinite(errors[:, :, 0]).sum(axis=1)
    n_steps = int(np.argmax(n_known == 0)) if (n_known == 0).any() else len(errors)
    if steps > n_steps:
        raise ValueError(
            f"steps={steps} is too many for an interval: errors were calibrated for {n_steps} "
            f"step(s) ahead. Ask for fewer steps, or "
            f"{_way_to_more_errors(fraction, errors, n_steps, steps)}."
        )
    if n_known[0] < needed:
        raise ValueError(
            f"{what} needs at least {needed} calibration errors, but for step 1 there "
            f"are {n_known[0]}. Ask for a lower coverage, or "
            f"{_way_to_more_errors(fraction, errors, n_known[0], needed)}."
        )
    return n_known


def borrowed(errors, step, needed):
    """Errors (m, S) of a step and the nearest ones before it, at least `needed`; sorted."""
    n_known = np.isfinite(errors[: step + 1, :, 0]).sum(axis=1)
    n_from = np.cumsum(n_known[::-1])  # from each earlier step to this one
    first = step - int(np.argmax(n_from >= needed))
    pool = errors[first : step + 1].reshape(-1, errors.shape[2])
    return np.sort(pool[np.isfinite(pool[:, 0])], axis=0)


def n_errors_needed(coverage):
    """Number of errors from which the bounds of this coverage are not beyond all of them."""
    return int(np.ceil(coverage / (1 - coverage) - 1e-9))


def _rank(n, coverage):
    return np.ceil((n + 1) * coverage - 1e-9).astype(int)


def _way_to_more_errors(fraction, errors, n_known, needed):
    """Advice to calibrate on more rows, with the number of those known and of those needed."""
    if fraction is None:
        return f"call calibrate(y) with at least {needed} rows"
    such_as = ""
    if len(errors) < MAX_STEPS:
        # len(errors) is the number of rows, rounded.
        n_rows = len(errors) + needed - n_known
        larger = np.ceil(100 * fraction * n_rows / (len(errors) - 0.5)) / 100
        such_as = f", such as {larger:g}" if larger < 1 else ""
    return f"fit with a longer series or a larger calibration_fraction{such_as}"


def check_steps_of_quantiles(steps, horizon):
    """Raise unless all steps are predicted at once."""
    if steps > horizon:
        raise ValueError(
            f"steps={steps}, but predicted quantiles hold for the {horizon} step(s) that the "
            "regressor predicts at once. Use strategy='direct' with a horizon of that many steps, "
            "or a loss without quantiles."
        )


def interpolated(values, known, levels, nearest=False):
    """Values (..., Q) at the levels, from those (..., K) at the `known` levels.

    Levels beyond the known ones are an error, or with `nearest` have the value of the last one.
    """
    known, levels = np.asarray(known), np.asarray(levels)
    order = np.argsort(known)
    known, values = known[order], np.sort(values, axis=-1) if not nearest else values[..., order]
    beyond = (levels < known[0] - 1e-9) | (levels > known[-1] + 1e-9)
    if beyond.any() and not nearest:
        raise ValueError(
            f"The quantile {levels[beyond][0]:.4g} is beyond those of the regressor's loss, "
            f"{known[0]:.4g} to {known[-1]:.4g}. Use a loss with that quantile."
        )
    last = len(known) - 1
    place = np.interp(levels, known, np.arange(len(known)))
    below = np.minimum(place.astype(int), last - 1) if last else np.zeros(len(levels), dtype=int)
    share = place - below
    above = np.minimum(below + 1, last)
    return values[..., below] * (1 - share) + values[..., above] * share


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
    return [found[0][0], found[1][0]]


def _has(quantiles, q):
    """Whether `q` is one of the quantiles."""
    return np.isclose(quantiles, q, rtol=0, atol=1e-9).any()
