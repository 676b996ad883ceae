"""The parameter protocol, alone and inside scikit-learn."""

import re

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV

from sklstm import LSTMRegressor
from sklstm.core.cells import RNN
from sklstm.core.checks import check_number
from sklstm.core.configurable import Configurable, resolve
from sklstm.core.losses import LOSSES, MultiLabelLogLoss, Quantile, SquaredError
from sklstm.core.optimizers import OPTIMIZERS, Adam, Optimizer, RMSprop
from sklstm.core.schedules import SCHEDULES, ExponentialDecay, WarmUp

CLASSES = [*LOSSES.values(), MultiLabelLogLoss, *OPTIMIZERS.values(), *SCHEDULES.values()]
every_class = pytest.mark.parametrize("cls", CLASSES)


class Pair(Configurable):
    def __init__(self, first, second=None):
        self.first = first
        self.second = second


class Dummy(BaseEstimator):
    """Its score is best where the optimizer's decay is 0.5."""

    def __init__(self, optimizer="adam"):
        self.optimizer = optimizer

    def fit(self, X, y=None):
        self.decay_ = resolve(self.optimizer, OPTIMIZERS, Optimizer, "optimizer").decay
        return self

    def score(self, X, y=None):
        return -abs(self.decay_ - 0.5)


@every_class
def test_clone_gives_an_equal_but_new_object(cls):
    original = cls()
    original.set_params(**{name: f"not the default {name}" for name in original.get_params()})
    copy = clone(original)
    assert copy is not original
    assert type(copy) is cls
    assert copy.get_params() == original.get_params()


def test_clone_copies_nested_objects_and_arrays():
    original = Pair(RMSprop(decay=0.3), second=np.array([0.1, 0.9]))
    copy = clone(original)
    assert copy.first is not original.first
    assert copy.first.decay == 0.3
    np.testing.assert_array_equal(copy.second, original.second)


@every_class
def test_the_constructor_neither_validates_nor_converts(cls):
    names = list(cls().get_params())
    values = {name: object() for name in names}
    instance = cls(**values)
    assert all(getattr(instance, name) is values[name] for name in names)


def test_get_params_descends_where_asked_to():
    warm = WarmUp(ExponentialDecay(0.1, 0.5), n_epochs=2)
    assert warm.get_params(deep=False) == {"schedule": warm.schedule, "n_epochs": 2}
    assert warm.get_params() == {
        "schedule": warm.schedule,
        "n_epochs": 2,
        "schedule__initial": 0.1,
        "schedule__decay": 0.5,
    }


def test_get_params_does_not_descend_into_classes():
    assert Pair(RMSprop).get_params() == {"first": RMSprop, "second": None}


def test_set_params_sets_nested_values_after_whole_objects():
    pair = Pair(None)
    returned = pair.set_params(first__decay=0.7, first=RMSprop(), second=3)
    assert returned is pair
    assert (pair.first.decay, pair.second) == (0.7, 3)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"beta1": 0.5}, "'beta1' is not a valid parameter of Adam; did you mean 'beta_1'"),
        ({"qqq": 0.5}, "not a valid parameter of Adam. Valid: 'beta_1', 'beta_2', 'eps'"),
        ({"qqq__decay": 0.5}, "'qqq' is not a valid parameter of Adam"),
        ({"eps__decay": 0.5}, "eps of Adam is 1e-08, which has no parameters to set"),
    ],
)
def test_set_params_refuses_what_is_not_there(params, message):
    with pytest.raises(ValueError, match=message):
        Adam().set_params(**params)


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        (Adam(), "Adam()"),
        (Adam(0.8), "Adam(beta_1=0.8)"),
        (Quantile([0.1, 0.9]), "Quantile(quantile=[0.1, 0.9])"),
        (Quantile(np.array([0.25, 0.5])), "Quantile(quantile=array([0.25, 0.5 ]))"),
        (Pair(1), "Pair(first=1)"),
        (WarmUp(ExponentialDecay(decay=0.5)), "WarmUp(schedule=ExponentialDecay(decay=0.5))"),
    ],
)
def test_repr_shows_what_differs_from_the_defaults(instance, expected):
    assert repr(instance) == expected


