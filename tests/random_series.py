"""Random forecasters and series in all forms, drawn by hypothesis."""

import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import assume, event
from hypothesis import strategies as st
from quick_forecasters import Flat
from sklearn.base import clone
from sklearn.preprocessing import FunctionTransformer
from time_indexes import FIXED, REGULAR, N

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster
from sklstm.losses import Quantile

AHEAD = 12  # rows after those of fit
SINGLE = ("array", "Series", "column", "one in a list", "one id")
FORMS = (*SINGLE, "columns", "DataFrame", "list", "list of Series", "ids", "Series with ids")
TIMED = ("Series", "DataFrame", "list of Series", "Series with ids")
QUANTILES = [0.1, 0.5, 0.9]
REGRESSORS = {
    "ridge": Flat(),
    "smoothing": "smoothing",
    "network": LSTMRegressor(2, max_iter=1, random_state=0),
    "quantiles": LSTMRegressor(2, max_iter=1, loss=Quantile(QUANTILES), random_state=0),
    "gaussian": LSTMRegressor(2, max_iter=1, loss="gaussian", random_state=0),
}


@dataclass
class Case:
    """A random forecaster with random series.

    Attributes
    ----------
    forecaster : SequenceForecaster or VotingForecaster
    form : str
        One of `FORMS`.
    index : str
        Key of `REGULAR`, the times of the forms in `TIMED`.
    series, exog : lists of ndarrays
        Of each series the values (n_i,), or (n_i, S), and exogenous variables (n_i, k). The last
        `AHEAD` rows are not for ``fit``.
    """

    forecaster: Any
    form: str
    index: str
    series: list
    exog: list

    @property
    def has_exog(self):
        return self.exog[0].shape[1] > 0

    @property
    def unit(self):
        return max(np.nanmax(np.abs(rows)) for rows in self.series)

    @property
    def times_are_known(self):
        """Whether any part of the index has its step.

        Others are found in many rows, or in a freq, which a part of an index may lack.
        """
        if self.index in FIXED:
            return "decimals" not in self.index
        return min(map(len, self.series)) - AHEAD >= 20 and self.form != "Series with ids"

    @property
    def close(self):
        return {"rtol": 1e-7, "atol": 1e-7 * self.unit}

    def fit(self, stop=None):
        """The forecaster fitted on all rows but the last ones, or up to `stop` of these."""
        return self.fitted(clone(self.forecaster), stop)

    def fitted(self, model, stop=None):
        y, X, ids = self.rows(None, 0 if stop is None else stop)
        return model.fit(X, y, series_id=ids)

    def update(self, model, start, stop):
        assume(self.form not in TIMED or self.times_are_known)
        y, X, ids = self.rows(start, stop)
        return model.update(y, X, series_id=ids)

    def forecast(self, model, steps, start=0, **options):
        """The forecast after the first `start` of the last rows, in its own form."""
        _, X, ids = self.rows(start, start + steps)
        if self.has_exog:
            return model.forecast(X=X, series_id=ids, **options)
        return model.forecast(steps, **options)

    def forecasts(self, model, steps, start=0):
        """The same as a list, an array for each series."""
        return self.as_arrays(self.forecast(model, steps, start))

    def as_arrays(self, result):
        """A list with the array of each series, from any form of a result."""
        if isinstance(result, dict):
            return [np.asarray(result[key]) for key in sorted(result)]
        if isinstance(result, list):
            return [np.asarray(rows) for rows in result]
        if self.form == "Series with ids":
            return [np.asarray(result.loc[key]) for key in self.ids]
        return [np.asarray(result)]

    @property
    def ids(self):
        return [f"id {i}" for i in range(len(self.series))]

    def times(self, i, start, stop):
        """The times of some rows of a series; all series end together."""
        origin = N - AHEAD
        first = origin - (len(self.series[i]) - AHEAD)
        return REGULAR[self.index][first if start is None else origin + start : origin + stop]

    def rows(self, start, stop):
        """y, X and series_id of some rows, counted from the first one that is not for fit."""
        parts, exog, times = [], [], []
        for i, (values, x) in enumerate(zip(self.series, self.exog, strict=True)):
            origin = len(values) - AHEAD
            some = slice(0 if start is None else origin + start, origin + stop)
            parts.append(values[some])
            exog.append(x[some] if self.has_exog else None)
            times.append(self.times(i, start, stop))
        return (self.in_form(parts, times), *self.exog_in_form(exog, times, parts))

    def in_form(self, parts, times):
        if self.form in ("list", "one in a list"):
            return parts
        if self.form == "list of Series":
            return [pd.Series(*pair) for pair in zip(parts, times, strict=True)]
        if self.form in ("ids", "one id"):
            return np.concatenate(parts)
        if self.form == "Series with ids":
            series = [pd.Series(*pair) for pair in zip(parts, times, strict=True)]
            return pd.concat(series)
        if self.form == "column":
            return parts[0][:, np.newaxis]
        kinds = {"Series": pd.Series, "DataFrame": pd.DataFrame}
        return kinds[self.form](parts[0], times[0]) if self.form in kinds else parts[0]

    def exog_in_form(self, exog, times, parts):
        """X and series_id."""
        ids = None
        if "id" in self.form:
            ids = np.repeat(self.ids, [len(part) for part in parts])
        if not self.has_exog:
            return None, ids
        if "list" in self.form:
            return exog, ids
        return np.concatenate(exog), ids


