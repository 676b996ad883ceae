"""fit(..., init_model=): training of the network begins with the weights of another forecaster."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from quick_forecasters import DATED, TOGETHER, Flat, N, X, Y, check_message
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster
from sklstm.schedules import Constant, ReduceOnPlateau

pytestmark = pytest.mark.filterwarnings("ignore:Training learned nothing")
STILL = {"learning_rate": Constant(1e-300)}  # weights that do not move
SHORT = Y[:20]


def network(**params):
    return LSTMRegressor(**{"hidden_size": 3, "max_iter": 4, "random_state": 0} | params)


def small(regressor=None, **params):
    regressor = network() if regressor is None else regressor
    return SequenceForecaster(regressor, **{"calibration_fraction": None} | params)


def same_weights(one, other):
    theirs = other.regressor_.weights_
    pairs = [(array, theirs[name]) for name, array in one.regressor_.weights_.items()]
    return all(np.allclose(array, array_too, rtol=1e-6) for array, array_too in pairs)


FORMS = {
    "one": (Y, SHORT, {}),
    "list": ([Y, Y[::-1]], [SHORT, Y[30:55]], {}),
    "of a list for one": ([Y, Y[::-1]], SHORT, {}),
    "together": (TOGETHER, TOGETHER[:25], {}),
    "pandas": (DATED, DATED[:24], {}),
    "float32 after float64": (Y, SHORT.astype(np.float32), {}),
    "float64 after float32": (Y.astype(np.float32), SHORT, {}),
    "constant level": (Y, Y[:30], {"level": None, "window": 8}),
    "differences": (Y, Y[:30], {"differences": 1, "window": 8}),
    "last, direct": (Y, Y[:30], {"level": "last", "strategy": "direct", "horizon": 3}),
    "window": (Y, SHORT, {"scale": "window"}),
    "combined": (Y, SHORT, {"combine": True}),
}


@pytest.mark.parametrize("form", FORMS)
def test_training_begins_with_these_weights(form):
    y, short, params = FORMS[form]
    pretrained = small(**params).fit(None, y)
    still = clone(pretrained).set_params(regressor=network(**STILL))
    still.fit(None, short, init_model=pretrained)
    assert same_weights(still, pretrained)
    trained = small(**params).fit(None, short, init_model=pretrained)
    assert not same_weights(trained, pretrained)
    assert trained.regressor_.n_iter_ == len(trained.regressor_.loss_curve_) == 4
    assert trained.regressor_.warm_start is False
    alone = small(**params).fit(None, short)
    assert not np.allclose(np.ravel(alone.forecast(3)), np.ravel(trained.forecast(3)))
    forecast = np.asarray(
        trained.forecast(3)[0] if isinstance(short, list) else trained.forecast(3)
    )
    if "float" in form:
        assert forecast.dtype == short.dtype


@pytest.mark.parametrize("params", [{}, {"level": None, "window": 8}])
def test_with_exogenous_variables(params):
    pretrained = small(**params).fit(X, Y)
    still = small(network(**STILL), **params).fit(X[:30], Y[:30], init_model=pretrained)
    assert same_weights(still, pretrained)


def test_the_schedule_the_optimizer_and_the_random_numbers_are_new():
    """A schedule that was at its end begins again: weights move as far as in a new training."""
    pretrained = small(network(learning_rate=1e-3, max_iter=30)).fit(None, Y)
    again = small(network(learning_rate=1e-3, max_iter=30)).fit(None, SHORT, init_model=pretrained)
    one_epoch = small(network(learning_rate=1e-3, max_iter=1)).fit(
        None, SHORT, init_model=pretrained
    )
    moved = [
        np.abs(each.regressor_._params - pretrained.regressor_._params).max()
        for each in (one_epoch, again)
    ]
    assert 1e-4 < moved[0] < moved[1]
    same = small(network(learning_rate=1e-3, max_iter=30)).fit(None, SHORT, init_model=pretrained)
    np.testing.assert_array_equal(same.forecast(5), again.forecast(5))
    other_seed = network(learning_rate=1e-3, max_iter=30, random_state=1)
    other = small(other_seed).fit(None, SHORT, init_model=pretrained)
    assert not np.array_equal(other.forecast(5), again.forecast(5))


def test_a_schedule_with_a_memory_begins_again():
    reduced = ReduceOnPlateau(1e-2, factor=0.1, patience=0, tol=100.0, min_rate=0.0)
    pretrained = small(network(learning_rate=reduced, max_iter=10)).fit(None, Y)
    assert pretrained.regressor_._schedule_state["rate"] < 1e-8
    again = small(network(learning_rate=reduced, max_iter=1)).fit(
        None, SHORT, init_model=pretrained
    )
    assert np.abs(again.regressor_._params - pretrained.regressor_._params).max() > 1e-3


def test_the_other_forecaster_does_not_change():
    pretrained = small().fit(None, Y)
    before = pickle.dumps(pretrained)
    small(calibration_fraction=0.3).fit(None, SHORT, init_model=pretrained)
    assert pickle.dumps(pretrained) == before


def test_a_forecaster_may_begin_with_its_own_weights():
    own = small().fit(None, Y)
    expected = small().fit(None, SHORT, init_model=own).forecast(5)
    np.testing.assert_array_equal(own.fit(None, SHORT, init_model=own).forecast(5), expected)


def test_both_networks_begin_with_these_weights():
    pretrained = small().fit(None, Y)
    seen = []

    class Watched(LSTMRegressor):
        def fit(self, X, y, sample_weight=None, **others):
            seen.append(self.weights_["head_bias"].copy())
            return super().fit(X, y, sample_weight, **others)

    watched = Watched(3, max_iter=2)
    small(watched, calibration_fraction=0.3).fit(None, Y[:30], init_model=pretrained)
    expected = pretrained.regressor_.weights_["head_bias"]
    np.testing.assert_array_equal(seen, [expected, expected])


# Parameters that are "auto" -----------------------------------------------------------------------


def test_effects_of_flags_are_kept():
    flags = np.resize([0.0, 0.0, 0.0, 1.0], (len(Y), 1))
    pretrained = small(combine=True).fit(flags, Y)
    found = small().fit(flags[: len(SHORT)], SHORT, init_model=pretrained)
    assert pretrained._combination["effects"] is not None
    assert found._combination["effects"] is pretrained._combination["effects"]


def test_auto_means_its_values():
    parameters = {"window": 7, "level": "last", "scale": "window", "combine": True}
    pretrained = small(**parameters, strategy="direct", horizon=3, season_length=12).fit(None, Y)
    found = small(strategy="direct").fit(None, SHORT, init_model=pretrained)
    for name in ("window", "horizon", "level", "scale", "combine"):
        assert getattr(found, f"{name}_") == getattr(pretrained, f"{name}_")
        assert found.choices_[name].endswith("that of init_model")
    assert found.season_length_ == 1  # too short for the season
    assert "no series shows that of init_model, 12" in found.choices_["season_length"]
    assert found.linear_ is pretrained.linear_
    wave = 50 + 5 * np.sin(np.arange(N) * np.pi / 6) + 0.1 * X[:, 0]
    long = small(strategy="direct").fit(None, wave, init_model=pretrained)
    assert long.season_length_ == 12


def test_logarithms_are_those_of_most_of_its_series():
    wave = np.exp(np.sin(np.arange(40)))
    logarithms = small(transformer="log").fit(None, [wave, wave[::-1]])
    plain = small(transformer=None).fit(None, [wave, wave[::-1]])
    assert small().fit(None, wave[:20], init_model=logarithms).log_.all()
    assert not small().fit(None, wave[:20] - 9, init_model=logarithms).log_.any()
    assert not small().fit(None, wave[:20], init_model=plain).log_.any()


def test_regressor_none_is_its_network():
    regressor = network(cell="gru", early_stopping=True, validation_fraction=0.2)
    pretrained = small(regressor).fit(None, Y)
    found = SequenceForecaster(random_state=3, calibration_fraction=None)
    found.fit(None, SHORT, init_model=pretrained)
    parameters = found.regressor_.get_params()
    assert (parameters["cell"], parameters["hidden_size"]) == ("gru", 3)
    assert (parameters["early_stopping"], parameters["random_state"]) == (False, 3)
    assert (parameters["max_iter"], parameters["learning_rate"]) == (20, pytest.approx(0.001))
    assert not found.combine_
    assert len(SHORT) - found.window_ < 14  # so few that without it smoothing forecasts
    assert isinstance(found.regressor_, LSTMRegressor)


def test_the_default_forecaster_is_pretrained():
    pretrained = SequenceForecaster(random_state=0, calibration_fraction=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pretrained.fit(None, [Y, Y[::-1]])
        found = SequenceForecaster(random_state=0).fit(None, SHORT, init_model=pretrained)
    assert found.combine_
    assert found.calibration_errors_ is not None
    assert found.regressor_.hidden_size == pretrained.regressor_.hidden_size
    assert np.isfinite(found.forecast(9)).all()


def test_counts():
    """A loss of counts has other targets, those of the loss of the network."""
    counts = np.random.default_rng(0).poisson(5, 60).astype(float)
    pretrained = small(network(loss="poisson")).fit(None, counts)
    for regressor in (None, network(loss="poisson")):
        found = SequenceForecaster(regressor, calibration_fraction=None)
        found.fit(None, counts[:40], init_model=pretrained)
        assert (found.forecast(5) >= 0).all()


# Searches, votes, saving --------------------------------------------------------------------------


@pytest.mark.parametrize("routing", [False, True])
def test_in_a_search(routing):
    pretrained = small().fit(None, Y)
    forecaster = small()
    with sklearn.config_context(enable_metadata_routing=routing):
        if routing:
            forecaster.set_fit_request(init_model=True)
        search = GridSearchCV(
            forecaster, {"regressor__learning_rate": [1e-3]}, cv=TimeSeriesSplit(2)
        )
        search.fit(np.empty((N, 0)), Y, init_model=pretrained)
    assert search.best_estimator_.choices_["window"].endswith("that of init_model")


def test_a_vote():
    members = [("a", small(network(**STILL))), ("b", SequenceForecaster("smoothing"))]
    vote = VotingForecaster(members, calibration_fraction=0.3)
    pretrained = clone(vote).set_params(a__regressor=network()).fit(None, [Y, Y[::-1]])
    found = vote.fit(None, Y[:30], init_model=pretrained)
    a, a_too = found.named_estimators_["a"], pretrained.named_estimators_["a"]
    assert same_weights(a, a_too)
    assert found.calibration_errors_ is not None
    saved = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(saved.forecast(4), found.forecast(4))


REFUSED_BY_VOTES = {
    "other members": (lambda: VotingForecaster([("c", small())]).fit(None, Y), ["['c']", "['a']"]),
    "no vote": (lambda: small().fit(None, Y), ["VotingForecaster", "['a']"]),
    "not fitted": (lambda: VotingForecaster([("a", small())]), ["fitted VotingForecaster"]),
}


@pytest.mark.parametrize("case", REFUSED_BY_VOTES)
def test_refused_by_a_vote(case):
    make, words = REFUSED_BY_VOTES[case]
    vote = VotingForecaster([("a", small())])
    with pytest.raises(ValueError) as raised:
        vote.fit(None, Y, init_model=make())
    check_message(raised.value, words)


def test_a_vote_without_networks():
    vote = VotingForecaster([("a", SequenceForecaster("smoothing"))]).fit(None, Y)
    with pytest.raises(ValueError, match="fit of no member uses it"):
        clone(vote).fit(None, Y, init_model=vote)


# Refusals -----------------------------------------------------------------------------------------

PRETRAINED = small(window=6).fit(None, Y)
OTHER = {
    "window": ({"window": 7}, ["window=6", "window=7"]),
    "horizon": ({"strategy": "direct", "horizon": 3}, ["horizon=1", "horizon=3"]),
    "level": ({"level": "last"}, ["level='smoothed'", "level='last'"]),
    "scale": ({"scale": "window"}, ["scale='common'", "scale='window'"]),
    "differences": ({"level": "smoothed", "differences": 1}, ["differences=()", "(1,)"]),
    "hidden_size": ({"regressor": network(hidden_size=5)}, ["hidden_size=3", "hidden_size=5"]),
    "layers": ({"regressor": network(num_layers=2)}, ["num_layers=1", "num_layers=2"]),
    "cell": ({"regressor": network(cell="gru")}, ["LSTM()", "GRU()", "regressor=None"]),
    "pooling": ({"regressor": network(pooling="max")}, ["pooling=last", "pooling=max"]),
    "loss": ({"regressor": network(loss="huber")}, ["SquaredError()", "Huber("]),
    "Ridge": ({"regressor": Ridge()}, ["regressor=Ridge()", "LSTMRegressor"]),
    "smoothing": ({"regressor": "smoothing"}, ["regressor='smoothing'", "LSTMRegressor"]),
}


@pytest.mark.parametrize("case", OTHER)
def test_other_windows_and_networks_are_refused(case):
    params, words = OTHER[case]
    forecaster = small().set_params(**params)
    with pytest.raises(ValueError) as raised:
        forecaster.fit(None, Y, init_model=PRETRAINED)
    check_message(raised.value, ["init_model", *words])
    assert set(vars(forecaster)) == set(vars(clone(forecaster)))


OTHER_DATA = {
    "columns": ((None, TOGETHER), ["1 series observed together", "2"]),
    "exogenous": ((X, Y), ["0 exogenous variables", "2"]),
    "too short": ((None, Y[:2]), ["2 time point"]),
}


@pytest.mark.parametrize("case", OTHER_DATA)
def test_other_data_are_refused(case):
    data, words = OTHER_DATA[case]
    with pytest.raises(ValueError) as raised:
        small().fit(*data, init_model=PRETRAINED)
    check_message(raised.value, words)


def test_static_features_are_channels():
    with pytest.raises(ValueError, match="0 static features, but here are 1"):
        small().fit(None, [Y, Y], static=[[1.0], [2.0]], init_model=PRETRAINED)


NO_NETWORK = {
    "smoothing": (lambda: SequenceForecaster("smoothing").fit(None, Y), "those of smoothing"),
    "too short": (lambda: SequenceForecaster().fit(None, Y[:8]), "enough rows to train it"),
    "Ridge": (lambda: small(Flat()).fit(None, Y), "Flat"),
}


@pytest.mark.parametrize("case", NO_NETWORK)
def test_models_without_a_network_are_refused(case):
    make, match = NO_NETWORK[case]
    with pytest.raises(ValueError, match=match):
        small().fit(None, Y, init_model=make())


@pytest.mark.parametrize("what", ["model.pkl", 3, LSTMRegressor(), SequenceForecaster])
def test_what_is_no_forecaster_is_refused(what):
    with pytest.raises(TypeError, match=r"init_model=.* is not valid; expected a fitted"):
        small().fit(None, Y, init_model=what)


def test_not_fitted():
    with pytest.raises(NotFittedError):
        small().fit(None, Y, init_model=small())


def test_an_index_of_another_frequency_is_no_matter():
    days = pd.Series(Y[:30], pd.date_range("2024-01-01", periods=30, freq="D"))
    assert len(small().fit(None, days, init_model=small().fit(None, DATED)).forecast(3)) == 3
