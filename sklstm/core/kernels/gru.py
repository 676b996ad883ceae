r"""The gated recurrent unit (GRU): forward and backward pass of one segment, with NumPy.

W, U and b are the blocks of P for x, for h, and the bias. The reset gate r comes either after the
product with the state, as in cuDNN and PyTorch, or before it, as in the paper. Forward, from the
first step to the last:

.. math::
    r_t, z_t &= \sigma(W_r x_t + U_r h_{t-1} + b_r), \sigma(W_z x_t + U_z h_{t-1} + b_z) && (1)\\
    \text{after: } q_t &= U_n h_{t-1} + b_{hn}                                           && (2)\\
    n_t &= \tanh(W_n x_t + b_n + r_t \odot q_t)                                          && (3)\\
    \text{before: } q_t &= r_t \odot h_{t-1}                                             && (4)\\
    n_t &= \tanh(W_n x_t + b_n + U_n q_t)                                                && (5)\\
    h_t &= n_t + z_t \odot (h_{t-1} - n_t)                                               && (6)

With recurrent dropout, :math:`m \odot h_{t-1}` is used in (1), (2) and (4), but not in (6).

Backward, with :math:`\bar a` for the derivative of the loss by a (of a gate: by the argument of its
sigma or tanh). The factors that multiply the incoming gradients depend on the forward pass
only, and are computed for all steps at once:

.. math::
    F^r_t &= r_t \odot (1 - r_t) \odot q_t \text{ (after), or }
        r_t \odot (1 - r_t) \odot h_{t-1} \text{ (before)}                      && (7)\\
    F^z_t &= (h_{t-1} - n_t) \odot z_t \odot (1 - z_t)                          && (8)\\
    F^n_t &= (1 - z_t) \odot (1 - n_t^2)                                        && (9)

Then, from the last step to the first:

.. math::
    \bar z_t &= \bar h_t \odot F^z_t, \quad \bar n_t = \bar h_t \odot F^n_t     && (10)\\
    \text{after: } \bar q_t &= \bar n_t \odot r_t, \quad
        \bar r_t = \bar n_t \odot F^r_t                                         && (11)\\
    e_t &= U_n^T \bar q_t + U_r^T \bar r_t + U_z^T \bar z_t                     && (12)\\
    \text{before: } \bar q_t &= U_n^T \bar n_t, \quad
        \bar r_t = \bar q_t \odot F^r_t                                         && (13)\\
    e_t &= \bar q_t \odot r_t + U_r^T \bar r_t + U_z^T \bar z_t                 && (14)\\
    \bar h_{t-1} &= \bar h_t \odot z_t + m \odot e_t                            && (15)

The gradients by the weights and by the input are left to the caller.

The blocks of a step are in the order q, r, z, n. The share of the input in r, z and n is computed
for all steps of a segment at once, and the bias is written to q; the product with h then adds to q,
r and z together.
"""

import numpy as np

from ..products import add_outer_products, add_product
from .blocks import blocks

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
):
    r"""Run equations (1) to (6) over the steps of a segment.

    All weights for r and z are multiplied by 1/2, since
    :math:`\sigma(z) = (1 + \tanh(z / 2)) / 2`.

    Parameters
    ----------
    by_input : ndarray of shape (3 * H, C + 1)
        W and b for r, z and n.
    by_state : F-ordered ndarray of shape (3 * H, H) or (2 * H, H)
        U for q, r and z; or for r and z, if the reset gate comes before the product.
    by_reset : F-ordered ndarray of shape (H, H) or None
        U for n, if the reset gate comes before the product; otherwise None.
    bias_hn : ndarray of shape (H, 1) or None
        Bias of q; None if the reset gate comes before the product.
    inputs : ndarray of shape (L + 1, H + C + 1, b)
        The stacked inputs s_t: x and 1, and h before the first step, multiplied by the mask. The
        other h are written. Of the last slot only the rows of h are used.
    h : ndarray of shape (L + 1, H, b)
        Slot 0 is the state before the first step; the others are written. Without a mask, it is
        ``inputs[:, :H]`` itself.
    gates : ndarray of shape (L, 4 * H, b)
        Receives q, r, z and n.
    mask : ndarray of shape (H, b) or None, default=None
        Recurrent dropout, m.
    is_projected : bool, default=False
        Whether ``gates[:, H:]`` already has the share of the input in r, z and n, on the scale of
        `by_input`. C is then 0.
    steps : tuple or None, default=None
        `forward_steps` of the same arrays; None calls it.
    """
    if steps is None:
        steps = forward_steps(inputs, h, gates)
    _enter(by_input, bias_hn, inputs, gates, is_projected)
    views, half, scratch = steps
    is_after = by_reset is None
    for s_h, qrz, rz, q, r, z, n, h_before, h_now, s_h_next in views:
        add_product(by_state, s_h, qrz if is_after else rz)  # (1), (2)
        np.tanh(rz, out=rz)
        np.multiply(rz, half, out=rz)
        np.add(rz, half, out=rz)
        if is_after:
            np.multiply(r, q, out=scratch)  # (3)
            np.add(n, scratch, out=n)
        else:
            np.multiply(r, s_h, out=q)  # (4)
            add_product(by_reset, q, n)  # (5)
        np.tanh(n, out=n)
        np.subtract(h_before, n, out=h_now)  # (6)
        np.multiply(h_now, z, out=h_now)
        np.add(h_now, n, out=h_now)
        if mask is not None:
            np.multiply(h_now, mask, out=s_h_next)


