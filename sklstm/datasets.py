"""Small data sets: two classic time series, three classic tests of long-term memory, a river."""

from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from sklearn.utils import Bunch

from .core.checks import check_integer

if TYPE_CHECKING:

    class Airline(Bunch):
        """What `load_airline` returns."""

        data: NDArray[np.float64]
        passengers: NDArray[np.float64]
        month: NDArray[np.str_]
        DESCR: str

    class Sunspots(Bunch):
        """What `load_sunspots` returns."""

        data: NDArray[np.float64]
        sunspots: NDArray[np.float64]
        month: NDArray[np.str_]
        DESCR: str


__all__ = [
    "load_airline",
    "load_sunspots",
    "make_adding_problem",
    "make_embedded_reber",
    "make_river_flow",
    "make_temporal_order",
]

_AIRLINE = """Monthly totals of international airline passengers, in thousands.

144 months, January 1949 to December 1960, with a growing trend and a yearly season whose amplitude
grows with the level: the usual example for taking logarithms and differences.

Source: Series G in G. E. P. Box, G. M. Jenkins and G. C. Reinsel, Time Series Analysis: Forecasting
and Control, 3rd edition, Prentice Hall, 1994 (first edition by Box and Jenkins, Holden-Day, 1970).
"""

_SUNSPOTS = """Monthly means of relative sunspot numbers.

2820 months, January 1749 to December 1983: cycles of about 11 years that differ in length and in
height, and noise that grows with the level. Observed in Zurich until 1960, then in Tokyo.

Source: D. F. Andrews and A. M. Herzberg, Data: A Collection of Problems from Many Fields for the
Student and Research Worker, Springer, New York, 1985.
"""

# For each state of the automaton, the possible symbols and the next states. Index 7 is the end.
_REBER = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
)
_REBER_SYMBOLS = "BEPSTVX"
_ORDER_SYMBOLS = "BEXYabcd"


def load_airline() -> "Airline":
    """Load the monthly airline passengers of 1949 to 1960.

    Returns
    -------
    sklearn.utils.Bunch
        Dictionary-like object with the attributes:

        - `passengers`, also as `data`: float64 ndarray of shape (144,), passengers in thousands.
        - `month`: ndarray of 144 str, "1949-01" to "1960-12".
        - `DESCR`: description and source of the data.

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
    month, passengers = _read("airline.csv")
    return Bunch(data=passengers, passengers=passengers, month=month, DESCR=_AIRLINE)


def load_sunspots() -> "Sunspots":
    """Load the monthly sunspot numbers of 1749 to 1983.

    Returns
    -------
    sklearn.utils.Bunch
        Dictionary-like object with the attributes:

        - `sunspots`, also as `data`: float64 ndarray of shape (2820,), monthly means of the
          relative sunspot number.
        - `month`: ndarray of 2820 str, "1749-01" to "1983-12".
        - `DESCR`: description and source of the data.

    References
    ----------
    D. F. Andrews and A. M. Herzberg, Data: A Collection of Problems from Many Fields for the
    Student and Research Worker, Springer, New York, 1985.

    Examples
    --------
    >>> from sklstm.datasets import load_sunspots
    >>> sunspots = load_sunspots()
    >>> sunspots.sunspots.shape, str(sunspots.month[0]), float(sunspots.sunspots[0])
    ((2820,), '1749-01', 58.0)
    """
    month, sunspots = _read("sunspots.csv")
    return Bunch(data=sunspots, sunspots=sunspots, month=month, DESCR=_SUNSPOTS)


def _read(name):
    """Return the months and the values in a file of the package's data folder."""
    with files("sklstm").joinpath("data", name).open(encoding="utf-8") as file:
        month, values = np.loadtxt(file, dtype=str, delimiter=",", skiprows=1, unpack=True)
    return month, values.astype(np.float64)


