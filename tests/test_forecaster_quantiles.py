"""Prediction intervals from a regressor of quantiles."""

import numpy as np
import pytest
from airline_forecasters import Y, small, small_lstm
from numpy.testing import assert_allclose

from sklstm import losses


def test_quantiles_are_the_interval():
    regressor = small_lstm(loss=losses.Quantile([0.1, 0.5, 0.9]), max_iter=30)
    model = small(regressor=regressor, strategy="direct", horizon=4, calibration_fraction=None)
    model.fit(None, Y)
    assert model.calibration_errors_ is None
    z = ((Y[-12:] - Y.mean()) / Y.std())[np.newaxis]
    quantiles = model.regressor_.predict(z)[0] * Y.std() + Y.mean()
    lower, upper = model.predict_interval(3, coverage=0.8)
    assert_allclose(lower, quantiles[:3, 0], rtol=1e-12)
    assert_allclose(upper, quantiles[:3, 2], rtol=1e-12)
    assert_allclose(model.forecast(4), quantiles[:, 1], rtol=1e-12)
    assert model.forecast(11).shape == (11,)
    with pytest.raises(ValueError, match=r"coverage=0.9 needs the quantiles 0.05 and 0.95"):
        model.predict_interval(3, coverage=0.9)
    with pytest.raises(ValueError, match="hold for the 4 step"):
        model.predict_interval(5, coverage=0.8)


def test_quantiles_of_several_series():
    regressor = small_lstm(loss=losses.Quantile([0.25, 0.75]))
    y = np.column_stack([Y, -Y])
    model = small(regressor=regressor, strategy="direct", horizon=4).fit(None, y)
    lower, upper = model.predict_interval(4, coverage=0.5)
    assert lower.shape == upper.shape == (4, 2)
    assert (lower < upper).all()


def test_quantiles_of_changes_are_calibrated_instead():
    regressor = small_lstm(loss=losses.Quantile([0.1, 0.5, 0.9]))
    model = small(regressor=regressor, differences=1, calibration_fraction=0.2).fit(None, Y)
    assert model.calibration_errors_ is not None
    assert model.predict_interval(5, coverage=0.7)[0].shape == (5,)


def test_two_quantiles_forecast_their_middle():
    regressor = small_lstm(loss=losses.Quantile([0.1, 0.9]))
    model = small(regressor=regressor, strategy="direct", horizon=4).fit(None, Y)
    lower, upper = model.predict_interval(4, coverage=0.8)
    assert_allclose(model.forecast(4), (lower + upper) / 2, rtol=1e-12)
