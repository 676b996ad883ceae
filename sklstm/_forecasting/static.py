"""What is the same at all times of a series."""

import numpy as np
from sklearn.utils import check_array

from .panel import check_finite


def read_static(static, ids, form):
    """Read static features as (N, m), a row for each of the ids in their order; m = 0 for None."""
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
            raise ValueError(f"static has no row for the series {missing}; its index has the ids.")
        static = static.loc[ids]
    rows = check_array(
        static, dtype=np.float64, ensure_all_finite=False, input_name="static", estimator="static"
    )
    if len(rows) != len(ids):
        raise ValueError(
            f"static has {len(rows)} row(s), but there are {len(ids)} series; expected one "
            "row for each, in the order of the series."
        )
    check_finite(rows, "static", static)
    return rows


def known_rows(exog, static):
    """What is known at each time of a series: its exogenous rows, then what is static."""
    repeated = np.broadcast_to(static, (len(exog), len(static)))
    return np.concatenate([exog, repeated], axis=1)
