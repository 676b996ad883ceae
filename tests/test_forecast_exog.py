"""What is known when: columns of the past, transformers of X, categories, calendars without X."""

import pickle

import numpy as np
import pandas as pd
import pytest
from quick_forecasters import Flat
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster
from sklstm.preprocessing import CalendarFeatures

N, H = 90, 4
rng = np.random.default_rng(0)
TIMES = pd.date_range("2024-01-01", periods=N + 3 * H, freq="D")
TABLE = pd.DataFrame(
    {
        "sensor": rng.normal(size=len(TIMES)),
        "plan": rng.normal(size=len(TIMES)),
        "gauge": rng.normal(size=len(TIMES)),
    },
    TIMES,
)
SERIES = pd.Series(
    20 + 5 * TABLE["plan"] + 3 * TABLE["sensor"].shift(1).fillna(0) + rng.normal(size=len(TIMES)),
    TIMES,
)
PAST, KNOWN = ["sensor", "gauge"], ["plan"]
LEVELS = pytest.mark.parametrize(
    "params",
    [
        {"level": None},
        {"level": "smoothed"},
        {"level": "last", "differences": 1},
        {"combine": True},
        {"scale": "window"},
    ],
    ids=str,
)


def direct(regressor=None, **params):
    params = {"strategy": "direct", "horizon": H, "window": 6, "season_length": None} | params
    if params.get("level", "") is None or params.get("differences"):
        params.pop("season_length")
    return SequenceForecaster(Flat(1.0) if regressor is None else regressor, **params)


def rows(first, stop, form, columns=(*PAST, *KNOWN)):
    """X, y and the other arguments in a form, from some of the rows."""
    X = TABLE[[c for c in TABLE if c in columns]].iloc[first:stop]
    y = SERIES.iloc[first:stop]
    if form == "array":
        return X.to_numpy(), y.to_numpy(), {}
    if form == "columns":
        return X, pd.DataFrame({"a": y, "b": -y}), {}
    if form == "list":
        return [X, -X], [y, 2 - y], {}
    if form == "ids":
        ids = np.tile(["b", "a"], len(y))
        X, y = (data.loc[data.index.repeat(2)] for data in (X, y))
        return X, y + (ids == "a"), {"series_id": ids}
    return X, y, {}


def numbers(forecast):
    """A forecast in any form as one array."""
    if isinstance(forecast, dict):
        forecast = list(forecast.values())
    if isinstance(forecast, (list, tuple)):
        return np.concatenate([numbers(each) for each in forecast])
    return np.asarray(forecast)


FORMS = ["array", "series", "columns", "list", "ids"]
every_form = pytest.mark.parametrize("form", FORMS)


# Columns of the past -----------------------------------------------------------------------------


class Recording(Flat):
    """Keeps the windows and targets."""

    def fit(self, X, y):
        self.X_, self.y_ = np.array(X), np.array(y)
        return super().fit(X, y)

    def predict(self, X):
        self.asked_ = np.array(X)
        return super().predict(X)


@pytest.mark.parametrize("level", [None, "last"])
def test_windows_have_the_past_at_its_own_time_and_the_known_ahead(level):
    X, y, _ = rows(0, N, "array")  # columns: sensor, plan, gauge
    window = 6
    model = direct(Recording(), past_columns=[0, 2], level=level, scale=False).fit(X, y)
    fitted, sample = model.regressor_, -1
    for sample in (-1, -2, -20):
        stop = N - H + 1 + sample  # rows before the targets
        seen = fitted.X_[sample]
        assert seen.shape == (window, 4)  # y, plan, sensor, gauge
        np.testing.assert_allclose(seen[:, 1], X[stop - window + H : stop + H, 1])
        np.testing.assert_allclose(seen[:, 2:], X[stop - window : stop][:, [0, 2]])
        if level is None:
            np.testing.assert_allclose(seen[:, 0], y[stop - window : stop])
            np.testing.assert_allclose(fitted.y_[sample], y[stop : stop + H])
    ahead = rows(N, N + H, "array")[0]
    model.forecast(H, ahead)
    asked = fitted.asked_[0]
    np.testing.assert_allclose(asked[:, 2:], X[-window:][:, [0, 2]])
    np.testing.assert_allclose(asked[:, 1], np.r_[X[:, 1], ahead[:, 1]][-window:])
    model.forecast(1, ahead[:1])  # begins before the last rows, so that its block has all of X
    np.testing.assert_allclose(fitted.asked_[0][:, 2:], X[-window - H + 1 : -H + 1][:, [0, 2]])