def make_adding_problem(
    n_samples: int = 100,
    n_steps: int = 50,
    *,
    random_state: int | np.random.Generator | np.random.RandomState | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Generate the adding problem, a regression task that requires long-term memory.

    Channel 0 contains independent values, uniform on [0, 1). Channel 1 is 1 at two random steps,
    one in the first half, t < n_steps // 2, and one in the second half, and 0 elsewhere. The target
    is the sum of the two marked values, in [0, 2). The constant prediction 1 has a mean squared
    error of 1/6.

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences, n.
    n_steps : int, default=50
        Number of steps per sequence, T; at least 2.
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
        If `n_samples` is not an integer >= 1, or `n_steps` is not an integer >= 2.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997,
    experiment 4, with values in [-1, 1], different lengths, other marks, and a scaled target. This
    simpler form follows Q. V. Le, N. Jaitly and G. E. Hinton, A Simple Way to Initialize Recurrent
    Networks of Rectified Linear Units, arXiv:1504.00941, 2015, section 4.1.

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


def make_embedded_reber(
    n_samples: int = 100,
    *,
    random_state: int | np.random.Generator | np.random.RandomState | None = None,
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.str_]], list[NDArray[np.bool_]]]:
    """Generate strings of the embedded Reber grammar, for the prediction of the next symbol.

    A Reber string starts with B and ends with E. The symbols in between are generated by a small
    automaton, in which both branches of every fork are equally probable. An embedded string is B,
    then T or P, then a Reber string, then the same T or P, then E. To predict the last but one
    symbol, a model has to remember the second one. Strings have at least 9 symbols, 12 on average.

    Parameters
    ----------
    n_samples : int, default=100
        Number of strings, n. They are drawn independently, so short strings occur repeatedly.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Seed or source of the random numbers; an int gives the same data at every call.

    Returns
    -------
    X : list of n ndarrays of shape (T_i, 7), float64
        Each string without its last symbol, one-hot encoded. The channels are B, E, P, S, T, V, X.
    y : list of n ndarrays of shape (T_i,), str
        The next symbol at every step.
    legal : list of n ndarrays of shape (T_i, 7), bool
        Whether the grammar allows each symbol next; one or two are allowed at every step. Symbols
        are in the order of the channels of X, and of the attribute `classes_` of a classifier.

    Raises
    ------
    ValueError
        If `n_samples` is not an integer >= 1.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997,
    experiment 1; A. Cleeremans, D. Servan-Schreiber and J. L. McClelland, Finite State Automata
    and Simple Recurrent Networks, Neural Computation 1(3), 1989.

    Examples
    --------
    >>> from sklstm.datasets import make_embedded_reber
    >>> X, y, legal = make_embedded_reber(3, random_state=0)
    >>> "B" + "".join(y[0]), X[0].shape, legal[0].sum(axis=1).tolist()
    ('BTBPVVETE', (8, 7), [2, 1, 2, 2, 2, 1, 1, 1])
    """
    check_integer(n_samples, "n_samples", 1)
    rng = _generator(random_state)
    X, y, legal = [], [], []
    for _ in range(n_samples):
        string, choices = _embedded_reber_string(rng)
        X.append(_indicators(string[:-1], _REBER_SYMBOLS).astype(np.float64))
        y.append(np.array(list(string[1:])))
        legal.append(_indicators(choices[1:], _REBER_SYMBOLS))
    return X, y, legal


