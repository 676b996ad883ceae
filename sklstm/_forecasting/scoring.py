"""How good forecasts are: the score of both forecasters."""

import numpy as np
from sklearn.metrics import r2_score

from .._validation.targets import check_weights
from .arrays import read_floats


def r2(panel, forecast, sample_weight):
    """The coefficient of determination of a forecast, which has the form of the panel's series."""
    truth, forecast = _in_one(panel.in_form(panel.values)), _in_one(forecast)
    if sample_weight is not None:
        expected = f"one weight for each of the {len(truth)} row(s) of y"
        sample_weight = read_floats(sample_weight, "sample_weight", expected)
        if sample_weight.shape != (len(truth),):
            raise ValueError(
                f"sample_weight has shape {sample_weight.shape}; expected ({len(truth)},), "
                f"{expected}."
            )
        check_weights(sample_weight, "sample_weight")
    return r2_score(truth, np.reshape(forecast, truth.shape), sample_weight=sample_weight)


def _in_one(rows):
    """The rows of all series in one array, in the order in which they came."""
    return np.concatenate(rows) if isinstance(rows, list) else rows
