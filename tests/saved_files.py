"""Files of `sklstm.save` and `Checkpoint` that every later version has to load.

``python tests/saved_files.py`` writes those of the present version into a folder of its name in
``tests/saved``, with what the estimators predict. Add one for each release in which the layout of
fitted attributes or of files has changed; never change or remove one.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn.pipeline import make_pipeline

import sklstm
from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor, SequenceForecaster
from sklstm.callbacks import Checkpoint
from sklstm.preprocessing import Patches

FOLDER = Path(__file__).with_name("saved")

RNG = np.random.default_rng(0)
TABLE = RNG.standard_normal((12, 6))
RAGGED = [RNG.standard_normal((n, 2)) for n in (3, 5, 1, 4) * 3]
VALUES, LABELS = TABLE[:, 0], np.resize(["up", "down"], 12)
SERIES = 10 + np.sin(np.arange(60.0)) + 0.1 * RNG.standard_normal(60)
SMALL = {"max_iter": 3, "random_state": 0}

# By name: the estimator, the arguments of fit, the method whose result is kept, its argument.
CASES = {
    "regressor": (LSTMRegressor(3, **SMALL), (TABLE, VALUES), "predict", TABLE),
    "ragged": (
        LSTMRegressor(3, cell="gru", bidirectional=True, pooling="attention", **SMALL),
        (RAGGED, VALUES),
        "predict",
        RAGGED,
    ),
    "classifier": (
        LSTMClassifier(3, optimizer="adamw", learning_rate="plateau", early_stopping=True, **SMALL),
        (RAGGED, LABELS),
        "predict_proba",
        RAGGED,
    ),
    "language_model": (
        LSTMLanguageModel(4, level="word", **SMALL),
        (["the cat sat on the mat", "the rat"],),
        "predict_proba",
        "the ",
    ),
    "forecaster": (
        SequenceForecaster(LSTMRegressor(4, **SMALL), window=6),
        (None, SERIES),
        "forecast",
        5,
    ),
    "pipeline": (
        make_pipeline(Patches(2), LSTMRegressor(3, **SMALL)),
        (RAGGED[:2] * 5, VALUES[:10]),
        "predict",
        RAGGED[:2],
    ),
}


def result_of(estimator, name):
    """What the estimator of a case predicts, as a list."""
    _, _, method, argument = CASES[name]
    return np.asarray(getattr(estimator, method)(argument)).tolist()


def write():
    """Write the files of this version."""
    folder, results = FOLDER / sklstm.__version__, {}
    folder.mkdir(parents=True)
    for name, (estimator, data, _, _) in CASES.items():
        estimator.fit(*data)
        results[name] = result_of(estimator, name)
        sklstm.save(estimator, folder / f"{name}.safetensors")
    estimator, data, _, _ = CASES["regressor"]
    estimator.set_callbacks(Checkpoint(folder / "checkpoint")).fit(*data)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write()
