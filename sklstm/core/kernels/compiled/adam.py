"""The update of Adam, compiled. Equations and arguments: ``core/kernels/adam.py``."""

from . import extension, from_outside

__all__ = ["update"]


def update(params, gradient, mean, square, scratch, beta_1, beta_2, eps, rate, root):
    """Run equations (1) to (3). `scratch` is not used."""
    gradient = from_outside(gradient, params)
    extension.adam_update(params, gradient, mean, square, beta_1, beta_2, eps, rate, root)