def _enter(by_input, bias_hn, inputs, gates, is_projected):
    """Write the terms of q, r, z and n that do not depend on h, for all steps."""
    H = gates.shape[1] // 4
    rzn = gates[:, H:]
    if is_projected:
        np.add(rzn, by_input, out=rzn)  # C is 0: this is the bias alone
    else:
        np.matmul(by_input, inputs[:-1, H:], out=rzn)
    if bias_hn is not None:
        gates[:, :H] = bias_hn


def run(by_input, by_state, by_reset, bias_hn, x, h, out=None, projected=None):
    """Run equations (1) to (6), keeping nothing but the state.

    Parameters
    ----------
    by_input, by_state, by_reset, bias_hn : ndarrays or None
        As in `forward`.
    x : ndarray of shape (L, C, b)
        The input, with any strides.
    h : ndarray of shape (H, b)
        The state before the first step; replaced by that after the last step.
    out : ndarray of shape (L, H, b) or None, default=None
        Receives h after each step.
    projected : ndarray of shape (L, 3 * H, b) or None, default=None
        The share of the input in r, z and n, on the scale of `by_input`. C is then 0.
    """
    H, b = h.shape
    half, is_after = np.array(0.5, h.dtype), by_reset is None
    s, gates = np.empty((by_input.shape[1], b), h.dtype), np.empty((4 * H, b), h.dtype)
    qrz, rz, rzn = gates[: 3 * H], gates[H : 3 * H], gates[H:]
    q, r, z, n = gates.reshape(4, H, b)
    s[-1] = 1.0
    for t, x_t in enumerate(x):
        s[:-1] = x_t
        np.matmul(by_input, s, out=rzn)
        if projected is not None:
            np.add(rzn, projected[t], out=rzn)
        if is_after:
            q[...] = bias_hn
        add_product(by_state, h, qrz if is_after else rz)  # (1), (2)
        np.tanh(rz, out=rz)
        np.multiply(rz, half, out=rz)
        np.add(rz, half, out=rz)
        if is_after:
            np.multiply(r, q, out=q)  # (3)
            np.add(n, q, out=n)
        else:
            np.multiply(r, h, out=q)  # (4)
            add_product(by_reset, q, n)  # (5)
        np.tanh(n, out=n)
        np.subtract(h, n, out=h)  # (6)
        np.multiply(h, z, out=h)
        np.add(h, n, out=h)
        if out is not None:
            out[t] = h


