"""Calendar features of a time index."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from .._estimators.documentation_links import LinksDocumentation
from .._typing import Array, ArrayLike, BaseEstimator, TransformerMixin
from .._validation.numbers import as_numbers
from .._validation.time_index import index_of, read_times
from .._validation.time_zones import zone_to_plain
from ..core.checks import check_choice, check_flag, did_you_mean, listed
from ..core.messages import shorten, shorten_list
from ..core.user_warnings import warn_user
from ._calendar_columns import (
    CYCLES,
    advised_feature,
    automatic_features,
    columns_of_feature,
    names_of_columns,
    unresolved_features,
    values_of,
)
from ._calendar_holidays import days_and_rows, holiday_columns, names_of_holidays, read_holidays

_USAGE = (
    "CalendarFeatures reads the times of an index of pandas, of dates or periods: pass a DataFrame "
    "that has it, such as pd.DataFrame(index=pd.date_range('2024-01-01', periods=24, freq='h'))"
)


class CalendarFeatures(LinksDocumentation, TransformerMixin, BaseEstimator):
    """Hour, weekday, time of the year and holidays, from a time index.

    As the calendar is known in advance, these are exogenous variables of a forecaster. With
    ``SequenceForecaster(exog_transformer=CalendarFeatures())`` they need not be passed: they are
    computed from the index of y, and for the times to forecast.

    Parameters
    ----------
    features : "auto" or list of str, default="auto"
        The features: "hour", "weekday", "day" (of the month), "day_of_year", "week", "month",
        "quarter" and "year". "auto" chooses those that the step between the times resolves, and of
        which the times of `fit` cover a whole cycle: "hour", "weekday", and one for the time of the
        year, which is "day_of_year" for days or shorter steps, "week", "month" or "quarter". With
        ``encoding="onehot"`` it is "month" for all steps up to a month.
    encoding : {"cyclic", "onehot"}, default="cyclic"
        "cyclic": sine and cosine of the position in the cycle, two columns for each feature.
        "onehot": a column for each value, such as 24 for the hour, whether it is in the data or
        not. The year is a number, 0 in the first year of `fit`.
    holidays : list of dates, dict, callable or None, default=None
        Adds a column "holiday" of 0 and 1. A dict has names by date, as
        ``holidays.country_holidays("DE")`` of the package of that name returns. A function of a
        ``datetime.date`` returns whether it is a holiday, or its name or None. Names that occur in
        `fit` have another column each. A list or dict must contain the dates to forecast, too,
        unless it computes them, as that package does. Dates are ``datetime.date``, timestamps, or
        text as "2024-12-25".
    passthrough : bool, default=True
        Whether the columns of X, which must be numbers, are kept before the new ones.

    Attributes
    ----------
    features_ : list of str
        The features, with "auto" replaced.
    holidays_ : list of str
        The names of holidays in `fit`, in sorted order.
    first_year_ : int
        The first year of `fit`.
    zone_ : str or None
        The time zone of `fit`, on whose clocks hours and days are read.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Names of the columns of X, if all are strings.

    See Also
    --------
    sklstm.SequenceForecaster : Has it as a part, with `exog_transformer`.

    Notes
    -----
    Times are those of a ``DatetimeIndex`` with or without a zone, or a ``PeriodIndex``, of which
    the start of each period counts; also dates as ``datetime.date``, and text in ISO 8601. X is a
    DataFrame with such an index, which may have no columns, a Series, of which only the index is
    read, or the index itself.

    The hour includes minutes and seconds if it is cyclic. A month is a cycle of as many days as it
    has, a year one of 365 or 366 days.

    Other transformers can be applied to columns of X in a ``ColumnTransformer``, which passes the
    index on: ``make_column_transformer((OneHotEncoder(), ["weather"]), (CalendarFeatures(),
    ["temperature"]))``.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklstm.preprocessing import CalendarFeatures
    >>> X = pd.DataFrame(index=pd.date_range("2024-12-23", periods=8, freq="D"))
    >>> calendar = CalendarFeatures(["weekday"], holidays=["2024-12-25", "2024-12-26"])
    >>> calendar.set_output(transform="pandas").fit_transform(X).round(2).head(4)
                weekday_sin  weekday_cos  holiday
    2024-12-23         0.00         1.00      0.0
    2024-12-24         0.78         0.62      0.0
    2024-12-25         0.97        -0.22      1.0
    2024-12-26         0.43        -0.90      1.0
    """

    features_: list[str]
    holidays_: list[str]
    first_year_: int
    zone_: str | None
    n_features_in_: int
    feature_names_in_: Array

    if TYPE_CHECKING:  # an array, or a data frame after `set_output`

        def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any: ...

    def __init__(
        self,
        features: str | Sequence[str] = "auto",
        *,
        encoding: str = "cyclic",
        holidays: Any = None,
        passthrough: bool = True,
    ) -> None:
        self.features = features
        self.encoding = encoding
        self.holidays = holidays
        self.passthrough = passthrough

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Choose the features, and store the names of holidays.

        Parameters
        ----------
        X : DataFrame of shape (n, k), Series or pandas Index
            Data with a time index.
        y : None
            Ignored.

        Returns
        -------
        CalendarFeatures
            The transformer itself.

        Raises
        ------
        ValueError, TypeError
            If a parameter is not valid, X has no time index, or "auto" finds no feature.

        Warns
        -----
        UserWarning
            If a feature is finer than the step between the times, such as the hour of daily data.
        """
        check_choice(self.encoding, "encoding", ["cyclic", "onehot"])
        check_flag(self.passthrough, "passthrough")
        given = self._given_features()
        times = _times_of(X)
        self.zone_ = zone_to_plain(times.tz)
        self.n_features_in_ = 0
        self.__dict__.pop("feature_names_in_", None)
        if hasattr(X, "columns"):
            validate_data(self, X, reset=True, skip_check_array=True)
        dates = times.tz_localize(None)
        self.features_ = automatic_features(dates, self.encoding) if given is None else given
        if not self.features_ and self.holidays is None:
            _refuse_no_feature(given, dates)
        if given:
            _warn_unresolved(given, dates)
        self.first_year_ = int(values_of("year", dates).min())
        self.holidays_ = []
        if self.holidays is not None:
            days, _ = days_and_rows(dates)
            found = names_of_holidays(days, read_holidays(self.holidays)[0])
            self.holidays_ = sorted({name for name in found if isinstance(name, str)})
        self._check_names()
        return self

    def transform(self, X: ArrayLike) -> Any:
        """Compute the features of times, also of times that are not in `fit`.

        Parameters
        ----------
        X : DataFrame of shape (n, k), Series or pandas Index
            Data with a time index, and with the columns of `fit` unless they are dropped.

        Returns
        -------
        ndarray of shape (n, m), or DataFrame after `set_output`
            The columns of X, if they are kept, and the features.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If `fit` has not been called, X has other columns, or no time index.

        Warns
        -----
        UserWarning
            If there are times in years after the last one of a list or dict of holidays.
        """
        check_is_fitted(self)
        dates = self._on_clock_of_fit(_times_of(X))
        columns = [np.empty((len(dates), 0))]
        if hasattr(X, "columns"):
            validate_data(self, X, reset=False, skip_check_array=True)
        if self.passthrough and self.n_features_in_:
            columns.append(self._numbers(X))
        columns += [
            columns_of_feature(name, dates, self.encoding, self.first_year_)
            for name in self.features_
        ]
        if self.holidays is not None:
            days, rows = days_and_rows(dates)
            function, listed = read_holidays(self.holidays)
            _warn_after_list(listed, days)
            found = names_of_holidays(days, function)
            columns.append(holiday_columns(days, rows, found, self.holidays_))
        return np.hstack(columns)

    def get_feature_names_out(self, input_features: Sequence[str] | Array | None = None) -> Array:
        """Names of the columns of the output.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of X, if they had none in `fit`.

        Returns
        -------
        ndarray of str objects
            The names.

        Raises
        ------
        NotFittedError, ValueError
            If `fit` has not been called, or the number of names is not that of the columns.
        """
        check_is_fitted(self)
        return np.array(self._kept_names(input_features) + self._new_names(), dtype=object)

    def _given_features(self):
        """The names in `features` as a list; None for "auto"."""
        if isinstance(self.features, str) and self.features == "auto":
            return None
        if isinstance(self.features, str) or not np.iterable(self.features):
            name = self.features if _is_feature(self.features) else "month"
            raise ValueError(
                f"features={shorten(self.features)} is not valid; expected 'auto' or a list, such "
                f"as [{name!r}].{_nearest(self.features)}"
            )
        features = list(self.features)
        for name in features:
            if not _is_feature(name):
                raise ValueError(
                    f"{shorten(name)} is not a feature of the calendar; expected some of "
                    f"{listed(CYCLES)}.{_nearest(name)}"
                )
        if len(set(features)) < len(features):
            raise ValueError(f"features={shorten(features)} has the same feature twice.")
        return features

    def _on_clock_of_fit(self, times):
        """Dates on the clocks of the zone of fit, without the zone."""
        if (times.tz is None) != (self.zone_ is None):
            has, had = ("have no", "had one") if self.zone_ else ("have a", "had none")
            raise ValueError(
                f"The times of X {has} zone, such as {times[0]}, but those of fit {had}: X.index = "
                f"X.index.tz_localize({self.zone_!r})."
            )
        return times if times.tz is None else times.tz_convert(self.zone_).tz_localize(None)

    def _numbers(self, X):
        if not hasattr(X, "columns"):
            raise ValueError(
                f"X has no columns, but fit had {self.n_features_in_}: pass a DataFrame with them, "
                "or use passthrough=False."
            )
        return as_numbers(
            X,
            "X",
            advice="CalendarFeatures keeps the columns of X, which must be numbers: encode this "
            "one beside it, make_column_transformer((OneHotEncoder(), [...]), (CalendarFeatures(), "
            "[...])), or use passthrough=False.",
        )

    def _kept_names(self, input_features=None):
        if not self.passthrough:
            return []
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            names = [f"x{i}" for i in range(self.n_features_in_)]
            names = names if input_features is None else input_features
        if len(names) != self.n_features_in_:
            raise ValueError(
                f"input_features has {len(names)} name(s); expected {self.n_features_in_}."
            )
        return list(names)

    def _new_names(self):
        names = [n for feature in self.features_ for n in names_of_columns(feature, self.encoding)]
        if self.holidays is not None:
            names += ["holiday", *(f"holiday_{name}" for name in self.holidays_)]
        return names

    def _check_names(self):
        if both := sorted(set(self._kept_names()) & set(self._new_names())):
            raise ValueError(
                f"X already has the columns {shorten_list(both)}, which CalendarFeatures adds. "
                "Rename them, leave out these features, or use passthrough=False."
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.no_validation = True
        tags.input_tags.allow_nan = True
        return tags


def _nearest(name):
    """A question for the feature that is meant, which pandas may call otherwise; or ""."""
    others = {"day_of_week": "weekday", "day_of_month": "day", "week_of_year": "week"}
    names = {name: name for name in CYCLES} | others
    names |= {name.replace("_", ""): feature for name, feature in names.items()}
    question = did_you_mean(name, names, " Did")
    for found, feature in names.items():
        question = question.replace(f"{found!r}", f"{feature!r}")
    return question


def _is_feature(name):
    return isinstance(name, str) and name in CYCLES


def _refuse_no_feature(given, dates):
    """Raise if there are neither features, given or found, nor holidays."""
    if given is None:
        problem = (
            f"features='auto' gives no feature for {len(dates)} time(s) from {dates[0]} to "
            f"{dates[-1]}: 'auto' needs a whole day, week or year, and steps that are shorter"
        )
    else:
        problem = "features is empty, and there are no holidays"
    raise ValueError(
        f"{problem}. Name the features, for example CalendarFeatures([{advised_feature(dates)!r}])."
    )


def _warn_unresolved(names, dates):
    """Warn of named features that are finer than the step between the times."""
    finer, step = unresolved_features(names, dates)
    if finer:
        rest = [name for name in names if name not in finer] or [advised_feature(dates)]
        warn_user(
            f"The times of X are {step:.3g} day(s) apart, which is too long a step for the "
            f"feature(s) {listed(finer)}: leave out what the times cannot tell, features={rest}."
        )


def _times_of(X):
    """The times of data as dates, with their zone."""
    index = X if hasattr(X, "is_monotonic_increasing") and not hasattr(X, "iloc") else index_of(X)
    if index is None:
        raise TypeError(f"X is a {type(X).__name__} without times. {_USAGE}.")
    import pandas as pd

    if index.nlevels > 1:
        raise ValueError(
            "The index of X has several levels; expected times: pass "
            f"X.droplevel({index.names[0] if index.names[0] is not None else 0!r})."
        )
    if not len(index):
        raise ValueError(f"X has no rows. {_USAGE}.")
    source = "X" if index is X else "X.index"
    times = read_times(index, "X", source)
    if isinstance(times, pd.PeriodIndex):
        times = times.to_timestamp(how="start")
    if not isinstance(times, pd.DatetimeIndex):
        raise ValueError(
            f"The index of X has no dates, but {shorten(index[0], 60)}. {_USAGE}. Convert times by "
            f"pd.to_datetime: {source} = pd.to_datetime({source})."
        )
    return times


def _warn_after_list(listed, days):
    """Warn if days are in years after the last one of a list or dict of holidays."""
    if listed is None or not days:
        return
    last = max(listed, default=None)
    if last is None or days[-1].year > last.year:
        warn_user(
            f"The holidays end {'before' if last is None else 'with'} {last or days[0]}, "
            f"but X has times up to {days[-1]}, which count as days without holidays. Extend the "
            "list or dict, or pass a function of a date.",
        )
