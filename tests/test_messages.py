"""Messages stay short, whatever a user passes, and lead on."""

import numpy as np
import pandas as pd
import pytest
from refusals import CUBE, LABELS, RAGGED, STEP_Y, TABLE, N, T, Y, small
from sklearn.base import BaseEstimator

from sklstm import (
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
)
from sklstm.cells import LSTM
from sklstm.core.messages import cut, shorten, shorten_list
from sklstm.losses import Quantile
from sklstm.optimizers import SGD
from sklstm.preprocessing import (
    Patches,
    TimeDistributed,
    ToSequences,
    parallel_strips,
    sliding_windows,
    strip_padding,
)

LIMIT = 1000
MANY = [f"class {i}" for i in range(2000)]
WORD = "word " * 20_000


class Verbose(BaseEstimator):
    """Any object with an endless repr."""

    def __repr__(self):
        return WORD


class Broken(BaseEstimator):
    def __repr__(self):
        raise RuntimeError


HUGE = {
    "text": WORD,
    "list": MANY,
    "array": np.arange(100_000.0),
    "dict": dict.fromkeys(MANY),
    "set": set(MANY),
    "nested": [[MANY] * 10] * 10,
    "object": Verbose(),
    "broken": Broken(),
    "integer": -(10**6000),
    "frame": pd.DataFrame(np.zeros((1000, 1000))),
}
huge = pytest.mark.parametrize("kind", HUGE)


def refused(call):
    with pytest.raises((TypeError, ValueError)) as raised:
        call()
    assert len(str(raised.value)) < LIMIT, len(str(raised.value))
    return str(raised.value)


@huge
@pytest.mark.parametrize("limit", [20, 200])
def test_shorten(kind, limit):
    text = shorten(HUGE[kind], limit)
    assert len(text) <= limit
    assert "\n" not in text


@pytest.mark.parametrize("value", [None, 0.1, 3, "lstm", ["a", "b"], {"a": 1.0}, (1, 2), LSTM()])
def test_what_is_short_is_its_repr(value):
    assert shorten(value) == repr(value)


def test_lists_say_how_many_there_are():
    assert shorten_list(np.arange(3)) == "[0, 1, 2]"
    assert shorten_list(MANY).endswith("...] (2000 in all)")
    assert len(cut(WORD)) <= 200


PARAMETERS = {
    make: sorted(set(make().get_params(deep=False)) - {"verbose", "callbacks"})
    for make in (LSTMRegressor, LSTMClassifier)
}

VALID = {("class_weight", "dict"), ("n_jobs", "integer")}


@huge
@pytest.mark.parametrize(
    ("make", "name"), [(make, name) for make, names in PARAMETERS.items() for name in names]
)
def test_parameters(make, name, kind):
    if (name, kind) in VALID:
        return
    message = refused(lambda: small(make, **{name: HUGE[kind]}).fit(TABLE, target(make)))
    assert name in message


def target(make):
    return LABELS if make is LSTMClassifier else Y


@huge
@pytest.mark.parametrize("name", sorted(SequenceForecaster().get_params(deep=False)))
def test_parameters_of_the_forecaster(name, kind):
    refused(lambda: SequenceForecaster(**{name: HUGE[kind]}).fit(None, np.arange(30.0)))


@huge
@pytest.mark.parametrize("name", sorted(VotingForecaster().get_params(deep=False)))
def test_parameters_of_the_vote(name, kind):
    if (name, kind) in VALID:
        return
    refused(lambda: VotingForecaster(**{name: HUGE[kind]}).fit(None, np.arange(30.0)))


@huge
@pytest.mark.parametrize("name", ["level", "max_features", "embedding_dim", "hidden_size", "alpha"])
def test_parameters_of_the_language_model(name, kind):
    refused(lambda: LSTMLanguageModel(**{name: HUGE[kind]}).fit(["some text"]))


@huge
def test_parameters_of_objects(kind):
    value = HUGE[kind]
    for params in (
        {"cell": LSTM(peepholes=value)},
        {"optimizer": SGD(momentum=value)},
        {"loss": Quantile(value)},
    ):
        refused(lambda params=params: small(LSTMRegressor, **params).fit(TABLE, Y))


