"""Backtests: forecasts of a forecaster from several times of the past."""

import datetime
import inspect
from itertools import pairwise
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from ._forecasting.continuation import after_last_times
from ._forecasting.coverages import check_coverages, column_names
from ._forecasting.evaluation import METHODS, Evaluation, evaluate, fitted_at, updated_to
from ._forecasting.history import read_history
from ._typing import ArrayLike, Levels
from .core.checks import check_integer, check_n_jobs, check_number
from .core.messages import shorten, shorten_list
from .core.user_warnings import warn_user

if TYPE_CHECKING:
    import pandas as pd


def backtest(
    forecaster: Any,
    y: ArrayLike,
    X: ArrayLike | None = None,
    *,
    horizon: int,
    initial: float | str | datetime.date | datetime.timedelta | np.generic | Any,
    step: int = 1,
    refit: int = False,
    coverage: Levels | None = None,
    n_jobs: int | None = None,
    series_id: ArrayLike | None = None,
    static: ArrayLike | None = None,
    verbose: int = 0,
) -> "pd.DataFrame":
    """Forecast from several times of the past, and compare with what followed.

    At each *cutoff* a clone of the forecaster knows the rows up to it, and forecasts the next
    `horizon` rows. By default it is fitted once, on the `initial` rows, and then updated.

    Parameters
    ----------
    forecaster : forecaster
        A `SequenceForecaster`, a `VotingForecaster`, or another object with `fit`, `update` and
        `forecast`, see the notes. It is cloned or copied, and remains as it is.
    y : array-like of shape (n_times,) or (n_times, S), or list of such
        One series, S series observed together, or a list of series observed separately.
    X : array-like of shape (n_times, k), or list of such, default=None
        Exogenous variables, at the times of y. Forecasts get those of the times to forecast.
    horizon : int
        Number of steps to forecast from each cutoff.
    initial : int, float in (0, 1), time, or "fitted"
        Number of times known at the first cutoff, or their fraction. A time, such as a date, a
        pandas Period or "2024-06": the first cutoff is the last time of y up to it. "fitted": the
        forecaster is fitted already, and a copy is used as it is, for instance with its calibration
        errors. The first cutoff is its last observation.
    step : int, default=1
        Number of times from one cutoff to the next.
    refit : bool or int, default=False
        Whether to fit a new clone at every cutoff. An integer k fits at every k-th cutoff and
        updates at the others. False fits at the first cutoff only; with ``initial="fitted"`` there
        is no fit, and it must be False.
    coverage : float in (0, 1), or list of such, default=None
        If given, the table has the bounds of prediction intervals, too, for each coverage.
    n_jobs : int, default=None
        Number of processes; None is 1, -1 all processors. Fits are distributed to them, or the
        cutoffs if there is only one fit. The forecasts are the same. Other backends of joblib, such
        as those of Dask and Ray, are used within ``joblib.parallel_config``.
    series_id : array-like of shape (n_times,), default=None
        The series to which each row of X and y belongs.
    static : array-like of shape (N, m), default=None
        Features of each series, as in `SequenceForecaster.fit`. None with ``initial="fitted"``.
    verbose : bool or int, default=0
        Whether to print a line for each cutoff.

    Returns
    -------
    DataFrame
        A row for each forecast, with the columns "cutoff", the last time known, "time", "step" from
        1 to `horizon`, "y" and "forecast"; with `coverage` also "lower_90", "upper_90" and so on.
        Several series have their id, their number in the list, or their column of y in a first
        column "series". Several series whose y has several columns also have a column "column".

    Raises
    ------
    NotFittedError
        If `initial` is "fitted", and the forecaster is not.
    ValueError, TypeError
        If an argument is not valid, if there are not enough rows for `initial` and `horizon`, or
        the forecaster raises an error. A note says at which cutoff.
    ImportError
        If pandas is not installed.

    Warns
    -----
    UserWarning
        If a series has fewer than `horizon` rows after the first cutoff, and is not in the table;
        or if X is None, but the forecaster was fitted with exogenous variables.

    See Also
    --------
    sklstm.metrics : Metrics for the columns of the table.
    sklearn.model_selection.TimeSeriesSplit : Splits for a search, with a fit in each.

    Notes
    -----
    *Times* are those of a pandas index, or the numbers of the rows, from 0. *Several series* have
    common cutoffs: at the cutoff of a global model nothing is known of any series that comes later.
    `initial` and `step` then count the different times of all series. Without times, rows count
    from the start of each series. Each series must have begun at the first cutoff.

    *Only whole horizons* are forecast: the last cutoff is the last one followed by `horizon` rows,
    for each series separately. Steps count rows, also if a row is missing in the index.

    *Another forecaster*, such as a seasonal naive one, has the methods ``fit(X, y)`` with X=None if
    there is none, ``update(y)`` and ``forecast(steps)``, which returns an array of shape (steps,),
    or (steps, S) for S series observed together. With X, `update` is given X as the second
    argument, and `forecast` the rows of X at the steps to forecast. Several series are passed as
    rows with ``series_id=...`` (`forecast` only with X), and forecasts are a dict by id.
    ``coverage=[...]`` is passed to `forecast` if it is given here; then each step has the forecast
    and the two bounds for each coverage, lower bound first. A copy is made by
    ``sklearn.base.clone``, or if there is no `get_params` by ``copy.deepcopy``.

    *A fitted forecaster*, with ``initial="fitted"``, is updated with the rows after its last time.
    Rows up to it may be in y and X, and are not used; a row that is missing after it is an error.
    Without times y and X are the rows that follow, and the first cutoff is -1. A list must have
    rows of all series up to the last cutoff.

    *Missing values* in y are in the table, for a forecaster with ``missing="mask"``. Leave these
    rows out before a metric: ``table = table.dropna()``.

    *A chosen model* has seen the rows that it was chosen on. Choose on the first rows,
    ``GridSearchCV(...).fit(X[:initial], y[:initial])``, and pass ``search.best_estimator_``.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import Ridge
    >>> from sklstm import SequenceForecaster, backtest
    >>> from sklstm.datasets import load_airline
    >>> from sklstm.metrics import mean_absolute_scaled_error
    >>> airline = load_airline()
    >>> y = pd.Series(airline.passengers, pd.PeriodIndex(airline.month, freq="M"))
    >>> table = backtest(
    ...     SequenceForecaster(Ridge()), y, horizon=6, initial=120, step=6, coverage=0.9
    ... )
    >>> table.columns.tolist()
    ['cutoff', 'time', 'step', 'y', 'forecast', 'lower_90', 'upper_90']
    >>> len(table)
    24
    >>> mase = mean_absolute_scaled_error(
    ...     table.y, table.forecast, y_train=y[:120], season_length=12
    ... )
    >>> 0 < mase < 1
    True

    A forecaster that is fitted already is used as it is, from its last observation on:

    >>> forecaster = SequenceForecaster(Ridge(), calibration_fraction=None).fit(None, y[:96])
    >>> forecaster = forecaster.calibrate(y[96:120])
    >>> table = backtest(forecaster, y, horizon=6, initial="fitted", step=6, coverage=0.9)
    >>> table.cutoff[0], len(table)
    (Period('1958-12', 'M'), 24)
    """
    coverages = [] if coverage is None else check_coverages(coverage)
    _check_forecaster(forecaster, coverages)
    horizon = check_integer(horizon, "horizon", 1)
    step = check_integer(step, "step", 1)
    check_n_jobs(n_jobs)
    fit_every = _check_refit(refit)
    if not isinstance(verbose, bool | np.bool_):
        verbose = check_integer(verbose, "verbose", 0, " or a bool")
    if y is None:
        raise ValueError(
            "y is None; expected the series, backtest(forecaster, y, X, ...), with X=None if there "
            "are no exogenous variables."
        )
    with_times = _reads_times(forecaster)
    if is_fitted := isinstance(initial, str) and initial == "fitted":
        _check_fitted(forecaster, refit, static)
        _check_has_exog(forecaster, X, is_fitted)
        history = read_history(X, y, series_id, None, forecaster, with_times=with_times)
        history, n_initial = after_last_times(history, forecaster), 1
        _check_later_times(history, horizon)
    else:
        _check_has_exog(forecaster, X, is_fitted)
        history = read_history(X, y, series_id, static, with_times=with_times)
        n_initial = _n_initial(history, initial, horizon)
        _check_begun(history, n_initial)
    cutoffs = list(range(n_initial, len(history.axis) - horizon + 1, step))
    _check_not_ended(history, n_initial, horizon)
    common = Evaluation(history, cutoffs, horizon, coverages, bool(verbose))
    tasks = _tasks(common, forecaster, is_fitted, fit_every, n_jobs)
    parts = Parallel(n_jobs=n_jobs)(delayed(evaluate)(common, *task) for task in tasks)
    forecasts = [forecast for part in parts for forecast in part]
    return _table(history, forecasts, ["cutoff", "time", "step", "y", *column_names(coverages)])