def backward(by_gates, by_new, inputs, h, gates, d_h, d_out=None, mask=None, steps=None):
    """Run equations (7) to (15) over the steps of a segment.

    No weights are multiplied by 1/2 here.

    Parameters
    ----------
    by_gates : F-ordered ndarray of shape (H, 3 * H) or (H, 2 * H)
        The transpose of U for q, r and z; or for r and z, if the reset gate comes before the
        product.
    by_new : ndarray of shape (H, H) or None
        The transpose of U for n, if the reset gate comes before the product; otherwise None.
    inputs, h, gates : ndarrays
        As `forward` left them. Afterwards ``gates[:, H:]`` has the derivatives of r, z and n, and
        ``gates[:, :H]`` those by q, or q itself if the reset gate comes before the product.
    d_h : ndarray of shape (H, b)
        Derivatives by the state after the last step; replaced by those by the state before the
        first step.
    d_out : ndarray of shape (L, H, b) or None, default=None
        Derivatives by each h_t from outside of the recurrence; they are added.
    mask : ndarray of shape (H, b) or None, default=None
        Recurrent dropout, as in `forward`.
    steps : list or None, default=None
        `backward_steps` of the same arrays; None calls it.
    """
    is_after = by_new is None
    reset, update = _form_factors(inputs, h, gates, is_after)
    if steps is None:
        steps = backward_steps(gates)
    e = np.empty(d_h.shape, d_h.dtype)
    steps = zip(steps, reset[::-1], update[::-1], strict=True)
    for k, ((d_zn, d_qr, d_qrz, d_rz, d_r, d_n), r, z) in enumerate(steps, start=1):
        if d_out is not None:
            np.add(d_h, d_out[-k], out=d_h)
        np.multiply(d_zn, d_h, out=d_zn)  # (10)
        if is_after:
            np.multiply(d_qr, d_n, out=d_qr)  # (11)
            np.matmul(by_gates, d_qrz, out=e)  # (12)
        else:
            np.matmul(by_new, d_n, out=e)  # (13)
            np.multiply(d_r, e, out=d_r)
            np.multiply(e, r, out=e)  # (14)
            add_product(by_gates, d_rz, e)
        if mask is not None:
            np.multiply(e, mask, out=e)
        np.multiply(d_h, z, out=d_h)  # (15)
        np.add(d_h, e, out=d_h)


def _form_factors(inputs, h, gates, is_after):
    """Replace r, z and n of all steps by the factors (7) to (9), and q by r for (11).

    Returns copies of r and z. If the reset gate comes before the product, q stays as it is.
    """
    H, one = h.shape[1], np.array(1, gates.dtype)
    q, r, z, n = blocks(gates, H)
    reset, update = r.copy(), z.copy()
    slopes = one - gates[:, H : 3 * H]
    np.multiply(r, slopes[:, :H], out=r)  # (7)
    np.multiply(r, q if is_after else inputs[:-1, :H], out=r)
    if is_after:
        q[...] = reset
    rest = slopes[:, H:]
    np.multiply(z, rest, out=z)  # (8)
    np.multiply(z, h[:-1] - n, out=z)
    np.multiply(n, n, out=n)  # (9)
    np.subtract(one, n, out=n)
    np.multiply(n, rest, out=n)
    return reset, update


# Slicing costs as much as a small product: for repeated calls with the same arrays, the views of
# each step are made once.


def forward_steps(inputs, h, gates):
    """Views of each step for `forward`, and its constants and scratch.

    Parameters
    ----------
    inputs, h, gates : ndarrays
        The arguments of `forward`.

    Returns
    -------
    views : list of tuples of ndarrays
        From the first step to the last.
    half : ndarray of shape ()
        1/2, in the dtype of the arrays.
    scratch : ndarray of shape (H, b)
    """
    H = h.shape[1]
    s_h, qrz, rz = inputs[:, :H], gates[:, : 3 * H], gates[:, H : 3 * H]
    views = zip(s_h[:-1], qrz, rz, *blocks(gates, H), h[:-1], h[1:], s_h[1:], strict=True)
    return list(views), np.array(0.5, h.dtype), np.empty(h.shape[1:], h.dtype)


def backward_steps(gates):
    """Views of each step for `backward`.

    Parameters
    ----------
    gates : ndarray of shape (L, 4 * H, b)

    Returns
    -------
    list of tuples of ndarrays
        From the last step to the first.
    """
    n_steps, rows, width = gates.shape
    H = rows // 4
    zn = gates[:, 2 * H :].reshape(n_steps, 2, H, width)
    qr = gates[:, : 2 * H].reshape(n_steps, 2, H, width)
    qrz, rz = gates[:, : 3 * H], gates[:, H : 3 * H]
    views = (zn, qr, qrz, rz, gates[:, H : 2 * H], gates[:, 3 * H :])
    return list(zip(*views, strict=True))[::-1]
