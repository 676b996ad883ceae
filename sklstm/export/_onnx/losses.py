"""What raw outputs predict, loss by loss: the counterparts of the methods in ``core/losses``.

Raw outputs are (..., R) here, and a prediction is (..., O).
"""

import numpy as np
from scipy.special import ndtri

from ...core.losses import (
    Gaussian,
    Loss,
    NegativeBinomial,
    Poisson,
    Quantile,
    StudentT,
)
from ...core.losses.counts import MAX_LOG_DISPERSION, MIN_DISPERSION
from ...core.losses.densities import MAX_LOG_DF, MAX_LOG_SCALE, MIN_DF, MIN_SCALE
from ...core.messages import shorten
from .requirements import kind_of

# Logarithm of the highest mean of counts in float32.
_MAX_LOG_MEAN = float(np.log(np.finfo(np.float32).max) / 2)


class Values:
    """The predictions of a loss whose raw outputs are the predictions.

    Parameters
    ----------
    graph : Graph
    loss : Loss
    raw : str
        The raw outputs (..., R).
    n_outputs : int
        O.

    Attributes
    ----------
    n_raw : int
        Raw outputs of each output, P.
    parameter_names : tuple of str
        The parameters of the predicted distribution, those that `parameters` returns.
    """

    n_raw = 1
    parameter_names: tuple[str, ...] = ()

    def __init__(self, graph, loss, raw, n_outputs):
        self.graph, self.loss, self.raw, self.n_outputs = graph, loss, raw, n_outputs

    def column(self, p):
        """The p-th raw output of each output, (..., O)."""
        if self.n_raw == 1:
            return self.raw
        which = np.arange(self.n_outputs) * self.n_raw + p
        return self.graph.op("Gather", self.raw, which, axis=-1)

    def exp(self, p, highest, floor=0.0):
        """``floor`` plus the exponential of `column`, which is cut at the highest value."""
        value = self.graph.op("Exp", self.graph.op("Min", self.column(p), highest))
        return self.graph.op("Add", value, floor) if floor else value

    def softplus(self, p):
        """log(1 + exp(r)) of `column`; ONNX Runtime has Softplus only for float32."""
        op, r = self.graph.op, self.column(p)
        smaller = op("Exp", op("Neg", op("Abs", r)))
        return op("Add", op("Max", r, 0.0), op("Log", op("Add", smaller, 1.0)))

    def predict(self):
        """What `Loss.predict` returns: a list of Q values."""
        return [self.column(0)]

    def std(self):
        """What `Loss.std` returns."""
        raise NotImplementedError

    def quantiles(self, levels):
        """What `Loss.quantiles` returns: a list of Q values; None if there is no formula."""
        return None

    def parameters(self):
        """The parameters, by whether they are in the units of y: "location", "scale" or None."""
        raise NotImplementedError


class _Quantiles(Values):
    @property
    def n_raw(self):
        return len(self.loss.levels)

    def predict(self):
        op, values = self.graph.op, [self.column(0)]
        for q in range(1, self.n_raw):
            values.append(op("Add", values[-1], self.softplus(q)))
        return values

    def quantiles(self, levels):
        values = self.predict()
        return [values[np.abs(np.subtract(self.loss.levels, level)).argmin()] for level in levels]


class _Gaussian(Values):
    n_raw = 2
    parameter_names = ("mean", "std")

    def std(self):
        return self.exp(1, MAX_LOG_SCALE, MIN_SCALE)

    def quantiles(self, levels):
        op, mean, std = self.graph.op, self.column(0), self.std()
        return [op("Add", mean, op("Mul", std, ndtri(level))) for level in levels]

    def parameters(self):
        return [("location", self.column(0)), ("scale", self.std())]


class _StudentT(Values):
    n_raw = 3
    parameter_names = ("location", "scale", "df")

    def std(self):
        op, (_, scale, df) = self.graph.op, (value for _, value in self.parameters())
        ratio = op("Div", df, op("Sub", df, 2.0))
        return op("Mul", scale, op("Sqrt", ratio))

    def parameters(self):
        scale = self.exp(1, MAX_LOG_SCALE, MIN_SCALE)
        df = self.exp(2, MAX_LOG_DF, MIN_DF)
        return [("location", self.column(0)), ("scale", scale), (None, df)]


class _Poisson(Values):
    parameter_names: tuple[str, ...] = ("mean",)

    def mean(self):
        return self.exp(0, _MAX_LOG_MEAN)

    def predict(self):
        return [self.mean()]

    def std(self):
        return self.graph.op("Sqrt", self.mean())

    def parameters(self):
        return [(None, self.mean())]


class _NegativeBinomial(_Poisson):
    n_raw = 2
    parameter_names = ("mean", "dispersion")

    def dispersion(self):
        return self.exp(1, MAX_LOG_DISPERSION, MIN_DISPERSION)

    def std(self):
        op, mean = self.graph.op, self.mean()
        above = op("Add", op("Mul", mean, self.dispersion()), 1.0)
        return op("Mul", op("Sqrt", mean), op("Sqrt", above))

    def parameters(self):
        return [(None, self.mean()), (None, self.dispersion())]


FORMS = {
    Loss: Values,
    Quantile: _Quantiles,
    Gaussian: _Gaussian,
    StudentT: _StudentT,
    Poisson: _Poisson,
    NegativeBinomial: _NegativeBinomial,
}
_METHODS = ("n_raw", "point", "predict", "std", "quantiles", "levels")


def form_of(loss):
    """The class in this module for a loss of a regressor.

    Parameters
    ----------
    loss : Loss

    Returns
    -------
    type
        `Values` or a subclass.

    Raises
    ------
    ValueError
        If the loss has no ONNX form.
    """
    kind = kind_of(loss, FORMS, _METHODS)
    # All but Loss have parts that a subclass may replace in other ways.
    if kind is None or kind not in (Loss, type(loss)):
        raise ValueError(
            f"The loss {shorten(loss)} has no ONNX form. Those of sklstm.losses have one, and "
            f"custom losses that define none of {', '.join(_METHODS)}, whose raw outputs are the "
            "predictions. Fit an estimator with one of them, or use this one in Python."
        )
    return FORMS[kind]
