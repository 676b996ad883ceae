"""The LSTM network again, slow and obvious: one sequence, one step, one gate at a time.

Nothing runs on this. It says in the plainest way what `sklstm.core.network` must compute, and the
tests hold the two against each other. Arrays are those of `Network.named_arrays`, whose rows are
the gates o, i, f, g; x is (T, C), time first.
"""

import numpy as np


def sigmoid(z):
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-z))


def lstm(x, weight_ih, weight_hh, bias, mask=1.0):
    """Hidden states of one sequence in one direction, by equations (1) to (5) of the cell.

    Parameters
    ----------
    x : ndarray of shape (T, C)
    weight_ih : ndarray of shape (4 * H, C)
    weight_hh : ndarray of shape (4 * H, H)
    bias : ndarray of shape (4 * H,)
    mask : ndarray of shape (H,) or float
        Multiplies the previous h.

    Returns
    -------
    ndarray of shape (T, H)
    """
    h = c = np.zeros(weight_hh.shape[1])
    states = []
    for x_t in x:
        z_o, z_i, z_f, z_g = np.split(weight_ih @ x_t + weight_hh @ (h * mask) + bias, 4)
        c = sigmoid(z_f) * c + sigmoid(z_i) * np.tanh(z_g)
        h = sigmoid(z_o) * np.tanh(c)
        states.append(h)
    return np.array(states)


def network(x, arrays, num_layers, bidirectional, pooling, return_sequences):
    """Raw outputs of a whole network for one sequence.

    Parameters
    ----------
    x : ndarray of shape (T, C)
    arrays : dict of ndarrays
        As `Network.named_arrays` gives them.
    num_layers : int
    bidirectional : bool
    pooling : {"last", "mean", "max"}
    return_sequences : bool

    Returns
    -------
    ndarray of shape (n_raw,), or (T, n_raw) with `return_sequences`
    """
    for layer in range(num_layers):
        outputs = [lstm(x, *_arrays_of(arrays, f"l{layer}"))]
        finals = [outputs[0][-1]]
        if bidirectional:
            back = lstm(x[::-1], *_arrays_of(arrays, f"l{layer}_reverse"))
            outputs.append(back[::-1])
            finals.append(back[-1])
        x, final = np.hstack(outputs), np.concatenate(finals)
    if return_sequences:
        features = x
    else:
        features = {"last": final, "mean": x.mean(axis=0), "max": x.max(axis=0)}[pooling]
    return features @ arrays["head_weight"].T + arrays["head_bias"]


def _arrays_of(arrays, name):
    return [arrays[f"{kind}_{name}"] for kind in ("weight_ih", "weight_hh", "bias")]
