"""Static features: covariates that are the same at all times of a series."""

import numpy as np

from ..core.messages import shorten_list
from .arrays import read_floats


def read_static(static, ids, form):
    """Validate static features as (N, m), in the order of ids; m = 0 for None."""
    if static is None:
        return np.empty((len(ids), 0))
    if form == "one":
        raise ValueError(
            "static tells several series apart, but y is one series: pass a list of series, or "
            "series_id with rows of several."
        )
    if form == "long" and hasattr(static, "reindex"):
        missing = [label for label in ids if label not in static.index]
        if missing:
            raise ValueError(
                f"static has no row for the series {shorten_list(missing)}; its index has the ids."
            )
        static = static.loc[ids]
        if len(static) > len(ids):
            repeated = static.index[static.index.duplicated()].unique().tolist()
            raise ValueError(
                f"static has several rows for the series {shorten_list(repeated)}; expected one."
            )
    expected = "an array-like of shape (n_series, m), a row of m numbers for each series"
    rows = read_floats(static, "static", expected).astype(np.float64)
    if rows.ndim != 2 or 0 in rows.shape:
        raise ValueError(f"static has shape {rows.shape}; expected {expected}.")
    if len(rows) != len(ids):
        raise ValueError(
            f"static has {len(rows)} row(s), but there are {len(ids)} series; expected one "
            "row for each, in the order of the series."
        )
    return rows
