"""Random estimators with random data, drawn by hypothesis, and how their results are compared.

Sizes, forms and parameters are drawn one by one, so that a failure is reduced to the few that
matter. Values come from a seed.
"""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from cell_forms import FORMS as CELLS
from hypothesis import strategies as st
from sklearn.base import clone

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core import kernels
from sklstm.core.kernels import KERNELS
from sklstm.core.losses import REGRESSION_LOSSES
from sklstm.core.optimizers import OPTIMIZERS
from sklstm.core.parts.pooling import POOLINGS
from sklstm.core.schedules import SCHEDULES
from sklstm.losses import Huber, Quantile

COUNTS = ("poisson", "negative_binomial")
DISTRIBUTIONS = ("gaussian", "student_t", *COUNTS)
LOSSES = {
    **{name: name for name in REGRESSION_LOSSES},
    "narrow Huber": Huber(0.1),
    "a high quantile": Quantile(0.9),
    "quantiles": Quantile([0.1, 0.5, 0.9]),
}


@dataclass
class Case:
    """A random estimator with random data.

    Attributes
    ----------
    estimator : LSTMRegressor or LSTMClassifier
    form : {"table", "3-D", "ragged"}
    rows, targets : lists of ndarrays
        X and y, an array for each sequence: (T_i, C), and (), (O,), (T_i,) or (T_i, O).
    kernel : str
    """

    estimator: Any
    form: str
    kernel: str
    rows: list
    targets: list

    @property
    def is_classifier(self):
        return isinstance(self.estimator, LSTMClassifier)

    @property
    def per_step(self):
        return self.estimator.return_sequences

    @property
    def dtype(self):
        return self.rows[0].dtype

    @property
    def lengths(self):
        return [len(row) for row in self.rows]

    @property
    def is_float64(self):
        return self.dtype == np.float64

    @property
    def close(self):
        """Tolerances for results that may be rounded differently."""
        return {"rtol": 1e-8, "atol": 1e-8} if self.is_float64 else {"rtol": 2e-3, "atol": 2e-3}

    def X(self, rows=None):
        """Sequences, all of them unless given, in the form of this case."""
        rows = self.rows if rows is None else rows
        if self.form == "ragged":
            return list(rows)
        return np.stack(rows)[:, :, 0] if self.form == "table" else np.stack(rows)

    def y(self, targets=None):
        """Targets or weights in the form of this case."""
        targets = self.targets if targets is None else targets
        return list(targets) if self.form == "ragged" and self.per_step else np.stack(targets)

    def fit(self, estimator=None, *, rows=None, targets=None, weights=None):
        model = clone(self.estimator if estimator is None else estimator)
        weights = None if weights is None else self.y(weights)
        return model.fit(self.X(rows), self.y(targets), sample_weight=weights)

    def results(self, model, X=None):
        """Predictions or probabilities, a list of an array for each sequence."""
        X = self.X() if X is None else X
        return list(model.predict_proba(X) if self.is_classifier else model.predict(X))


def draw_lengths(draw, form, *, longest=300):
    n = draw(st.integers(3, 9))
    length = st.one_of(st.integers(1, 12), st.integers(1, longest))
    if form == "ragged":
        return draw(st.lists(length, min_size=n, max_size=n))
    return [draw(length)] * n


def draw_targets(draw, rng, lengths, per_step, loss):
    """Values for a regressor, of one or more outputs; labels if there is no loss."""
    outputs = draw(st.sampled_from([(), (1,), (2,)]))
    shapes = [(length,) if per_step else () for length in lengths]
    if loss is not None:
        values = [rng.normal(3.0, 2.0, (*shape, *outputs)) for shape in shapes]
        return [np.abs(value).round() for value in values] if loss in COUNTS else values
    if not per_step and draw(st.booleans()):
        return [rng.integers(0, 2, 3) for _ in lengths]  # several labels at once
    labels = draw(st.sampled_from([["a", "b"], [3, 5, 4], [True, False]]))
    codes = [
        np.full(s, i) if i < len(labels) else rng.integers(0, len(labels), s)
        for i, s in enumerate(shapes)
    ]  # every label occurs
    return [np.array(labels)[code] for code in codes]


