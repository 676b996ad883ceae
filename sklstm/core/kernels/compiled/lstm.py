"""The LSTM, compiled. Equations and arguments: ``core/kernels/lstm.py``."""

from ._extension import lstm_backward, lstm_forward


def forward(packed, inputs, h, c, gates, tanh_c, mask=None, is_projected=False, steps=None):
    """Run equations (1) to (6). `steps` is not used."""
    lstm_forward(packed, inputs, h, c, gates, tanh_c, mask, is_projected)


def backward(recurrent, c, gates, tanh_c, forget, d_h, d_c, d_out=None, mask=None, steps=None):
    """Run equations (7) to (16). `forget` and `steps` are not used, and `tanh_c` is kept."""
    lstm_backward(recurrent, c, gates, tanh_c, d_h, d_c, d_out, mask)


def forward_steps(inputs, h, c, gates, tanh_c):
    """Nothing is kept between calls: None."""


def backward_steps(gates, tanh_c, forget):
    """Nothing is kept between calls: None."""
