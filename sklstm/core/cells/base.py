"""What a cell is to the rest of the library, and what those with packed weights have in common."""

from typing import NamedTuple

import numpy as np

from ..configurable import Configurable
from ..initializers import glorot_uniform, orthogonal
from ..products import add_outer_products


class TapeShape(NamedTuple):
    """The size and kind of one segment's arrays.

    Attributes
    ----------
    n_steps, n_inputs, hidden_size, width : int
        L, C, H and b. C is 0 where the input comes already projected.
    dtype : dtype
    masked : bool
        Whether h is masked (recurrent dropout) where it enters the next step.
    projected : bool
        Whether the share of the input in the pre-activations is written to ``tape.projected``
        before `Cell.forward`, instead of the input to ``tape.x``.
    """

    n_steps: int
    n_inputs: int
    hidden_size: int
    width: int
    dtype: np.dtype
    masked: bool = False
    projected: bool = False


class Cell(Configurable):
    """Base of all cells: what the steps of a segment compute, and their adjoint.

    Cells of this package work on whole segments, for speed; to write one of your own, by a single
    step and its adjoint, derive from `StepCell`.

    Attributes
    ----------
    gates : tuple of str
        Names of what `activations` gives.
    torch_order : tuple of int or None
        Where PyTorch's gates stand among ours; None for as they are.
    gate_rows : tuple of str
        Names in `named` whose rows are blocks in the order of `gates`.
    has_projection : bool
        Whether the input enters by one linear map alone, so that it can be looked up for tokens;
        such a cell implements `split_input` and `join_input`.
    never_decay : tuple of str
        What the names in `named` begin with that penalty and weight decay leave alone.

    Examples
    --------
    >>> from sklstm.core.cells import LSTM, Cell
    >>> isinstance(LSTM(), Cell)
    True
    """

    gates = ()
    torch_order = None
    gate_rows = ("weight_ih", "weight_hh", "bias")
    has_projection = False
    never_decay = ("bias",)

    def shapes(self, n_inputs, hidden_size):
        """The parameters of one direction.

        Parameters
        ----------
        n_inputs, hidden_size : int

        Returns
        -------
        dict of str to tuple of int
        """
        raise NotImplementedError

    def initialize(self, rng, n_inputs, hidden_size):
        """Draw first values for the parameters.

        Parameters
        ----------
        rng : numpy.random.Generator
        n_inputs, hidden_size : int

        Returns
        -------
        dict of str to ndarray, float64
            With the names and shapes of `shapes`.
        """
        raise NotImplementedError

    def for_length(self, n_steps):
        """The cell to draw first values with, for sequences of up to `n_steps`.

        Parameters
        ----------
        n_steps : int
            Number of steps of the longest training sequence.

        Returns
        -------
        Cell
            The cell itself, unless its first values depend on the length.
        """
        return self

    def named(self, arrays):
        """The parameters, or their gradients, under the names that users know.

        Parameters
        ----------
        arrays : dict of str to ndarray
            As in `shapes`.

        Returns
        -------
        dict of str to ndarray
            Views.
        """
        return arrays

    def state_sizes(self, hidden_size):
        """Rows of each state; the first one is h, and has `hidden_size` of them.

        Parameters
        ----------
        hidden_size : int

        Returns
        -------
        tuple of int
        """
        return (hidden_size,)

    def tape(self, shape):
        """The arrays of one segment.

        Parameters
        ----------
        shape : TapeShape

        Returns
        -------
        Tape
        """
        raise NotImplementedError

    def prepare(self, arrays):
        """Weights as `forward` wants them, made once per batch.

        Parameters
        ----------
        arrays : dict of str to ndarray

        Returns
        -------
        object
        """
        return arrays

    def forward(self, weights, tape, mask):
        """Run all steps of a segment.

        Parameters
        ----------
        weights : object
            What `prepare` returned.
        tape : Tape
            Holds input and initial state; receives everything that `backward` needs.
        mask : ndarray of shape (H, b) or None
            Recurrent dropout: multiplies h_{t-1} where it enters the step's products.
        """
        raise NotImplementedError

    def backward(self, arrays, tape, mask, d_state, d_out):
        """Run the adjoint back over the steps of a segment.

        Parameters
        ----------
        arrays : dict of str to ndarray
            The weights themselves, not `prepare`'s.
        tape : Tape
            As `forward` left it; receives what `accumulate` and `input_gradient` need.
        mask : ndarray of shape (H, b) or None
            The mask that `forward` was given.
        d_state : list of ndarrays
            Derivatives by the state after the last step; replaced by those by the state before
            the first.
        d_out : ndarray of shape (L, H, b) or None
            Derivatives by each h_t through what is above this layer.
        """
        raise NotImplementedError

    def accumulate(self, tape, gradient):
        """Add a segment's share to the gradient by the parameters.

        Parameters
        ----------
        tape : Tape
            As `backward` left it.
        gradient : dict of str to ndarray
            Is added to.
        """
        raise NotImplementedError

    def input_gradient(self, arrays, tape):
        """Derivatives by the input of a segment.

        Parameters
        ----------
        arrays : dict of str to ndarray
        tape : Tape
            As `backward` left it.

        Returns
        -------
        ndarray of shape (L, C, b)
            In the order of processing.
        """
        raise NotImplementedError

    def activations(self, tape):
        """The gates' activations on a tape after `forward`.

        Parameters
        ----------
        tape : Tape

        Returns
        -------
        dict of str to ndarray of shape (L, H, b)
            By gate, in the order of processing.
        """
        raise NotImplementedError

    # Of a cell with `has_projection` only

    def split_input(self, arrays):
        """Take the input's weights out.

        Parameters
        ----------
        arrays : dict of str to ndarray
            The parameters for C inputs.

        Returns
        -------
        rest : dict of str to ndarray
            Parameters for no input, as `prepare` and `backward` take them.
        table : ndarray of shape (C, G)
            What each input adds to ``tape.projected``, times its value.
        """
        raise NotImplementedError

    def join_input(self, rest, table, gradient):
        """Add the gradients by the two parts of `split_input` to that by the whole.

        Parameters
        ----------
        rest : dict of str to ndarray
        table : ndarray of shape (C, G)
        gradient : dict of str to ndarray
            Is added to.
        """
        raise NotImplementedError

    def prepare_table(self, table):
        """The table of `split_input` on the scale of `prepare`'s weights.

        Parameters
        ----------
        table : ndarray of shape (C, G)

        Returns
        -------
        ndarray of shape (C, G)
        """
        return table