def test_resolve():
    adam = Adam(0.8)
    assert resolve(adam, OPTIMIZERS, Optimizer, "optimizer") is adam
    assert type(resolve(np.str_("rmsprop"), OPTIMIZERS, Optimizer, "optimizer")) is RMSprop


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("Adam", ValueError, "'Adam' is not a valid optimizer; did you mean 'adam'"),
        ("foo", ValueError, "'foo' is not a valid optimizer. Valid: 'adam', 'adamw', 'rmsprop'"),
        (Adam, TypeError, r"an instance of Optimizer; got the class Adam: use Adam\(\)"),
        (Quantile(), TypeError, r"instance of Optimizer; got Quantile\(\) \(Quantile\)"),
        (None, TypeError, r"one of 'adam', .*'sgd', or .* got None \(NoneType\)"),
    ],
)
def test_resolve_says_what_is_wrong(value, error, message):
    with pytest.raises(error, match=f"optimizer.*{message}" if error is TypeError else message):
        resolve(value, OPTIMIZERS, Optimizer, "optimizer")


@pytest.mark.parametrize(
    ("value", "interval"),
    [(0, "[0, 1)"), (np.float32(0.5), "(0, 1)"), (np.int64(1), "(0, 1]"), (1e300, "(0, inf)")],
)
def test_check_number_returns_a_python_float(value, interval):
    number = check_number(value, "x", interval)
    assert type(number) is float
    assert number == value


@pytest.mark.parametrize(
    ("value", "interval", "error"),
    [
        (0, "(0, 1)", ValueError),
        (1, "[0, 1)", ValueError),
        (-1e-9, "[0, 1]", ValueError),
        (float("nan"), "[0, inf)", ValueError),
        (float("inf"), "(0, inf)", ValueError),
        (True, "[0, 1]", TypeError),
        ("0.5", "[0, 1]", TypeError),
        (None, "[0, 1]", TypeError),
        (0.5j, "[0, 1]", TypeError),
    ],
)
def test_check_number_refuses(value, interval, error):
    with pytest.raises(error, match=r"decay must be .*in .*0, .*; got "):
        check_number(value, "decay", interval)


def test_nested_search_through_an_estimator():
    search = GridSearchCV(Dummy(RMSprop()), {"optimizer__decay": [0.1, 0.5, 0.9]}, cv=2)
    search.fit(np.zeros((4, 1)))
    assert search.best_params_ == {"optimizer__decay": 0.5}
    assert search.best_estimator_.optimizer.decay == 0.5
    assert search.estimator.optimizer.decay == 0.9, "the search must work on copies"


def test_search_over_objects():
    grid = {"optimizer": [RMSprop(0.1), RMSprop(0.4)]}
    search = GridSearchCV(Dummy(), grid, cv=2).fit(np.zeros((4, 1)))
    assert repr(search.best_params_["optimizer"]) == "RMSprop(decay=0.4)"


def test_an_estimator_displays_its_objects():
    estimator = Dummy(RMSprop(0.4))
    assert repr(estimator) == "Dummy(optimizer=RMSprop(decay=0.4))"
    assert "RMSprop" in estimator._repr_html_()
    assert estimator.get_params()["optimizer__decay"] == 0.4


@pytest.mark.parametrize("base", [Configurable, SquaredError, Adam, ExponentialDecay, RNN])
def test_an_argument_that_is_stored_elsewhere_is_named(base):
    class Elsewhere(base):
        def __init__(self, factor=2.0):
            self._factor = factor

    message = r"This Elsewhere has no attribute 'factor', .* unchanged: self.factor = factor."
    for use in (clone, repr, lambda each: each.get_params()):
        with pytest.raises(AttributeError, match=message):
            use(Elsewhere())


@pytest.mark.parametrize("arguments", ["*values", "**options"])
def test_arguments_without_names_are_refused(arguments):
    scope = {"Configurable": Configurable}
    exec(f"class Any(Configurable):\n    def __init__(self, {arguments}): pass", scope)
    with pytest.raises(TypeError, match=re.escape(f"Any has the argument {arguments}; expected")):
        clone(scope["Any"]())


def test_the_estimators_say_so_at_fit():
    class Elsewhere(SquaredError):
        def __init__(self, factor=2.0):
            self._factor = factor

    with pytest.raises(AttributeError, match="self.factor = factor"):
        LSTMRegressor(2, loss=Elsewhere(), max_iter=1).fit(np.ones((9, 2)), np.arange(9.0))
