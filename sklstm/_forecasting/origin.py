"""The state of the series at the forecast origin: all that forecasts need of the past.

A bounded number of rows before these is kept, too. The errors of earlier forecasts are measured on
them, and the network can be trained further.
"""

from dataclasses import dataclass

import numpy as np

from .._validation.time_index import ROWS_TO_FORECAST
from ..core.messages import shorten
from .calibration import PastRows
from .covariates import delayed, join_covariates
from .forecast_checks import min_and_max
from .later_times import advance_times, are_all_times, check_follows, last_time, n_steps_to
from .missing import exog_with_flags, filled_levels
from .scaling import difference
from .smoothing import Components, Smoother, stack_components
from .static import read_static
from .time_axis import summarize_times

# Rows kept in addition to those that a forecast needs: of a series, and of all columns together.
MAX_RECENT, MAX_RECENT_OF_ALL, MIN_RECENT = 400, 40_000, 4


@dataclass
class ForecastOrigin:
    """State of N series after their last observations, in lists of N.

    The arrays of a series end with its last row. Those of rows are longer than a forecast needs,
    by up to `n_recent_rows`, as far as its series is long enough.

    Attributes
    ----------
    ids : list
        Ids of the series.
    times : list of dict or None
        Summaries of their times, see `summarize_times`.
    levels : list of ndarray of shape (>= plan.total_lag, S)
        The last levels, to undo differences; NaN where they are missing.
    components : list of dict
        The last rows, at least `plan.n_component_rows` + extra, of `Components` of the changes.
    covariates : list of ndarray of shape (>= window + extra, k + m)
        The last exogenous variables that are known ahead, and static features.
    past : list of ndarray of shape (>= window + extra + horizon, p)
        The last exogenous variables of the past, `delayed`: they reach `horizon` rows further.
    static : ndarray of shape (N, m)
        Static features, which are the last m columns of `covariates`.
    extremes : list of ndarray of shape (2, S)
        Minimum and maximum of all values observed.
    n_new : list of int
        Number of rows observed since the model was trained or calibrated; errors of forecasts of
        these rows are those of unseen data.
    """

    ids: list
    times: list[dict | None]
    levels: list[np.ndarray]
    components: list[dict]
    covariates: list[np.ndarray]
    past: list[np.ndarray]
    static: np.ndarray
    extremes: list[np.ndarray]
    n_new: list[int]

    @classmethod
    def from_series(cls, panel, levels, static, decomposition, plan):
        """The state after whole series; arrays are copied."""
        needed = _needed_rows(plan)
        n_recent = n_recent_rows(len(levels), levels[0].shape[1])
        series = levels
        if plan.level is None:  # the components of a constant level do not depend on earlier rows
            n_rows = needed["components"] + n_recent + plan.total_lag
            series = [rows[-n_rows:] for rows in levels]
        components = decomposition.components([difference(rows, plan.lags) for rows in series])
        return cls(
            ids=panel.ids,
            times=list(map(summarize_times, panel.indexes, panel.names)),
            levels=[_last_levels(rows, needed["levels"], n_recent, plan) for rows in levels],
            components=[
                _last_components(each, needed["components"], n_recent) for each in components
            ],
            covariates=[
                _joined(_last_rows(rows, needed["covariates"], n_recent), each)
                for rows, each in zip(panel.exog, static, strict=True)
            ],
            past=[
                _last_rows(delayed(rows, plan.horizon), needed["past"], n_recent)
                for rows in panel.past
            ],
            static=static,
            extremes=[min_and_max(rows) for rows in panel.values],
            n_new=[0] * len(levels),
        )

    def copy(self):
        """A copy to which observations can be appended without changing the original."""
        return ForecastOrigin(*(field[:] for field in vars(self).values()))

    # Observations

    def append(self, i, values, levels, exog, past, index, decomposition, plan):
        """Append observations to series `i`, as values and as levels."""
        check_follows(self.times[i], index, f"y{self._of_series(i)}")
        self.extremes[i] = min_and_max(np.concatenate([self.extremes[i], values]))
        self.times[i] = advance_times(self.times[i], len(levels), index)
        self.n_new[i] += len(levels)
        exog = exog_with_flags(exog, plan.flagged_exog, self.covariates[i][-1])
        past = exog_with_flags(past, plan.flagged_past, self.past[i][-1])
        needed = _needed_rows(plan)
        n_recent = n_recent_rows(len(self.ids), levels.shape[1])
        before = self.levels[i][len(self.levels[i]) - plan.total_lag :]
        changes = difference(np.concatenate([before, levels]), plan.lags)
        smoother = Smoother(decomposition.select(i), plan.season_length)
        components = smoother.extended(Components(**self.components[i]), changes)
        self.components[i] = _last_components(components, needed["components"], n_recent)
        levels = np.concatenate([self.levels[i], levels])
        self.levels[i] = _last_levels(levels, needed["levels"], n_recent, plan)
        covariates = np.concatenate([self.covariates[i], _joined(exog, self.static[i])])
        self.covariates[i] = _last_rows(covariates, needed["covariates"], n_recent)
        past = np.concatenate([self.past[i], past])
        self.past[i] = _last_rows(past, needed["past"], n_recent)

    def add_series(self, series_id, components, values, levels, exog, past, static, index, plan):
        """Add a new series, with filled exogenous rows."""
        self.ids.append(series_id)
        self.times.append(summarize_times(index, f"series {shorten(series_id)}"))
        needed = _needed_rows(plan)
        n_recent = n_recent_rows(len(self.ids), levels.shape[1])
        covariates, past = _joined(exog, static), delayed(past, plan.horizon)
        self.levels.append(_last_levels(levels, needed["levels"], n_recent, plan))
        self.components.append(_last_components(components, needed["components"], n_recent))
        self.covariates.append(_last_rows(covariates, needed["covariates"], n_recent))
        self.past.append(_last_rows(past, needed["past"], n_recent))
        self.static = np.vstack([self.static, static])
        self.extremes.append(min_and_max(values))
        self.n_new.append(0)  # its smoothing was chosen on all of its rows

    def static_of_new_series(self, static, panel):
        """Static features (m,) of the series that are new, by id."""
        known = self.index_by_id()
        new = [series_id for series_id in panel.ids if series_id not in known]
        m = self.static.shape[1]
        if not new:
            return {}
        if m and static is None:
            raise ValueError(
                f"series {shorten(new[0])} is new, and its {m} static feature(s) are missing; "
                "pass static."
            )
        rows = read_static(static, new, panel.form)
        if rows.shape[1] != m:
            raise ValueError(f"static has {rows.shape[1]} feature(s); expected {m}, as in fit.")
        return dict(zip(new, rows, strict=True))

    # Series

    def index_by_id(self):
        """The index of each series in the lists, by id."""
        return {series_id: i for i, series_id in enumerate(self.ids)}

    def indices(self, ids):
        """The indices of series in the lists; raise for an unknown id."""
        index = self.index_by_id()
        if unknown := [series_id for series_id in ids if series_id not in index]:
            raise ValueError(
                f"series_id {shorten(unknown[0])} was not in fit; update(y, X, series_id=...) "
                "adds a new "
                "series."
            )
        return [index[series_id] for series_id in ids]

    def _of_series(self, i):
        """The name of series `i` in an error message; empty for a single series."""
        return f" of series {shorten(self.ids[i])}" if len(self.ids) > 1 else ""

    # Forecasts

    def levels_and_components(self, indices, plan):
        """Levels (B, total_lag, S) and components (rows, B, S) of some of the series."""
        needed = _needed_rows(plan)
        levels = np.stack(
            [_tail(filled_levels(self.levels[i], plan.lags), needed["levels"]) for i in indices]
        )
        components = [Components(**self.components[i]) for i in indices]
        n_rows = needed["components"]
        return levels, stack_components([each.last_rows(n_rows) for each in components])

    def n_recent(self, i, plan):
        """Number of the last rows of series `i` before each of which a forecast can begin."""
        return min(
            len(self.levels[i]) - plan.total_lag,
            len(self.components[i]["level"]) - plan.n_component_rows,
            len(self.covariates[i]) - plan.window,
        )

    def past_rows(self, indices, plan):
        """The rows kept of some of the series."""
        return [
            PastRows(
                self.levels[i],
                Components(**self.components[i]),
                self._with_past(i, self.covariates[i], self.past[i], plan.n_beyond),
            )
            for i in indices
        ]

    def _with_past(self, i, covariates, past, n_beyond):
        """Covariates of rows, and `n_beyond` rows after them, beside the past from the same row."""
        if not past.shape[1]:
            return covariates
        static = _joined(np.empty((n_beyond, 0)), self.static[i])
        rows = np.concatenate([covariates, static]) if n_beyond else covariates
        return np.concatenate([rows, past[: len(rows)]], axis=1)

    def gap_before(self, i, index):
        """Number of steps between the last observation of series `i` and the first time in index.

        0 if the times are not known.
        """
        n_steps = n_steps_to(self.times[i], index, ROWS_TO_FORECAST)
        if n_steps is not None and n_steps < 1:
            raise ValueError(
                f"The rows to forecast{self._of_series(i)} begin at {index[0]}, but the last time "
                f"known is {last_time(self.times[i])}: a forecast is of later times. Fit on the "
                "rows before, as TimeSeriesSplit does; if the index is not time, pass an array."
            )
        return 0 if n_steps is None else n_steps - 1

    def are_training_rows(self, indices, indexes):
        """Whether the pandas indexes are those of all rows observed, for each of the series."""
        return all(
            are_all_times(self.times[i], index) for i, index in zip(indices, indexes, strict=True)
        )

    def fill_gap(self, i, gap, exog, between=None):
        """Exogenous rows with those in the gap before them, or else the last observed ones."""
        if between is None:
            between = np.repeat(self.covariates[i][-1:, : exog.shape[1]], gap, axis=0)
        return np.concatenate([between, exog])

    def covariates_with_future(self, i, exog, n_ahead, plan):
        """Covariates of the last rows and of the `n_ahead` next ones, whose `exog` is given.

        Without exogenous variables `exog` may have any number of rows. Missing values are filled.
        """
        exog = exog if exog.shape[1] else np.empty((n_ahead, 0))
        exog = exog_with_flags(exog, plan.flagged_exog, self.covariates[i][-1])
        needed = _needed_rows(plan)
        before = _tail(self.covariates[i], needed["covariates"])
        rows = np.concatenate([before, _joined(exog, self.static[i])])
        return self._with_past(i, rows, _tail(self.past[i], needed["past"]), 0)


