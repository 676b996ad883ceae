"""Compare our airline series with sktime's."""

from numpy.testing import assert_array_equal
from sktime.datasets import load_airline as sktime_load_airline

from sklstm.datasets import load_airline


def test_airline_is_the_series_of_sktime():
    ours, theirs = load_airline(), sktime_load_airline()
    assert_array_equal(ours.passengers, theirs.to_numpy())
    assert_array_equal(ours.month, theirs.index.astype(str))
