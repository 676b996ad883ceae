"""Fitted estimators to save, with the types of all parameters, and their results elsewhere."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklstm
from sklstm import (
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
    cells,
    losses,
    metrics,
    optimizers,
    schedules,
)
from sklstm.preprocessing import CalendarFeatures, Patches, TimeDistributed, ToSequences

RNG = np.random.default_rng(0)
TABLE = RNG.standard_normal((20, 6))
RAGGED = [RNG.standard_normal((n, 2)) for n in (3, 5, 1, 4) * 5]
VALUES, COUNTS = TABLE[:, -1], np.round(np.abs(3 * TABLE[:, -1]))
LABELS = np.where(VALUES > 0, "up", "down")
SERIES = 10 + np.sin(np.arange(60.0)) + 0.1 * RNG.standard_normal(60)
SMALL = {"max_iter": 2, "random_state": 0}
DAYS = pd.DataFrame({"x": np.arange(800.0)}, pd.date_range("2024-01-01", periods=800, freq="D"))


def regressor(**params):
    return LSTMRegressor(3, **SMALL | params)


def classifier(**params):
    return LSTMClassifier(3, **SMALL | params)


def forecaster(regressor="smoothing", **params):
    return SequenceForecaster(regressor, window=5, **params)


# By name: the estimator, the arguments of fit, the method to compare, and its argument.
CASES = {
    "table": (regressor(), (TABLE, VALUES), "predict", TABLE),
    "float32": (regressor(), (TABLE.astype("float32"), VALUES), "predict", TABLE),
    "ragged": (regressor(bidirectional=True, num_layers=2), (RAGGED, VALUES), "predict", RAGGED),
    "validation": (regressor(early_stopping=True), (TABLE, VALUES), "predict", TABLE),
    "per step": (regressor(return_sequences=True), (TABLE, TABLE), "predict", TABLE),
    "attention": (regressor(pooling="attention"), (RAGGED, VALUES), "predict", RAGGED),
    "labels": (classifier(), (TABLE, LABELS), "predict_proba", TABLE),
    "text labels": (classifier(class_weight="balanced"), (RAGGED, LABELS), "predict", RAGGED),
    "objects as labels": (classifier(), (TABLE, LABELS.astype(object)), "predict", TABLE),
    "indicators": (classifier(), (TABLE, (TABLE > 0).astype(int)), "predict_proba", TABLE),
    "indicators, an object": (
        classifier(loss=losses.MultiLabelLogLoss()),
        (TABLE, (TABLE > 0).astype(int)),
        "predict_proba",
        TABLE,
    ),
    "log loss": (classifier(loss=losses.LogLoss()), (TABLE, LABELS), "predict_proba", TABLE),
    "over steps": (
        classifier(
            return_sequences=True, early_stopping=True, scoring=metrics.over_steps("accuracy")
        ),
        (TABLE, TABLE > 0),
        "predict",
        TABLE,
    ),
    **{
        f"cell {name}": (regressor(cell=make()), (TABLE, VALUES), "predict", TABLE)
        for name, make in cells.CELLS.items()
    },
    **{
        f"loss {name}": (regressor(loss=make()), (TABLE, COUNTS), "predict", TABLE)
        for name, make in losses.REGRESSION_LOSSES.items()
    },
    **{
        f"optimizer {name}": (regressor(optimizer=make()), (TABLE, VALUES), "predict", TABLE)
        for name, make in optimizers.OPTIMIZERS.items()
    },
    **{
        f"schedule {name}": (regressor(learning_rate=make()), (TABLE, VALUES), "predict", TABLE)
        for name, make in schedules.SCHEDULES.items()
    },
    **{
        f"language by {level}": (
            LSTMLanguageModel(4, level=level, **SMALL),
            (["the cat sat on the mat", "the rat"],),
            "predict_proba",
            "the ",
        )
        for level in ("char", "word")
    },
    "forecaster": (
        forecaster(LSTMRegressor(4, **SMALL), season_length=None),
        (None, SERIES),
        "forecast",
        3,
    ),
    "forecaster of a pipeline": (
        forecaster(make_pipeline(ToSequences(), LSTMRegressor(4, **SMALL))),
        (None, SERIES),
        "forecast",
        3,
    ),
    "several series": (forecaster(), (None, np.column_stack([SERIES, -SERIES])), "forecast", 3),
    "vote": (VotingForecaster(calibration_fraction=None), (None, SERIES), "forecast", 3),
    "calendar": (CalendarFeatures(), (DAYS,), "transform", DAYS),
    "patches": (
        make_pipeline(Patches(2), TimeDistributed(StandardScaler()), regressor()),
        (RAGGED[:2] * 5, VALUES[:10]),
        "predict",
        RAGGED[:2],
    ),
}


def fitted(name):
    """The estimator of a case, after fit. Warnings of few epochs are not what is tested."""
    estimator, data, _, _ = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return clone(estimator).fit(*data)


def result(estimator, name):
    """The result of a fitted estimator, as an array."""
    _, _, method, argument = CASES[name]
    found = getattr(estimator, method)(argument)
    return np.concatenate(found) if isinstance(found, list) else np.asarray(found)


def results_elsewhere(load, names, folder):
    """Results of estimators that a new process has loaded.

    Parameters
    ----------
    load : str
        Code of the new process that defines a function ``load(path)``.
    names : list of str
        The cases. The file of number k is ``folder / f"{k}.saved"``.
    folder : Path

    Returns
    -------
    list of ndarrays
    """
    code = f"{load}\n{_PREDICT}"
    here, root = Path(__file__).parent, Path(sklstm.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-c", code, json.dumps(names)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{here}"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    with np.load(folder / "results.npz", allow_pickle=True) as found:
        return [found[f"arr_{k}"] for k in range(len(names))]


# The module of cases, which imports sklstm, is imported after the estimators are loaded.
_PREDICT = """
import json, sys
names = json.loads(sys.argv[1])
loaded = [load(f"{k}.saved") for k in range(len(names))]
import numpy as np, saving_cases
np.savez("results.npz", *map(saving_cases.result, loaded, names))
"""
