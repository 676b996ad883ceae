"""What squashes a gate into [0, 1], in place.

A function here is given ``scale * z`` instead of z: the cells scale their weights once a batch,
which saves a product over all gates at every step.
"""

import numpy as np

from ..checks import check_choice


class Sigmoid:
    """The logistic function, as (1 + tanh(z / 2)) / 2.

    Parameters
    ----------
    dtype : dtype
        Of the arrays; the constants have it too, so that no step converts them.

    Attributes
    ----------
    scale : float
        What z has to be multiplied by before a call.
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
        """Write the derivative by z to `out`, where the activation is `a`."""
        np.subtract(self.one, a, out=out)
        np.multiply(out, a, out=out)


class HardSigmoid:
    """z / 6 + 1 / 2, but at least 0 and at most 1; the slope at the two kinks is 0.

    Parameters, attributes and methods are those of `Sigmoid`.

    References
    ----------
    The definition is that of ``torch.nn.Hardsigmoid``, relu6(z + 3) / 6. Others have other slopes:
    Keras before its version 3 had 1 / 5.
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
        """Write the derivative by z to `out`, where the activation is `a`."""
        np.multiply((a > self.zero) & (a < self.one), self.sixth, out=out)


GATE_ACTIVATIONS = {"sigmoid": Sigmoid, "hard_sigmoid": HardSigmoid}


def gate_activation(name):
    """The class of that name.

    Parameters
    ----------
    name : str
        A key of `GATE_ACTIVATIONS`.

    Returns
    -------
    type
    """
    return GATE_ACTIVATIONS[check_choice(name, "gate_activation", GATE_ACTIVATIONS)]