@huge
def test_arguments(kind):
    value = HUGE[kind]
    model = small(LSTMRegressor).fit(TABLE, Y)
    classifier = small(LSTMClassifier).fit(TABLE, LABELS)
    for call in (
        lambda: model.stream(value),
        lambda: model.stream(method=value),
        lambda: model.stream().push(value),
        lambda: model.predict(value),
        lambda: model.fit(value, Y),
        lambda: model.fit(TABLE, value),
        lambda: model.fit(TABLE, Y, value),
        lambda: model.fit(TABLE, Y, X_val=value, y_val=value),
        lambda: model.score(TABLE, value),
        lambda: classifier.fit(TABLE, value),
        lambda: classifier.partial_fit(TABLE, LABELS, classes=value),
        lambda: small(LSTMClassifier, return_sequences=True).fit(TABLE, value),
        lambda: sliding_windows(value, 10**7),
        lambda: sliding_windows(np.ones(9), value),
        lambda: sliding_windows(np.ones(9), 2, exog=value),
        lambda: parallel_strips(value, 10**7),
        lambda: parallel_strips(np.ones(9), value),
        lambda: strip_padding(value, side="left"),
        lambda: strip_padding(TABLE, value),
        lambda: strip_padding(TABLE, side=value),
        lambda: ToSequences(value).fit(TABLE),
        lambda: ToSequences(layout=value).fit(TABLE),
        lambda: ToSequences(time_order=value).fit(TABLE),
        lambda: ToSequences(n_static=value).fit(TABLE),
        lambda: Patches(value).fit(TABLE),
        lambda: TimeDistributed(value).fit(TABLE),
    ):
        refused(call)


def test_thousands_of_labels():
    many, few = np.repeat(MANY, 2), np.repeat(np.arange(2000).astype(str), 2)
    X = np.random.default_rng(0).normal(size=(4000, 2))
    model = small(LSTMClassifier, max_iter=1).fit(X, many)
    for call in (
        lambda: model.partial_fit(X, few),
        lambda: model.partial_fit(X, many, classes=few),
        lambda: small(LSTMClassifier).partial_fit(X, many, classes=few),
        lambda: small(LSTMClassifier, class_weight={"a": 1.0}).fit(X, many),
        lambda: small(LSTMClassifier, class_weight=dict.fromkeys(few, 1.0)).fit(X, many),
        lambda: model.fit(X, many, X_val=X, y_val=few),
        lambda: model.partial_fit(X, ["a"] * 4000),
    ):
        refused(call)


def test_thousands_of_columns():
    columns = [f"column {i}" for i in range(2000)]
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 2000)), columns=columns)
    other = table.rename(columns=lambda name: f"another {name}")
    frames = [table, other]
    model = small(LSTMRegressor).fit(table, Y)
    sequences = small(LSTMRegressor).fit([table] * N, Y)
    for call in (
        lambda: model.predict(other),
        lambda: small(LSTMRegressor).fit(frames, Y[:2]),
        lambda: sequences.predict([other]),
        lambda: model.predict(table.assign(**{"column 7": "text"})),
        lambda: Patches(2).fit([table]).get_feature_names_out(list(other)),
    ):
        refused(call)


# Advice


@pytest.mark.parametrize("X", [TABLE, CUBE], ids=["table", "sequences"])
@pytest.mark.parametrize("side", ["start", "end", "both"])
def test_padding_with_nan(X, side):
    padded = X.copy()
    if side != "start":
        padded[::2, -2:] = np.nan
    if side != "end":
        padded[1::2, :1] = np.nan
    for call in (
        lambda: small(LSTMRegressor).fit(padded, Y),
        lambda: small(LSTMRegressor).fit(X, Y).predict(padded),
    ):
        message = refused(call)
        assert "contains NaN" in message
        assert "need no padding: pass a list" in message
        assert "sklstm.preprocessing.strip_padding(X)" in message
    model = small(LSTMRegressor).fit(strip_padding(padded), Y)
    assert model.predict(strip_padding(padded)).shape == (N,)


