"""Displays of networks: loss curves, calibration, gates, importance and saliency."""

import sys

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

plt = pytest.importorskip("matplotlib.pyplot")

from estimator_cases import FORMS, LABELS, N, Y, every_form, small  # noqa: E402

from sklstm import (  # noqa: E402
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
)
from sklstm.cells import CELLS, StepCell  # noqa: E402
from sklstm.core.patches import n_patches  # noqa: E402
from sklstm.inspection import (  # noqa: E402
    CalibrationDisplay,
    GateDisplay,
    ImportanceDisplay,
    LossCurveDisplay,
    SaliencyDisplay,
    permutation_importance,
    saliency,
)
from sklstm.losses import Quantile  # noqa: E402
from sklstm.preprocessing import TimeDistributed  # noqa: E402

TABLE = FORMS["table"]
rng = np.random.default_rng(0)
MANY, MANY_Y = rng.standard_normal((80, 5)), rng.standard_normal(80)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


# Loss curves


def stopping(make, **params):
    return small(make, max_iter=8, early_stopping=True, **params)


def test_loss_curves_and_the_restored_epoch():
    model = stopping(LSTMRegressor).fit(MANY, MANY_Y)
    display = LossCurveDisplay.from_estimator(model)
    np.testing.assert_array_equal(display.line_.get_ydata(), model.loss_curve_)
    np.testing.assert_array_equal(display.line_.get_xdata(), np.arange(1, 9))
    validation = model.validation_loss_curve_
    np.testing.assert_array_equal(display.validation_line_.get_ydata(), validation)
    assert display.best_epoch == 1 + np.argmin(validation) and display.score_line_ is None
    assert display.best_line_.get_label() == f"restored epoch ({display.best_epoch})"
    assert display.plot(score=True).score_ax_.get_ylabel() == "validation score"
    assert display.plot(log_scale=True).ax_.get_yscale() == "log"
    assert display.plot(loss_kwargs={"c": "red", "lw": 5}).line_.get_linewidth() == 5


def test_the_restored_epoch_by_a_score():
    model = stopping(LSTMClassifier, scoring="accuracy").fit(MANY, MANY_Y > 0)
    display = LossCurveDisplay.from_estimator(model)
    score, loss = model.validation_score_curve_, model.validation_loss_curve_
    best = max(range(8), key=lambda k: (score[k], -loss[k]))
    assert display.best_epoch == 1 + best
    np.testing.assert_array_equal(display.score_line_.get_ydata(), score)


def test_validation_data_without_early_stopping():
    model = small(LSTMRegressor).fit(MANY, MANY_Y, X_val=MANY[:20], y_val=MANY_Y[:20])
    display = LossCurveDisplay.from_estimator(model)
    assert display.best_line_.get_label().startswith("lowest validation loss")


def test_without_validation_and_with_one_epoch():
    model = small(LSTMRegressor, max_iter=1).fit(TABLE, Y)
    display = LossCurveDisplay.from_estimator(model, name="one")
    assert display.validation_line_ is None and display.best_line_ is None
    assert display.line_.get_marker() == "o" and display.line_.get_label() == "one: training loss"


def test_several_loss_curves_share_their_legend_and_the_axis_of_the_score():
    model = stopping(LSTMClassifier, scoring="accuracy").fit(MANY, MANY_Y > 0)
    ax = None
    for k in range(12):
        display = LossCurveDisplay.from_estimator(model, name=f"network {k}", ax=ax)
        ax = display.ax_
        colours = {display.line_.get_color(), display.validation_line_.get_color()}
        assert colours == {f"C{k}"} == {display.score_line_.get_color()}
    assert len(display.figure_.axes) == 2 and len(display.score_ax_.lines) == 12
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    kinds = ["training loss", "validation loss", "restored epoch", "validation score"]
    assert names == [f"network {k}" for k in range(12)] + kinds
    display.figure_.canvas.draw()
    assert ax.get_position().height > 0.5  # the legend leaves room for the curves
    beside = display.figure_.add_axes([0, 0, 0.1, 0.1], sharex=ax)
    assert LossCurveDisplay.from_estimator(model, ax=beside).score_ax_ is not display.score_ax_