# Arguments

# Types of times, beside the periods of pandas.
_TIMES = (str, datetime.date, datetime.timedelta, np.datetime64, np.timedelta64)


def _check_forecaster(forecaster, coverages):
    """Raise unless this object can be fitted, updated, and asked for a forecast."""
    if isinstance(forecaster, type):
        raise TypeError(
            f"forecaster is the class {forecaster.__name__}; expected an object: "
            f"{forecaster.__name__}()."
        )
    missing = [method for method in METHODS if not hasattr(forecaster, method)]
    if missing:
        advice = "expected a forecaster such as SequenceForecaster()"
        if hasattr(forecaster, "estimator") and hasattr(forecaster, "fit"):
            advice = (
                "fit the search on the first rows, and pass its best_estimator_; or pass the "
                "forecaster inside it"
            )
        raise TypeError(
            f"forecaster is {shorten(forecaster)}, which has no method {missing[0]}: {advice}."
        )
    parameters = inspect.signature(forecaster.forecast).parameters
    takes_any = any(each.kind == each.VAR_KEYWORD for each in parameters.values())
    if coverages and not takes_any and "coverage" not in parameters:
        raise TypeError(
            f"coverage was given, but {type(forecaster).__name__}.forecast has no such argument; "
            "leave it out."
        )


