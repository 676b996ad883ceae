"""Exponential smoothing against its equations; the choice of parameters; smoothing alone."""

import numpy as np
import pytest
from automatic_forecasters import AIRLINE, NOISE, RANDOM_WALK, SEASON, forecaster, slow_smoothing
from numpy.testing import assert_allclose, assert_array_equal

from sklstm._forecasting.first_states import first_season
from sklstm._forecasting.smoothing import (
    Smoother,
    SmoothingParameters,
    choose_parameters,
)


def rates(alpha, gamma, n=1, beta=0.0, phi=1.0, share=0.5, linear=False):
    numbers = alpha, gamma, beta, phi, share, linear, np.inf
    return SmoothingParameters(*(np.full(n, number) for number in numbers))


TREND_KINDS = {  # of trends
    "half": {},
    "all": {"share": 1.0},
    "none": {"share": 0.0},
    "damped": {"beta": 0.2, "phi": 0.9},
    "not damped": {"beta": 0.2},
    "linear": {"share": 1.0, "linear": True},
}


@pytest.mark.parametrize("kind", TREND_KINDS)
@pytest.mark.parametrize("alpha", [0.3, 1.0])
@pytest.mark.parametrize("gamma", [0.0, 0.2])
@pytest.mark.parametrize("first", [np.zeros(1), SEASON / 10])
@pytest.mark.parametrize("sign", [1, -1])
def test_smoothing_is_its_equations(alpha, gamma, first, kind, sign):
    gamma = gamma if len(first) > 1 else 0.0
    x = sign * (0.05 * np.arange(50) + 0.1 * RANDOM_WALK[:50]) + np.resize(first, 50)
    y = np.where(np.arange(50) < 30, x[::-1], np.nan)  # a shorter one beside it
    levels, seasons, trends = slow_smoothing(x, alpha, gamma, first, **TREND_KINDS[kind])
    values, start = np.column_stack([x, y]), np.column_stack([first, first])
    level, both = values[0] - start[0], rates(alpha, gamma, 2, **TREND_KINDS[kind])
    parts = Smoother(both, len(first)).smooth(values, start, level)
    assert_allclose(parts.level[:, 0], levels, rtol=1e-12, atol=1e-12)
    assert_allclose(parts.season[:, 0], seasons, rtol=1e-12, atol=1e-15)
    assert_allclose(parts.drift[:, 0], trends, rtol=1e-12, atol=1e-14)
    assert_allclose(parts.adjusted[:, 0], x - seasons, rtol=1e-12, atol=1e-12)
    levels, _, trends = slow_smoothing(y[:30], alpha, gamma, first, **TREND_KINDS[kind])
    assert_allclose(parts.level[29, 1], levels[-1], rtol=1e-12)
    assert_allclose(parts.drift[29, 1], trends[-1], rtol=1e-12)
    assert [parts.select(i, n).n_observed for i, n in enumerate([50, 30])] == [50, 30]


@pytest.mark.parametrize("kind", TREND_KINDS)
@pytest.mark.parametrize("sign", [1, -1])
def test_smoothing_forecasts_along_its_trend_and_the_last_season(kind, sign):
    x = sign * (0.1 * np.arange(40) + 0.1 * RANDOM_WALK[:40]) + np.resize(SEASON, 40)
    options = TREND_KINDS[kind]
    levels, seasons, trends = slow_smoothing(x, 0.4, 0.3, SEASON, **options)
    steps = np.cumsum(options.get("phi", 1.0) ** np.arange(1, 7)) * trends[-1]
    if options.get("linear") and sign > 0:
        steps = np.log(1 + steps)
    smoother = Smoother(rates(0.4, 0.3, **options), 4)
    parts = smoother.smooth(x[:, np.newaxis], SEASON[:, np.newaxis], x[:1] - SEASON[0])
    ahead = smoother.forecast(parts, 40, 6)
    assert_allclose(ahead[:, 0], levels[-1] + steps + np.resize(seasons[-4:], 6), rtol=1e-12)


