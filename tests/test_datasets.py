"""The data sets agree with their descriptions."""

import re
from collections import Counter, defaultdict

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklstm.datasets import (
    load_airline,
    load_sunspots,
    make_adding_problem,
    make_embedded_reber,
    make_river_flow,
    make_temporal_order,
)

PROBLEMS = [make_adding_problem, make_embedded_reber, make_temporal_order, make_river_flow]


def test_airline():
    airline = load_airline()
    assert airline.passengers.shape == (144,) and airline.passengers.dtype == np.float64
    first = [112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118]
    assert airline.passengers[:12].tolist() == first
    assert airline.passengers[-6:].tolist() == [622, 606, 508, 461, 390, 432]
    assert airline.data is airline.passengers
    assert "Box" in airline.DESCR and "Series G" in airline.DESCR


def test_airline_months_are_consecutive():
    month = load_airline().month
    assert_array_equal(month, np.arange("1949-01", "1961-01", dtype="datetime64[M]").astype(str))


def test_airline_is_a_fresh_copy():
    load_airline().passengers[:] = 0.0
    assert load_airline().passengers[0] == 112.0


def test_sunspots():
    sunspots = load_sunspots()
    assert sunspots.sunspots.shape == (2820,) and sunspots.sunspots.dtype == np.float64
    assert sunspots.sunspots[:4].tolist() == [58.0, 62.6, 70.0, 55.7]
    assert sunspots.sunspots[-4:].tolist() == [50.3, 55.8, 33.3, 33.4]
    assert sunspots.sunspots.min() == 0.0 and sunspots.sunspots.max() == 253.8  # October 1957
    assert sunspots.month[sunspots.sunspots.argmax()] == "1957-10"
    assert sunspots.data is sunspots.sunspots
    assert "Andrews" in sunspots.DESCR and "1985" in sunspots.DESCR


def test_sunspot_months_are_consecutive():
    month = load_sunspots().month
    assert_array_equal(month, np.arange("1749-01", "1984-01", dtype="datetime64[M]").astype(str))


def test_sunspots_have_the_known_yearly_means():
    yearly = load_sunspots().sunspots.reshape(-1, 12).mean(axis=1).round(1)
    assert yearly[:3].tolist() == [80.9, 83.4, 47.7]  # 1749 to 1751
    assert yearly[1957 - 1749] == pytest.approx(190.2, abs=0.4)


