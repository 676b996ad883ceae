"""Full gate recurrence, which ONNX has no operator for, as a loop over steps (ONNX's Scan).

The equations are those of ``core/cells/fgr.py``, whose numbers are cited.
"""

import numpy as np


def add_loop(graph, cell, weights, x, running, reverse):
    """Add one direction of a layer.

    Parameters
    ----------
    graph : Graph
    cell : FGR
    weights : dict of str to ndarray
    x : str
        The input (T, n, C).
    running : str or None
        See `layers.add_layer`.
    reverse : bool
        Whether to run from the last step to the first.

    Returns
    -------
    h, final : str
        The hidden states (T, n, H), and the final ones (n, H).
    """
    H = weights["weight_hh"].shape[1]
    shares = graph.op("Add", graph.op("MatMul", x, weights["weight_ih"].T), weights["bias"])
    n = graph.size(x, 1)
    start = [_zeros(graph, n, rows) for rows in (H, H, 3 * H)]
    scanned = [shares] if running is None else [shares, running]
    flags = {
        "num_scan_inputs": len(scanned),
        "scan_input_directions": [int(reverse)] * len(scanned),
        "scan_output_directions": [int(reverse)],
    }
    body = _body(graph.inner(), cell, weights, running is not None, H)
    final, _, _, h = graph.op("Scan", *start, *scanned, n_outputs=4, body=body, **flags)
    return h, final


def _zeros(graph, n, rows):
    """An array (n, rows)."""
    return graph.op("Expand", np.zeros((1, 1)), graph.op("Concat", n, [rows], axis=0))


def _body(graph, cell, weights, masked, H):
    """A step: from h, c, the gates a = [i; f; o] and the shares of the input, to the new states."""
    sizes = {"h": H, "c": H, "a": 3 * H, "shares": 4 * H}
    inputs = [(graph.name(name), "FLOAT", ("n", size)) for name, size in sizes.items()]
    h, c, a, shares = (name for name, _, _ in inputs)
    z = graph.op("Add", shares, graph.op("MatMul", h, weights["weight_hh"].T))  # (1)
    z_i, z_f, z_g, z_o = graph.op("Split", z, [H] * 4, n_outputs=4, axis=1)
    recurrent = graph.op("MatMul", a, _gate_recurrence(weights))  # (2)
    r_i, r_f, r_o = graph.op("Split", recurrent, [H] * 3, n_outputs=3, axis=1)

    def gate(name, z, r, c):
        z = graph.op("Add", z, r)
        if cell.peepholes:
            z = graph.op("Add", z, graph.op("Mul", c, weights[f"peephole_{name}"]))
        if cell.gate_activation == "sigmoid":
            return graph.op("Sigmoid", z)
        return graph.op("HardSigmoid", z, alpha=1 / 6, beta=1 / 2)

    i, f = gate("input", z_i, r_i, c), gate("forget", z_f, r_f, c)  # (3)
    g = graph.op("Tanh", z_g)  # (4)
    new_c = graph.op("Add", graph.op("Mul", f, c), graph.op("Mul", i, g))  # (5)
    o = gate("output", z_o, r_o, new_c)  # (7)
    new_h = graph.op("Mul", o, graph.op("Tanh", new_c))  # (6), (8)
    after = [new_h, new_c, graph.op("Concat", i, f, o, axis=1)]
    if masked:  # a sequence that has ended keeps its states, and so does one that has not begun
        runs = graph.name("runs")
        inputs.append((runs, "BOOL", ("n", 1)))
        after = [graph.op("Where", runs, *s) for s in zip(after, (h, c, a), strict=True)]
    after.append(graph.op("Identity", after[0]))
    shapes = [("n", size) for size in (H, H, 3 * H, H)]
    outputs = [(name, "FLOAT", shape) for name, shape in zip(after, shapes, strict=True)]
    return graph.as_proto("step", inputs, outputs)


def _gate_recurrence(weights):
    """R (3 * H, 3 * H), rows and columns in the order i, f, o."""
    gates = ("input", "forget", "output")
    blocks = [[weights[f"weight_{row}_to_{gate}"].T for gate in gates] for row in gates]
    return np.block(blocks)
