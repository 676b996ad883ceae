"""Peak memory of fit grows as the formulas in doc/guide/long_sequences.rst say."""

import numpy as np
import pytest
from helpers import peak_of

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm._forecasting import smoothing
from sklstm.preprocessing import sliding_windows

UNITS, STEPS, ITEM = 16, 30, 4


def network(**params):
    return LSTMRegressor(UNITS, max_iter=1, random_state=0, **params)


def growth(peak, small, large):
    """Bytes for each of the sequences, rows or series that `large` has more."""
    return (peak(large) - peak(small)) / (large - small)


def test_states_of_a_batch():
    X = np.random.default_rng(0).standard_normal((600, STEPS)).astype(np.float32)

    def peak(batch_size):
        return peak_of(lambda: network(batch_size=batch_size).fit(X, X[:, -1]))

    peak(20)  # later peaks are without what only the first fit allocates
    expected = STEPS * (7 * UNITS + 2) * ITEM
    # NumPy's kernel keeps one array more; the gradients of a segment are small beside these.
    assert 0.95 * expected < growth(peak, 100, 300) < 1.3 * expected


def test_targets_and_their_order():
    """The windows are views: 21 bytes are for the target, standardised, and the random order."""
    X, y = sliding_windows(np.sin(np.arange(60_010, dtype=np.float32)), 8)

    def peak(n):
        return peak_of(lambda: network(batch_size=200).fit(X[:n], y[:n]))

    # A float64 copy of y more would be 8 bytes, a copy of the windows 32. With NumPy 1.26 it is 13.
    assert 12 < growth(peak, 20_000, 60_000) < 25


@pytest.mark.parametrize("n_rows", [24, 48])
def test_many_series(n_rows, monkeypatch):
    """Each takes what its windows and components take, not the trials of its smoothing."""
    monkeypatch.setattr(smoothing, "MAX_ELEMENTS", 20_000)
    values = np.random.default_rng(0).standard_normal((600, n_rows)).astype(np.float32)

    def peak(n_series):
        model = SequenceForecaster(network(), window=8, calibration_fraction=None)
        return peak_of(lambda: model.fit(None, list(values[:n_series])))

    peak(20)
    expected = 1300 + n_rows * (104 + 8 * 8)
    # Objects of Python, of which there are some for each series, differ between versions.
    assert 0.6 * expected < growth(peak, 200, 600) < 1.3 * expected


def test_one_long_series_among_many_short_ones():
    """The long one does not change how much memory the short ones take."""
    values = np.random.default_rng(0).standard_normal(5_000)

    def peak(*lengths):
        model = SequenceForecaster("smoothing", window=8, calibration_fraction=None)
        return peak_of(lambda: model.fit(None, [values[:n] for n in lengths]))

    peak(*[30] * 20)
    apart = peak(*[30] * 200) + peak(5_000, 5_000)
    assert peak(5_000, *[30] * 200) < 1.2 * apart  # padded to the longest: 8 MB a variable