@pytest.mark.parametrize("n_steps", [2, 3, 10, 51])
def test_adding_problem(n_steps):
    X, y = make_adding_problem(200, n_steps, random_state=0)
    assert X.shape == (200, n_steps, 2) and y.shape == (200,)
    assert X.dtype == y.dtype == np.float64
    value, mark = X[:, :, 0], X[:, :, 1]
    assert value.min() >= 0.0 and value.max() < 1.0
    assert set(np.unique(mark)) <= {0.0, 1.0}
    assert_array_equal(mark[:, : n_steps // 2].sum(axis=1), 1.0)
    assert_array_equal(mark[:, n_steps // 2 :].sum(axis=1), 1.0)
    assert_array_equal((value * mark).sum(axis=1), y)
    assert mark.any(axis=0).all() or n_steps > 10  # every step is marked some time


def test_adding_problem_baseline():
    _, y = make_adding_problem(20_000, 4, random_state=0)
    assert np.mean((y - 1.0) ** 2) == pytest.approx(1 / 6, abs=0.005)


def read(rows, symbols):
    """One-hot rows -> a string; fails where a row has not exactly one 1."""
    assert rows.dtype == np.float64 and set(np.unique(rows)) == {0.0, 1.0}
    assert_array_equal(rows.sum(axis=1), 1.0)
    return "".join(np.array(list(symbols))[rows.argmax(axis=1)])


# The grammar once more, as a regular expression: from the state after T or P comes _LOOP.
_LOOP = "T*V(PXT*V)*(PS|V)"
EMBEDDED_REBER = re.compile(f"B([TP])B(TS*X(S|X{_LOOP})|P{_LOOP})E\\1E")


def test_embedded_reber_strings_are_grammatical():
    X, y, legal = make_embedded_reber(500, random_state=0)
    assert len(X) == len(y) == len(legal) == 500
    strings = [read(x, "BEPSTVX") + following[-1] for x, following in zip(X, y, strict=True)]
    for string, following in zip(strings, y, strict=True):
        assert EMBEDDED_REBER.fullmatch(string), string
        assert string[1:] == "".join(following)
    assert min(map(len, strings)) == 9 and max(map(len, strings)) > 20
    # Every fork is even: the outer T or P, and the one at the start of the inner string.
    for place in (1, 3):
        counts = Counter(string[place] for string in strings)
        assert counts.keys() == {"T", "P"} and abs(counts["T"] - 250) < 4 * np.sqrt(125)


def test_embedded_reber_legal_symbols_are_those_that_follow():
    X, y, legal = make_embedded_reber(2000, random_state=0)
    allowed, seen = {}, defaultdict(list)
    for following, permitted in zip(y, legal, strict=True):
        assert permitted.dtype == bool and permitted.shape == (len(following), 7)
        for t, symbol in enumerate(following):
            prefix = "".join(following[:t])
            seen[prefix].append(symbol)
            names = {s for s, is_legal in zip("BEPSTVX", permitted[t], strict=True) if is_legal}
            assert allowed.setdefault(prefix, names) == names
    for prefix, symbols in seen.items():
        assert set(symbols) <= allowed[prefix]
        assert set(symbols) == allowed[prefix] or len(symbols) < 20  # by chance: 1 in 500,000
    assert sum(len(symbols) >= 20 for symbols in seen.values()) > 100


@pytest.mark.parametrize("n_steps", [10, 100, 205])
def test_temporal_order(n_steps):
    X, y = make_temporal_order(1000, n_steps, random_state=0)
    strings = [read(x, "BEXYabcd") for x in X]
    places = np.array([[m.start() for m in re.finditer("[XY]", s)] for s in strings])  # two each
    for string, label in zip(strings, y, strict=True):
        assert re.fullmatch("E[abcdXY]+B", string)
        assert re.sub("[^XY]", "", string) == label
    tenth = n_steps // 10
    assert {len(s) for s in strings} == set(range(n_steps, n_steps + tenth + 1))
    assert set(places[:, 0]) == set(range(tenth, n_steps // 5 + 1))
    assert set(places[:, 1]) == set(range(n_steps // 2, 6 * n_steps // 10 + 1))
    counts = Counter(y.tolist())
    assert counts.keys() == {"XX", "XY", "YX", "YY"}
    assert max(abs(n - 250) for n in counts.values()) < 4 * np.sqrt(1000 * 3 / 16)
    noise = Counter("".join(strings))
    assert min(noise[s] for s in "abcd") > 0.9 * max(noise[s] for s in "abcd")


def test_river_weather():
    precipitation, temperature = make_river_flow(20_000, random_state=0)[0].T
    wet = precipitation > 0
    assert np.mean(wet[1:][wet[:-1]]) == pytest.approx(0.6, abs=0.02)
    assert np.mean(wet[1:][~wet[:-1]]) == pytest.approx(0.3, abs=0.02)
    assert precipitation[wet].mean() == pytest.approx(0.7 * 8, rel=0.05)
    day = (273 + np.arange(20_000)) % 365.25  # since 1 January
    assert temperature[np.abs(day - 19) < 15].mean() == pytest.approx(4 - 11.5, abs=1)
    assert temperature[np.abs(day - 201) < 15].mean() == pytest.approx(4 + 11.5, abs=1)


def test_river_water_is_neither_made_nor_lost():
    X, y, stores = make_river_flow(20_000, random_state=1)
    assert (y > 0).all() and (stores >= 0).all()
    evaporated = X[:, 0].sum() - y.sum() - (stores[-1].sum() - 145)  # 145 mm on the first day
    possible = 0.18 * X[:, 1].clip(0).sum()
    assert 0.3 * possible < evaporated < possible


def test_river_snow_becomes_a_flood():
    X, y, stores = make_river_flow(random_state=2)
    snow = stores[:, 0]
    years = np.arange(25) * 365.25
    april_snow, floods = [], []
    for start in years.astype(int):
        april_snow.append(snow[start + 182])
        floods.append(y[start + 182 : start + 243].sum())
    assert np.corrcoef(april_snow, floods)[0, 1] > 0.8
    assert snow[X[:, 1] > 18].max() == 0
    assert np.corrcoef(X[:, 0], y)[0, 1] < 0.3  # the rain of the same day says little


def equal(first, second):
    """Whether two results are the same, arrays and lists of arrays."""
    return all(
        len(a) == len(b) and all(np.array_equal(p, q) for p, q in zip(a, b, strict=True))
        for a, b in zip(first, second, strict=True)
    )


@pytest.mark.parametrize("make", PROBLEMS)
@pytest.mark.parametrize("kind", [int, np.random.default_rng, np.random.RandomState])
def test_random_state_repeats(make, kind):
    first, again = (make(5, random_state=kind(3)) for _ in range(2))
    assert equal(first, again)
    assert not equal(first, make(5, random_state=kind(4)))


@pytest.mark.parametrize("make", PROBLEMS)
def test_the_global_generator_is_left_alone(make):
    before = np.random.get_state()  # noqa: NPY002
    first, second = make(5), make(5)
    assert_array_equal(before[1], np.random.get_state()[1])  # noqa: NPY002
    assert not equal(first, second)


@pytest.mark.parametrize("make", PROBLEMS)
@pytest.mark.parametrize("n_samples", [0, -1, 2.5, "3", True, None])
def test_number_of_samples(make, n_samples):
    name = "n_days" if make is make_river_flow else "n_samples"
    message = f"{name}={n_samples!r} is not valid; expected an integer >= 1"
    with pytest.raises(ValueError, match=re.escape(message)):
        make(n_samples)


def test_temporal_order_needs_ten_steps():
    with pytest.raises(ValueError, match="n_steps=9 is not valid; expected an integer >= 10"):
        make_temporal_order(3, 9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_steps": 1}, "n_steps=1 is not valid; expected an integer >= 2"),
        ({"n_steps": 2.5}, "n_steps=2.5"),
    ],
)
def test_adding_problem_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_adding_problem(**({"n_samples": 3, "n_steps": 4} | arguments))