def _check_refit(refit):
    """The number of cutoffs for each fit, or None if there is only one fit."""
    if isinstance(refit, bool | np.bool_):
        return 1 if refit else None
    if not isinstance(refit, Integral) or refit < 1:
        raise ValueError(
            f"refit={shorten(refit)} is not valid; expected True, False, or an integer k >= 1 for "
            "a fit at every k-th cutoff."
        )
    return int(refit)


def _reads_times(forecaster):
    """Whether a transformer of X may need the times, if there is no X."""
    has_transformer = getattr(forecaster, "exog_transformer", None) is not None
    return has_transformer or getattr(forecaster, "_members_encode_exog", False)


def _check_fitted(forecaster, refit, static):
    """Raise unless a forecaster that was fitted before can be used as it is."""
    if refit:
        raise ValueError(
            f"refit={shorten(refit)} with initial='fitted', which uses the forecaster as it is "
            "fitted. Use refit=False, or for fits give initial as a number."
        )
    if static is not None:
        raise ValueError(
            "static is for a fit, but with initial='fitted' there is none, and the forecaster "
            "knows its static features. Leave it out."
        )
    if isinstance(forecaster, BaseEstimator):
        try:
            check_is_fitted(forecaster)
        except NotFittedError as error:
            raise NotFittedError(
                f"forecaster is {shorten(forecaster)}, which is not fitted, but initial='fitted'. "
                "Fit it before, or give initial as a number of times to fit it on."
            ) from error


def _check_has_exog(forecaster, X, is_fitted):
    """Raise, or warn if it is fitted anew, if X is left out that a fitted forecaster had."""
    n_columns = getattr(forecaster, "n_features_in_", 0)
    if X is not None or not n_columns:
        return
    names = getattr(forecaster, "feature_names_in_", None)
    columns = "" if names is None else f", {shorten_list(list(names))}"
    message = (
        f"The forecaster was fitted with {n_columns} exogenous variable(s){columns}, but X is None"
    )
    call = "backtest(forecaster, y, X, ...)"
    if is_fitted:
        raise ValueError(f"{message}: pass them at the times of y, {call}.")
    warn_user(
        f"{message}: the forecasts are those of a clone that is fitted without them. To use them, "
        f"{call}. If they are left out on purpose, pass a forecaster that is not fitted, "
        "sklearn.base.clone(forecaster).",
    )


def _check_later_times(history, horizon):
    """Raise unless at least one horizon follows a forecaster that was fitted before."""
    last, n_later = history.axis[0], len(history.axis) - 1
    if n_later < horizon:
        after = "" if isinstance(history.axis, range) else f", {last}"
        raise ValueError(
            f"y has {n_later} time(s) after the last one of the forecaster{after}, which are not "
            f"enough for horizon={shorten(horizon)}. Give later rows, or use a smaller horizon."
        )


