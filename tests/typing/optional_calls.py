"""Calls that need other packages: as `public_calls`, but not run, since these may be missing."""

# pyright: standard
# Not strict: matplotlib's own annotations are not complete.

import numpy as np
import pandas as pd

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster, trusted_types
from sklstm.callbacks import CSVLogger, TensorBoard
from sklstm.datasets import make_adding_problem
from sklstm.export import from_torch, register_skl2onnx, to_onnx, to_torch
from sklstm.inspection import (
    BacktestDisplay,
    CalibrationDisplay,
    ForecastDisplay,
    GateDisplay,
    ImportanceDisplay,
    LossCurveDisplay,
    SaliencyDisplay,
    permutation_importance,
    saliency,
)

X, y = make_adding_problem(30, 12, random_state=0)
model = LSTMRegressor(4, loss="gaussian", max_iter=2).fit(X, y)


def pictures(forecaster: SequenceForecaster, series: pd.Series, table: pd.DataFrame) -> None:
    LossCurveDisplay.from_estimator(model).figure_.savefig("losses.png")
    ax = GateDisplay.from_estimator(model, X, index=3, gates=["forget"]).ax_
    ax.set_title("forget gate")
    ForecastDisplay.from_estimator(forecaster, 24, coverage=0.8, y_true=series).plot(ax)
    ForecastDisplay.from_predictions(table, y_history=series, y_label="sales").ax_.legend()
    BacktestDisplay.from_predictions(table, error="squared").plot().ax_.set_ylim(0, 1)
    BacktestDisplay.from_estimator(forecaster, series, horizon=6, initial=0.5).figure_.clear()
    CalibrationDisplay.from_estimator(model, X, y, quantiles=[0.1, 0.5, 0.9]).plot(band=False)
    CalibrationDisplay.from_backtest(table).ax_.set_xlabel("nominal")
    importance = permutation_importance(model, X, y, unit="step", n_repeats=2, random_state=0)
    print(importance.importances_mean.argmax(), importance.names[0], importance.scoring.upper())
    ImportanceDisplay(importance).plot().ax_.grid()
    gradients = saliency(model, X, step=-1)
    print(np.abs(gradients.gradients).max(), gradients.predictions.shape)
    SaliencyDisplay.from_estimator(model, X, index=0).plot().figure_.tight_layout()


def export() -> None:
    onnx_model = to_onnx(model, X.astype(np.float32), quantiles=[0.1, 0.9])
    register_skl2onnx()
    module = to_torch(model)
    again = from_torch(module.lstm, module.head, classes=["down", "up"], pooling="last")
    print(onnx_model, again.predict(X).shape, [name.upper() for name in trusted_types()])


def logs() -> None:
    watched = LSTMClassifier(verbose=1).set_callbacks(CSVLogger("log.csv"), TensorBoard("runs"))
    print(watched.fit(X, y > 1).learning_rate_curve_[-1], watched.gradient_norm_curve_)
