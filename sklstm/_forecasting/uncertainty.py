"""Distributions of the next steps: from the regressor, or from the errors of earlier forecasts."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_random_state

from .calibration import (
    MAX_ORIGINS,
    MAX_STEPS,
    Errors,
    last_errors,
    max_origins,
    recent_errors,
)
from .intervals import (
    check_calibrated,
    check_enough_rows,
    check_steps_of_quantiles,
    error_paths,
    error_quantiles,
    half_widths,
    interpolated,
    n_errors_needed,
    quantile_pair,
)
from .model import Model
from .origin import ForecastOrigin
from .readings import quantiles
from .regressor_checks import check_reachable

# Number of errors of a series that bounds are made of once rows follow those of fit. Fewer follow
# errors whose size changes faster, more estimate their quantiles better.
N_LAST_ERRORS = 50
N_PATHS = 1_000  # of which the quantiles of recursive forecasts are taken


@dataclass(frozen=True)
class Uncertainty:
    """What is known about the errors of a fitted forecaster.

    All results are levels, of B series.

    Attributes
    ----------
    model : Model
        The fitted model.
    origin : ForecastOrigin
        The state of the series.
    calibrated : Errors or None
        The errors on the calibration rows.
    fraction : float or None
        The parameter `calibration_fraction`.
    reason : str
        Why there are no calibration errors, for the error message.
    """

    model: Model
    origin: ForecastOrigin
    calibrated: Errors | None
    fraction: float | None
    reason: str

    # Results

    def intervals(self, ahead, paths, coverages):
        """Bounds (2, B, steps, S) of each coverage.

        Parameters
        ----------
        ahead : NextSteps
            The steps to forecast.
        paths : ndarray of shape (B, steps, S, Q)
            Their forecasts.
        coverages : list of float
            Coverages of the intervals.
        """
        levels = np.array([[(1 - c) / 2, (1 + c) / 2] for c in coverages])
        if self.model.levels:
            return self._intervals_of_quantiles(ahead, paths, coverages, levels)
        if self.calibrated is None and self.model.has_distribution:
            found = self._quantiles_of_distribution(ahead, levels.ravel())
            found = found.reshape(*found.shape[:3], len(levels), 2)
            return list(found.transpose(3, 4, 0, 1, 2))
        return self._around(self.model.plan.central(paths), coverages, ahead)

    def quantiles(self, ahead, paths, levels):
        """Quantiles (B, steps, S, Q) at the `levels`, which are in ascending order."""
        plan = self.model.plan
        check_reachable(self.model.regressor)
        if self.model.has_distribution:
            return self._quantiles_of_distribution(ahead, levels)
        if self.model.levels:
            check_steps_of_quantiles(ahead.n_steps, plan.horizon)
            return interpolated(paths, plan.quantiles, levels)
        n_errors = self._n_steps_of_errors(ahead.n_steps)
        (errors,) = self.errors(n_errors, [n_errors_needed(max(*levels, *(1 - np.array(levels))))])
        found = error_quantiles(errors.central, n_errors, levels, self._fraction_of(errors))
        found = found[n_errors - ahead.n_steps :]
        unit = self.model.decomposition.unit[ahead.indices][:, np.newaxis, :, np.newaxis]
        return plan.central(paths)[..., np.newaxis] + found * unit

    def sample_paths(self, ahead, paths, n_paths, random_state):
        """Paths (B, n_paths, steps, S)."""
        check_reachable(self.model.regressor)
        random = check_random_state(random_state)
        if self.model.has_distribution:
            return ahead.draws(n_paths, random)
        n_errors = self._n_steps_of_errors(ahead.n_steps)
        (errors,) = self.errors(n_errors, [0])
        fraction = self._fraction_of(errors)
        first = n_errors - ahead.n_steps
        found = [
            error_paths(errors.central, first, n_errors, n_paths, random, fraction)
            for _ in ahead.indices
        ]
        unit = self.model.decomposition.unit[ahead.indices][:, np.newaxis, np.newaxis]
        return self.model.plan.central(paths)[:, np.newaxis] + np.stack(found) * unit

    # Errors

    def errors(self, steps, needed):
        """Errors of forecasts `steps` steps ahead, one `Errors` for each number in `needed`.

        They are the calibration errors, or, once there are later rows, the last ones of both; of a
        step as many as needed, if there are.
        """
        check_calibrated(self.calibrated, self.reason)
        limit = max_origins(len(self.origin.ids))
        n_last = [min(max(N_LAST_ERRORS, n), limit) for n in needed]
        recent = recent_errors(self.model, self.origin, max(n_last), steps)
        if recent is None:
            return [self.calibrated] * len(n_last)
        return [last_errors([self.calibrated, recent], n) for n in n_last]

    def _n_steps_of_errors(self, steps):
        """Number of steps whose errors are needed.

        With exogenous variables a block may begin before the origin, see `Model`. The errors are
        then those of its last steps.
        """
        return max(steps, self.model.plan.horizon) if self.origin.has_exog else steps

    def _fraction_of(self, errors):
        """The fraction for the advice in messages; None if other rows were used, too."""
        return self.fraction if errors is self.calibrated else None

    def errors_of_later_rows(self):
        """The errors of forecasts of all rows after those of `fit` that are kept, to calibrate."""
        errors = recent_errors(self.model, self.origin, MAX_ORIGINS, MAX_STEPS)
        check_enough_rows(errors.central, max(self.origin.n_new))
        return errors

    # Bounds

    def _around(self, central, coverages, ahead):
        """Bounds as far from the point forecasts as the k-th smallest absolute error."""
        steps = central.shape[1]
        n_errors = self._n_steps_of_errors(steps)
        bounds = []
        needed = [n_errors_needed(coverage) for coverage in coverages]
        for errors, coverage in zip(self.errors(n_errors, needed), coverages, strict=True):
            fraction = self._fraction_of(errors)
            widths = half_widths(np.abs(errors.central), n_errors, coverage, fraction)
            widths = self._in_units(widths[n_errors - steps :], ahead)
            bounds.append(np.stack([central - widths, central + widths]))
        return bounds

    def _intervals_of_quantiles(self, ahead, paths, coverages, levels):
        """Predicted quantiles, and for the steps of a distribution after the first block `_around`.

        If there are calibration errors, the bounds of a coverage are moved outwards by the k-th
        smallest score, max(lower - y, y - upper), which may be negative: equations 5 to 8 of Romano
        et al. (2019).
        """
        plan, steps = self.model.plan, ahead.n_steps
        n_first = min(steps, plan.horizon)
        if self.model.has_distribution:
            ahead = ahead.first(n_first)
            predicted = ahead.paths(quantiles(self.model, levels.ravel()))
            pairs = np.split(predicted, len(levels), axis=-1)
        else:
            check_steps_of_quantiles(steps, plan.horizon)
            pairs = [paths[..., quantile_pair(plan.quantiles, c)] for c in coverages]
        bounds = [np.moveaxis(pair, -1, 0) for pair in pairs]
        if self.calibrated is not None:
            bounds = self._moved(bounds, ahead, coverages, levels)
        if steps > n_first:
            later = self._around(plan.central(paths), coverages, ahead)
            bounds = [
                np.concatenate([each, rest[:, :, n_first:]], axis=2)
                for each, rest in zip(bounds, later, strict=True)
            ]
        return bounds

    def _moved(self, bounds, ahead, coverages, levels):
        """The bounds of predicted quantiles, moved outwards by the k-th smallest score."""
        n_errors = self._n_steps_of_errors(ahead.n_steps)
        needed = [n_errors_needed(coverage) for coverage in coverages]
        moved = []
        for pair, errors, coverage, level in zip(
            bounds, self.errors(n_errors, needed), coverages, levels, strict=True
        ):
            below, above = np.moveaxis(
                interpolated(errors.quantiles, self.model.levels, level, nearest=True), -1, 0
            )
            scores, fraction = np.maximum(-below, above), self._fraction_of(errors)
            widths = half_widths(scores, n_errors, coverage, fraction)[n_errors - ahead.n_steps :]
            widths = self._in_units(widths, ahead)
            middle = pair.mean(axis=0)  # where bounds that would cross meet
            moved.append(
                np.stack(
                    [np.minimum(pair[0] - widths, middle), np.maximum(pair[1] + widths, middle)]
                )
            )
        return moved

    def _in_units(self, errors, ahead):
        """Errors (steps, S) in the units of each of the series, (B, steps, S)."""
        return errors * self.model.decomposition.unit[ahead.indices][:, np.newaxis]

    def _quantiles_of_distribution(self, ahead, levels):
        """Predicted quantiles, or those of paths if steps read earlier ones."""
        plan = self.model.plan
        if ahead.n_steps <= plan.horizon and not plan.lags:
            return ahead.paths(quantiles(self.model, np.asarray(levels)))
        paths = ahead.draws(N_PATHS, check_random_state(0))
        found = np.quantile(paths, levels, axis=1, method="inverted_cdf")
        return np.moveaxis(found, 0, -1)