def test_resumed_training_without_validation():
    model = small(LSTMRegressor, warm_start=True).fit(MANY, MANY_Y)
    model.fit(MANY, MANY_Y, X_val=MANY, y_val=MANY_Y)
    with pytest.warns(UserWarning, match="validation loss for 3 of 6 epochs"):
        display = LossCurveDisplay.from_estimator(model)
    np.testing.assert_array_equal(display.validation_line_.get_xdata(), [4, 5, 6])
    assert display.best_epoch == 4 + np.argmin(model.validation_loss_curve_)


def test_the_network_of_every_estimator_is_found():
    network = small(LSTMRegressor)
    pipeline = make_pipeline(StandardScaler(), network)
    forecaster = SequenceForecaster(pipeline, combine=False, calibration_fraction=None)
    fitted = [
        pipeline.fit(TABLE, Y),
        GridSearchCV(pipeline, {"lstmregressor__hidden_size": [2]}, cv=2).fit(TABLE, Y),
        forecaster.fit(None, np.arange(60) + np.sin(np.arange(60))),
        LSTMLanguageModel(2, max_iter=3).fit(["abcabc"]),
        MLPRegressor(hidden_layer_sizes=2, tol=10, n_iter_no_change=2).fit(TABLE, Y),
    ]
    for estimator in fitted:
        assert len(LossCurveDisplay.from_estimator(estimator).line_.get_ydata()) <= 4


def test_loss_curves_that_cannot_be_drawn():
    with pytest.raises(NotFittedError):
        LossCurveDisplay.from_estimator(LSTMRegressor())
    with pytest.raises(TypeError, match="Ridge.* has no loss_curve_; expected a fitted estimator"):
        LossCurveDisplay.from_estimator(Ridge().fit(TABLE, Y))
    voting = VotingForecaster([("a", SequenceForecaster(Ridge()))], calibration_fraction=None)
    voting.fit(None, np.arange(40.0))
    with pytest.raises(TypeError, match=r"Pass one of its members, such as named_estimators_\['a'"):
        LossCurveDisplay.from_estimator(voting)
    with pytest.raises(ValueError, match="loss has shape .0,.; expected a value for each epoch"):
        LossCurveDisplay([]).plot()
    with pytest.raises(ValueError, match="log_scale=True needs positive losses, but the lowest"):
        LossCurveDisplay([1.0, -0.5]).plot(log_scale=True)
    with pytest.raises(TypeError, match="expected axes of matplotlib"):
        LossCurveDisplay([1.0]).plot(plt.figure())


# Calibration


def test_calibration_of_a_distribution():
    model = small(LSTMRegressor, loss="gaussian").fit(TABLE, Y)
    display = CalibrationDisplay.from_estimator(model, MANY, MANY_Y, quantiles=[0.9, 0.2])
    predicted = model.predict_quantiles(MANY, [0.2, 0.9])
    np.testing.assert_array_equal(display.nominal, [0.2, 0.9])
    np.testing.assert_allclose(display.observed, (MANY_Y[:, None] <= predicted).mean(axis=0))
    assert display.n_targets == 80 and display.line_.get_label() == "LSTMRegressor"
    default = CalibrationDisplay.from_estimator(model, MANY, MANY_Y)
    np.testing.assert_allclose(default.nominal, np.arange(1, 20) / 20)


