"""From the raw outputs of the network to the results of the estimator's methods."""

from typing import NamedTuple

import numpy as np

from ...core.checks import check_number
from ...core.losses import ClassificationLoss, MultiLabelLogLoss
from ...core.messages import shorten
from .losses import form_of
from .requirements import kind_of


class Result(NamedTuple):
    """A result, which becomes an output of the model.

    Attributes
    ----------
    name : str
        That of the output.
    value : str
        That of the value in the graph.
    kind : str
        Its type, a name of ``onnx.TensorProto``.
    shape : tuple of int
        The sizes of its axes after those of sequences and steps.
    """

    name: str
    value: str
    kind: str
    shape: tuple


class Wanted(NamedTuple):
    """What is wanted of a regressor besides its predictions; see `to_onnx`."""

    return_std: bool = False
    quantiles: object = None
    return_parameters: bool = False

    def outputs(self):
        """The names of the outputs."""
        names = {"std": self.return_std, "parameters": self.return_parameters}
        names["quantiles"] = self.quantiles is not None
        return [name for name, is_wanted in names.items() if is_wanted]


# Regressors


def add_values(graph, estimator, raw, wanted):
    """Add the results of a regressor.

    Parameters
    ----------
    graph : Graph
    estimator : LSTMRegressor
    raw : str
        The raw outputs (..., R).
    wanted : Wanted

    Returns
    -------
    list of Result
    """
    loss = estimator._fitted_loss()
    form = form_of(loss)(graph, loss, raw, estimator.n_outputs_)
    units = _Units(graph, estimator)
    results = [units.result("variable", "location", form.predict())]
    if wanted.return_std:
        loss.std(_no_raw_outputs(loss, estimator))  # the error if it has none
        results.append(units.result("std", "scale", [form.std()]))
    if wanted.quantiles is not None:
        values = _quantiles(form, loss, estimator, wanted.quantiles)
        is_list = np.ndim(wanted.quantiles) > 0
        results.append(units.result("quantiles", "location", values, is_list))
    if wanted.return_parameters:
        results.append(units.parameters(form))
    return results


def _no_raw_outputs(loss, estimator):
    return np.zeros((loss.n_raw(estimator.n_outputs_), 1))


def _quantiles(form, loss, estimator, quantiles):
    if np.ndim(quantiles) > 1:
        raise ValueError(
            f"quantiles has shape {np.shape(quantiles)}; expected a number or a list of them."
        )
    levels = np.array([check_number(q, "quantiles", "(0, 1)") for q in np.ravel(quantiles)])
    loss.quantiles(_no_raw_outputs(loss, estimator), levels)  # the error if it has not all of them
    values = form.quantiles(levels)
    if values is None:
        raise ValueError(
            f"Quantiles of the loss {shorten(loss)} cannot be computed by ONNX's operators. Use "
            "return_parameters=True, for the output 'parameters' "
            f"({', '.join(form.parameter_names)}), and compute quantiles from these."
        )
    return values


class _Units:
    """Values in the units and the form of y.

    The form is that of `predict`, but for y of one output without steps, which is (n, 1).
    """

    def __init__(self, graph, estimator):
        self._graph = graph
        self._mean, self._scale = estimator.target_mean_, estimator.target_scale_
        self._squeezed = estimator._single_output
        self._per_step = estimator._architecture["return_sequences"]

    def _in_units(self, value, unit):
        if unit is None or (self._mean == 0).all() and (self._scale == 1).all():
            return value
        value = self._graph.op("Mul", value, self._scale)
        return self._graph.op("Add", value, self._mean) if unit == "location" else value

    def result(self, name, unit, values, many=False):
        """A `Result` of Q values (..., O). If `many`, there is an axis for Q = 1, too."""
        return self._joined(name, [self._in_units(v, unit) for v in values], many)

    def parameters(self, form):
        """The `Result` with all parameters of the predicted distributions."""
        if not form.parameter_names:
            raise ValueError(
                f"The loss {shorten(form.loss)} predicts values, without the parameters of a "
                "distribution: return_parameters needs a loss such as 'gaussian'."
            )
        values = [self._in_units(value, unit) for unit, value in form.parameters()]
        return self._joined("parameters", values, many=True)

    def _joined(self, name, values, many):
        op, n_outputs = self._graph.op, len(self._mean)
        if many or len(values) > 1:
            value, n = self._stacked(values), len(values)
            if self._squeezed:
                return Result(name, op("Squeeze", value, [-2]), self._graph.floats, (n,))
            return Result(name, value, self._graph.floats, (n_outputs, n))
        [value] = values
        if self._squeezed and self._per_step:
            return Result(name, op("Squeeze", value, [-1]), self._graph.floats, ())
        return Result(name, value, self._graph.floats, (n_outputs,))

    def _stacked(self, values):
        op = self._graph.op
        columns = [op("Unsqueeze", value, [-1]) for value in values]
        return op("Concat", *columns, axis=-1) if len(columns) > 1 else columns[0]


# Classifiers


def add_labels(graph, estimator, raw, raw_scores=False):
    """Add the results of a classifier: label and probabilities.

    Parameters
    ----------
    graph : Graph
    estimator : LSTMClassifier
    raw : str
        The raw outputs (..., K).
    raw_scores : bool, default=False
        Whether to add `decision_function` instead of the probabilities, in skl2onnx's form: for
        log-odds d these are -d and d.

    Returns
    -------
    list of Result
    """
    loss, classes = estimator._fitted_loss(), estimator.classes_
    kind = kind_of(loss, _PROBABILITIES, ("n_raw", "predict", "decision"))
    if kind is None:
        raise ValueError(
            f"The loss {shorten(loss)} has no ONNX form: it defines the probabilities or the "
            "decision itself. Only those of sklstm.losses, and custom losses that define neither "
            "n_raw, predict nor decision, have one."
        )
    operator, attributes = _PROBABILITIES[kind]
    n = len(classes)
    if raw_scores:
        probabilities = _raw_scores(graph, raw, is_binary=n == 2 and not estimator._multilabel)
    else:
        probabilities = graph.op(operator, raw, **attributes)
    probabilities = Result("probabilities", probabilities, graph.floats, (n,))
    if estimator._multilabel:
        label = graph.cast(graph.op("Greater", raw, 0.0), "INT64")
        return [Result("label", label, "INT64", (n,)), probabilities]
    table, kind = _label_table(classes)
    codes = graph.op("ArgMax", raw, axis=-1, keepdims=0)
    label = graph.op("Gather", table, codes, axis=0)
    return [Result("label", label, kind, ()), probabilities]


def _raw_scores(graph, raw, is_binary):
    if not is_binary:
        return raw
    other = graph.op("Gather", raw, [1, 0], axis=-1)
    return graph.op("Sub", raw, other)


def _label_table(classes):
    """The classes as a constant, and its type."""
    if all(isinstance(label, str) for label in classes):
        return classes, "STRING"
    if classes.dtype.kind in "iubf":
        codes = classes.astype(np.int64)
        if codes.tolist() == classes.tolist():  # as skl2onnx does, also for whole floats
            return codes, "INT64"
    raise ValueError(
        f"The labels of y are {shorten(classes)} ({classes.dtype}); ONNX has labels that are "
        "strings or integers. Fit with such labels."
    )


_PROBABILITIES = {
    ClassificationLoss: ("Softmax", {"axis": -1}),
    MultiLabelLogLoss: ("Sigmoid", {}),
}
