"""update(..., train=n): the network of a fitted forecaster is trained further."""

import pickle

import numpy as np
import pytest
from interrupts import interrupt
from quick_forecasters import DATED, TOGETHER, Flat, N, Naive, X, Y, check_message
from sklearn.linear_model import Ridge

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster
from sklstm._forecasting.fine_tuning import _recent_examples
from sklstm._forecasting.origin import MAX_RECENT, ForecastOrigin
from sklstm.schedules import Constant, CosineDecay, WarmUp

pytestmark = pytest.mark.filterwarnings("ignore:Training learned nothing")
WINDOWS = []


class Watched(LSTMRegressor):
    def fit(self, X, y, **others):
        WINDOWS.append((np.array(X), np.array(y)))
        return super().fit(X, y, **others)


def network(**params):
    return LSTMRegressor(**{"hidden_size": 3, "max_iter": 4, "random_state": 0} | params)


def small(regressor=None, **params):
    regressor = network() if regressor is None else regressor
    return SequenceForecaster(regressor, **{"calibration_fraction": None} | params)


# The windows of the rows that are kept ------------------------------------------------------------

PARAMETERS = [
    {},
    {"level": "last"},
    {"level": None, "window": 6},
    {"level": None, "window": 5, "differences": (4,)},
    {"differences": 1, "window": 6},
    {"strategy": "direct", "horizon": 3},
    {"strategy": "direct", "horizon": 3, "level": None, "window": 6},
    {"scale": "window"},
    {"season_length": 4},
    {"season_length": 4, "window": 3},
]
SERIES = {
    "one": (None, Y),
    "exogenous": (X, Y),
    "list": (None, [Y, Y[::-1], Y[:30]]),
    "list with exogenous": ([X, X[:40]], [Y, Y[20:]]),
    "together": (X, TOGETHER),
}


def recent(forecaster):
    return _recent_examples(forecaster._model, ForecastOrigin(**forecaster._origin))


def last_windows_of_fit(regressor, params, X, y):
    WINDOWS.clear()
    forecaster = small(regressor, **params).fit(X, y)
    return forecaster, *WINDOWS[0]


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("params", PARAMETERS, ids=str)
def test_windows_of_the_kept_rows_are_those_of_fit(params, series):
    forecaster, windows, targets = last_windows_of_fit(
        Watched(2, max_iter=1), params, *SERIES[series]
    )
    found = recent(forecaster)
    np.testing.assert_allclose(found[0], windows, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found[1], targets, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("params", PARAMETERS, ids=str)
def test_of_a_long_series_the_last_ones(params):
    t = np.arange(900)
    y = 50 + np.resize([3.0, 0, -2, 5], 900) + np.cumsum(np.random.default_rng(0).normal(size=900))
    parameters = {"transformer": None, "season_length": None} | params
    if parameters.get("level", "smoothed") is None or "differences" in params:
        parameters |= {"season_length": "auto"}
    forecaster, windows, targets = last_windows_of_fit(
        Watched(2, max_iter=1), parameters, np.sin(t)[:, np.newaxis], y
    )
    found = recent(forecaster)
    n = len(found[0])
    assert MAX_RECENT - 50 < n <= MAX_RECENT + 50
    np.testing.assert_allclose(found[0], windows[-n:], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found[1], targets[-n:], rtol=1e-9, atol=1e-9)


def test_new_rows_are_among_them():
    forecaster = small(level=None, window=6, scale=False, transformer=None).fit(None, Y[:40])
    forecaster.update(Y[40:], train=1)
    windows, targets = recent(forecaster)
    np.testing.assert_array_equal(targets, Y[6:])
    np.testing.assert_array_equal(windows[-1], Y[-7:-1])


# Training -----------------------------------------------------------------------------------------

FORMS = {
    "one": (None, Y[:40], Y[40:], {}),
    "pandas": (None, DATED[:40], DATED[40:], {}),
    "float32": (None, Y[:40].astype(np.float32), Y[40:].astype(np.float32), {}),
    "exogenous": (X[:40], Y[:40], Y[40:], {"X": X[40:]}),
    "list": (None, [Y[:40], Y[10:35]], [Y[40:], Y[35:]], {}),
    "together": (None, TOGETHER[:40], TOGETHER[40:], {}),
}


def forecast(forecaster, further):
    ahead = X[:4] if "X" in further else None
    return np.ravel(forecaster.forecast(4, ahead))


@pytest.mark.parametrize("params", [{}, {"strategy": "direct", "horizon": 2}, {"combine": True}])
@pytest.mark.parametrize("form", FORMS)
def test_the_network_is_trained_and_nothing_else(form, params):
    exog, y, new, further = FORMS[form]
    plain = small(**params).fit(exog, y).update(new, **further)
    trained = small(**params).fit(exog, y).update(new, **further, train=3)
    assert trained.regressor_.n_iter_ == 4 + 3
    assert len(trained.regressor_.loss_curve_) == 7
    assert not np.allclose(forecast(trained, further), forecast(plain, further), rtol=1e-7)
    assert trained.regressor_.get_params() == plain.regressor_.get_params()
    for name, array in plain.smoothing_.items():
        np.testing.assert_array_equal(trained.smoothing_[name], array)
    if plain.linear_ is not None:
        np.testing.assert_array_equal(trained.linear_.coef_, plain.linear_.coef_)
    again = small(**params).fit(exog, y).update(new, **further, train=3)
    np.testing.assert_array_equal(forecast(again, further), forecast(trained, further))
    saved = pickle.loads(pickle.dumps(trained))
    np.testing.assert_array_equal(forecast(saved, further), forecast(trained, further))


def test_new_series_are_learned_too():
    series = np.concatenate([Y, Y])
    forecaster = small().fit(None, series, series_id=np.repeat(["a", "b"], N))
    n_before = len(recent(forecaster)[0])
    forecaster.update(Y[::-1], series_id=np.repeat("c", N), train=1)
    assert len(recent(forecaster)[0]) == n_before * 3 // 2
    assert set(forecaster.forecast(2)) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("rate", "initial"),
    [(0.02, 0.02), (Constant(0.02), 0.02), (CosineDecay(0.02), 0.02), (WarmUp(0.2), 0.02)],
)
def test_the_rate_is_a_tenth_of_the_initial_one(rate, initial):
    parameters = {"optimizer": "sgd", "max_grad_norm": None, "alpha": 0.0}
    parameters |= {"batch_size": 30, "shuffle": False}
    forecaster = small(network(learning_rate=rate, **parameters)).fit(None, Y[:50])
    expected = pickle.loads(pickle.dumps(forecaster.update(Y[50:]))).regressor_
    windows, targets = recent(forecaster)
    # The same step with a rate that does not change.
    expected.set_params(learning_rate=Constant(initial / 10)).partial_fit(windows, targets)
    other = small(network(learning_rate=rate, **parameters)).fit(None, Y[:50])
    other.update(Y[50:], train=1)
    np.testing.assert_allclose(other.regressor_._params, expected._params, rtol=1e-12)


