"""The GRU, compiled. Equations and arguments: ``core/kernels/gru.py``."""

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
    by_input,
    by_state,
    by_reset,
    bias_hn,
    inputs,
    h,
    gates,
    mask=None,
    is_projected=False,
    steps=None,
    widths=None,
):
    """Run equations (1) to (6). `steps` is not used."""
    extension.gru_forward(
        by_input, by_state, by_reset, bias_hn, inputs, h, gates, mask, is_projected, widths
    )


def run(by_input, by_state, by_reset, bias_hn, x, h, out=None, projected=None, widths=None):
    """Run equations (1) to (6), keeping nothing but the state."""
    extension.gru_run(by_input, by_state, by_reset, bias_hn, x, h, out, projected, widths)


def backward(
    by_gates, by_new, inputs, h, gates, d_h, d_out=None, mask=None, steps=None, widths=None
):
    """Run equations (7) to (15). `steps` is not used."""
    d_out = from_outside(d_out, gates)
    extension.gru_backward(by_gates, by_new, inputs, h, gates, d_h, d_out, mask, widths)


def forward_steps(inputs, h, gates):
    """Nothing is kept between calls: None."""


def backward_steps(gates):
    """Nothing is kept between calls: None."""