def test_without_variables_known_ahead_forecasts_begin_at_the_last_row():
    X, y, _ = rows(0, N, "array")
    model = direct(Recording(), past_columns=[0, 1, 2], level=None).fit(X, y)
    model.forecast(1)
    scaled = model._covariate_scaling
    np.testing.assert_allclose(
        model.regressor_.asked_[0][:, 1:], (X[-6:] - scaled[0]) / scaled[1], rtol=1e-6
    )
    one, more = model.forecast(1), model.forecast(H)
    np.testing.assert_allclose(one, more[:1])


@LEVELS
@every_form
def test_the_future_of_the_past_is_not_read(form, params):
    past = [0, 2] if form == "array" else PAST
    X, y, ids = rows(0, N, form)
    model = direct(past_columns=past, **params).fit(X, y, **ids)
    ahead, _, ids_ahead = rows(N, N + H, form)
    known, _, _ = rows(N, N + H, form, KNOWN)
    changed = [ahead] if form != "list" else ahead
    changed = [each.copy() for each in changed]
    for each in changed:
        (each.iloc if hasattr(each, "iloc") else each)[:, [0, 2]] = np.nan
    changed = changed if form == "list" else changed[0]
    expected = numbers(model.forecast(H, ahead, **ids_ahead))
    for other in (known, changed):
        assert np.array_equal(numbers(model.forecast(H, other, **ids_ahead)), expected)
    bounds = model.predict_interval(H, known, coverage=0.5, **ids_ahead)
    assert (numbers(bounds[0]) <= numbers(bounds[1])).all()
    predicted = numbers(model.predict(ahead, **ids_ahead))
    assert predicted.shape == expected.shape
    assert np.array_equal(np.sort(predicted, axis=None), np.sort(expected, axis=None))
    assert len(model.calibration_errors_) == H


@LEVELS
@every_form
def test_update_continues_as_if_all_rows_had_been_there(form, params):
    """The windows after an update are those of all rows, so that forecasts from them are equal."""
    past = [0, 2] if form == "array" else PAST
    X, y, ids = rows(0, N, form)
    model = direct(Recording(), past_columns=past, calibration_fraction=None, **params)
    model.fit(X, y, **ids)
    X, y, ids = rows(N, N + 1, form)
    model.update(y, X, **ids)
    X, y, ids = rows(N + 1, N + H, form)
    model.update(y, X, **ids)
    ahead, _, ids = rows(N + H, N + 2 * H, form, KNOWN)
    model.forecast(H, ahead, **ids)
    for k, asked in enumerate(model.regressor_.asked_):
        mean, std = model._covariate_scaling
        sign = -1 if form == "list" and k == 1 else 1
        expected = sign * TABLE[PAST].to_numpy()[N + H - 6 : N + H]
        np.testing.assert_allclose(
            asked[:, -2:], (expected - mean[-2:]) / std[-2:], rtol=1e-5, atol=1e-9
        )


def test_new_series_have_a_past():
    X, y, ids = rows(0, N, "ids")
    model = direct(past_columns=PAST).fit(X, y, **ids)
    X, y, _ = rows(0, N, "series")
    model.update(y, X, series_id=["c"] * N)
    ahead = rows(N, N + H, "series", KNOWN)[0]
    forecast = model.forecast(H, ahead, series_id=["c"] * H)
    same = model.forecast(H, ahead, series_id=["b"] * H)
    np.testing.assert_allclose(forecast, same, rtol=0.05)
    with pytest.raises(ValueError, match=r"NaN at row 1.*column 'gauge'"):
        model.update(y, X.assign(gauge=[1, np.nan, *range(N - 2)]), series_id=["d"] * N)


def test_the_past_is_learned():
    X, y, _ = rows(0, N, "series")
    with_past = direct(past_columns=PAST, horizon=1, level=None).fit(X, y)
    without = direct(horizon=1, level=None).fit(X[KNOWN], y)
    errors = np.zeros(2)
    for i in range(N, N + 2 * H):
        ahead, value, _ = rows(i, i + 1, "series")
        errors += [
            abs(m.predict(ahead[c])[0] - value.iloc[0])
            for m, c in ((with_past, KNOWN), (without, KNOWN))
        ]
        with_past.update(value, ahead)
        without.update(value, ahead[KNOWN])
    assert errors[0] < 0.6 * errors[1]


