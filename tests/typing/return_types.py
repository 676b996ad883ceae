"""What type checkers know of results, and what they refuse. Not run: only checked.

``assert_type`` fails for any other type. A comment ``type: ignore`` that is not needed is an error,
and so is a mistake of a user that is not found.
"""

from collections.abc import Callable
from typing import Any, assert_type

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklstm import (
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
    backtest,
)
from sklstm.cells import CELLS, GRU, LSTM, Cell, StepCell
from sklstm.datasets import load_airline, make_adding_problem, make_embedded_reber
from sklstm.gradcheck import check_gradients
from sklstm.losses import ClassificationLoss, Gaussian, Loss, Quantile
from sklstm.metrics import interval_score, mean_absolute_scaled_error
from sklstm.optimizers import Adam
from sklstm.preprocessing import CalendarFeatures, Patches, TimeDistributed, sliding_windows
from sklstm.schedules import Cooldown

Array = NDArray[Any]
Floats = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]


def data_sets() -> None:
    X, y = make_adding_problem(random_state=0)
    assert_type(X, NDArray[np.float64])
    assert_type(y, NDArray[np.float64])
    assert_type(load_airline().passengers, NDArray[np.float64])
    assert_type(make_embedded_reber()[1], list[NDArray[np.str_]])
    assert_type(sliding_windows([1.0, 2.0, 3.0], 1), tuple[Array, Array])


def regressor(
    X: NDArray[np.float64], ragged: list[NDArray[np.float64]], frame: pd.DataFrame
) -> None:
    model = LSTMRegressor(8, cell=GRU(), loss=Quantile([0.1, 0.9]), optimizer=Adam())
    assert_type(model.fit(X, X[:, 0], X_val=X, y_val=X[:, 0]), LSTMRegressor)
    assert_type(model.partial_fit(frame, frame["y"]), LSTMRegressor)
    assert_type(model.set_params(learning_rate=Cooldown()), LSTMRegressor)
    assert_type(model.set_fit_request(sample_weight=True), LSTMRegressor)
    assert_type(model.get_params(), dict[str, Any])
    assert_type(model.predict(X), Array | Any)
    assert_type(model.predict(X, return_std=True), tuple[Array | Any, Array | Any])
    assert_type(model.predict_quantiles(ragged, 0.5), Array | Any)
    assert_type(model.sample_y(frame), Array | Any)
    assert_type(model.score(ragged, [1.0, 2.0]), float)
    assert_type(model.hidden_states(ragged), list[Array])
    assert_type(model.hidden_states(X), Array | Any)
    assert_type(model.gates(X), dict[str, Array | Any])
    assert_type(model.loss_curve_, list[float])
    assert_type(model.weights_, dict[str, Any])
    np.savez("weights.npz", **model.weights_)  # NumPy's types refuse a dict of arrays here
    model.weights_ = model.weights_
    model.weights_ = {"bias_l0": [0.0, 1.0]}
    assert_type(model.stream().push(1.0), Any)
    assert_type(check_gradients(model, X, X[:, 0]), dict[str, float])


def what_lists_can_do(ragged: list[Floats]) -> None:
    """No error for a list, and none for an array: which one it is depends on parameters."""
    model = LSTMRegressor(return_sequences=True).fit(ragged, ragged)
    last = [float(steps[-1]) for steps in model.predict(ragged)]
    joined = np.concatenate(model.predict(ragged))
    print(last, joined.mean(), model.predict(ragged)[0].shape, model.predict(np.ones((2, 3))).T)


def classifier(X: pd.DataFrame, labels: list[str], untyped: Any) -> None:
    model = LSTMClassifier(class_weight={"up": 1, "down": 5}).fit(X, labels)
    assert_type(model.predict(X), Array | Any)
    assert_type(model.predict_proba(untyped), Array | Any)
    assert_type(model.hidden_states(untyped), Any)
    assert_type(model.classes_, Array)
    right: float = (model.predict(X) == labels).mean()
    print(right)


