"""A regressor that was trained on windows, and the paths that it predicts."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from ..preprocessing import sliding_windows
from ..regressor import LSTMRegressor
from .scaling import difference, integrate, learn_scaling, standardise


@dataclass(frozen=True)
class Plan:
    """How series become windows: the forecaster's parameters, checked.

    Attributes
    ----------
    window, horizon : int
        Steps that the regressor reads, and steps that it predicts at once.
    lags : tuple of int
        Of the differences, one after the other.
    scale : bool
        Whether to standardise.
    quantiles : tuple of float
        Those that the regressor predicts, or the median alone for a single prediction.
    dtype : str
        Of what the regressor sees.
    """

    window: int
    horizon: int
    lags: tuple
    scale: bool
    quantiles: tuple
    dtype: str

    @property
    def history(self):
        """Rows of levels that a forecast begins from."""
        return self.window + sum(self.lags)

    @property
    def shortest(self):
        """Rows of the shortest series that there is something to learn from."""
        return self.history + self.horizon

    def whole_blocks(self, steps):
        """As many steps as the blocks have that so many steps begin."""
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
    """A fitted regressor, and the scaling around it."""

    regressor: object
    scaling: dict
    plan: Plan

    def extend(self, levels, known, steps, series):
        """Continue paths side by side.

        Parameters
        ----------
        levels : ndarray of shape (B, plan.history + e, S)
            The last levels.
        known : ndarray of shape (B, window + e + m, K)
            What is known at the last steps and at the m >= steps to come; e + m >= plan.horizon.
        steps : int
            Steps to predict.
        series : list of B ints, or int
            Which series' scaling belongs to the B paths.

        Returns
        -------
        ndarray of shape (B, steps, S, Q)
            Levels, for each of the quantiles. Each step's central ones are what later steps see.
        """
        plan, scaling = self.plan, self.scaling
        mean, std = (np.atleast_2d(scaling[key][series])[:, np.newaxis] for key in ("mean", "std"))
        past = standardise(difference(levels, plan.lags, axis=1), mean, std)
        known = standardise(known, scaling["known_mean"], scaling["known_std"])
        outputs = self._roll(past, known, steps)
        changes = outputs * std[..., np.newaxis] + mean[..., np.newaxis]
        if not plan.lags:
            return changes
        path = integrate(plan.central(changes), levels, plan.lags)
        return path[..., np.newaxis]

    def _roll(self, past, known, steps):
        """Standardised changes, block by block, each fed with those before it.

        A block that would end beyond what is known begins earlier instead, if need be before the
        last step observed, and predicts some steps a second time; these are not used.
        """
        plan = self.plan
        h = plan.horizon
        n_paths, n_past, n_values = past.shape
        n_ahead = known.shape[1] - n_past
        # A step of a window holds a value, and what is known h steps later.
        path = np.empty((n_paths, n_past + n_ahead, n_values + known.shape[2]), plan.dtype)
        path[:, :n_past, :n_values] = past
        path[:, : n_past + n_ahead - h, n_values:] = known[:, h:]
        outputs = np.empty((n_paths, steps, n_values, len(plan.quantiles)))
        predict = _repeated_predict(self.regressor)
        done = 0
        while done < steps:
            start = min(done, n_ahead - h)
            window = path[:, n_past + start - plan.window : n_past + start]
            block = self._block(predict, window, n_values)[:, done - start :]
            stop = min(done + block.shape[1], steps)
            outputs[:, done:stop] = block[:, : stop - done]
            path[:, n_past + done : n_past + stop, :n_values] = plan.central(outputs[:, done:stop])
            done = stop
        return outputs

    def _block(self, predict, windows, n_values):
        """Windows (B, T, S + K) -> (B, h, S, Q)."""
        X = windows[:, :, 0] if windows.shape[2] == 1 else windows
        shape = (len(windows), self.plan.horizon, n_values, len(self.plan.quantiles))
        return np.reshape(predict(X), shape)


def _repeated_predict(regressor):
    """The regressor's predict, without what ours would do anew at every step."""
    return regressor._repeated("predict") if type(regressor) is LSTMRegressor else regressor.predict


def learn(regressor, levels, known, plan):
    """Train a clone of the regressor on the windows of all series."""
    scaling = learn_scaling(levels, known, plan)
    parts = [
        _standardised(*rows, scaling, i, plan)
        for i, rows in enumerate(zip(levels, known, strict=True))
    ]
    regressor = clone(regressor)
    parts, held_out = _hold_out(regressor, parts, plan)
    X, y = _windows(parts, plan)
    return Model(regressor.fit(X, y, **held_out), scaling, plan)


def _hold_out(regressor, parts, plan):
    """What to train on; and, for early stopping, the end of each series as arguments of fit.

    No value that a held-out window predicts is a target of training.
    """
    if not stops_early(regressor):
        return parts, {}
    ends = [n_held_out(regressor, len(changes), plan) for changes, _ in parts]
    if not any(ends):
        raise ValueError(
            f"early_stopping with validation_fraction={regressor.validation_fraction} leaves less "
            f"than window={plan.window} and horizon={plan.horizon} of {len(parts[0][0])} time "
            "point(s) to train on. Give a longer series, or another window or fraction."
        )
    early = [
        tuple(rows[: len(rows) - n] for rows in part) for part, n in zip(parts, ends, strict=True)
    ]
    late = [
        tuple(rows[len(rows) - n - plan.window :] for rows in part)
        for part, n in zip(parts, ends, strict=True)
        if n
    ]
    return early, dict(zip(("X_val", "y_val"), _windows(late, plan), strict=True))


def stops_early(regressor):
    """Tell whether the regressor stops early, on data that can be given to its fit."""
    stops = getattr(regressor, "early_stopping", False) is True
    return stops and has_fit_parameter(regressor, "X_val")


def n_held_out(regressor, n_rows, plan):
    """How many of a series' last changes early stopping holds out; 0 if it is too short."""
    n = max(plan.horizon, round(regressor.validation_fraction * n_rows))
    return n if n_rows - n >= plan.window + plan.horizon else 0


def _standardised(levels, known, scaling, i, plan):
    changes = difference(levels, plan.lags)
    changes = standardise(changes, scaling["mean"][i], scaling["std"][i])
    known = standardise(known[sum(plan.lags) :], scaling["known_mean"], scaling["known_std"])
    return changes.astype(plan.dtype, copy=False), known.astype(plan.dtype, copy=False)


def _windows(parts, plan):
    """Windows and targets of all series; views of the data where there is only one."""
    pairs = []
    for changes, known in parts:
        series = changes[:, 0] if changes.shape[1] == 1 else changes
        exog = known if known.shape[1] else None
        pairs.append(sliding_windows(series, plan.window, plan.horizon, exog=exog))
    if len(pairs) == 1:
        return pairs[0]
    return tuple(np.concatenate(arrays) for arrays in zip(*pairs, strict=True))
