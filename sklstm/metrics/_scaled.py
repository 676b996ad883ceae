"""Errors relative to those of the naive forecast of the training series."""

from typing import Literal, overload

import numpy as np

from .._typing import Array, ArrayLike, MeanOf
from ..core.checks import check_integer
from ..core.messages import shorten, shorten_list
from ._arguments import average, check_columns, check_list, columns_of, read_scored, read_values


@overload
def mean_absolute_scaled_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    y_train: ArrayLike,
    season_length: int = ...,
    sample_weight: ArrayLike | None = ...,
    multioutput: MeanOf = ...,
) -> float: ...


@overload
def mean_absolute_scaled_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    y_train: ArrayLike,
    season_length: int = ...,
    sample_weight: ArrayLike | None = ...,
    multioutput: Literal["raw_values"],
) -> Array: ...


def mean_absolute_scaled_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    y_train: ArrayLike,
    season_length: int = 1,
    sample_weight: ArrayLike | None = None,
    multioutput: str | ArrayLike = "uniform_average",
) -> float | Array:
    """Mean absolute scaled error, MASE.

    The mean absolute error, divided by the mean absolute change of the training series from one
    season to the next. It has no unit, and can be compared and averaged over series.

    Parameters
    ----------
    y_true : array-like of shape (n_times,) or (n_times, S), or list of such
        Observed values: one series, S series observed together, or a list of series.
    y_pred : array-like of shape (n_times,) or (n_times, S), or list of such
        Forecasts, in the form of `y_true`. If both have a pandas index, these must be equal.
    y_train : array-like of shape (n_train,) or (n_train, S), or list of such
        The training series, whose changes are the scale, in the form of `y_true`.
    season_length : int, default=1
        Number of rows after which the season repeats: 12 for monthly series, 1 for none.
    sample_weight : array-like of shape (n_times,), or list of such, default=None
        Weights of the rows.
    multioutput : {"raw_values", "uniform_average"} or array-like, default="uniform_average"
        Whether to return the values of all series, or their mean. Or the weights of the series in
        the mean, in the shape of "raw_values".

    Returns
    -------
    float or ndarray of shape (S,), (N,) or (N, S)
        The mean over the series, or a value for each column, and for each series of a list. 0 is
        best.

    Raises
    ------
    ValueError, TypeError
        If an argument is not valid, for example if `y_true` contains NaN, or the shapes or indexes
        are not the same. If a training series has no more rows than a season, no known change, or
        repeats itself exactly, so that the scale is 0.

    See Also
    --------
    root_mean_squared_scaled_error : The same with squares.
    sklstm.backtest : Forecasts of a forecaster from several times.

    Notes
    -----
    With the observed values y, forecasts f, training series x of n rows, and season length m, it is
    ``mean |y - f|`` divided by the mean of ``|x_t - x_(t - m)|`` over t = m + 1, ..., n [1]_.
    Below 1 the forecasts are better than the naive forecast of the training series, m rows ahead.
    Changes from or to a missing value of x, NaN, are left out of the mean. Training values before a
    series began, such as leading zeros, belong neither in `y_train` nor in `fit`.

    References
    ----------
    .. [1] R.J. Hyndman, A.B. Koehler. "Another look at measures of forecast accuracy."
       International Journal of Forecasting 22, 2006, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.metrics import mean_absolute_scaled_error
    >>> mean_absolute_scaled_error([5, 6], [5, 8], y_train=[1, 2, 4, 5])
    0.75

    In a search, the training series is an argument of the scorer:

    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.metrics import make_scorer
    >>> from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
    >>> from sklstm import SequenceForecaster
    >>> y = 10 + np.sin(np.pi / 6 * np.arange(120)) + 0.1 * np.arange(120)
    >>> mase = make_scorer(
    ...     mean_absolute_scaled_error, greater_is_better=False, y_train=y, season_length=12
    ... )
    >>> search = GridSearchCV(
    ...     SequenceForecaster(Ridge(), calibration_fraction=None),
    ...     {"window": [6, 12]},
    ...     cv=TimeSeriesSplit(3, test_size=12),
    ...     scoring=mase,
    ... ).fit(np.empty((120, 0)), y)
    >>> bool(-1 < search.best_score_ < 0)
    True
    """
    scored = read_scored({"y_true": y_true, "y_pred": y_pred}, sample_weight)
    scales = _scales(scored, y_train, season_length, lambda size: np.nanmean(size, axis=0))
    errors = scored.mean_over_rows(lambda true, pred, by: np.abs(true - pred) / by, scales)
    return average(errors, multioutput)


@overload
def root_mean_squared_scaled_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    y_train: ArrayLike,
    season_length: int = ...,
    sample_weight: ArrayLike | None = ...,
    multioutput: MeanOf = ...,
) -> float: ...


@overload
def root_mean_squared_scaled_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    y_train: ArrayLike,
    season_length: int = ...,
    sample_weight: ArrayLike | None = ...,
    multioutput: Literal["raw_values"],
) -> Array: ...


