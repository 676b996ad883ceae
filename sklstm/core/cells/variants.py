r"""The variants of the LSTM with peepholes that change one thing (Greff et al. 2017, appendix A).

Each is the cell of `gated` with the one equation that stands in its class; ``peepholes=False``
makes it the same variant of the LSTM without peepholes. Two more are cells of their own: without
peepholes (NP), which is `LSTM`, and with full gate recurrence, which is `fgr.FGR`.
"""

from .gated import GatedCell


class NIG(GatedCell):
    r"""No input gate: :math:`c_t = f_t \odot c_{t-1} + g_t`.

    Parameters
    ----------
    peepholes : bool, default=True
        Whether the gates see the cell state.
    gate_activation : {"sigmoid", "hard_sigmoid"}, default="sigmoid"
        As for `LSTM`.
    forget_bias : float or "chrono", default=0.0
        First value of the forget gate's bias; "chrono" as for `LSTM`.

    References
    ----------
    .. [1] K. Greff et al. "LSTM: a search space odyssey." IEEE Transactions on Neural Networks and
       Learning Systems 28(10), 2017, appendix A (arXiv:1503.04069).

    Examples
    --------
    >>> from sklstm.cells import NIG
    >>> NIG().gates
    ('output', 'forget', 'cell')
    """

    gates = ("output", "forget", "cell")


class NFG(GatedCell):
    r"""No forget gate: :math:`c_t = c_{t-1} + i_t \odot g_t`, the cell of 1997 with peepholes.

    Parameters
    ----------
    peepholes : bool, default=True
        Whether the gates see the cell state.
    gate_activation : {"sigmoid", "hard_sigmoid"}, default="sigmoid"
        As for `LSTM`.

    References
    ----------
    .. [1] K. Greff et al. "LSTM: a search space odyssey." IEEE Transactions on Neural Networks and
       Learning Systems 28(10), 2017, appendix A (arXiv:1503.04069).

    Examples
    --------
    >>> from sklstm.cells import NFG
    >>> NFG().gates
    ('output', 'input', 'cell')
    """

    gates = ("output", "input", "cell")

    def __init__(self, peepholes=True, gate_activation="sigmoid"):
        self.peepholes = peepholes
        self.gate_activation = gate_activation

    def first_biases(self, rng, hidden_size):
        return {}


class NOG(GatedCell):
    r"""No output gate: :math:`h_t = \tanh(c_t)`.

    Parameters
    ----------
    peepholes : bool, default=True
        Whether the gates see the cell state.
    gate_activation : {"sigmoid", "hard_sigmoid"}, default="sigmoid"
        As for `LSTM`.
    forget_bias : float or "chrono", default=0.0
        First value of the forget gate's bias; "chrono" as for `LSTM`.

    References
    ----------
    .. [1] K. Greff et al. "LSTM: a search space odyssey." IEEE Transactions on Neural Networks and
       Learning Systems 28(10), 2017, appendix A (arXiv:1503.04069).

    Examples
    --------
    >>> from sklstm.cells import NOG
    >>> NOG().gates
    ('input', 'forget', 'cell')
    """

    gates = ("input", "forget", "cell")


class NIAF(GatedCell):
    r"""No input activation function: :math:`g_t = z^g_t`.

    Parameters
    ----------
    peepholes : bool, default=True
        Whether the gates see the cell state.
    gate_activation : {"sigmoid", "hard_sigmoid"}, default="sigmoid"
        As for `LSTM`.
    forget_bias : float or "chrono", default=0.0
        First value of the forget gate's bias; "chrono" as for `LSTM`.

    References
    ----------
    .. [1] K. Greff et al. "LSTM: a search space odyssey." IEEE Transactions on Neural Networks and
       Learning Systems 28(10), 2017, appendix A (arXiv:1503.04069).

    Examples
    --------
    >>> from sklstm.cells import NIAF
    >>> NIAF(gate_activation="hard_sigmoid")
    NIAF(gate_activation='hard_sigmoid')
    """

    squashes_input = False


class NOAF(GatedCell):
    r"""No output activation function: :math:`h_t = o_t \odot c_t`.

    Parameters
    ----------
    peepholes : bool, default=True
        Whether the gates see the cell state.
    gate_activation : {"sigmoid", "hard_sigmoid"}, default="sigmoid"
        As for `LSTM`.
    forget_bias : float or "chrono", default=0.0
        First value of the forget gate's bias; "chrono" as for `LSTM`.

    References
    ----------
    .. [1] K. Greff et al. "LSTM: a search space odyssey." IEEE Transactions on Neural Networks and
       Learning Systems 28(10), 2017, appendix A (arXiv:1503.04069).

    Examples
    --------
    >>> from sklstm.cells import NOAF
    >>> NOAF(peepholes=False)
    NOAF(peepholes=False)
    """

    squashes_output = False


class CIFG(GatedCell):
    r"""Coupled input and forget gate: :math:`f_t = 1 - i_t`.

    Parameters
    ----------
    peepholes : bool, default=True
        Whether the gates see the cell state.
    gate_activation : {"sigmoid", "hard_sigmoid"}, default="sigmoid"
        As for `LSTM`.
    forget_bias : float or "chrono", default=0.0
        First bias of the forget gate: that of the input gate is its negative, since
        :math:`1 - \sigma(-z) = \sigma(z)`.

    References
    ----------
    .. [1] K. Greff et al. "LSTM: a search space odyssey." IEEE Transactions on Neural Networks and
       Learning Systems 28(10), 2017, appendix A (arXiv:1503.04069).

    Examples
    --------
    >>> from sklstm.cells import CIFG
    >>> CIFG().gates
    ('output', 'input', 'cell')
    """

    gates = ("output", "input", "cell")
    coupled = True

    def first_biases(self, rng, hidden_size):
        return {"input": -self.first_forget_bias(rng, hidden_size)}
