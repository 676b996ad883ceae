"""Base class of the forecasters: their common methods and the documentation of these."""

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from .._estimators.all_or_nothing import unchanged_on_error
from .._estimators.callbacks import TakesCallbacks, with_callbacks
from .._estimators.documentation_links import LinksDocumentation
from .._estimators.saved_state import KeepsLayout
from .._typing import Array, ArrayLike, BaseEstimator, Levels, Predictions, RandomState
from .._validation.random_state import check_seed
from ..core.checks import check_integer
from .coverages import check_coverages, check_quantiles, column_names
from .future import exog_or_times, read_forecast_arguments, read_predict_arguments
from .future_times import past_index
from .panel import read_new_data, read_training_data
from .progress import fit_task
from .results import arrays_in_form, forecast_in_form, table_in_form, times_ahead
from .row_weights import read_row_weights
from .scoring import r2
from .training import Training


class BaseForecaster(
    LinksDocumentation, KeepsLayout, TakesCallbacks, RegressorMixin, BaseEstimator, ABC
):
    """Validate the arguments of `fit`, `update`, `forecast`, `predict` and `score`.

    A subclass implements the abstract methods at the end of this class. They receive the data as a
    `Panel`, and X, y, series_id and static as passed by the user.
    """

    n_features_in_: int
    feature_names_in_: Array

    _LAYOUT = 3
    _encodes_exog = False  # whether X becomes numbers here, or in the members
    _members_encode_exog = False  # whether members accept another X than one of numbers
    _past_positions = ()  # of columns of X that are known only up to the last observation

    def fit(
        self,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        *,
        series_id: ArrayLike | None = None,
        static: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        init_model: Any = None,
    ) -> Self:
        """Fit the forecaster to one or more series.

        Parameters
        ----------
        X : array-like of shape (n_times, k), or list of such, default=None
            Exogenous variables, at the times of y. None if there are none.
        y : array-like of shape (n_times,) or (n_times, S), or list of such
            One series, S series observed together, or a list of series observed separately. A list
            of equally long lists is ambiguous and an error: pass an array, or a list of arrays.
            Must be passed, as the second argument or by its name.
        series_id : array-like of shape (n_times,), default=None
            The series to which each row of X and y belongs. The rows of each series are in the
            order of time; series may follow each other or alternate.
        static : array-like of shape (N, m), default=None
            Features of each series, in the order of the list; with `series_id` a DataFrame whose
            index has the ids, or rows in the sorted order of the ids.
        sample_weight : array-like of shape (n_times,), or list of such, default=None
            Weight of each row as a target, in the form of y: the weight of a window is the mean of
            those of the rows to predict. Only their proportions matter. A half-life of 90 rows is
            ``0.5 ** (np.arange(len(y))[::-1] / 90)``; rows of weight 0 are read in windows, but not
            learned. Smoothing, scaling and calibration errors do not use weights.
        init_model : forecaster, default=None
            A fitted forecaster, with whose weights the training of the network begins: for a short
            series one of many similar series. Windows and network must be the same. Parameters that
            are "auto" get its values. ``regressor=None`` is its network, trained for 20 epochs at a
            tenth of the initial learning rate; an `LSTMRegressor` has its own `max_iter` and
            `learning_rate`. Smoothing is fitted anew, and the linear model of `combine` is kept.
            Intervals may be too narrow if the other forecaster has seen these rows.

        Returns
        -------
        self : object
            Fitted forecaster.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not valid, for example if y has fewer than three time
            points, contains NaN without ``missing="mask"``, or has an index that is not sorted. The
            forecaster is then unchanged.
        KeyboardInterrupt
            If interrupted (Ctrl-C). The forecaster is then unchanged, too: a model that was trained
            for fewer epochs would not match the intervals of another one.
        """
        with unchanged_on_error(self):
            self._fit_with_callbacks(X, y, series_id, static, sample_weight, init_model)
        return self

    @with_callbacks  # inside: callbacks are torn down before an error takes their context away
    def _fit_with_callbacks(self, X, y, series_id, static, sample_weight, init_model):
        self._check_parameters()
        if not isinstance(self.verbose, bool):
            check_integer(self.verbose, "verbose", 0)
        panel = read_training_data(self, X, y, series_id)
        weights = read_row_weights(sample_weight, y, series_id, panel)
        metadata = {"series_id": series_id, "static": static, "sample_weight": sample_weight}
        self._layout = self._layout_in_use()  # now: callbacks may be called in other processes
        task = fit_task(self, X, y, **metadata)
        with task.running():
            training = Training(weights, task, init_model, self.random_state)
            self._fit(panel, X, y, series_id, static, training)

    def update(
        self,
        y: ArrayLike,
        X: ArrayLike | None = None,
        *,
        series_id: ArrayLike | None = None,
        static: ArrayLike | None = None,
        train: int = 0,
    ) -> Self:
        """Append observations, and train the network further if `train` is not 0.

        Forecasts then begin after the new observations. Fitted parameters and scales do not change.
        If there are calibration errors, those of the forecasts of the new rows join them: intervals
        of a `SequenceForecaster` use the last 50 errors of each step, or more if their coverage
        needs more.

        Parameters
        ----------
        y : array-like of shape (n_times,) or (n_times, S), or list of such
            The next values, in the form of `fit`.
        X : array-like of shape (n_times, k), or list of such, default=None
            Exogenous variables, at the times of y.
        series_id : array-like of shape (n_times,), default=None
            The series to which each row belongs, if it was passed to `fit`. Not all series need new
            rows. An unknown id adds a series, which is scaled by its own rows; they must be enough
            to forecast from.
        static : array-like of shape (M, m), default=None
            Features of the M new series, if they were passed to `fit`: a DataFrame whose index has
            their ids, or rows in the sorted order of the ids.
        train : int, default=0
            Number of epochs for which the network, an `LSTMRegressor`, is trained further, on
            windows of the new rows and of up to 400 rows before, at a tenth of the initial learning
            rate. Smoothing parameters, scales and the linear model do not change. Calibration
            errors remain those of the network before. Of a vote all members with such a network are
            trained.

        Returns
        -------
        self : object
            The same forecaster.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the forecaster is not fitted, the data is not valid, or its times do not follow those
            observed. The forecaster is then unchanged, as it is if interrupted (Ctrl-C).

        Warns
        -----
        UserWarning
            If a value is further from all values before than a thousand times their range, as if it
            had other units.
        """
        check_is_fitted(self)
        check_integer(train, "train", 0)
        with unchanged_on_error(self):
            panel = read_new_data(self, X, y, series_id, "update")
            self._update(panel, y, X, series_id, static, train)
        return self

    def calibrate(
        self, y: ArrayLike, X: ArrayLike | None = None, *, series_id: ArrayLike | None = None
    ) -> Self:
        """Append observations, as `update` does, and calibrate intervals on them.

        The errors of forecasts of these rows replace the calibration errors; of a
        `SequenceForecaster`, also those of the rows that `update` appended since `fit`. A
        forecaster with ``calibration_fraction=None``, such as the best one of a search, thus has
        intervals without training a second time.

        Parameters
        ----------
        y : array-like of shape (n_times,) or (n_times, S), or list of such
            The next values, in the form of `fit`. The last 400 rows of a series are used; intervals
            of a coverage of 0.9 need 9 rows, those of 0.95 need 19, and steps up to the number of
            rows have intervals.
        X : array-like of shape (n_times, k), or list of such, default=None
            Exogenous variables, at the times of y.
        series_id : array-like of shape (n_times,), default=None
            The series to which each row belongs, if it was passed to `fit`. Not all series need new
            rows.

        Returns
        -------
        self : object
            The same forecaster.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As in `update`, and if there are too few rows or a series was not in `fit`. The
            forecaster is then unchanged.
        """
        check_is_fitted(self)
        with unchanged_on_error(self):
            panel = read_new_data(self, X, y, series_id, "calibrate")
            self._calibrate_after_fit(panel, y, X, series_id)
        return self

    def predict(self, X: ArrayLike, *, series_id: ArrayLike | None = None) -> Predictions:
        """Forecast one step for each row of X.

        Parameters
        ----------
        X : array-like of shape (n_steps, k), or list of such
            Exogenous variables at the steps after the last observation; of shape (n_steps, 0) if
            there are none. If X has a pandas index that begins later, the steps in between are
            forecast, too, with the last observed exogenous variables.
        series_id : array-like of shape (n_steps,), default=None
            The series to which each row belongs, if it was passed to `fit`.

        Returns
        -------
        ndarray of shape (n_steps,) or (n_steps, S), or list of such
            The forecast of each row, in the form of y.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the forecaster is not fitted, X is not valid, or the forecast is not finite.

        Warns
        -----
        UserWarning
            If there is a gap before X and exogenous variables, if X has the rows of `fit`, or if
            the forecast is far from all values observed.
        """
        check_is_fitted(self)
        panel = read_predict_arguments(self, X, series_id)
        return self._predict(panel, X, series_id)

    def forecast(
        self,
        steps: int | None = None,
        X: ArrayLike | None = None,
        *,
        coverage: Levels | None = None,
        series_id: ArrayLike | None = None,
    ) -> Any:
        """Forecast the steps after the last observation.

        Parameters
        ----------
        steps : int, default=None
            Number of steps. None is the number of rows of X; without X the horizon of a forecaster
            with ``strategy="direct"``.
        X : array-like of shape (steps, k), or list of such, default=None
            Exogenous variables at these steps, if they were passed to `fit`.
        coverage : float in (0, 1), or list of such, default=None
            If given, the bounds of prediction intervals are returned, too, for each coverage.
        series_id : array-like, default=None
            The series to which each row of X belongs, if it was passed to `fit`. Without X, the
            ids of the series to forecast; None for all.

        Returns
        -------
        ndarray, Series or DataFrame of shape (steps,) or (steps, S), or list or dict of such
            The forecast in the form that y had in `fit`. For a pandas object it has the future
            times as its index, which are steps 1, 2, ... if the times of y are not known or
            irregular. It is a list for a list of series. For rows with ids it is a dict of arrays
            by id; for a pandas object it has the ids as the first level of its index, in sorted
            order. With `coverage` it is always a DataFrame, or a list of such, with the columns
            "forecast", "lower_90", "upper_90" and so on; for a y of shape (n_times, S) its columns
            are the first level of the columns. For polars it is a Series or DataFrame of polars,
            without times.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the forecaster is not fitted, `steps` is not an integer >= 1, X is missing or has
            another number of rows, or the forecast is not finite; with `coverage` as in
            `predict_interval`.
        ImportError
            With `coverage`, if pandas is not installed.

        Warns
        -----
        UserWarning
            If the forecast is further from all values observed than 1000 times their range.
        """
        check_is_fitted(self)
        coverages = [] if coverage is None else check_coverages(coverage)
        steps, panel = read_forecast_arguments(self, steps, X, series_id)
        by_id = self._forecast(panel, steps, X, series_id, coverages)

        def times():
            return times_ahead(self._summaries_of_times(), list(by_id), steps, panel)

        if coverage is None:
            points = {key: rows[..., 0] for key, rows in by_id.items()}
            return forecast_in_form(self._form, points, times)
        return table_in_form(self._form, by_id, times, column_names(coverages))

    def predict_interval(
        self,
        steps: int,
        X: ArrayLike | None = None,
        coverage: Levels = 0.9,
        *,
        series_id: ArrayLike | None = None,
    ) -> tuple[Any, Any]:
        """Prediction intervals of the steps after the last observation, as arrays.

        Parameters
        ----------
        steps : int
            Number of steps.
        X : array-like of shape (steps, k), or list of such, default=None
            Exogenous variables at these steps, if they were passed to `fit`.
        coverage : float in (0, 1), or list of such, default=0.9
            Probability that a value is within its interval, for each step separately.
        series_id : array-like, default=None
            The series to which each row of X belongs, if it was passed to `fit`. Without X, the
            ids of the series to forecast; None for all.

        Returns
        -------
        lower, upper : ndarray of shape (steps,) or (steps, S), or list or dict of such
            The bounds, a list for a list of series and a dict by id for rows with ids. For a list
            of K coverages they have another axis of length K, the last one.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As in `forecast`; and if there are no calibration errors, too few of them for this
            coverage or number of steps, or no predicted quantiles for this coverage.
        """
        check_is_fitted(self)
        coverages = check_coverages(coverage)
        steps, panel = read_forecast_arguments(self, steps, X, series_id)
        by_id = self._forecast(panel, steps, X, series_id, coverages)
        which = [slice(1, None, 2), slice(2, None, 2)] if np.ndim(coverage) else [1, 2]
        return tuple(
            arrays_in_form(self._form, {key: rows[..., k] for key, rows in by_id.items()})
            for k in which
        )

    def forecast_quantiles(
        self,
        steps: int,
        X: ArrayLike | None = None,
        quantiles: Levels = (0.1, 0.5, 0.9),
        *,
        series_id: ArrayLike | None = None,
    ) -> Any:
        """Quantiles of the steps after the last observation, as arrays.

        They are those that the regressor predicts, if its loss is a distribution, such as
        ``LSTMRegressor(loss="gaussian")``, or has several quantiles, and if nothing changes them.
        If steps read earlier ones, they are the quantiles of 1000 sample paths with the random
        state 0. Otherwise they are the forecast plus quantiles of the calibration errors. They are
        not calibrated further, as the bounds of `predict_interval` are.

        Parameters
        ----------
        steps : int
            Number of steps.
        X : array-like of shape (steps, k), or list of such, default=None
            Exogenous variables at these steps, if they were passed to `fit`.
        quantiles : array-like of shape (Q,), default=(0.1, 0.5, 0.9)
            Levels of the quantiles, in (0, 1), in any order. Between the quantiles of a loss of
            several they are interpolated; beyond these they are an error.
        series_id : array-like, default=None
            The series to which each row of X belongs, if it was passed to `fit`. Without X, the
            ids of the series to forecast; None for all.

        Returns
        -------
        ndarray of shape (steps, Q) or (steps, S, Q), or list or dict of such
            The quantiles, a list for a list of series and a dict by id for rows with ids. A higher
            level never has a smaller value.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As in `forecast`; and if there are no predicted quantiles and no calibration errors, or
            too few of them for these levels or this number of steps.
        """
        check_is_fitted(self)
        quantiles = check_quantiles(quantiles)
        steps, panel = read_forecast_arguments(self, steps, X, series_id)
        by_id = self._forecast_quantiles(panel, steps, X, series_id, quantiles)
        return arrays_in_form(self._form, by_id)

    def sample_paths(
        self,
        steps: int,
        X: ArrayLike | None = None,
        n_paths: int = 100,
        random_state: RandomState = None,
        *,
        series_id: ArrayLike | None = None,
    ) -> Any:
        """Possible paths of the steps after the last observation, as arrays.

        If the loss of the regressor is a distribution, such as ``LSTMRegressor(loss="gaussian")``,
        and nothing changes it, they are draws. With ``strategy="recursive"`` later steps read the
        draws of earlier ones; the steps that a direct forecast predicts at once are drawn
        independently. Otherwise a path is the forecast plus all calibration errors of one origin,
        drawn at random, so that its steps depend on each other as the errors do.

        Parameters
        ----------
        steps : int
            Number of steps.
        X : array-like of shape (steps, k), or list of such, default=None
            Exogenous variables at these steps, if they were passed to `fit`.
        n_paths : int, default=100
            Number of paths of each series.
        random_state : int, RandomState or None, default=None
            Seed of the draws. None draws other paths each time.
        series_id : array-like, default=None
            The series to which each row of X belongs, if it was passed to `fit`. Without X, the
            ids of the series to forecast; None for all.

        Returns
        -------
        ndarray of shape (n_paths, steps) or (n_paths, steps, S), or list or dict of such
            The paths, a list for a list of series and a dict by id for rows with ids. Columns of y
            have the errors of the same origin; series apart are drawn independently. The metric
            `continuous_ranked_probability_score` expects the paths in the last axis:
            ``sample_paths(...).T``.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As in `forecast`; and if there is neither a distribution nor calibration errors for this
            number of steps.
        """
        check_is_fitted(self)
        n_paths, _ = check_integer(n_paths, "n_paths", 1), check_seed(random_state)
        steps, panel = read_forecast_arguments(self, steps, X, series_id)
        by_id = self._sample_paths(panel, steps, X, series_id, n_paths, random_state)
        return arrays_in_form(self._form, by_id, axis=2)

    def score(
        self,
        X: ArrayLike | None,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        series_id: ArrayLike | None = None,
    ) -> float:
        """Coefficient of determination R2 of the forecast.

        Parameters
        ----------
        X : array-like of shape (n_steps, k), list of such, or None
            Exogenous variables, at the times of y.
        y : array-like of shape (n_steps,) or (n_steps, S), or list of such
            The values after the last observation, or, according to its pandas index, after a gap.
        sample_weight : array-like of shape (n_steps,), default=None
            Sample weights.
        series_id : array-like of shape (n_steps,), default=None
            The series to which each row belongs, if it was passed to `fit`.

        Returns
        -------
        float
            R2 over all rows with known values; the mean over the columns of y.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As in `predict`.
        """
        check_is_fitted(self)
        panel = read_new_data(self, X, y, series_id, "score")
        forecast = self._predict(panel, exog_or_times(panel, X, y), series_id)
        return r2(panel, forecast, sample_weight)

    def _last_rows(self, n_rows):
        """The last observations that are kept, at most `n_rows`, in the form of y.

        Returns
        -------
        rows : ndarray, Series or DataFrame, or list or dict of such
            As `forecast` returns them; arrays for polars.
        """
        by_id = self._last_values(n_rows)
        summaries = self._summaries_of_times()

        def times():
            return [past_index(summaries[key], len(rows)) for key, rows in by_id.items()]

        if self._form["container"] == "polars":
            return arrays_in_form(self._form, by_id)
        return forecast_in_form(self._form, by_id, times)

    @property
    def _missing(self):
        """Whether missing values are an "error", or may be in the data: "mask"."""
        return self.missing

    # Defined by the subclass

    @abstractmethod
    def _check_parameters(self):
        """Raise an error unless all parameters are valid, alone and together."""

    @abstractmethod
    def _fit(self, panel, X, y, series_id, static, training):
        """Train as the `Training` says, and set the fitted attributes."""

    @abstractmethod
    def _update(self, panel, y, X, series_id, static, train):
        """Append the observations of the panel."""

    @abstractmethod
    def _calibrate_after_fit(self, panel, y, X, series_id):
        """Append the observations of the panel, and calibrate on them."""

    @abstractmethod
    def _forecast(self, panel, steps, X, series_id, coverages):
        """Forecast the next steps and the bounds of K intervals: {id: (steps, S, 1 + 2 K)}.

        The last axis has the forecast, and the lower and the upper bound for each coverage. The
        panel has the exogenous variables; it is None if there are none.
        """

    @abstractmethod
    def _forecast_quantiles(self, panel, steps, X, series_id, quantiles):
        """Quantiles of the next steps, at Q levels: {id: (steps, S, Q)}."""

    @abstractmethod
    def _sample_paths(self, panel, steps, X, series_id, n_paths, random_state):
        """Paths of the next steps: {id: (n_paths, steps, S)}."""

    @abstractmethod
    def _summaries_of_times(self):
        """Summaries of the times observed, see `summarize_times`, by series id."""

    @abstractmethod
    def _last_values(self, n_rows):
        """The last values observed, at most `n_rows` of each series: {id: (rows, S)}."""

    @abstractmethod
    def _predict(self, panel, X, series_id):
        """Forecast the steps of the panel, which may begin after a gap, in the form of y."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.input_tags.allow_nan = self._missing == "mask"
        return tags
