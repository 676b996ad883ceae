"""Permutation importance of channels, steps and blocks, for every form of X."""

import numpy as np
import pytest
from estimator_cases import FORMS, LABELS, Y, small, target
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance as of_columns
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster
from sklstm.inspection import permutation_importance
from sklstm.inspection._permutation import _Sequences
from sklstm.metrics import over_steps
from sklstm.preprocessing import TimeDistributed, ToSequences

rng = np.random.default_rng(0)
LENGTHS = rng.integers(4, 10, 80)
RAGGED = [rng.standard_normal((n, 3)) for n in LENGTHS]
CUBE = rng.standard_normal((80, 6, 3))


class Known(BaseEstimator):
    """Predicts by a function of each sequence, without learning."""

    def __init__(self, function=None):
        self.function = function

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.array([self.function(np.asarray(x)) for x in X])

    def score(self, X, y, sample_weight=None):
        return 1 - np.average((self.predict(X) - y) ** 2, weights=sample_weight)


def importance_of(function, X, **options):
    model = Known(function).fit(X)
    return permutation_importance(model, X, model.predict(X), random_state=0, **options)


@pytest.mark.parametrize("X", [CUBE, RAGGED], ids=["3-D", "ragged"])
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_only_the_channel_that_is_read_is_important(X, channel):
    result = importance_of(lambda x: x[-1, channel], X)
    assert result.importances.shape == (3, 5)
    assert result.names == ["0", "1", "2"]
    assert result.unit == "channel" and result.baseline_score == 1
    assert result.importances_mean[channel] > 0.5
    others = np.delete(result.importances, channel, axis=0)
    np.testing.assert_array_equal(others, 0)
    np.testing.assert_array_equal(result.importances_mean, result.importances.mean(axis=1))
    np.testing.assert_array_equal(result.importances_std, result.importances.std(axis=1))


@pytest.mark.parametrize("align", ["end", "start"])
@pytest.mark.parametrize("X", [CUBE[:, :, 0], CUBE, RAGGED], ids=["table", "3-D", "ragged"])
def test_only_the_step_that_is_read_is_important(X, align):
    step = -2 if align == "end" else 1
    result = importance_of(lambda x: x[step].sum(), X, unit="step", align=align)
    n_steps = max(map(len, X))
    assert len(result.names) == n_steps
    at = step % n_steps
    assert result.importances_mean[at] > 0.5
    np.testing.assert_array_equal(np.delete(result.importances, at, axis=0), 0)
    first = -n_steps if X is RAGGED and align == "end" else 0
    expected = np.arange(first, first + n_steps)
    np.testing.assert_array_equal(result.positions, np.column_stack([expected, expected]))
    assert result.names[0] == str(first)


def test_blocks_are_counted_from_the_end_or_the_start():
    def names(X, **options):
        return importance_of(lambda x: x[-1, 0], X, unit="block", **options).names

    assert names(CUBE, block_length=4) == ["0 to 1", "2 to 5"]
    assert names(CUBE, block_length=4, align="start") == ["0 to 3", "4 to 5"]
    assert names(RAGGED, block_length=4) == ["-9", "-8 to -5", "-4 to -1"]
    assert names(RAGGED, block_length=4, align="start") == ["0 to 3", "4 to 7", "8"]
    assert len(names(np.tile(CUBE, (1, 5, 1)))) == 10
    result = importance_of(lambda x: x[-3, 0], RAGGED, unit="block", block_length=4)
    assert (result.importances_mean > 0).tolist() == [False, False, True]


