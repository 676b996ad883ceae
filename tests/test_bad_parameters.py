"""Error messages of the estimators for parameters, also for those changed before resuming."""

import re

import numpy as np
import pytest
from refusals import LABELS, TABLE, N, Y, both, fitted_or_not, refuses, small, target, unchanged
from sklearn.metrics import get_scorer_names

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core import checks
from sklstm.core.losses import CLASSIFICATION_LOSSES, REGRESSION_LOSSES, LogLoss, SquaredError
from sklstm.core.optimizers import SGD


def _integer(name, value, minimum):
    return rf"{name}={re.escape(repr(value))} is not valid; expected an integer >= {minimum}"


BAD_PARAMETERS = [
    *[({"hidden_size": v}, _integer("hidden_size", v, 1)) for v in (0, -1, 1.5, "8", True, None)],
    *[({"num_layers": v}, _integer("num_layers", v, 1)) for v in (0, 2.0)],
    *[({"max_iter": v}, _integer("max_iter", v, 1)) for v in (0, 10.0)],
    *[({"n_iter_no_change": v}, _integer("n_iter_no_change", v, 1)) for v in (0, 1.5, -np.inf)],
    *[({"batch_size": v}, _integer("batch_size", v, 1)) for v in (0, 2.5, "all", None)],
    *[({"bptt_steps": v}, _integer("bptt_steps", v, 1)) for v in (0, 1.5)],
    ({"verbose": -1}, _integer("verbose", -1, 0)),
    ({"dropout": 1.0}, r"dropout must be in \[0, 1\); got 1.0"),
    ({"recurrent_dropout": -0.1}, r"recurrent_dropout must be in \[0, 1\); got -0.1"),
    ({"alpha": -1.0}, r"alpha must be in \[0, inf\); got -1.0"),
    ({"alpha": np.nan}, r"alpha must be in \[0, inf\); got nan"),
    ({"tol": -1e-4}, r"tol must be in \[0, inf\)"),
    ({"validation_fraction": 0.0}, r"validation_fraction must be in \(0, 1\); got 0.0"),
    ({"validation_fraction": 1.0}, r"validation_fraction must be in \(0, 1\); got 1.0"),
    ({"max_grad_norm": 0.0}, r"max_grad_norm must be in \(0, inf\); got 0.0"),
    ({"learning_rate": 0.0}, r"learning_rate must be in \(0, inf\); got 0.0"),
    ({"learning_rate": -1}, r"learning_rate must be in \(0, inf\); got -1"),
    ({"optimizer": SGD(momentum=2.0)}, r"momentum must be in \[0, 1\); got 2.0"),
    ({"bidirectional": "yes"}, "bidirectional='yes' is not valid; expected True or False"),
    ({"shuffle": 1}, "shuffle=1 is not valid; expected True or False"),
    ({"pooling": "median"}, "pooling='median' .* expected one of .*'last', 'mean', 'max'"),
    ({"cell": "lsmt"}, "'lsmt' is not a valid cell; did you mean 'lstm'. Valid: .*'lstm'"),
    (
        {"optimizer": "adm"},
        "'adm' is not a valid optimizer; did you mean 'adam'. "
        "Valid: 'adam', 'adamw', 'rmsprop', 'sgd'",
    ),
    (
        {"learning_rate": "cosin"},
        "'cosin' is not a valid learning_rate; did you mean 'cosine'. Valid: 'constant', 'cool",
    ),
    (
        {"bptt_steps": 2, "bidirectional": True},
        "bptt_steps .* backward direction of bidirectional=True cannot",
    ),
]
BAD_TYPES = [
    ({"dropout": "0.5"}, r"dropout must be a number in \[0, 1\); got '0.5' \(str\)"),
    ({"learning_rate": None}, "learning_rate must be one of|learning_rate must be a number"),
    ({"max_grad_norm": True}, r"max_grad_norm must be a number in \(0, inf\); got True \(bool\)"),
    ({"optimizer": SGD}, r"optimizer must be .* got the class SGD: use SGD\(\)"),
    ({"cell": 3}, r"cell must be one of .*'lstm', .* or an instance of Cell; got 3 \(int\)"),
    ({"loss": None}, r"loss must be one of .* got None \(NoneType\)"),
]


def _name(case):
    return ", ".join(f"{name}={value!r}" for name, value in case[0].items())


@both
@fitted_or_not
@pytest.mark.parametrize("case", BAD_PARAMETERS, ids=_name)
def test_fit_refuses_parameters(make, fitted, case):
    params, message = case
    refuses(small(make, **params), fitted, message, TABLE, target(make))


@both
@fitted_or_not
@pytest.mark.parametrize("case", BAD_TYPES, ids=_name)
def test_fit_refuses_types(make, fitted, case):
    params, message = case
    refuses(small(make, **params), fitted, message, TABLE, target(make), error=TypeError)


