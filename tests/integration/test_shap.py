"""SHAP explains networks through their tables; doc/guide/shap.rst shows how."""

import warnings

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.preprocessing import ToSequences

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of matplotlib
    import shap

pytestmark = pytest.mark.filterwarnings("ignore")  # of SHAP

RNG = np.random.default_rng(0)
TABLE = RNG.standard_normal((60, 8))  # 4 steps of 2 channels
Y = TABLE[:, -2]


def fitted(make, y):
    network = make(4, max_iter=20, random_state=0)
    return make_pipeline(ToSequences(n_channels=2), network).fit(TABLE, y)


def test_the_values_of_a_pipeline_add_up_to_its_predictions():
    model = fitted(LSTMRegressor, Y)
    found = shap.Explainer(model.predict, TABLE[:10], seed=0)(TABLE[:5], silent=True)
    assert found.values.shape == (5, 8)
    total = found.base_values + found.values.sum(axis=1)
    np.testing.assert_allclose(total, model.predict(TABLE[:5]), atol=1e-10)
    assert np.abs(found.values).mean(axis=0).argmax() == 6


def test_the_values_of_probabilities():
    model = fitted(LSTMClassifier, Y > 0)
    found = shap.Explainer(model.predict_proba, TABLE[:10], seed=0)(TABLE[:5], silent=True)
    assert found.values.shape == (5, 8, 2)
    total = found.base_values + found.values.sum(axis=1)
    np.testing.assert_allclose(total, model.predict_proba(TABLE[:5]), atol=1e-10)


def test_whole_channels_of_sequences_of_any_length():
    """Of two channels, Shapley values are the means of two differences."""
    X = [RNG.standard_normal((n, 2)) for n in (3, 5, 4, 6) * 8]
    model = LSTMRegressor(4, max_iter=10, random_state=0).fit(X, [x[-1, 0] for x in X])
    mean = np.concatenate(X).mean(axis=0)

    def predict(present):
        return model.predict([np.where(row == 1, X[0], mean) for row in present])

    found = shap.Explainer(predict, np.zeros((1, 2)), algorithm="exact")(np.ones((1, 2)))
    none, first, second, both = predict(np.array([[0, 0], [1, 0], [0, 1], [1, 1]]))
    expected = [(first - none + both - second) / 2, (second - none + both - first) / 2]
    np.testing.assert_allclose(found.values[0], expected, atol=1e-10)