@pytest.mark.parametrize("unit", ["channel", "step", "block"])
@pytest.mark.parametrize("align", ["end", "start"])
def test_every_value_is_used_once_and_no_other_is_moved(unit, align):
    sequences = _Sequences(RAGGED)
    before = np.concatenate(RAGGED)
    for each in sequences.units(unit, None, align):
        after = sequences.permuted(each, np.random.RandomState(0))
        assert [x.shape for x in after] == [x.shape for x in RAGGED]
        after = np.concatenate(after)
        np.testing.assert_array_equal(np.sort(after, axis=0), np.sort(before, axis=0))
        rows = each.rows()
        moved = np.zeros(before.shape, dtype=bool)
        moved[rows, each.columns] = True
        np.testing.assert_array_equal(after[~moved], before[~moved])


def test_neighbours_stay_neighbours_but_at_the_seams():
    X = [np.arange(10.0 * k, 10.0 * k + n)[:, None] for k, n in enumerate(LENGTHS)]
    sequences = _Sequences(X)
    with pytest.warns(UserWarning, match="one channel"):
        [channel] = sequences.units("channel", None, "end")
    after = np.concatenate(sequences.permuted(channel, np.random.RandomState(0)))[:, 0]
    assert (np.diff(after) != 1).sum() <= len(X) - 1


def test_equal_lengths_exchange_whole_series():
    sequences = _Sequences(CUBE)
    unit = sequences.units("channel", None, "end")[1]
    after = sequences.permuted(unit, np.random.RandomState(3))
    expected = CUBE.copy()
    expected[:, :, 1] = CUBE[np.random.RandomState(3).permutation(len(CUBE)), :, 1]
    np.testing.assert_array_equal(after, expected)


def test_of_a_table_as_scikit_learn_computes_it():
    X = CUBE[:, :, 0]
    y = X[:, 0] + 2 * X[:, 3]
    model = Ridge().fit(X, y)
    ours = permutation_importance(model, X, y, unit="step", n_repeats=200, random_state=0)
    theirs = of_columns(model, X, y, n_repeats=200, random_state=0)
    np.testing.assert_allclose(ours.importances_mean, theirs.importances_mean, atol=0.1)


def test_a_step_that_one_sequence_has_is_nan():
    X = [x[:4] for x in RAGGED[:9]] + [RAGGED[LENGTHS.argmax()]]
    result = importance_of(lambda x: x[-1, 0], X, unit="step")
    assert np.isnan(result.importances[:5]).all() and np.isnan(result.importances_mean[:5]).all()
    assert not np.isnan(result.importances[5:]).any()


def test_the_result_depends_on_the_seed_alone():
    model = Known(lambda x: x[-1, 0] * x[0, 1]).fit(RAGGED)
    y = model.predict(RAGGED)

    def of(**options):
        return permutation_importance(model, RAGGED, y, **options).importances

    np.testing.assert_array_equal(of(random_state=0), of(random_state=0))
    assert (of(random_state=0) != of(random_state=1)).any()


def test_several_processes_give_the_same():
    model = small(LSTMRegressor).fit(FORMS["ragged"], Y)
    one, two = (
        permutation_importance(model, FORMS["ragged"], Y, random_state=0, n_jobs=n, n_repeats=2)
        for n in (1, 2)
    )
    np.testing.assert_array_equal(one.importances, two.importances)


@pytest.mark.parametrize("form", ["3-D", "ragged"])
def test_pipelines_and_targets_at_every_step(form):
    X = FORMS[form]
    y = target(LSTMClassifier, form, per_step=True)
    model = small(LSTMClassifier, return_sequences=True)
    pipeline = make_pipeline(TimeDistributed(StandardScaler()), model).fit(X, y)
    for scoring in (None, over_steps("accuracy")):
        result = permutation_importance(pipeline, X, y, scoring=scoring, random_state=0)
        assert result.importances.shape == (2, 5)
        assert result.baseline_score == pytest.approx(pipeline.score(X, y))


def test_columns_that_become_channels():
    X = CUBE.reshape(80, -1)
    y = CUBE[:, -1, 2]
    pipeline = make_pipeline(ToSequences(3), small(LSTMRegressor, max_iter=40)).fit(X, y)
    with pytest.warns(UserWarning, match=r"permutation_importance\(pipeline\[1:\]"):
        assert len(permutation_importance(pipeline, X, y, n_repeats=1).importances) == 1
    sequences = pipeline[:1].transform(X)
    result = permutation_importance(pipeline[1:], sequences, y, random_state=0)
    assert result.importances_mean.argmax() == 2


