"""The networks again, slow and obvious: one sequence, one step, one gate at a time.

The results that `sklstm.core.network` is compared with. `CELLS` has a function for every cell: its
arguments are the cell (for its hyper-parameters), x (T, C), the arrays of one direction by the
names of `Cell.named`, and a mask (H,) or 1 that multiplies the previous h; it returns h at all
steps, (T, H). `POOLINGS` has a function for every pooling.
"""

import itertools

import numpy as np

from sklstm.core.cells import CIFG, FGR, GRU, LSTM, NFG, NIAF, NIG, NOAF, NOG, RNN, Diagonal


def sigmoid(z):
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-z))


def hard_sigmoid(z):
    """A straight line in its place, as PyTorch defines it."""
    return np.clip((z + 3.0) / 6.0, 0.0, 1.0)


def lstm(cell, x, arrays, mask=1.0):
    """The LSTM and its variants, each by what Greff et al. (2017), appendix A, say of it."""
    kind = type(cell)
    h = c = np.zeros(arrays["weight_hh"].shape[1])
    gates = dict.fromkeys(("input", "forget", "output"), h)
    states = []
    for x_t in x:
        z = arrays["weight_ih"] @ x_t + arrays["weight_hh"] @ (h * mask) + arrays["bias"]
        z = dict(zip(cell.gates, np.split(z, len(cell.gates)), strict=True))
        if kind is FGR:
            for after, before in itertools.product(gates, gates):
                z[after] = z[after] + arrays[f"weight_{before}_to_{after}"] @ gates[before]
        i = 1.0 if kind is NIG else lstm_gate(cell, "input", z, arrays, c)
        if kind is NFG:
            f = 1.0
        elif kind is CIFG:
            f = 1.0 - i
        else:
            f = lstm_gate(cell, "forget", z, arrays, c)
        g = z["cell"] if kind is NIAF else np.tanh(z["cell"])
        c = f * c + i * g
        o = 1.0 if kind is NOG else lstm_gate(cell, "output", z, arrays, c)
        h = o * (c if kind is NOAF else np.tanh(c))
        gates = {"input": i, "forget": f, "output": o}
        states.append(h)
    return np.array(states)


def lstm_gate(cell, gate, z, arrays, c):
    """One gate of an LSTM, which sees the cell state c if there are peepholes."""
    seen = arrays[f"peephole_{gate}"] * c if cell.peepholes else 0.0
    activation = {"sigmoid": sigmoid, "hard_sigmoid": hard_sigmoid}[cell.gate_activation]
    return activation(z[gate] + seen)


def gru(cell, x, arrays, mask=1.0):
    """Equations (1) to (4) of the GRU; rows are the gates r, z, n."""
    u_r, u_z, u_n = np.split(arrays["weight_hh"], 3)
    h = np.zeros(len(u_n))
    states = []
    for x_t in x:
        x_r, x_z, x_n = np.split(arrays["weight_ih"] @ x_t + arrays["bias"], 3)
        r = sigmoid(x_r + u_r @ (h * mask))
        z = sigmoid(x_z + u_z @ (h * mask))
        if cell.reset_after:
            n = np.tanh(x_n + r * (u_n @ (h * mask) + arrays["bias_hn"]))
        else:
            n = np.tanh(x_n + u_n @ (r * h * mask))
        h = (1 - z) * n + z * h
        states.append(h)
    return np.array(states)


def rnn(cell, x, arrays, mask=1.0):
    """Equation (1) of the simple recurrent cell."""
    h = np.zeros(len(arrays["bias"]))
    states = []
    for x_t in x:
        z = arrays["weight_ih"] @ x_t + arrays["weight_hh"] @ (h * mask) + arrays["bias"]
        h = np.tanh(z) if cell.nonlinearity == "tanh" else np.maximum(z, 0)
        states.append(h)
    return np.array(states)


def diagonal(cell, x, arrays, mask=1.0):
    """Equations (1) and (2) of the diagonal cell; rows are the gates o, i, f, g."""
    w, u, b = (arrays[name] for name in ("weight_input", "weight_recurrent", "bias"))
    h = c = np.zeros(w.shape[1])
    states = []
    for x_t in x:
        a = arrays["weight_ih"] @ x_t
        z_o, z_i, z_f, z_g = (w[k] * a + u[k] * h * mask + b[k] for k in range(4))
        c = sigmoid(z_f) * c + sigmoid(z_i) * np.tanh(z_g)
        h = sigmoid(z_o) * np.tanh(c)
        states.append(h)
    return np.array(states)


CELLS = {
    **dict.fromkeys((LSTM, NIG, NFG, NOG, NIAF, NOAF, CIFG, FGR), lstm),
    GRU: gru,
    RNN: rnn,
    Diagonal: diagonal,
}


def attention(x, final, arrays):
    """Equations (1) to (4) of the additive attention."""
    scores = [
        arrays["attention_vector"]
        @ np.tanh(arrays["attention_weight"] @ h + arrays["attention_bias"])
        for h in x
    ]
    weights = np.exp(scores) / np.exp(scores).sum()
    return sum(a * h for a, h in zip(weights, x, strict=True))


# Features of one sequence: functions of all h (T, D), of the final h of each direction (D,), and of
# the network's arrays by name.
POOLINGS = {
    "last": lambda x, final, arrays: final,
    "mean": lambda x, final, arrays: x.mean(axis=0),
    "max": lambda x, final, arrays: x.max(axis=0),
    "attention": attention,
}


def network(cell, x, arrays, num_layers, bidirectional, pooling, return_sequences):
    """Raw outputs of a whole network for one sequence.

    Parameters
    ----------
    cell : Cell
    x : ndarray of shape (T, C)
    arrays : dict of ndarrays
        As `Network.named_arrays` gives them.
    num_layers : int
    bidirectional : bool
    pooling : str
    return_sequences : bool

    Returns
    -------
    ndarray of shape (n_raw,), or (T, n_raw) with `return_sequences`
    """
    run = CELLS[type(cell)]
    for layer in range(num_layers):
        outputs = [run(cell, x, arrays_of(arrays, f"l{layer}"))]
        finals = [outputs[0][-1]]
        if bidirectional:
            back = run(cell, x[::-1], arrays_of(arrays, f"l{layer}_reverse"))
            outputs.append(back[::-1])
            finals.append(back[-1])
        x, final = np.hstack(outputs), np.concatenate(finals)
    if return_sequences:
        features = x
    else:
        features = POOLINGS[pooling](x, final, arrays)
    return features @ arrays["head_weight"].T + arrays["head_bias"]


def arrays_of(arrays, direction):
    """The arrays of one direction, such as "l0" or "l1_reverse", without that suffix."""
    suffix = f"_{direction}"
    return {n.removesuffix(suffix): a for n, a in arrays.items() if n.endswith(suffix)}