@pytest.mark.parametrize("known", [KNOWN, []], ids=["with known", "past only"])
@pytest.mark.parametrize("level", [None, "last"])
def test_errors_of_later_rows_are_those_of_forecasts(level, known):
    """Errors collected by `update` and `calibrate` are those of forecasts made in time."""
    n = H if known else 1  # of the last rows only whole blocks are forecast with known variables
    X, y, _ = rows(0, N, "series", [*PAST, *known])
    model = direct(past_columns=PAST, level=level).fit(X, y)
    errors = []
    later = clone(model).fit(X, y)
    for i in range(N, N + 2 * H):
        ahead, value, _ = rows(i, i + H, "series", [*PAST, *known])
        errors.append((value - later.forecast(H, ahead if known else None)).to_numpy())
        later.update(value[:1], ahead[:1])
    X, y, _ = rows(N, N + 2 * H, "series", [*PAST, *known])
    model.calibrate(y, X)
    found = model.calibration_errors_[:, :, 0] * model.smoothing_["unit"]
    expected = np.array(errors).T
    for step in range(H):
        count = 2 * H - (n - 1 if known else step)
        values = found[step][np.isfinite(found[step])]
        np.testing.assert_allclose(values, expected[step][: len(values)], rtol=1e-6)
        assert len(values) == count
    ahead = rows(N + 2 * H, N + 3 * H, "series", known)[0] if known else None
    assert model.forecast(H, ahead, coverage=0.5).shape == (H, 3)
    assert model.sample_paths(H, ahead, n_paths=3, random_state=0).shape == (3, H)
    assert len(model.forecast_quantiles(H, ahead, quantiles=[0.25, 0.75])) == H


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("combine", [False, True])
def test_networks_with_early_stopping_read_the_past(dtype, combine):
    X, y, _ = rows(0, N, "array")
    network = LSTMRegressor(4, max_iter=2, early_stopping=True, random_state=0)
    model = direct(network, past_columns=[0, 2], combine=combine).fit(
        X.astype(dtype), y.astype(dtype)
    )
    forecast = model.forecast(H, rows(N, N + H, "array")[0][:, [1]])
    assert forecast.dtype == dtype
    assert forecast.shape == (H,)
    assert model.regressor_.n_features_in_ == 4


def test_steps_beyond_the_horizon():
    X, y, _ = rows(0, N, "series")
    model = direct(past_columns=PAST).fit(X, y)
    ahead = rows(N, N + H + 2, "series")[0]
    for call in (
        lambda: model.forecast(H + 1, ahead[: H + 1]),
        lambda: model.predict(ahead[: H + 1]),
        lambda: model.predict_interval(H + 1, ahead[: H + 1]),
        lambda: model.score(ahead, SERIES[N : N + H + 2]),
    ):
        with pytest.raises(ValueError, match=rf"at most horizon={H} .*fit with horizon="):
            call()
    with pytest.warns(UserWarning, match="X begins 2 step"):
        assert model.predict(ahead[2:H]).shape == (H - 2,)
    with (
        pytest.warns(UserWarning, match="X begins 2 step"),
        pytest.raises(ValueError, match=r"horizon=6"),
    ):
        model.predict(ahead[2:])
    only = direct(past_columns=PAST).fit(X[PAST], y)
    assert only.forecast(H).shape == only.forecast().shape == (H,)
    assert only.predict(np.empty((2, 0))).shape == (2,)
    assert only.predict(ahead[PAST][:2]).shape == (2,)


def test_missing_futures_name_the_column_and_past_columns():
    X, y, _ = rows(0, N, "series")
    ahead = rows(N, N + H, "series")[0]
    for model, lacking in (
        (direct(past_columns=["sensor"]).fit(X, y), ["gauge"]),
        (SequenceForecaster("smoothing").fit(None, y), None),
        (direct().fit(X, y), ["sensor", "gauge"]),
    ):
        if lacking is None:
            continue
        for call in (model.predict, lambda X, m=model: m.forecast(H, X)):
            with pytest.raises(ValueError, match=rf"X lacks \['{lacking[0]}'.*past_columns=\['"):
                call(ahead[KNOWN])
        with pytest.raises(ValueError, match=r"X is None.*'plan'.*past_columns"):
            model.forecast(H)
        hole = ahead.copy()
        hole.iloc[2, hole.columns.get_loc("gauge")] = np.nan
        with pytest.raises(ValueError, match=r"NaN at row 2 .*column 'gauge'.*past_columns"):
            model.forecast(H, hole)
    model = direct(past_columns=PAST).fit(X, y)
    for wrong in (ahead[["plan"]].assign(other=1.0), ahead[["sensor"]].assign(other=1.0)):
        with pytest.raises(ValueError, match=r"X (has|lacks)"):
            model.predict(wrong)
    for width in (2, 4):
        with pytest.raises(ValueError, match=f"X has {width} features.*3, or 1 without those"):
            model.predict(np.zeros((H, width)))
    with pytest.raises(ValueError, match="3 features as input. Those of past_columns are needed"):
        model.update(SERIES[N : N + 2], ahead[KNOWN][:2])
    with pytest.raises(ValueError, match="X is None, but .* 3 exogenous"):
        model.update(SERIES[N : N + 2])