def root_mean_squared_scaled_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    y_train: ArrayLike,
    season_length: int = 1,
    sample_weight: ArrayLike | None = None,
    multioutput: str | ArrayLike = "uniform_average",
) -> float | Array:
    """Root mean squared scaled error, RMSSE.

    The root mean squared error, divided by the root mean squared change of the training series from
    one season to the next. It has no unit, and can be compared and averaged over series.

    Parameters
    ----------
    y_true : array-like of shape (n_times,) or (n_times, S), or list of such
        Observed values: one series, S series observed together, or a list of series.
    y_pred : array-like of shape (n_times,) or (n_times, S), or list of such
        Forecasts, in the form of `y_true`. If both have a pandas index, these must be equal.
    y_train : array-like of shape (n_train,) or (n_train, S), or list of such
        The training series, whose changes are the scale, in the form of `y_true`.
    season_length : int, default=1
        Number of rows after which the season repeats: 12 for monthly series, 1 for none.
    sample_weight : array-like of shape (n_times,), or list of such, default=None
        Weights of the rows.
    multioutput : {"raw_values", "uniform_average"} or array-like, default="uniform_average"
        Whether to return the values of all series, or their mean. Or the weights of the series in
        the mean, in the shape of "raw_values".

    Returns
    -------
    float or ndarray of shape (S,), (N,) or (N, S)
        The mean over the series, or a value for each column, and for each series of a list. 0 is
        best.

    Raises
    ------
    ValueError, TypeError
        As for `mean_absolute_scaled_error`.

    See Also
    --------
    mean_absolute_scaled_error : The same with absolute values.

    Notes
    -----
    The root of mean (y - f)^2 divided by the mean of (x_t - x_(t - m))^2, in the notation of
    `mean_absolute_scaled_error` [1]_. In the M5 competition [2]_ m is 1, training series begin with
    their first sale, and the mean over the series is weighted by their sales in dollars, which is
    `multioutput`.

    References
    ----------
    .. [1] R.J. Hyndman, A.B. Koehler. "Another look at measures of forecast accuracy."
       International Journal of Forecasting 22, 2006, section 3.
    .. [2] S. Makridakis, E. Spiliotis, V. Assimakopoulos. "M5 accuracy competition: results,
       findings, and conclusions." International Journal of Forecasting 38, 2022.

    Examples
    --------
    >>> from sklstm.metrics import root_mean_squared_scaled_error
    >>> root_mean_squared_scaled_error([5, 6], [5, 10], y_train=[1, 3, 5, 7])
    1.414...
    """
    scored = read_scored({"y_true": y_true, "y_pred": y_pred}, sample_weight)
    scales = _scales(scored, y_train, season_length, _root_mean_square)
    errors = scored.mean_over_rows(lambda true, pred, by: ((true - pred) / by) ** 2, scales)
    return average(np.sqrt(errors), multioutput)


def _root_mean_square(size):
    largest = np.nanmax(size, axis=0)
    relative = size / np.where(largest > 0, largest, 1)  # their squares do not overflow
    return largest * np.sqrt(np.nanmean(relative**2, axis=0))


def _scales(scored, y_train, season_length, mean):
    """The mean change of each training series, a list of N arrays (S,)."""
    season_length = check_integer(season_length, "season_length", 1)
    names = [name.replace("y_true", "y_train") for name in scored.names]
    if scored.several:
        check_list(y_train, "y_train", len(names))
    trains = y_train if scored.several and y_train is not None else [y_train] * len(names)
    scales, constant = [], []
    for i, (name, values) in enumerate(zip(names, trains, strict=True)):
        train = read_values(values, name, missing="mask")
        _check_form(scored, i, values, train, name, season_length)
        rounding = np.finfo(train.dtype).eps
        train = train.reshape(len(train), -1).astype(np.float64)
        changes = np.abs(train[season_length:] - train[:-season_length])
        _check_known(changes, name, season_length)
        change = mean(changes)
        no_scale = change <= 4 * rounding * np.nanmax(np.abs(train), axis=0)
        if no_scale.any():
            constant.append(name + (f"[:, {no_scale.argmax()}]" if len(no_scale) > 1 else ""))
        scales.append(change)
    if constant:
        what = "is constant" if season_length == 1 else f"repeats itself every {season_length} rows"
        raise ValueError(
            f"The errors of {shorten_list(constant)} cannot be scaled: the training series {what}, "
            "so that its mean change is 0. Leave out such series, or use a metric without a scale, "
            "such as sklearn.metrics.mean_absolute_error."
        )
    return scales


def _check_known(changes, name, season_length):
    """Raise if all changes of a column are missing."""
    unknown = np.isnan(changes).all(axis=0)
    if unknown.any():
        name += f"[:, {unknown.argmax()}]" if len(unknown) > 1 else ""
        raise ValueError(
            f"The errors of {name} cannot be scaled: no two values {season_length} row(s) apart "
            "are both known. Give a longer training series, or use a metric without a scale, such "
            "as sklearn.metrics.mean_absolute_error."
        )


def _check_form(scored, i, values, train, name, season_length):
    """Raise unless a training series has the columns of y_true and is longer than a season."""
    width = int(np.prod(train.shape[1:]))
    if width != scored.series[i].arrays[0].shape[1]:
        raise ValueError(
            f"{name} has shape {train.shape}, but {scored.names[i]} has rows of shape "
            f"{scored.series[i].row_shape}; expected a column for each series of y_true."
        )
    check_columns(scored.series[i].columns, columns_of(values), scored.names[i], name)
    if len(train) <= season_length:
        raise ValueError(
            f"{name} has {len(train)} row(s), but season_length={shorten(season_length)}; "
            "expected more rows than that, for one change from a season to the next. Give a longer "
            "training series, or season_length=1."
        )