def test_there_may_be_fewer_windows_than_in_a_batch_of_fit():
    forecaster = small(network(batch_size=40)).fit(None, [Y, Y[::-1]])
    forecaster._origin = forecaster._origin | {
        name: [rows[-20:] for rows in forecaster._origin[name]] for name in ("levels", "covariates")
    }
    forecaster.update([Y[:1], Y[:1]], train=1)
    assert forecaster.regressor_.batch_size == 40


def test_with_early_stopping_all_epochs_are_trained():
    regressor = network(early_stopping=True, validation_fraction=0.2, n_iter_no_change=1)
    forecaster = small(regressor).fit(None, Y[:50])
    n_iter = forecaster.regressor_.n_iter_
    forecaster.update(Y[50:], train=6)
    assert forecaster.regressor_.n_iter_ == n_iter + 6
    assert forecaster.regressor_.early_stopping is True


def test_it_follows_a_change():
    t = np.arange(300)
    y = np.where(t < 200, np.sin(0.4 * t), np.sin(0.4 * t) + 5)
    errors = {}
    for train in (0, 20):
        forecaster = small(network(max_iter=20, hidden_size=8), level=None, window=12)
        forecaster.fit(None, y[:200])
        found = []
        for n in range(200, 300, 20):
            found.append(np.abs(forecaster.forecast(20) - y[n : n + 20]).mean())
            forecaster.update(y[n : n + 20], train=train)
        errors[train] = np.mean(found)
    assert errors[20] < 0.6 * errors[0]


def test_it_is_said_with_verbose(capsys):
    forecaster = small(network(verbose=1)).fit(None, Y[:50])
    capsys.readouterr()
    forecaster.update(Y[50:], train=2)
    epochs = capsys.readouterr().out.splitlines()
    assert [line.split(" (")[0] for line in epochs] == ["[update] epoch 5/6", "[update] epoch 6/6"]
    forecaster.set_params(verbose=1).update(Y[:10], train=2)
    first, *epochs, last = capsys.readouterr().out.splitlines()
    assert first.startswith("[SequenceForecaster] Fitting LSTMRegressor further: 58 windows")
    assert [line.split(" (")[0] for line in epochs] == ["[update] epoch 7/8", "[update] epoch 8/8"]
    assert last.startswith("[SequenceForecaster] Fitted LSTMRegressor further: 58 windows")


