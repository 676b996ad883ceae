"""mlforecast: a data frame of lags in the order they were asked for, one row per series."""

import numpy as np
import optuna
import pandas as pd
import pytest
from by_hand import EXACTLY, EXOG, SERIES, WINDOW, forecast, teacher_forced, tiny, windows
from mlforecast import MLForecast
from mlforecast.auto import AutoMLForecast, AutoModel
from mlforecast.target_transforms import Differences
from numpy.testing import assert_allclose
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.pipeline import make_pipeline

from sklstm.preprocessing import ToSequences

LAGS = list(range(1, WINDOW + 1))
PARTS = {"long": SERIES, "short": 0.5 * SERIES[40:]}  # of different lengths


def frame(series=PARTS, exog=None):
    frames = [
        pd.DataFrame({"unique_id": name, "ds": part.index, "y": part.to_numpy()})
        for name, part in series.items()
    ]
    if exog is not None:
        frames = [f.join(exog, on="ds") for f in frames]
    return pd.concat(frames, ignore_index=True)


def forecaster(model, lags=LAGS, **features):
    return MLForecast(models={"lstm": model}, freq="MS", lags=lags, **features)


def fit_by_hand(series, exog=None):
    """One network for all series, and their windows one after the other."""
    cut = [windows(part, None if exog is None else exog.loc[part.index]) for part in series]
    return tiny().fit(*map(np.concatenate, zip(*cut, strict=True)))


@pytest.mark.capability("fit", "predict", "ragged")
def test_lags_oldest_first_need_nothing_else():
    client = forecaster(tiny(), lags=LAGS[::-1]).fit(frame(), static_features=[])
    predicted = client.predict(6)
    model = fit_by_hand(PARTS.values())
    for name, part in PARTS.items():
        ours = forecast(model, part, 6)
        assert_allclose(ours[0], teacher_forced(model, part), **EXACTLY)
        assert_allclose(predicted.loc[predicted["unique_id"] == name, "lstm"], ours, **EXACTLY)


@pytest.mark.capability("fit", "predict", "exog", "ragged")
def test_date_features_come_after_the_lags():
    network = make_pipeline(ToSequences(time_order="newest_first", n_static=1), tiny())
    client = forecaster(network, date_features=["month"]).fit(frame(), static_features=[])
    predicted = client.predict(6)
    months = pd.DataFrame({"month": SERIES.index.month}, index=SERIES.index)
    model = fit_by_hand(PARTS.values(), months)
    for name, part in PARTS.items():
        ours = forecast(model, part, 6, months[:6])  # January follows December
        assert_allclose(predicted.loc[predicted["unique_id"] == name, "lstm"], ours, **EXACTLY)


@pytest.mark.capability("exog")
def test_exogenous_columns_come_before_the_lags():
    lags_first = make_column_transformer(
        ("passthrough", make_column_selector("^lag")), remainder="passthrough"
    )
    network = make_pipeline(lags_first, ToSequences(time_order="newest_first", n_static=2), tiny())
    past = {name: part[:-6] for name, part in PARTS.items()}
    client = forecaster(network).fit(frame(past, EXOG), static_features=[])
    future = frame(PARTS, EXOG).groupby("unique_id").tail(6).drop(columns="y")
    predicted = client.predict(6, X_df=future)
    model = fit_by_hand(past.values(), EXOG)
    for name, part in past.items():
        ours = forecast(model, part, 6, EXOG[-6:])
        assert_allclose(predicted.loc[predicted["unique_id"] == name, "lstm"], ours, **EXACTLY)


@pytest.mark.capability("backtest")
def test_cross_validation():
    client = forecaster(tiny(), lags=LAGS[::-1])
    result = client.cross_validation(frame(), n_windows=2, h=6, static_features=[])
    assert result["cutoff"].nunique() == 2
    for cutoff, fold in result.groupby("cutoff"):
        past = {name: part[:cutoff] for name, part in PARTS.items()}
        model = fit_by_hand(past.values())
        for name, part in past.items():
            ours = forecast(model, part, 6)
            assert_allclose(fold.loc[fold["unique_id"] == name, "lstm"], ours, **EXACTLY)


@pytest.mark.capability("predict")
def test_differences_are_undone():
    client = forecaster(tiny(), lags=LAGS[::-1], target_transforms=[Differences([12])])
    predicted = client.fit(frame({"long": SERIES}), static_features=[]).predict(12)
    differences = SERIES.diff(12).dropna()
    ours = forecast(fit_by_hand([differences]), differences, 12) + SERIES.to_numpy()[-12:]
    assert_allclose(predicted["lstm"], ours, **EXACTLY)


@pytest.mark.capability("search")
def test_search_selects_what_is_best_in_cross_validation():
    def hidden_size(trial):
        return {"hidden_size": trial.suggest_categorical("hidden_size", [1, 6])}

    def mean_absolute_error(valid, train_df):
        return (valid["y"] - valid["model"]).abs().mean()

    auto = AutoMLForecast(
        models={"lstm": AutoModel(tiny(), hidden_size)},
        freq="MS",
        init_config=lambda trial: {"lags": LAGS[::-1]},
    )
    grid = optuna.samplers.GridSampler({"hidden_size": [1, 6]}, seed=0)
    auto.fit(
        frame({"long": SERIES}),
        n_windows=1,
        h=12,
        num_samples=2,
        loss=mean_absolute_error,
        study_kwargs={"sampler": grid},
    )
    found = {t.params["hidden_size"]: t.value for t in auto.results_["lstm"].get_trials()}
    past = SERIES[:-12]
    for size in (1, 6):
        ours = forecast(tiny(size).fit(*windows(past)), past, 12)
        assert_allclose(found[size], np.abs(SERIES.to_numpy()[-12:] - ours).mean())
    assert found[1] != found[6]
    best = tiny(min(found, key=found.get)).fit(*windows(SERIES))
    assert_allclose(auto.predict(6)["lstm"], forecast(best, SERIES, 6), **EXACTLY)
