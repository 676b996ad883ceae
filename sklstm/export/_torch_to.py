"""to_torch: a fitted estimator as a PyTorch module."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._estimators.all_or_nothing import of_one_fit
from .._estimators.sequence_estimator import SequenceEstimator
from ..core.cells import GRU, LSTM, RNN
from ..core.losses import (
    ClassificationLoss,
    Gaussian,
    Loss,
    MultiLabelLogLoss,
    Poisson,
    Quantile,
)
from ..core.messages import shorten
from . import _torch_module

# How a loss predicts, by the methods that decide it: a loss of a user may inherit them.
_BY_PREDICT = {
    ClassificationLoss.predict: "softmax",
    MultiLabelLogLoss.predict: "sigmoid",
    Quantile.predict: "quantiles",
}
_BY_POINT = {Loss.point: "first", Gaussian.point: "first", Poisson.point: "rates"}


def to_torch(estimator: SequenceEstimator) -> Any:
    """Convert a fitted regressor or classifier to a PyTorch module.

    The module computes what the estimator predicts: `predict` of a regressor, in the units of y,
    and `predict_proba` of a classifier. PyTorch has the cells "lstm", "gru" and "rnn".

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier
        A fitted estimator. It shares no memory with the module.

    Returns
    -------
    torch.nn.Module
        In evaluation mode, with parameters of the dtype of the estimator. It is called with a
        tensor (n, T, C) or (n, T), with a padded one and the argument `lengths`, with a
        PackedSequence, or with a list of tensors of different lengths. It has

        - `rnn`, a ``torch.nn.LSTM``, ``GRU`` or ``RNN`` with ``batch_first=True``, and `head`, a
          ``torch.nn.Linear``, so that ``state_dict()`` has the names of PyTorch,
          ``rnn.weight_ih_l0`` and so on;
        - ``raw(x, lengths=None)``, the outputs of the head, for a loss function of PyTorch: logits
          of a classifier, and of a regressor values in units of `target_mean` and `target_scale`;
        - `classes`, for a classifier the list of labels in the order of the probabilities.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If it is another estimator, such as a pipeline or a forecaster.
    ValueError
        If PyTorch has no such cell, or the estimator has a custom loss that defines `predict` or
        `point`.

    See Also
    --------
    from_torch : The other direction.

    Notes
    -----
    The bias of the estimator becomes the first of the two that PyTorch has, and the second is zero,
    but for the GRU's ``bias_hn``. Recurrent dropout, which PyTorch does not have, is left out.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.export import to_torch
    >>> X = np.random.default_rng(0).standard_normal((100, 12)).astype("float32")
    >>> model = LSTMRegressor(8, max_iter=10, random_state=0).fit(X, X[:, -1])
    >>> import torch  # doctest: +SKIP
    >>> module = to_torch(model)  # doctest: +SKIP
    >>> with torch.no_grad():  # doctest: +SKIP
    ...     values = module(torch.from_numpy(X))
    >>> bool(np.allclose(values.numpy(), model.predict(X), atol=1e-5))  # doctest: +SKIP
    True
    """
    _check_estimator(estimator)
    return _converted(estimator, _import_torch())


def _import_torch():
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            "to_torch needs PyTorch, which is not installed. Install it with: pip install torch"
        ) from error
    return torch


def _check_estimator(estimator):
    if not isinstance(estimator, SequenceEstimator):
        raise TypeError(
            f"to_torch expects a fitted LSTMRegressor or LSTMClassifier; got "
            f"{shorten(estimator)} ({type(estimator).__name__}). Of a pipeline pass the last step, "
            "pipeline[-1], and of a search best_estimator_."
        )
    check_is_fitted(estimator)


@of_one_fit
def _converted(estimator, torch):
    network, loss = estimator._fitted_predictor().network, estimator._fitted_loss()
    architecture, output = estimator._architecture, _output_of(loss)
    dtype = torch.float32 if network.dtype == np.float32 else torch.float64
    rnn = _recurrent(network, architecture, torch, dtype)
    settings = {
        "patch_length": estimator.patch_length_,
        "pooling": architecture["pooling"],
        "return_sequences": architecture["return_sequences"],
        "dropout": architecture["dropout"],
        "output": output,
        "single": getattr(estimator, "_single_output", False),
    }
    units = []
    if hasattr(estimator, "target_mean_"):
        units = [estimator.target_mean_, estimator.target_scale_]
    module = _torch_module.RecurrentNetwork(
        rnn,
        torch.nn.Linear(network.n_features, network.n_raw, dtype=dtype),
        settings,
        *[torch.tensor(array, dtype=dtype) for array in units],
    )
    if hasattr(estimator, "classes_"):
        module.classes = estimator.classes_.tolist()
    parameters = dict(module.named_parameters())
    with torch.no_grad():
        for name, array in _torch_weights(estimator.weights_, network.cell).items():
            parameters[name].copy_(torch.from_numpy(array))
    return module.eval()


def _output_of(loss):
    """The name of what turns raw outputs into predictions."""
    predict, point = type(loss).predict, type(loss).point
    if predict in _BY_PREDICT:
        return _BY_PREDICT[predict]
    if predict is Loss.predict and point in _BY_POINT:
        return _BY_POINT[point]
    raise ValueError(
        f"The loss {shorten(loss)} computes its predictions in a method of its own, which has no "
        "form in PyTorch. Derive it from a loss of sklstm.losses without overriding predict and "
        "point."
    )


def _recurrent(network, architecture, torch, dtype):
    """The layers, with weights still to be set."""
    cell, options = network.cell, {}
    if type(cell) is LSTM and cell.has_run:
        kind = torch.nn.LSTM
    elif type(cell) is GRU and cell.reset_after:
        kind = torch.nn.GRU
    elif type(cell) is RNN:
        kind, options = torch.nn.RNN, {"nonlinearity": cell.nonlinearity}
    else:
        raise ValueError(
            f"PyTorch has no layer for the cell {cell!r}; it has those of cell='lstm', 'gru' and "
            "'rnn', without peepholes or other gates, and GRU with reset_after=True. Fit with one "
            "of these, or see sklstm.export.to_onnx."
        )
    n_layers = len(network.layers)
    return kind(
        network.n_inputs,
        network.hidden_size,
        n_layers,
        batch_first=True,
        dropout=architecture["dropout"] if n_layers > 1 else 0.0,
        bidirectional=architecture["bidirectional"],
        dtype=dtype,
        **options,
    )


def _torch_weights(weights, cell):
    """Our weights by PyTorch's names; of two biases the second is zero, but for b_hn of a GRU."""
    named = {}
    for name, array in weights.items():
        if name.startswith("bias_l"):
            suffix = name.removeprefix("bias")
            second = np.zeros_like(array)
            if isinstance(cell, GRU):
                second[2 * len(array) // 3 :] = weights[f"bias_hn{suffix}"]
            named[f"rnn.bias_ih{suffix}"], named[f"rnn.bias_hh{suffix}"] = array, second
        elif name.startswith("weight_"):
            named[f"rnn.{name}"] = array
        elif name.startswith(("head_", "attention_weight", "attention_bias")):
            named[name.replace("_", ".")] = array
        elif not name.startswith("bias_hn"):
            named[name] = array
    return named