def _n_initial(history, initial, horizon):
    """The number of times known at the first cutoff."""
    n_times = len(history.axis)
    if isinstance(initial, float | np.floating):
        fraction = check_number(initial, "initial", "(0, 1)")
        n_initial = int(fraction * n_times)
    elif isinstance(initial, _TIMES) or hasattr(initial, "freqstr"):
        n_initial = history.n_times_until(initial)
    else:
        n_initial = check_integer(
            initial, "initial", 1, " or a float in (0, 1), 'fitted' or a time"
        )
    last = n_times - horizon
    if last < 1:
        raise ValueError(
            f"y has {n_times} times, which are not enough for horizon={shorten(horizon)}: expected "
            "that many after the first cutoff, and those known before. Use a smaller horizon."
        )
    if n_initial < 1:
        raise ValueError(
            f"initial={initial} of the {n_times} times of y is less than one; expected a larger "
            "fraction, or a number of times."
        )
    if n_initial > last:
        raise ValueError(
            f"y has {n_times} times, which are not enough for initial={shorten(initial)} and "
            f"horizon={horizon}. Use an initial of at most {last}, or a smaller horizon."
        )
    return n_initial


def _check_begun(history, n_initial):
    """Raise if a series begins after the first cutoff."""
    last = history.axis[n_initial - 1]
    late = [
        name
        for name, positions in zip(history.names, history.positions, strict=True)
        if positions[0] >= n_initial
    ]
    if late:
        raise ValueError(
            f"There are series that begin after the first cutoff, {last}: {shorten_list(late)}. "
            "Leave them out, or use a larger initial."
        )


def _check_not_ended(history, n_initial, horizon):
    """Warn if a series has no whole horizon after the first cutoff, and raise if none has."""
    last = history.axis[n_initial - 1]
    found = history.next_rows(n_initial, horizon)
    ended = [name for i, name in enumerate(history.names) if i not in found]
    if not ended:
        return
    message = (
        f"There are series with fewer than horizon={horizon} rows after the first cutoff, {last}: "
        f"{shorten_list(ended)}. "
    )
    if not found:
        raise ValueError(f"{message}These are all: use a smaller initial or horizon.")
    warn_user(f"{message}They are not in the table; use a smaller initial or horizon.")


# Tasks and their results


def _tasks(common, forecaster, is_fitted, fit_every, n_jobs):
    """The further arguments of the calls of `evaluate`, which do not depend on each other."""
    n_cutoffs = len(common.cutoffs)
    if fit_every is not None and fit_every < n_cutoffs:
        starts = range(0, n_cutoffs, fit_every)
        return [(forecaster, None, i, i, min(i + fit_every, n_cutoffs)) for i in starts]
    if is_fitted:
        fitted = updated_to(forecaster, common.history, common.cutoffs[0])
    else:
        fitted = fitted_at(forecaster, common.history, common.cutoffs[0], common.verbose)
    n_tasks = min(effective_n_jobs(n_jobs), n_cutoffs)
    ends = np.linspace(0, n_cutoffs, n_tasks + 1).round().astype(int)
    return [(None, fitted, 0, *pair) for pair in pairwise(ends.tolist())]


def _table(history, forecasts, names):
    """The table of all forecasts, a block of rows for each cutoff, series and column of y."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("backtest returns a DataFrame, and needs pandas.") from error

    n_blocks, horizon, n_values = len(forecasts), len(forecasts[0][1]), history.values.shape[1]
    rows = np.array([rows for _, rows, _ in forecasts])
    rows = np.repeat(rows[:, np.newaxis], n_values, axis=1).ravel()
    repeats = n_values * horizon
    columns = np.tile(np.repeat(np.arange(n_values), horizon), n_blocks)
    positions, series = np.empty((2, len(history.values)), dtype=int)
    for i, numbers in enumerate(history.row_numbers):
        positions[numbers], series[numbers] = history.positions[i], i
    axis = pd.Index(history.axis)
    cutoffs = np.repeat([cutoff for cutoff, _, _ in forecasts], repeats)
    table = {}
    if history.series_id is not None:
        table["series"] = np.asarray(history.ids)[series[rows]]
    if history.labels is not None:
        name = "column" if "series" in table else "series"
        table[name] = pd.Index(history.labels).take(columns)
    table["cutoff"], table["time"] = axis.take(cutoffs - 1), axis.take(positions[rows])
    table["step"] = np.tile(np.arange(1, horizon + 1), n_blocks * n_values)
    table["y"] = history.values[rows, columns]
    values = np.stack([values for _, _, values in forecasts]).transpose(0, 2, 1, 3)
    values = values.reshape(-1, values.shape[-1])
    table |= {name: values[:, k] for k, name in enumerate(names[4:])}
    return pd.DataFrame(table)
