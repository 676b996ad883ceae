"""SequenceForecaster: forecasts of time series by a regressor on windows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._forecasting.appending import append_observations
from ._forecasting.base import BaseForecaster
from ._forecasting.calibration import Errors
from ._forecasting.combination import Combination
from ._forecasting.decomposition import Decomposition
from ._forecasting.exog_future import exog_after_gaps
from ._forecasting.fine_tuning import fine_tune
from ._forecasting.fitting import fit_to_panel
from ._forecasting.forecast_checks import check_bounds, check_forecast
from ._forecasting.forecaster_parameters import check_parameters
from ._forecasting.forms import series_names
from ._forecasting.later_times import last_time
from ._forecasting.model import Model
from ._forecasting.next_steps import NextSteps
from ._forecasting.origin import ForecastOrigin
from ._forecasting.plan import Plan
from ._forecasting.uncertainty import Uncertainty
from ._forecasting.values import to_values
from ._typing import Array, Arrays, HasParams, Predictions, RandomState
from ._validation.random_state import check_seed
from .core.user_warnings import warn_user


class SequenceForecaster(BaseForecaster):
    """Forecast time series with a regressor on windows of their past values.

    Rows are time points, the oldest first. All preprocessing, such as scaling, is fitted in `fit`
    on its rows only, so that a search with ``cv=TimeSeriesSplit()`` does not leak.

    Parameters
    ----------
    regressor : estimator, "smoothing" or None, default=None
        Predicts the next values from a window. Any regressor of sequences; a clone is fitted.
        Windows have shape (n, window) for one series without exogenous variables, else (n, window,
        channels). None is an ``LSTMRegressor(loss="absolute_error")`` whose number of epochs, batch
        size and penalty depend on the number of windows. "smoothing" forecasts by exponential
        smoothing only, a fast statistical method without exogenous variables. With
        ``early_stopping=True`` the last `validation_fraction` of the rows is used for validation,
        and is not part of the training targets.
    window : int or "auto", default="auto"
        Number of time points that the regressor reads, T. "auto" is two seasons, at least 12 and
        at most 48, or `horizon` if that is longer and there are exogenous variables, and at most
        half of the longest series. Unless `level` is None, windows that begin before the first
        time point are padded with the level.
    strategy : {"recursive", "direct"}, default="recursive"
        "recursive": the regressor predicts one step, and reads its own predictions for later
        steps. "direct": it predicts `horizon` steps at once; longer forecasts are made in blocks of
        `horizon` steps.
    horizon : int or "auto", default="auto"
        Number of steps that the regressor predicts at once; only for "direct". "auto" is two
        seasons, at least 8 and at most 48, and at most a third of the median length of the series.
    season_length : int, "auto" or None, default="auto"
        Number of time points after which the season repeats; None or 1 for no season. "auto" tests
        the lengths suggested by a pandas index (12 for months), or else common ones (4, 7, 12, 24,
        ...), and chooses the one with the smallest smoothing error. Series without a significant
        autocorrelation at that lag are not adjusted. An integer is not tested, and is used for all
        series longer than two seasons.
    level : {"auto", "smoothed", "last", None}, default="auto"
        The level that is subtracted from windows and targets. "smoothed": level and season by
        exponential smoothing; its parameters minimise the error one to four steps ahead. "last":
        the last value, with a fixed season. None: no level and no season; each series is
        standardised as a whole. "auto" is "smoothed", or None with `differences`.
    trend : {"drift", "damped", "theta"}, default="drift"
        Extrapolation of the level. "drift": by half its mean change so far. "damped": by a damped
        trend, if it decreases the smoothing error. "theta": by half or all of its mean change,
        whichever has the smaller error; series forecast as logarithms are extrapolated with linear
        instead of exponential growth.
    scale : {"auto", "common", "series", "window"} or bool, default="auto"
        The unit by which windows are divided. "series": the smoothing error of each series.
        "common": the mean of this error over all series, relative to their sizes (1 for
        logarithms). "window": the standard deviation of the window, plus a share of the error.
        False: no scaling. If `level` is None, True standardises each series. True is "series";
        "auto" is "common", or True if `level` is None. Exogenous variables are standardised unless
        it is False.
    combine : bool or "auto", default="auto"
        Whether to forecast the median of three predictions: of the regressor, of a ridge regression
        on the same windows, and of smoothing. Columns of X that are 0 or 1, such as holidays, add
        their mean effect to smoothing. The first two are clipped to the range of the
        training targets. For long series, with 20 windows for each value of a window, it is the
        mean of the first two. "auto" is True if `regressor` is None. With fewer than 8 windows
        the forecast is that of smoothing; without `regressor` and exogenous variables also with
        fewer than 2 for each value of a window.
    differences : {0, 1, 2} or tuple of int, default=0
        Number of times that the series is differenced, or the lags of the differences, one after
        the other: ``(12, 1)`` is the change, from month to month, of the change over a year.
        Forecasts are integrated.
    transformer : transformer, "auto", "log" or None, default="auto"
        Transformation of y, inverted in forecasts, such as
        ``FunctionTransformer(np.sqrt, np.square)``. It is fitted on values of shape (n, S), the
        rows of all series. Beyond the values of `fit` its inverse is used as far as it is defined
        and monotone: with square roots, negative roots are the value 0. "auto" takes logarithms of
        each positive series for which they make the smoothing errors more likely.
    exog_transformer : transformer or None, default=None
        Transformation of X, such as ``CalendarFeatures()`` or a ``ColumnTransformer``. A clone is
        fitted on the rows of all series in `fit`, without y, and applied to X in all methods. None
        encodes columns of pandas' category dtype as one-hot columns; all others must be numbers.
    past_columns : list of str or int, or None, default=None
        Names or positions of columns of X that are known only up to the last observation, such as
        measurements. Must be numbers, which `exog_transformer` is not given. They need not be in
        the X of forecasts, where they are not read. Only for ``strategy="direct"``, and forecasts
        of at most `horizon` steps.
    missing : {"error", "mask"}, default="error"
        Whether NaN in y and X is an error, or a missing value; see *Missing values* in the Notes.
    calibration_fraction : float in (0, 1) or None, default=0.2
        Fraction of the rows, the last ones, on which the errors for `predict_interval` are
        measured. They are those of a second regressor, trained on the rows before; forecasts are
        made by one trained on all rows. None saves the time of the second one, for instance in a
        search; `calibrate` does without it. With None, intervals of a regressor that predicts
        quantiles or a distribution are its predicted quantiles.
    random_state : int, RandomState or None, default=None
        Seed of the regressor, if its own is None.
    verbose : int, default=0
        0 is silent. 1 prints which network is trained, on how many windows, its progress in one
        line that is rewritten in a terminal or notebook, and how long it took. 2 or more prints a
        line for every epoch.

    Attributes
    ----------
    regressor_ : estimator
        The fitted regressor.
    linear_ : Ridge or None
        The fitted linear model, with `combine`. With columns of X that are 0 or 1, its targets are
        relative to their mean effects.
    choices_ : dict of str
        The choice for each parameter that is "auto", and its reason.
    window_ : int
        The parameter `window`, with "auto" replaced.
    horizon_ : int
        The parameter `horizon`, with "auto" replaced.
    season_length_ : int
        The parameter `season_length`, with "auto" replaced.
    level_ : str or None
        The parameter `level`, with "auto" replaced.
    scale_ : str or bool
        The parameter `scale`, with "auto" replaced.
    combine_ : bool
        The parameter `combine`, with "auto" replaced.
    seasonal_ : ndarray of shape (N, S) of bool
        Whether each of the N series has a season.
    log_ : ndarray of shape (N, S) of bool
        Whether each of the N series is forecast as a logarithm.
    smoothing_ : dict of ndarray of shape (N, S)
        The smoothing parameters "alpha" of the level and "gamma" of the season, and the "unit"
        by which windows are divided.
    transformer_ : transformer or None
        The fitted transformer.
    exog_transformer_ : transformer or None
        The fitted transformer of X, or the one that encodes its categories.
    calibration_errors_ : ndarray of shape (steps, m, S) or None
        Errors y - forecast of m forecasts by steps ahead, divided by the unit of each series. NaN
        for steps after the last row. None without calibration, or if all series are too short.
    n_features_in_ : int
        Number of columns of X, k.
    feature_names_in_ : ndarray of str
        Names of the columns of X, if they are strings.

    See Also
    --------
    LSTMRegressor : The default regressor.
    VotingForecaster : The mean or median of several forecasters.
    backtest : Forecasts from several times of the past, in a table.
    sklstm.preprocessing.sliding_windows : Windows of a series, as arrays.

    Notes
    -----
    *Smoothing* is additive exponential smoothing of level and season in error-correction form. The
    drift is half the mean change of the level, as in the Theta method [3]_. The regressor learns
    the residuals, as in the winning method of the M4 competition [4]_; there, smoothing and network
    are trained together.

    *Exogenous variables* must be known in the future, as calendar features are. They enter
    `horizon` steps ahead: the step of a window with the value at time t has the exogenous variables
    at t + `horizon`, so that the last step of the window has those of the last step to forecast. A
    window shorter than `horizon` does not read those of the first steps, which is a warning. If X
    ends within a block of `horizon` steps, the block begins earlier. It may begin before the last
    observations, which the forecast then does not use. Variables that are known only up to the last
    observation are `past_columns`, which enter windows at their own time.

    *Calendar features* need no X:
    ``SequenceForecaster(exog_transformer=CalendarFeatures()).fit(None, y)`` reads the index of y,
    and ``forecast(14)`` computes them for the next 14 times. A transformer is given X as a
    DataFrame if it is one, with these times as its index; arrays are passed as they are.

    *Losses of counts*, such as ``LSTMRegressor(loss="poisson")``, do not accept deviations from a
    level. With such a loss "auto" is ``level=None`` and no logarithms, windows are standardised,
    and targets are the values of each series divided by their mean, or the values themselves if the
    loss accepts only whole numbers.

    *Several series observed together* are the columns of y; a single network reads and predicts all
    of them. *A global model* is a single network for series that are observed separately and may
    differ in length: y is a list of series, or the rows of all series with `series_id`. Each series
    is scaled separately. `static` features are repeated at every step. Forecasts have the form of
    y: a list for a list; for rows with ids, `forecast` returns a dict by id.

    *Intervals* are split-conformal [1]_ [2]_: the forecast plus and minus the k-th smallest of m
    absolute calibration errors, k = ceil((m + 1) * coverage), for each step ahead separately.
    Errors of time series are not exchangeable, so the coverage is approximate. It is conservative
    if the forecasts, of a regressor trained on all rows, are better than those used for
    calibration. Steps with too few errors borrow those of the steps before. Bounds end where the
    targets of the regressor's loss end. After `update`, the errors of forecasts of the new rows
    join them, and of each series and step the last 50 are used, or more if the coverage needs more:
    the width of the intervals follows errors that grow and shrink.

    *Predicted quantiles*: with a loss of several quantiles, such as ``Quantile([0.05, 0.5, 0.95])``
    for a coverage of 0.9, and in direct forecasts with a loss that is a distribution, such as
    ``LSTMRegressor(loss="gaussian")``, the bounds are predicted quantiles. The calibration errors
    move both outwards by the k-th smallest max(lower - y, y - upper), which may be negative
    (conformalized quantile regression [5]_, equations 5 to 8). The forecast is the central
    quantile, or the mean of the distribution. Use ``strategy="direct"``, as quantiles are valid for
    the `horizon` steps predicted at once. Recursive forecasts of a distribution have the intervals
    of errors, or without calibration the quantiles of sample paths, which read the draws of earlier
    steps [6]_. Poisson's distribution is that of counts and needs ``scale=False``. Distributions
    are not used with `combine`.

    *Times* are those of a pandas index of X or y: dates with or without a zone, also as
    ``datetime.date``, Arrow timestamps or text in ISO 8601; periods, durations, and numbers such as
    row numbers or years. Other text that looks like times is an error, which says how to convert
    it; other labels are ignored. Times must be sorted, and have the same kind and step in all
    calls; missing ones are an error after `fit`. If the rows to forecast begin after a gap, as with
    ``TimeSeriesSplit(gap=...)``, the steps of the gap are forecast, too. The step may be any offset
    of pandas. Those with arguments are read from the index's `freq`, for example business days with
    ``y = y.asfreq(pd.offsets.CustomBusinessDay(holidays=...))``. Times with varying steps, such as
    business days without holidays whose index has no `freq`, are a warning in `fit`: each row is
    taken as one step, and only gaps of more than twice the longest step are errors. Fill holes in y
    by ``y.asfreq("B")`` and ``missing="mask"``, or pass ``y.to_numpy()`` if no row is missing. If
    scikit-learn requires an X and there are no exogenous variables,
    ``X = pd.DataFrame(index=y.index)`` has the times. Rows of ``X = np.empty((len(y), 0))`` have
    none and follow each other, as do arrays that a transformer in a pipeline returns, unless it has
    ``set_output(transform="pandas")``; `score` then uses the times of y, but a scorer does not.
    Methods that draw rows at random, such as ``KFold`` or bagging, are not meaningful for time
    series. Forecasts for the rows of `fit`, as in searches with ``return_train_score=True``, are
    those of the steps after them. Of each series at most the last 400 rows are stored in addition
    to those that a forecast reads, fewer of many series.

    *Callbacks* (``set_callbacks``) are told of the tasks "forecast", the training on all rows, and
    "calibration", that on the first rows. Those that are passed on, such as `callbacks.CSVLogger`
    and scikit-learn's ``ProgressBar``, are also told of the epochs. Set others, such as
    ``ScoringMonitor``, on the regressor.

    *Missing values*, with ``missing="mask"``, are NaN, pd.NA and None. Smoothing treats those
    between two known values of y as interpolated, and goes on unchanged after the last known one.
    Windows whose targets are all missing are left out. If the regressor predicts several values at
    once, missing ones among them are interpolated. In windows, values that are missing are
    interpolated between those known at the end of the window; after these they are the level plus
    the season (if `level` is None: the last value, with `differences` the mean change). If y has
    missing values in `fit`, an `LSTMRegressor` gets one more channel for each column with some,
    which is 1 where they are missing; other regressors get only the values. A missing value of X is
    the last known one, at the beginning the mean, and each column with some in `fit` gets such a
    channel. Values that are missing first in `update` or in a forecast are filled without it.
    Calibration errors and `score` are those of known values; scikit-learn's scorers do not accept
    NaN.

    *Other regressors* than those of sequences accept the windows (n, window) of one series. Flatten
    windows with channels first:
    ``make_pipeline(FunctionTransformer(lambda X: X.reshape(len(X), -1)), Ridge())``. Early stopping
    on the last rows requires a regressor outside a pipeline. With `series_id`, searches need
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
    .. [5] Y. Romano, E. Patterson, E.J. Candès. "Conformalized quantile regression." NeurIPS 2019.
    .. [6] D. Salinas et al. "DeepAR: probabilistic forecasting with autoregressive recurrent
       networks." International Journal of Forecasting 36, 2020.

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
    >>> model.forecast_quantiles(20, quantiles=[0.1, 0.5, 0.9]).shape
    (20, 3)
    >>> model.sample_paths(20, n_paths=100, random_state=0).shape
    (100, 20)
    >>> forecast = model.update(y[180:190]).forecast(10)
    >>> bool(np.abs(forecast - y[190:]).max() < 2)
    True
    """

    regressor_: Any
    choices_: dict[str, str]
    window_: int
    horizon_: int
    season_length_: int | Any  # or None, as the others with Any
    level_: str | Any
    scale_: bool | str
    combine_: bool
    seasonal_: Array
    log_: Array
    transformer_: Any
    exog_transformer_: Any

    def __init__(
        self,
        regressor: HasParams | str | None = None,
        *,
        window: int | str = "auto",
        strategy: str = "recursive",
        horizon: int | str = "auto",
        season_length: int | str | None = "auto",
        level: str | None = "auto",
        trend: str = "drift",
        scale: bool | str = "auto",
        combine: bool | str = "auto",
        differences: int | Sequence[int] = 0,
        transformer: HasParams | str | None = "auto",
        exog_transformer: HasParams | None = None,
        past_columns: Sequence[str | int] | None = None,
        missing: str = "error",
        calibration_fraction: float | None = 0.2,
        random_state: RandomState = None,
        verbose: int = 0,
    ) -> None:
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
        self.exog_transformer = exog_transformer
        self.past_columns = past_columns
        self.missing = missing
        self.calibration_fraction = calibration_fraction
        self.random_state = random_state
        self.verbose = verbose

    _encodes_exog = True

    # Fit

    def _check_parameters(self):
        check_parameters(self)
        check_seed(self.random_state)

    def _fit(self, panel, X, y, series_id, static, training):
        fit_to_panel(self, panel, static, training)

    @property
    def linear_(self) -> Any:
        """The linear model; None without `combine`."""
        return self._combination["linear"] if self._combination else None

    @property
    def smoothing_(self) -> Arrays:
        """Smoothing parameters by name, each of shape (N, S)."""
        return {name: self._decomposition[name] for name in ("alpha", "gamma", "unit")}

    @property
    def calibration_errors_(self) -> Predictions:
        """Errors of forecasts on the calibration rows, (steps, m, S); None without calibration."""
        return self._calibration["central"] if self._calibration else None

    @property
    def _uncertainty(self):
        """What is known about its errors, from the stored attributes."""
        errors = Errors(**self._calibration) if self._calibration else None
        fraction, reason = self._fraction, self._reason_without_calibration
        return Uncertainty(self._model, ForecastOrigin(**self._origin), errors, fraction, reason)

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

    def _update(self, panel, y, X, series_id, static, train):
        append_observations(self, panel, static)
        if train:
            fine_tune(self, train)

    def _calibrate_after_fit(self, panel, y, X, series_id):
        ForecastOrigin(**self._origin).indices(panel.ids)  # an error for new series
        append_observations(self, panel, None)
        self._store_errors(self._uncertainty.errors_of_later_rows())

    def _store_errors(self, errors):
        """Set errors measured on all rows observed so far.

        Before the model is changed: ``self._store_errors(self._uncertainty.all_errors())``.
        """
        self._calibration, self._fraction = vars(errors) if errors else None, None
        self._origin = self._origin | {"n_new": [0] * len(self._origin["ids"])}

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
        exog = exog_after_gaps(self, origin, indices, gaps, panel.exog)
        forecasts = [None] * len(indices)
        for steps in {len(rows) for rows in exog}:  # series with equal lengths together
            group = [j for j, rows in enumerate(exog) if len(rows) == steps]
            group_indices = [indices[j] for j in group]
            ahead = self._next_steps(group_indices, [exog[j] for j in group], steps)
            values = self._central_values(self._forecast_paths(ahead), group_indices)
            for j, rows in zip(group, values, strict=True):
                forecasts[j] = rows[gaps[j] :]
        return panel.in_form(self._flattened(forecasts))

    def _forecast(self, panel, steps, X, series_id, coverages):
        ahead = self._steps_to_forecast(panel, steps)
        paths = self._forecast_paths(ahead)
        values = [self._central_values(paths, ahead.indices)]
        if coverages:
            for bounds in self._uncertainty.intervals(ahead, paths, coverages):
                # A decreasing transformer, such as 1/y, swaps them.
                values.extend(np.sort(self._possible_values(bounds, ahead), axis=0))
        return self._by_id(np.stack(values, axis=-1), ahead)

    def _forecast_quantiles(self, panel, steps, X, series_id, quantiles):
        ahead = self._steps_to_forecast(panel, steps)
        levels = np.array(quantiles)
        if self.transformer_ is not None:  # it may be decreasing, and exchange q and 1 - q
            levels = np.concatenate([levels, 1 - levels])
        levels, which = np.unique(levels.round(12), return_inverse=True)
        found = self._uncertainty.quantiles(ahead, self._forecast_paths(ahead), levels)
        values = np.sort(self._possible_values(np.moveaxis(found, -1, 0), ahead), axis=0)
        return self._by_id(np.moveaxis(values[which[: len(quantiles)]], 0, -1), ahead)

    def _sample_paths(self, panel, steps, X, series_id, n_paths, random_state):
        ahead = self._steps_to_forecast(panel, steps)
        paths = self._forecast_paths(ahead)
        found = self._uncertainty.sample_paths(ahead, paths, n_paths, random_state)
        values = self._possible_values(np.moveaxis(found, 1, 0), ahead)
        return self._by_id(np.moveaxis(values, 0, 1), ahead)

    def _possible_values(self, levels, ahead):
        """Levels (K, B, steps, S) of bounds or paths -> values, within what the loss accepts."""
        plan = Plan(**self._plan)
        if plan.domain is not None:
            size = self._decomposition["size"][ahead.indices][:, np.newaxis]
            levels = np.clip(levels, *(limit * size for limit in plan.domain))
        values = self._to_values(levels, ahead.indices)
        check_bounds(values, ahead.names, self.transformer_ is not None)
        return values

    def _steps_to_forecast(self, panel, steps):
        """The next steps of the series of the panel, which has their exogenous variables."""
        origin = ForecastOrigin(**self._origin)
        if panel is None:
            indices = list(range(len(origin.ids)))
            return self._next_steps(indices, [np.empty((steps, 0))] * len(indices), steps)
        indices = origin.indices(panel.ids)
        for i, index in zip(indices, panel.indexes, strict=True):
            if origin.gap_before(i, index):
                raise ValueError(
                    f"X begins at {index[0]}, but the steps to forecast follow "
                    f"{last_time(origin.times[i])}: give the rows in between, too, or use predict, "
                    "which forecasts through a gap."
                )
        return self._next_steps(indices, panel.exog, steps)

    def _next_steps(self, indices, exog, steps):
        """The next steps of some series, with the exogenous variables at them."""
        origin, names = ForecastOrigin(**self._origin), self._names(indices)
        return NextSteps.from_origin(self._model, origin, indices, names, exog, steps)

    def _forecast_paths(self, ahead):
        """Paths (B, steps, S, Q) of levels. All forecasts are made and checked here."""
        with np.errstate(over="ignore", invalid="ignore"):  # an error in check_forecast
            paths = ahead.paths()
            values = self._central_values(paths, ahead.indices)
        extremes = np.stack([self._origin["extremes"][i] for i in ahead.indices])
        log, transformed = self.log_[ahead.indices], self.transformer_ is not None
        check_forecast(values, extremes, ahead.names, ahead.model.plan, log, transformed)
        return paths

    def _by_id(self, arrays, ahead):
        """Arrays of the series by their ids."""
        ids = self._origin["ids"]
        return {ids[i]: rows for i, rows in zip(ahead.indices, arrays, strict=True)}

    def _names(self, indices):
        """Names of the series in messages."""
        return series_names(self._form["form"], [self._origin["ids"][i] for i in indices])

    def _summaries_of_times(self):
        return dict(zip(self._origin["ids"], self._origin["times"], strict=True))

    def _last_values(self, n_rows):
        origin = ForecastOrigin(**self._origin)
        last = [rows[max(0, len(rows) - n_rows) :] for rows in origin.levels]
        values = [self._to_values(rows[np.newaxis], [i])[0] for i, rows in enumerate(last)]
        return dict(zip(origin.ids, values, strict=True))

    def _limits(self):
        """Lowest and highest values (2, S) that the loss and logarithms allow, by id."""
        origin, plan = ForecastOrigin(**self._origin), Plan(**self._plan)
        limits = np.multiply.outer([-np.inf, np.inf], np.ones(self.log_.shape))
        if self.transformer_ is None:
            if plan.domain is not None:
                limits = np.multiply.outer(plan.domain, self._decomposition["size"])
            limits = to_values(None, limits, self.log_, limits.dtype)
        return {series_id: limits[:, i] for i, series_id in enumerate(origin.ids)}

    # Forms of forecasts

    def _to_values(self, levels, indices):
        """Levels (..., B, steps, S) -> values."""
        log = self.log_[indices][:, np.newaxis]
        return to_values(self.transformer_, levels, log, self._plan["dtype"], self._known_levels)

    def _central_values(self, paths, indices):
        """Paths (B, steps, S, Q) of levels -> point forecasts (B, steps, S) of values."""
        return self._to_values(Plan(**self._plan).central(paths), indices)

    def _flattened(self, arrays):
        """Arrays (steps, S), or (steps,) if y was one-dimensional."""
        return [rows[:, 0] if self._form["flat"] else rows for rows in arrays]