def test_calibration_of_learned_quantiles_in_a_pipeline():
    learned = small(LSTMRegressor, loss=Quantile([0.1, 0.5, 0.9]))
    pipeline = make_pipeline(StandardScaler(), learned).fit(TABLE, Y)
    display = CalibrationDisplay.from_estimator(pipeline, MANY, MANY_Y)
    np.testing.assert_array_equal(display.nominal, [0.1, 0.5, 0.9])
    expected = (MANY_Y[:, None] <= pipeline.predict(MANY)).mean(axis=0)
    np.testing.assert_allclose(display.observed, expected)


def test_calibration_of_steps_of_different_lengths():
    X = FORMS["ragged"]
    y = [np.arange(len(x), dtype=float) for x in X]
    model = small(LSTMRegressor, loss="gaussian", return_sequences=True).fit(X, y)
    display = CalibrationDisplay.from_estimator(model, X, y, quantiles=[0.5])
    below = np.concatenate(y) <= np.concatenate(model.predict_quantiles(X, 0.5))
    assert display.observed == [below.mean()] and display.n_targets == sum(map(len, X))


def test_calibration_of_a_calibrated_and_a_wrong_model():
    y = rng.standard_normal(2000)
    levels = np.array([0.1, 0.5, 0.9])
    normal = np.array([-1.2816, 0.0, 1.2816])
    right = CalibrationDisplay.from_predictions(y, np.tile(normal, (2000, 1)), levels)
    assert np.abs(right.observed - levels).max() < 0.03
    wrong = CalibrationDisplay.from_predictions(y, np.tile(normal / 3, (2000, 1)), levels)
    assert wrong.observed[0] > 0.25 and wrong.observed[2] < 0.75
    bounds = np.full(2000, -1.2816), np.full(2000, 1.2816)
    display = CalibrationDisplay.from_predictions(y, bounds, 0.8)
    assert display.kind == "bounds" and abs(display.observed[0] - 0.8) < 0.03
    y[:1000] = np.nan
    assert CalibrationDisplay.from_predictions(y, bounds, 0.8).n_targets == 1000


def test_several_models_share_diagonal_and_band():
    display = CalibrationDisplay([0.1, 0.9], [0.2, 0.8], 100, name="a").plot()
    other = CalibrationDisplay([0.1, 0.9], [0.1, 0.9], 100, name="b").plot(display.ax_)
    assert other.diagonal_ is display.diagonal_
    assert display.band_ is not None and other.band_ is None
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == ["95 % of calibrated\nmodels (n = 100)", "calibrated", "a", "b"]
    assert CalibrationDisplay([0.5], [0.5], 10).plot(band=False).band_ is None


def test_calibration_that_cannot_be_drawn():
    model = small(LSTMRegressor).fit(TABLE, Y)
    with pytest.raises(ValueError, match="without quantiles. Fit with that of a distribution"):
        CalibrationDisplay.from_estimator(model, MANY, MANY_Y)
    forecaster = SequenceForecaster(Ridge()).fit(None, np.arange(40.0))
    with pytest.raises(TypeError, match="has no method predict_quantiles.*from_backtest"):
        CalibrationDisplay.from_estimator(forecaster, None, np.arange(3.0))
    with pytest.raises(ValueError, match="y_pred has 6 values, .* 2 targets and 2 level"):
        CalibrationDisplay.from_predictions([1.0, 2.0], np.ones((2, 3)), [0.1, 0.9])
    with pytest.raises(ValueError, match="y_true has no known value"):
        CalibrationDisplay.from_predictions([np.nan], [[1.0]], [0.5])
    with pytest.raises(ValueError, match="did you mean 0.9"):
        CalibrationDisplay.from_predictions([1.0], [[1.0]], [90])
    with pytest.raises(ValueError, match="y_pred is a tuple of 3; expected .lower, upper."):
        CalibrationDisplay.from_predictions([1.0], ([1.0],) * 3, 0.9)
    with pytest.raises(ValueError, match="y_true is .*; expected numbers"):
        CalibrationDisplay.from_predictions(["a"], [[1.0]], [0.5])


# Gates


