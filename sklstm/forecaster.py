"""SequenceForecaster: time series -> their future."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from ._estimators.all_or_nothing import unchanged_on_error
from ._forecasting.appending import append
from ._forecasting.calibrated import check_calibrated, reason_against
from ._forecasting.combination import Companions, SmoothingAlone
from ._forecasting.decomposition import Decomposition
from ._forecasting.ends import Ends
from ._forecasting.forecaster_parameters import check_lengths, check_parameters, n_calibration_rows
from ._forecasting.forms import series_names
from ._forecasting.future import read_rows, read_steps
from ._forecasting.intervals import calibration_errors, half_widths, quantile_pair
from ._forecasting.model import Model, Plan, learn
from ._forecasting.panel import read_series
from ._forecasting.plausible import check_forecast
from ._forecasting.preparation import prepare
from ._forecasting.regressors import fit_errors, watched
from ._forecasting.scoring import r2
from ._forecasting.static import known_rows, read_static
from ._forecasting.values import to_values
from ._validation.random_state import check_seed
from .core.checks import check_number
from .core.user_warnings import warn_user


class SequenceForecaster(RegressorMixin, BaseEstimator):
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

    # Fit: read, train, calibrate

    def fit(self, X, y, *, series_id=None, static=None):
        """Train the regressor on the windows of the series.

        Parameters
        ----------
        X : array-like of shape (n_times, k), list of such, or None
            Exogenous variables, at the times of y.
        y : array-like of shape (n_times,) or (n_times, S), or list of such
            One series, S that are observed together, or a list of series observed apart. A list of
            equally long lists could be either, and is an error: pass an array, or a list of arrays.
        series_id : array-like of shape (n_times,), default=None
            Which series a row of X and y belongs to. Each series' rows are in the order of time;
            they may be one series below the other, or all series time by time.
        static : array-like of shape (N, m), default=None
            Features of each series, in the order of the list; or with `series_id` a DataFrame
            whose index has the ids, or rows in the sorted order of these.

        Returns
        -------
        self : SequenceForecaster
            The fitted forecaster.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not valid: fewer than three time points, with
            ``level=None`` fewer than window plus horizon, NaN, an index that is not sorted. The
            forecaster is then as it was before.
        """
        with unchanged_on_error(self):
            self._fit(X, y, series_id, static)
        return self

    def _fit(self, X, y, series_id, static):
        check_parameters(self)
        check_seed(self.random_state)
        panel = read_series(self, X, y, series_id, "fit")
        prepared = prepare(self, panel)
        plan = prepared.plan
        check_lengths(panel, plan, self.differences)
        static = read_static(static, panel.ids, panel.form)
        known = list(map(known_rows, panel.exog, static))
        model = self._learn(prepared, prepared.levels, known)
        self._calibrate(prepared, known, model)
        self._keep(prepared, model)
        ends = Ends.of(panel, prepared.levels, known, static, model.decomposition, plan)
        self._ends = vars(ends)

    def _learn(self, prepared, levels, known):
        plan, n_values = prepared.plan, levels[0].shape[1]
        n_channels = n_values + known[0].shape[1]
        with fit_errors(self.regressor, n_channels, plan, n_values):
            return learn(
                self.regressor,
                levels,
                known,
                prepared.seasonal,
                prepared.size,
                prepared.log,
                plan,
                self.random_state,
            )

    def _calibrate(self, prepared, known, model):
        plan, levels = prepared.plan, prepared.levels
        lengths = [len(rows) for rows in levels]
        tails = n_calibration_rows(self.calibration_fraction, self.regressor, lengths, plan)
        self.calibration_errors_ = None
        self._uncalibrated = reason_against(self.calibration_fraction, lengths)
        if any(tails):
            heads = [
                [rows[: len(rows) - n] for rows, n in zip(series, tails, strict=True)]
                for series in (levels, known)
            ]
            head_model = watched(self._learn(prepared, *heads), "the calibration rows")
            unit = model.decomposition.unit
            with np.errstate(over="ignore", invalid="ignore"):  # said by `watched`, in words
                self.calibration_errors_ = calibration_errors(
                    head_model, levels, known, tails, unit, self.n_features_in_ > 0
                )

    def _keep(self, prepared, model):
        """Store the fitted attributes: plain arrays, numbers and text, and fitted estimators."""
        plan = prepared.plan
        self.regressor_ = model.regressor
        self._companions = vars(model.companions) if model.companions else None
        self.transformer_, self.log_ = prepared.transformer, prepared.log
        self.seasonal_, self.choices_ = prepared.seasonal, prepared.choices
        if self.regressor != "smoothing" and isinstance(model.regressor, SmoothingAlone):
            self.choices_["regressor"] = "'smoothing': too few windows to learn more from"
            if self.n_features_in_:
                warn_user(
                    "y has fewer than 8 windows to learn from, so that smoothing alone forecasts "
                    "and X has no effect. Give a longer series, or use combine=False.",
                )
        self.window_, self.horizon_ = plan.window, plan.horizon
        self.season_length_, self.level_ = plan.season_length, plan.level
        self.scale_, self.combine_ = plan.scale, plan.combine
        self._decomposition, self._known_scaling = vars(model.decomposition), model.known_scaling
        self._plan = vars(plan)

    @property
    def linear_(self):
        """The linear model, None without one."""
        return self._companions["linear"] if self._companions else None

    @property
    def smoothing_(self):
        """Smoothing parameters by name, each (N, S)."""
        return {name: self._decomposition[name] for name in ("alpha", "gamma", "unit")}

    @property
    def _model(self):
        """The model as it was learned, from the attributes that are kept."""
        return Model(
            self.regressor_,
            Companions(**self._companions) if self._companions else None,
            Decomposition(**self._decomposition),
            self._known_scaling,
            Plan(**self._plan),
        )

    # Observations after those of fit

    def update(self, y, X=None, *, series_id=None, static=None):
        """Append observations, without training.

        Forecasts begin after them from then on. What was learned stays, scaling and intervals
        included.

        Parameters
        ----------
        y : array-like of shape (n_times,) or (n_times, S), or list of such
            The next values, in the form of `fit`.
        X : array-like of shape (n_times, k), or list of such, default=None
            Their exogenous variables.
        series_id : array-like of shape (n_times,), default=None
            Which series a row belongs to, if `fit` had it. Not all need have new rows. An id that
            is new begins a series, with at least as many rows as a forecast needs to begin from;
            its own scale is that of these rows.
        static : array-like of shape (M, m), default=None
            Features of the M series that are new, if `fit` had some: a DataFrame whose index has
            their ids, or rows in the sorted order of these.

        Returns
        -------
        self : SequenceForecaster
            The same forecaster.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If not fitted, if the data is not valid, or if its times do not follow those known.
        """
        check_is_fitted(self)
        with unchanged_on_error(self):
            append(self, read_series(self, X, y, series_id, "update"), static)
        return self

    # Forecast

    def predict(self, X, *, series_id=None):
        """Forecast as many steps as X has rows.

        Parameters
        ----------
        X : array-like of shape (n_steps, k), or list of such
            Exogenous variables at the steps right after the last observation; (n_steps, 0)
            without any. If X has a pandas index that says that its rows begin later, the forecast
            runs through the steps in between, with the last exogenous row known.
        series_id : array-like of shape (n_steps,), default=None
            Which series a row belongs to, if `fit` had it.

        Returns
        -------
        ndarray of shape (n_steps,) or (n_steps, S), or list of such
            The forecast of each row, in the form of y.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If not fitted, X is not valid, or the forecast is not finite.

        Warns
        -----
        UserWarning
            If exogenous variables are not known in a gap before X, X has the rows of `fit`, or the
            forecast is far from all values observed.
        """
        check_is_fitted(self)
        panel = read_rows(self, X, series_id)
        return panel.in_form(self._flattened(self._forecast_rows(panel)))

    def forecast(self, steps, X=None, *, series_id=None):
        """Forecast a number of steps right after the last observation.

        Parameters
        ----------
        steps : int
            How many.
        X : array-like of shape (steps, k), or list of such, default=None
            Exogenous variables at these steps, needed if `fit` had some.
        series_id : array-like, default=None
            Which series a row of X belongs to, if `fit` had it.

        Returns
        -------
        ndarray of shape (steps,) or (steps, S), or list or dict of such
            The forecast in the form of y: a list for a list, a dict by id for rows with ids.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If not fitted, if `steps` is not an integer >= 1, X is missing or has not as many rows
            as `steps`, or the forecast is not finite.

        Warns
        -----
        UserWarning
            If the forecast is more than 1000 times the range of all values observed away from them.
        """
        members, paths = self._paths(steps, X, series_id)
        return self._by_series(members, self._central_values(paths, members))

    def predict_interval(self, steps, X=None, coverage=0.9, *, series_id=None):
        """Bounds between which each step will be with a given probability.

        Parameters
        ----------
        steps : int
            How many steps to forecast.
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
            As in `forecast`; and if there are no calibration errors, too few of them for this
            coverage or so many steps, or no quantiles for it.
        """
        check_is_fitted(self)
        coverage = check_number(coverage, "coverage", "(0, 1)")
        members, paths = self._paths(steps, X, series_id)
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
            check_calibrated(self.calibration_errors_, self._uncalibrated)
            last = self._reach(steps)
            errors = half_widths(self.calibration_errors_, last, coverage)[last - steps :]
            errors = errors * self._decomposition["unit"][members][:, np.newaxis]
            bounds = paths[..., 0] - errors, paths[..., 0] + errors
        bounds = np.sort(
            [self._to_values(b, members) for b in bounds], axis=0
        )  # 1/y turns them round
        return tuple(self._by_series(members, b) for b in bounds)

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
        return r2(panel, panel.in_form(self._forecast_rows(panel)), sample_weight)

    # From what is known to paths

    def _forecast_rows(self, panel):
        """Forecast each of the panel's rows; a list of arrays, one a series."""
        ends = Ends(**self._ends)
        members = ends.places(panel.ids)
        gaps = [0] * len(members)
        if ends.are_known(members, panel.indexes):
            # Searches score on these, too, so it is no error.
            warn_user(
                "These are the rows of fit, which is not kept: what they get are forecasts of the "
                "steps after them, and a score on them means nothing.",
            )
        else:
            gaps = [ends.gap(*each) for each in zip(members, panel.indexes, strict=True)]
        if any(gaps) and self.n_features_in_:
            warn_user(
                f"X begins {max(gaps)} step(s) after the next one to forecast; the exogenous "
                "variables in between are not known, and were taken as they were last.",
            )
        exog = [ends.filled(*each) for each in zip(members, gaps, panel.exog, strict=True)]
        forecasts = [None] * len(members)
        for steps in {len(rows) for rows in exog}:  # those of equal length side by side
            group = [j for j, rows in enumerate(exog) if len(rows) == steps]
            whose = [members[j] for j in group]
            paths = self._extend(whose, [exog[j] for j in group], steps)
            for j, rows in zip(group, self._central_values(paths, whose), strict=True):
                forecasts[j] = rows[gaps[j] :]
        return forecasts

    def _paths(self, steps, X, series_id):
        """The series to forecast, and their paths (B, steps, S, Q)."""
        check_is_fitted(self)
        panel = read_steps(self, steps, X, series_id)
        if panel is None:
            members = list(range(len(self._ends["ids"])))
            return members, self._extend(members, [np.empty((steps, 0))] * len(members), steps)
        ends = Ends(**self._ends)
        members = ends.places(panel.ids)
        for i, index in zip(members, panel.indexes, strict=True):
            if ends.gap(i, index):
                raise ValueError(
                    f"X begins at {index[0]}, but the steps to forecast follow "
                    f"{ends.clocks[i]['last']}: give the rows in between, too. (predict runs "
                    "through a gap.)"
                )
        return members, self._extend(members, panel.exog, steps)

    def _extend(self, members, exog, steps):
        """Paths (B, steps, S, Q) of levels; exogenous rows are known for exactly these steps.

        All forecasts come from here, and are checked here.
        """
        model, ends = self._model, Ends(**self._ends)
        names = series_names(self._form["form"], [ends.ids[i] for i in members])
        ahead = steps
        if not self.n_features_in_:  # nothing to know: whole blocks
            ahead = model.plan.whole_blocks(steps)
        known = [ends.going_on(i, rows, ahead) for i, rows in zip(members, exog, strict=True)]
        with np.errstate(over="ignore", invalid="ignore"):  # said below, in words
            paths = watched(model, names).extend(
                *ends.pasts(members), np.stack(known), steps, members
            )
            values = self._central_values(paths, members)
        extremes = np.stack([ends.extremes[i] for i in members])
        log, transformed = self.log_[members], self.transformer_ is not None
        check_forecast(values, extremes, names, model.plan, log, transformed)
        return paths

    def _reach(self, steps):
        """How far ahead the last step is forecast, where its block begins earlier: see `Model`."""
        return max(steps, self._plan["horizon"]) if self.n_features_in_ else steps

    def _to_values(self, levels, members):
        log = self.log_[members][:, np.newaxis]
        return to_values(self.transformer_, levels, log, self._plan["dtype"])

    def _central_values(self, paths, members):
        """The forecasts of paths (B, steps, S, Q), as values (B, steps, S)."""
        return self._to_values(Plan(**self._plan).central(paths), members)

    def _flattened(self, arrays):
        """Arrays (steps, S), without S where y had none."""
        return [rows[:, 0] if self._form["flat"] else rows for rows in arrays]

    def _by_series(self, members, values):
        """Arrays (B, steps, S) in the form of y."""
        arrays = self._flattened(values)
        if self._form["form"] == "one":
            return arrays[0]
        if self._form["form"] == "list":
            return arrays
        return {self._ends["ids"][i]: rows for i, rows in zip(members, arrays, strict=True)}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
