"""skops, the safe way to keep a model: `trusted_types` is all that its loader has to trust."""

import numpy as np
import pandas as pd
import pytest
from saving_cases import CASES, TABLE, VALUES, fitted, result, results_elsewhere
from skops.io import dump, dumps, get_untrusted_types, loads

from sklstm import LSTMRegressor, SequenceForecaster, callbacks, trusted_types

# What `over_steps("accuracy")` is made of in scikit-learn: a user's own parameter.
NOT_OURS = {"sklearn.metrics._classification.accuracy_score", "sklearn.metrics._scorer._Scorer"}


def untrusted(estimator):
    return set(get_untrusted_types(data=dumps(estimator)))


@pytest.fixture(scope="module")
def estimators():
    return {name: fitted(name) for name in CASES}


def test_trusted_types_are_what_all_estimators_need_and_nothing_else(estimators):
    found = set().union(*map(untrusted, estimators.values()))
    callbacks = {name for name in trusted_types() if name.startswith("sklstm.callbacks.")}
    assert found - NOT_OURS == set(trusted_types()) - callbacks
    assert untrusted(estimators["over steps"]) >= NOT_OURS
    needs_more = {name for name, e in estimators.items() if untrusted(e) - set(trusted_types())}
    assert needs_more == {"over steps"}


def test_loaded_in_a_new_process_they_predict_the_same(estimators, tmp_path):
    cases = {name: e for name, e in estimators.items() if name != "over steps"}
    for k, estimator in enumerate(cases.values()):
        dump(estimator, tmp_path / f"{k}.saved")
    load = (
        "import skops.io, sklstm\n"
        "def load(path): return skops.io.load(path, trusted=sklstm.trusted_types())"
    )
    found = results_elsewhere(load, list(cases), tmp_path)
    for (name, estimator), values in zip(cases.items(), found, strict=True):
        np.testing.assert_array_equal(values, result(estimator, name), err_msg=name)


@pytest.mark.parametrize("name", ["table", "labels", "loss quantile", "optimizer rmsprop"])
def test_training_goes_on_as_it_would_have(name):
    estimator = fitted(name).set_params(warm_start=True)
    back = loads(dumps(estimator), trusted=trusted_types())
    data = CASES[name][1]
    np.testing.assert_array_equal(result(back.fit(*data), name), result(estimator.fit(*data), name))


@pytest.mark.parametrize("name", callbacks.__all__)
def test_callbacks_are_saved_with_an_estimator(name, tmp_path):
    callback = getattr(callbacks, name)(str(tmp_path / "log"))
    estimator = LSTMRegressor(3, max_iter=2).set_callbacks(callback).fit(TABLE, VALUES)
    ours = f"{type(callback).__module__}.{name}"
    assert untrusted(estimator) == {ours, "sklstm.regressor.LSTMRegressor"}
    back = loads(dumps(estimator), trusted=trusted_types())
    np.testing.assert_array_equal(back.predict(TABLE), estimator.predict(TABLE))


def test_an_estimator_that_is_not_fitted():
    back = loads(dumps(LSTMRegressor(7)), trusted=trusted_types())
    assert back.fit(TABLE, VALUES).hidden_size == 7


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
    back = loads(stored, trusted=trusted_types())
    pd.testing.assert_series_equal(back.forecast(3), model.forecast(3))
    for method in (back.predict_interval, back.forecast_quantiles):
        np.testing.assert_equal(method(3), getattr(model, method.__name__)(3))
    assert back._origin["times"] == model._origin["times"]