def _joined(exog, static):
    """Exogenous variables and static features, without those of the past."""
    return join_covariates(exog, static, np.empty((len(exog), 0)), 0)


def _last_levels(levels, n_needed, n_recent, plan):
    """`_last_rows` of levels.

    Later changes are added to the first ones, so that missing values among these are filled.
    """
    last = _last_rows(levels, n_needed, n_recent)
    if plan.lags and np.isnan(last).any():
        filled = _last_rows(filled_levels(levels, plan.lags), n_needed, n_recent)
        last[: plan.total_lag] = filled[: plan.total_lag]
    return last


def n_recent_rows(n_series, n_columns):
    """Maximum number of rows of a series kept in addition to those that a forecast needs."""
    return min(MAX_RECENT, max(MIN_RECENT, MAX_RECENT_OF_ALL // (n_series * n_columns)))


def _needed_rows(plan):
    """Number of rows that a forecast needs.

    With exogenous variables that are known ahead a block may have to begin before the origin, see
    `Model`, and needs `horizon` - 1 extra rows.
    """
    extra = plan.horizon - 1 if plan.n_exog else 0
    return {
        "levels": plan.total_lag,
        "components": plan.n_component_rows + extra,
        "covariates": plan.window + extra,
        "past": plan.window + extra + plan.horizon,
    }


def _tail(rows, n):
    """The last n rows, as a view."""
    return rows[len(rows) - n :]


def _last_rows(rows, n_needed, n_recent):
    """The last rows, copied: up to `n_recent` beyond the needed ones.

    The first one is repeated if there are fewer than needed.
    """
    missing = max(0, n_needed - len(rows))
    last = _tail(rows, min(len(rows), n_needed + n_recent))
    return np.concatenate([np.repeat(rows[:1], missing, axis=0), last]) if missing else last.copy()


def _last_components(components, n_needed, n_recent):
    """The last rows of `Components`, as `_last_rows` selects them, as a dict."""
    n_rows = len(components.level)
    return vars(components.rows_before(n_rows, max(n_needed, min(n_rows, n_needed + n_recent))))
