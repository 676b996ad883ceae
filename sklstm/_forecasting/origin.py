"""The state of the series at the forecast origin: all that forecasts need of the past."""

from dataclasses import dataclass

import numpy as np

from .._validation.time_index import ROWS_TO_FORECAST
from ..core.messages import shorten
from .forecast_checks import min_and_max
from .missing import exog_with_flags, filled_levels
from .scaling import difference
from .smoothing import Components, Smoother, stack_components
from .static import join_covariates, read_static
from .time_axis import summarize_times
from .times import advance_times, advice_on_gaps, are_all_times, last_time, n_steps_to


@dataclass
class ForecastOrigin:
    """State of N series after their last observations, in lists of N.

    Attributes
    ----------
    ids : list
        Ids of the series.
    times : list of dict or None
        Summaries of their times, see `summarize_times`.
    levels : list of ndarray of shape (plan.total_lag, S)
        The last levels, to undo differences.
    components : list of dict
        The last `plan.n_component_rows` + extra rows of `Components` of the changes.
    covariates : list of ndarray of shape (window + extra, K)
        The last covariates.
    static : ndarray of shape (N, m)
        Static features, which are the last m columns of `covariates`.
    extremes : list of ndarray of shape (2, S)
        Minimum and maximum of all values observed.
    """

    ids: list
    times: list[dict | None]
    levels: list[np.ndarray]
    components: list[dict]
    covariates: list[np.ndarray]
    static: np.ndarray
    extremes: list[np.ndarray]

    @classmethod
    def from_series(cls, panel, levels, covariates, static, decomposition, plan):
        """The state after whole series; arrays are copied.

        With exogenous variables a block may have to begin before the origin, see `Model`, so that
        `horizon` - 1 extra rows are kept.
        """
        extra = plan.horizon - 1 if panel.exog[0].shape[1] else 0
        n_rows = plan.n_component_rows + extra
        series = levels
        if plan.level is None:  # the components of a constant level do not depend on earlier rows
            series = [rows[-n_rows - plan.total_lag :] for rows in levels]
        components = decomposition.components([difference(rows, plan.lags) for rows in series])
        return cls(
            ids=panel.ids,
            times=list(map(summarize_times, panel.indexes, panel.names)),
            levels=[_last_levels(rows, plan) for rows in levels],
            components=[vars(each.rows_before(len(each.level), n_rows)) for each in components],
            covariates=[_last_rows(rows, plan.window + extra) for rows in covariates],
            static=static,
            extremes=[min_and_max(rows) for rows in panel.values],
        )

    def copy(self):
        """A copy to which observations can be appended without changing the original."""
        return ForecastOrigin(*(field[:] for field in vars(self).values()))

    # Observations

    def append(self, i, values, levels, exog, index, decomposition, plan):
        """Append observations to series `i`, as values and as levels."""
        n_steps = n_steps_to(self.times[i], index, "y")
        if n_steps is not None and n_steps != 1:
            reason = "it is not after it"
            if n_steps > 1:
                reason = f"{n_steps - 1} row(s) are missing in between"
            raise ValueError(
                f"y{self._of_series(i)} begins at {index[0]}, but the last time known is "
                f"{last_time(self.times[i])}: {reason}. Give the observations that follow, none "
                "twice and none left out." + advice_on_gaps(self.times[i])
            )
        self.extremes[i] = min_and_max(np.concatenate([self.extremes[i], values]))
        covariates = join_covariates(self.filled_exog([i], [exog], plan)[0], self.static[i])
        self.covariates[i] = _last_rows(
            np.concatenate([self.covariates[i], covariates]), len(self.covariates[i])
        )
        self.times[i] = advance_times(self.times[i], len(levels), index)
        levels = np.concatenate([self.levels[i], levels])
        self.levels[i] = _last_levels(levels, plan)
        components = Components(**self.components[i])
        n_rows = len(components.level)
        changes = difference(levels, plan.lags)
        smoother = Smoother(decomposition.select(i), plan.season_length)
        components = smoother.extended(components, changes)
        self.components[i] = vars(components.rows_before(len(components.level), n_rows))

    def add_series(self, series_id, components, values, levels, exog, static, index, plan):
        """Add a new series, with filled exogenous rows."""
        n_rows = len(self.components[0]["level"])
        components = components.rows_before(len(components.level), n_rows)
        covariates = join_covariates(exog, static)
        self.ids.append(series_id)
        self.times.append(summarize_times(index, f"series {shorten(series_id)}"))
        self.levels.append(_last_levels(levels, plan))
        self.components.append(vars(components))
        self.covariates.append(_last_rows(covariates, len(self.covariates[0])))
        self.static = np.vstack([self.static, static])
        self.extremes.append(min_and_max(values))

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

    def levels_and_components(self, indices):
        """Levels (B, total_lag, S) and components (rows, B, S) of some of the series."""
        levels = np.stack([self.levels[i] for i in indices])
        return levels, stack_components([Components(**self.components[i]) for i in indices])

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

    def filled_exog(self, indices, exog, plan):
        """Exogenous rows after those of some series, without missing values and with flags."""
        return [
            exog_with_flags(rows, plan.flagged_exog, self.covariates[i][-1])
            for i, rows in zip(indices, exog, strict=True)
        ]

    def fill_gap(self, i, gap, exog):
        """Filled exogenous rows with the last observed ones repeated in the gap before them."""
        last = self.covariates[i][-1:, : exog.shape[1]]
        return np.concatenate([np.repeat(last, gap, axis=0), exog])

    def covariates_with_future(self, i, exog, n_ahead):
        """Covariates of the last rows and of the `n_ahead` next ones, whose `exog` is given.

        Without exogenous variables `exog` may have any number of rows.
        """
        exog = exog if exog.shape[1] else np.empty((n_ahead, 0))
        return np.concatenate([self.covariates[i], join_covariates(exog, self.static[i])])


def _last_levels(levels, plan):
    """The last levels, to which changes are added; missing ones are as expected."""
    return _last_rows(filled_levels(levels, plan.lags) if plan.lags else levels, plan.total_lag)


def _last_rows(rows, n):
    """The last n rows, copied; the first one is repeated if there are fewer."""
    missing = max(0, n - len(rows))
    last = rows[len(rows) - n + missing :]
    return np.concatenate([np.repeat(rows[:1], missing, axis=0), last]) if missing else last.copy()
