r"""The long short-term memory (LSTM): forward and backward pass of one segment, with NumPy.

The gates are in the order o, i, f, g, so that the three sigmoid gates (o, i, f) are one block, and
so are the three gates whose gradient passes through the cell state (i, f, g). Forward, from the
first step to the last:

.. math::
    z_t &= P^T s_t, \quad s_t = [h_{t-1}; x_t; 1]                && (1)\\
    o_t, i_t, f_t &= \sigma(z^o_t), \sigma(z^i_t), \sigma(z^f_t) && (2)\\
    g_t &= \tanh(z^g_t)                                          && (3)\\
    c_t &= f_t \odot c_{t-1} + i_t \odot g_t                     && (4)\\
    y_t &= \tanh(c_t)                                            && (5)\\
    h_t &= o_t \odot y_t                                         && (6)

With recurrent dropout, :math:`s_t` has :math:`m \odot h_{t-1}` instead of :math:`h_{t-1}`.

Backward, with :math:`\bar a` for the derivative of the loss by a. The factors that multiply the
incoming gradients depend on the forward pass only, and are computed for all steps at once:

.. math::
    F^f_t &= c_{t-1} \odot f_t \odot (1 - f_t)                   && (7)\\
    F^i_t &= g_t \odot i_t \odot (1 - i_t)                       && (8)\\
    F^g_t &= i_t \odot (1 - g_t^2)                               && (9)\\
    F^o_t &= y_t \odot o_t \odot (1 - o_t)                       && (10)\\
    F^c_t &= o_t \odot (1 - y_t^2)                               && (11)

Then, from the last step to the first, where :math:`P_h` are the rows of P for h:

.. math::
    \bar c_t &\mathrel{+}= \bar h_t \odot F^c_t                  && (12)\\
    \bar z^o_t &= \bar h_t \odot F^o_t                           && (13)\\
    \bar z^{ifg}_t &= \bar c_t \odot F^{ifg}_t                   && (14)\\
    \bar c_{t-1} &= \bar c_t \odot f_t                           && (15)\\
    \bar h_{t-1} &= m \odot P_h \bar z_t                         && (16)

The gradients by the weights, :math:`\bar P = \sum_t s_t \bar z_t^T`, and by the input,
:math:`\bar x_t = P_x \bar z_t`, are left to the caller.
"""

import numpy as np

from ..products import add_outer_products, add_product
from .blocks import blocks

__all__ = [
    "add_outer_products",
    "backward",
    "backward_steps",
    "form_factors",
    "forward",
    "forward_steps",
    "run",
]


def forward(packed, inputs, h, c, gates, tanh_c, mask=None, is_projected=False, steps=None):
    r"""Run equations (1) to (6) over the steps of a segment.

    Parameters
    ----------
    packed : ndarray of shape (K, 4 * H)
        P, its columns for o, i and f multiplied by 1/2. Since
        :math:`\sigma(z) = (1 + \tanh(z / 2)) / 2`, all gates are then one tanh. K is H + C + 1.
    inputs : ndarray of shape (L + 1, K, b)
        The stacked inputs s_t: x and 1, and h before the first step, multiplied by the mask. The
        other h are written. Of the last slot only the rows of h are used.
    h, c : ndarrays of shape (L + 1, H, b)
        The states. Slot 0 is the state before the first step; the others are written. Without a
        mask, h is ``inputs[:, :H]`` itself.
    gates : ndarray of shape (L, 4 * H, b)
        Receives the activations o, i, f, g.
    tanh_c : ndarray of shape (L, H, b)
        Receives y.
    mask : ndarray of shape (H, b) or None, default=None
        Recurrent dropout, m.
    is_projected : bool, default=False
        Whether `gates` already has the share of the input in z, on the scale of `packed`, to which
        (1) adds. C is then 0.
    steps : tuple or None, default=None
        `forward_steps` of the same arrays; None calls it.
    """
    if steps is None:
        steps = forward_steps(inputs, h, c, gates, tanh_c)
    views, half, scratch = steps
    multiply = add_product if is_projected else np.matmul
    weights = packed.T
    for s, z, oif, o, i, f, g, c_before, c_now, y, h_now, s_h_next in views:
        multiply(weights, s, z)  # (1)
        np.tanh(z, out=z)  # (2), (3)
        np.multiply(oif, half, out=oif)
        np.add(oif, half, out=oif)
        np.multiply(f, c_before, out=c_now)  # (4)
        np.multiply(i, g, out=scratch)
        np.add(c_now, scratch, out=c_now)
        np.tanh(c_now, out=y)  # (5)
        np.multiply(o, y, out=h_now)  # (6)
        if mask is not None:
            np.multiply(h_now, mask, out=s_h_next)


def run(packed, x, h, c, out=None, projected=None):
    """Run equations (1) to (6), keeping nothing but the states.

    Parameters
    ----------
    packed : ndarray of shape (K, 4 * H)
        As in `forward`.
    x : ndarray of shape (L, C, b)
        The input, with any strides.
    h, c : ndarrays of shape (H, b)
        The states before the first step; replaced by those after the last step.
    out : ndarray of shape (L, H, b) or None, default=None
        Receives h after each step.
    projected : ndarray of shape (L, 4 * H, b) or None, default=None
        The share of the input in z, on the scale of `packed`, to which (1) adds. C is then 0.
    """
    H, b = h.shape
    half, weights = np.array(0.5, c.dtype), packed.T
    s, z, y = (np.empty((rows, b), c.dtype) for rows in (len(packed), 4 * H, H))
    s_h, s_x, oif = s[:H], s[H:-1], z[: 3 * H]
    o, i, f, g = z.reshape(4, H, b)
    s_h[...] = h
    s[-1] = 1.0
    for t, x_t in enumerate(x):
        s_x[...] = x_t
        if projected is None:
            np.matmul(weights, s, z)  # (1)
        else:
            z[...] = projected[t]
            add_product(weights, s, z)
        np.tanh(z, out=z)  # (2), (3)
        np.multiply(oif, half, out=oif)
        np.add(oif, half, out=oif)
        np.multiply(c, f, out=c)  # (4)
        np.multiply(i, g, out=g)
        np.add(c, g, out=c)
        np.tanh(c, out=y)  # (5)
        np.multiply(o, y, out=s_h)  # (6)
        if out is not None:
            out[t] = s_h
    h[...] = s_h


