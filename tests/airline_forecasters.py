"""The airline series, small forecasters of it, and the common checks that no forecaster passes."""

import numpy as np
import pandas as pd

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.datasets import load_airline

HOURS = pd.date_range("2024-01-01", periods=144, freq="h")
MONTHS = pd.period_range("1949-01", periods=144, freq="M")
Y = load_airline().passengers.astype(float)
MONTH = np.eye(12)[np.arange(144) % 12]
TRAIN, TEST = slice(0, 120), slice(120, 144)
STRATEGIES = [{"strategy": "recursive"}, {"strategy": "direct", "horizon": 5}]


def small_lstm(**params):
    return LSTMRegressor(**({"hidden_size": 4, "max_iter": 5, "random_state": 0} | params))


PLAIN = {"level": None, "transformer": None, "strategy": "recursive"}  # nothing automatic


def small(**params):
    defaults = {"regressor": small_lstm(), "window": 12, "calibration_fraction": None}
    return SequenceForecaster(**(PLAIN | defaults | params))


# scikit-learn's common checks that a forecaster cannot pass, and why.
NOT_A_TABLE = {
    "check_estimators_empty_data_messages": "an X without columns is a forecast without exog",
    "check_methods_sample_order_invariance": "rows are times: their order is their meaning",
    "check_methods_subset_invariance": "the first row of X is always the next step",
    "check_sample_weight_equivalence_on_dense_data": "rows of weight 0 are not learned, but read",
    "check_regressors_train": "scores the steps after the training rows against these rows",
}
