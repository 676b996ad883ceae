"""The steps after the forecast origin: forecasts of them, and draws."""

from dataclasses import dataclass, replace

import numpy as np

from .calibration import PATHS_AT_ONCE
from .model import Model
from .readings import draws
from .smoothing import Components


@dataclass(frozen=True)
class NextSteps:
    """The next steps of B series, and what forecasts of them read.

    Attributes
    ----------
    model : Model
        The fitted model.
    indices : list of B ints
        The series.
    names : list of B str
        Their names in messages.
    levels, components, covariates
        As in `Model.forecast_paths`.
    n_steps : int
        Number of steps.
    """

    model: Model
    indices: list[int]
    names: list[str]
    levels: np.ndarray
    components: Components
    covariates: np.ndarray
    n_steps: int

    @classmethod
    def from_origin(cls, model, origin, indices, names, exog, n_steps):
        """The steps after the origin; `exog` are the exogenous variables at these steps."""
        # Without exogenous variables all blocks can be whole.
        n_ahead = n_steps if origin.has_exog else model.plan.whole_blocks(n_steps)
        covariates = [
            origin.covariates_with_future(i, rows, n_ahead, model.plan)
            for i, rows in zip(indices, exog, strict=True)
        ]
        levels, components = origin.levels_and_components(indices, model.plan)
        return cls(model, indices, names, levels, components, np.stack(covariates), n_steps)

    def paths(self, reading=None):
        """Forecasts (B, steps, S, Q), see `Model.forecast_paths`."""
        return self.model.forecast_paths(
            self.levels,
            self.components,
            self.covariates,
            self.n_steps,
            self.indices,
            self.names,
            reading,
        )

    def first(self, n_steps):
        """The first of these steps."""
        n_less = self.n_steps - n_steps
        return replace(self, n_steps=n_steps) if n_less else self

    def draws(self, n_paths, random):
        """Paths (B, n_paths, steps, S) of draws, of which later ones read earlier ones."""
        n_series = len(self.indices)
        n_at_once = max(1, PATHS_AT_ONCE // n_paths)
        paths = [
            self._repeated(
                np.repeat(np.arange(first, min(first + n_at_once, n_series)), n_paths)
            ).paths(draws(self.model, random))[..., 0]
            for first in range(0, n_series, n_at_once)
        ]
        return np.concatenate(paths).reshape(n_series, n_paths, self.n_steps, -1)

    def _repeated(self, rows):
        """These steps of the series at the given positions."""
        return replace(
            self,
            indices=[self.indices[b] for b in rows],
            names=[self.names[b] for b in rows],
            levels=self.levels[rows],
            components=self.components.of_series(rows),
            covariates=self.covariates[rows],
        )
