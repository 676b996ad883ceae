"""Tapes: the arrays of one segment, shared by a cell and a direction that runs it."""

from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import products
from ..kernels.blocks import blocks
from ..threads import SINGLE, shares
from ..types import Array, Arrays

# With fewer columns over all steps, or fewer multiplications for a gate, it takes longer to wake a
# thread. Columns and rows are divided at multiples of those that the kernels compute together.
_MIN_COLUMNS, _MIN_PRODUCTS, _COLUMNS, _ROWS = 256, 2**20, 32, 32


class TapeShape(NamedTuple):
    """The sizes and the dtype of the arrays of one segment.

    Attributes
    ----------
    n_steps, n_inputs, hidden_size, width : int
        L, C, H and b. C is 0 if the input is projected.
    dtype : dtype
    masked : bool
        Whether a mask (recurrent dropout) multiplies the h that enters the next step.
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


class Tape:
    """The arrays of one segment (L steps, b sequences), in the order of processing.

    A tape is allocated once and used again for every batch of the same shape. The rest of
    the library uses these attributes:

    ========================= ======================= ==========================================
    attribute                 shape                   use
    ========================= ======================= ==========================================
    ``x``                     (L, C, b)               the input; written before `Cell.forward`,
                                                      unless the input is projected
    ``projected``             (L, G, b)               only for cells with `has_projection`: written
                                                      instead of ``x`` before `Cell.forward`, if
                                                      ``shape.projected`` is True; may share memory
                                                      with the states after slot 0
    ``load(state, mask)``                             called with the state before the first step,
                                                      after the input is written, before
                                                      `Cell.forward`; may write slots 0 only
    ``states``                tuple of                the states, those of `Cell.state_sizes`; slot
                              (L + 1, rows, b)        0 is the state before the first step. Slots 1
                                                      to L are written by `Cell.forward`, and read
                                                      after it: the last slot is the state of the
                                                      next segment
    ``h``                     (L + 1, H, b)           the first of the states, read by the layer
                                                      above
    ``d_projected``           (L, G, b)               only for cells with `has_projection`: the
                                                      derivatives by ``projected``, written by
                                                      `Cell.backward` and read after it
    ``tokens``                                        only if ``shape.projected`` is True: set and
                                                      read by `TokenDirection`
    ========================= ======================= ==========================================

    All arrays have the dtype ``shape.dtype``. Whatever else `Cell.forward` keeps for
    `Cell.backward`, and `Cell.backward` for `Cell.accumulate`, `Cell.input_gradient` and
    `Cell.activations`, are attributes that the cell's own subclass adds.

    Derivatives by the states are not on the tape: they are arguments of `Cell.backward`.

    Parameters
    ----------
    shape : TapeShape
    state_sizes : tuple of int
        See `Cell.state_sizes`.
    """

    if TYPE_CHECKING:  # what a cell adds

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def __init__(self, shape: TapeShape, state_sizes: tuple[int, ...]) -> None:
        L, b = shape.n_steps, shape.width
        self.shape = shape
        self.x = np.empty((L, shape.n_inputs, b), shape.dtype)
        self.states = tuple(np.empty((L + 1, rows, b), shape.dtype) for rows in state_sizes)
        self.h = self.states[0]

    def load(self, state, mask):
        """Write the state before the first step.

        Parameters
        ----------
        state : list of ndarrays of shape (rows, b)
        mask : ndarray of shape (H, b) or None
            Recurrent dropout, for tapes that keep the masked h.
        """
        for slots, initial in zip(self.states, state, strict=True):
            slots[0] = initial


class StackedTape(Tape):
    """A tape with stacked inputs s_t = [h_{t-1}; x_t; 1], of which ``x`` is a view.

    Step k reads slot k and writes its h straight to slot k + 1, where the next step reads it.

    Parameters
    ----------
    shape : TapeShape

    Attributes
    ----------
    inputs : ndarray of shape (L + 1, H + C + 1, b)
        s_t; of the last slot only the rows of h are used.
    h : ndarray of shape (L + 1, H, b)
        A view of `inputs`, unless recurrent dropout masks the h in there.
    states : tuple of ndarrays
        `h` only; a subclass adds its own.
    threads : Threads
        Those that share the work of a kernel.
    widths : ndarray of int64, shape (L,), or None
        Number of columns that run at each step, which never grows; None if all of them do. The
        values in the other columns have no meaning, and may be NaN.
    """

    threads = SINGLE
    widths = None
    _arrays: tuple[str, ...] = ("inputs", "x", "h")  # of the tape, with a column for each sequence

    def __init__(self, shape):
        H, L, b = shape.hidden_size, shape.n_steps, shape.width
        self.shape = shape
        self.hidden_size = H
        self.inputs = np.empty((L + 1, H + shape.n_inputs + 1, b), shape.dtype)
        self.inputs[:, -1] = 1.0
        self.x = self.inputs[:-1, H:-1]
        self.h = np.empty((L + 1, H, b), shape.dtype) if shape.masked else self.inputs[:, :H]
        self.states = (self.h,)

    def load(self, state, mask):
        super().load(state, mask)
        if mask is not None:
            np.multiply(self.h[0], mask, out=self.inputs[0, : self.hidden_size])

    @cached_property
    def _parts(self):
        """Pairs of columns (slice) and a tape of these columns, a view; one for each thread."""
        if not self._is_shared:
            return [(slice(0, self.shape.width), self)]
        columns = shares(self.shape.width, self.threads.n, _COLUMNS)
        return [(part, self._columns(part)) for part in columns]

    def share(self, work, *arrays):
        """Each thread calls ``work(tape, *arrays)`` with views of its columns.

        Parameters
        ----------
        work : callable
        *arrays : ndarray of shape (..., b), or None
        """

        def on_columns(part):
            columns, tape = part
            if tape is not self and self.widths is not None:
                first = columns.start
                tape.widths = np.clip(self.widths - first, 0, columns.stop - first)
            work(tape, *(None if a is None else a[..., columns] for a in arrays))

        self.threads.run(on_columns, self._parts)

    @cached_property
    def _is_shared(self):
        """Whether there is enough work for several threads."""
        n_steps, rows, width = self.inputs[1:].shape
        n_columns = n_steps * width
        enough = n_columns >= _MIN_COLUMNS and n_columns * rows * self.hidden_size >= _MIN_PRODUCTS
        return self.threads.n > 1 and enough

    def _columns(self, columns):
        tape = copy(self)
        for name in self._arrays:
            setattr(tape, name, getattr(self, name)[..., columns])
        return tape

    def add_outer_products(self, gradient, inputs, d_gates):
        """`products.add_outer_products`; each thread has some rows of the gradient."""
        add = getattr(self, "kernel", products).add_outer_products
        options = as_option(self.widths)
        if not self._is_shared:
            add(gradient, inputs, d_gates, **options)
            return
        self.threads.run(
            lambda rows: add(gradient[rows], inputs[:, rows], d_gates, **options),
            shares(len(gradient), self.threads.n, _ROWS),
        )


def as_option(widths: Array | None) -> dict[str, Array]:
    """Keyword arguments with `widths`, unless it is None: not all kernels and cells take it."""
    return {} if widths is None else {"widths": widths}


def by_gate(gates: tuple[str, ...], array: Array) -> Arrays:
    """The blocks (L, H, b) of an array (L, G, b), by gate."""
    return dict(zip(gates, blocks(array, array.shape[1] // len(gates)), strict=True))


_FOR_INPUT = ("states", "h", "load", "x")
_FOR_PROJECTED_INPUT = ("states", "h", "load", "projected", "d_projected")


def check_tape(tape: Any, cell: Any, shape: TapeShape) -> None:
    """Raise if a tape lacks an attribute of `Tape`, or has one of another shape.

    Parameters
    ----------
    tape : Tape
    cell : Cell
    shape : TapeShape
        The shape that the tape was made for.

    Raises
    ------
    TypeError or ValueError
        The message names the cell, the attribute, and the expected shape.
    """
    # An array may be a property that is allocated when it is first read: not here.
    own = getattr(tape, "__dict__", ())
    for name in _FOR_PROJECTED_INPUT if shape.projected else _FOR_INPUT:
        if name not in own and not hasattr(type(tape), name):
            raise TypeError(
                f"The tape of {type(cell).__name__}, a {type(tape).__name__}, must have the "
                f"attribute {name!r}; see {Tape.__module__}.Tape."
            )
    L, b = shape.n_steps, shape.width
    slots = [(L + 1, rows, b) for rows in cell.state_sizes(shape.hidden_size)]
    found = [
        ("states", [array.shape for array in tape.states], slots),
        ("h", tape.h.shape, slots[0]),
    ]
    if not shape.projected:
        found.append(("x", tape.x.shape, (L, shape.n_inputs, b)))
    for name, got, expected in found:
        if got != expected:
            raise ValueError(
                f"The tape of {type(cell).__name__}, a {type(tape).__name__}, must have {name} of "
                f"shape {expected}; got {got}."
            )