@pytest.mark.parametrize(
    ("columns", "error", "words"),
    [
        ("sensor", TypeError, "expected a list of names"),
        ([1.5], TypeError, "expected a list of names"),
        ([True], TypeError, "expected a list of names"),
        (3, TypeError, "expected a list of names"),
        (["Sensor"], ValueError, r"has 'Sensor', but X has the columns \['sensor'"),
        ([3], ValueError, "position 3, but X has 3"),
        (["sensor", 0], ValueError, "names a column twice"),
    ],
)
def test_bad_past_columns(columns, error, words):
    X, y, _ = rows(0, N, "series")
    with pytest.raises(error, match=words):
        direct(past_columns=columns).fit(X, y)
    with pytest.raises(error, match=words):
        VotingForecaster([("a", direct(past_columns=columns))]).fit(X, y)


def test_past_columns_that_cannot_be():
    X, y, _ = rows(0, N, "series")
    with pytest.raises(ValueError, match="needs strategy='direct'"):
        SequenceForecaster(Flat(), past_columns=PAST).fit(X, y)
    with pytest.raises(ValueError, match="but X has none"):
        direct(past_columns=PAST).fit(None, y)
    with pytest.raises(ValueError, match="but X has no names"):
        direct(past_columns=PAST).fit(X.to_numpy(), y)
    with pytest.raises(ValueError, match=r"X \(past_columns\) \(column 'sensor'\).*strings"):
        direct(past_columns=PAST).fit(X.assign(sensor="on"), y)
    assert direct(past_columns=[]).fit(X, y).forecast(H, rows(N, N + H, "series")[0]).shape == (H,)
    with pytest.warns(UserWarning, match="X has no effect"):
        SequenceForecaster("smoothing", strategy="direct", past_columns=PAST).fit(X, y)


def test_searches_pass_x_with_the_past():
    X, y, _ = rows(0, N, "series")
    grid = {"past_columns": [PAST, ["sensor"]], "regressor__alpha": [0.1, 1000.0]}
    splits = TimeSeriesSplit(3, test_size=H)
    search = GridSearchCV(direct(), grid, cv=splits, error_score="raise").fit(X, y)
    assert search.best_params_["regressor__alpha"] == 0.1
    assert search.predict(rows(N, N + H, "series")[0]).shape == (H,)
    copy = pickle.loads(pickle.dumps(search.best_estimator_))
    ahead = rows(N, N + H, "series")[0]
    assert np.array_equal(copy.forecast(H, ahead), search.best_estimator_.forecast(H, ahead))


# Transformers of X -------------------------------------------------------------------------------


def shops(first, stop):
    """X with text, dates, a category and a number, and y that depends on the text."""
    i = np.arange(first, stop)
    X = pd.DataFrame(
        {
            "shop": np.array(["north", "south", "west"])[i * i // 2 % 3],
            "since": TIMES[i] - pd.Timedelta("9D"),
            "kind": pd.Categorical(np.array(["u", "v"])[i // 3 % 2]),
            "plan": TABLE["plan"].iloc[i].to_numpy(),
        },
        TIMES[i],
    )
    return X, 9 + 4.0 * (X["shop"] == "south") - 2.0 * (X["kind"] == "v")


AGE = FunctionTransformer(lambda X: (X - pd.Timestamp("2024-01-01")).apply(lambda c: c.dt.days))
ENCODERS = {
    "dense": make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["shop", "kind"]), (AGE, ["since"])
    ),
    "sparse": make_column_transformer((OneHotEncoder(), ["shop", "kind"]), sparse_threshold=1),
    "pandas": make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["shop", "kind"]),
        ("passthrough", ["plan"]),
    ).set_output(transform="pandas"),
    "calendar": make_column_transformer(
        (OneHotEncoder(), ["shop", "kind"]), (CalendarFeatures(), ["plan"])
    ),
    "all text": OneHotEncoder(handle_unknown="ignore"),
}


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("strategy", ["direct", "recursive"])
def test_a_transformer_is_the_same_as_its_output_as_x(encoder, strategy):
    transformer = ENCODERS[encoder]
    X, y = shops(0, N)
    ahead, later = shops(N, N + H)
    if encoder == "all text":
        X, ahead = X[["shop", "kind"]], ahead[["shop", "kind"]]
    params = {"strategy": strategy, "horizon": H if strategy == "direct" else 1}
    model = direct(exog_transformer=transformer, **params).fit(X, y)
    by_hand = clone(transformer).fit(X)

    def encoded(X):
        rows = by_hand.transform(X)
        return np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows, dtype=float)

    other = direct(**params).fit(encoded(X), y)
    assert np.array_equal(model.forecast(H, ahead), other.forecast(H, encoded(ahead)))
    assert model.n_features_in_ == X.shape[1]
    assert list(model.feature_names_in_) == list(X)
    score = model.score(ahead, later)
    assert score == other.score(encoded(ahead), later)
    for bounds in zip(
        model.predict_interval(H, ahead, 0.5),
        other.predict_interval(H, encoded(ahead), 0.5),
        strict=True,
    ):
        assert np.array_equal(*bounds)
    model.update(later, ahead)
    other.update(later, encoded(ahead))
    ahead = shops(N + H, N + 2 * H)[0][list(X)]
    assert np.array_equal(model.predict(ahead), other.predict(encoded(ahead)))