@pytest.mark.parametrize("strategy", ["direct", "recursive"])
def test_smoothing_alone_is_its_equations(strategy):
    x = 10 + 0.1 * np.arange(60) + 0.1 * RANDOM_WALK[:60]
    model = forecaster(
        "smoothing", strategy=strategy, season_length=None, trend="theta", transformer=None
    )
    forecast = model.fit(None, x).forecast(4)
    share, alpha = (model._decomposition[name].item() for name in ("share", "alpha"))
    levels, _, trends = slow_smoothing(x, alpha, 0.0, [0.0], share=share)
    assert_allclose(forecast, levels[-1] + trends[-1] * np.arange(1, 5))
    assert share in (0.5, 1.0) and model.combine_ is False


def test_logarithms_are_extrapolated_linearly_only_with_theta():
    x = 100 + 5.0 * np.arange(60)
    for trend, rises in [("theta", False), ("drift", True)]:
        model = forecaster("smoothing", trend=trend, transformer="log")
        steps = np.diff(model.fit(None, x).forecast(30))
        assert (np.diff(steps) > 1e-9).all() == rises
        assert steps[0] > 0


def test_smoothing_alone_in_every_form():
    x = np.column_stack([AIRLINE, AIRLINE[::-1]])
    of_both = forecaster("smoothing").fit(None, x).forecast(5)
    listed = forecaster("smoothing").fit(None, [AIRLINE, AIRLINE[::-1]]).forecast(5)
    assert_allclose(of_both, np.column_stack(listed))
    with pytest.warns(UserWarning, match="X has no effect"):
        forecaster("smoothing").fit(np.ones((144, 1)), AIRLINE)
    with pytest.raises(ValueError, match="level='smoothed'"):
        forecaster("smoothing", level=None).fit(None, AIRLINE)
    with pytest.raises(ValueError, match="'smoothing'"):
        forecaster("smooth").fit(None, AIRLINE)


@pytest.mark.parametrize("row", [30, 39])
def test_an_outlier_counts_up_to_a_limit(row):
    x = np.where(np.arange(40) == row, 1e6, NOISE[:40])
    assert np.abs(forecaster(random_state=0).fit(None, x).forecast(5)).max() < 5


def test_smoothing_in_two_parts_is_smoothing_at_once():
    x = (RANDOM_WALK[:60] + np.resize(SEASON, 60))[:, np.newaxis]
    smoother = Smoother(rates(0.4, 0.3), 4)
    whole = smoother.smooth(x, SEASON[:, np.newaxis], x[0])
    head = smoother.smooth(x[:41], SEASON[:, np.newaxis], x[0]).rows_before(41, 10)
    both = smoother.extended(head, x[41:])
    for name in ("adjusted", "season", "level", "drift"):
        assert_array_equal(vars(both)[name][10:], vars(whole)[name][41:])
    again = smoother.forecast(both, 29, 9)
    assert_array_equal(again, smoother.forecast(whole, 60, 9))


@pytest.mark.parametrize("kind", TREND_KINDS)
@pytest.mark.parametrize(("alpha", "gamma"), [(0.3, 0.0), (0.3, 0.2), (0.0, 0.0), (1.0, 0.0)])
def test_steps_that_are_left_out_change_nothing(alpha, gamma, kind):
    """Beside a series that needs all steps none is left out."""
    n, start = 40, np.tile(SEASON[:, np.newaxis], 2)
    values = np.column_stack([RANDOM_WALK[:n] + np.resize(SEASON, n), 1 + 0.1 * np.arange(n)])
    one = vars(rates(alpha, gamma, **TREND_KINDS[kind]))
    other = vars(rates(0.5, 0.1, beta=0.3, phi=0.9, share=1.0, linear=True))
    both = SmoothingParameters(**{name: np.append(one[name], other[name]) for name in one})
    level = values[0] - start[0]
    alone, side_by_side = Smoother(SmoothingParameters(**one), 4), Smoother(both, 4)
    parts = alone.smooth(values[:, :1], start[:, :1], level[:1])
    all_parts = side_by_side.smooth(values, start, level)
    # The last value is the level plus an error that is rounded.
    rounding = {"rtol": 1e-13, "atol": 1e-14} if alpha == 1 else {"rtol": 0, "atol": 0}
    for name in ("adjusted", "season", "level", "drift"):
        assert_allclose(vars(parts)[name][:, 0], vars(all_parts)[name][:, 0], **rounding)
    forecasts = alone.forecast(parts, n, 9), side_by_side.forecast(all_parts, n, 9)
    assert_allclose(forecasts[0][:, 0], forecasts[1][:, 0], **rounding)


