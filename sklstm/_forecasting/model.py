"""A regressor that was trained on windows, and the paths that it predicts."""

import warnings
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from ..core.user_warnings import warn_user
from ..regressor import LSTMRegressor
from .automatic import regressor_parameters
from .combination import Companions, SmoothingAlone, are_enough
from .decomposition import Decomposition, decompose, window_units
from .scaling import difference, integrate, known_scaling, standardise
from .windows import examples, first_origin, relative


@dataclass(frozen=True)
class Plan:
    """How series become windows: the forecaster's parameters, checked, with nothing "auto" left.

    Attributes
    ----------
    window, horizon : int
        Steps that the regressor reads, and steps that it predicts at once.
    lags : tuple of int
        Of the differences, one after the other.
    level : {"smoothed", "last"} or None
        What windows are relative to.
    trend : {"drift", "damped"}
        How smoothing goes on.
    season_length : int
        Steps of a season; 1 without one.
    scale : bool, "common" or "window"
        What windows are divided by.
    combine : bool
        Whether to forecast the median with a linear model and smoothing alone.
    quantiles : tuple of float
        Those that the regressor predicts, or the median alone for a single prediction.
    dtype : str
        Of what the regressor sees.
    """

    window: int
    horizon: int
    lags: tuple
    level: str | None
    trend: str
    season_length: int
    scale: bool | str
    combine: bool
    quantiles: tuple
    dtype: str

    @property
    def memory(self):
        """Rows of components that a forecast begins from."""
        return max(self.window, self.season_length)

    @property
    def history(self):
        """Rows of levels that a forecast begins from."""
        return sum(self.lags) + (self.window if self.level is None else 1)

    @property
    def shortest(self):
        """Rows of the shortest series that there is something to learn from."""
        past = self.window if self.level is None else 2
        return sum(self.lags) + past + self.horizon

    def whole_blocks(self, steps):
        """`steps` rounded up to a multiple of `horizon`."""
        return -(-steps // self.horizon) * self.horizon

    def central(self, paths):
        """The forecasts among the quantiles (..., Q) of a path.

        The one nearest to the median, or the middle of two that are equally near.
        """
        if paths.shape[-1] == 1:
            return paths[..., 0]
        distance = np.abs(np.array(self.quantiles) - 0.5)
        return paths[..., np.isclose(distance, distance.min())].mean(axis=-1)


@dataclass(frozen=True)
class Model:
    """A fitted regressor, and the preparation around it.

    Attributes
    ----------
    regressor : estimator
        The fitted regressor.
    companions : Companions or None
        What it is combined with.
    decomposition : Decomposition
        How series are smoothed.
    known_scaling : tuple of two ndarrays
        Mean and deviation of what is known at each time.
    plan : Plan
        The lengths, and what to do.
    """

    regressor: object
    companions: Companions | None
    decomposition: Decomposition
    known_scaling: tuple
    plan: Plan

    def extend(self, levels, parts, known, steps, series):
        """Continue paths side by side.

        Parameters
        ----------
        levels : ndarray of shape (B, >= sum(lags), S)
            The last levels.
        parts : Components of shape (memory + e, B, S)
            The last components of their changes.
        known : ndarray of shape (B, window + e + m, K)
            What is known at the last steps and at the m >= steps to come; e + m >= plan.horizon.
        steps : int
            Steps to predict.
        series : list of B ints
            Which series' smoothing belongs to the B paths.

        Returns
        -------
        ndarray of shape (B, steps, S, Q)
            Levels, for each of the quantiles. Each step's central ones are what later steps see.
        """
        plan = self.plan
        known = standardise(known, *self.known_scaling).astype(plan.dtype, copy=False)
        changes = self._roll(parts, known, steps, series)
        if not plan.lags:
            return changes
        path = integrate(plan.central(changes), levels, plan.lags)
        return path[..., np.newaxis]

    def _roll(self, parts, known, steps, series):
        """Changes, block by block, each fed with those before it.

        A block that would end beyond what is known begins earlier instead, if need be before the
        last step observed, and predicts some steps a second time; these are not used.
        """
        plan, smoothing = self.plan, self.decomposition.of_series(series)
        if isinstance(self.regressor, SmoothingAlone):  # no blocks: what smoothing forecasts is all
            return self._baseline(parts, len(parts.level), steps, smoothing)
        h, n_past = plan.horizon, len(parts.level)
        n_paths, n_values = parts.first.shape
        n_extra = n_past - plan.memory
        n_ahead = known.shape[1] - plan.window - n_extra
        outputs = np.empty((n_paths, steps, n_values, len(plan.quantiles)))
        predict = self._repeated_predict()
        done = 0
        while done < steps:
            start = min(done, n_ahead - h)
            block = self._block(predict, parts, n_past + start, known, n_extra + start, smoothing)
            block = block[:, done - start :]
            stop = min(done + block.shape[1], steps)
            outputs[:, done:stop] = block[:, : stop - done]
            if stop < steps:
                new = plan.central(outputs[:, done:stop]).transpose(1, 0, 2)
                parts = parts.continued(new, smoothing, plan.season_length)
            done = stop
        return outputs

    def _block(self, predict, parts, rows, known, known_rows, smoothing):
        """The block (B, h, S, Q) after the first `rows` rows of the components."""
        plan = self.plan
        window = parts.adjusted[rows - plan.window : rows].transpose(1, 0, 2)
        unit = window_units(window, smoothing.unit, plan)
        X = relative(window, parts.level[rows - 1], unit, plan)
        if known.shape[2]:
            begin = known_rows + plan.horizon
            X = np.concatenate([X, known[:, begin : begin + plan.window]], axis=2)
        X = X[:, :, 0] if X.shape[2] == 1 else X
        shape = (len(X), plan.horizon, -1, len(plan.quantiles))
        outputs = np.reshape(predict(X), shape) * unit[:, np.newaxis, :, np.newaxis]
        return outputs + self._baseline(parts, rows, plan.horizon, smoothing)

    def _baseline(self, parts, rows, steps, smoothing):
        """Smoothing's forecasts (B, steps, S, 1) after the first `rows` rows of the components."""
        ahead = parts.ahead(rows, steps, self.plan.season_length, smoothing)
        return ahead.transpose(1, 0, 2)[..., np.newaxis]

    def _repeated_predict(self):
        """Predict, without what ours would do anew at every step."""
        predict = self.regressor.predict
        return partial(self.companions.combine, predict) if self.companions else predict


def learn(regressor, levels, known, seasonal, size, log, plan, random_state=None):
    """Train a regressor on the windows of all series; None is the default one.

    See `decompose` and `SequenceForecaster` for the arguments.
    """
    scaling = known_scaling(known, plan.scale)
    n_lost = sum(plan.lags)
    series = [difference(rows, plan.lags) for rows in levels]
    known = [standardise(rows[n_lost:], *scaling) for rows in known]
    decomposition = decompose(series, plan, seasonal, size, log)
    origins, later = training_origins(regressor, [len(rows) for rows in series], seasonal, plan)
    unknown = [rows[:, :0] for rows in known]
    components = [None] * len(series) if plan.level is None else decomposition.components(series)
    if plan.level is not None and plan.scale in ("common", "series", True):
        # What the regressor reads is then of size one, whatever came before.
        X, _ = examples(series, components, decomposition, unknown, plan, origins)
        decomposition = decomposition.in_units_of(np.sqrt(np.square(X, dtype=float).mean()))
    data = series, components, decomposition, known, plan
    X, y = examples(*data, origins)
    held_out = dict(zip(("X_val", "y_val"), examples(*data, later), strict=True)) if later else {}
    # Who gives a regressor, or variables that are known in the future, knows that they matter.
    automatic = regressor is None and not known[0].shape[1]
    n_weights = plan.window * series[0].shape[1] if automatic else 0
    if regressor == "smoothing" or (plan.combine and not are_enough(len(X), n_weights)):
        regressor = SmoothingAlone()
    elif regressor is None:
        regressor = LSTMRegressor(**regressor_parameters(len(X)))
    combine = plan.combine and not isinstance(regressor, SmoothingAlone)
    companions = Companions.fitted(X, y, len(series)) if combine else None
    fitted = _fit(_seeded(regressor, random_state), X, y, held_out, plan)
    return Model(fitted, companions, decomposition, scaling, plan)


def _fit(regressor, X, y, held_out, plan):
    """Fit, with the warnings that mean something to the forecaster's user."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        regressor.fit(X, y, **held_out)
    for warning in caught:
        text = str(warning.message)
        if plan.scale and plan.level is not None and text.startswith("X is on a scale"):
            continue  # the forecaster divides windows, the user can do nothing about it
        if plan.combine and text.startswith("Training learned nothing"):
            text = (
                "Training learned nothing that smoothing and a linear model do not know of these "
                "series; forecasts are theirs."
            )
        warn_user(text, warning.category)
    return regressor


def _seeded(regressor, random_state):
    """A clone, with this random_state if it has none of its own."""
    regressor = clone(regressor)
    params = regressor.get_params(deep=False) if hasattr(regressor, "get_params") else {}
    if random_state is not None and params.get("random_state", random_state) is None:
        regressor.set_params(random_state=random_state)
    return regressor


def training_origins(regressor, lengths, seasonal, plan):
    """Origins of the windows to train on, first and last of each series; those held out, or None.

    An origin is the number of rows known. No value that a held-out window predicts is a target of
    training.
    """
    firsts = [first_origin(n, flags, plan) for n, flags in zip(lengths, seasonal, strict=True)]
    lasts = [n - plan.horizon for n in lengths]
    if not stops_early(regressor):
        return list(zip(firsts, lasts, strict=True)), None
    ends = [n_held_out(regressor, n, plan) for n in lengths]
    if not any(ends):
        raise ValueError(
            f"early_stopping with validation_fraction={regressor.validation_fraction} leaves less "
            f"than window={plan.window} and horizon={plan.horizon} of {lengths[0]} time "
            "point(s) to train on. Give a longer series, or another window or fraction."
        )
    early = [(first, last - n) for first, last, n in zip(firsts, lasts, ends, strict=True)]
    late = [
        (max(first, n - end), n - plan.horizon if end else -1)
        for first, n, end in zip(firsts, lengths, ends, strict=True)
    ]
    return early, late


def stops_early(regressor):
    """Tell whether the regressor stops early, on data that can be given to its fit."""
    stops = getattr(regressor, "early_stopping", False) is True
    return stops and has_fit_parameter(regressor, "X_val")


def n_held_out(regressor, n_rows, plan):
    """How many of a series' last changes early stopping holds out; 0 if it is too short."""
    n = max(plan.horizon, round(regressor.validation_fraction * n_rows))
    return n if n_rows - n >= plan.window + plan.horizon else 0
