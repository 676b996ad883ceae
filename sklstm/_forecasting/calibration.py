"""Errors of forecasts of rows that the model was not trained on, from origins before them."""

from dataclasses import dataclass

import numpy as np

from ..core.windows import windows_of
from .missing import filled_levels
from .readings import points, quantiles
from .scaling import difference, standardise
from .smoothing import Components, stack_components

# Limits on the time of a calibration; 200 origins estimate a quantile to within a few per cent.
MAX_ORIGINS, MAX_STEPS = 200, 500
MAX_PATHS, PATHS_AT_ONCE = 4_000, 2_000  # of all series, and in memory


@dataclass(frozen=True)
class Errors:
    """Errors y - forecast from m origins, by steps ahead, divided by the unit of their series.

    NaN for steps after the last row, and where a value is missing.

    Attributes
    ----------
    central : ndarray of shape (steps, m, S)
        Errors of the point forecasts.
    quantiles : ndarray of shape (n, m, S, Q) or None
        Errors of the quantiles `Model.levels` that are predicted for the first n steps.
    series : ndarray of shape (m,)
        The index of the series of each origin, in ascending order; the origins of a series are in
        the order of time.
    """

    central: np.ndarray
    quantiles: np.ndarray | None
    series: np.ndarray


def last_errors(parts, n_kept):
    """Of each series and step the last `n_kept` of errors, a list of `Errors` in order of time."""
    series = np.concatenate([part.series for part in parts])
    order = np.argsort(series, kind="stable")
    series = series[order]
    last = np.searchsorted(series, series, side="right") - 1

    def joined(arrays):
        steps = max(map(len, arrays))
        errors = np.concatenate([_longer(each, steps) for each in arrays], axis=1)[:, order]
        known = np.isfinite(errors.reshape(*errors.shape[:2], -1)).any(axis=2)
        n_up_to = np.cumsum(known, axis=1)
        errors[n_up_to[:, last] - n_up_to >= n_kept] = np.nan
        return errors

    central = joined([part.central for part in parts])
    kept = np.isfinite(central).any(axis=(0, 2))
    quantiles = None
    if parts[0].quantiles is not None:
        quantiles = joined([part.quantiles for part in parts])[:, kept]
    return Errors(central[:, kept], quantiles, series[kept])


def _longer(errors, steps):
    """The errors for more steps, which are not known."""
    padding = [(0, steps - len(errors))] + [(0, 0)] * (errors.ndim - 1)
    return np.pad(errors, padding, constant_values=np.nan)


@dataclass(frozen=True)
class PastRows:
    """The last rows of a series.

    All arrays end with the same row, but for the `plan.n_beyond` rows of covariates after it.

    Attributes
    ----------
    levels : ndarray of shape (n, S)
    components : Components of the changes
    covariates : ndarray of shape (m, K)
    """

    levels: np.ndarray
    components: Components
    covariates: np.ndarray


def calibration_errors(model, levels, covariates, n_calibration, unit):
    """Errors of forecasts from origins among the calibration rows.

    Parameters
    ----------
    model : Model
        Trained on the rows before the calibration rows.
    levels, covariates : list of N arrays (n_i, S) and (n_i, K)
        All rows; covariates as those of `join_covariates`.
    n_calibration : list of N ints
        Number of calibration rows, the last of each series.
    unit : ndarray of shape (N, S)
        Errors are divided by it, to be comparable between series.

    Returns
    -------
    Errors
    """
    plan = model.plan
    series = [i for i, n in enumerate(n_calibration) if n]
    n_origins = min(MAX_ORIGINS, max_origins(len(series)))

    def rows_of(indices):
        rows = {i: slice(-(n_calibration[i] + plan.n_tail_rows), None) for i in indices}
        # The components of a constant level do not depend on earlier rows; a series may be long.
        from_row = rows if plan.level is None else dict.fromkeys(indices, slice(None))
        changes = [difference(levels[i][from_row[i]], plan.lags) for i in indices]
        components = model.decomposition.select(indices).components(changes)
        return [
            PastRows(levels[i][rows[i]], each, covariates[i][rows[i].start - plan.n_beyond :])
            for i, each in zip(indices, components, strict=True)
        ]

    n_after = {i: _spread(n_calibration[i], n_origins) for i in series}
    steps = min(max(n_calibration), plan.horizon if plan.n_past else MAX_STEPS)
    return _errors(model, rows_of, n_after, steps, unit)


def recent_errors(model, origin, n_last, steps):
    """Errors of forecasts of the rows observed after those of `fit`, as far as they are kept.

    Parameters
    ----------
    model : Model
        The model that forecasts.
    origin : ForecastOrigin
        The state of the series.
    n_last : int
        Number of errors needed for each step and series, the last ones.
    steps : int
        Number of steps.

    Returns
    -------
    Errors or None
        None if there are no such rows.
    """
    plan = model.plan
    n_rows = {
        i: min(n, n_last + steps - 1, origin.n_recent(i, plan)) for i, n in enumerate(origin.n_new)
    }
    n_rows = {i: n for i, n in n_rows.items() if n > 0}
    if not n_rows:
        return None
    n_origins = 2 * max_origins(len(n_rows))
    n_after = {i: _spread(n, n_origins) for i, n in n_rows.items()}
    steps = min(steps, max(n_rows.values()), plan.horizon if plan.n_past else MAX_STEPS)

    def rows_of(indices):
        return origin.past_rows(indices, plan)

    return _errors(model, rows_of, n_after, steps, model.decomposition.unit)


