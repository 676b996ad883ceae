"""Forecasts in the form of y: pandas with the future times for pandas, arrays for arrays."""

import numpy as np
import pandas as pd
import pytest
from time_indexes import IRREGULAR, N, REGULAR

from sklstm._forecasting.future_times import future_index
from sklstm._forecasting.time_axis import summarize_times
from sklstm._validation.time_index import read_times

STEPS = 10


@pytest.mark.parametrize("name", REGULAR)
def test_future_times_continue_the_index(name):
    index = read_times(REGULAR[name], "y", "y.index")
    found = future_index(summarize_times(index[: N - STEPS], "y"), STEPS)
    expected = index[N - STEPS :]
    if isinstance(expected, pd.Index) and expected.dtype.kind == "f":
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        return
    assert found.dtype == expected.dtype
    assert found.tolist() == expected.tolist()


@pytest.mark.filterwarnings("ignore:The times are not regular")
@pytest.mark.parametrize("name", IRREGULAR)
def test_irregular_times_have_no_future(name):
    index = read_times(IRREGULAR[name][0], "y", "y.index")
    assert future_index(summarize_times(index, "y"), STEPS) is None
