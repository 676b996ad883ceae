"""from_torch: a recurrent module of PyTorch and its head as a fitted estimator.

PyTorch is not imported: a module is known by its attributes, and tensors convert themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._estimators.all_or_nothing import trained_aside
from .._estimators.weights import new_params
from .._validation.labels import as_labels
from ..classifier import LSTMClassifier
from ..core.cells import RNN
from ..core.checks import check_choice
from ..core.messages import shorten_list
from ..regressor import LSTMRegressor

# By the attribute `mode` of a module: its cell, and the number of gates.
_CELLS = {"LSTM": ("lstm", 4), "GRU": ("gru", 3), "RNN_TANH": ("rnn", 1), "RNN_RELU": ("rnn", 1)}


def from_torch(
    module: Any,
    head: Any,
    *,
    classes: Any = None,
    pooling: str = "last",
    return_sequences: bool = False,
) -> LSTMRegressor | LSTMClassifier:
    """Convert a recurrent module of PyTorch and its linear head to a fitted estimator.

    The two biases of PyTorch are added to one: only their sum has an effect. The GRU's ``bias_hh``
    of the new gate, which the reset gate multiplies, is kept apart, as ``bias_hn``.

    Parameters
    ----------
    module : torch.nn.LSTM, GRU or RNN, or its state_dict()
        Without projections (`proj_size`). `batch_first` makes no difference: it is about the data.
        A state dict of an RNN does not say which activation it has: pass the module.
    head : torch.nn.Linear, or its state_dict()
        The layer that is applied to the hidden states, of both directions if there are two.
    classes : array-like of shape (K,), default=None
        For a classifier the labels of the K outputs of the head, in their order. A head with one
        output, the logit of the second of two labels, is accepted, too. None is for a regressor.
    pooling : {"last", "mean", "max"}, default="last"
        What the head is applied to: the last hidden state (of a second direction, that of the first
        step, as in ``h_n``), the mean or the maximum over the steps of the sequence.
    return_sequences : bool, default=False
        Whether the head is applied to the hidden state of every step instead.

    Returns
    -------
    LSTMRegressor or LSTMClassifier
        A fitted estimator for sequences, (n, T, C) or lists of (T_i, C), of the dtype of the
        module: float32, also for half precision, or float64. `predict` of a regressor returns what
        the head returns, without other units. It has been trained for 0 epochs; `partial_fit`
        trains it further.

    Raises
    ------
    TypeError
        If `module` or `head` is of another kind.
    ValueError
        If it has projections, if weights are missing, have other shapes or are not finite, or if
        an argument is not valid.

    See Also
    --------
    to_torch : The other direction.

    Notes
    -----
    Dropout of the module is left out, since it has no effect on predictions. To train further with
    dropout, set the parameter of the estimator, which also acts before the head.

    To use weights that were trained further in PyTorch, with the units of y and everything else
    of the estimator that they came from, set them:
    ``estimator.weights_ = from_torch(module.rnn, module.head).weights_``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.export import from_torch
    >>> import torch  # doctest: +SKIP
    >>> _ = torch.manual_seed(0)  # doctest: +SKIP
    >>> rnn = torch.nn.LSTM(2, 8, batch_first=True)  # doctest: +SKIP
    >>> head = torch.nn.Linear(8, 3)  # doctest: +SKIP
    >>> model = from_torch(rnn, head, classes=["down", "flat", "up"])  # doctest: +SKIP
    >>> model.predict_proba(np.zeros((5, 10, 2))).shape  # doctest: +SKIP
    (5, 3)
    """
    check_choice(pooling, "pooling", ["last", "mean", "max"])
    network = _read_module(module)
    head_weight, head_bias = _read_head(head, network)
    if classes is None:
        kind, y = LSTMRegressor, np.array([[-1.0], [1.0]]).repeat(len(head_weight), axis=1)
        y = y if len(head_weight) > 1 else y[:, 0]
    else:
        kind, classes = LSTMClassifier, _read_classes(classes, len(head_weight))
        head_weight, head_bias = _in_sorted_order(head_weight, head_bias, classes)
        y = classes[:2]
    estimator = kind(
        network.hidden_size,
        num_layers=network.n_layers,
        cell=network.cell,
        bidirectional=network.bidirectional,
        pooling=pooling,
        patch_length=1,
        return_sequences=return_sequences,
    )
    weights = network.weights | {"head_weight": head_weight, "head_bias": head_bias}
    return _fitted(estimator, weights, network, y, classes)


def _fitted(estimator, weights, network, y, classes):
    """The estimator with these weights, after 0 epochs of training.

    Two sequences of one step have the form of the data. The targets -1 and 1 have mean 0 and
    standard deviation 1, so that the units of y are those of the head.
    """
    X = np.ones((2, 1, network.n_channels), network.dtype) * [[[-1]], [[1]]]
    y = y[:, np.newaxis] if estimator.return_sequences else y
    with trained_aside(estimator) as new:
        problem = new._read_part(X.astype(network.dtype), y, None, classes)
        problem.state.params[...] = new_params(problem.objective.network, weights)
        vars(new).update(problem.fitted_attributes(loss=np.nan))
    return estimator


@dataclass
class _Recurrent:
    """The layers of a module, with their weights by our names."""

    cell: Any
    n_channels: int
    hidden_size: int
    n_layers: int
    bidirectional: bool
    dtype: np.dtype
    weights: dict[str, np.ndarray]


def _read_module(module):
    if isinstance(module, Mapping):
        mode, arrays = None, _read_arrays(module, "module")
    else:
        mode = getattr(module, "mode", None)
        if mode not in _CELLS:
            raise TypeError(
                f"module is a {type(module).__name__}; expected torch.nn.LSTM, GRU or RNN, or its "
                "state_dict(). Of a larger module pass this part, such as module.rnn."
            )
        arrays = _read_arrays(module.state_dict(), "module")
    if "weight_hr_l0" in arrays:
        raise ValueError(
            f"module has projections, weight_hr_l0 of shape {arrays['weight_hr_l0'].shape}, which "
            "sklstm does not have. Train it without proj_size."
        )
    by_input, by_state = arrays.get("weight_ih_l0"), arrays.get("weight_hh_l0")
    if np.ndim(by_input) != 2 or np.ndim(by_state) != 2:
        raise ValueError(
            f"module has the weights {shorten_list(list(arrays))}; expected matrices weight_ih_l0 "
            "and weight_hh_l0, and so on, the names of torch.nn.LSTM, GRU and RNN."
        )
    mode = mode or _mode_of(by_state)
    bidirectional = "weight_hh_l0_reverse" in arrays
    directions = ["", "_reverse"] if bidirectional else [""]
    n_layers = sum(name.startswith("weight_hh_l") for name in arrays) // len(directions)
    sizes = by_input.shape[1], by_state.shape[1], _CELLS[mode][1]
    _check_shapes(arrays, n_layers, directions, *sizes)
    suffixes = [f"_l{k}{direction}" for k in range(n_layers) for direction in directions]
    return _Recurrent(
        cell=RNN("relu") if mode == "RNN_RELU" else _CELLS[mode][0],
        n_channels=sizes[0],
        hidden_size=sizes[1],
        n_layers=n_layers,
        bidirectional=bidirectional,
        dtype=np.result_type(*arrays.values()),
        weights=_named(arrays, suffixes, sizes[1], is_gru=mode == "GRU"),
    )


def _mode_of(by_state):
    """The mode of a state dict, from the shape of weight_hh_l0."""
    n_rows, hidden_size = by_state.shape
    if n_rows == hidden_size:
        raise ValueError(
            "module is the state dict of a torch.nn.RNN, which does not say whether the activation "
            "is tanh or relu. Pass the module instead."
        )
    modes = {4 * hidden_size: "LSTM", 3 * hidden_size: "GRU"}
    if n_rows not in modes:
        raise ValueError(
            f"weight_hh_l0 of module has shape {by_state.shape}; expected (4 * H, H) of an LSTM or "
            "(3 * H, H) of a GRU, with H hidden units."
        )
    return modes[n_rows]


def _check_shapes(arrays, n_layers, directions, n_channels, hidden_size, n_gates):
    """Raise unless the module has exactly the weights of its layers and directions."""
    expected, rows = {}, n_gates * hidden_size
    biases = ("bias_ih", "bias_hh") if "bias_ih_l0" in arrays else ()
    for k in range(n_layers):
        width = hidden_size * len(directions) if k else n_channels
        for direction in directions:
            expected[f"weight_ih_l{k}{direction}"] = (rows, width)
            expected[f"weight_hh_l{k}{direction}"] = (rows, hidden_size)
            expected |= {f"{bias}_l{k}{direction}": (rows,) for bias in biases}
    if arrays.keys() != expected.keys():
        raise ValueError(
            f"module has the weights {shorten_list(list(arrays))}; expected, with {n_layers} "
            f"layer(s) and {len(directions)} direction(s), exactly {list(expected)}."
        )
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise ValueError(
                f"{name} of module has shape {arrays[name].shape}; expected {shape}, with "
                f"{n_channels} channel(s), {hidden_size} hidden unit(s) and {n_gates} gate(s)."
            )


def _named(arrays, suffixes, hidden_size, is_gru):
    """The weights by our names: of two biases the sum, but for bias_hn of a GRU."""
    named = {}
    for suffix in suffixes:
        by_input = named[f"weight_ih{suffix}"] = arrays[f"weight_ih{suffix}"]
        named[f"weight_hh{suffix}"] = arrays[f"weight_hh{suffix}"]
        zeros = np.zeros(len(by_input), by_input.dtype)
        bias = arrays.get(f"bias_ih{suffix}", zeros)
        second = arrays.get(f"bias_hh{suffix}", zeros).copy()
        if is_gru:
            named[f"bias_hn{suffix}"] = second[2 * hidden_size :].copy()
            second[2 * hidden_size :] = 0.0
        named[f"bias{suffix}"] = bias + second
    return named


def _read_head(head, network):
    """The weights (R, D) and biases (R,) of the head."""
    if not isinstance(head, Mapping):
        if not hasattr(head, "in_features") or not hasattr(head, "state_dict"):
            raise TypeError(
                f"head is a {type(head).__name__}; expected torch.nn.Linear or its state_dict()."
            )
        head = head.state_dict()
    arrays = _read_arrays(head, "head")
    if arrays.keys() not in ({"weight"}, {"weight", "bias"}):
        raise ValueError(
            f"head has the weights {shorten_list(list(arrays))}; expected weight and bias, those "
            "of torch.nn.Linear."
        )
    weight = arrays["weight"]
    bias = arrays.get("bias", np.zeros(len(weight), weight.dtype))
    n_features = network.hidden_size * (2 if network.bidirectional else 1)
    if weight.ndim != 2 or weight.shape[1] != n_features or bias.shape != weight.shape[:1]:
        raise ValueError(
            f"head has weight {weight.shape} and bias {bias.shape}; expected (n_outputs, "
            f"{n_features}) and (n_outputs,): the hidden state of module has {n_features} numbers."
        )
    return weight, bias


def _read_classes(classes, n_outputs):
    labels = as_labels(classes, "classes")
    if labels.ndim != 1 or len(np.unique(labels)) < max(len(labels), 2):
        raise ValueError(
            f"classes={shorten_list(labels)} is not valid; expected at least two different labels."
        )
    if n_outputs != len(labels) and (n_outputs, len(labels)) != (1, 2):
        raise ValueError(
            f"classes has {len(labels)} labels, but head has {n_outputs} output(s); expected one "
            "output for each label, or one output for two labels, the logit of the second."
        )
    return labels


def _in_sorted_order(weight, bias, classes):
    """The head for the labels in sorted order, with an output for each of them."""
    if len(weight) < len(classes):  # softmax of (0, z) is the sigmoid of z
        weight = np.concatenate([np.zeros_like(weight), weight])
        bias = np.concatenate([np.zeros_like(bias), bias])
    order = np.argsort(classes)
    return weight[order], bias[order]


def _read_arrays(state, name):
    """The tensors of a state dict as arrays; half precision as float32."""
    arrays = {}
    for key, value in state.items():
        if hasattr(value, "detach"):
            value = value.detach().cpu()
            value = (value if str(value.dtype)[-2:] in ("32", "64") else value.float()).numpy()
        arrays[key] = np.asarray(value)
        if arrays[key].dtype not in (np.float32, np.float64):
            raise TypeError(
                f"{key} of {name} has dtype {arrays[key].dtype}; expected float32 or float64."
            )
    return arrays