def make_river_flow(
    n_days: int = 9131,
    *,
    random_state: int | np.random.Generator | np.random.RandomState | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Generate the daily weather of a mountain valley, and the flow of its river.

    What falls on a day reaches the river hours, weeks or months later: it is stored as snow, in the
    soil and as groundwater. The flow of a day therefore depends on the weather of about a year, in
    its order. The stores are not in X. The first day is 1 October, without snow; a year has 365.25
    days.

    *Weather.* After a wet day the next one is wet with probability 0.6, after a dry one with 0.3.
    Precipitation of wet days has a gamma distribution with shape 0.7 and scale 8 mm. The
    temperature is 4 °C plus a yearly cosine with amplitude 11.5 °C, coldest on 20 January, plus two
    first-order autoregressive processes, of a few days and of a few months (coefficients 0.75 and
    0.985, innovations with standard deviations 2.2 and 0.35 °C), and 0.7 °C lower on wet days.

    *River.* The HBV model with a snow pack, soil moisture and two groundwater reservoirs. Its
    parameters in the usual notation, in mm, days and °C: TT = 0, CFMAX = 3.2, CFR = 0.05,
    CWH = 0.1; FC = 180, LP = 0.7, BETA = 2.5; UZL = 25, PERC = 1.5, K0 = 0.3, K1 = 0.12,
    K2 = 0.012; MAXBAS = 3. Between -2 and 1 °C a part of the precipitation is snow. The potential
    evaporation is 0.18 mm for every degree above 0 °C, and none under snow. The flow is measured
    with an error of 5 %.

    Parameters
    ----------
    n_days : int, default=9131
        Number of days; the default is 25 years.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Seed or source of the random numbers; an int gives the same data at every call.

    Returns
    -------
    X : ndarray of shape (n_days, 2), float64
        Precipitation in mm per day, and mean temperature in °C.
    y : ndarray of shape (n_days,), float64
        Flow, in mm per day over the area of the valley.
    stores : ndarray of shape (n_days, 4), float64
        What is stored at the end of the day: water in the snow pack, soil moisture, upper and lower
        groundwater, in mm.

    Raises
    ------
    ValueError
        If `n_days` is not an integer >= 1.

    References
    ----------
    S. Bergström, The HBV model, in V. P. Singh (editor), Computer Models of Watershed Hydrology,
    Water Resources Publications, 1995.

    C. W. Richardson, Stochastic Simulation of Daily Precipitation, Temperature, and Solar
    Radiation, Water Resources Research 17(1), 1981: weather generators of this kind.

    F. Kratzert, D. Klotz, C. Brenner, K. Schulz and M. Herrnegger, Rainfall-Runoff Modelling Using
    Long Short-Term Memory (LSTM) Networks, Hydrology and Earth System Sciences 22(11), 2018: the
    same task with real rivers.

    Examples
    --------
    >>> from sklstm.datasets import make_river_flow
    >>> X, y, stores = make_river_flow(365, random_state=0)
    >>> X.shape, y.shape, stores.shape
    ((365, 2), (365,), (365, 4))
    >>> int(stores[:, 0].argmax()), int(y.argmax())  # most snow in March, most water in April
    (157, 192)
    """
    check_integer(n_days, "n_days", 1)
    rng = _generator(random_state)
    wet, precipitation = _precipitation(n_days, rng)
    temperature = _temperature(wet, rng)
    runoff, stores = _hbv(precipitation, temperature)
    # On its way through the valley, a quarter of the runoff takes a day less, a quarter a day more.
    flow = np.convolve(runoff, [0.25, 0.5, 0.25])[:n_days] * rng.lognormal(0, 0.05, n_days)
    return np.column_stack([precipitation, temperature]), flow, stores


def make_temporal_order(
    n_samples: int = 100,
    n_steps: int = 100,
    *,
    random_state: int | np.random.Generator | np.random.RandomState | None = None,
) -> tuple[list[NDArray[np.float64]], NDArray[np.str_]]:
    """Generate sequences to classify by the order of two symbols that are far apart.

    A sequence starts with E and ends with B. The symbols in between are drawn from a, b, c, d,
    except for two that are X or Y, independently and with equal probability. For n_steps=100, there
    are 100 to 110 symbols, the first X or Y is at step 10 to 20, and the second at step 50 to 60
    (E is at step 0). All three numbers are uniformly random and scale with `n_steps`.

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences, n.
    n_steps : int, default=100
        Minimum number of steps per sequence; at least 10. The maximum is a tenth more.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Seed or source of the random numbers; an int gives the same data at every call.

    Returns
    -------
    X : list of n ndarrays of shape (T_i, 8), float64
        One-hot encoded symbols. The channels are B, E, X, Y, a, b, c, d.
    y : ndarray of shape (n,), str
        The two symbols in order: "XX", "XY", "YX" or "YY".

    Raises
    ------
    ValueError
        If `n_samples` is not an integer >= 1, or `n_steps` is not an integer >= 10.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997,
    experiment 6a, where the classes are called Q, R, S and U.

    Examples
    --------
    >>> from sklstm.datasets import make_temporal_order
    >>> X, y = make_temporal_order(3, random_state=0)
    >>> [len(x) for x in X], y.tolist()
    ([109, 109, 101], ['YX', 'XX', 'YX'])
    """
    check_integer(n_samples, "n_samples", 1)
    check_integer(n_steps, "n_steps", 10)
    rng = _generator(random_state)
    one_hot = np.eye(len(_ORDER_SYMBOLS))
    X, y = [], []
    for _ in range(n_samples):
        length = rng.integers(n_steps, n_steps + n_steps // 10, endpoint=True)
        codes = rng.integers(4, 8, size=length)  # a, b, c, d
        codes[[0, -1]] = 1, 0  # E, B
        first = rng.integers(n_steps // 10, n_steps // 5, endpoint=True)
        second = rng.integers(n_steps // 2, 6 * n_steps // 10, endpoint=True)
        codes[[first, second]] = rng.integers(2, 4, size=2)  # X, Y
        X.append(one_hot[codes])
        y.append("".join(_ORDER_SYMBOLS[codes[t]] for t in (first, second)))
    return X, np.array(y)


def _embedded_reber_string(rng):
    """Return a random string, and the possible symbols at each of its positions."""
    inner, choices, state = "", [], 0
    while state < len(_REBER):
        branches = _REBER[state]
        choices.append("".join(branches))
        inner += choices[-1][rng.integers(len(branches))]
        state = branches[inner[-1]]
    outer = "TP"[rng.integers(2)]
    return f"B{outer}{inner}{outer}E", ["B", "TP", *choices, outer, "E"]


def _indicators(steps, symbols):
    """Return whether each symbol is in each step, a bool array of shape (T, len(symbols))."""
    return np.array([[symbol in step for symbol in symbols] for step in steps])


def _precipitation(n_days, rng):
    """Return whether each day is wet, a Markov chain, and its precipitation in mm."""
    wet, chance = np.zeros(n_days, dtype=bool), rng.random(n_days)
    for i in range(n_days):
        wet[i] = chance[i] < (0.6 if i and wet[i - 1] else 0.3)
    return wet, np.where(wet, rng.gamma(0.7, 8, n_days), 0)


def _temperature(wet, rng):
    """Return the mean temperature of each day in degrees, from the season and two processes."""
    n_days = len(wet)
    day = 273 + np.arange(n_days)  # since 1 January
    temperature = 4 - 11.5 * np.cos(2 * np.pi * (day - 19) / 365.25) - 0.7 * wet
    for coefficient, deviation in [(0.75, 2.2), (0.985, 0.35)]:
        temperature += lfilter([1], [1, -coefficient], rng.normal(0, deviation, n_days))
    return temperature


def _hbv(precipitation, temperature):
    """Return runoff and stores of each day by the HBV model (Bergström, 1995)."""
    ice, liquid, soil, upper, lower = 0.0, 0.0, 100.0, 5.0, 40.0
    runoff, stores = np.zeros(len(precipitation)), np.zeros((len(precipitation), 4))
    for i, (fallen, degrees) in enumerate(zip(precipitation, temperature, strict=True)):
        # Snow pack: melt by degree-days; it holds a tenth of its weight as water.
        snowfall = fallen * min(max((1 - degrees) / 3, 0), 1)
        ice += snowfall
        melt = min(ice, 3.2 * max(degrees, 0))
        frozen = min(liquid, 0.05 * 3.2 * max(-degrees, 0))
        ice += frozen - melt
        liquid += fallen - snowfall + melt - frozen
        outflow = max(liquid - 0.1 * ice, 0)
        liquid -= outflow
        # Soil: the wetter it is, the more water passes, and the more evaporates.
        recharge = outflow * min(soil / 180, 1) ** 2.5
        soil += outflow - recharge
        if ice < 1:
            soil -= min(soil, 0.18 * max(degrees, 0) * min(soil / (0.7 * 180), 1))
        # Groundwater: a quick reservoir with two outlets, and a slow one below it.
        upper += recharge
        percolation = min(upper, 1.5)
        upper, lower = upper - percolation, lower + percolation
        quickest = 0.3 * max(upper - 25, 0)
        quick, slow = 0.12 * (upper - quickest), 0.012 * lower
        upper, lower = upper - quickest - quick, lower - slow
        runoff[i] = quickest + quick + slow
        stores[i] = ice + liquid, soil, upper, lower
    return runoff, stores


def _generator(random_state):
    """Return a NumPy Generator. NumPy 1.26 does not convert a RandomState."""
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31 - 1))
    return np.random.default_rng(random_state)
