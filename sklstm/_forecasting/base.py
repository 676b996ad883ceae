"""Base class of the forecasters: their common methods and the documentation of these."""

from abc import ABC, abstractmethod

from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from .._estimators.all_or_nothing import unchanged_on_error
from .._estimators.saved_state import KeepsLayout
from ..core.checks import check_number
from .future import exog_or_times, read_forecast_arguments, read_predict_arguments
from .panel import read_new_data, read_training_data
from .scoring import r2


class BaseForecaster(KeepsLayout, RegressorMixin, BaseEstimator, ABC):
    """Validate the arguments of `fit`, `update`, `forecast`, `predict` and `score`.

    A subclass implements the abstract methods at the end of this class. They receive the data as a
    `Panel`, and X, y, series_id and static as passed by the user.
    """

    def fit(self, X=None, y=None, *, series_id=None, static=None):
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
            self._check_parameters()
            panel = read_training_data(self, X, y, series_id)
            self._fit(panel, X, y, series_id, static)
            self._layout = self._layout_in_use()
        return self

    def update(self, y, X=None, *, series_id=None, static=None):
        """Append observations, without training.

        Forecasts then begin after the new observations. Fitted parameters, scales and intervals do
        not change.

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

        Returns
        -------
        self : object
            The same forecaster.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the forecaster is not fitted, the data is not valid, or its times do not follow those
            observed. The forecaster is then unchanged.
        """
        check_is_fitted(self)
        with unchanged_on_error(self):
            panel = read_new_data(self, X, y, series_id, "update")
            self._update(panel, y, X, series_id, static)
        return self

    def predict(self, X, *, series_id=None):
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

    def forecast(self, steps, X=None, *, series_id=None):
        """Forecast the steps after the last observation.

        Parameters
        ----------
        steps : int
            Number of steps.
        X : array-like of shape (steps, k), or list of such, default=None
            Exogenous variables at these steps, if they were passed to `fit`.
        series_id : array-like, default=None
            The series to which each row of X belongs, if it was passed to `fit`.

        Returns
        -------
        ndarray of shape (steps,) or (steps, S), or list or dict of such
            The forecast in the form of y: a list for a list of series, a dict by id for rows with
            ids.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the forecaster is not fitted, `steps` is not an integer >= 1, X is missing or has
            another number of rows, or the forecast is not finite.

        Warns
        -----
        UserWarning
            If the forecast is further from all values observed than 1000 times their range.
        """
        check_is_fitted(self)
        panel = read_forecast_arguments(self, steps, X, series_id)
        return self._forecast(panel, steps, X, series_id)

    def predict_interval(self, steps, X=None, coverage=0.9, *, series_id=None):
        """Prediction intervals of the steps after the last observation.

        Parameters
        ----------
        steps : int
            Number of steps.
        X : array-like of shape (steps, k), or list of such, default=None
            Exogenous variables at these steps, if they were passed to `fit`.
        coverage : float in (0, 1), default=0.9
            Probability that a value is within its interval, for each step separately.
        series_id : array-like, default=None
            The series to which each row of X belongs, if it was passed to `fit`.

        Returns
        -------
        lower, upper : ndarray of shape (steps,) or (steps, S), or list or dict of such
            The bounds, each in the form of `forecast`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As in `forecast`; and if there are no calibration errors, too few of them for this
            coverage or number of steps, or no predicted quantiles for this coverage.
        """
        check_is_fitted(self)
        coverage = check_number(coverage, "coverage", "(0, 1)")
        panel = read_forecast_arguments(self, steps, X, series_id)
        return self._predict_interval(panel, steps, X, coverage, series_id)

    def score(self, X, y, sample_weight=None, *, series_id=None):
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

    @property
    def _missing(self):
        """Whether missing values are an "error", or may be in the data: "mask"."""
        return self.missing

    # Defined by the subclass

    @abstractmethod
    def _check_parameters(self):
        """Raise an error unless all parameters are valid, alone and together."""

    @abstractmethod
    def _fit(self, panel, X, y, series_id, static):
        """Train, and set the fitted attributes."""

    @abstractmethod
    def _update(self, panel, y, X, series_id, static):
        """Append the observations of the panel."""

    @abstractmethod
    def _forecast(self, panel, steps, X, series_id):
        """Forecast the next steps, in the form of y.

        The panel has the exogenous variables; it is None if there are none.
        """

    @abstractmethod
    def _predict(self, panel, X, series_id):
        """Forecast the steps of the panel, which may begin after a gap, in the form of y."""

    @abstractmethod
    def _predict_interval(self, panel, steps, X, coverage, series_id):
        """Lower and upper bounds of the next steps, each in the form of y."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.input_tags.allow_nan = self._missing == "mask"
        return tags
