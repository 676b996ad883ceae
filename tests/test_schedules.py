"""Learning rates over the epochs."""

import json
import math

import numpy as np
import pytest

from sklstm.core.schedules import (
    SCHEDULES,
    Constant,
    Cooldown,
    CosineDecay,
    ExponentialDecay,
    ReduceOnPlateau,
    Schedule,
    WarmUp,
    resolve_schedule,
)


def rates(schedule, epochs, max_epochs=10):
    state = schedule.init()
    return [schedule.rate(epoch, max_epochs, state) for epoch in epochs]


@pytest.mark.parametrize(
    ("schedule", "epochs", "expected"),
    [
        (Constant(0.3), [0, 0.5, 99], [0.3, 0.3, 0.3]),
        (Cooldown(0.4), [0, 7.5, 8.75, 10, 99], [0.4, 0.4, 0.2, 0.0, 0.0]),
        (Cooldown(0.4, share=1.0), [0, 5, 10], [0.4, 0.2, 0.0]),
        (ExponentialDecay(0.1, 0.5), [0, 1, 1.5, 3], [0.1, 0.05, 0.1 * 0.5**1.5, 0.0125]),
        (CosineDecay(0.4), [0, 2.5, 5, 10], [0.4, 0.2 * (1 + math.sqrt(0.5)), 0.2, 0.0]),
        (CosineDecay(0.4, 0.2), [0, 5, 10, 12], [0.4, 0.3, 0.2, 0.2]),
        (WarmUp(0.2, n_epochs=4), [0, 2, 4, 8], [0.02, 0.11, 0.2, 0.16]),
        (WarmUp(ExponentialDecay(1.0, 0.5), 2), [0, 1, 2, 3], [0.1, 0.275, 0.25, 0.125]),
        (WarmUp("cosine", 5), [0, 5], [1e-3, 5e-3]),
    ],
)
def test_rates(schedule, epochs, expected):
    np.testing.assert_allclose(rates(schedule, epochs), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_has_working_defaults_and_a_plain_state(name):
    schedule = resolve_schedule(name)
    assert isinstance(schedule, Schedule)
    state = schedule.init()
    for epoch in range(20):
        rate = schedule.rate(epoch + 0.5, 20, state)
        assert type(rate) is float
        assert 0 < rate <= 0.01
        schedule.observe(1.0, state)
    assert {type(value) for value in state.values()} <= {int, float}
    json.dumps(state)


def run_plateau(schedule, losses):
    state, found = schedule.init(), []
    for loss in losses:
        schedule.observe(loss, state)
        found.append(schedule.rate(0, 10, state))
    return found


@pytest.mark.parametrize(
    ("params", "losses", "expected"),
    [
        # the rate is reduced after more than `patience` epochs without improvement
        ({"patience": 1}, [3, 2, 2, 2, 2, 2], [1, 1, 1, 0.5, 0.5, 0.25]),
        ({"patience": 0}, [3, 3, 2, 2], [1, 0.5, 0.5, 0.25]),
        # an improvement starts the count anew
        ({"patience": 1}, [3, 3, 2, 2, 1, 1], [1, 1, 1, 1, 1, 1]),
        # one within tol is none
        ({"patience": 0, "tol": 0.5}, [3, 2.6, 2.4], [1, 0.5, 0.5]),
        # small steps add up
        ({"patience": 1, "tol": 0.5}, [3, 2.6, 2.4, 2.0], [1, 1, 1, 1]),
        ({"patience": 0, "min_rate": 0.3}, [3, 3, 3, 3], [1, 0.5, 0.3, 0.3]),
        ({"patience": 0, "factor": 0.1}, [3, math.nan, 3], [1, 0.1, 0.01]),
        # a rate that begins below the minimum does not rise
        ({"patience": 0, "min_rate": 2.0}, [3, 3, 3], [1, 1, 1]),
    ],
)
def test_reduce_on_plateau(params, losses, expected):
    np.testing.assert_allclose(run_plateau(ReduceOnPlateau(1.0, **params), losses), expected)


def test_warm_up_passes_the_loss_on():
    schedule = WarmUp(ReduceOnPlateau(1.0, patience=0), n_epochs=1)
    state = schedule.init()
    schedule.observe(3.0, state)
    schedule.observe(3.0, state)
    assert schedule.rate(2, 10, state) == 0.5


def test_rate_does_not_change_the_state():
    schedule = ReduceOnPlateau()
    state = schedule.init()
    before = dict(state)
    schedule.rate(3, 10, state)
    assert state == before


def test_resolve_schedule():
    cosine = CosineDecay()
    assert resolve_schedule(cosine) is cosine
    assert repr(resolve_schedule(np.float32(0.5))) == "Cooldown(initial=0.5)"
    assert resolve_schedule(1).rate(0, 10, {}) == 1.0


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (0, ValueError, r"learning_rate must be in \(0, inf\); got 0"),
        (-0.1, ValueError, "learning_rate must be in"),
        (math.nan, ValueError, "learning_rate must be in"),
        (math.inf, ValueError, "learning_rate must be in"),
        ("cosin", ValueError, "'cosin' is not a valid learning_rate; did you mean 'cosine'"),
        (CosineDecay, TypeError, r"got the class CosineDecay: use CosineDecay\(\)"),
        (None, TypeError, "learning_rate must be a number"),
        (True, TypeError, "learning_rate must be a number"),
    ],
)
def test_resolve_schedule_says_what_is_wrong(value, error, message):
    with pytest.raises(error, match=message):
        resolve_schedule(value)


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (Constant(0), "value must be"),
        (Cooldown(0), "initial must be"),
        (Cooldown(share=0), "share must be"),
        (ExponentialDecay(initial=0), "initial must be"),
        (ExponentialDecay(decay=1.1), "decay must be"),
        (CosineDecay(initial=-1), "initial must be"),
        (CosineDecay(final=-1), "final must be"),
        (WarmUp(n_epochs=0), "n_epochs must be"),
        (WarmUp(-1.0), "learning_rate must be"),
        (ReduceOnPlateau(initial=0), "initial must be"),
        (ReduceOnPlateau(factor=1), "factor must be"),
        (ReduceOnPlateau(patience=-1), "patience must be"),
        (ReduceOnPlateau(tol=-1), "tol must be"),
        (ReduceOnPlateau(min_rate=-1), "min_rate must be"),
    ],
)
def test_bad_hyper_parameters(schedule, message):
    with pytest.raises(ValueError, match=message):
        rates(schedule, [0])
