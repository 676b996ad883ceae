"""All features of a forecaster at once: each works with the others."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster, backtest
from sklstm.preprocessing import CalendarFeatures

pytestmark = pytest.mark.filterwarnings("ignore")  # of networks that learn little in two epochs
N, STEPS = 200, 7
DAYS = pd.date_range("2024-01-01", periods=N, name="day")
rng = np.random.default_rng(0)
SENSOR = 0.2 * rng.normal(size=N).cumsum()
Y = pd.Series(50 + 5 * np.sin(np.arange(N) * 2 * np.pi / 7) + SENSOR, DAYS, name="demand")
X = pd.DataFrame({"sensor": SENSOR, "price": rng.normal(size=N)}, DAYS)
X["kind"] = pd.Categorical(rng.choice(list("abc"), N))
FULL = X, Y
X, Y = X.copy(), Y.copy()
Y[rng.random(N) < 0.1] = np.nan
Y.iloc[80:90] = np.nan
for column in ("sensor", "price"):
    X.loc[rng.random(N) < 0.1, column] = np.nan

LEVELS = {
    "smoothed": {},
    "combined": {"combine": True},
    "constant": {"level": None},
    "differences": {"differences": 1},
}
every_level = pytest.mark.parametrize("params", LEVELS.values(), ids=LEVELS)
TRANSFORMERS = {
    "categories": (None, ["sensor", "price", "kind"]),
    "calendar": (CalendarFeatures(holidays=["2024-05-01"]), ["sensor", "price"]),
}
every_transformer = pytest.mark.parametrize(
    ("transformer", "columns"), TRANSFORMERS.values(), ids=TRANSFORMERS
)


def forecaster(transformer, params, regressor=None, **others):
    network = LSTMRegressor(4, max_iter=2, random_state=0) if regressor is None else regressor
    return SequenceForecaster(
        network,
        window=14,
        strategy="direct",
        horizon=STEPS,
        past_columns=["sensor"],
        exog_transformer=transformer,
        missing="mask",
        **(params | others),
    )


@every_level
@every_transformer
def test_fitted_updated_trained_saved_and_forecast(params, transformer, columns):
    model = forecaster(transformer, params)
    model.fit(X[columns][:150], Y[:150], sample_weight=np.linspace(0.1, 1, 150))
    model.update(Y[150:160], X[columns][150:160], train=1)
    ahead = X[columns][160:167]
    without_past = ahead.drop(columns="sensor")
    table = model.forecast(STEPS, without_past, coverage=[0.5, 0.8])
    assert table.index.equals(DAYS[160:167])
    assert np.isfinite(table.to_numpy()).all()
    loaded = pickle.loads(pickle.dumps(model))
    pd.testing.assert_frame_equal(loaded.forecast(STEPS, ahead, coverage=[0.5, 0.8]), table)
    assert model.forecast_quantiles(STEPS, ahead, [0.1, 0.9]).shape == (STEPS, 2)
    assert model.sample_paths(STEPS, ahead, n_paths=5, random_state=0).shape == (5, STEPS)


@every_level
@every_transformer
def test_a_model_of_complete_rows_begins_with_one_of_missing_ones(params, transformer, columns):
    model = forecaster(transformer, params).fit(X[columns][:150], Y[:150])
    whole_X, whole_Y = FULL
    new = forecaster(transformer, params, calibration_fraction=None)
    new.fit(whole_X[columns][100:160], whole_Y[100:160], init_model=model)
    new.calibrate(Y[160:180], X[columns][160:180])
    table = new.forecast(STEPS, X[columns][180:187], coverage=0.5)
    assert (table.lower_50 < table.upper_50).all()


@every_level
@every_transformer
def test_searched_backtested_and_voted(params, transformer, columns):
    model = forecaster(transformer, params, calibration_fraction=0.3)
    table = backtest(model, Y, X[columns], horizon=STEPS, initial=150, step=20, coverage=0.5)
    assert table.forecast.notna().all()
    search = GridSearchCV(model, {"window": [7, 14]}, cv=TimeSeriesSplit(2, test_size=STEPS))
    search.fit(X[columns], FULL[1])
    vote = VotingForecaster([("a", model), ("b", forecaster(transformer, params))])
    vote.fit(X[columns][:150], Y[:150])
    assert vote.forecast(STEPS, X[columns][150:157], coverage=0.5).notna().all(axis=None)