def draw_values(draw, rng, n, n_columns):
    """A random walk, a season, a constant or counts."""
    kind = draw(st.sampled_from(["walk", "season", "constant", "counts"]))
    shape = n, n_columns
    if kind == "walk":
        return 50 + rng.normal(size=shape).cumsum(axis=0)
    if kind == "season":
        season = 5 * np.sin(np.arange(n) * np.pi / 2)[:, np.newaxis]
        return 50 + season + rng.normal(size=shape)
    if kind == "constant":
        return np.full(shape, 7.0)
    return rng.poisson(2.0, shape).astype(float)


@st.composite
def cases(
    draw,
    *,
    forms=FORMS,
    regressors=tuple(REGRESSORS),
    seasons=(None, 4, "auto"),
    exog=True,
    votes=True,
    **fixed,
):
    """A strategy for `Case`; parameters of the forecaster that are given are not drawn."""
    form = draw(st.sampled_from(forms))
    n_series = 1 if form in (*SINGLE, "columns", "DataFrame") else draw(st.integers(1, 3))
    n_columns = draw(st.integers(1, 3)) if form in ("columns", "DataFrame") else 1
    longest = N - AHEAD if form in TIMED else 300
    length = st.one_of(st.integers(20, 48), st.integers(3, longest))
    lengths = [draw(length) for _ in range(n_series)]
    regressor = draw(st.sampled_from(regressors))
    params = draw_parameters(draw, regressor, seasons) | fixed
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    series = [draw_values(draw, rng, n + AHEAD, n_columns) for n in lengths]
    if params["scale"] is not False:  # otherwise regressors read y as it is
        unit = draw(st.sampled_from([1.0, 1e-9, 1e9]))
        series = [unit * values for values in series]
    if form not in ("columns", "DataFrame"):
        series = [values[:, 0] for values in series]
    k = draw(st.integers(0, 2)) if exog and regressor != "smoothing" else 0
    variables = [rng.normal(size=(n + AHEAD, k)) for n in lengths]
    index = draw(st.sampled_from(list(REGULAR))) if form in TIMED else "days"
    model = SequenceForecaster(REGRESSORS[regressor], **params)
    if votes and k == 0 and draw(st.integers(0, 3)) == 3:
        other = SequenceForecaster(
            "smoothing", level="last", season_length=None, missing=model.missing
        )
        members = [("drawn", model), ("last", other)]
        model = VotingForecaster(members, calibration_fraction=model.calibration_fraction)
    return Case(model, form, index, series, variables)


def draw_parameters(draw, regressor, seasons):
    """Parameters of a forecaster that go together."""
    smooths = regressor == "smoothing"
    levels = ["smoothed", "last"] if smooths else ["auto", "smoothed", "last", None]
    level = draw(st.sampled_from(levels))
    transformers = [None, "auto", FunctionTransformer(np.sqrt, np.square)]
    params = {
        "window": draw(st.one_of(st.just("auto"), st.integers(1, 12))),
        "strategy": draw(st.sampled_from(["recursive"] + ["direct"] * (not smooths))),
        "level": level,
        "combine": level is not None and regressor in ("ridge", "network") and draw(st.booleans()),
        "transformer": draw(st.sampled_from(transformers)),
        "calibration_fraction": draw(st.sampled_from([None, 0.2, 0.5])),
        "random_state": 0,
    }
    if params["strategy"] == "direct":
        params["horizon"] = draw(st.one_of(st.just("auto"), st.integers(1, 6)))
    if level is None:
        params["scale"] = draw(st.booleans())
        params["differences"] = draw(st.sampled_from([0, 1, 2, (4,), (4, 1)]))
    else:
        params["season_length"] = draw(st.sampled_from(seasons))
        scales = ["auto", "common", "series", "window", False]
        params["scale"] = draw(st.sampled_from(scales))
        trends = ["drift", "damped", "theta"] if level != "last" else ["drift"]
        params["trend"] = draw(st.sampled_from(trends))
    return params


EXPECTED = [
    "Training learned nothing",
    "(?s).*X is on a scale on which a network learns badly",
    "The times are not regular",
    ".*is shorter than horizon",
    ".*far from all values observed",
    ".*too few windows to train on",
]


REFUSED = [
    "needs? at least",
    "are needed",
    "has no known value",
    "all values in fit were positive, and their logarithms are forecast",
]


@contextmanager
def running():
    """Data that a forecaster refuses are no example; some warnings are expected."""
    with warnings.catch_warnings():
        for message in EXPECTED:
            warnings.filterwarnings("ignore", message)
        try:
            yield
        except ValueError as error:
            if not re.search("|".join(REFUSED), str(error)):
                raise
            event("not enough data")
            assume(False)


def in_other_form(case, form):
    return replace(case, form=form)
