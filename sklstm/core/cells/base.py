"""What a cell is to the rest of the library."""

from ..configurable import Configurable


class Cell(Configurable):
    """Base of all cells: what one step computes, and its adjoint.

    A subclass has the attributes `gates` (names, in the order of the packed columns) and
    `n_states`, and the methods `initialize`, `prepare`, `tape`, `forward` and `backward`; the LSTM
    in this package documents each.

    Examples
    --------
    >>> from sklstm.core.cells import LSTM, Cell
    >>> isinstance(LSTM(), Cell)
    True
    """