@pytest.mark.parametrize(
    ("make", "loss", "message"),
    [
        (
            LSTMRegressor,
            "square_error",
            "'square_error' is not a valid loss; did you mean 'squared_error'. Valid: "
            + ", ".join(map(repr, sorted(REGRESSION_LOSSES))),
        ),
        (LSTMRegressor, "log_loss", "'log_loss' is not a valid loss.* Valid: 'absolute_error'"),
        (
            LSTMClassifier,
            "logloss",
            "'logloss' is not a valid loss; did you mean 'log_loss'. Valid: 'log_loss'",
        ),
        (LSTMClassifier, "huber", "'huber' is not a valid loss. Valid: 'log_loss'"),
    ],
)
@fitted_or_not
def test_fit_refuses_losses(make, loss, message, fitted):
    refuses(small(make, loss=loss), fitted, message, TABLE, target(make))


@both
def test_a_batch_larger_than_the_data_is_cut_with_a_warning(make):
    message = "batch_size=50 is larger than the 10 training sequences; using batch_size=10"
    with pytest.warns(UserWarning, match=message):
        estimator = small(make, batch_size=50).fit(TABLE, target(make))
    expected = small(make, batch_size=N).fit(TABLE, target(make))
    np.testing.assert_array_equal(estimator.predict(TABLE), expected.predict(TABLE))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_size": 3}, "hidden_size is now 3, but the fitted network has 2"),
        ({"num_layers": 2}, "num_layers is now 2, but the fitted network has 1"),
        ({"bidirectional": True}, "bidirectional is now True, but the fitted network has False"),
        ({"pooling": "mean"}, "pooling is now mean, but the fitted network has last"),
    ],
)
@both
def test_resuming_refuses_another_architecture(make, change, message):
    estimator = small(make, warm_start=True).fit(TABLE, target(make)).set_params(**change)
    for method in (estimator.fit, estimator.partial_fit):
        with unchanged(estimator), pytest.raises(ValueError, match=f"warm_start.*{message}"):
            method(TABLE, target(make))


@both
def test_warm_start_refuses_other_data(make):
    estimator = small(make, warm_start=True).fit(TABLE, target(make))
    with unchanged(estimator), pytest.raises(ValueError, match="X has 4 features"):
        estimator.fit(TABLE[:, :4], target(make))


def test_warm_start_refuses_new_labels():
    estimator = small(LSTMClassifier, warm_start=True).fit(TABLE, LABELS)
    with unchanged(estimator), pytest.raises(ValueError, match=r"the labels \['c'\]"):
        estimator.fit(TABLE, np.where(LABELS == "a", "c", "b"))


@pytest.mark.parametrize(
    ("make", "loss", "y"),
    [(LSTMRegressor, LogLoss(), (Y > 0) * 1.0), (LSTMClassifier, SquaredError(), LABELS)],
)
def test_fit_refuses_loss_objects_of_the_other_kind(make, loss, y):
    refuses(small(make, loss=loss), False, "loss", TABLE, y)


SAME_BY_ANOTHER_NAME = [
    (LSTMRegressor, {"loss": "mse"}, "did you mean 'squared_error'"),
    (LSTMRegressor, {"loss": "MAE"}, "did you mean 'absolute_error'"),
    (LSTMRegressor, {"loss": "smooth_l1"}, "did you mean 'huber'"),
    (LSTMRegressor, {"loss": "log_loss"}, "'log_loss' is a loss of LSTMClassifier, for labels"),
    (LSTMRegressor, {"loss": "bce"}, "'log_loss' is a loss of LSTMClassifier"),
    (LSTMRegressor, {"loss": LogLoss()}, "It is a loss of LSTMClassifier"),
    (LSTMClassifier, {"loss": "cross_entropy"}, "did you mean 'log_loss'"),
    (LSTMClassifier, {"loss": "gaussian"}, "'gaussian' is a loss of LSTMRegressor, for numbers"),
    (LSTMClassifier, {"loss": "mse"}, "'squared_error' is a loss of LSTMRegressor"),
    (LSTMClassifier, {"loss": "poison"}, "'poisson' is a loss of LSTMRegressor"),
    (LSTMClassifier, {"loss": SquaredError()}, "It is a loss of LSTMRegressor"),
    (LSTMRegressor, {"scoring": "mae"}, "Did you mean 'neg_mean_absolute_error'"),
    (LSTMRegressor, {"scoring": "RMSE"}, "Did you mean 'neg_root_mean_squared_error'"),
    (LSTMRegressor, {"scoring": "r2_score"}, "Did you mean 'r2'"),
    (LSTMClassifier, {"scoring": "acc"}, "Did you mean 'accuracy'"),
    (LSTMClassifier, {"scoring": "cross_entropy"}, "Did you mean 'neg_log_loss'"),
]


@pytest.mark.parametrize(("make", "params", "message"), SAME_BY_ANOTHER_NAME, ids=str)
def test_names_of_other_packages_are_understood(make, params, message):
    refuses(small(make, **params), False, message, TABLE, target(make))


def test_every_other_name_leads_to_one_of_ours_or_of_scikit_learn():
    ours = {*REGRESSION_LOSSES, *CLASSIFICATION_LOSSES, *get_scorer_names()}
    assert {name for names in checks._SYNONYMS.values() for name in names} <= ours
    assert not set(checks._SYNONYMS) & ours