def max_origins(n_series):
    """Maximum number of origins of each series."""
    return max(1, MAX_PATHS // n_series)


def _spread(n_rows, n_origins):
    """Numbers of rows after up to `n_origins` origins, evenly spaced before the last `n_rows`."""
    firsts = np.linspace(0, n_rows - 1, min(n_rows, n_origins))
    return n_rows - firsts.round().astype(int)


def _errors(model, rows_of, n_after, steps, unit):
    """Errors from all origins, {series: numbers of rows after them}.

    `rows_of` is a function from indices of series to a list of `PastRows`.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # an error in checked_predictions
        return _finite_errors(model, rows_of, n_after, steps, unit)


def _finite_errors(model, rows_of, n_after, steps, unit):
    plan = model.plan
    block = plan.horizon if plan.n_exog + plan.n_past else None
    series = list(n_after)
    n_at_once = max(1, PATHS_AT_ONCE // max(map(len, n_after.values())))
    central, predicted = [], []
    for first in range(0, len(series), n_at_once):
        some = {i: n_after[i] for i in series[first : first + n_at_once]}
        rows = rows_of(list(some))
        forecast = _Forecasts(model, rows, some)
        paths = forecast.paths(steps, points(model))
        for i, each, after, path in forecast.by_series(paths):
            errors = _errors_of_series(each.levels, plan.central(path), after, block, plan)
            central.append(standardise(errors, 0, unit[i]))
        if not model.levels:
            continue
        if paths.shape[3] == 1:
            paths = forecast.paths(min(steps, plan.horizon), quantiles(model, model.levels))
        for i, each, after, path in forecast.by_series(paths[:, : plan.horizon]):
            errors = [
                _errors_of_series(each.levels, path[..., q], after, block, plan)
                for q in range(path.shape[-1])
            ]
            predicted.append(standardise(np.stack(errors, axis=-1), 0, unit[i][:, np.newaxis]))
    return Errors(
        np.concatenate(central).transpose(1, 0, 2),
        np.concatenate(predicted).transpose(1, 0, 2, 3) if predicted else None,
        np.repeat(series, [len(n_after[i]) for i in series]),
    )


class _Forecasts:
    """Forecasts from all origins of some series side by side.

    Parameters
    ----------
    model : Model
    rows : list of PastRows
    n_after : dict
        Numbers of rows after the origins of each series, by its index.
    """

    def __init__(self, model, rows, n_after):
        plan = model.plan
        self._model, self._rows, self._n_after = model, rows, n_after
        self._indices = [i for i, after in n_after.items() for _ in after]
        levels, components = [], []
        for each, after in zip(rows, n_after.values(), strict=True):
            n, n_changes = len(each.levels), len(each.components.level)
            filled = filled_levels(each.levels, plan.lags)
            levels += [filled[n - k - plan.total_lag : n - k] for k in after]
            components += [
                each.components.rows_before(n_changes - k, plan.n_component_rows) for k in after
            ]
        self._levels, self._components = np.stack(levels), stack_components(components)

    def paths(self, steps, reading):
        """Forecasts (B, steps, S, Q)."""
        plan = self._model.plan
        ahead = plan.whole_blocks(steps)
        covariates = []
        for each, after in zip(self._rows, self._n_after.values(), strict=True):
            padded = np.pad(each.covariates, ((plan.window, ahead), (0, 0)), mode="edge")
            windows = windows_of(padded, plan.window + ahead)
            covariates.append(windows[len(each.covariates) - plan.n_beyond - after])
        return self._model.forecast_paths(
            self._levels,
            self._components,
            np.concatenate(covariates),
            steps,
            self._indices,
            ["the calibration rows"] * len(self._indices),
            reading,
        )

    def by_series(self, paths):
        """Iterate over the index of each series, its rows, origins and paths."""
        stops = np.cumsum([len(after) for after in self._n_after.values()])[:-1]
        parts = np.split(paths, stops)
        return zip(self._n_after, self._rows, self._n_after.values(), parts, strict=True)


def _errors_of_series(levels, paths, n_after, block, plan):
    """Errors (origins, steps, S) of one series; NaN after its last row or whole block."""
    steps = paths.shape[1]
    padded = np.pad(levels, ((0, steps), (0, 0)), constant_values=np.nan)
    errors = windows_of(padded, steps)[len(levels) - n_after] - paths
    if block is not None:  # a block is forecast only if all of its covariates are known
        reach = (n_after + plan.n_beyond) // block * block
        errors[np.arange(1, steps + 1) > reach[:, np.newaxis]] = np.nan
    return errors