def test_a_transformer_in_global_models_is_fitted_on_all_series():
    X, y = shops(0, N)
    ahead = shops(N, N + H)[0]
    parts = [X[X["shop"] != "west"], X[X["shop"] == "west"]]
    scaler = make_column_transformer((OneHotEncoder(), ["shop"]), (StandardScaler(), ["plan"]))
    params = {"calibration_fraction": None, "exog_transformer": scaler}
    parts = [part.reset_index(drop=True) for part in parts]
    ys = [y.loc[X["shop"] != "west"].to_numpy(), y.loc[X["shop"] == "west"].to_numpy()]
    model = direct(**params).fit(parts, ys)
    encoder = model.exog_transformer_.named_transformers_["onehotencoder"]
    assert encoder.categories_[0].tolist() == ["north", "south", "west"]
    assert model.exog_transformer_.named_transformers_["standardscaler"].n_samples_seen_ == N
    forecast = model.forecast(
        H, [ahead.set_axis(range(len(part), len(part) + H), axis=0) for part in parts]
    )
    ids = np.where(X["shop"] == "west", "b", "a")
    rows_ = X.reset_index(drop=True)
    long = direct(**params).fit(rows_, y.to_numpy(), series_id=ids)
    both = pd.concat([ahead, ahead], ignore_index=True)
    by_id = long.forecast(H, both, series_id=np.repeat(["a", "b"], H))
    for each, series_id in zip(forecast, "ab", strict=True):
        np.testing.assert_allclose(each, by_id[series_id], rtol=1e-9)


def test_past_columns_are_not_given_to_the_transformer():
    X, y, _ = rows(0, N, "series")
    seen = []

    def double(X):
        seen.append(list(X))
        return 2 * X

    model = direct(
        exog_transformer=FunctionTransformer(double), past_columns=PAST, scale=False
    ).fit(X, y)
    ahead = rows(N, N + H, "series")[0]
    forecast = model.forecast(H, ahead)
    assert np.array_equal(model.forecast(H, ahead[KNOWN]), forecast)
    assert all(columns == KNOWN for columns in seen)
    both = X.assign(plan=2 * X["plan"])
    other = direct(past_columns=PAST, scale=False).fit(both, y)
    ahead = ahead.assign(plan=2 * ahead["plan"])
    assert np.array_equal(other.forecast(H, ahead), forecast)


@pytest.mark.parametrize(
    ("function", "error", "words"),
    [
        (lambda X: X[1:], ValueError, rf"has {N - 1} row\(s\) for {N} row"),
        (lambda X: X * np.nan, ValueError, "contains NaN at row 0"),
        (lambda X: X.astype(str), ValueError, "holds strings"),
        (lambda X: X.to_numpy()[:, 0], ValueError, r"is \(90,\); expected an array of shape"),
        (lambda X: None, ValueError, "is NoneType; expected"),
        (lambda X: int("a"), ValueError, "could not transform a DataFrame of shape.*base 10"),
    ],
)
def test_outputs_of_transformers_that_are_refused(function, error, words):
    X, y, _ = rows(0, N, "series")
    with pytest.raises(error, match=rf"exog_transformer=FunctionTransformer.*{words}"):
        direct(exog_transformer=FunctionTransformer(function)).fit(X, y)


