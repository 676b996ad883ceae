"""Validation data that reach the network through pipelines and searches, by metadata routing."""

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor
from sklstm.preprocessing import TimeDistributed

RNG = np.random.default_rng(0)
X = 5 + 3 * RNG.standard_normal((60, 6))
X_VAL = 5 + 3 * RNG.standard_normal((20, 6))
Y, Y_VAL = X[:, -1], X_VAL[:, -1]
SEQUENCES = {"table": (X, X_VAL), "3-D": (X[:, :, np.newaxis], X_VAL[:, :, np.newaxis])}


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def network():
    model = LSTMRegressor(3, max_iter=4, early_stopping=True, random_state=0)
    return model.set_fit_request(X_val=True, y_val=True)


def pipeline(form):
    scaler = StandardScaler() if form == "table" else TimeDistributed(StandardScaler())
    return Pipeline([("scale", scaler), ("lstm", network())], transform_input=["X_val"])


@pytest.mark.parametrize("form", SEQUENCES)
def test_a_pipeline_transforms_them_by_the_steps_before(form):
    train, val = SEQUENCES[form]
    fitted = pipeline(form).fit(train, Y, X_val=val, y_val=Y_VAL)
    scaler, model = fitted["scale"], fitted["lstm"]
    by_hand = network().fit(scaler.transform(train), Y, X_val=scaler.transform(val), y_val=Y_VAL)
    assert model.validation_loss_curve_ == by_hand.validation_loss_curve_
    assert len(model.validation_loss_curve_) == model.n_iter_
    np.testing.assert_array_equal(fitted.predict(val), by_hand.predict(scaler.transform(val)))


def test_without_transform_input_they_reach_the_network_as_they_are():
    plain = Pipeline([("scale", StandardScaler()), ("lstm", network())])
    model = plain.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)["lstm"]
    by_hand = network().fit(StandardScaler().fit_transform(X), Y, X_val=X_VAL, y_val=Y_VAL)
    assert model.validation_loss_curve_ == by_hand.validation_loss_curve_


def test_without_a_request_it_is_an_error():
    model = Pipeline([("scale", StandardScaler()), ("lstm", LSTMRegressor(3))])
    with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="set_fit_request"):
        model.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)


@pytest.mark.parametrize("form", SEQUENCES)
def test_a_search_passes_them_to_the_fit_of_every_fold(form):
    train, val = SEQUENCES[form]
    grid = {"lstm__hidden_size": [2, 3]}
    search = GridSearchCV(pipeline(form), grid, cv=2).fit(train, Y, X_val=val, y_val=Y_VAL)
    best = pipeline(form).set_params(**search.best_params_)
    best.fit(train, Y, X_val=val, y_val=Y_VAL)
    found = search.best_estimator_["lstm"].validation_loss_curve_
    assert found == best["lstm"].validation_loss_curve_
    first = np.arange(30, 60)  # KFold: the first half is the test set of the first fold
    fold = pipeline(form).set_params(lstm__hidden_size=2)
    fold.fit(train[first], Y[first], X_val=val, y_val=Y_VAL)
    expected = fold.score(train[:30], Y[:30])
    assert search.cv_results_["split0_test_score"][0] == pytest.approx(expected, abs=1e-12)


def test_a_search_takes_rows_of_what_is_as_long_as_X():
    """scikit-learn takes it for metadata with an entry for each row."""
    search = GridSearchCV(network(), {"hidden_size": [2]}, cv=2, refit=False)
    seen = []

    class Recording(LSTMRegressor):
        def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
            seen.append(len(X_val))
            return super().fit(X, y, X_val=X_val, y_val=y_val)

    search.estimator = Recording(3, max_iter=1, early_stopping=True, random_state=0)
    search.estimator.set_fit_request(X_val=True, y_val=True)
    search.fit(X, Y, X_val=X, y_val=Y)
    assert seen == [30, 30]
    seen.clear()
    search.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    assert seen == [20, 20]
