"""A fitted language model: resuming, copies, stored state, seeds, searches."""

import pickle

import numpy as np
import pytest
from language_model_cases import SENTENCES, levels, small, trained_models, weights_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from sklstm.optimizers import RMSprop


@pytest.fixture
def fitted():
    return trained_models()


@pytest.mark.parametrize(
    "params", [{}, {"dropout": 0.2, "recurrent_dropout": 0.2, "num_layers": 2}]
)
@levels
def test_training_resumes_where_it_ended(level, params):
    params = {"level": level, "warm_start": True, "bptt_steps": 5, **params}
    once = small(max_iter=6, **params).fit(SENTENCES)
    twice = small(max_iter=3, **params).fit(SENTENCES)
    twice = pickle.loads(pickle.dumps(twice)).fit(SENTENCES)
    assert weights_equal(once, twice)
    assert twice.loss_curve_ == once.loss_curve_
    by_epoch = small(**params)
    for _ in range(6):
        by_epoch.partial_fit(SENTENCES)
    assert weights_equal(once, by_epoch)


def test_resuming_keeps_the_vocabulary():
    model = small(level="word", warm_start=True).fit(["the cat sat"])
    vocabulary = list(model.vocabulary_)
    assert model.fit(["the dog sat"]).vocabulary_ == vocabulary
    assert model.partial_fit(["a gnu"]).vocabulary_ == vocabulary
    assert model.set_params(warm_start=False).fit(["a gnu"]).vocabulary_ != vocabulary


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"level": "word"}, "level is now 'word'"), ({"hidden_size": 7}, "hidden_size is now 7")],
)
def test_resuming_refuses_another_network(changed, message):
    model = small(warm_start=True).fit(SENTENCES).set_params(**changed)
    with pytest.raises(ValueError, match=message):
        model.fit(SENTENCES)
    with pytest.raises(ValueError, match=message):
        model.partial_fit(SENTENCES)


@levels
def test_another_level_set_after_fit_changes_nothing(level, fitted):
    model = pickle.loads(pickle.dumps(fitted[level]))
    model.set_params(level="char" if level == "word" else "word")
    assert model.score(SENTENCES) == fitted[level].score(SENTENCES)
    assert model.perplexity(SENTENCES) == fitted[level].perplexity(SENTENCES)
    assert model.sample(9, random_state=0) == fitted[level].sample(9, random_state=0)
    expected = fitted[level].predict_proba("The ")
    np.testing.assert_array_equal(model.predict_proba("The "), expected)
    assert model.fit(SENTENCES)._level == model.level


@levels
def test_copies(level, fitted):
    model = fitted[level]
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict_proba("The "), model.predict_proba("The "))
    assert copy.sample(20, random_state=0) == model.sample(20, random_state=0)
    cloned = clone(model)
    assert not hasattr(cloned, "vocabulary_")
    assert weights_equal(cloned.fit(SENTENCES), model)


def is_plain(value):
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(is_plain(v) for pair in value.items() for v in pair)
    return value is None or type(value) in (bool, int, float, str, np.ndarray)


@levels
def test_the_stored_state_is_plain(level, fitted):
    for name, value in fitted[level].__getstate__().items():
        assert is_plain(value), name
    kept = b"".join(
        pickle.dumps(v) for n, v in fitted[level].__getstate__().items() if n != "vocabulary_"
    )
    assert SENTENCES[0].encode() not in kept


def test_the_seed():
    assert weights_equal(small().fit(SENTENCES), small().fit(SENTENCES))
    assert not weights_equal(small().fit(SENTENCES), small(random_state=1).fit(SENTENCES))
    state = np.random.RandomState(0)
    other = small(random_state=state).fit(SENTENCES)
    assert not weights_equal(other, small(random_state=state).fit(SENTENCES))


def test_search():
    grid = {"hidden_size": [2, 12], "learning_rate": [1e-5, 0.05]}
    search = GridSearchCV(small(max_iter=20), grid, cv=2).fit(SENTENCES)
    assert search.best_params_["learning_rate"] == 0.05
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.sample(5, random_state=0)
    assert search.score(SENTENCES) == search.best_estimator_.score(SENTENCES)
    scores = cross_val_score(small(level="word"), SENTENCES, cv=2)
    assert (scores < 0).all()


def test_nested_parameters_can_be_searched():
    search = GridSearchCV(
        small(optimizer=RMSprop(), level="word"), {"optimizer__decay": [0.5, 0.9]}, cv=2
    )
    search.fit(SENTENCES)
    assert search.best_params_["optimizer__decay"] in (0.5, 0.9)