def test_bad_transformers():
    X, y, _ = rows(0, N, "series")
    for bad in (StandardScaler, "calendar", Ridge(), 3):
        with pytest.raises(TypeError, match="exog_transformer=.*not an object with fit and transf"):
            direct(exog_transformer=bad).fit(X, y)
    with pytest.raises(ValueError, match=r"StandardScaler\(\) could not be fitted"):
        direct(exog_transformer=StandardScaler()).fit(None, y)
    with pytest.raises(TypeError, match=r"could not be fitted on a ndarray.*without times"):
        direct(exog_transformer=CalendarFeatures()).fit(X.to_numpy(), y)
    for untimed in (y.to_numpy(), y.reset_index(drop=True).set_axis(list("ab") * 45)):
        with pytest.raises(ValueError, match="X has no columns, and the times.*are not known"):
            direct(exog_transformer=CalendarFeatures()).fit(None, untimed)


def test_a_transformer_is_a_parameter_like_others():
    X, y, _ = rows(0, N, "series")
    model = direct(exog_transformer=make_pipeline(CalendarFeatures(), StandardScaler()))
    search = GridSearchCV(
        model,
        {
            "exog_transformer__calendarfeatures__features": [["weekday"], ["month"]],
            "window": [4, 6],
        },
        cv=TimeSeriesSplit(2, test_size=H),
        error_score="raise",
    ).fit(X, y)
    assert not hasattr(model.exog_transformer[0], "features_")
    fitted = search.best_estimator_
    copy = pickle.loads(pickle.dumps(fitted))
    ahead = rows(N, N + H, "series")[0]
    assert np.array_equal(copy.forecast(H, ahead), fitted.forecast(H, ahead))
    before = pickle.dumps(fitted)
    with pytest.raises(ValueError, match="NaN"):
        fitted.update(SERIES[N : N + H], ahead * np.nan)
    assert pickle.dumps(fitted) == before


# Categories --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["series", "list", "ids"])
def test_categories_are_encoded(form):
    X, y = shops(0, N)
    X = X[["kind", "plan", "shop"]].astype({"shop": "category"})
    flags = pd.DataFrame(
        {
            **{f"kind {k}": 1.0 * (X["kind"] == k) for k in "uv"},
            **{f"shop {k}": 1.0 * (X["shop"] == k) for k in ("north", "south", "west")},
            "plan": X["plan"],
        }
    )
    ids = {"series_id": np.arange(N) % 2} if form == "ids" else {}

    def in_form(table):
        return [table, table[::-1].set_axis(table.index, axis=0)] if form == "list" else table

    # Rows of a day apart in each series
    model = direct(calibration_fraction=None).fit(in_form(X), in_form(y), **ids)
    by_hand = direct(calibration_fraction=None).fit(in_form(flags), in_form(y), **ids)
    assert model.exog_transformer_ is not None
    assert by_hand.exog_transformer_ is None
    assert np.array_equal(model._covariate_scaling[1][:5], np.ones(5))  # flags are not scaled
    stop = 2 * H if form == "ids" else H
    ahead = X[:stop].set_axis(TIMES[N : N + stop], axis=0)
    others = flags[:stop].set_axis(TIMES[N : N + stop], axis=0)
    ids = {"series_id": np.arange(stop) % 2} if form == "ids" else {}
    forecast = numbers(model.forecast(H, in_form(ahead), **ids))
    assert np.array_equal(forecast, numbers(by_hand.forecast(H, in_form(others), **ids)))


def test_categories_that_were_not_in_fit_and_missing_ones():
    X, y = shops(0, N)
    X = X[["kind", "plan"]]
    model = direct().fit(X, y)
    ahead = X[:H].set_axis(TIMES[N : N + H], axis=0)
    new = ahead.assign(kind=pd.Categorical(["u", "w", "x", "v"]))
    with pytest.warns(UserWarning, match=r"Column 'kind' of X has .* not in fit, \['w', 'x'\]"):
        model.forecast(H, new)
    missing = ahead.assign(kind=pd.Categorical(["u", None, "v", "v"]))
    line = r"no category in row 1 .*column 'kind'.*X\['kind'\]\.cat\.add_categories"
    with pytest.raises(ValueError, match=line):
        model.forecast(H, missing)
    with pytest.raises(ValueError, match=line):
        direct().fit(X.assign(kind=X["kind"].where(X.index != TIMES[1])), y)
    with pytest.raises(TypeError, match="X is a ndarray, but the X of fit was a DataFrame"):
        with pytest.warns(UserWarning, match="feature names"):
            model.forecast(H, np.zeros((H, 2)))


