"""The interface of a cell, and the base class of cells with packed weights.

`Cell` describes how to add a cell that works on whole segments, and `tape.Tape` its arrays.
"""

from typing import Any, Self

import numpy as np

from ..configurable import Configurable
from ..initializers import glorot_uniform, orthogonal
from ..types import Array, Arrays
from .tape import TapeShape, check_tape


def missing(cell: object, method: str) -> str:
    """The message about a method that a custom cell lacks."""
    name, base = type(cell).__name__, "StepCell" if hasattr(cell, "adjoint") else "Cell"
    return f"{name} must implement {method}; see the docstring of sklstm.cells.{base}."


class Cell(Configurable):
    r"""Base class of all cells: the steps of a segment, and their adjoint.

    A cell derived from this class works on whole segments (L steps of b sequences), for speed. If
    speed does not matter, derive from `StepCell` instead, and write a single step and its adjoint.

    A subclass implements `shapes`, `initialize`, `new_tape`, `forward`, `backward`, `accumulate`,
    `input_gradient` and, if it has `gates`, `activations`. It overrides `state_sizes` if it has
    other states than h, `named` if users are to see other arrays than its parameters, and
    `prepare` if something can be computed once per batch. It may override `for_length`. A cell
    with `has_projection` also implements `split_input` and `join_input`.

    For each batch the methods are called in this order, in each direction of each layer:

    1. ``weights = prepare(arrays)``, with the parameters ``arrays``.
    2. For each segment, in the order of processing: the input is written to the segment's tape
       (from `tape`), the state before the first step is loaded, and ``forward(weights, tape,
       mask)`` writes the states after each step.
    3. In training, for each segment in the opposite order: ``backward(arrays, tape, mask, d_state,
       d_out)``, ``accumulate(tape, gradient)``, and ``input_gradient(arrays, tape)`` if there is a
       layer below.

    In prediction, segments of the same shape share a tape, and nothing is called after `forward`
    except `activations`. The attributes of a tape are in `Tape`.

    Parameters, states and derivatives have the dtype of the tape: float32 or float64. Weights and
    masks must not be written to. As in scikit-learn, a constructor stores its arguments under
    their names and does nothing else.

    To add a cell to the library, register it in ``CELLS``; the tests run over this table.
    `sklstm.gradcheck.check_gradients` compares `backward`, `accumulate` and `input_gradient` with
    numeric derivatives of `forward`.

    Attributes
    ----------
    gates : tuple of str
        Keys of the dict that `activations` returns.
    torch_order : tuple of int or None
        For each of PyTorch's gates, its index in `gates`; None if the order is the same.
    gate_rows : tuple of str
        Names in `named` of the arrays whose rows are blocks in the order of `gates`.
    has_projection : bool
        Whether the input enters by a single linear map, so that its product with a one-hot vector
        can be a row of a table; such a cell implements `split_input` and `join_input`.
    never_decay : tuple of str
        Prefixes of the names in `named` that penalty and weight decay do not apply to.
    has_run : bool
        Whether the cell implements `run`, with which predictions do without tapes.
    takes_widths : bool
        Whether a segment may have columns that end before its last step. The tape then has the
        attribute ``widths``, see `StackedTape`; what the cell leaves in a column after its end has
        no meaning.

    Examples
    --------
    A complete cell, an exponential moving average with learned rates:
    :math:`h_t = a \odot h_{t-1} + W x_t`. The products for all steps are one call, and only the
    recurrence is a loop.

    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.cells import Cell
    >>> from sklstm.core.cells.tape import Tape
    >>> from sklstm.gradcheck import check_gradients
    >>> class Average(Cell):
    ...     def shapes(self, n_inputs, hidden_size):
    ...         return {"weight": (hidden_size, n_inputs), "rate": (hidden_size, 1)}
    ...
    ...     def initialize(self, rng, n_inputs, hidden_size):
    ...         shapes = self.shapes(n_inputs, hidden_size)
    ...         return {name: rng.uniform(-0.5, 0.5, shape) for name, shape in shapes.items()}
    ...
    ...     def new_tape(self, shape):
    ...         tape = Tape(shape, self.state_sizes(shape.hidden_size))
    ...         tape.seen = np.empty_like(tape.h[1:])  # h_{t-1}, masked
    ...         tape.d_h = np.empty_like(tape.h[1:])
    ...         return tape
    ...
    ...     def forward(self, weights, tape, mask):
    ...         np.matmul(weights["weight"], tape.x, out=tape.h[1:])
    ...         for before, seen, h in zip(tape.h[:-1], tape.seen, tape.h[1:]):
    ...             seen[...] = before if mask is None else before * mask
    ...             h += weights["rate"] * seen
    ...
    ...     def backward(self, arrays, tape, mask, d_state, d_out):
    ...         (dh,) = d_state  # replaced in place
    ...         for k in reversed(range(len(tape.d_h))):
    ...             if d_out is not None:
    ...                 dh += d_out[k]
    ...             tape.d_h[k] = dh
    ...             dh *= arrays["rate"]
    ...             if mask is not None:
    ...                 dh *= mask
    ...
    ...     def accumulate(self, tape, gradient):
    ...         gradient["weight"] += np.einsum("lhb,lcb->hc", tape.d_h, tape.x)
    ...         gradient["rate"][:, 0] += np.einsum("lhb,lhb->h", tape.d_h, tape.seen)
    ...
    ...     def input_gradient(self, arrays, tape):
    ...         return arrays["weight"].T @ tape.d_h
    >>> X = np.random.default_rng(0).standard_normal((3, 4))
    >>> model = LSTMRegressor(2, cell=Average(), num_layers=2, bidirectional=True)
    >>> max(check_gradients(model, X, X.sum(axis=1)).values()) < 1e-7
    True
    """

    gates: tuple[str, ...] = ()
    torch_order: tuple[int, ...] | None = None
    gate_rows: tuple[str, ...] = ("weight_ih", "weight_hh", "bias")
    has_projection: bool = False
    has_run: bool = False
    takes_widths: bool = False
    never_decay: tuple[str, ...] = ("bias",)

    def shapes(self, n_inputs: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        """The shapes of the parameters of one direction.

        Parameters
        ----------
        n_inputs, hidden_size : int
            C and H. C may be 0 if the cell has `has_projection`.

        Returns
        -------
        dict of str to tuple of int
            By name.
        """
        raise NotImplementedError(missing(self, "shapes"))

    def initialize(self, rng: np.random.Generator, n_inputs: int, hidden_size: int) -> Arrays:
        """Draw initial values of the parameters.

        Parameters
        ----------
        rng : numpy.random.Generator
        n_inputs, hidden_size : int

        Returns
        -------
        dict of str to ndarray, float64
            With the names and shapes of `shapes`.
        """
        raise NotImplementedError(missing(self, "initialize"))

    def for_length(self, n_steps: int) -> Self:
        """The cell whose `initialize` is called, for sequences of up to `n_steps` steps.

        Parameters
        ----------
        n_steps : int
            Number of steps of the longest training sequence.

        Returns
        -------
        Cell
            The cell itself, unless its initial values depend on the length.
        """
        return self

    def named(self, arrays: Arrays) -> Arrays:
        """The parameters, or their gradients, under the names in ``estimator.weights_``.

        Parameters
        ----------
        arrays : dict of str to ndarray
            As in `shapes`.

        Returns
        -------
        dict of str to ndarray
            Views, which together have every element once.
        """
        return arrays

    def state_sizes(self, hidden_size: int) -> tuple[int, ...]:
        """Number of rows of each state; the first state is h and has `hidden_size` rows.

        Parameters
        ----------
        hidden_size : int

        Returns
        -------
        tuple of int
        """
        return (hidden_size,)

    def tape(self, shape: TapeShape) -> Any:
        """Make a tape, and check that it has the attributes of a `Tape`.

        Parameters
        ----------
        shape : TapeShape

        Returns
        -------
        Tape
        """
        tape = self.new_tape(shape)
        check_tape(tape, self, shape)
        return tape

    def new_tape(self, shape: TapeShape) -> Any:
        """Allocate the arrays of one segment.

        Parameters
        ----------
        shape : TapeShape

        Returns
        -------
        Tape
            Or any object with the attributes that are documented there.
        """
        raise NotImplementedError(missing(self, "new_tape"))

    def prepare(self, arrays: Arrays) -> Any:
        """The weights in the form that `forward` uses, computed once per batch.

        Parameters
        ----------
        arrays : dict of str to ndarray
            The parameters.

        Returns
        -------
        dict of str to ndarray, ndarray or tuple
            The first argument of `forward`.
        """
        return arrays

    def forward(self, weights: Any, tape: Any, mask: Array | None) -> None:
        """Run all steps of a segment.

        Parameters
        ----------
        weights : dict of str to ndarray, ndarray or tuple
            The result of `prepare`.
        tape : Tape
            Has the input and the state before the first step; receives the states after each step,
            and the arrays for `backward`.
        mask : ndarray of shape (H, b) or None
            Recurrent dropout: multiplies h_{t-1} where it enters the step's products.
        """
        raise NotImplementedError(missing(self, "forward"))

    def backward(
        self,
        arrays: Arrays,
        tape: Any,
        mask: Array | None,
        d_state: list[Array],
        d_out: Array | None,
    ) -> None:
        """Run the adjoint back over the steps of a segment.

        Parameters
        ----------
        arrays : dict of str to ndarray
            The parameters, not the result of `prepare`.
        tape : Tape
            As `forward` left it; receives the arrays for `accumulate` and `input_gradient`.
        mask : ndarray of shape (H, b) or None
            The mask that was passed to `forward`.
        d_state : list of ndarrays of shape (rows, b)
            Derivatives by the states after the last step; replaced in place by those by the states
            before the first step.
        d_out : ndarray of shape (L, H, b) or None
            Derivatives by each h_t that come from the layers above, to be added to those by h that
            come from the following step. In the order of processing.
        """
        raise NotImplementedError(missing(self, "backward"))

    def accumulate(self, tape: Any, gradient: Arrays) -> None:
        """Add the derivatives by the parameters to the gradient.

        Parameters
        ----------
        tape : Tape
            As `backward` left it.
        gradient : dict of str to ndarray
            Added to in place; names and shapes are those of `shapes`.
        """
        raise NotImplementedError(missing(self, "accumulate"))

    def input_gradient(self, arrays: Arrays, tape: Any) -> Array:
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
        raise NotImplementedError(missing(self, "input_gradient"))

    def activations(self, tape: Any) -> Arrays:
        """The gates' activations on a tape after `forward`.

        Parameters
        ----------
        tape : Tape

        Returns
        -------
        dict of str to ndarray of shape (L, H, b)
            By gate, in the order of processing.
        """
        raise NotImplementedError(missing(self, "activations"))

    # Only for cells with `has_run`

    def run(
        self,
        weights: Any,
        x: Array,
        state: list[Array],
        out: Array | None = None,
        projected: Array | None = None,
        widths: Array | None = None,
    ) -> None:
        """Run all steps of a segment, keeping nothing but the states.

        Parameters
        ----------
        weights : dict of str to ndarray, ndarray or tuple
            The result of `prepare`.
        x : ndarray of shape (L, C, b)
            The input, with any strides.
        state : list of ndarrays of shape (rows, b)
            The states before the first step; replaced in place by those after the last step.
        out : ndarray of shape (L, H, b) or None
            Receives h after each step.
        projected : ndarray of shape (L, G, b) or None
            Only for cells with `has_projection`: as in `Tape`. C is then 0.
        widths : ndarray of int64, shape (L,), or None
            Only for cells with `takes_widths`, and not passed to others: as in `StackedTape`.
        """
        raise NotImplementedError(missing(self, "run"))

    # Only for cells with `has_projection`

    def split_input(self, arrays: Arrays) -> tuple[Arrays, Array]:
        """Split the parameters into those of the input and the rest.

        Parameters
        ----------
        arrays : dict of str to ndarray
            The parameters for C inputs.

        Returns
        -------
        rest : dict of str to ndarray
            The parameters without those of the input, as passed to `prepare` and `backward`.
        table : ndarray of shape (C, G)
            The row of each channel is added to ``tape.projected`` for an input of 1.
        """
        raise NotImplementedError(missing(self, "split_input"))

    def join_input(self, rest: Arrays, table: Array, gradient: Arrays) -> None:
        """Add the gradients by the two parts of `split_input` to the gradient by all parameters.

        Parameters
        ----------
        rest : dict of str to ndarray
        table : ndarray of shape (C, G)
        gradient : dict of str to ndarray
            Added to in place.
        """
        raise NotImplementedError(missing(self, "join_input"))

    def prepare_table(self, table: Array) -> Array:
        """The table of `split_input`, scaled as `prepare` scales the weights.

        Parameters
        ----------
        table : ndarray of shape (C, G)

        Returns
        -------
        ndarray of shape (C, G)
        """
        return table


class PackedCell(Cell):
    """Base class of cells in which each gate has a matrix for h, one for x, and a bias.

    These are one packed matrix P, with a block of columns for each of the subclass's `gates`. The
    tape must be a `StackedTape` with ``d_projected``, the derivatives by z_t after `backward`.

    A subclass has `gates`, `prepare`, `new_tape`, `forward`, `backward` and `activations`, and
    `accumulate` if the matrix of a gate multiplies anything else than h_{t-1} (see `GRU`). If
    ``tape.shape.projected`` is True, C is 0, and ``tape.projected`` has W x_t, without the bias,
    before `forward`. A cell whose `prepare` scales the weights of x overrides `prepare_table`.
    `RNN` is the shortest example.
    """

    has_projection: bool = True

    def shapes(self, n_inputs: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return {"packed": (hidden_size + n_inputs + 1, len(self.gates) * hidden_size)}

    def initialize(self, rng: np.random.Generator, n_inputs: int, hidden_size: int) -> Arrays:
        # Gate by gate: Glorot for the input, orthogonal for the recurrence, zero for the bias.
        packed = np.zeros((hidden_size + n_inputs + 1, len(self.gates), hidden_size))
        for gate in range(len(self.gates)):
            packed[:hidden_size, gate] = orthogonal(rng, hidden_size)
            packed[hidden_size:-1, gate] = glorot_uniform(
                rng, n_inputs, hidden_size, (n_inputs, hidden_size)
            )
        return {"packed": packed.reshape(len(packed), -1)}

    def named(self, arrays: Arrays) -> Arrays:
        packed = arrays["packed"]
        hidden_size = packed.shape[1] // len(self.gates)
        return {
            "weight_ih": packed[hidden_size:-1].T,
            "weight_hh": packed[:hidden_size].T,
            "bias": packed[-1],
        }

    def accumulate(self, tape: Any, gradient: Arrays) -> None:
        tape.add_outer_products(gradient["packed"], tape.inputs, tape.d_projected)

    def input_gradient(self, arrays: Arrays, tape: Any) -> Array:
        by_input = arrays["packed"][tape.hidden_size : -1]
        if tape.widths is not None:
            for d_step, width in zip(tape.d_projected, tape.widths, strict=True):
                d_step[:, width:] = 0.0  # anything may be there, and NumPy would warn
        return np.matmul(by_input, tape.d_projected)

    def split_input(self, arrays: Arrays) -> tuple[Arrays, Array]:
        packed = arrays["packed"]
        hidden_size = packed.shape[1] // len(self.gates)
        rest = np.concatenate([packed[:hidden_size], packed[-1:]])
        return {**arrays, "packed": rest}, packed[hidden_size:-1]

    def join_input(self, rest: Arrays, table: Array, gradient: Arrays) -> None:
        for name, array in gradient.items():
            if name != "packed":
                array += rest[name]
        packed, hidden_size = gradient["packed"], len(rest["packed"]) - 1
        packed[:hidden_size] += rest["packed"][:-1]
        packed[hidden_size:-1] += table
        packed[-1] += rest["packed"][-1]