# Intervals ----------------------------------------------------------------------------------------


def test_errors_are_those_of_the_network_that_had_not_seen_the_rows():
    parameters = {"calibration_fraction": 0.3, "transformer": None}
    plain = small(**parameters).fit(None, Y[:40]).update(Y[40:])
    trained = small(**parameters).fit(None, Y[:40]).update(Y[40:], train=3)
    widths = [np.subtract(*each.predict_interval(2, coverage=0.6)) for each in (plain, trained)]
    np.testing.assert_allclose(*widths)
    # Rows after it are new ones again.
    n_errors = trained.calibration_errors_.shape[1]
    trained.update(Y[:5], train=0)
    assert trained._origin["n_new"] == [5]
    assert trained.update(Y[5:8], train=1).calibration_errors_.shape[1] > n_errors


def test_it_is_no_calibration():
    trained = small().fit(None, Y[:40]).update(Y[40:], train=1)
    with pytest.raises(ValueError, match="No errors were calibrated"):
        trained.predict_interval(2)


# Votes --------------------------------------------------------------------------------------------


def test_the_networks_of_a_vote_are_trained():
    members = [("a", small()), ("b", SequenceForecaster("smoothing")), ("c", Naive())]
    vote = VotingForecaster(members, calibration_fraction=None).fit(None, Y[:50])
    vote.update(Y[50:], train=2)
    assert vote.named_estimators_["a"].regressor_.n_iter_ == 6
    alone = VotingForecaster(members[1:], calibration_fraction=None).fit(None, Y[:50])
    before = alone.forecast(2)
    with pytest.raises(ValueError, match=r"needs a member with an LSTMRegressor, but \['b', 'c'\]"):
        alone.update(Y[50:], train=2)
    np.testing.assert_array_equal(alone.forecast(2), before)


# Refusals and interrupts --------------------------------------------------------------------------

REFUSED = {
    "Ridge": (lambda: small(Flat()), 2, ["train=2", "Flat", "LSTMRegressor", "train=0"]),
    "Ridge without channels": (lambda: small(Ridge()), 1, ["Ridge()", "fit again"]),
    "smoothing": (lambda: SequenceForecaster("smoothing"), 1, ["smoothing", "LSTMRegressor"]),
    "negative": (small, -1, ["train"]),
    "a fraction": (small, 0.5, ["train"]),
    "text": (small, "yes", ["train"]),
    "a flag": (small, True, ["train"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    make, train, words = REFUSED[case]
    forecaster = make().fit(None, Y[:50])
    before = vars(forecaster).copy()
    with pytest.raises((ValueError, TypeError)) as raised:
        forecaster.update(Y[50:], train=train)
    check_message(raised.value, words)
    assert vars(forecaster) == before


def test_rows_that_are_too_few():
    many = [Y + i for i in range(3)]
    forecaster = small(strategy="direct", horizon=6).fit(None, many)
    forecaster._origin["levels"] = [rows[-3:] for rows in forecaster._origin["levels"]]
    with pytest.raises(ValueError, match="kept of 3 series are too few .* horizon=6"):
        _recent_examples(forecaster._model, ForecastOrigin(**forecaster._origin))


@pytest.mark.filterwarnings("ignore:Training was interrupted")
def test_interrupts_change_nothing_or_all():
    forecaster = small(calibration_fraction=0.3).fit(None, Y[:50])
    done = pickle.loads(pickle.dumps(forecaster)).update(Y[50:], train=2).forecast(3).tolist()
    plain, n_interrupts = forecaster.forecast(3).tolist(), 0
    for at_line in range(1, 100_000, 397):
        other = pickle.loads(pickle.dumps(forecaster))
        before = vars(other).copy()
        if not interrupt(lambda other=other: other.update(Y[50:], train=2), at_line):
            break
        n_interrupts += 1
        if vars(other) == before:
            assert other.forecast(3).tolist() == plain
        else:
            assert other.forecast(3).tolist() == done
    assert n_interrupts > 5


def test_fewer_windows_than_a_batch_are_no_reason_to_warn():
    waves = np.sin(np.arange(700) / 5)
    forecaster = small(network(batch_size=600, max_iter=1)).fit(None, waves)
    forecaster.update(waves[:10], train=1)
    assert forecaster.regressor_.batch_size == 600
