"""Training data of a forecaster's regressor: windows, exogenous variables, validation rows."""

import numpy as np
import pytest
from airline_forecasters import Y, small, small_lstm
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge

from sklstm._forecasting.scaling import difference, integrate
from sklstm.preprocessing import sliding_windows


class Spy(RegressorMixin, BaseEstimator):
    """Predict the sum of what it sees, and keep all it is given."""

    def fit(self, X, y, **validation):
        self.X_, self.y_, self.validation_, self.seen_ = np.array(X), np.array(y), validation, []
        return self

    def predict(self, X):
        self.seen_.append(np.array(X))
        total = X.reshape(len(X), -1).sum(axis=1)
        return total if self.y_.ndim == 1 else total[:, np.newaxis] + np.arange(self.y_.shape[1])


class EarlySpy(Spy):
    def __init__(self, early_stopping=True, validation_fraction=0.2):
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction

    def fit(self, X, y, X_val=None, y_val=None):
        return super().fit(X, y, X_val=X_val, y_val=y_val)


def test_windows_of_one_series_are_a_table():
    spy = small(regressor=Spy(), window=3, scale=False).fit(None, Y).regressor_
    X, y = sliding_windows(Y, 3)
    assert_array_equal(spy.X_, X)
    assert_array_equal(spy.y_, y)


def test_a_window_ends_with_exog_of_the_step_to_be_forecast():
    exog = 1000.0 + np.arange(144)[:, np.newaxis]
    spy = small(regressor=Spy(), window=3, scale=False).fit(exog, Y).regressor_
    assert_array_equal(spy.X_[0], np.column_stack([Y[:3], exog[1:4]]))
    assert spy.y_[0] == Y[3]


def test_direct_windows_end_with_exog_of_the_last_step_of_the_block():
    exog = 1000.0 + np.arange(144)[:, np.newaxis]
    model = small(regressor=Spy(), window=3, scale=False, strategy="direct", horizon=2)
    spy = model.fit(exog, Y).regressor_
    assert_array_equal(spy.X_[0], np.column_stack([Y[:3], exog[2:5, 0]]))
    assert_array_equal(spy.y_[0], Y[3:5])


def test_series_and_exog_are_standardised_and_differenced():
    model = small(regressor=Spy(), window=3, differences=(12, 1)).fit(np.arange(144.0)[:, None], Y)
    changes = (Y[12:] - Y[:-12])[1:] - (Y[12:] - Y[:-12])[:-1]
    expected = (changes - changes.mean()) / changes.std()
    assert_allclose(model.regressor_.y_, expected[3:], atol=1e-12)
    times = (np.arange(144) - 71.5) / np.arange(144).std()
    assert_allclose(model.regressor_.X_[0, :, 1], times[14:17], atol=1e-12)


@pytest.mark.parametrize("lags", [(), (1,), (1, 1), (12,), (12, 1), (3, 2, 1)])
def test_integration_undoes_differences(lags):
    levels = np.random.default_rng(0).standard_normal((2, 40, 3)).cumsum(axis=1)
    changes = difference(levels, lags, axis=1)[:, -20:]
    assert_allclose(integrate(changes, levels[:, :20], lags), levels[:, 20:], atol=1e-12)


def test_differences_learn_a_polynomial_trend():
    line = 5.0 + 3.0 * np.arange(60)
    model = small(regressor=Ridge(), window=4, differences=1).fit(None, line[:40])
    assert_allclose(model.forecast(20), line[40:], atol=1e-9)


def test_early_stopping_trains_on_no_validation_target():
    series = np.arange(100.0)
    model = small(regressor=EarlySpy(), window=5, scale=False, strategy="direct", horizon=3)
    spy = model.fit(None, series).regressor_
    X_val, y_val = spy.validation_["X_val"], spy.validation_["y_val"]
    assert y_val.min() == 80  # the last 20 rows of 100
    assert max(spy.X_.max(), spy.y_.max()) == 79
    assert X_val[0].max() == 79  # a validation window may contain training rows


def test_early_stopping_needs_rows_on_both_sides():
    model = small(regressor=EarlySpy(), window=5, calibration_fraction=0.3)
    with pytest.raises(ValueError, match="validation_fraction=0.2 leaves less than window=5"):
        model.fit(None, Y[:6])
    assert model.fit(None, Y[:7]).calibration_errors_ is None  # too few rows for a third part
    assert model.fit(None, Y[:30]).calibration_errors_ is not None


def test_early_stopping_of_the_lstm_keeps_the_best_epoch():
    regressor = small_lstm(max_iter=60, early_stopping=True, n_iter_no_change=3, tol=1e-2)
    model = small(regressor=regressor).fit(None, Y)
    assert 1 < model.regressor_.n_iter_ < 60
    assert len(model.regressor_.validation_loss_curve_) == model.regressor_.n_iter_


def test_float32_stays_float32():
    model = small().fit(None, Y.astype(np.float32))
    assert model.forecast(2).dtype == np.float32
    assert model.regressor_.weights_["weight_ih_l0"].dtype == np.float32
