"""Sample weights of a forecaster: each row has one, and a window that of its target rows."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from quick_forecasters import DATED, IDS, TOGETHER, Flat, N, Naive, X, Y, check_message, one
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster

rng = np.random.default_rng(1)
WEIGHTS = rng.uniform(0.5, 2, N)
HOLES = np.where(np.arange(N) % 5 == 0, 0, WEIGHTS)
ROWS = np.arange(float(N))
FITS = []  # what Recorder.fit was given


class Recorder(Flat):
    """Keeps the targets and weights of its fit."""

    def fit(self, X, y, sample_weight=None):
        FITS.append((np.array(X), np.array(y), sample_weight))
        super(Flat, self).fit(X.reshape(len(X), -1), y, sample_weight)
        return self


@pytest.fixture(autouse=True)
def _nothing_recorded():
    FITS.clear()


def plain(regressor=None, **params):
    """A forecaster whose targets are the values themselves."""
    defaults = {"level": None, "scale": False, "transformer": None, "window": 6}
    return one(Recorder() if regressor is None else regressor, **defaults | params)


def of_mean_1(weights):
    return weights / weights.mean()


FORMS = {
    "one": (ROWS, None, WEIGHTS),
    "one with holes": (ROWS, None, HOLES),
    "whole numbers": (ROWS, None, np.arange(N)),
    "a list of numbers": (ROWS, None, WEIGHTS.tolist()),
    "two columns": (np.column_stack([ROWS, ROWS]), None, HOLES),
    "float32": (ROWS.astype(np.float32), None, HOLES),
    "pandas": (pd.Series(ROWS, DATED.index), None, pd.Series(HOLES, DATED.index)),
    "list": ([ROWS[:20], ROWS[20:]], None, [HOLES[:20], HOLES[20:]]),
    "ids": (ROWS, IDS, WEIGHTS),
    "ids that alternate": (ROWS, np.resize(["a", "b"], N), HOLES),
}


@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize("form", FORMS)
def test_the_weight_of_a_window_is_the_mean_of_those_of_its_targets(form, horizon):
    y, ids, weights = FORMS[form]
    strategy = "recursive" if horizon == 1 else "direct"
    forecaster = plain(strategy=strategy, horizon=horizon)
    forecaster.fit(None, y, series_id=ids, sample_weight=weights)
    ((windows, targets, given),) = FITS
    by_row = np.concatenate([np.asarray(w) for w in weights]) if form == "list" else weights
    width = 2 if form == "two columns" else 1
    rows = targets.reshape(len(targets), horizon, width)[..., 0].round().astype(int)
    means = np.asarray(by_row, float)[rows].mean(axis=1)
    np.testing.assert_allclose(given, means / means.mean())
    assert (given > 0).all()
    # Every window of a weight is there, those without are not.
    n_all = len(_all_windows(forecaster, y, ids))
    n_zero = sum(w == 0 for w in _all_weights(forecaster, y, ids, weights, horizon))
    assert len(windows) == n_all - n_zero


def _all_windows(forecaster, y, ids):
    FITS.clear()
    clone(forecaster).fit(None, y, series_id=ids)
    return FITS[0][0]


def _all_weights(forecaster, y, ids, weights, horizon):
    series = weights if isinstance(y, list) else [np.asarray(weights)]
    if ids is not None:
        series = [np.asarray(weights)[ids == label] for label in np.unique(ids)]
    for rows in series:
        for last in range(forecaster.window + horizon, len(rows) + 1):
            yield np.mean(rows[last - horizon : last])


@pytest.mark.parametrize("params", [{"differences": 1}, {"differences": (4,)}, {"level": "last"}])
def test_with_differences_and_levels_rows_keep_their_weights(params):
    plain(season_length="auto", **{"level": None} | params).fit(None, Y, sample_weight=WEIGHTS)
    ((_, targets, given),) = FITS
    np.testing.assert_allclose(given, of_mean_1(WEIGHTS[-len(targets) :]))


def test_the_network_used_for_calibration_gets_the_weights_of_its_rows():
    forecaster = plain(calibration_fraction=0.25).fit(None, ROWS, sample_weight=WEIGHTS)
    assert [len(given) for *_, given in FITS] == [N - 6, 45 - 6]
    np.testing.assert_allclose(FITS[1][2], of_mean_1(WEIGHTS[6:45]))
    assert forecaster.calibration_errors_ is not None


def test_validation_windows_of_early_stopping_have_weights_too():
    seen = []

    class Watched(LSTMRegressor):
        def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
            seen.append((sample_weight, sample_weight_val))
            return super().fit(X, y, sample_weight, X_val=X_val, y_val=y_val)

    regressor = Watched(2, max_iter=2, early_stopping=True, validation_fraction=0.2)
    plain(regressor).fit(None, ROWS, sample_weight=WEIGHTS)
    ((training, validation),) = seen
    np.testing.assert_allclose(training, of_mean_1(WEIGHTS[6:48]))
    np.testing.assert_allclose(validation, of_mean_1(WEIGHTS[48:]))


@pytest.mark.parametrize("combine", [True, False])
@pytest.mark.parametrize("factor", [1, 2.0**20, 2.0**-20])
def test_equal_weights_change_nothing(combine, factor):
    regressor = LSTMRegressor(3, max_iter=5, random_state=0)
    forecaster = SequenceForecaster(regressor, combine=combine, window=6, calibration_fraction=None)
    expected = clone(forecaster).fit(None, Y).forecast(8)
    weights = np.full(N, factor)
    found = forecaster.fit(None, Y, sample_weight=weights).forecast(8)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_the_linear_model_uses_them():
    """A row that is far off and has no weight changes only windows that read it."""
    spoilt = np.where(ROWS == N - 1, 1e3, Y)
    parameters = {"combine": True, "window": 6, "level": "last", "season_length": None}
    parameters |= {"scale": False, "transformer": None, "calibration_fraction": None}
    forecaster = SequenceForecaster(Recorder(), **parameters)
    weights = np.where(ROWS == N - 1, 0, 1.0)
    coef = [
        clone(forecaster).fit(None, y, sample_weight=weights).linear_.coef_ for y in (Y, spoilt)
    ]
    np.testing.assert_allclose(*coef)
    assert not np.allclose(coef[0], clone(forecaster).fit(None, spoilt).linear_.coef_)


def test_weights_follow_a_change_of_regime():
    wave = np.concatenate([np.sin(0.3 * np.arange(200)), np.sin(1.1 * np.arange(60))])
    errors = {}
    for name, weights in {"none": None, "half-life": 0.5 ** (np.arange(240)[::-1] / 10)}.items():
        forecaster = plain(Ridge(1e-6)).fit(None, wave[:240], sample_weight=weights)
        errors[name] = np.abs(forecaster.forecast(20) - wave[240:]).mean()
    assert errors["half-life"] < 0.2 * errors["none"]


# Regressors that do not use them ------------------------------------------------------------------


def test_smoothing_says_that_it_does_not():
    forecaster = SequenceForecaster("smoothing", calibration_fraction=None)
    with pytest.warns(UserWarning, match="smoothing' does not use sample_weight: it has no effect"):
        weighted = clone(forecaster).fit(None, Y, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(weighted.forecast(5), forecaster.fit(None, Y).forecast(5))


def test_a_series_too_short_for_a_regressor_says_so():
    with pytest.warns(UserWarning, match="is that of smoothing and sample_weight has no effect"):
        SequenceForecaster().fit(None, Y[:9], sample_weight=WEIGHTS[:9])


def test_a_pipeline_needs_routing():
    forecaster = plain(make_pipeline(StandardScaler(), Ridge()))
    words = ["does not accept", "enable_metadata_routing=True", "set_fit_request"]
    with pytest.raises(ValueError) as raised:
        forecaster.fit(None, Y, sample_weight=WEIGHTS)
    check_message(raised.value, words)
    with sklearn.config_context(enable_metadata_routing=True):
        with pytest.raises(ValueError):
            forecaster.fit(None, Y, sample_weight=WEIGHTS)
        ridge = Ridge().set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        weighted = plain(make_pipeline(scaler, ridge)).fit(None, Y, sample_weight=WEIGHTS)
    unweighted = forecaster.fit(None, Y)
    assert not np.allclose(weighted.forecast(5), unweighted.forecast(5))


def test_other_regressors_without_weights_are_an_error():
    with pytest.raises(ValueError, match="regressor=Flat.* does not accept it"):
        plain(Flat()).fit(None, Y, sample_weight=WEIGHTS)


# Votes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("form", ["one", "list", "ids that alternate", "pandas"])
def test_members_get_the_weights(form, n_jobs):
    y, ids, weights = FORMS[form]
    vote = VotingForecaster(
        [("a", plain(Ridge())), ("b", SequenceForecaster("smoothing"))],
        calibration_fraction=0.25,
        n_jobs=n_jobs,
    )
    vote.fit(None, y, series_id=ids, sample_weight=weights)
    alone = plain(Ridge()).fit(None, y, series_id=ids, sample_weight=weights)
    np.testing.assert_allclose(vote.named_estimators_["a"].regressor_.coef_, alone.regressor_.coef_)
    assert vote.calibration_errors_ is not None


def test_the_calibration_of_a_vote_is_weighted():
    series = [ROWS, ROWS[:9]]  # of which the second is too short for calibration
    forecaster = plain(window=4)
    vote = VotingForecaster([("a", forecaster)], calibration_fraction=0.25)
    vote.fit(None, series, sample_weight=[WEIGHTS, WEIGHTS[:9]])
    assert len(FITS) == 2
    expected = np.concatenate([WEIGHTS[4:45], WEIGHTS[4:9]])
    np.testing.assert_allclose(FITS[1][2], of_mean_1(expected))


def test_members_without_weights():
    naive = ("naive", Naive())
    with pytest.warns(UserWarning, match=r"member\(s\) \['naive'\] do not accept sample_weight"):
        VotingForecaster([("a", plain()), naive], calibration_fraction=None).fit(
            None, Y, sample_weight=WEIGHTS
        )
    with pytest.raises(ValueError, match=r"no member accepts it: \['naive'\]"):
        VotingForecaster([naive]).fit(None, Y, sample_weight=WEIGHTS)
    with pytest.raises(ValueError, match="no member accepts it"):
        VotingForecaster([("s", SequenceForecaster("smoothing"))]).fit(
            None, Y, sample_weight=WEIGHTS
        )


# Searches and saving ------------------------------------------------------------------------------


@pytest.mark.parametrize("routing", [False, True])
def test_a_search_passes_them_on(routing):
    forecaster = plain()
    with sklearn.config_context(enable_metadata_routing=routing):
        if routing:
            forecaster.set_fit_request(sample_weight=True)
            forecaster.set_score_request(sample_weight=False)
        search = GridSearchCV(forecaster, {"window": [4]}, cv=TimeSeriesSplit(2), n_jobs=None)
        search.fit(np.empty((N, 0)), ROWS, sample_weight=WEIGHTS)
    assert [len(given) for *_, given in FITS] == [16, 36, 56]
    np.testing.assert_allclose(FITS[0][2], of_mean_1(WEIGHTS[4:20]))


def test_a_weighted_forecaster_is_saved():
    forecaster = plain(Ridge()).fit(None, Y, sample_weight=HOLES)
    loaded = pickle.loads(pickle.dumps(forecaster))
    np.testing.assert_array_equal(loaded.forecast(5), forecaster.forecast(5))


def test_with_exogenous_variables():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain().fit(X, Y, sample_weight=HOLES)
    assert len(FITS[0][0]) == np.count_nonzero(HOLES[6:])


# Refusals -----------------------------------------------------------------------------------------

SHUFFLED = pd.Series(WEIGHTS, DATED.index[::-1])
REFUSED = {
    "too few": (Y, None, WEIGHTS[:-1], ["(59,)", "expected (60,)"]),
    "two dimensions": (TOGETHER, None, np.ones((N, 2)), ["(60, 2)", "expected (60,)"]),
    "a number": (Y, None, 1.0, ["is 1.0", "one weight for each row"]),
    "text": (Y, None, ["heavy"] * N, ["sample_weight"]),
    "negative": (Y, None, -WEIGHTS, ["Negative values in sample_weight"]),
    "NaN": (Y, None, np.where(ROWS == 3, np.nan, 1), ["sample_weight contains NaN"]),
    "all zero": (Y, None, np.zeros(N), ["All values in sample_weight are zero"]),
    "no targets": (Y, None, (ROWS < 6) * 1.0, ["windows have weight 0", "calibration_fraction"]),
    "masked": (Y, None, np.ma.array(WEIGHTS, mask=ROWS == 3), ["masked"]),
    "other times": (DATED, None, SHUFFLED, ["different times", "sample_weight"]),
    "an array for a list": ([Y, Y], None, WEIGHTS, ["a list of 2 series", "weights of each"]),
    "a list too short": ([Y, Y], None, [WEIGHTS], ["list of 1", "a list of 2 series"]),
    "in a list": (
        [Y, Y],
        None,
        [WEIGHTS, WEIGHTS[:5]],
        ["sample_weight[1] has shape (5,)", "y[1]"],
    ),
    "by ids": (Y, IDS, WEIGHTS[:30], ["(30,)", "expected (60,)"]),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("make", [plain, lambda: VotingForecaster([("a", plain())])])
def test_refused(make, case):
    y, ids, weights, words = REFUSED[case]
    forecaster = make()
    with pytest.raises((ValueError, TypeError)) as raised:
        forecaster.fit(None, y, series_id=ids, sample_weight=weights)
    check_message(raised.value, words)
    assert set(vars(forecaster)) == set(vars(clone(forecaster)))


def test_flattening_pipelines_in_the_message_of_weights():
    flatten = FunctionTransformer(lambda X: X.reshape(len(X), -1))
    with pytest.raises(ValueError, match="Leave it out, or use another regressor"):
        plain(make_pipeline(flatten, Ridge())).fit(X, Y, sample_weight=WEIGHTS)
