"""VotingForecaster: the mean or median of the forecasts of several forecasters."""

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from ._estimators.all_or_nothing import unchanged_on_error
from ._forecasting.base import BaseForecaster
from ._forecasting.intervals import (
    check_calibrated,
    error_paths,
    error_quantiles,
    reason_without_calibration,
)
from ._forecasting.later_times import times_after
from ._forecasting.members import (
    accept_missing,
    average_forecast,
    check_members,
    fit_members,
    init_models,
    is_pair,
    members_with_weights,
    trained_members,
    update_member,
    without_logarithms,
)
from ._forecasting.progress import CALIBRATION, FORECAST
from ._forecasting.static import read_static
from ._forecasting.vote_intervals import (
    check_known,
    interval_bounds,
    later_errors,
    vote_calibration_errors,
    within_limits,
)
from ._typing import Array, RandomState
from ._validation.random_state import check_seed
from .core.checks import check_choice, check_n_jobs, check_number
from .forecaster import SequenceForecaster

AVERAGES: dict[str, Callable[..., Any]] = {"median": np.median, "mean": np.mean}


class VotingForecaster(BaseForecaster):
    """Forecast the mean or the median of several forecasters.

    Forecasters that prepare a series differently make different errors, and the error of their mean
    is smaller than that of most of them [1]_. Forecasters that differ only in their seeds gain
    little.

    Parameters
    ----------
    estimators : list of (str, forecaster), default=None
        The members, of which clones are fitted: `SequenceForecaster` objects, or others with `fit`,
        `update`, `forecast` and `predict`. Arguments that are None are not passed to them. Their
        forecasts must be finite and have the form and shape of the series. Missing values are
        passed to members with ``missing="mask"``, if all of them have it. None is five members:
        "drift", the default forecaster; "damped", with ``trend="damped"``; "last", with
        ``level="last"``; "window", with ``strategy="direct", scale="window"``; and "theta",
        smoothing with ``trend="theta"``.
    average : {"mean", "median"}, default="mean"
        Average of the members' forecasts, for each step separately.
    calibration_fraction : float in (0, 1) or None, default=0.2
        Fraction of the rows, the last ones, on which the errors for `predict_interval` are
        measured. They are those of members fitted a second time, on the rows before. None saves
        that time. The members' own calibration is skipped.
    n_jobs : int, default=None
        Number of members that are fitted at the same time; None is 1, -1 all processors.
    random_state : int, RandomState or None, default=None
        Seed of the members whose own is None.
    verbose : int, default=0
        0 is silent. 1 prints which member is fitted, the progress of its networks in one line each
        that is rewritten in a terminal or notebook, and how long it took. 2 or more prints a line
        for every epoch.

    Attributes
    ----------
    estimators_ : list of forecaster
        The fitted members.
    named_estimators_ : dict
        The fitted members by name.
    calibration_errors_ : ndarray of shape (steps, m, S) or None
        Errors y - forecast of m combined forecasts by steps ahead, divided by the mean absolute
        change of each series. NaN for steps after the last row. None without calibration, or if all
        series are too short.
    n_features_in_ : int
        Number of exogenous variables, k.
    feature_names_in_ : ndarray of str
        Names of the exogenous variables, if X had column names.

    See Also
    --------
    SequenceForecaster : A single forecaster.
    sklearn.ensemble.VotingRegressor : The same for regressors.

    Notes
    -----
    Intervals are split-conformal, as those of `SequenceForecaster`: the combined forecast plus and
    minus a quantile of its errors on the calibration rows, from up to 50 origins. The members that
    make these forecasts are fitted on the rows before. The intervals are symmetric. `update` does
    not change them; `calibrate` measures the errors on later rows, up to 100 steps ahead.

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

    estimators: list[tuple[str, Any]] | None
    estimators_: list[Any]
    named_estimators_: dict[str, Any]
    calibration_errors_: Array | Any  # or None

    def __init__(
        self,
        estimators: list[tuple[str, Any]] | None = None,
        *,
        average: str = "mean",
        calibration_fraction: float | None = 0.2,
        n_jobs: int | None = None,
        random_state: RandomState = None,
        verbose: int = 0,
    ) -> None:
        self.estimators = estimators
        self.average = average
        self.calibration_fraction = calibration_fraction
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    # Parameters of the members: name, and name__parameter

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters of this forecaster and, with `deep`, of its members.

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

    def set_params(self, **params: Any) -> Self:
        """Set parameters of this forecaster, replace members, or set parameters of members.

        Parameters
        ----------
        **params : dict
            Values by the names of `get_params`.

        Returns
        -------
        self : VotingForecaster
            This forecaster.
        """
        if "estimators" in params:
            self.estimators = params.pop("estimators")
        names = [name for name, _ in self._pairs()]
        if replaced := {name: params.pop(name) for name in names if name in params}:
            self.estimators = [(n, replaced.get(n, member)) for n, member in self._pairs()]
        return super().set_params(**params)

    def _pairs(self):
        """The given members; none if they are not valid, which is an error in `fit`."""
        valid = isinstance(self.estimators, list) and all(
            is_pair(pair) and hasattr(pair[1], "get_params") and not isinstance(pair[1], type)
            for pair in self.estimators
        )
        return self.estimators if valid else []

    @property
    def _missing(self):
        """Members decide; one without this parameter is given what it is given."""
        members = [member for _, member in self._pairs()]
        return "mask" if accept_missing(members) else "error"

    # Fit

    def _check_parameters(self):
        check_members(self._members_or_default(), reserved=super().get_params(deep=False))
        check_seed(self.random_state)
        check_choice(self.average, "average", list(AVERAGES))
        if self.calibration_fraction is not None:
            check_number(self.calibration_fraction, "calibration_fraction", "(0, 1)")
        check_n_jobs(self.n_jobs)

    @property
    def _members_encode_exog(self):
        """Whether a member has a transformer of X, or columns of the past."""
        names = ("exog_transformer", "past_columns")
        members = [member for _, member in self._members_or_default()]
        return any(getattr(each, name, None) is not None for each in members for name in names)

    def _fit(self, panel, X, y, series_id, static, training):
        static_rows = read_static(static, panel.ids, panel.form)
        members = self._members_with_seeds()
        weighted = [] if training.weights is None else members_with_weights(members)
        others, fit = init_models(training.init_model, members), training.fit

        def fit_for(name, X, y, data, logarithms=True):
            """Fitted clones of the members, by name."""
            pairs = members if logarithms else without_logarithms(members)
            return fit_members(pairs, X, y, data, weighted, others, fit, name, self.n_jobs)

        self._ids, self._times = panel.ids, times_after({}, panel)
        data = {"series_id": series_id, "static": static}
        if weighted:
            data["sample_weight"] = panel.in_form(training.weights)
        self.named_estimators_ = fit_for(FORECAST, X, y, data)
        self.estimators_ = list(self.named_estimators_.values())
        self._fraction = self.calibration_fraction
        self._reason_without_calibration = reason_without_calibration(
            self.calibration_fraction, panel.lengths
        )
        self.calibration_errors_, self._unit = vote_calibration_errors(
            panel,
            self.calibration_fraction,
            partial(fit_for, CALIBRATION),
            AVERAGES[self.average],
            static_rows,
            training.weights,
        )

    def _members_or_default(self):
        return _default_members() if self.estimators is None else self.estimators

    def _members_with_seeds(self):
        """Clones of the members, each with a seed, as pairs of name and forecaster."""
        members = self._members_or_default()
        random = check_random_state(self.random_state)
        seeds = random.randint(np.iinfo(np.int32).max, size=len(members))
        return [
            (name, _clone_for_vote(member, int(seed)))
            for (name, member), seed in zip(members, seeds, strict=True)
        ]

    def _update(self, panel, y, X, series_id, static, train):
        trained = trained_members(self.named_estimators_, train)
        with self._members_unchanged_on_error():
            for name, member in self.named_estimators_.items():
                epochs = train if name in trained else None
                update_member(name, member, y, X, series_id=series_id, static=static, train=epochs)
        self._ids = list(dict.fromkeys([*self._ids, *panel.ids]))
        self._times = self._times | times_after(self._times, panel)

    def _calibrate_after_fit(self, panel, y, X, series_id):
        with self._members_unchanged_on_error():
            self.calibration_errors_ = later_errors(
                self.named_estimators_, AVERAGES[self.average], panel, self._unit, self._ids
            )
        self._fraction = None
        self._times = self._times | times_after(self._times, panel)

    @contextmanager
    def _members_unchanged_on_error(self):
        with ExitStack() as stack:
            for member in self.estimators_:
                stack.enter_context(unchanged_on_error(member))
            yield

    # Forecast

    def _forecast(self, panel, steps, X, series_id, coverages):
        ids = self._ids if panel is None else panel.ids
        shape, form = self._shape(steps), self._form["form"]
        shapes = {"one": shape, "list": [shape] * len(ids), "long": dict.fromkeys(ids, shape)}
        forecast = self._average_forecast("forecast", steps, X, shapes[form], series_id)
        if form != "long":
            forecast = dict(zip(ids, forecast if form == "list" else [forecast], strict=True))
        forecast = {key: rows.reshape(steps, -1) for key, rows in forecast.items()}
        if coverages:
            check_calibrated(self.calibration_errors_, self._reason_without_calibration)
        columns = [forecast]
        for coverage in coverages:
            bounds = interval_bounds(
                forecast, self.calibration_errors_, self._unit, coverage, self._fraction
            )
            columns.extend(within_limits(bounds, self.estimators_))
        return {key: np.stack([each[key] for each in columns], axis=-1) for key in forecast}

    def _forecast_quantiles(self, panel, steps, X, series_id, quantiles):
        levels, which = np.unique(quantiles, return_inverse=True)

        def quantiles_of_errors(errors, steps, fraction):
            return np.moveaxis(error_quantiles(errors, steps, levels, fraction), -1, 0)

        by_id = self._with_errors(panel, steps, X, series_id, quantiles_of_errors)
        return {key: np.moveaxis(rows[which], 0, -1) for key, rows in by_id.items()}

    def _sample_paths(self, panel, steps, X, series_id, n_paths, random_state):
        random = check_random_state(random_state)

        def paths_of_errors(errors, steps, fraction):
            return error_paths(errors, 0, steps, n_paths, random, fraction)

        return self._with_errors(panel, steps, X, series_id, paths_of_errors)

    def _with_errors(self, panel, steps, X, series_id, choose):
        """Forecasts plus some of the calibration errors, by id: (K, steps, S).

        `choose` is a function of all errors, steps and fraction, called for each series.
        """
        check_calibrated(self.calibration_errors_, self._reason_without_calibration)
        forecast = self._forecast(panel, steps, X, series_id, [])
        check_known(forecast, self._unit)
        results = {}
        for key, rows in forecast.items():
            errors = choose(self.calibration_errors_, steps, self._fraction)
            central = rows[..., 0]
            results[key] = (central + errors * self._unit[key]).astype(central.dtype, copy=False)
        return within_limits([results], self.estimators_)[0]

    def _summaries_of_times(self):
        return self._times

    def _last_values(self, n_rows):
        """Those of the member that keeps most."""
        kept = [each._last_values(n_rows) for each in self.estimators_ if _keeps_values(each)]
        if not kept:
            return {key: np.empty((0, self._form["width"])) for key in self._ids}
        return max(kept, key=lambda by_id: sum(map(len, by_id.values())))

    def _predict(self, panel, X, series_id):
        shapes = [self._shape(n) for n in panel.lengths]
        if panel.form != "list":
            shapes = self._shape(sum(panel.lengths))
        return self._average_forecast("predict", X, None, shapes, series_id)

    def _shape(self, steps):
        """The shape of a forecast of one series."""
        return (steps,) if self._form["flat"] else (steps, self._form["width"])

    def _average_forecast(self, method, first, X, shapes, series_id):
        """The average of the members' forecasts by one of their methods."""
        members, average = self.named_estimators_, AVERAGES[self.average]
        return average_forecast(
            members, average, method, first, X, shapes=shapes, series_id=series_id
        )


def _keeps_values(member):
    return hasattr(member, "_last_values")


def _default_members():
    """Forecasters with different errors."""
    return [
        ("drift", SequenceForecaster()),
        ("damped", SequenceForecaster(trend="damped")),
        ("last", SequenceForecaster(level="last")),
        ("window", SequenceForecaster(strategy="direct", scale="window")),
        ("theta", SequenceForecaster("smoothing", trend="theta")),
    ]


def _clone_for_vote(member, seed):
    """A clone without calibration, and with a seed if it has none."""
    member = clone(member)
    params = member.get_params(deep=False)
    if "calibration_fraction" in params:
        member.set_params(calibration_fraction=None)
    if params.get("random_state", seed) is None:
        member.set_params(random_state=seed)
    return member
