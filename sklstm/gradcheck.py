"""Comparison of analytic with numeric gradients, to test a custom cell or loss."""

from typing import Any

import numpy as np
from sklearn.base import clone

from ._typing import ArrayLike
from .core.checks import check_integer, check_number
from .core.input_gradients import write_blocks
from .core.workspace import Workspace

__all__ = ["check_gradients"]


def check_gradients(
    estimator: Any,
    X: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    step: float = 1e-3,
    tol: float = 1e-7,
    n_entries: int | None = None,
    random_state: int = 0,
) -> dict[str, float]:
    r"""Compare every analytic gradient of a network with a numeric one, in float64.

    The network is built as ``fit`` builds it for X and y, and random numbers are added to its
    initial parameters, so that no gradient is zero by symmetry. Dropout masks are drawn once and
    stay fixed. The numeric derivative has a fourth-order error [1]_:

    .. math:: f'(x) \approx \frac{8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))}{12 h}

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier
        Fitted or not; it is not changed. Each parameter takes four forward passes: use a small
        network.
    X, y, sample_weight : array-like
        As for ``fit``.
    step : float, default=1e-3
        h. Use a smaller value if the loss or the pooling has kinks (absolute errors, maxima).
    tol : float, default=1e-7
        Maximum relative error.
    n_entries : int or None, default=None
        Number of entries of every array to check, chosen at random; None checks all.
    random_state : int, default=0
        Seed of the parameters, the masks and the choice of entries.

    Returns
    -------
    dict of str to float
        By name of the parameter, and "X" for the input: the maximum difference between analytic
        and numeric gradient, relative to the maximum absolute entry of the array's gradient, or to
        a thousandth of the maximum over all arrays if that is larger.

    Raises
    ------
    AssertionError
        If an error is above `tol`; the message contains the parameters and their errors.
    ValueError, TypeError
        If a parameter of the estimator or the data is not valid.

    References
    ----------
    .. [1] M. Abramowitz, I. Stegun. Handbook of Mathematical Functions, 1964, 25.3.6.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.gradcheck import check_gradients
    >>> X = np.random.default_rng(0).standard_normal((3, 4))
    >>> errors = check_gradients(LSTMRegressor(2), X, X.sum(axis=1))
    >>> sorted(errors)
    ['X', 'bias_l0', 'head_bias', 'head_weight', 'weight_hh_l0', 'weight_ih_l0']
    >>> max(errors.values()) < 1e-7
    True
    """
    if not hasattr(estimator, "_objective"):
        kind = type(estimator).__name__
        raise TypeError(f"estimator must be an LSTMRegressor or LSTMClassifier; got a {kind}.")
    check_number(step, "step", "(0, inf)")
    if n_entries is not None:
        check_integer(n_entries, "n_entries", 1, " or None")
    rng = np.random.default_rng(random_state)
    objective = _BatchObjective(clone(estimator), X, y, sample_weight, rng)
    gradients = objective.gradients()
    greatest = max(np.abs(analytic).max() for _, _, analytic in gradients)
    errors = {}
    for name, array, analytic in gradients:
        numeric, checked = _derivatives(objective.value, array, analytic, step, n_entries, rng)
        # If a gradient is zero, its error is relative to the gradients of the other arrays.
        scale = max(np.abs(analytic).max(), np.abs(numeric).max(), 1e-3 * greatest)
        errors[name] = float(np.abs(numeric - checked).max() / scale)
    wrong = {name: error for name, error in errors.items() if not error <= tol}
    if wrong:
        listed = ", ".join(f"{name} by {error:.1e}" for name, error in wrong.items())
        raise AssertionError(
            f"Analytic and numeric gradients differ by more than tol={tol:.0e}, relative to the "
            f"greatest entry: {listed}."
        )
    return errors


class _BatchObjective:
    """The training objective on one batch of all examples, as a function of its arrays."""

    def __init__(self, estimator, X, y, sample_weight, rng):
        self.objective, self.examples = estimator._objective(X, y, sample_weight, np.float64)
        network, sequences = self.objective.network, self.examples.sequences.copy()
        self.examples.sequences = sequences  # a copy, since X is changed
        params = network.initialize(rng, n_steps=sequences.longest)
        self.params = params + 0.1 * rng.standard_normal(params.shape)
        self.batch = network.batch(sequences, np.arange(len(sequences)))
        masks = network.draw_masks(rng, self.batch)
        self._inputs = (self.params, self.batch, self.examples, Workspace(history=True), masks)

    def value(self):
        """The objective at the current values of the arrays."""
        return self.objective.forward(*self._inputs)[0]

    def gradients(self):
        """Name, array and the gradient of the objective by it, for all parameters and X."""
        network = self.objective.network
        arrays = network.named_arrays(self.params)
        _, gradient = self.objective.gradient(*self._inputs)
        by_name = network.named_arrays(gradient)
        _, d_raw, trace = self.objective.forward(*self._inputs)
        _, d_input = network.backward(self.params, trace, d_raw, wrt_input=True)
        sequences = self.examples.sequences
        X, d_X = sequences.values, np.empty((sequences.offsets[-1], sequences.n_channels))
        write_blocks(d_X, self.batch, d_input)
        return [
            *((name, array, by_name[name]) for name, array in arrays.items()),
            ("X", X, d_X.reshape(X.shape)),
        ]


def _derivatives(value, array, analytic, step, n_entries, rng):
    """Numeric and analytic derivatives by some, or all, entries of an array."""
    entries = list(np.ndindex(array.shape))
    if n_entries is not None and n_entries < len(entries):
        entries = [entries[k] for k in rng.choice(len(entries), n_entries, replace=False)]
    numeric = np.array([_numeric_derivative(value, array, entry, step) for entry in entries])
    return numeric, np.array([analytic[entry] for entry in entries])


def _numeric_derivative(value, array, entry, step):
    """The derivative of value() by one entry of an array, which is restored."""
    original = array[entry]
    values = []
    for k in (-2, -1, 1, 2):
        array[entry] = original + k * step
        values.append(value())
    array[entry] = original
    return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