@pytest.mark.parametrize("cell", CELLS)
def test_gates_and_states_of_every_cell(cell):
    model = small(LSTMRegressor, cell=cell, patch_length=1).fit(FORMS["ragged"], Y)
    display = GateDisplay.from_estimator(model, FORMS["ragged"], index=1)
    gates, h = model.gates(FORMS["ragged"]), model.hidden_states(FORMS["ragged"])
    assert set(display.images_) - {"c"} == {*gates, "h"}
    for name, (image,) in display.images_.items():
        values = np.asarray(image.get_array())
        assert values.shape == (3, len(FORMS["ragged"][1]))
        if name != "c":
            expected = h[1] if name == "h" else gates[name][1]
            np.testing.assert_allclose(values, expected.T)
    np.testing.assert_array_equal(display.x, FORMS["ragged"][1])


def test_the_cell_state_is_that_of_the_equations():
    model = small(LSTMRegressor, patch_length=1, bidirectional=True).fit(FORMS["ragged"], Y)
    display = GateDisplay.from_estimator(model, FORMS["ragged"], index=4)
    values = display.activations
    np.testing.assert_allclose(values["h"], values["output"] * np.tanh(values["c"]))
    forward = {name: array[:, :3] for name, array in values.items()}
    before = np.concatenate([np.zeros((1, 3)), forward["c"][:-1]])
    expected = forward["forget"] * before + forward["input"] * forward["cell"]
    np.testing.assert_allclose(forward["c"], expected)


@every_form
@pytest.mark.parametrize("patch_length", [1, 2])
def test_both_directions_and_patches(patch_length, form):
    X = FORMS[form]
    model = small(LSTMClassifier, bidirectional=True, patch_length=patch_length, cell="gru")
    display = GateDisplay.from_estimator(model.fit(X, LABELS), X, index=-1)
    assert display.axes_.shape == (5, 2)
    h = model.hidden_states(X)[-1]
    for j, image in enumerate(display.images_["h"]):
        np.testing.assert_allclose(image.get_array(), h[:, 3 * j : 3 * j + 3].T)
    edges = display.images_["h"][0].get_coordinates()[0, :, 0]
    assert len(edges) == n_patches(len(X[-1]), patch_length) + 1
    assert edges[0] == -0.5 and edges[-1] == len(X[-1]) - 0.5
    display.figure_.canvas.draw()


def test_gates_that_are_chosen_and_axes_that_are_given():
    pipeline = make_pipeline(TimeDistributed(StandardScaler()), small(LSTMRegressor, num_layers=2))
    pipeline.fit(FORMS["3-D"], Y)
    display = GateDisplay.from_estimator(pipeline, FORMS["3-D"], gates=["forget", "h"])
    assert list(display.images_) == ["forget", "h"] and display.axes_.shape == (3, 1)
    scaled = pipeline[0].transform(FORMS["3-D"])
    np.testing.assert_array_equal(display.x, scaled[0])
    again = display.plot(plt.subplots(3)[1], gates=["forget", "h"], sort_units=True)
    image = np.asarray(again.images_["h"][0].get_array())
    assert (np.diff(image.mean(axis=1)) >= 0).all()
    with pytest.raises(ValueError, match="ax has 1 axes, but GateDisplay draws 7"):
        display.plot(plt.subplots()[1])
    with pytest.raises(ValueError, match="'reset'.* not valid; the cell has .'input', 'forget'"):
        display.plot(gates=["reset"])


class Silent(StepCell):
    """A simple cell that names no gates."""

    def shapes(self, n_inputs, hidden_size):
        return {"weight": (hidden_size, n_inputs)}

    def step(self, weights, x, state):
        return (weights["weight"] @ x + state[0] / 2,), {"x": x}

    def adjoint(self, weights, memo, d_state):
        (dh,) = d_state
        return weights["weight"].T @ dh, (dh / 2,), {"weight": dh @ memo["x"].T}


