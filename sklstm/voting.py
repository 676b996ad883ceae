"""VotingForecaster: the mean or the median of what several forecasters forecast."""

from contextlib import ExitStack

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from ._estimators.all_or_nothing import unchanged_on_error
from ._forecasting.calibrated import check_calibrated, reason_against
from ._forecasting.future import read_rows, read_steps, rows_like
from ._forecasting.members import (
    check_members,
    check_n_jobs,
    fit_member,
    is_pair,
    update_member,
    vote,
)
from ._forecasting.panel import read_series
from ._forecasting.rehearsal import bounds, rehearse
from ._forecasting.scoring import r2
from ._forecasting.static import read_static
from ._validation.random_state import check_seed
from .core.checks import check_choice, check_number
from .forecaster import SequenceForecaster

AVERAGES = {"median": np.median, "mean": np.mean}


class VotingForecaster(RegressorMixin, BaseEstimator):
    """Forecast the mean or the median of several forecasters.

    Forecasters that prepare a series differently err differently, and their mean errs less than
    most of them [1]_. Copies that differ in their seeds alone gain little.

    Parameters
    ----------
    estimators : list of (str, forecaster), default=None
        The members: `SequenceForecaster` objects, or others with `fit`, `update`, `forecast` and
        `predict` of the same arguments, of which those that are None are left out. Their forecasts
        must be finite and have the form and shape of the series. Clones are fitted. None is five
        of them: "drift", the default forecaster; "damped", with ``trend="damped"``; "last", with
        ``level="last"``; "window", with ``strategy="direct", scale="window"``; and "theta", which
        is smoothing alone, with ``trend="theta"``.
    average : {"mean", "median"}, default="mean"
        What is taken of the members' forecasts, for each step by itself.
    calibration_fraction : float in (0, 1) or None, default=0.2
        The last part of the rows on which to measure how far off the combined forecasts are, for
        `predict_interval`. This fits all members a second time, on the rows before it. None saves
        that time. The members' own calibration is left out.
    n_jobs : int, default=None
        Number of members that are fitted at the same time; None is 1, -1 all processors.
    random_state : int, RandomState or None, default=None
        Gives each member without a seed of its own one.

    Attributes
    ----------
    estimators_ : list of forecaster
        The fitted members.
    named_estimators_ : dict
        The same by name.
    calibration_errors_ : ndarray of shape (steps, m, S) or None
        Absolute errors of m combined forecasts by steps ahead, in units of the mean absolute change
        of each series. None without calibration, or for series too short for it.
    n_features_in_ : int
        Exogenous variables, k.

    See Also
    --------
    SequenceForecaster : One forecaster.
    sklearn.ensemble.VotingRegressor : The same for regressors.

    Notes
    -----
    Intervals are split-conformal, as those of `SequenceForecaster`: the combined forecast plus and
    minus a quantile of its errors on the last rows, forecast from up to 50 origins by members that
    had not seen them. They are as wide above as below.

    References
    ----------
    .. [1] J.M. Bates, C.W.J. Granger. "The combination of forecasts." Operational Research
       Quarterly 20, 1969.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sklstm import SequenceForecaster, VotingForecaster
    >>> y = 100 + np.arange(120) + 10 * np.sin(np.pi / 6 * np.arange(120))
    >>> model = VotingForecaster(
    ...     [
    ...         ("smoothed", SequenceForecaster(Ridge(), season_length=12)),
    ...         ("last", SequenceForecaster(Ridge(), season_length=12, level="last")),
    ...     ]
    ... )
    >>> forecast = model.fit(None, y[:108]).forecast(12)
    >>> bool(np.abs(forecast - y[108:]).max() < 1)
    True
    """

    def __init__(
        self,
        estimators=None,
        *,
        average="mean",
        calibration_fraction=0.2,
        n_jobs=None,
        random_state=None,
    ):
        self.estimators = estimators
        self.average = average
        self.calibration_fraction = calibration_fraction
        self.n_jobs = n_jobs
        self.random_state = random_state

    # Parameters of the members: name, and name__parameter

    def get_params(self, deep=True):
        """Parameters of this forecaster, and with `deep` the members and their parameters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the members by name, and their parameters as ``name__parameter``.

        Returns
        -------
        dict
            Parameters by name.
        """
        params = super().get_params(deep=False)
        if deep:
            for name, member in self._pairs():
                params[name] = member
                nested = member.get_params(deep=True).items()
                params |= {f"{name}__{key}": value for key, value in nested}
        return params

    def set_params(self, **params):
        """Set parameters of this forecaster, replace members, or set parameters of members.

        Parameters
        ----------
        **params : dict
            By the names that `get_params` gives.

        Returns
        -------
        self : VotingForecaster
            This forecaster.
        """
        if "estimators" in params:
            self.estimators = params.pop("estimators")
        names = [name for name, _ in self._pairs()]
        if replaced := {name: params.pop(name) for name in names if name in params}:
            self.estimators = [(n, replaced.get(n, member)) for n, member in self.estimators]
        return super().set_params(**params)

    def _pairs(self):
        """The members that were given; none where they are not valid, which `fit` refuses."""
        valid = isinstance(self.estimators, list) and all(
            is_pair(pair) and hasattr(pair[1], "get_params") and not isinstance(pair[1], type)
            for pair in self.estimators
        )
        return self.estimators if valid else []

    # Fit, update

    def fit(self, X, y, *, series_id=None, static=None):
        """Fit all members on the same data.

        Parameters
        ----------
        X : array-like of shape (n_times, k), list of such, or None
            Exogenous variables, at the times of y.
        y : array-like of shape (n_times,) or (n_times, S), or list of such
            The series, in one of the forms of `SequenceForecaster.fit`.
        series_id : array-like of shape (n_times,), default=None
            Which series a row of X and y belongs to.
        static : array-like of shape (N, m), default=None
            Features of each series.

        Returns
        -------
        self : VotingForecaster
            The fitted forecaster.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not valid, or a member cannot be fitted: the message says
            which and why. The forecaster is then as it was before.
        """
        with unchanged_on_error(self):
            self._fit(X, y, series_id, static)
        return self

    def _fit(self, X, y, series_id, static):
        members = self._checked_members()
        average = AVERAGES[check_choice(self.average, "average", list(AVERAGES))]
        if self.calibration_fraction is not None:
            check_number(self.calibration_fraction, "calibration_fraction", "(0, 1)")
        check_n_jobs(self.n_jobs)
        panel = read_series(self, X, y, series_id, "fit")
        rows = read_static(static, panel.ids, panel.form)
        self._labels = panel.ids
        self.named_estimators_ = self._fit_members(
            members, X, y, {"series_id": series_id, "static": static}
        )
        self.estimators_ = list(self.named_estimators_.values())
        self._uncalibrated = reason_against(self.calibration_fraction, panel.lengths)
        self.calibration_errors_, self._unit = rehearse(
            panel,
            self.calibration_fraction,
            lambda *args: self._fit_members(members, *args),
            average,
            rows,
        )

    def _checked_members(self):
        """Pairs of name and forecaster, each with a seed."""
        members = _default_members() if self.estimators is None else self.estimators
        check_members(members, reserved=super().get_params(deep=False))
        check_seed(self.random_state)
        random = check_random_state(self.random_state)
        seeds = random.randint(np.iinfo(np.int32).max, size=len(members))
        return [
            (name, _prepared(member, int(seed)))
            for (name, member), seed in zip(members, seeds, strict=True)
        ]

    def _fit_members(self, members, X, y, data):
        """Fitted clones of the members, by name."""
        fitted = Parallel(n_jobs=self.n_jobs)(
            delayed(fit_member)(name, clone(member), X, y, data) for name, member in members
        )
        return {name: member for (name, _), member in zip(members, fitted, strict=True)}

    def update(self, y, X=None, *, series_id=None, static=None):
        """Append observations to all members, without training.

        Parameters
        ----------
        y : array-like of shape (n_times,) or (n_times, S), or list of such
            The next values, in the form of `fit`.
        X : array-like of shape (n_times, k), or list of such, default=None
            Their exogenous variables.
        series_id : array-like of shape (n_times,), default=None
            Which series a row belongs to, if `fit` had it.
        static : array-like of shape (M, m), default=None
            Features of the M series that are new, if `fit` had some.

        Returns
        -------
        self : VotingForecaster
            The same forecaster.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As in `SequenceForecaster.update`. No member is then changed.
        """
        check_is_fitted(self)
        panel = read_series(self, X, y, series_id, "update")
        with ExitStack() as stack:
            for member in self.estimators_:
                stack.enter_context(unchanged_on_error(member))
            for name, member in self.named_estimators_.items():
                update_member(name, member, y, X, series_id=series_id, static=static)
        self._labels = list(dict.fromkeys([*self._labels, *panel.ids]))
        return self

    # Forecast

    def forecast(self, steps, X=None, *, series_id=None):
        """Forecast a number of steps right after the last observation.

        Parameters
        ----------
        steps : int
            Number of steps.
        X : array-like of shape (steps, k), or list of such, default=None
            Exogenous variables at these steps, needed if `fit` had some.
        series_id : array-like, default=None
            Which series a row of X belongs to, if `fit` had it.

        Returns
        -------
        ndarray of shape (steps,) or (steps, S), or list or dict of such
            The forecast, in the form of `SequenceForecaster.forecast`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As in `SequenceForecaster.forecast`; and if a member fails, or its forecast is not
            finite or of another shape: the message says which member.
        """
        check_is_fitted(self)
        panel = read_steps(self, steps, X, series_id)
        labels = self._labels if panel is None else panel.ids
        shape, form = self._shape(steps), self._form["form"]
        shapes = {"one": shape, "list": [shape] * len(labels), "long": dict.fromkeys(labels, shape)}
        return self._vote("forecast", steps, X, shapes[form], series_id)

    def predict(self, X, *, series_id=None):
        """Forecast as many steps as X has rows.

        Parameters
        ----------
        X : array-like of shape (n_steps, k), or list of such
            Exogenous variables at the steps right after the last observation; (n_steps, 0)
            without any.
        series_id : array-like of shape (n_steps,), default=None
            Which series a row belongs to, if `fit` had it.

        Returns
        -------
        ndarray of shape (n_steps,) or (n_steps, S), or list of such
            The forecast of each row, in the form of y.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As in `SequenceForecaster.predict`.
        """
        check_is_fitted(self)
        return self._predict(read_rows(self, X, series_id), X, series_id)

    def _predict(self, panel, X, series_id):
        """Forecast the rows of X, which the panel has been read from."""
        shapes = [self._shape(n) for n in panel.lengths]
        if panel.form != "list":
            shapes = self._shape(sum(panel.lengths))
        return self._vote("predict", X, None, shapes, series_id)

    def _shape(self, steps):
        """The shape of a forecast of so many steps."""
        return (steps,) if self._form["flat"] else (steps, self._form["width"])

    def _vote(self, method, first, X, shapes, series_id):
        average = AVERAGES[self.average]
        return vote(
            self.named_estimators_, average, method, first, X, shapes=shapes, series_id=series_id
        )

    def predict_interval(self, steps, X=None, coverage=0.9, *, series_id=None):
        """Bounds between which each step will be with a given probability.

        Parameters
        ----------
        steps : int
            Number of steps to forecast.
        X : array-like of shape (steps, k), or list of such, default=None
            Exogenous variables at these steps, needed if `fit` had some.
        coverage : float in (0, 1), default=0.9
            The probability, for each step by itself.
        series_id : array-like, default=None
            Which series a row of X belongs to, if `fit` had it.

        Returns
        -------
        lower, upper : ndarray of shape (steps,) or (steps, S), or list or dict of such
            The bounds, each in the form of `forecast`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As in `forecast`; and if there are no calibration errors, or too few of them for this
            coverage or so many steps.
        """
        check_is_fitted(self)
        coverage = check_number(coverage, "coverage", "(0, 1)")
        check_calibrated(self.calibration_errors_, self._uncalibrated)
        forecast = self.forecast(steps, X, series_id=series_id)
        return bounds(forecast, self.calibration_errors_, self._unit, coverage)

    def score(self, X, y, sample_weight=None, *, series_id=None):
        """The coefficient of determination R2 of the forecast of y.

        Parameters
        ----------
        X : array-like of shape (n_steps, k), list of such, or None
            Exogenous variables at the times of y.
        y : array-like of shape (n_steps,) or (n_steps, S), or list of such
            What was observed right after the last observation known, or, where the index says so,
            after a gap.
        sample_weight : array-like of shape (n_steps,), default=None
            Weights of the rows.
        series_id : array-like of shape (n_steps,), default=None
            Which series a row belongs to, if `fit` had it.

        Returns
        -------
        float
            R2 over all rows; the mean over columns of y.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As in `predict`.
        """
        check_is_fitted(self)
        panel = read_series(self, X, y, series_id, "score")
        forecast = self._predict(panel, rows_like(panel, X, y), series_id)
        return r2(panel, forecast, sample_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _default_members():
    """Views of a series that err differently."""
    return [
        ("drift", SequenceForecaster()),
        ("damped", SequenceForecaster(trend="damped")),
        ("last", SequenceForecaster(level="last")),
        ("window", SequenceForecaster(strategy="direct", scale="window")),
        ("theta", SequenceForecaster("smoothing", trend="theta")),
    ]


def _prepared(member, seed):
    """A clone without calibration, and with a seed if it has none."""
    member = clone(member)
    params = member.get_params(deep=False)
    if "calibration_fraction" in params:
        member.set_params(calibration_fraction=None)
    if params.get("random_state", seed) is None:
        member.set_params(random_state=seed)
    return member
