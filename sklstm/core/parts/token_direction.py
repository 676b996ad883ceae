"""Tokens as input: rows of a table are looked up, and their gradients are scattered back.

A token is the number of a symbol. The result is that of a one-hot vector as input, but its product
with the input weights is not computed: it is a row of the weights.
"""

import numpy as np

from ..cells.tape import as_option
from ..kernels import kernel_in_use
from .direction import Direction


class TokenDirection(Direction):
    """A direction of the first layer whose input weights are looked up, token by token.

    The cell then runs without an input, whose share of the pre-activations is already written. The
    parameters, and their gradient, are `SplitArrays`.
    """

    def tape_shape(self, span, dtype, masked):
        shape = super().tape_shape(span, dtype, masked)
        return shape._replace(n_inputs=0, projected=True)

    def open(self, arrays, read):
        """As in `Direction`, but ``read(k)`` returns span k's tokens (L, b)."""
        weights, table = self.prepare(arrays)

        def enter(k, tape):
            tape.tokens = read(k)
            kernel_in_use().tokens.look_up(table, tape.tokens, self.in_order(tape.projected))

        return weights, enter

    def prepare(self, arrays):
        rest, table = arrays
        return self.cell.prepare(rest), self.cell.prepare_table(table)

    def run_span(self, weights, values, state, out, widths=None):
        """As in `Direction`, but the values are tokens (L, b)."""
        rest, table = weights
        no_input = np.empty((len(values), 0, values.shape[1]), table.dtype)
        projected = kernel_in_use().tokens.look_up(table, values)
        self.cell.run(rest, no_input, state, out, projected, **as_option(widths))

    def backward(self, arrays, spans, d_out, d_state, mask, tapes, gradient, cut_every):
        (rest, _), (d_rest, d_table) = arrays, gradient
        parts = super().backward(rest, spans, d_out, d_state, mask, tapes, d_rest, cut_every)
        scatter_add = kernel_in_use().tokens.scatter_add
        for first, span, tape in parts:
            d_projected = self.in_order(tape.d_projected)
            views = zip(span.views(tape.tokens), span.views(d_projected), strict=True)
            for tokens, d in views:
                scatter_add(d_table, tokens, d)
            yield first, span, tape
