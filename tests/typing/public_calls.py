"""Every public call, in ordinary lines of a user: no error of pyright and mypy is allowed here."""

import os
import tempfile

import numpy as np
import pandas as pd

import sklstm
from sklstm import callbacks, cells, datasets, losses, metrics, optimizers, preprocessing, schedules
from sklstm.gradcheck import check_gradients

sklstm.show_versions()
X, y = datasets.make_adding_problem(30, 12, random_state=0)
strings, symbols, legal = datasets.make_embedded_reber(20, random_state=np.random.default_rng(0))
ordered, labels = datasets.make_temporal_order(20, 12, random_state=0)
weather, flow, stores = datasets.make_river_flow(90, random_state=0)
airline, sunspots = datasets.load_airline(), datasets.load_sunspots()
passengers = pd.Series(airline.passengers, pd.period_range("1949-01", periods=144, freq="M"))
print(
    weather[0].tolist(),
    flow.mean(),
    stores.shape,
    airline.month[0],
    airline.DESCR[:10],
    sunspots.sunspots.mean(),
    legal[0].sum(axis=1).tolist(),
)

windows, targets = preprocessing.sliding_windows(airline.passengers, window=12, horizon=2, stride=3)
strips = preprocessing.parallel_strips(np.sin(0.1 * np.arange(300)), 4)
flat = preprocessing.ToSequences(2, layout="NCT", time_order="newest_first").fit_transform(X)
patches = preprocessing.Patches(3).fit(X).transform(X).astype(np.float32)
whole = preprocessing.Patches(3).set_output(transform="default").fit(X).inverse_transform(patches)
aligned = preprocessing.Patches(3).fit(X).transform_targets(X[:, :, 0]).sum() - whole.sum()
scaled = preprocessing.TimeDistributed(preprocessing.Patches(2)).get_params()["transformer"].length
calendar = preprocessing.CalendarFeatures(["month"], holidays=["1949-12-26"]).fit(passengers)
print(strips[0].shape, flat.shape, aligned, scaled + 1, calendar.get_feature_names_out().tolist())
print([len(x) for x in preprocessing.strip_padding([[0.0, 1.0, 2.0, 0.0]], 0.0, side="end")])

cell, optimizer = cells.LSTM(peepholes=True, forget_bias=1.0), optimizers.RMSprop(decay=0.9)
schedule = schedules.WarmUp(schedules.CosineDecay(0.01), n_epochs=2)
model = sklstm.LSTMRegressor(4, cell=cell, optimizer=optimizer, learning_rate=schedule, max_iter=2)
model.set_params(loss=losses.Gaussian(), random_state=0).fit(X, y, X_val=X, y_val=y)
mean, std = model.predict(X, return_std=True)
error = np.abs(model.predict(X) - y).mean() / std.max() + float(mean[0]) + model.score(X, y)
bounds, draws = model.predict_quantiles(X, [0.1, 0.9])[:, 0], model.sample_y(X, n_samples=5).T
print(model.loss_curve_[-1], model.n_iter_ + 1, model.weights_["bias_l0"].shape, model.cell)
print(model.hidden_states(X)[:, -1].mean(axis=0), model.gates(X)["forget"].max(), draws.shape)
print(model.partial_fit(X, y).stream(2, method="predict").push(X[:2, 0]).round(3), bounds.shape)
print(max(check_gradients(sklstm.LSTMRegressor(2, cell="gru"), X[:3], y[:3]).values()) < 1e-7)

logs = callbacks.CSVLogger(os.devnull)
classifier = sklstm.LSTMClassifier(4, class_weight="balanced", max_iter=2).set_callbacks(logs)
classifier.fit(ordered, labels)
print(
    classifier.learning_rate_curve_[0], classifier.gradient_norm_curve_, classifier.duration_curve_
)
with tempfile.TemporaryDirectory() as folder:
    resumable = classifier.set_callbacks(callbacks.Checkpoint(folder, every=2, resume=True))
    resumable.fit(ordered, labels)
    sklstm.save(classifier, os.path.join(folder, "model.safetensors"))
    print(sklstm.load(os.path.join(folder, "model.safetensors")).predict(ordered))
print(classifier.predict(ordered).tolist(), classifier.predict_proba(ordered).max(axis=1).round(2))
print(classifier.decision_function(ordered).shape, classifier.predict_log_proba(ordered)[0].sum())
tagger = sklstm.LSTMClassifier(4, return_sequences=True, max_iter=2).fit(strings, symbols)
print([len(steps) for steps in tagger.predict(strings)], tagger.classes_.tolist(), tagger.alpha_)
over_steps = metrics.over_steps("accuracy")(tagger, strings, symbols)

forecaster = sklstm.SequenceForecaster("smoothing", window=12).fit(None, passengers[:120])
print(forecaster.forecast(24).index[0], forecaster.forecast(12, coverage=[0.8, 0.9])["lower_80"])
print(forecaster.update(passengers[120:126]).predict(np.empty((6, 0))).round(1).tolist())
lower, upper = forecaster.predict_interval(6, coverage=0.9)
quantiles, paths = forecaster.forecast_quantiles(3), forecaster.sample_paths(6, n_paths=20)
voting = sklstm.VotingForecaster([("a", forecaster)], average="median").fit(y=passengers[:120])
print(voting.calibrate(passengers[120:140]).score(None, passengers[140:]), quantiles[0], voting)
table = sklstm.backtest(forecaster, passengers, horizon=6, initial=120, step=6, coverage=0.9)
mase = metrics.mean_absolute_scaled_error(table.y, table.forecast, y_train=passengers[:120])
rmsse = metrics.root_mean_squared_scaled_error(table.y, table.forecast, y_train=passengers[:120])
smape = metrics.symmetric_mean_absolute_percentage_error(table["y"], table["forecast"])
covered = metrics.interval_coverage(passengers[126:132], lower, upper)
width = metrics.interval_score(passengers[126:132], lower, upper, coverage=0.9)
crps = metrics.continuous_ranked_probability_score(passengers[126:132], paths.T)
print(f"{error:.2f} {over_steps:.2f} {mase + rmsse + smape:.2f} {covered:.2f} {width + crps:.2f}")

text = sklstm.LSTMLanguageModel(8, level="char", max_iter=2, random_state=0).fit(["to be " * 50])
print(text.sample(8, prompt="to ", temperature=0.5).strip(), text.vocabulary_[0].upper())
print(round(text.perplexity(["to be"]) + text.score(["to be"]), 2), text.predict_proba("to").sum())
