"""A series cut into overlapping windows, or into parallel strips."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from preprocessing_cases import NTC
from scipy.sparse import csr_array

from sklstm.preprocessing import parallel_strips, sliding_windows

# sliding_windows ----------------------------------------------------------------------------------


SERIES = np.arange(10.0)
PANEL = np.column_stack([SERIES, SERIES + 100])
EXOG = np.column_stack([SERIES + 200, SERIES + 300])


def slow_windows(series, window, horizon, stride, exog):
    """What the docstring says, one sample at a time."""
    X, y = [], []
    for s in range(0, len(series) - window - horizon + 1, stride):
        steps = []
        for t in range(window):
            step = np.atleast_1d(series[s + t])
            if exog is not None:
                step = np.concatenate([step, np.atleast_1d(exog[s + t + horizon])])
            steps.append(step)
        X.append(steps)
        y.append(np.ravel(series[s + window : s + window + horizon]))
    X, y = np.array(X), np.array(y)
    if series.ndim == 1 and exog is None:
        X = X[:, :, 0]
    return X, y[:, 0] if series.ndim == 1 and horizon == 1 else y


@pytest.mark.parametrize("series", [SERIES, PANEL, PANEL[:, :1]], ids=["1-D", "2-D", "one column"])
@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize("horizon", [1, 3, 6])
@pytest.mark.parametrize("stride", [1, 2, 20])
@pytest.mark.parametrize("exog", [None, EXOG, EXOG[:, 0]], ids=["none", "2-D", "1-D"])
def test_windows_are_as_documented(series, window, horizon, stride, exog):
    X, y = sliding_windows(series, window, horizon, stride=stride, exog=exog)
    expected_X, expected_y = slow_windows(series, window, horizon, stride, exog)
    assert X.shape == expected_X.shape and y.shape == expected_y.shape
    assert_array_equal(X, expected_X)
    assert_array_equal(y, expected_y)


def test_horizon_covers_the_future_exog():
    X, y = sliding_windows(SERIES, 4, 3, exog=SERIES)
    assert_array_equal(X[:, -3:, 1], y)


def test_multichannel_targets_go_step_by_step():
    _, y = sliding_windows(PANEL, 4, 3)
    assert_array_equal(y.reshape(len(y), 3, 2)[0], PANEL[4:7])


@pytest.mark.parametrize("series", [SERIES, PANEL], ids=["1-D", "2-D"])
@pytest.mark.parametrize("horizon", [1, 3])
def test_windows_are_views(series, horizon):
    X, y = sliding_windows(series, 4, horizon)
    assert np.shares_memory(X, series) and np.shares_memory(y, series)
    with pytest.raises(ValueError, match="read-only"):
        X[0] = 0.0


@pytest.mark.parametrize(
    ("series", "exog", "expected"),
    [
        (SERIES.astype(np.float32), None, np.float32),
        (SERIES.astype(np.float32), EXOG.astype(np.float32), np.float32),
        (SERIES.astype(np.float32), EXOG, np.float64),
        (SERIES.astype(int), None, np.float64),
        (pd.Series(SERIES), pd.DataFrame(EXOG), np.float64),
        (SERIES.tolist(), None, np.float64),
    ],
)
def test_forms_and_dtypes_of_series(series, exog, expected):
    X, y = sliding_windows(series, 4, 2, exog=exog)
    assert X.dtype == expected
    assert_array_equal(X.reshape(5, 4, -1)[:, :, 0], sliding_windows(SERIES, 4, 2)[0])
    assert_array_equal(y, sliding_windows(SERIES, 4, 2)[1])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"window": 0}, ValueError, "window=0 is not valid; expected an integer >= 1"),
        ({"window": 2.0}, ValueError, "window=2.0"),
        ({"horizon": 0}, ValueError, "horizon=0"),
        ({"stride": 0}, ValueError, "stride=0"),
        ({"stride": True}, ValueError, "stride=True"),
        ({"window": 8, "horizon": 3}, ValueError, r"series has 10 time point\(s\).* at least 11"),
        ({"series": SERIES * np.nan}, ValueError, "Input series contains NaN"),
        ({"series": SERIES + np.inf}, ValueError, "Input series contains infinity"),
        ({"series": SERIES * 1j}, ValueError, "Complex data not supported"),
        ({"series": SERIES[:0]}, ValueError, r"series has shape \(0,\); expected"),
        ({"series": csr_array(PANEL)}, TypeError, "Sparse data was passed"),
        ({"series": NTC}, ValueError, r"series has shape .*; expected one series"),
        ({"exog": EXOG[:9]}, ValueError, r"exog has 9 time point\(s\), but series has 10"),
        ({"exog": EXOG * np.nan}, ValueError, "Input exog contains NaN"),
    ],
)
def test_windows_that_cannot_be_cut(arguments, error, message):
    arguments = {"series": SERIES, "window": 4} | arguments
    with pytest.raises(error, match=message):
        sliding_windows(**arguments)


def test_the_shortest_series():
    X, y = sliding_windows([1.0, 2.0], 1)
    assert X.tolist() == [[1.0]] and y.tolist() == [2.0]


# parallel_strips ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(11,), (11, 2)])
@pytest.mark.parametrize("n_strips", [1, 3, 11])
def test_strips_are_views_that_make_up_the_series(shape, n_strips):
    series = np.arange(np.prod(shape)).reshape(shape)
    strips = parallel_strips(series, n_strips)
    assert len(strips) == n_strips
    assert max(map(len, strips)) - min(map(len, strips)) <= 1
    assert all(np.shares_memory(strip, series) for strip in strips)
    np.testing.assert_array_equal(np.concatenate(strips), series)


def test_strips_refuse_what_cannot_be_cut():
    with pytest.raises(ValueError, match="n_strips=4 is more than the 3 steps"):
        parallel_strips([1, 2, 3], 4)
    with pytest.raises(ValueError, match="n_strips"):
        parallel_strips([1, 2, 3], 0)
    with pytest.raises(ValueError, match=r"shape \(1, 2, 3\); expected"):
        parallel_strips(np.zeros((1, 2, 3)), 1)