class PackedCell(Cell):
    """A cell whose gates all have a matrix for h, one for x, and a bias: one packed matrix P.

    A subclass has `gates`, the blocks of P's columns. Its tape has ``d_projected``, the
    derivatives by z_t, after `backward`.
    """

    has_projection = True

    def shapes(self, n_inputs, hidden_size):
        return {"packed": (hidden_size + n_inputs + 1, len(self.gates) * hidden_size)}

    def initialize(self, rng, n_inputs, hidden_size):
        # Gate by gate: Glorot for the input, orthogonal for the recurrence, zero for the bias.
        packed = np.zeros((hidden_size + n_inputs + 1, len(self.gates), hidden_size))
        for gate in range(len(self.gates)):
            packed[:hidden_size, gate] = orthogonal(rng, hidden_size)
            packed[hidden_size:-1, gate] = glorot_uniform(
                rng, n_inputs, hidden_size, (n_inputs, hidden_size)
            )
        return {"packed": packed.reshape(len(packed), -1)}

    def named(self, arrays):
        packed = arrays["packed"]
        hidden_size = packed.shape[1] // len(self.gates)
        return {
            "weight_ih": packed[hidden_size:-1].T,
            "weight_hh": packed[:hidden_size].T,
            "bias": packed[-1],
        }

    def accumulate(self, tape, gradient):
        add_outer_products(gradient["packed"], tape.inputs, tape.d_projected)

    def input_gradient(self, arrays, tape):
        by_input = arrays["packed"][tape.hidden_size : -1]
        return np.matmul(by_input, tape.d_projected)

    def split_input(self, arrays):
        packed = arrays["packed"]
        hidden_size = packed.shape[1] // len(self.gates)
        rest = np.concatenate([packed[:hidden_size], packed[-1:]])
        return {**arrays, "packed": rest}, packed[hidden_size:-1]

    def join_input(self, rest, table, gradient):
        for name, array in gradient.items():
            if name != "packed":
                array += rest[name]
        packed, hidden_size = gradient["packed"], len(rest["packed"]) - 1
        packed[:hidden_size] += rest["packed"][:-1]
        packed[hidden_size:-1] += table
        packed[-1] += rest["packed"][-1]