def test_gates_that_cannot_be_drawn():
    with pytest.raises(NotFittedError):
        GateDisplay.from_estimator(LSTMRegressor(), TABLE)
    silent = small(LSTMRegressor, cell=Silent()).fit(TABLE, Y)
    with pytest.raises(ValueError, match="The cell Silent.* names no gates. .*hidden_states"):
        GateDisplay.from_estimator(silent, TABLE)
    model = small(LSTMRegressor).fit(TABLE, Y)
    with pytest.raises(ValueError, match="index=12 is not one of the 12 sequences"):
        GateDisplay.from_estimator(model, TABLE, index=N)
    wrapped = TransformedTargetRegressor(small(LSTMRegressor)).fit(TABLE, Y)
    with pytest.raises(TypeError, match="GateDisplay needs a network .* got TransformedTarget"):
        GateDisplay.from_estimator(wrapped, TABLE)


# Importance and saliency


@pytest.mark.parametrize("unit", ["channel", "step", "block"])
@pytest.mark.parametrize("form", ["3-D", "ragged"])
def test_importance(form, unit):
    model = small(LSTMRegressor).fit(FORMS[form], Y)
    options = {"unit": unit, "n_repeats": 2, "random_state": 0}
    display = ImportanceDisplay.from_estimator(model, FORMS[form], Y, name="a", **options)
    expected = permutation_importance(model, FORMS[form], Y, **options)
    np.testing.assert_array_equal(display.result.importances, expected.importances)
    if unit == "channel":
        widths = [bar.get_width() for bar in display.bars_]
        np.testing.assert_array_equal(widths, np.sort(expected.importances_mean))
        assert display.line_ is None
    else:
        values = display.line_.get_ydata()
        np.testing.assert_array_equal(values[:-1], expected.importances_mean)
        assert display.bars_ is None
    assert display.ax_.get_legend() is not None
    label = display.ax_.get_xlabel() if unit == "channel" else display.ax_.get_ylabel()
    assert " ".join(label.split()) == "decrease of r2 (mean ± std of 2 permutations)"
    display.figure_.canvas.draw()


def test_only_the_most_important_of_many_channels_are_drawn():
    result = Bunch(
        importances=np.zeros((30, 1)),
        importances_mean=np.arange(30.0),
        importances_std=np.ones(30),
        unit="channel",
        names=[f"a sensor with a long name, number {k}" for k in range(30)],
        positions=np.zeros((30, 2), int),
    )
    display = ImportanceDisplay(result).plot()
    assert [bar.get_width() for bar in display.bars_] == list(range(10, 30))
    assert display.ax_.get_ylabel() == "channel (10 more not shown)"
    assert display.ax_.get_xlabel() == "decrease of the score"
    assert display.ax_.get_yticklabels()[-1].get_text().endswith("number 29")
    with pytest.raises(TypeError, match="without importances; expected what sklstm.inspection"):
        ImportanceDisplay(Bunch()).plot()


@pytest.mark.parametrize(
    ("target", "index", "title"),
    [
        (None, None, "mean of 12 sequences, each for its predicted class"),
        (True, None, "mean of 12 sequences, class True"),
        (True, 2, "sequence 2, class True"),
        (False, -1, "sequence 11, class False"),
    ],
)
def test_the_title_of_a_saliency_names_sequence_and_class(target, index, title):
    model = small(LSTMClassifier).fit(TABLE, np.arange(N) > 5)
    result = saliency(model, TABLE, target=target)
    if target is None:
        result.targets[:2] = [False, True]
    assert SaliencyDisplay(result).plot(index=index).ax_.get_title() == title


