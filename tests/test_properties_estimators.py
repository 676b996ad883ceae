"""Properties of all regressors and classifiers, on random ones: see ``random_estimators.py``.

A fixed sample of examples. By hand 500 of each, others in every run (``conftest.py``):
``pytest tests/test_properties_estimators.py --hypothesis-profile long``.
"""

import copy
import io
import os
import pickle
import tempfile
import warnings

import joblib
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from random_estimators import (
    COUNTS,
    DISTRIBUTIONS,
    LAYOUTS,
    LOSSES,
    assert_close,
    assert_equal,
    assert_same_weights,
    cases,
    running,
)
from sklearn.base import clone

import sklstm
from sklstm import LSTMRegressor
from sklstm.core.kernels import KERNELS

EQUIVARIANT = {name: loss for name, loss in LOSSES.items() if name not in COUNTS}


def shapes_of(results):
    return [np.shape(result) for result in results]


def assert_form(case, results, shapes, dtype=None):
    """A list for lists with targets at every step, otherwise an array; shapes by sequence."""
    assert isinstance(results, list if case.form == "ragged" and case.per_step else np.ndarray)
    assert shapes_of(results) == shapes
    for result in results:
        assert np.asarray(result).dtype == (case.dtype if dtype is None else dtype)


@given(cases())
def test_shapes_and_dtypes_are_those_of_the_documentation(case):
    with running(case):
        model, X = case.fit(), case.X()
        target = shapes_of(case.targets)
        if case.is_classifier:
            assert_labels(case, model, X, target)
        else:
            assert_values(case, model, X, target)
        width = model.hidden_size * (1 + model.bidirectional)
        steps = [-(-length // model.patch_length_) for length in case.lengths]
        states = [(length, width) for length in steps]
        is_list = case.form == "ragged"
        for result in (model.hidden_states(X), *model.gates(X).values()):
            assert isinstance(result, list if is_list else np.ndarray)
            assert shapes_of(result) == states
            assert {row.dtype for row in result} == {case.dtype}


def assert_labels(case, model, X, target):
    n_classes = len(model.classes_)
    multilabel = np.ndim(case.targets[0]) > case.per_step
    lead = [shape[: case.per_step] for shape in target]
    binary = n_classes == 2 and not multilabel
    assert_form(case, model.predict(X), target, np.int64 if multilabel else model.classes_.dtype)
    assert_form(case, model.predict_proba(X), [(*shape, n_classes) for shape in lead])
    assert_form(case, model.predict_log_proba(X), [(*shape, n_classes) for shape in lead])
    decision = [shape if binary else (*shape, n_classes) for shape in lead]
    assert_form(case, model.decision_function(X), decision)
    for label, proba in zip(model.predict(X), model.predict_proba(X), strict=True):
        best = (proba > 0.5).astype(int) if multilabel else model.classes_[proba.argmax(axis=-1)]
        np.testing.assert_array_equal(label, best)
    assert 0 <= model.score(X, case.y()) <= 1


def assert_values(case, model, X, target):
    many = isinstance(model.loss, type(LOSSES["quantiles"])) and np.ndim(model.loss.quantile)
    several = [(*shape, 3) for shape in target]
    assert_form(case, model.predict(X), several if many else target)
    assert np.isfinite(model.score(X, case.y()))
    if many:
        assert_form(case, model.predict_quantiles(X, [0.1, 0.5, 0.9]), several)
    if model.loss in DISTRIBUTIONS:
        mean, std = model.predict(X, return_std=True)
        assert_equal(mean, model.predict(X))
        assert_form(case, std, target)
        quantiles = model.predict_quantiles(X, [0.1, 0.5, 0.9])
        assert_form(case, quantiles, several)
        assert all((np.diff(rows, axis=-1) >= 0).all() for rows in quantiles)
        assert_form(case, model.predict_quantiles(X, 0.5), target)
        assert_form(case, model.sample_y(X, 3), several)


@given(cases(), st.integers(1, 60), st.integers(0, 1000))
def test_a_prediction_does_not_depend_on_the_other_sequences(case, copies, seed):
    """Whether alone, in another order, or among hundreds (a batch has 256)."""
    with running(case):
        model = case.fit()
        expected = case.results(model)
        alone = [case.results(model, case.X([row]))[0] for row in case.rows]
        assert_close(alone, expected, **case.close)
        order = np.random.default_rng(seed).permutation(len(case.rows) * copies) % len(case.rows)
        shuffled = case.X([case.rows[i] for i in order])
        assert_close(case.results(model, shuffled), [expected[i] for i in order], **case.close)
        states = model.hidden_states(case.X())
        alone = [model.hidden_states(case.X([row]))[0] for row in case.rows]
        assert_close(list(states), alone, **case.close)


@given(cases(forms=["3-D"]))
def test_a_list_of_equal_lengths_is_a_3d_array(case):
    with running(case):
        expected = case.fit()
        y = list(case.targets) if case.per_step else case.y()
        model = clone(case.estimator).fit(list(case.rows), y)
        assert_close(case.results(model, list(case.rows)), case.results(expected), **case.close)


@given(cases(longest=40), st.data())
def test_memory_layouts_make_no_difference(case, data):
    with running(case):
        expected = case.fit()
        x_layout, y_layout, w_layout, later = (
            LAYOUTS[data.draw(st.sampled_from(list(LAYOUTS)))] for _ in range(4)
        )
        rng = np.random.default_rng(0)
        shapes = [np.shape(y)[: case.per_step] for y in case.targets]
        weights = [rng.uniform(0.5, 2.0, shape) for shape in shapes]
        expected = case.fit(weights=weights)
        X, y, w = in_layout(case.X(), x_layout), in_layout(case.y(), y_layout), case.y(weights)
        model = clone(case.estimator).fit(X, y, sample_weight=in_layout(w, w_layout))
        assert_same_weights(model, expected)
        names = getattr(model, "feature_names_in_", None) is not None
        assert_equal(
            case.results(model, X if names else in_layout(case.X(), later)),
            case.results(expected),
        )


def in_layout(arrays, layout):
    """An array, or all of a list, in a memory layout."""
    return [layout(a) for a in arrays] if isinstance(arrays, list) else layout(arrays)


@given(cases(forms=["3-D", "ragged"]), st.randoms(use_true_random=False))
def test_channels_can_be_reordered_with_their_weights(case, random):
    with running(case):
        model = case.fit()
        n_channels = case.rows[0].shape[1]
        order = random.sample(range(n_channels), n_channels)
        expected, weights = case.results(model), model.weights_
        for name in weights:
            if name.startswith("weight_ih_l0"):
                by_channel = weights[name].reshape(-1, model.patch_length_, n_channels)
                weights[name] = by_channel[:, :, order].reshape(weights[name].shape)
        model.weights_ = weights
        X = case.X([row[:, order] for row in case.rows])
        assert_close(case.results(model, X), expected, **case.close)


@given(
    cases(make=LSTMRegressor, losses=EQUIVARIANT, longest=60),
    st.floats(-6, 6),
    st.floats(-10, 10),
)
def test_the_units_of_y_do_not_matter(case, exponent, shift):
    with running(case):
        scale = 10.0**exponent
        model, other = case.fit(), case.fit(targets=[scale * (y + shift) for y in case.targets])
        assert_same_weights(model, other)
        expected = [scale * (rows.astype(float) + shift) for rows in case.results(model)]
        tolerance = {"rtol": 1e-5, "atol": 1e-5 * scale}
        assert_close(case.results(other), expected, **tolerance)


@given(cases(longest=40, batch_size="auto"), st.data())
def test_a_weight_is_a_number_of_repetitions(case, data):
    """If one batch can hold all sequences: 100 or fewer."""
    with running(case):
        n = len(case.rows)
        # Without its rows a label is not in the repetitions, but is in y.
        lowest = 1 if case.is_classifier else 0
        counts = data.draw(st.lists(st.integers(lowest, 4), min_size=n, max_size=n))
        counts[0] = max(counts[0], 1)
        shapes = [np.shape(y)[: case.per_step] for y in case.targets]
        weights = [np.full(shape, float(k)) for shape, k in zip(shapes, counts, strict=True)]
        weighted = case.fit(weights=weights)
        indices = np.repeat(np.arange(n), counts)
        order = np.random.default_rng(data.draw(st.integers(0, 100))).permutation(indices)
        order = order if case.estimator.shuffle else indices
        repeated = case.fit(
            rows=[case.rows[i] for i in order], targets=[case.targets[i] for i in order]
        )
        assert_same_weights(weighted, repeated)
        assert_close(case.results(weighted), case.results(repeated), **case.close)


@given(cases(bidirectional=False, forms=["3-D", "ragged"]), st.data())
def test_a_stream_predicts_as_for_all_steps_so_far(case, data):
    with running(case):
        model = case.fit()
        method = "predict_proba" if case.is_classifier else "predict"
        row = case.rows[data.draw(st.integers(0, len(case.rows) - 1))]
        many = data.draw(st.booleans())
        stream = model.stream(2 if many else None, method=method)
        checked = sorted({1, len(row), data.draw(st.integers(1, len(row)))})
        if many:
            stream.push(np.ones((2, row.shape[1])))
            stream.reset()
        for k, x in enumerate(row, start=1):
            pushed = stream.push(np.stack([x, -x]) if many else x)
            if k in checked:
                prefixes = [row[:k], -row[:k]] if many else [row[:k]]
                expected = case.results(model, case.X(prefixes))
                expected = [one[-1] for one in expected] if case.per_step else expected
                assert_close(list(pushed) if many else [pushed], expected, **case.close)


@given(cases(longest=60))
def test_float32_is_near_float64(case):
    with running(case):
        single = [row.astype(np.float32) for row in case.rows]
        double = [row.astype(np.float64) for row in single]
        model32, model64 = case.fit(rows=single), case.fit(rows=double)
        model64.weights_ = model32.weights_
        expected = case.results(model64, case.X(double))
        assert_close(case.results(model32, case.X(single)), expected, rtol=2e-3, atol=2e-3)


@given(cases(longest=60))
def test_kernels_agree(case):
    with running(case):
        model = case.fit()
        expected = case.results(model)
    for case.kernel in KERNELS:
        with running(case):
            other = pickle.loads(pickle.dumps(model))
            assert_close(case.results(other), expected, **case.close)


@given(cases(longest=60))
def test_copies_predict_and_train_as_the_original_to_the_last_bit(case):
    with running(case):
        model = case.fit()
        expected = case.results(model)
        copies = round_trips(model)
        for other in copies:
            assert_equal(case.results(other), expected)
        assert_equal(case.results(clone(model).fit(case.X(), case.y())), expected)
        model.partial_fit(case.X(), case.y())
        for other in copies:
            assert_same_weights(other.partial_fit(case.X(), case.y()), model)
            assert_equal(case.results(other), case.results(model))


def round_trips(model):
    """The same estimator by pickle, deepcopy, joblib, and save and load."""
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model")
        sklstm.save(model, path)
        loaded = sklstm.load(path)
    return [
        pickle.loads(pickle.dumps(model)),
        copy.deepcopy(model),
        joblib.load(file),
        loaded,
    ]


@given(cases(longest=60))
def test_threads_change_no_bit(case):
    with running(case):
        expected = case.fit()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*n_jobs")
            model = case.fit(clone(case.estimator).set_params(n_jobs=2))
        assert_same_weights(model, expected)
        X = case.X(case.rows * 60)
        assert_equal(case.results(model, X), case.results(expected, X))
