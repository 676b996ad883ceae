"""skops, the safe way to keep a model: nothing but the class itself needs to be trusted."""

import numpy as np
import pandas as pd
import pytest
from skops.io import dumps, get_untrusted_types, loads

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster
from sklstm.core.losses import Quantile
from sklstm.core.optimizers import RMSprop

X = np.random.default_rng(0).standard_normal((20, 6))
MODELS = {
    "regressor": (LSTMRegressor(4, max_iter=3), X[:, 0]),
    "classifier": (LSTMClassifier(4, max_iter=3), np.where(X[:, 0] > 0, "up", "down")),
    "objects": (LSTMRegressor(4, max_iter=3, loss=Quantile([0.1, 0.9]), optimizer=RMSprop()), X),
}


@pytest.mark.parametrize("name", MODELS)
def test_round_trip(name):
    model, y = MODELS[name]
    model.fit(X, y[:, 0] if name == "objects" else y)
    stored = dumps(model)
    untrusted = get_untrusted_types(data=stored)
    assert all(t.startswith("sklstm.") for t in untrusted), untrusted
    if name != "objects":
        assert untrusted == [f"sklstm.{name}.{type(model).__name__}"]
    back = loads(stored, trusted=untrusted)
    np.testing.assert_array_equal(back.predict(X), model.predict(X))
    model.set_params(warm_start=True)
    back.set_params(warm_start=True)
    y = y[:, 0] if name == "objects" else y
    np.testing.assert_array_equal(back.fit(X, y).predict(X), model.fit(X, y).predict(X))


@pytest.mark.parametrize("index", [None, pd.date_range("2024", periods=60, freq="D", tz="UTC")])
@pytest.mark.parametrize("several", [False, True])
def test_a_forecaster_and_its_times(index, several):
    y = pd.Series(np.sin(np.arange(60.0)), index)
    model = SequenceForecaster(
        LSTMRegressor(4, max_iter=3, random_state=0),
        window=5,
        strategy="recursive",
        level=None,
        transformer=None,
    )
    if several:
        model.fit(None, pd.concat([y, -y]), series_id=["a"] * 60 + ["b"] * 60)
    else:
        model.fit(None, y)
    stored = dumps(model)
    untrusted = get_untrusted_types(data=stored)
    assert untrusted == [
        "sklstm.forecaster.SequenceForecaster",
        "sklstm.regressor.LSTMRegressor",
    ]
    back = loads(stored, trusted=untrusted)
    pd.testing.assert_series_equal(back.forecast(3), model.forecast(3))
    for method in (back.predict_interval, back.forecast_quantiles):
        np.testing.assert_equal(method(3), getattr(model, method.__name__)(3))
    assert back._origin["times"] == model._origin["times"]
