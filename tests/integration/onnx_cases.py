"""Models of ONNX run by ONNX Runtime, and how far they are from the estimator's own results."""

import numpy as np
import onnxruntime

from sklstm import LSTMRegressor
from sklstm.export import to_onnx

N, T, C = 9, 7, 2
LENGTHS = [7, 3, 1, 5, 2, 7, 6, 4, 1]
rng = np.random.default_rng(0)
CUBE = rng.standard_normal((N, T, C)).astype(np.float32)
TABLE = np.ascontiguousarray(CUBE[:, :, 0])
RAGGED = [x[:n] for x, n in zip(CUBE, LENGTHS, strict=True)]
FORMS = {"table": TABLE, "3-D": CUBE, "ragged": RAGGED}
Y = (20 * CUBE[:, 0, 0] + 10).astype(np.float64)
LABELS = np.array(["up", "down", "flat"] * 3)

# Options of the network, by the name that tables show.
OPTIONS = {
    "1 layer": {},
    "2 layers": {"num_layers": 2},
    "bidirectional": {"bidirectional": True},
    "2, bidirectional": {"num_layers": 2, "bidirectional": True},
    "mean": {"pooling": "mean"},
    "max": {"pooling": "max", "bidirectional": True},
    "attention": {"pooling": "attention", "num_layers": 2},
    "patches of 3": {"patch_length": 3},
    "per step": {"return_sequences": True},
}


def in_form(y, X):
    """A target for each step of the sequences X, which differ from step to step."""
    steps = [np.roll(y, i)[: len(x)] for i, x in enumerate(X)]
    return steps if isinstance(X, list) else np.array(steps)


def fitted(make, X, y, **params):
    """A small estimator with weights that are not small, as after long training."""
    defaults = {"hidden_size": 4, "max_iter": 1, "random_state": 0}
    params = defaults | {"patch_length": "auto" if params.get("return_sequences") else 1} | params
    y = in_form(y, X) if params.get("return_sequences") else y
    model = make(**params).fit(X, y)
    draws = np.random.default_rng(1)
    model.weights_ = {
        name: array + 0.4 * draws.standard_normal(array.shape).astype(array.dtype)
        for name, array in model.weights_.items()
    }
    return model


def feed(X):
    """The inputs of a model for X; sequences of different lengths are padded with NaN."""
    if not isinstance(X, list):
        return {"X": np.asarray(X)}
    lengths = np.array([len(x) for x in X])
    padded = np.full((len(X), lengths.max(), X[0].shape[1]), np.nan, X[0].dtype)
    for row, x in zip(padded, X, strict=True):
        row[: len(x)] = x
    return {"X": padded, "sequence_lens": lengths}


def run(model, inputs):
    """The outputs of a model, by name."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=PROVIDERS)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))


PROVIDERS = ["CPUExecutionProvider"]


def export_and_run(estimator, X, **options):
    return run(to_onnx(estimator, X, **options), feed(X))


def difference(output, expected, scale=1.0):
    """The largest difference between an output and the result of a method, in this scale."""
    if isinstance(expected, list):
        rows = zip(output, expected, strict=True)
        return max(difference(row[: len(own)], own, scale) for row, own in rows)
    expected = np.asarray(expected)
    if output.shape == (*expected.shape, 1):  # a column, as in skl2onnx
        output = output[:, 0]
    assert output.shape == expected.shape
    assert np.isfinite(output).all()
    return float(np.abs(output - expected).max() / scale)


def cell_difference(cell, X, **options):
    """The difference for a cell and options, in standard deviations of y."""
    model = fitted(LSTMRegressor, X, Y, cell=cell, **options)
    output, expected = export_and_run(model, X)["variable"], model.predict(X)
    spread = np.concatenate(expected).std() if isinstance(expected, list) else expected.std()
    return difference(output, expected, max(spread, model.target_scale_[0]))