def test_data_frames_keep_their_columns():
    pd = pytest.importorskip("pandas")
    X = [pd.DataFrame(x, columns=["heat", "rain"]) for x in FORMS["ragged"]]
    model = small(LSTMRegressor).fit(X, Y)
    result = permutation_importance(model, X, Y, random_state=0, n_repeats=2)
    assert result.names == ["heat", "rain"]
    table = pd.DataFrame(FORMS["table"], columns=list("abcde"))
    model = small(LSTMRegressor).fit(table, Y)
    result = permutation_importance(model, table, Y, unit="step", random_state=0, n_repeats=2)
    assert result.importances.shape == (5, 2)


@pytest.mark.parametrize("convert", [list, tuple, lambda X: [x.tolist() for x in X]])
def test_other_containers(convert):
    X = convert(FORMS["ragged"])
    model = small(LSTMRegressor).fit(X, Y)
    expected = permutation_importance(model, FORMS["ragged"], Y, random_state=0).importances
    found = permutation_importance(model, X, Y, random_state=0).importances
    np.testing.assert_array_equal(found, expected)


def test_lists_of_equal_length_by_chance_stay_sequences():
    X = [[1.0, 2.0, 3.0], [4.0, 5.0], [0.0, 1.0], [2.0, 2.0]] * 3
    model = small(LSTMRegressor).fit(X, Y)
    equal = [x for x in X if len(x) == 2]
    result = permutation_importance(model, equal, Y[: len(equal)], unit="step", n_repeats=1)
    assert len(result.importances) == 2


def test_missing_values_that_a_pipeline_fills():
    from sklearn.impute import SimpleImputer

    X = CUBE[:12].copy()
    X[0, 0, 0] = np.nan
    pipeline = make_pipeline(TimeDistributed(SimpleImputer()), small(LSTMRegressor)).fit(X, Y)
    assert np.isfinite(permutation_importance(pipeline, X, Y).importances).all()


def test_sample_weights_are_passed_to_the_scorer():
    weights = np.r_[np.ones(40), np.zeros(40)]
    model = Known(lambda x: x[-1, 0]).fit(CUBE)
    y = model.predict(CUBE) + np.r_[np.zeros(40), np.ones(40)]
    assert permutation_importance(model, CUBE, y, sample_weight=weights).baseline_score == 1
    assert permutation_importance(model, CUBE, y).baseline_score == 0.5


def failing(estimator, X, y):
    if not np.array_equal(X, CUBE):
        raise RuntimeError("no such file")
    return 1.0


def test_a_scorer_that_fails_says_on_what():
    model = Known(len).fit(CUBE)
    y = np.ones(80)
    with pytest.raises(RuntimeError, match="no such file") as caught:
        permutation_importance(model, CUBE, y, scoring=failing)
    assert "X with permuted channel 0" in caught.value.__notes__[0]
    with pytest.raises(ValueError, match="Found input variables") as caught:
        permutation_importance(model, CUBE, y[:-1], scoring="r2")
    assert "scoring='r2' on X as it was passed, before" in caught.value.__notes__[0]
    for bad, shown in [(np.nan, "nan"), (None, "None"), ("high", "'high'")]:
        with pytest.raises(ValueError, match=f"returned {shown} on X as it was passed"):
            permutation_importance(model, CUBE, y, scoring=lambda *args, bad=bad: bad)