def forecasters(y: pd.Series, X: pd.DataFrame) -> None:
    """The form of a forecast is that of y, which a type checker does not know: Any."""
    model = SequenceForecaster(LSTMRegressor(), window=24, past_columns=["wind"]).fit(X, y)
    assert_type(model, SequenceForecaster)
    assert_type(model.forecast(12, X, coverage=[0.8, 0.9]), Any)
    print(model.forecast(24).index, model.forecast(24) - 1.0, model.forecast(24)["shop"])
    lower, upper = model.predict_interval(24)
    print(upper - lower, model.calibration_errors_.shape, model.season_length_ + 1)
    assert_type(model.update(y, X).calibrate(y), SequenceForecaster)
    assert_type(VotingForecaster([("a", model)]).fit(None, y), VotingForecaster)
    assert_type(backtest(model, y, horizon=1, initial=pd.Period("2024-01")), pd.DataFrame)


def metrics(y: pd.Series, table: pd.DataFrame) -> None:
    assert_type(mean_absolute_scaled_error(y, [1.0], y_train=y), float)
    assert_type(interval_score(y, y, y, coverage=0.9, multioutput="raw_values"), Array)
    assert_type(interval_score(table.y, y, y, coverage=0.9, multioutput=[0.5, 0.5]), float)


def preprocessing(X: Floats, ragged: list[Floats]) -> None:
    assert_type(Patches(2).fit(X), Patches)
    assert_type(Patches(2).fit(ragged).transform(ragged), list[Array])
    assert_type(TimeDistributed(Patches()).fit_transform(X), Array | Any)
    print(CalendarFeatures().set_output(transform="pandas").fit_transform(X).columns)


def language_model() -> None:
    model = LSTMLanguageModel(max_iter=1).fit(["to be", "or not"])
    assert_type(model.sample(10), str)
    assert_type(model.predict_proba("to"), Array)
    assert_type(model.vocabulary_, list[str])


def tables() -> None:
    assert_type(CELLS, dict[str, Callable[..., Cell]])
    assert_type(Gaussian().get_params(), dict[str, Any])


# Classes of users


class Asymmetric(Loss):
    equivariant = True
    valid_targets = "positive numbers"
    levels = (0.5,)

    def __init__(self, factor: float = 3.0) -> None:
        self.factor = factor

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        slope = np.where(raw < y, self.factor, 1.0) * (raw - y)
        return slope * (raw - y), 2 * slope

    def best_constant(self, y: Array, weight: Array) -> Array:
        return np.asarray(np.average(y, axis=1, weights=weight))


class Focal(ClassificationLoss):
    valid_targets = "codes"

    def __init__(self, n_classes: int = 2) -> None:
        self.n_classes = n_classes

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        return raw, y * self.n_classes


class Average(StepCell):
    gates = ("new",)
    never_decay = ("bias", "rate")

    def shapes(self, n_inputs: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return {"weight": (hidden_size, n_inputs), "rate": (hidden_size, 1)}

    def step(
        self, weights: Arrays, x: Array, state: tuple[Array, ...]
    ) -> tuple[tuple[Array, ...], Arrays]:
        (h,) = state
        return (weights["rate"] * h + weights["weight"] @ x,), {"x": x, "h": h}

    def adjoint(
        self, weights: Arrays, memo: Arrays, d_state: tuple[Array, ...]
    ) -> tuple[Array, tuple[Array, ...], Arrays]:
        (dh,) = d_state
        d_rate = (dh * memo["h"]).sum(axis=1, keepdims=True)
        d_weights = {"weight": dh @ memo["x"].T, "rate": d_rate}
        return weights["weight"].T @ dh, (weights["rate"] * dh,), d_weights


LSTMRegressor(loss=Asymmetric(), cell=Average())
LSTMClassifier(loss=Focal())

# Mistakes that are found

LSTMRegressor("8")  # type: ignore[arg-type]
LSTMRegressor(hidden_units=8)  # type: ignore[call-arg]
LSTMRegressor(8, 2)  # type: ignore[call-arg]
LSTMRegressor(cell=LSTM)  # type: ignore[arg-type]
LSTMClassifier(loss=Adam())  # type: ignore[arg-type]
SequenceForecaster(LSTMRegressor)  # type: ignore[arg-type]
print(LSTMRegressor().los_curve_)  # pyright: ignore
LSTMRegressor().predict([[1.0]], return_sd=True)  # type: ignore[call-overload]
SequenceForecaster().forecast("12")  # type: ignore[arg-type]
backtest(SequenceForecaster(), [1.0])  # type: ignore[call-arg]
