"""What is the same at all times of a series."""

import numpy as np
from sklearn.utils import check_array

from .panel import check_finite


def read_static(static, panel):
    """Read static features as (N, m), a row per series in the panel's order; m = 0 for None."""
    if static is None:
        return np.empty((len(panel.ids), 0))
    if panel.form == "one":
        raise ValueError(
            "static tells several series apart, but y is one series: pass a list of series, or "
            "series_id with rows of several."
        )
    if panel.form == "long" and hasattr(static, "reindex"):
        missing = [label for label in panel.ids if label not in static.index]
        if missing:
            raise ValueError(f"static has no row for the series {missing}; its index has the ids.")
        static = static.loc[panel.ids]
    rows = check_array(
        static, dtype=np.float64, ensure_all_finite=False, input_name="static", estimator="static"
    )
    if len(rows) != len(panel.ids):
        raise ValueError(
            f"static has {len(rows)} row(s), but there are {len(panel.ids)} series; expected one "
            "row for each, in the order of the series."
        )
    check_finite(rows, "static", static)
    return rows


def known_rows(exog, static):
    """What is known at each time of a series: its exogenous rows, then what is static."""
    repeated = np.broadcast_to(static, (len(exog), len(static)))
    return np.concatenate([exog, repeated], axis=1)
