"""Compare our airline series with sktime's, and read what sktime passes to a regressor."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.pipeline import make_pipeline
from sktime.datasets import load_airline as sktime_load_airline
from sktime.forecasting.compose import make_reduction

from sklstm.datasets import load_airline
from sklstm.preprocessing import ToSequences


def test_airline_is_the_series_of_sktime():
    ours, theirs = load_airline(), sktime_load_airline()
    assert_array_equal(ours.passengers, theirs.to_numpy())
    assert_array_equal(ours.month, theirs.index.astype(str))


class LastValue(RegressorMixin, BaseEstimator):
    """Predict the last value of channel 0 and keep the sequences it was given."""

    def fit(self, X, y):
        self.seen_ = X
        return self

    def predict(self, X):
        return X[:, -1, 0]


@pytest.mark.filterwarnings("ignore:The default of config ``remember_data``:FutureWarning")
@pytest.mark.parametrize("scitype", ["tabular-regressor", "time-series-regressor"])
def test_sequences_from_sktime_reduction(scitype):
    series = sktime_load_airline()
    layout = "NTC" if scitype == "tabular-regressor" else "NCT"
    forecaster = make_reduction(
        make_pipeline(ToSequences(layout=layout), LastValue()), window_length=12, scitype=scitype
    )
    forecast = forecaster.fit(series, fh=[1, 2]).predict()
    assert_array_equal(forecast.to_numpy().ravel(), [432.0, 432.0])
    seen = forecaster.estimator_["lastvalue"].seen_
    assert seen.shape == (132, 12, 1)
    expected = np.lib.stride_tricks.sliding_window_view(series.to_numpy(), 12)
    assert_array_equal(seen[:, :, 0], expected[:132])