def test_the_legend_of_a_saliency_leaves_no_empty_strip():
    model = small(LSTMRegressor).fit(FORMS["3-D"], Y)
    display = SaliencyDisplay.from_estimator(model, FORMS["3-D"], index=0)
    display.figure_.canvas.draw()
    prediction = model.predict(FORMS["3-D"])[0]
    assert display.ax_.get_title() == f"sequence 0, prediction {prediction:.3g}"
    bar = display.image_.colorbar.ax.get_position()
    assert bar.x0 - display.ax_.get_position().x1 < 0.05
    given = SaliencyDisplay(display.result).plot(plt.subplots(2)[1], index=0)
    assert given.ax_.get_legend() is not None


@every_form
@pytest.mark.parametrize("index", [None, 2])
def test_saliency(form, index):
    model = small(LSTMRegressor).fit(FORMS[form], Y)
    display = SaliencyDisplay.from_estimator(model, FORMS[form], index=index)
    gradients = saliency(model, FORMS[form]).gradients
    assert display.axes_.shape == ((1,) if index is None else (2,))
    if index is not None:
        expected = gradients[index]
        shown = [line.get_ydata() for line in display.lines_]
        x = FORMS[form][index]
        np.testing.assert_array_equal(np.transpose(shown), x.reshape(len(x), -1))
    elif form == "ragged":
        expected = np.stack(
            [
                np.abs([g[-k] for g in gradients if len(g) >= k]).mean(axis=0)
                for k in range(5, 0, -1)
            ]
        )
    else:
        expected = np.abs(gradients).mean(axis=0)
    if form == "table":
        np.testing.assert_allclose([bar.get_height() for bar in display.bars_], expected)
    else:
        np.testing.assert_allclose(display.image_.get_array(), expected.T)
    display.figure_.canvas.draw()


def test_saliency_that_cannot_be_drawn():
    model = small(LSTMRegressor).fit(TABLE, Y)
    with pytest.raises(ValueError, match="index=12 is not one of the 12 sequences"):
        SaliencyDisplay.from_estimator(model, TABLE, index=12)
    with pytest.raises(TypeError, match="expected what sklstm.inspection.saliency returns"):
        SaliencyDisplay(3).plot()


# Of all


def refit_false():
    search = GridSearchCV(small(LSTMRegressor), {"num_layers": [1]}, refit=False, cv=2)
    return search.fit(TABLE, Y)


DRAWINGS = {
    "loss curve": lambda estimator: LossCurveDisplay.from_estimator(estimator),
    "gates": lambda estimator: GateDisplay.from_estimator(estimator, TABLE),
    "calibration": lambda estimator: CalibrationDisplay.from_estimator(estimator, TABLE, Y),
    "saliency": lambda estimator: SaliencyDisplay.from_estimator(estimator, TABLE),
    "importance": lambda estimator: permutation_importance(estimator, TABLE, Y),
}


@pytest.mark.parametrize("what", DRAWINGS)
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_a_search_without_a_best_estimator(what, in_pipeline):
    search = refit_false()
    if in_pipeline:
        search = make_pipeline(StandardScaler().fit(TABLE), search)
    with pytest.raises(ValueError, match="GridSearchCV has refit=False and .* refit=True, or"):
        DRAWINGS[what](search)


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    model = small(LSTMRegressor, loss="gaussian").fit(FORMS["3-D"], Y)
    calls = {
        "LossCurveDisplay": lambda: LossCurveDisplay.from_estimator(model),
        "GateDisplay": lambda: GateDisplay.from_estimator(model, FORMS["3-D"]),
        "CalibrationDisplay": lambda: CalibrationDisplay.from_estimator(model, FORMS["3-D"], Y),
        "ImportanceDisplay": lambda: ImportanceDisplay.from_estimator(model, FORMS["3-D"], Y),
        "SaliencyDisplay": lambda: SaliencyDisplay.from_estimator(model, FORMS["3-D"]),
    }
    for name, call in calls.items():
        expected = f"{name} needs matplotlib, .*pip install matplotlib pandas"
        with pytest.raises(ImportError, match=expected):
            call()
    assert saliency(model, FORMS["3-D"]).gradients.shape == (N, 5, 2)
