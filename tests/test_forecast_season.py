"""Choice of the season and of logarithms, from dates and from the series."""

import numpy as np
import pandas as pd
import pytest
from automatic_forecasters import AIRLINE, MONTHS, NOISE, RANDOM_WALK, SEASON, quick
from numpy.testing import assert_array_equal

from sklstm._forecasting import season
from sklstm._forecasting.automatic import logarithms, season_length

# Season -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("freq", "lengths"),
    [
        ("YE", ()),
        ("QE", (4,)),
        ("QS-OCT", (4,)),
        ("ME", (12,)),
        ("MS", (12,)),
        ("2ME", (6,)),
        ("W", (52,)),
        ("B", (5,)),
        ("D", (7, 365)),
        ("h", (24, 168)),
        ("30min", (48, 336)),
        ("2h", (12, 84)),
        # The same steps in other words:
        ("7D", (52,)),
        ("28D", (13,)),
        ("168h", (52,)),
        ("24h", (7, 365)),
        ("1440min", (7, 365)),
        (pd.DateOffset(days=1), (7, 365)),
        (pd.DateOffset(weeks=2), (26,)),
        (pd.DateOffset(hours=1), (24, 168)),
        # and steps of which none has a cycle:
        ("2D", ()),
        ("5h", ()),
        ("21D", ()),
        ("52W", ()),
    ],
)
def test_dates_suggest_seasons(freq, lengths):
    index = pd.date_range("2020-01-01", periods=30, freq=freq)
    assert season.lengths_from_index(index) == lengths
    assert season.lengths_from_index(pd.DatetimeIndex(index.to_numpy())) == lengths  # inferred


def test_periods_suggest_seasons_and_numbers_none():
    assert season.lengths_from_index(MONTHS) == (12,)
    assert season.lengths_from_index(pd.RangeIndex(10)) is None
    assert (
        season.lengths_from_index(pd.DatetimeIndex(["2020-01-01", "2020-01-05", "2020-02-01"]))
        is None
    )


@pytest.mark.parametrize("m", [4, 7, 12, 24])
@pytest.mark.parametrize("trend", [0.0, 0.5])
def test_a_season_is_found_without_dates(m, trend):
    pattern = 3 * np.random.default_rng(m).standard_normal(m)
    x = np.resize(pattern, 8 * m) + NOISE[: 8 * m] + trend * np.arange(8 * m)
    assert season_length([x], [None])[0] == m


@pytest.mark.parametrize("x", [NOISE[:150], RANDOM_WALK, np.arange(60.0) ** 2, np.ones(50)])
def test_no_season_is_found_where_there_is_none(x):
    assert season_length([x], [None])[0] == 1


def test_dates_are_tested_too():
    x = pd.Series(NOISE[:120], pd.period_range("2000-01", periods=120, freq="M"))
    model = quick().fit(None, x)
    assert model.season_length_ == 1
    assert "none showed" in model.choices_["season_length"]
    monthly = quick().fit(None, pd.Series(AIRLINE, MONTHS))
    assert monthly.season_length_ == 12
    assert monthly.seasonal_.all()
    assert "of [12] from the index" in monthly.choices_["season_length"]


def test_each_series_has_a_season_or_not():
    with_season = np.resize(5 * SEASON, 80) + NOISE[:80]
    model = quick().fit(None, [with_season, NOISE[100:190], with_season + 3])
    assert model.season_length_ == 4
    assert model.seasonal_.ravel().tolist() == [True, False, True]
    assert_array_equal(model.smoothing_["gamma"][1], 0)


# Logarithms ---------------------------------------------------------------------------------------


def test_growth_in_per_cent_becomes_logarithms():
    growing = np.exp(0.05 * np.arange(100) + 0.1 * NOISE[:100])
    level = np.maximum(4 + NOISE[:100], 0.3)
    with_zero = np.where(np.arange(100) == 5, 0.0, growing)
    model = quick().fit(None, [growing, level, with_zero, -growing])
    assert model.log_.ravel().tolist() == [True, False, False, False]
    assert "1 of 4" in model.choices_["transformer"]
    assert not quick(transformer=None).fit(None, growing).log_.any()
    assert quick(transformer="log").fit(None, level).log_.all()


def test_the_choice_of_logarithms_does_not_depend_on_units():
    x = np.exp(0.3 * RANDOM_WALK)
    flags = np.zeros(1, bool)
    for unit in (1e-6, 1.0, 1e6):
        assert logarithms([unit * x], [unit * x], [np.log(unit * x)], 1, flags).all()


def test_a_value_that_has_no_logarithm_is_refused_later():
    model = quick(transformer="log").fit(None, AIRLINE)
    before = model.forecast(3)
    with pytest.raises(ValueError, match="y contains -5, but all values in fit were positive"):
        model.update([500.0, -5.0])
    assert_array_equal(model.forecast(3), before)
