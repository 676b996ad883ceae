"""Small data sets: a classic time series and a classic test of memory."""

from importlib.resources import files

import numpy as np
from sklearn.utils import Bunch

from ._sequences import check_integer

__all__ = ["load_airline", "make_adding_problem"]

_AIRLINE = """Monthly totals of international airline passengers, in thousands.

144 months, January 1949 to December 1960, with a growing trend and a yearly season whose amplitude
grows with the level: the usual example for taking logarithms and differences.

Source: Series G in G. E. P. Box, G. M. Jenkins and G. C. Reinsel, Time Series Analysis: Forecasting
and Control, 3rd edition, Prentice Hall, 1994 (first edition by Box and Jenkins, Holden-Day, 1970).
"""


def load_airline():
    """Load the monthly airline passengers of 1949 to 1960.

    Returns
    -------
    sklearn.utils.Bunch
        With the attributes `passengers` (and, the same array, `data`), float64 ndarray of shape
        (144,): thousands of passengers; `month`, ndarray of 144 str from "1949-01" to "1960-12";
        and `DESCR`, a description with the source.

    References
    ----------
    G. E. P. Box, G. M. Jenkins and G. C. Reinsel, Time Series Analysis: Forecasting and Control,
    3rd edition, Prentice Hall, 1994, Series G.

    Examples
    --------
    >>> from sklstm.datasets import load_airline
    >>> airline = load_airline()
    >>> airline.passengers.shape, str(airline.month[0]), float(airline.passengers[0])
    ((144,), '1949-01', 112.0)
    """
    with files("sklstm").joinpath("data", "airline.csv").open(encoding="utf-8") as file:
        month, passengers = np.loadtxt(file, dtype=str, delimiter=",", skiprows=1, unpack=True)
    passengers = passengers.astype(np.float64)
    return Bunch(data=passengers, passengers=passengers, month=month, DESCR=_AIRLINE)


def make_adding_problem(n_samples=100, n_steps=50, *, random_state=None):
    """Make sequences whose two marked values are to be added, a test of long memory.

    Channel 0 holds independent values, uniform on [0, 1). Channel 1 is 0 but for two ones, the
    marks: one at a uniformly random step of the first half, t < n_steps // 2, one at a step of the
    second half. The target is the sum of the two marked values, in [0, 2). Always predicting 1 has
    a mean squared error of 1/6.

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences, n.
    n_steps : int, default=50
        Steps per sequence, T, at least 2.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Seed or source of the random numbers; an int gives the same data at every call.

    Returns
    -------
    X : ndarray of shape (n_samples, n_steps, 2), float64
        Values and marks.
    y : ndarray of shape (n_samples,), float64
        Sums of the marked values.

    Raises
    ------
    ValueError
        If `n_samples` is not an integer >= 1 or `n_steps` not one >= 2.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997,
    experiment 4, there with values in [-1, 1], lengths that vary, other marks, and a scaled target;
    this simpler form follows Q. V. Le, N. Jaitly and G. E. Hinton, A Simple Way to Initialize
    Recurrent Networks of Rectified Linear Units, arXiv:1504.00941, 2015, section 4.1.

    Examples
    --------
    >>> from sklstm.datasets import make_adding_problem
    >>> X, y = make_adding_problem(3, 10, random_state=0)
    >>> X.shape, bool((y == (X[:, :, 0] * X[:, :, 1]).sum(axis=1)).all())
    ((3, 10, 2), True)
    """
    check_integer(n_samples, "n_samples", 1)
    check_integer(n_steps, "n_steps", 2)
    rng = _generator(random_state)
    half = n_steps // 2
    samples = np.arange(n_samples)
    X = np.zeros((n_samples, n_steps, 2))
    X[:, :, 0] = rng.random((n_samples, n_steps))
    X[samples, rng.integers(half, size=n_samples), 1] = 1.0
    X[samples, rng.integers(half, n_steps, size=n_samples), 1] = 1.0
    return X, (X[:, :, 0] * X[:, :, 1]).sum(axis=1)


def _generator(random_state):
    """Return a NumPy Generator; NumPy 1.26 makes none from a RandomState."""
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31 - 1))
    return np.random.default_rng(random_state)