def test_text_has_two_ways():
    X, y = shops(0, N)
    both = r"X\['shop'\]\.astype\('category'\).*exog_transformer=make_column_transformer\(\(OneHot"
    for text in (X[["shop", "plan"]], X[["kind", "shop"]], X[["shop"]].astype("string")):
        with pytest.raises(ValueError, match=both):
            direct().fit(text, y)
    with pytest.raises(ValueError, match=r"X\[1\]\['shop'\]\.astype\('category'\)"):
        direct().fit([X[["plan"]].set_axis(["shop"], axis=1), X[["shop"]]], [y, y])


# Calendars without X -----------------------------------------------------------------------------

AXES = {
    "days": pd.date_range("2024-01-01", periods=N + H, freq="D"),
    "zone": pd.date_range("2024-02-01", periods=N + H, freq="D", tz="America/Sao_Paulo"),
    "hours": pd.date_range("2024-03-29", periods=N + H, freq="h", tz="Europe/Berlin"),
    "business days": pd.bdate_range("2024-01-01", periods=N + H),
    "periods": pd.period_range("2024-01-01", periods=N + H, freq="h"),
    "dates": pd.Index(pd.date_range("2024-01-01", periods=N + H).date),
    "text": pd.Index(pd.date_range("2024-01-01", periods=N + H).strftime("%Y-%m-%d")),
}


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("form", ["series", "columns", "list", "ids"])
@pytest.mark.filterwarnings("ignore:The times of X are 1 day")  # and have an hour
def test_calendars_need_no_x(axis, form):
    """The same as X with the times of all steps."""
    index = AXES[axis]
    values = SERIES.to_numpy()[: N + H]
    calendar = CalendarFeatures(["weekday", "hour"], holidays=lambda day: day.day == 5)
    ids = {"series_id": np.repeat(["b", "a"], N)} if form == "ids" else {}

    def in_form(rows):
        y, X = pd.Series(values[rows], index[rows]), pd.DataFrame(index=index[rows])
        return {
            "series": (y, X),
            "columns": (pd.DataFrame({"a": y, "b": -y}), X),
            "list": ([y, -y], [X, X]),
            "ids": (pd.concat([y, -y]), pd.concat([X, X])),
        }[form]

    fit, after = slice(0, N), slice(N, N + H)
    y, X = in_form(fit)
    model = SequenceForecaster(Flat(1.0), exog_transformer=calendar, season_length=None)
    without, given = clone(model).fit(None, y, **ids), clone(model).fit(X, y, **ids)
    assert without.n_features_in_ == 0
    ids = {"series_id": np.repeat(["b", "a"], H)} if form == "ids" else {}
    later, ahead = in_form(after)
    expected = numbers(given.forecast(H, ahead, **ids))
    assert np.array_equal(numbers(without.forecast(H)), expected)
    assert np.array_equal(numbers(without.forecast(H, ahead, **ids)), expected)
    if form == "series":
        calendar = clone(calendar).fit(X)
        by_hand = SequenceForecaster(Flat(1.0), season_length=None).fit(calendar.transform(X), y)
        assert np.array_equal(by_hand.forecast(H, calendar.transform(ahead)), expected)
        assert np.array_equal(without.predict(ahead), expected)
        assert np.array_equal(without.predict(np.empty((H, 0))), expected)
        np.testing.assert_allclose(without.predict(ahead[2:]), expected[2:])
        assert without.score(None, later) == given.score(ahead, later)
        without.forecast(H, coverage=0.5)
    # Rows of arrays follow those observed.
    arrays = later.to_numpy() if form != "list" else [each.to_numpy() for each in later]
    without.update(arrays, **ids)
    given.update(later, ahead, **ids)
    assert np.array_equal(numbers(without.forecast(H)), numbers(given.forecast(H)))


def test_irregular_times_need_x():
    keep = np.delete(np.arange(N), [20, 21, 50])
    y = SERIES.iloc[keep]
    with pytest.warns(UserWarning):
        model = direct(exog_transformer=CalendarFeatures(["weekday"])).fit(None, y)
    with pytest.raises(ValueError, match="the times of its rows are not known"):
        model.forecast(H)
    assert model.forecast(H, pd.DataFrame(index=TIMES[N : N + H])).shape == (H,)


def test_x_of_row_numbers_has_the_times_of_y():
    X, y = TABLE[KNOWN].iloc[:N].reset_index(drop=True), SERIES.iloc[:N]
    ahead = TABLE[KNOWN].iloc[N : N + H]
    model = direct(exog_transformer=CalendarFeatures(["weekday"])).fit(X, y)
    expected = model.forecast(H, ahead)
    assert np.array_equal(model.forecast(H, ahead.reset_index(drop=True)), expected)


