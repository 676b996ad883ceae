"""How far off forecasts are: the errors of a fitted forecaster, and bounds around its forecasts."""

from dataclasses import dataclass

import numpy as np

from .calibration import Errors, last_errors, max_origins, recent_errors
from .intervals import check_calibrated, half_widths, n_errors_needed
from .model import Model
from .origin import ForecastOrigin

# Number of errors of a series that bounds are made of once rows follow those of fit. Fewer follow
# errors whose size changes faster, more estimate their quantiles better.
N_LAST_ERRORS = 50


@dataclass(frozen=True)
class Uncertainty:
    """The calibration errors of a fitted forecaster, and those of its forecasts of later rows.

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
    has_exog : bool
        Whether there are exogenous variables.
    """

    model: Model
    origin: ForecastOrigin
    calibrated: Errors | None
    fraction: float | None
    reason: str
    has_exog: bool

    def errors(self, steps, needed):
        """Errors of forecasts `steps` steps ahead, one `Errors` for each number in `needed`.

        They are the calibration errors, or, once there are later rows, the last ones of both; of a
        step as many as needed, if there are.
        """
        check_calibrated(self.calibrated, self.reason)
        limit = max_origins(len(self.origin.ids))
        n_last = [min(max(N_LAST_ERRORS, n), limit) for n in needed]
        recent = recent_errors(self.model, self.origin, max(n_last), steps, self.has_exog)
        if recent is None:
            return [self.calibrated] * len(n_last)
        return [last_errors([self.calibrated, recent], n) for n in n_last]

    def intervals(self, central, coverages, indices):
        """Bounds (lower, upper) of each coverage, around point forecasts (B, steps, S).

        They are the k-th smallest absolute error apart from the forecast.
        """
        steps = central.shape[1]
        n_errors = self._n_steps_of_errors(steps)
        pairs = []
        needed = map(n_errors_needed, coverages)
        for errors, coverage in zip(self.errors(n_errors, list(needed)), coverages, strict=True):
            widths = half_widths(
                np.abs(errors.central), n_errors, coverage, self._fraction_of(errors)
            )
            widths = self._in_units(widths[n_errors - steps :], indices)
            pairs.append((central - widths, central + widths))
        return pairs

    def _n_steps_of_errors(self, steps):
        """Number of steps whose errors are needed.

        With exogenous variables a block may begin before the origin, see `Model`. The errors are
        then those of its last steps.
        """
        return max(steps, self.model.plan.horizon) if self.has_exog else steps

    def _fraction_of(self, errors):
        """The fraction for the advice in messages, None if other rows were used, too."""
        return self.fraction if errors is self.calibrated else None

    def _in_units(self, errors, indices):
        """Errors (steps, S) in the units of each of the series, (B, steps, S)."""
        return errors * self.model.decomposition.unit[indices][:, np.newaxis]