REFUSED = [
    ({"unit": "columns"}, "not a valid unit"),
    ({"align": "middle"}, "not a valid align"),
    ({"n_repeats": 0}, "n_repeats=0"),
    ({"block_length": 2}, "block_length=2 is for unit='block', but unit='channel'"),
    ({"unit": "block", "block_length": 0}, "block_length=0"),
    ({"scoring": "accuraci"}, "Did you mean 'accuracy'"),
    ({"random_state": -1}, "random_state"),
    ({"n_jobs": 0}, "n_jobs"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_refused_options(options, message):
    model = Known(lambda x: x[-1, 0]).fit(CUBE)
    with pytest.raises((ValueError, TypeError), match=message):
        permutation_importance(model, CUBE, np.ones(80), **options)


def test_refused_estimators_and_data():
    with pytest.raises(NotFittedError):
        permutation_importance(LSTMRegressor(), CUBE, np.ones(80))
    with pytest.raises(TypeError, match=r"the class LSTMRegressor; expected a fitted object"):
        permutation_importance(LSTMRegressor, CUBE, np.ones(80))
    forecaster = SequenceForecaster(Ridge()).fit(None, np.arange(40.0))
    with pytest.raises(TypeError, match="the rows of its X are times"):
        permutation_importance(forecaster, CUBE, np.ones(80))
    model = Known(lambda x: x[-1, 0]).fit(CUBE)
    with pytest.raises(ValueError, match="X has one sequence; expected at least two"):
        permutation_importance(model, CUBE[:1], np.ones(1))
    with pytest.raises(ValueError, match="one dimension"):
        permutation_importance(model, np.ones(5), np.ones(1))


def test_one_channel_is_a_warning_and_its_importance_that_of_x():
    X = CUBE[:, :, 0]
    model = Known(lambda x: x[-1]).fit(X)
    with pytest.warns(UserWarning, match="one channel.*unit='step' or unit='block'"):
        result = permutation_importance(model, X, model.predict(X), random_state=0)
    assert result.importances_mean[0] > 0.5
    constant = DummyRegressor().fit(X, X[:, 0])
    with pytest.warns(UserWarning, match="one channel"):
        assert permutation_importance(constant, X, X[:, 0]).importances_mean[0] == 0


def test_labels_too():
    model = small(LSTMClassifier, max_iter=30).fit(FORMS["3-D"], LABELS)
    X = FORMS["3-D"]
    result = permutation_importance(model, X, LABELS, scoring="neg_log_loss", random_state=0)
    assert result.importances.shape == (2, 5)


def by_hand(estimator, X, y):
    return estimator.score(X, y)


error = make_scorer(mean_absolute_error, greater_is_better=False)
SCORES = [
    (LSTMRegressor(2, max_iter=1), None, "r2"),
    (LSTMClassifier(2, max_iter=1), None, "accuracy"),
    (make_pipeline(StandardScaler(), LSTMRegressor(2, max_iter=1)), None, "r2"),
    (LSTMRegressor(2, max_iter=1), "neg_mean_absolute_error", "neg_mean_absolute_error"),
    (LSTMRegressor(2, max_iter=1), by_hand, "by_hand"),
    (LSTMRegressor(2, max_iter=1), error, "make_scorer(mean_abs"),
]
for scoring, refit, name in [
    (None, True, "r2"),
    ("neg_mean_squared_error", True, "neg_mean_squared_error"),
    (["r2", "neg_mean_squared_error"], "neg_mean_squared_error", "neg_mean_squared_error"),
    (by_hand, True, "by_hand"),
]:
    search = GridSearchCV(
        LSTMRegressor(2, max_iter=1), {"cell": ["rnn"]}, scoring=scoring, refit=refit, cv=2
    )
    SCORES.append((search, None, name))


@pytest.mark.parametrize(("estimator", "scoring", "name"), SCORES)
def test_the_result_names_its_score(estimator, scoring, name):
    X = np.random.default_rng(0).standard_normal((20, 4))
    y = np.arange(20) % 2
    model = estimator.fit(X, y)
    result = permutation_importance(
        model, X, y, unit="step", n_repeats=1, scoring=scoring, random_state=0
    )
    assert result.scoring.startswith(name)
