"""Where series end: what is kept of them, for forecasts to begin from."""

from dataclasses import dataclass

import numpy as np

from .plausible import extremes_of
from .scaling import difference
from .smoothing import Components, stack
from .static import known_rows, read_static
from .times import advanced, clock, is_all_of, rows_until


@dataclass
class Ends:
    """The ends of N series, in lists of N.

    Attributes
    ----------
    ids : list
        The series' labels.
    clocks : list of dict or None
        What is known of their times, see `times.clock`.
    levels : list of ndarray of shape (sum(lags), S)
        The last levels, which differences are undone from.
    parts : list of dict
        The last `memory` + extra rows of the components of the changes, see `Components`.
    known : list of ndarray of shape (window + extra, K)
        What was known at the last times.
    static : ndarray of shape (N, m)
        What is the same at all times, the last m columns of `known`.
    extremes : list of ndarray of shape (2, S)
        The smallest and the largest values observed.
    """

    ids: list
    clocks: list
    levels: list
    parts: list
    known: list
    static: np.ndarray
    extremes: list

    @classmethod
    def of(cls, panel, levels, known, static, decomposition, plan):
        """The ends of whole series, copied.

        With exogenous variables a block may have to begin before the last step, see `Model`.
        """
        extra = plan.horizon - 1 if panel.exog[0].shape[1] else 0
        n_rows = plan.memory + extra
        series = levels
        if plan.level is None:  # a constant level needs no more than the rows that are kept
            series = [rows[-n_rows - sum(plan.lags) :] for rows in levels]
        parts = decomposition.components([difference(rows, plan.lags) for rows in series])
        return cls(
            ids=panel.ids,
            clocks=[clock(index) for index in panel.indexes],
            levels=[_last(rows, sum(plan.lags)) for rows in levels],
            parts=[vars(part.until(len(part.level), n_rows)) for part in parts],
            known=[_last(rows, plan.window + extra) for rows in known],
            static=static,
            extremes=[extremes_of(rows) for rows in panel.values],
        )

    def copy(self):
        """Another one, that can be appended to without changing this one."""
        return Ends(*(part[:] for part in vars(self).values()))

    def append(self, i, values, levels, exog, index, decomposition, plan):
        """Append observations to a series, as values and as levels."""
        rows = rows_until(self.clocks[i], index, "y")
        if rows is not None and rows != 1:
            what = f"{rows - 1} row(s) are missing in between" if rows > 1 else "it is not after it"
            raise ValueError(
                f"y{self._of(i)} begins at {index[0]}, but the last time known is "
                f"{self.clocks[i]['last']}: "
                f"{what}. Give the observations that follow, none twice and none left out."
            )
        self.extremes[i] = extremes_of(np.concatenate([self.extremes[i], values]))
        known = known_rows(exog, self.static[i])
        self.clocks[i] = advanced(self.clocks[i], len(levels), index)
        levels = np.concatenate([self.levels[i], levels])
        parts = Components(**self.parts[i])
        n_rows = len(parts.level)
        changes = difference(levels, plan.lags)
        parts = parts.continued(changes, decomposition.of_series(i), plan.season_length)
        self.levels[i] = _last(levels, sum(plan.lags))
        self.parts[i] = vars(parts.until(len(parts.level), n_rows))
        self.known[i] = _last(np.concatenate([self.known[i], known]), len(self.known[i]))

    def read_static(self, static, panel):
        """Static rows (m,) of the series that are new, by label."""
        known = self.by_label()
        new = [label for label in panel.ids if label not in known]
        m = self.static.shape[1]
        if not new:
            return {}
        if m and static is None:
            raise ValueError(
                f"series {new[0]!r} is new, and nothing is known of its {m} static feature(s); "
                "pass static."
            )
        rows = read_static(static, new, panel.form)
        if rows.shape[1] != m:
            raise ValueError(f"static has {rows.shape[1]} feature(s); expected {m}, as in fit.")
        return dict(zip(new, rows, strict=True))

    def begin(self, label, parts, values, levels, exog, static, index):
        """Add a series that was not there before."""
        self.ids.append(label)
        self.clocks.append(clock(index))
        self.levels.append(_last(levels, len(self.levels[0])))
        self.parts.append(vars(parts.until(len(parts.level), len(self.parts[0]["level"]))))
        self.known.append(_last(known_rows(exog, static), len(self.known[0])))
        self.static = np.vstack([self.static, static])
        self.extremes.append(extremes_of(values))

    def pasts(self, members):
        """Levels (B, sum(lags), S) and components (rows, B, S) of some of the series."""
        levels = np.stack([self.levels[i] for i in members])
        return levels, stack([Components(**self.parts[i]) for i in members])

    def by_label(self):
        """Where in the lists each series is."""
        return {label: i for i, label in enumerate(self.ids)}

    def places(self, ids):
        """Where labels are in the lists; all must be known."""
        places = self.by_label()
        if unknown := [label for label in ids if label not in places]:
            raise ValueError(
                f"series_id {unknown[0]!r} was not in fit; update(y, X, series_id=...) begins a "
                "new series."
            )
        return [places[label] for label in ids]

    def gap(self, i, index):
        """How many steps there are between the last time known and the first one of an index."""
        rows = rows_until(self.clocks[i], index, "the rows to forecast")
        if rows is not None and rows < 1:
            raise ValueError(
                f"The rows to forecast{self._of(i)} begin at {index[0]}, but the last time known "
                f"is {self.clocks[i]['last']}: a forecast is of later times. Fit on the rows "
                "before, as TimeSeriesSplit does; if the index is no time, pass an array."
            )
        return 0 if rows is None else rows - 1

    def _of(self, i):
        """Which series it is, for an error message; nothing if there is but one."""
        return f" of series {self.ids[i]!r}" if len(self.ids) > 1 else ""

    def are_known(self, members, indexes):
        """Tell whether these are all the rows of each series that are known already."""
        return all(
            is_all_of(self.clocks[i], index) for i, index in zip(members, indexes, strict=True)
        )

    def filled(self, i, gap, exog):
        """Exogenous rows with the last ones known repeated in the gap before them."""
        last = self.known[i][-1:, : exog.shape[1]]
        return np.concatenate([np.repeat(last, gap, axis=0), exog])

    def going_on(self, i, exog, n_ahead):
        """What is known at the last steps and at those ahead, which exogenous rows are given for.

        Without exogenous variables there is no row to give.
        """
        exog = exog if exog.shape[1] else np.empty((n_ahead, 0))
        return np.concatenate([self.known[i], known_rows(exog, self.static[i])])


def _last(rows, n):
    """The last n rows, copied; the first one is repeated where there are fewer."""
    missing = max(0, n - len(rows))
    return np.concatenate([np.repeat(rows[:1], missing, axis=0), rows[len(rows) - n + missing :]])
