"""The score of the forecasters."""

import numpy as np
from sklearn.metrics import r2_score

from .._validation.weights import check_weights
from .arrays import read_floats


def r2(panel, forecast, sample_weight):
    """R2 of a forecast in the form of the panel's series."""
    truth, forecast = _all_rows(panel.in_form(panel.values)), _all_rows(forecast)
    if sample_weight is not None:
        expected = f"one weight for each of the {len(truth)} row(s) of y"
        sample_weight = read_floats(sample_weight, "sample_weight", expected)
        if sample_weight.shape != (len(truth),):
            raise ValueError(
                f"sample_weight has shape {sample_weight.shape}; expected ({len(truth)},), "
                f"{expected}."
            )
        check_weights(sample_weight, "sample_weight")
    return _r2_of_known(truth, np.reshape(forecast, truth.shape), sample_weight)


def _r2_of_known(truth, forecast, sample_weight):
    """R2 over the rows in which the truth is known, the mean over columns."""
    known = ~np.isnan(truth)
    if known.all():
        return r2_score(truth, forecast, sample_weight=sample_weight)
    scores = []
    columns = (np.atleast_2d(each.T) for each in (known, truth, forecast))
    for rows, *pair in zip(*columns, strict=True):
        if rows.any():
            weight = None if sample_weight is None else sample_weight[rows]
            scores.append(r2_score(*(each[rows] for each in pair), sample_weight=weight))
    if not scores:
        raise ValueError(f"y has no known value to compare with: all {known.size} are missing.")
    return float(np.mean(scores))


def _all_rows(rows):
    """The rows of all series in one array, in the order of the data."""
    return np.concatenate(rows) if isinstance(rows, list) else rows