def test_past_columns_and_a_calendar():
    X, y, _ = rows(0, N, "series")
    model = direct(exog_transformer=CalendarFeatures(["weekday"]), past_columns=PAST)
    model.fit(X[PAST], y)
    expected = model.forecast(H)
    ahead = rows(N, N + H, "series")[0]
    assert np.array_equal(model.forecast(H, ahead[PAST]), expected)
    assert np.array_equal(model.forecast(H, pd.DataFrame(index=ahead.index)), expected)
    assert np.array_equal(model.predict(np.empty((H, 0))), expected)


# Votes -------------------------------------------------------------------------------------------


def test_members_encode_x():
    X, y = shops(0, N)
    X["sensor"] = TABLE["sensor"].iloc[:N]
    ahead, later = shops(N, N + H)
    ahead["sensor"] = np.nan
    members = [
        ("one", direct(exog_transformer=ENCODERS["dense"], past_columns=["sensor"])),
        ("two", direct(exog_transformer=ENCODERS["calendar"], past_columns=["sensor"], window=4)),
    ]
    vote = VotingForecaster(members).fit(X, y)
    alone = [member.fit(X, y).forecast(H, ahead) for _, member in members]
    expected = np.mean(alone, axis=0)
    np.testing.assert_allclose(vote.forecast(H, ahead), expected)
    np.testing.assert_allclose(vote.forecast(H, ahead.drop(columns="sensor")), expected)
    np.testing.assert_allclose(vote.predict(ahead), expected)
    assert len(vote.calibration_errors_) == H
    assert vote.forecast(H, ahead, coverage=0.5).shape == (H, 3)
    assert np.isfinite(vote.score(ahead, later))
    vote.update(later, ahead.assign(sensor=1.0))
    with pytest.raises(ValueError, match="Member 'one' could not forecast: X is None"):
        vote.forecast(H)


@pytest.mark.parametrize("form", ["series", "list", "ids"])
def test_members_with_a_calendar_need_no_x(form):
    _, y, ids = rows(0, N, form)
    member = direct(exog_transformer=CalendarFeatures(["weekday"]))
    vote = VotingForecaster([("one", member), ("two", direct(window=4))]).fit(None, y, **ids)
    expected = [m.fit(None, y, **ids).forecast(H) for m in (member, direct(window=4))]
    mean = np.mean([numbers(each) for each in expected], axis=0)
    np.testing.assert_allclose(numbers(vote.forecast(H)), mean)
    assert vote.calibration_errors_ is not None


def test_members_encode_categories():
    X, y = shops(0, N)
    X, ahead = X[["kind", "plan"]], shops(N, N + H)[0][["kind", "plan"]]
    vote = VotingForecaster([("one", direct()), ("two", direct(window=4))]).fit(X, y)
    expected = np.mean([direct(window=w).fit(X, y).forecast(H, ahead) for w in (6, 4)], axis=0)
    np.testing.assert_allclose(vote.forecast(H, ahead), expected)
    assert len(vote.predict_interval(H, ahead, 0.5)[0]) == H
    with pytest.raises(ValueError, match=r"^X contains NaN at row 0 .*column 'plan'"):
        vote.forecast(H, ahead.assign(plan=np.nan))


@pytest.mark.parametrize("level", ["auto", None])
def test_a_window_shorter_than_the_horizon_leaves_variables_unread(level):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(120, 1)), rng.normal(size=120).cumsum()
    common = {"strategy": "direct", "horizon": 20, "season_length": None, "level": level}
    common["calibration_fraction"] = None
    with pytest.warns(UserWarning, match="not those of the first 10. Use a window of at least 20"):
        SequenceForecaster(Flat(), window=10, **common).fit(X, y)
    model = SequenceForecaster(Flat(), **common).fit(X, y)  # a warning would be an error
    assert model.window_ == 20
    assert SequenceForecaster(Flat(), **common).fit(None, y).window_ == 12


@pytest.mark.filterwarnings("ignore:The times are not regular")
def test_irregular_times_need_x_to_forecast():
    days = pd.bdate_range("2024-01-01", periods=63).delete([20, 31, 50])
    forecaster = direct(exog_transformer=CalendarFeatures()).fit(None, pd.Series(range(60), days))
    with pytest.raises(ValueError, match=r"Irregular times .* X = pd.DataFrame\(index=times\)"):
        forecaster.forecast(H)
