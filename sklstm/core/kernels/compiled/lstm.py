"""The LSTM, compiled. Equations and arguments: ``core/kernels/lstm.py``."""

from . import extension, from_outside
from .products import add_outer_products

__all__ = [
    "add_outer_products",
    "backward",
    "backward_steps",
    "forward",
    "forward_steps",
    "run",
]


def forward(
    packed, inputs, h, c, gates, tanh_c, mask=None, is_projected=False, steps=None, widths=None
):
    """Run equations (1) to (6). `steps` is not used."""
    extension.lstm_forward(packed, inputs, h, c, gates, tanh_c, mask, is_projected, widths)


def run(packed, x, h, c, out=None, projected=None, widths=None):
    """Run equations (1) to (6), keeping nothing but the states."""
    extension.lstm_run(packed, x, h, c, out, projected, widths)


def backward(
    recurrent,
    c,
    gates,
    tanh_c,
    forget,
    d_h,
    d_c,
    d_out=None,
    mask=None,
    steps=None,
    widths=None,
):
    """Run equations (7) to (16). `forget` and `steps` are not used, and `tanh_c` is kept."""
    d_out = from_outside(d_out, gates)
    extension.lstm_backward(recurrent, c, gates, tanh_c, d_h, d_c, d_out, mask, widths)


def forward_steps(inputs, h, c, gates, tanh_c):
    """Nothing is kept between calls: None."""


def backward_steps(gates, tanh_c, forget):
    """Nothing is kept between calls: None."""
