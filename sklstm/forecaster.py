"""SequenceForecaster: forecasts of time series by a regressor on windows."""

import numpy as np

from ._forecasting.appending import append_observations
from ._forecasting.base import BaseForecaster
from ._forecasting.combination import Combination
from ._forecasting.decomposition import Decomposition
from ._forecasting.forecast_checks import check_forecast
from ._forecasting.forecaster_parameters import check_lengths, check_parameters, n_calibration_rows
from ._forecasting.forms import series_names
from ._forecasting.intervals import (
    calibration_errors,
    check_calibrated,
    half_widths,
    quantile_pair,
    reason_without_calibration,
)
from ._forecasting.learning import learn
from ._forecasting.model import Model
from ._forecasting.origin import ForecastOrigin
from ._forecasting.plan import Plan
from ._forecasting.preparation import prepare
from ._forecasting.regressor_checks import shapes_in_fit_errors
from ._forecasting.static import join_covariates, read_static
from ._forecasting.values import to_values
from ._validation.random_state import check_seed
from .core.user_warnings import warn_user


class SequenceForecaster(BaseForecaster):
    """Forecast time series with a regressor that reads windows of their past.

    Rows are time points, the oldest first. Everything is learned inside `fit` and from its rows
    alone, the scaling included, so that a search with ``cv=TimeSeriesSplit()`` cannot leak.

    Parameters
    ----------
    regressor : estimator, "smoothing" or None, default=None
        Learns the next values from a window: any regressor of sequences, of which a clone is
        fitted. None is an ``LSTMRegressor(loss="absolute_error")`` whose epochs, batches and
        penalty follow the number of windows. "smoothing" is no regressor at all: smoothing alone
        forecasts, a statistical method that takes little time and reads no exogenous variables.
        Windows are (n, window) for one series without exogenous variables, else (n, window,
        channels). With ``early_stopping=True`` the last `validation_fraction` of the rows is held
        out, and no window trains on its values.
    window : int or "auto", default="auto"
        Time points that the regressor reads, T. "auto" is two seasons, at least 12 and at most 48,
        and of short series half. Unless `level` is None, a window that begins before its series
        does is filled up with the level.
    strategy : {"recursive", "direct"}, default="recursive"
        "recursive": the regressor predicts one step, and reads its own predictions for the steps
        after it. "direct": it predicts `horizon` steps at once, and longer forecasts go on from
        block to block.
    horizon : int or "auto", default="auto"
        Steps that the regressor predicts at once; for "direct" only. "auto" is two seasons, at
        least 8 and at most 48, but no more than a third of the median length of the series.
    season_length : int, "auto" or None, default="auto"
        Time points after which the season repeats; None or 1 is no season. "auto" tests the lengths
        that a pandas index suggests (12 for months), or without one the usual ones (4, 7, 12,
        24, ...), and takes the one with which smoothing errs least. A series without a
        significant autocorrelation at that lag has none. An integer is not tested; only series of
        more than two seasons have it.
    level : {"auto", "smoothed", "last", None}, default="auto"
        What windows and targets are relative to. "smoothed": level and season by exponential
        smoothing, with the parameters that err least up to four steps ahead. "last": the last
        value, with a fixed season. None: no level and no season; a series is standardised as a
        whole. "auto" is "smoothed", or None with `differences`.
    trend : {"drift", "damped", "theta"}, default="drift"
        How the level goes on by itself. "drift": by half its mean change so far. "damped": by a
        damped trend that is smoothed as well, if errors are smaller with one. "theta": by half or
        all of its mean change, whichever errs less; a series of logarithms as one that grows by the
        same amount at each step.
    scale : {"auto", "common", "series", "window"} or bool, default="auto"
        What windows are divided by. "series": the error of smoothing of each series. "common": its
        mean over all series, relative to their size; logarithms are relative as they are.
        "window": the window's own standard deviation, too. False: nothing. Where `level` is None,
        True standardises each series. True is "series"; "auto" is "common", or True where
        `level` is None. Exogenous variables are standardised unless it is False.
    combine : bool or "auto", default="auto"
        Whether to forecast the median of three: the regressor, a ridge regression on the same
        windows, and smoothing alone, the first two kept within the targets of training. In long
        series, with 20 windows for each value of a window, it is the mean of the first two. "auto"
        is True if `regressor` is None. With fewer than 8 windows smoothing alone forecasts; without
        `regressor` and exogenous variables also with fewer than 2 for each value of a window.
    differences : int or tuple of int, default=0
        How often to subtract the value before, from each value; or the lags to subtract, one after
        the other: ``(12, 1)`` is the change, from month to month, of the change over a year.
        Undone in forecasts.
    transformer : transformer, "auto", "log" or None, default="auto"
        Applied to y before all else, and undone last, as
        ``FunctionTransformer(np.sqrt, np.square)``. It sees (n, S) values, of several series one
        below the other. "auto" takes the logarithms of each positive series whose errors are
        likelier under them.
    calibration_fraction : float in (0, 1) or None, default=0.2
        The last part of the rows on which to measure how far off forecasts are, for
        `predict_interval`. This trains a second regressor, on the rows before it; the one that
        forecasts is trained on all rows. None saves that time, for instance in a search. Not used
        where the regressor predicts quantiles.
    random_state : int, RandomState or None, default=None
        Seed of the regressor, if it has none of its own.

    Attributes
    ----------
    regressor_ : estimator
        The fitted regressor.
    linear_ : Ridge or None
        The fitted linear model, with `combine`.
    choices_ : dict of str
        What each parameter that was "auto" became, and why.
    window_, horizon_, season_length_, level_, scale_, combine_
        The values in use.
    seasonal_, log_ : ndarray of shape (N, S) of bool
        Which of the N series have a season, and which are forecast as logarithms.
    smoothing_ : dict of ndarray of shape (N, S)
        The smoothing parameters "alpha" of the level and "gamma" of the season, and the "unit"
        that windows are divided by.
    transformer_ : transformer or None
        The fitted transformer.
    calibration_errors_ : ndarray of shape (steps, m, S) or None
        Absolute errors of m forecasts by steps ahead, in units of each series' `smoothing_`. NaN
        where a forecast went beyond the data. None without calibration, or for a series too short
        for it.
    n_features_in_ : int
        Exogenous variables, k.
    feature_names_in_ : ndarray of str
        Their names, where X had some.

    See Also
    --------
    LSTMRegressor : The default regressor.
    VotingForecaster : The mean or median of several forecasters.
    sklstm.preprocessing.sliding_windows : The windows alone.

    Notes
    -----
    *Smoothing* is additive exponential smoothing of level and season in error-correction form,
    with half the mean change of the level as drift, as in the Theta method [3]_. The regressor
    learns what it leaves, as in the winning method of the M4 competition [4]_, whose smoothing is
    trained together with the network; here it comes first.

    *Exogenous variables* must be known in the future, as calendar features are. They enter
    `horizon` steps ahead: the step of a window with the series' value at time t holds what is known
    at t + `horizon`, so that the window ends with the step being forecast. Where X ends within a
    block of `horizon` steps, that block begins earlier, and leaves the last observations out if
    there are fewer rows than steps in a block.

    *Several series observed together* are the columns of y, and one network reads and predicts all
    of them. *A global model* is one network for many series that are observed apart and may differ
    in length: y is a list of them, or the rows of all of them with `series_id`. Each is scaled by
    itself. `static` features are repeated at every step of a series. Forecasts come in the form of
    y: a list for a list, and a dict by id from `forecast` for rows with ids.

    *Intervals* are split-conformal [1]_ [2]_: the forecast plus and minus the k-th smallest of m
    errors on the last rows, k = ceil((m + 1) * coverage), for each step ahead by itself. Errors of
    a time series are not exchangeable, so the coverage is approximate. It is conservative where the
    regressor that forecasts, having seen all rows, is better than the one that was calibrated. With
    a loss of several quantiles, such as ``Quantile([0.05, 0.5, 0.95])`` for a coverage of 0.9,
    they are the predicted quantiles: use ``strategy="direct"``, as these hold for the `horizon`
    steps predicted at once. What is forecast is the central one.

    *Times* are taken from a pandas index of dates, periods or integers, of X or of y, if there is
    one. They must be sorted, and have the same kind and step in all calls; rows that leave times
    out are errors later on (``asfreq`` and ``interpolate`` fill a hole in y), and a forecast for
    rows that begin after a gap, as with ``TimeSeriesSplit(gap=...)``, runs through the gap first.
    Steps that differ already in `fit`, as without holidays, tell only what is later, which is a
    warning. Where scikit-learn insists on an X and
    there are no exogenous variables, ``X = pd.DataFrame(index=y.index)`` carries the times, and
    ``X = np.empty((len(y), 0))`` does without: its rows follow each other, whatever the gap. So do
    arrays that a transformer in a pipeline makes of X, unless it has
    ``set_output(transform="pandas")``; `score` still sees the times of y, a scorer does not. What
    draws rows at random, such as ``KFold`` or bagging, has no meaning for a series. Training data
    is not kept: what is asked for the rows of `fit`, as by searches with
    ``return_train_score=True``, is forecasts of the steps after them.

    *Other regressors* than those of sequences take the tables (n, window) of one series; for
    channels, flatten the windows first:
    ``make_pipeline(FunctionTransformer(lambda X: X.reshape(len(X), -1)), Ridge())``. Early stopping
    in time is for a regressor that is not inside a pipeline. With `series_id`, searches need
    metadata routing and the default score, as scikit-learn's scorers do not pass it to `predict`.

    References
    ----------
    .. [1] V. Vovk, A. Gammerman, G. Shafer. "Algorithmic learning in a random world." Springer,
       2005, section 4.2.
    .. [2] J. Lei et al. "Distribution-free predictive inference for regression." JASA 113, 2018,
       algorithm 2.
    .. [3] R.J. Hyndman, B. Billah. "Unmasking the Theta method." International Journal of
       Forecasting 19, 2003.
    .. [4] S. Smyl. "A hybrid method of exponential smoothing and recurrent neural networks for
       time series forecasting." International Journal of Forecasting 36, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import SequenceForecaster
    >>> y = 100 + np.arange(200) + 10 * np.sin(np.pi / 6 * np.arange(200))
    >>> model = SequenceForecaster(random_state=0).fit(None, y[:180])
    >>> model.season_length_
    12
    >>> forecast = model.forecast(20)
    >>> bool(np.abs(forecast - y[180:]).max() < 2)
    True
    >>> lower, upper = model.predict_interval(20, coverage=0.8)
    >>> lower.shape
    (20,)
    >>> forecast = model.update(y[180:190]).forecast(10)
    >>> bool(np.abs(forecast - y[190:]).max() < 2)
    True
    """

    def __init__(
        self,
        regressor=None,
        *,
        window="auto",
        strategy="recursive",
        horizon="auto",
        season_length="auto",
        level="auto",
        trend="drift",
        scale="auto",
        combine="auto",
        differences=0,
        transformer="auto",
        calibration_fraction=0.2,
        random_state=None,
    ):
        self.regressor = regressor
        self.window = window
        self.strategy = strategy
        self.horizon = horizon
        self.season_length = season_length
        self.level = level
        self.trend = trend
        self.scale = scale
        self.combine = combine
        self.differences = differences
        self.transformer = transformer
        self.calibration_fraction = calibration_fraction
        self.random_state = random_state

    # Fit

    def _check_parameters(self):
        check_parameters(self)
        check_seed(self.random_state)

    def _fit(self, panel, X, y, series_id, static):
        prepared = prepare(self, panel)
        plan = prepared.plan
        check_lengths(panel, plan, self.differences)
        static = read_static(static, panel.ids, panel.form)
        covariates = list(map(join_covariates, panel.exog, static))
        model = self._learn(prepared, prepared.levels, covariates)
        self._calibrate(prepared, covariates, model)
        self._store(prepared, model)
        self._origin = vars(
            ForecastOrigin.from_series(
                panel, prepared.levels, covariates, static, model.decomposition, plan
            )
        )

    def _learn(self, prepared, levels, covariates):
        """Train a model on the first rows of the series, or on all of them."""
        plan, n_values = prepared.plan, levels[0].shape[1]
        n_channels = n_values + covariates[0].shape[1]
        with shapes_in_fit_errors(self.regressor, n_channels, n_values, plan):
            return learn(
                self.regressor,
                levels,
                covariates,
                prepared.seasonal,
                prepared.size,
                prepared.log,
                plan,
                self.random_state,
            )

    def _calibrate(self, prepared, covariates, model):
        """Set the calibration errors, those of a second model."""
        plan, levels = prepared.plan, prepared.levels
        lengths = [len(rows) for rows in levels]
        n_calibration = n_calibration_rows(self.calibration_fraction, self.regressor, lengths, plan)
        self.calibration_errors_ = None
        self._reason_without_calibration = reason_without_calibration(
            self.calibration_fraction, lengths
        )
        if any(n_calibration):
            first_rows = [
                [rows[: len(rows) - n] for rows, n in zip(series, n_calibration, strict=True)]
                for series in (levels, covariates)
            ]
            second_model = self._learn(prepared, *first_rows)
            with np.errstate(over="ignore", invalid="ignore"):  # an error of the predictions
                self.calibration_errors_ = calibration_errors(
                    second_model,
                    levels,
                    covariates,
                    n_calibration,
                    model.decomposition.unit,
                    has_exog=self.n_features_in_ > 0,
                )

    def _store(self, prepared, model):
        """Set the fitted attributes: arrays, numbers, text, and fitted estimators."""
        plan = prepared.plan
        self.regressor_ = model.regressor
        self._combination = vars(model.combination) if model.combination else None
        self.transformer_, self.log_ = prepared.transformer, prepared.log
        self.seasonal_, self.choices_ = prepared.seasonal, prepared.choices
        if self.regressor != "smoothing" and model.is_smoothing_only:
            self.choices_["regressor"] = "'smoothing': too few windows for a regressor"
            if self.n_features_in_:
                warn_user(
                    "y has fewer than 8 windows to train on, so that smoothing alone forecasts "
                    "and X has no effect. Give a longer series, or use combine=False.",
                )
        self.window_, self.horizon_ = plan.window, plan.horizon
        self.season_length_, self.level_ = plan.season_length, plan.level
        self.scale_, self.combine_ = plan.scale, plan.combine
        self._decomposition = vars(model.decomposition)
        self._covariate_scaling = model.covariate_scaling
        self._plan = vars(plan)

    @property
    def linear_(self):
        """The linear model; None without `combine`."""
        return self._combination["linear"] if self._combination else None

    @property
    def smoothing_(self):
        """Smoothing parameters by name, each of shape (N, S)."""
        return {name: self._decomposition[name] for name in ("alpha", "gamma", "unit")}

    @property
    def _model(self):
        """The fitted model, from the stored attributes."""
        return Model(
            self.regressor_,
            Combination(**self._combination) if self._combination else None,
            Decomposition(**self._decomposition),
            self._covariate_scaling,
            Plan(**self._plan),
        )

    def _update(self, panel, y, X, series_id, static):
        append_observations(self, panel, static)

    # Forecast

    def _predict(self, panel, X, series_id):
        origin = ForecastOrigin(**self._origin)
        indices = origin.indices(panel.ids)
        if origin.are_training_rows(indices, panel.indexes):
            # Not an error, as searches may score on the training rows.
            warn_user(
                "X has the times of the training rows, which are not stored. The forecasts "
                "returned are for the steps after them; a score on these rows is meaningless.",
            )
            gaps = [0] * len(indices)
        else:
            gaps = [origin.gap_before(*each) for each in zip(indices, panel.indexes, strict=True)]
        if any(gaps) and self.n_features_in_:
            warn_user(
                f"X begins {max(gaps)} step(s) after the next one to forecast; the exogenous "
                "variables in between are not known, and were taken as they were last.",
            )
        exog = [origin.fill_gap(*each) for each in zip(indices, gaps, panel.exog, strict=True)]
        forecasts = [None] * len(indices)
        for steps in {len(rows) for rows in exog}:  # series with equal lengths together
            group = [j for j, rows in enumerate(exog) if len(rows) == steps]
            group_indices = [indices[j] for j in group]
            paths = self._forecast_paths(group_indices, [exog[j] for j in group], steps)
            values = self._central_values(paths, group_indices)
            for j, rows in zip(group, values, strict=True):
                forecasts[j] = rows[gaps[j] :]
        return panel.in_form(self._flattened(forecasts))

    def _forecast(self, panel, steps, X, series_id):
        indices, paths = self._forecast_steps(panel, steps)
        return self._in_form_of_y(indices, self._central_values(paths, indices))

    def _predict_interval(self, panel, steps, X, coverage, series_id):
        indices, paths = self._forecast_steps(panel, steps)
        plan = Plan(**self._plan)
        if paths.shape[3] > 1:
            if steps > plan.horizon:
                raise ValueError(
                    f"steps={steps}, but predicted quantiles hold for the {plan.horizon} step(s) "
                    "that the regressor predicts at once. Use strategy='direct' with a horizon of "
                    "that many steps, or a loss without quantiles."
                )
            low, high = quantile_pair(plan.quantiles, coverage)
            bounds = paths[..., low], paths[..., high]
        else:
            check_calibrated(self.calibration_errors_, self._reason_without_calibration)
            # With exogenous variables a block may begin before the origin, see `Model`.
            last = max(steps, plan.horizon) if self.n_features_in_ else steps
            errors = half_widths(self.calibration_errors_, last, coverage)[last - steps :]
            errors = errors * self._decomposition["unit"][indices][:, np.newaxis]
            bounds = paths[..., 0] - errors, paths[..., 0] + errors
        bounds = [self._to_values(each, indices) for each in bounds]
        bounds = np.sort(bounds, axis=0)  # a decreasing transformer, such as 1/y, swaps them
        return tuple(self._in_form_of_y(indices, each) for each in bounds)

    def _forecast_steps(self, panel, steps):
        """Indices of the B series to forecast, and their paths (B, steps, S, Q)."""
        origin = ForecastOrigin(**self._origin)
        if panel is None:
            indices = list(range(len(origin.ids)))
            return indices, self._forecast_paths(
                indices, [np.empty((steps, 0))] * len(indices), steps
            )
        indices = origin.indices(panel.ids)
        for i, index in zip(indices, panel.indexes, strict=True):
            if origin.gap_before(i, index):
                raise ValueError(
                    f"X begins at {index[0]}, but the steps to forecast follow "
                    f"{origin.times[i]['last']}: give the rows in between, too, or use predict, "
                    "which forecasts through a gap."
                )
        return indices, self._forecast_paths(indices, panel.exog, steps)

    def _forecast_paths(self, indices, exog, steps):
        """Paths (B, steps, S, Q) of levels; `exog` are the exogenous variables at these steps.

        All forecasts are made and checked here.
        """
        model, origin = self._model, ForecastOrigin(**self._origin)
        names = series_names(self._form["form"], [origin.ids[i] for i in indices])
        # Without exogenous variables all blocks can be whole.
        n_ahead = steps if self.n_features_in_ else model.plan.whole_blocks(steps)
        covariates = np.stack(
            [
                origin.covariates_with_future(i, rows, n_ahead)
                for i, rows in zip(indices, exog, strict=True)
            ]
        )
        levels, components = origin.levels_and_components(indices)
        with np.errstate(over="ignore", invalid="ignore"):  # an error of the forecast
            paths = model.forecast_paths(levels, components, covariates, steps, indices, names)
            values = self._central_values(paths, indices)
        extremes = np.stack([origin.extremes[i] for i in indices])
        log, transformed = self.log_[indices], self.transformer_ is not None
        check_forecast(values, extremes, names, model.plan, log, transformed)
        return paths

    # Forms of forecasts

    def _to_values(self, levels, indices):
        """Levels (B, steps, S) -> values."""
        log = self.log_[indices][:, np.newaxis]
        return to_values(self.transformer_, levels, log, self._plan["dtype"])

    def _central_values(self, paths, indices):
        """Paths (B, steps, S, Q) of levels -> point forecasts (B, steps, S) of values."""
        return self._to_values(Plan(**self._plan).central(paths), indices)

    def _flattened(self, arrays):
        """Arrays (steps, S), or (steps,) if y was one-dimensional."""
        return [rows[:, 0] if self._form["flat"] else rows for rows in arrays]

    def _in_form_of_y(self, indices, values):
        """Values (B, steps, S) in the form of y."""
        arrays = self._flattened(values)
        if self._form["form"] == "one":
            return arrays[0]
        if self._form["form"] == "list":
            return arrays
        ids = self._origin["ids"]
        return {ids[i]: rows for i, rows in zip(indices, arrays, strict=True)}
