"""Holds analytic gradients against numeric ones, for anyone who writes a cell or a loss."""

import numpy as np
from sklearn.base import clone

from .core.checks import check_integer, check_number
from .core.workspace import Workspace


def check_gradients(
    estimator, X, y, sample_weight=None, *, step=1e-3, tol=1e-7, n_entries=None, random_state=0
):
    r"""Compare every analytic gradient of a network with a numeric one, in float64.

    The network is built as ``fit`` would build it for X and y, and its parameters are then moved
    off their initial values, so that no gradient is zero by symmetry. Dropout masks are drawn
    once and stay fixed. The numeric derivative has a fourth-order error [1]_:

    .. math:: f'(x) \approx \frac{8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))}{12 h}

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier
        Fitted or not; it is not changed. Choose a small one: each parameter costs four forward
        passes.
    X, y, sample_weight : array-like
        As for ``fit``.
    step : float, default=1e-3
        h. Take a smaller one where the loss has kinks (absolute errors, maxima).
    tol : float, default=1e-7
        The greatest relative error to accept.
    n_entries : int or None, default=None
        Check so many entries of every array, chosen at random; None checks all.
    random_state : int, default=0
        Seeds the parameters, the masks and the choice of entries.

    Returns
    -------
    dict of str to float
        By the parameter's name, and "X" for the input: the greatest difference between analytic
        and numeric gradient, relative to the greatest entry of the array's gradient, but at least
        to a thousandth of the greatest entry of all.

    Raises
    ------
    AssertionError
        If an error is above `tol`; it names the parameters and their errors.
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
    problem = _Problem(clone(estimator), X, y, sample_weight, rng)
    gradients = problem.gradients()
    greatest = max(np.abs(analytic).max() for _, _, analytic in gradients)
    errors = {}
    for name, array, analytic in gradients:
        numeric, checked = _both(problem.value, array, analytic, step, n_entries, rng)
        # An array whose gradient vanishes has nothing but rounding errors to be relative to.
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


class _Problem:
    """The training objective on one batch of all examples, as a function of its arrays."""

    def __init__(self, estimator, X, y, sample_weight, rng):
        self.objective, self.examples = estimator._objective(X, y, sample_weight, np.float64)
        network, sequences = self.objective.network, self.examples.sequences.copy()
        self.examples.sequences = sequences  # X is going to be moved
        params = network.initialize(rng, n_steps=int(sequences.lengths.max()))
        self.params = params + 0.1 * rng.standard_normal(params.shape)
        self.batch = network.batch(sequences, np.arange(len(sequences)))
        masks = network.draw_masks(rng, self.batch)
        self._inputs = (self.params, self.batch, self.examples, Workspace(history=True), masks)

    def value(self):
        """The objective where the arrays stand now."""
        return self.objective.forward(*self._inputs)[0]

    def gradients(self):
        """Name, array and the objective's gradient by it, for all parameters and X."""
        network = self.objective.network
        arrays = network.named_arrays(self.params)
        _, gradient = self.objective.gradient(*self._inputs)
        by_name = network.named_arrays(gradient)
        _, d_raw, trace = self.objective.forward(*self._inputs)
        _, d_input = network.backward(self.params, trace, d_raw, wrt_input=True)
        X = self.examples.sequences.values
        return [
            *((name, array, by_name[name]) for name, array in arrays.items()),
            ("X", X, self._in_order_of_X(d_input).reshape(X.shape)),
        ]

    def _in_order_of_X(self, blocks):
        """Derivatives by the input, from a block (L, C, b) per segment to rows (N, C)."""
        sequences = self.examples.sequences
        rows = np.empty((sequences.offsets[-1], sequences.n_channels))
        for segment, block in zip(self.batch.segments, blocks, strict=True):
            flat = segment.flat_index(self.batch.index, sequences.offsets)
            rows[flat] = block.transpose(0, 2, 1)
        return rows


def _both(value, array, analytic, step, n_entries, rng):
    """Numeric and analytic derivatives by some, or all, entries of an array."""
    entries = list(np.ndindex(array.shape))
    if n_entries is not None and n_entries < len(entries):
        entries = [entries[k] for k in rng.choice(len(entries), n_entries, replace=False)]
    numeric = np.array([_numeric_derivative(value, array, entry, step) for entry in entries])
    return numeric, np.array([analytic[entry] for entry in entries])


def _numeric_derivative(value, array, entry, step):
    """The derivative of value() by one entry of an array, which is moved and put back."""
    original = array[entry]
    values = []
    for k in (-2, -1, 1, 2):
        array[entry] = original + k * step
        values.append(value())
    array[entry] = original
    return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