@st.composite
def cases(
    draw, *, make=None, forms=("3-D", "ragged", "table"), longest=300, losses=LOSSES, **fixed
):
    """A strategy for `Case`; parameters that are given are not drawn."""
    make = make or draw(st.sampled_from([LSTMRegressor, LSTMClassifier]))
    form = draw(st.sampled_from(forms))
    lengths = draw_lengths(draw, form, longest=longest)
    n_channels = 1 if form == "table" else draw(st.integers(1, 3))
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    per_step = fixed.get("return_sequences", draw(st.booleans()))
    loss = draw(st.sampled_from(list(losses))) if make is LSTMRegressor else None
    targets = draw_targets(draw, rng, lengths, per_step, loss)
    rows = [rng.standard_normal((length, n_channels)).astype(dtype) for length in lengths]
    params = draw_parameters(draw, lengths, per_step)
    if loss is not None:
        params["loss"] = losses[loss]
        params["alpha"] = draw(st.sampled_from(["auto", params["alpha"]]))
    kernel = draw(st.sampled_from(list(KERNELS)))
    return Case(make(**params | fixed), form, kernel, rows, targets)


def draw_parameters(draw, lengths, per_step):
    """Parameters of an estimator that both kinds have."""
    either = st.booleans()
    # Rectifiers diverge on long sequences.
    names = [name for name in CELLS if max(lengths) <= 12 or name != "rnn of rectifiers"]
    params = {
        "hidden_size": draw(st.integers(1, 9)),
        "num_layers": draw(st.sampled_from([1, 1, 2, 3])),
        "cell": CELLS[draw(st.sampled_from(names))],
        "bidirectional": draw(either),
        "dropout": draw(st.sampled_from([0.0, 0.3])),
        "recurrent_dropout": draw(st.sampled_from([0.0, 0.3])),
        "return_sequences": per_step,
        "optimizer": draw(st.sampled_from(list(OPTIMIZERS))),
        "learning_rate": draw(st.sampled_from([0.01, *SCHEDULES])),
        "max_iter": draw(st.integers(1, 2)),
        "batch_size": draw(st.one_of(st.just("auto"), st.integers(1, len(lengths)))),
        "shuffle": draw(either),
        "alpha": draw(st.sampled_from([0.0, 0.01])),
        "max_grad_norm": draw(st.sampled_from([5.0, 1.0])),
        "random_state": 0,
    }
    if not params["bidirectional"] and draw(either):
        params["bptt_steps"] = draw(st.integers(1, 20))
    if not per_step:
        params["pooling"] = draw(st.sampled_from([*POOLINGS, "auto"]))
        lengths_of_patches = st.integers(1, min(12, max(lengths)))
        params["patch_length"] = draw(st.one_of(st.just("auto"), lengths_of_patches))
    return params


@contextmanager
def running(case):
    """The kernel of a case, and its expected warnings."""
    with (
        mock.patch.object(kernels, "kernel_in_use", lambda: KERNELS[case.kernel]),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", "Training learned nothing")
        yield


def assert_equal(actual, expected):
    """Equal to the last bit, and of equal dtype: arrays, or lists of arrays."""
    for one, other in zip(as_list(actual), as_list(expected), strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_array_equal(one, other)


def assert_close(actual, expected, **close):
    for one, other in zip(as_list(actual), as_list(expected), strict=True):
        np.testing.assert_allclose(one, other, **close)


def as_list(arrays):
    return arrays if isinstance(arrays, list) else [arrays]


def assert_same_weights(model, other):
    assert model.weights_.keys() == other.weights_.keys()
    for name, weight in model.weights_.items():
        np.testing.assert_array_equal(weight, other.weights_[name], err_msg=name)


def other_byte_order(a):
    return a.astype(a.dtype.newbyteorder())


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


def unaligned(a):
    bytes_ = np.empty(a.nbytes + 1, np.uint8)
    out = bytes_[1:].view(a.dtype).reshape(a.shape)
    out[...] = a
    return out


def negative_strides(a):
    flip = (slice(None, None, -1),) * a.ndim
    return a[flip].copy()[flip]


def every_second(a):
    wide = np.repeat(a, 2, axis=-1) if a.ndim else a
    return wide[..., ::2] if a.ndim else a


def transposed(a):
    """The last axis first in memory."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(a, -1, 0)), 0, -1) if a.ndim else a


def frame(a):
    """A DataFrame, or the Series of one column."""
    return pd.DataFrame(a) if a.ndim == 2 else pd.Series(a) if a.ndim == 1 else a


LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "read-only": read_only,
    "other byte order": other_byte_order,
    "unaligned": unaligned,
    "negative strides": negative_strides,
    "every second": every_second,
    "transposed": transposed,
    "pandas": frame,
}