@pytest.mark.parametrize("X", [TABLE, CUBE], ids=["table", "sequences"])
def test_nan_that_is_no_padding(X):
    for index in ((3, 2), (3, -1, 0) if X.ndim == 3 else (3, 1)):
        bad = X.copy()
        bad[index] = np.nan
        message = refused(lambda bad=bad: small(LSTMRegressor).fit(bad, Y))
        assert "Impute missing values" in message
        assert "HistGradientBoosting" not in message
        assert "padding" not in message


def test_one_sequence_instead_of_several():
    model = small(LSTMRegressor).fit(CUBE, Y)
    for X in (TABLE[0], TABLE[0].tolist()):
        for call in (lambda X=X: model.predict(X), lambda X=X: small(LSTMRegressor).fit(X, Y)):
            message = refused(call)
            assert "Reshape your data: X.reshape(1, -1) is one sequence of 6 steps" in message


@pytest.mark.parametrize("X", [[], np.empty(0), np.empty((0, T)), np.empty((0, 0, 2)), [[]]])
@pytest.mark.parametrize("fitted", [TABLE, CUBE, RAGGED], ids=["table", "sequences", "list"])
def test_empty_x_is_no_table(X, fitted):
    message = refused(lambda: small(LSTMRegressor).fit(fitted, Y).predict(X))
    assert "empty" in message
    assert "is a table" not in message


def test_random_state():
    message = refused(
        lambda: small(LSTMRegressor, random_state=np.random.default_rng()).fit(TABLE, Y)
    )
    assert "int(rng.integers(2**31))" in message
    for make in (LSTMRegressor, LSTMClassifier):
        for random_state in (3, np.int64(3), np.random.RandomState(3), None):
            small(make, random_state=random_state).fit(TABLE, target(make))


def test_learning_rate():
    message = refused(lambda: small(LSTMRegressor, learning_rate=None).fit(TABLE, Y))
    for words in ("learning_rate must be a number in (0, inf)", "'cosine'", "got None (NoneType)"):
        assert words in message


@pytest.mark.parametrize(
    ("params", "hint"),
    [
        ({"cell": "lsmt"}, "did you mean 'lstm'?"),
        ({"pooling": "maen"}, "Did you mean 'mean'?"),
        ({"loss": "hubber"}, "did you mean 'huber'?"),
    ],
)
def test_did_you_mean(params, hint):
    assert hint in refused(lambda: small(LSTMRegressor, **params).fit(TABLE, Y))


def test_did_you_mean_of_a_method():
    classifier = small(LSTMClassifier).fit(TABLE, LABELS)
    assert "Did you mean 'predict_proba'?" in refused(
        lambda: classifier.stream(method="predict_prob")
    )


def test_auto_alpha_is_for_regression():
    assert "alpha must be a number in [0, inf); got 'auto' (str)" in refused(
        lambda: small(LSTMClassifier, alpha="auto").fit(TABLE, LABELS)
    )


@pytest.mark.parametrize("classes", [3, "ab", {"a": 1, "b": 2}, [["a"], ["b"]], ["a", None]])
def test_classes_are_named(classes):
    model = small(LSTMClassifier)
    message = refused(lambda: model.partial_fit(TABLE, LABELS, classes=classes))
    assert "classes" in message
    assert "y" not in message.split()


@pytest.mark.parametrize("name", ["y", "sample_weight"])
@pytest.mark.parametrize("value", [{"a": 1.0}, iter([1.0]), "text", [[1.0], [2.0, 3.0]], object()])
def test_other_kinds_are_named(name, value):
    data = {"y": Y, "sample_weight": None} | {name: value}
    assert name in refused(lambda: small(LSTMRegressor).fit(TABLE, **data))


def test_groups_of_pandas():
    table = pd.DataFrame({"id": np.repeat(np.arange(N), 3), "value": np.arange(3.0 * N)})
    groups = table.groupby("id")
    assert "[group for _, group in X]" in refused(lambda: small(LSTMRegressor).fit(groups, Y))
    small(LSTMRegressor).fit([group[["value"]] for _, group in groups], Y)


def test_steps_in_a_dict():
    y = dict(enumerate(STEP_Y))
    model = small(LSTMRegressor, return_sequences=True)
    assert "list(y.values())" in refused(lambda: model.fit(TABLE, y))