def test_the_choice_is_the_smallest_error_up_to_four_steps_ahead():
    x = RANDOM_WALK[:80]
    candidates = [(a, 0.0, 0.0, 1.0, share) for a in (0.1, 0.5, 1.0) for share in (0.0, 0.5, 1.0)]
    errors = []
    for alpha, _, _, _, share in candidates:
        levels, _, trends = slow_smoothing(x, alpha, 0.0, np.zeros(1), share=share)
        ahead = [np.abs(x[j:] - levels[:-j] - j * trends[:-j]) for j in (1, 2, 3, 4)]
        errors.append(np.concatenate(ahead).mean())
    chosen, error = choose_parameters(
        x[:, np.newaxis], np.zeros((1, 1)), np.zeros(1, bool), candidates
    )
    assert_allclose(error, min(errors))
    best = candidates[int(np.argmin(errors))]
    assert (chosen.alpha, chosen.share) == (best[0], best[4])


def test_the_error_of_a_choice_is_the_mean_over_known_values():
    x = np.where(np.isin(np.arange(40), [5, 6, 20]), np.nan, RANDOM_WALK[:40])
    constant = [(0.0, 0.0, 0.0, 1.0, 0.0)]
    _, error = choose_parameters(x[:, np.newaxis], np.zeros((1, 1)), np.zeros(1, bool), constant)
    assert_allclose(error, np.nanmean(np.concatenate([np.abs(x[j:] - x[0]) for j in (1, 2, 3, 4)])))


def test_the_limit_of_errors_is_that_of_changes_without_their_season():
    season = 100 * SEASON[:, np.newaxis]
    walk = RANDOM_WALK[:40, np.newaxis]
    rest = [np.ones(1, bool), [(0.3, 0.0, 0.0, 1.0, 0.0)]]
    chosen, _ = choose_parameters(walk + np.resize(season, walk.shape), season, *rest)
    without, _ = choose_parameters(walk, 0 * season, *rest)
    assert_allclose(chosen.limit, without.limit)
    assert_allclose(without.limit, 10 * np.quantile(np.abs(np.diff(walk[:, 0])), 0.9))


@pytest.mark.parametrize("kind", TREND_KINDS)
def test_a_missing_value_leaves_level_and_season_as_they_are(kind):
    x = np.resize(SEASON, 40) + RANDOM_WALK[:40]
    x[20] = np.nan
    start = SEASON[:, np.newaxis]
    parts = Smoother(rates(0.4, 0.3, **TREND_KINDS[kind]), 4).smooth(
        x[:, np.newaxis], start, x[:1] - start[0]
    )
    assert np.isfinite(parts.level).all() and np.isfinite(parts.season).all()
    assert parts.season[20] == parts.season[16]
    if "beta" not in TREND_KINDS[kind]:  # then the level moves on by the trend
        assert parts.level[20] == parts.level[19]


def test_the_level_of_a_series_too_short_for_an_error_is_its_value():
    x = np.column_stack([RANDOM_WALK[:10], np.where(np.arange(10) < 1, 5.0, np.nan)])
    candidates = [(0.5, 0.0, 0.0, 0.9, 1.0)]
    chosen, error = choose_parameters(x, np.zeros((1, 2)), np.zeros(2, bool), candidates)
    assert np.isnan(error).tolist() == [False, True]
    assert [part[1] for part in vars(chosen).values()][:5] == [1.0, 0.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize("step", [0, 3, 6])
def test_a_step_of_the_season_that_is_never_known_is_between_its_neighbours(step):
    """Also the first and the last one, as the season is a cycle."""
    m = 7
    x = np.tile(np.arange(m) ** 2.0, 4)
    x[step::m] = np.nan
    season = first_season(x, m)
    assert_allclose(season[step], (season[step - 1] + season[(step + 1) % m]) / 2, atol=1e-12)


@pytest.mark.parametrize("m", [4, 5])
def test_the_first_season_is_that_of_the_first_cycles_without_their_trend(m):
    pattern = np.arange(m) - (m - 1) / 2
    x = 0.7 * np.arange(8 * m) + np.resize(pattern, 8 * m)
    x[5 * m :] += 100  # later rows do not count
    assert_allclose(first_season(x, m), pattern, atol=1e-12)
