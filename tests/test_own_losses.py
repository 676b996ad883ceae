"""Losses of a user's own: the contract, in both estimators, and what breaks it."""

import numpy as np
import pytest
from estimator_cases import FORMS, N
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster
from sklstm.gradcheck import check_gradients
from sklstm.losses import ClassificationLoss, LogLoss, Loss, MultiLabelLogLoss, SquaredError

X = FORMS["3-D"]
Y = np.random.default_rng(0).standard_normal(N)
LABELS = np.array(["a", "b", "c"] * (N // 3))


class LogCosh(Loss):
    """A smooth absolute error."""

    equivariant = True

    def __init__(self, width=1.0):
        self.width = width

    def pointwise(self, raw, y):
        residual = (raw - y) / self.width
        return self.width * np.log(np.cosh(residual)), np.tanh(residual)

    def best_constant(self, y, weight):
        return np.average(y, axis=1, weights=weight)


class LogNormal(Loss):
    """Two raw outputs for each target: mean and spread of the logarithm."""

    valid_targets = "positive numbers"

    def n_raw(self, n_outputs):
        return 2 * n_outputs

    def accepts(self, y):
        return y > 0

    def pointwise(self, raw, y):
        mean, log_scale = raw[0::2], np.clip(raw[1::2], -9, 9)
        z = (np.log(y) - mean) * np.exp(-log_scale)
        d_raw = np.empty_like(raw)
        d_raw[0::2], d_raw[1::2] = -z * np.exp(-log_scale), 1 - z * z
        return z * z / 2 + log_scale + np.log(y), d_raw

    def best_constant(self, y, weight):
        logs = np.log(y)
        mean = np.average(logs, axis=1, weights=weight)
        return np.stack([mean, np.zeros_like(mean)], axis=1).ravel()

    def point(self, raw):
        return np.exp(raw[0::2] + np.exp(2 * np.clip(raw[1::2], -9, 9)) / 2)


class Focal(ClassificationLoss):
    """The log loss with less weight on what is sure."""

    def __init__(self, gamma=2.0, n_classes=2):
        self.gamma = gamma
        self.n_classes = n_classes

    def pointwise(self, raw, y):
        true_class = y[0].astype(int), np.arange(raw.shape[1])
        probabilities = self.predict(raw)
        p = np.maximum(probabilities[true_class], np.finfo(raw.dtype).tiny)
        q = np.maximum(1 - p, np.finfo(raw.dtype).eps)
        slope = self.gamma * q ** (self.gamma - 1) * p * np.log(p) - q**self.gamma
        d_raw = -slope * probabilities
        d_raw[true_class] += slope
        return -(q**self.gamma * np.log(p))[None], d_raw


class Counting(LogLoss):
    """The log loss, which counts how often it is used."""

    calls = 0

    def pointwise(self, raw, y):
        type(self).calls += 1
        return super().pointwise(raw, y)


def small(make, **params):
    return make(3, **{"max_iter": 3, "random_state": 0} | params)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", [LogCosh(0.5), LogNormal()])
def test_regression(loss, dtype, form):
    data = FORMS[form]
    data = [x.astype(dtype) for x in data] if form == "ragged" else data.astype(dtype)
    y = np.exp(np.column_stack([Y, 2 * Y]))
    model = small(LSTMRegressor, loss=loss, early_stopping=True).fit(data, y)
    assert model.predict(data).shape == (N, 2)
    assert np.isfinite([model.score(data, y), *model.validation_score_curve_]).all()
    assert isinstance(
        clone(model).set_params(early_stopping=False).partial_fit(data, y), LSTMRegressor
    )
    check_gradients(model, data, y, n_entries=4)


@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_classification(n_classes, per_step):
    labels = np.array(["a", "b", "c"])[np.arange(N) % n_classes]
    labels = np.tile(labels[:, None], (1, X.shape[1])) if per_step else labels
    params = {"return_sequences": per_step, "early_stopping": not per_step}
    model = small(LSTMClassifier, loss=Focal(gamma=1.5), **params).fit(X, labels)
    assert model.predict_proba(X).shape == (*labels.shape, n_classes)
    assert set(np.ravel(model.predict(X))) <= set(np.ravel(labels))
    chosen = model.classes_[model.predict_proba(X).argmax(axis=-1)]
    np.testing.assert_array_equal(model.predict(X), chosen)
    check_gradients(model, X, labels, n_entries=4)


def test_the_loss_that_was_given_is_used():
    Counting.calls = 0
    model = small(LSTMClassifier, loss=Counting()).fit(X, LABELS)
    assert Counting.calls >= 3
    default = small(LSTMClassifier).fit(X, LABELS)
    np.testing.assert_array_equal(model.predict_proba(X), default.predict_proba(X))
    other = small(LSTMClassifier, loss=Focal(3.0)).fit(X, LABELS)
    assert not np.allclose(other.predict_proba(X), default.predict_proba(X))


def test_the_fitted_loss_is_kept():
    loss = Focal(gamma=1.0)
    model = small(LSTMClassifier, loss=loss).fit(X, LABELS)
    expected = model.predict_proba(X)
    loss.gamma = 9.0
    model.set_params(loss="log_loss")
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    assert loss.n_classes == 2, "the object that was passed is not changed"


def test_parameters_of_a_loss_are_cloned_and_searched():
    search = GridSearchCV(
        small(LSTMClassifier, loss=Focal()), {"loss__gamma": [0.5, 2.0]}, cv=2, error_score="raise"
    )
    search.fit(X, LABELS)
    assert clone(search.best_estimator_).loss.gamma == search.best_params_["loss__gamma"]


def test_several_labels_at_once():
    indicators = np.random.default_rng(0).integers(0, 2, (N, 3))
    expected = small(LSTMClassifier).fit(X, indicators).predict_proba(X)
    for loss in (MultiLabelLogLoss(), LogLoss()):
        model = small(LSTMClassifier, loss=loss).fit(X, indicators)
        np.testing.assert_array_equal(model.predict_proba(X), expected)
    with pytest.raises(ValueError, match=r"Focal\(\) has no form for several labels at once"):
        small(LSTMClassifier, loss=Focal()).fit(X, indicators)
    with pytest.raises(ValueError, match=r"MultiLabelLogLoss\(\) has no parameter n_classes"):
        small(LSTMClassifier, loss=MultiLabelLogLoss()).fit(X, LABELS)


def test_a_forecast_feeds_back_the_point_prediction():
    y = np.exp(np.sin(np.arange(60.0)))
    regressor = small(LSTMRegressor, loss=LogNormal())
    plain = {"level": None, "scale": False, "combine": False, "transformer": None}
    model = SequenceForecaster(regressor, window=6, **plain).fit(None, y)
    found = model.forecast(3)
    window = y[-6:]
    for step in range(3):
        following = model.regressor_.predict(window[None, -6:])
        np.testing.assert_allclose(found[step], following[0], rtol=1e-12)
        window = np.append(window, following)


# What breaks the contract ----------------------------------------------------------------------

ONES = np.ones((1, 8))
BROKEN = {
    "pointwise": [
        (lambda self, raw, y: (raw - y) ** 2, "a pair"),
        (
            lambda self, raw, y: (((raw - y) ** 2).sum(), 2 * (raw - y)),
            r"an array of shape \(any, 8\); got .*[0-9.]+\)? \(float64\)",
        ),
        (
            lambda self, raw, y: (((raw - y) ** 2).sum(axis=0), 2 * (raw - y)),
            r"shape \(any, 8\)",
        ),
        (
            lambda self, raw, y: ((raw - y) ** 2, (2 * (raw - y)).sum(axis=0)),
            r"shape \(1, 8\)",
        ),
        (lambda self, raw, y: None, "a pair"),
    ],
    "best_constant": [
        (lambda self, y, weight: [0.0], "an array"),
        (lambda self, y, weight: None, r"an array of shape \(1,\); got None \(NoneType\)"),
        (lambda self, y, weight: np.float64(0.25), r"shape \(1,\); got .*0.25\)? \(float64\)"),
        (lambda self, y, weight: np.full(1, np.nan), "finite numbers; got NaN"),
        (lambda self, y, weight: np.zeros(2), r"shape \(1,\); got shape \(2,\)"),
        (lambda self, y, weight: np.array(0.0), r"got shape \(\)"),
    ],
    "n_raw": [(lambda self, n: 1.0, "whole number"), (lambda self, n: 0, "whole number above 0")],
    "accepts": [(lambda self, y: True, "array"), (lambda self, y: np.ones(3, bool), "shape")],
    "lowest": [(lambda self, y: 0.0, "array"), (lambda self, y: np.zeros(3), "shape")],
    "point": [(lambda self, raw: raw[0], r"shape \(1, 8\); got shape \(8,\)")],
    "predict": [(lambda self, raw: raw.sum(axis=0), r"shape \(any, 8\)")],
}


@pytest.mark.parametrize(
    ("method", "broken", "message"),
    [(method, *case) for method, cases in BROKEN.items() for case in cases],
)
def test_a_method_that_returns_something_else_is_named(method, broken, message):
    loss = type("Broken", (SquaredError,), {method: broken})()
    model = small(LSTMRegressor, loss=loss)
    for fit in (model.fit, model.partial_fit):
        with pytest.raises(
            ValueError, match=f"{method}.* of the loss Broken must return .*{message}"
        ):
            fit(X, Y)


@pytest.mark.parametrize("changed", ["raw", "y"])
def test_a_method_that_changes_its_arguments_fails_before_training(changed):
    def pointwise(self, raw, y):
        array = {"raw": raw, "y": y}[changed]
        array += 1
        return SquaredError.pointwise(self, raw, y)

    with pytest.raises(ValueError, match="read-only"):
        small(LSTMRegressor, loss=type("Broken", (SquaredError,), {"pointwise": pointwise})()).fit(
            X, Y
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_derivatives_of_another_dtype_are_converted(dtype):
    def pointwise(self, raw, y):
        return np.abs(raw - y), np.where(raw > y, 1, -1)

    loss = type("Signs", (SquaredError,), {"pointwise": pointwise})()
    data = X.astype(dtype)
    for weights in (None, np.arange(N)):
        model = small(LSTMRegressor, loss=loss).fit(data, Y, sample_weight=weights)
        assert model.predict(data).dtype == dtype


def test_a_loss_without_a_minimum_is_trained_to_the_end():
    members = {
        name: getattr(LogNormal, name) for name in ("pointwise", "n_raw", "point", "best_constant")
    }
    loss = type("Density", (Loss,), members)()
    y = np.exp(0.01 * Y)  # the loss is negative from the start
    model = small(LSTMRegressor, loss=loss, max_iter=20, n_iter_no_change=2).fit(X, y)
    assert model.n_iter_ == 20
    assert model.loss_ < 0


@pytest.mark.parametrize("method", ["std", "quantiles", "draw"])
def test_a_distribution_that_returns_something_else_is_named(method):
    loss = type("Broken", (SquaredError,), {method: lambda self, *args: np.ones(3)})()
    model = small(LSTMRegressor, loss=loss).fit(X, Y)
    use = {
        "std": lambda: model.predict(X, return_std=True),
        "quantiles": lambda: model.predict_quantiles(X, [0.5]),
        "draw": lambda: model.sample_y(X),
    }
    with pytest.raises(ValueError, match=f"{method} of the loss Broken must return shape"):
        use[method]()


def test_a_decision_that_returns_something_else_is_named():
    loss = type("Broken", (LogLoss,), {"decision": lambda self, raw: raw[0]})()
    with pytest.raises(ValueError, match="decision of the loss Broken must return shape"):
        small(LSTMClassifier, loss=loss).fit(X, LABELS)


@pytest.mark.parametrize("method", ["pointwise", "best_constant"])
def test_a_method_that_is_missing_is_named(method):
    members = {name: getattr(SquaredError, name) for name in ("pointwise", "best_constant")}
    del members[method]
    with pytest.raises(NotImplementedError, match=f"Partial does not define {method}"):
        small(LSTMRegressor, loss=type("Partial", (Loss,), members)()).fit(X, Y)


@pytest.mark.parametrize(
    ("make", "loss"),
    [
        (LSTMRegressor, LogLoss()),
        (LSTMRegressor, MultiLabelLogLoss()),
        (LSTMClassifier, SquaredError()),
    ],
)
def test_losses_for_the_other_estimator(make, loss):
    with pytest.raises(
        ValueError, match=f"loss={type(loss).__name__}.* is not valid for {make.__name__}"
    ):
        small(make, loss=loss).fit(X, LABELS if make is LSTMClassifier else Y)
