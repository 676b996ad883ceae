"""Activation functions of gates, with values in [0, 1], in place.

Their argument is ``scale * z`` instead of z: the cells multiply their weights by the scale once per
batch, which saves a multiplication of all gates at every step.
"""

from functools import lru_cache

import numpy as np

from ..checks import check_choice


class Sigmoid:
    """The logistic function, as (1 + tanh(z / 2)) / 2.

    Parameters
    ----------
    dtype : dtype
        The dtype of the arrays, and of the constants, so that no step converts them.

    Attributes
    ----------
    scale : float
        The factor to multiply z by before a call.
    """

    scale = 1 / 2

    def __init__(self, dtype):
        self.half, self.one = np.array(0.5, dtype), np.array(1, dtype)

    def __call__(self, z):
        """Replace ``scale * z`` by the activation."""
        np.tanh(z, out=z)
        np.multiply(z, self.half, out=z)
        np.add(z, self.half, out=z)

    def slope(self, a, out):
        """Write the derivative by z to `out`, given the activation `a`."""
        np.subtract(self.one, a, out=out)
        np.multiply(out, a, out=out)


class HardSigmoid:
    """z / 6 + 1 / 2, clipped to [0, 1]; the slope at the two kinks is 0.

    Parameters, attributes and methods are those of `Sigmoid`.

    References
    ----------
    The definition is that of ``torch.nn.Hardsigmoid``, relu6(z + 3) / 6. Other libraries have other
    slopes: Keras before version 3 had 1 / 5.
    """

    scale = 1 / 6

    def __init__(self, dtype):
        self.zero, self.half, self.one = (np.array(value, dtype) for value in (0, 0.5, 1))
        self.sixth = np.array(self.scale, dtype)

    def __call__(self, z):
        """Replace ``scale * z`` by the activation."""
        np.add(z, self.half, out=z)
        np.maximum(z, self.zero, out=z)
        np.minimum(z, self.one, out=z)

    def slope(self, a, out):
        """Write the derivative by z to `out`, given the activation `a`."""
        np.multiply((a > self.zero) & (a < self.one), self.sixth, out=out)


GATE_ACTIVATIONS = {"sigmoid": Sigmoid, "hard_sigmoid": HardSigmoid}


def gate_activation(name):
    """Look up a gate activation.

    Parameters
    ----------
    name : str
        A key of `GATE_ACTIVATIONS`.

    Returns
    -------
    type
    """
    return GATE_ACTIVATIONS[check_choice(name, "gate_activation", GATE_ACTIVATIONS)]


@lru_cache(maxsize=16)
def column_scales(n_scaled, n_columns, scale, dtype):
    """Factors of the columns of a packed matrix, whose first gates have an activation with a scale.

    Parameters
    ----------
    n_scaled, n_columns : int
    scale : float
        The factor of the first `n_scaled` columns; that of the others is 1.
    dtype : dtype

    Returns
    -------
    ndarray of shape (n_columns,)
        Read-only, since later calls return the same array.
    """
    scales = np.ones(n_columns, dtype)
    scales[:n_scaled] = scale
    scales.flags.writeable = False
    return scales