def backward(recurrent, c, gates, tanh_c, forget, d_h, d_c, d_out=None, mask=None, steps=None):
    """Run equations (7) to (16) over the steps of a segment.

    Parameters
    ----------
    recurrent : ndarray of shape (H, 4 * H)
        P_h, not multiplied by 1/2.
    c, gates, tanh_c : ndarrays
        As `forward` left them. Afterwards `gates` has the derivatives by z, and `tanh_c` is
        overwritten.
    forget : ndarray of shape (L, H, b)
        Scratch.
    d_h, d_c : ndarrays of shape (H, b)
        Derivatives by the states after the last step; replaced by those by the states before the
        first step.
    d_out : ndarray of shape (L, H, b) or None, default=None
        Derivatives by each h_t from outside of the recurrence; they are added.
    mask : ndarray of shape (H, b) or None, default=None
        Recurrent dropout, as in `forward`.
    steps : list or None, default=None
        `backward_steps` of the same arrays; None calls it.
    """
    form_factors(c, gates, tanh_c, forget)
    if steps is None:
        steps = backward_steps(gates, tanh_c, forget)
    scratch = np.empty(d_c.shape, d_c.dtype)
    for k, (dz, dz_o, dz_ifg, factor_c, f) in enumerate(steps, start=1):
        if d_out is not None:
            np.add(d_h, d_out[-k], out=d_h)
        np.multiply(d_h, factor_c, out=scratch)  # (12)
        np.add(d_c, scratch, out=d_c)
        np.multiply(dz_o, d_h, out=dz_o)  # (13)
        np.multiply(dz_ifg, d_c, out=dz_ifg)  # (14)
        np.multiply(d_c, f, out=d_c)  # (15)
        np.matmul(recurrent, dz, out=d_h)  # (16)
        if mask is not None:
            np.multiply(d_h, mask, out=d_h)


def form_factors(c, gates, tanh_c, forget):
    """Replace the activations of all steps by the factors (7) to (11).

    Parameters
    ----------
    c : ndarray of shape (L + 1, H, b)
    gates : ndarray of shape (L, 4 * H, b)
        Activations o, i, f, g; replaced by the factors (10), (8), (7), (9).
    tanh_c : ndarray of shape (L, H, b)
        y; replaced by (11).
    forget : ndarray of shape (L, H, b)
        Receives f, for (15).
    """
    H, one = c.shape[1], np.array(1, gates.dtype)
    o, i, f, g = blocks(gates, H)
    forget[...] = f
    slopes = one - gates[:, : 3 * H]
    slopes *= gates[:, : 3 * H]
    slope_o, slope_i, slope_f = blocks(slopes, H)
    np.multiply(slope_f, c[:-1], out=f)  # (7)
    np.multiply(slope_i, g, out=slope_i)  # (8); i is still needed
    np.multiply(g, g, out=g)  # (9)
    np.subtract(one, g, out=g)
    np.multiply(g, i, out=g)
    i[...] = slope_i
    np.multiply(slope_o, tanh_c, out=slope_o)  # (10); o is still needed
    np.multiply(tanh_c, tanh_c, out=tanh_c)  # (11)
    np.subtract(one, tanh_c, out=tanh_c)
    np.multiply(tanh_c, o, out=tanh_c)
    o[...] = slope_o


# Slicing costs as much as a small product: for repeated calls with the same arrays, the views of
# each step are made once.


def forward_steps(inputs, h, c, gates, tanh_c):
    """Views of each step for `forward`, and its constants and scratch.

    Parameters
    ----------
    inputs, h, c, gates, tanh_c : ndarrays
        The arguments of `forward`.

    Returns
    -------
    views : list of tuples of ndarrays
        From the first step to the last.
    half : ndarray of shape ()
        1/2, in the dtype of the arrays.
    scratch : ndarray of shape (H, b)
    """
    H = c.shape[1]
    oif, s_h = gates[:, : 3 * H], inputs[:, :H]
    states = c[:-1], c[1:], tanh_c, h[1:], s_h[1:]
    views = zip(inputs[:-1], gates, oif, *blocks(gates, H), *states, strict=True)
    return list(views), np.array(0.5, c.dtype), np.empty(c.shape[1:], c.dtype)


def backward_steps(gates, tanh_c, forget):
    """Views of each step for `backward`.

    Parameters
    ----------
    gates, tanh_c, forget : ndarrays
        The arguments of `backward`.

    Returns
    -------
    list of tuples of ndarrays
        From the last step to the first.
    """
    n_steps, H, width = tanh_c.shape
    ifg = gates[:, H:].reshape(n_steps, 3, H, width)
    return list(zip(gates, gates[:, :H], ifg, tanh_c, forget, strict=True))[::-1]
