"""Displays of forecasts and backtests, for every form of y."""

import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge

pd = pytest.importorskip("pandas")
plt = pytest.importorskip("matplotlib.pyplot")

from quick_forecasters import AHEAD, DATED, DATES, TOGETHER, Flat, Naive, X, Y  # noqa: E402

from sklstm import SequenceForecaster, VotingForecaster, backtest  # noqa: E402
from sklstm.inspection import BacktestDisplay, CalibrationDisplay, ForecastDisplay  # noqa: E402

INDEXES = {
    "months": DATES,
    "periods": pd.period_range("2020-01", periods=60, freq="M"),
    "business days": pd.bdate_range("2020-01-01", periods=60),
    "hours in a zone": pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Berlin"),
    "durations": pd.timedelta_range("0h", periods=60, freq="15min"),
    "numbers": pd.RangeIndex(100, 160),
    "years": pd.Index(1900.0 + np.arange(60)),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def ridge():
    return SequenceForecaster(Ridge())


def test_table_and_artists_of_one_series():
    forecaster = ridge().fit(None, DATED[:50])
    display = ForecastDisplay.from_estimator(
        forecaster, 10, coverage=[0.5, 0.8], y_true=DATED[50:], n_history=20
    )
    table, expected = display.table, forecaster.forecast(10, coverage=[0.5, 0.8])
    assert table.time.tolist() == list(DATES[30:])
    np.testing.assert_allclose(table.y, Y[30:])
    assert table.forecast.isna().sum() == 20
    for name in expected.columns:
        np.testing.assert_allclose(table[name][20:], expected[name])
    assert display.ax_ is display.axes_[0] and display.figure_ is display.ax_.figure
    assert list(display.bounds_[0]) == [80.0, 50.0]
    np.testing.assert_allclose(display.history_lines_[0].get_ydata(), Y[30:50])
    # The other lines begin at the last observation.
    line = display.forecast_lines_[0].get_ydata()
    np.testing.assert_allclose(line, [Y[49], *expected["forecast"]])
    np.testing.assert_allclose(display.truth_lines_[0].get_ydata(), Y[49:])


@pytest.mark.parametrize("name", INDEXES)
def test_every_kind_of_times(name):
    y = pd.Series(Y, INDEXES[name])
    before, after = y.iloc[:50], y.iloc[50:]
    forecaster = ridge().fit(None, before)
    display = ForecastDisplay.from_estimator(forecaster, 10, coverage=0.8, y_true=after)
    assert display.table.time.tolist() == list(y.index[26:])
    np.testing.assert_allclose(display.table.y, Y[26:])
    given = ForecastDisplay.from_predictions(
        forecaster.forecast(10, coverage=0.8), y_true=after, y_history=before
    )
    pd.testing.assert_frame_equal(display.table, given.table)
    display.figure_.canvas.draw()
    voting = VotingForecaster([("a", ridge()), ("b", ridge())]).fit(None, before)
    assert ForecastDisplay.from_estimator(voting, 3).table.time[0] == y.index[26]


LISTS = [Y[:50], Y[5:50]]
LONG = pd.Series(np.r_[Y[:50], Y[5:50]], [*DATES[:50], *DATES[5:50]])
IDS = ["shop b"] * 50 + ["shop a"] * 45


FORMS = {
    "array": (Y[:50], {}, Y[50:], [None]),
    "columns": (TOGETHER[:50], {}, TOGETHER[50:], [0, 1]),
    "data frame": (
        pd.DataFrame(TOGETHER[:50], DATES[:50], ["a", "b"]),
        {},
        pd.DataFrame(TOGETHER[50:], DATES[50:], ["a", "b"]),
        ["a", "b"],
    ),
    "list": (LISTS, {}, [Y[50:], Y[50:]], [0, 1]),
    "list of columns": (
        [TOGETHER[:50], TOGETHER[5:50]],
        {},
        [TOGETHER[50:], TOGETHER[50:]],
        [(0, 0), (0, 1), (1, 0), (1, 1)],
    ),
    "list of series": ([DATED[:50], DATED[5:50]], {}, [DATED[50:]] * 2, [0, 1]),
    "rows with ids": (
        *(LONG.to_numpy(), {"series_id": IDS}),
        *({"shop a": Y[50:], "shop b": Y[50:]}, ["shop a", "shop b"]),
    ),
    "dated rows with ids": (
        *(LONG, {"series_id": IDS}),
        pd.concat({"shop a": DATED[50:], "shop b": DATED[50:]}),
        ["shop a", "shop b"],
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("coverage", [None, 0.8])
def test_every_form_of_y(form, coverage):
    y, ids, y_true, labels = FORMS[form]
    channels = Flat() if "columns" in form or form == "data frame" else Ridge()
    forecaster = SequenceForecaster(channels).fit(None, y, **ids)
    display = ForecastDisplay.from_estimator(
        forecaster, 10, coverage=coverage, y_true=y_true, n_history=12
    )
    table = display.table
    assert list(dict.fromkeys(table.series)) == labels
    assert len(display.axes_) == len(labels) and len(table) == 22 * len(labels)
    assert ("lower_80" in table) == (coverage is not None)
    for label, line in zip(labels, display.truth_lines_, strict=True):
        reverse = (
            label == 1
            and "columns" in form
            or label == "b"
            or (isinstance(label, tuple) and label[1] == 1)
        )
        values = Y[::-1] if reverse else Y
        np.testing.assert_allclose(line.get_ydata(), values[49:], err_msg=str(label))
    if labels != [None]:
        titles = [ax.get_title() for ax in display.axes_]
        assert len(set(titles)) == len(labels) and all(titles)
    display.figure_.canvas.draw()


def test_series_to_forecast_are_chosen_by_id():
    forecaster = ridge().fit(None, LONG, series_id=IDS)
    display = ForecastDisplay.from_estimator(forecaster, 3, series_id=["shop b"])
    assert display.table.series.unique().tolist() == ["shop b"]
    np.testing.assert_allclose(display.history_lines_[0].get_ydata(), Y[26:50])


def test_exogenous_variables_and_other_forecasters():
    forecaster = SequenceForecaster(Flat()).fit(X, DATED)
    display = ForecastDisplay.from_estimator(forecaster, None, AHEAD, coverage=0.5)
    assert display.table.forecast.notna().sum() == 5
    naive = Naive().fit(None, Y)
    display = ForecastDisplay.from_estimator(naive, 4, y_history=Y)
    assert display.table.time.tolist() == list(range(-23, 5))
    display = ForecastDisplay.from_estimator(naive, 1)
    assert display.history_lines_ == [None] and display.forecast_lines_[0].get_marker() == "o"
    assert display.ax_.get_xlabel() == "steps after the last observation"


@pytest.mark.parametrize(
    ("y", "y_label", "expected"),
    [
        (DATED, None, "y"),
        (DATED.rename("sales"), None, "sales"),
        (DATED.rename("sales"), "sales in t", "sales in t"),
        (Y, None, "y"),
        (DATED.to_frame("sales"), None, ""),  # the name is the title
        (DATED.to_frame("sales"), "t", "t"),
    ],
)
def test_the_axis_has_the_name_of_y(y, y_label, expected):
    forecaster = ridge().fit(None, y[:50])
    for coverage in (None, 0.5):
        display = ForecastDisplay.from_estimator(forecaster, 3, coverage=coverage, y_label=y_label)
        assert display.ax_.get_ylabel() == expected
        texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
        assert texts == ["history", *["50 % interval"] * (coverage is not None), "forecast"]


@pytest.mark.parametrize(("steps", "n_rows"), [(1, 24), (12, 24), (20, 40)])
def test_the_forecast_is_a_third_of_the_picture(steps, n_rows):
    forecast = ridge().fit(None, Y).forecast(steps)
    display = ForecastDisplay.from_predictions(forecast, y_history=Y, y_true=forecast)
    assert len(display.history_lines_[0].get_xdata()) == n_rows
    # A truth that the forecast meets is seen above it.
    assert display.truth_lines_[0].get_zorder() > display.forecast_lines_[0].get_zorder()


def test_series_are_chosen_and_many_are_refused():
    forecaster = ridge().fit(None, [Y + k for k in range(25)])
    with pytest.raises(ValueError, match=r"25 series, .* up to 24 .* series=\[0, 1, 2\]"):
        ForecastDisplay.from_estimator(forecaster, 3)
    display = ForecastDisplay.from_estimator(forecaster, 3, series=[7, 2])
    assert [ax.get_title() for ax in display.axes_] == ["7", "2"]
    with pytest.raises(ValueError, match="series=.*99.* not among the series"):
        display.plot(series=[99])
    with pytest.raises(TypeError, match="series is 'a'; expected a list"):
        display.plot(series="a")
    display.plot(series=list(range(12)), n_cols=4)
    assert len(display.axes_) == 12


def test_irregular_times_need_the_history():
    y = DATED.drop(DATES[[5, 9, 20]])
    y = pd.Series(y.to_numpy(), y.index + pd.to_timedelta(np.arange(57) % 3, "D"))
    with pytest.warns(UserWarning, match="step"):
        forecaster = ridge().fit(None, y)
    display = ForecastDisplay.from_estimator(forecaster, 3)
    assert display.table.time.tolist()[-4:] == [0, 1, 2, 3]


REFUSED = [
    ({"y_true": DATED[:3]}, "y_true has times from 2020-01-01.* none of which is forecast"),
    ({"y_true": pd.Series(Y[50:], INDEXES["periods"][50:])}, "y_true has Period.*same kind of ind"),
    ({"y_history": Y[:50]}, "the rows before it have none.*Pass them as y_history"),
    ({"y_history": TOGETHER[:50]}, "y_history has the series .0, 1., but the forecast has"),
    ({"n_history": -1}, "n_history=-1"),
    ({"ax": [1, 2]}, "ax is .1, 2.; expected axes of matplotlib"),
    ({"n_cols": 0}, "n_cols=0"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_refused_arguments(options, message):
    forecast = ridge().fit(None, DATED[:50]).forecast(10)
    with pytest.raises((ValueError, TypeError), match=message):
        ForecastDisplay.from_predictions(forecast, **options)


def test_refused_forecasters_and_tables():
    with pytest.raises(NotFittedError):
        ForecastDisplay.from_estimator(ridge(), 3)
    with pytest.raises(TypeError, match="estimator is Ridge.*; expected a fitted forecaster"):
        ForecastDisplay.from_estimator(Ridge().fit(X, Y), 3)
    with pytest.raises(ValueError, match=r"table has the columns \['time'\]"):
        ForecastDisplay(pd.DataFrame({"time": [1]})).plot()
    with pytest.raises(TypeError, match="expected a DataFrame of pandas"):
        ForecastDisplay([1, 2]).plot()
    two = ridge().fit(None, LISTS).forecast(3)
    with pytest.raises(ValueError, match="ax has 1 axes, but ForecastDisplay draws 2"):
        ForecastDisplay.from_predictions(two, ax=plt.subplots()[1])


# Backtests


def table_of(y=DATED, **options):
    return backtest(ridge(), y, horizon=4, initial=40, step=4, **options)


def test_errors_by_step_and_cutoff():
    table = table_of()
    display = BacktestDisplay.from_predictions(table, name="ridge")
    errors = (table.y - table.forecast).abs()
    np.testing.assert_allclose(display.errors_[0], errors.groupby(table.step).mean())
    np.testing.assert_allclose(display.errors_[1], errors.groupby(table.cutoff).mean())
    assert display.series_lines_ == [[], []] and display.lines_[0].get_label() == "ridge"
    assert display.axes_.shape == (2,)
    np.testing.assert_allclose(display.lines_[0].get_ydata(), display.errors_[0])
    made = BacktestDisplay.from_estimator(ridge(), DATED, horizon=4, initial=40, step=4)
    pd.testing.assert_frame_equal(made.table, table)


def test_other_errors():
    table = table_of()
    squared = BacktestDisplay(table).plot(error="squared").errors_[0]
    expected = np.sqrt(((table.y - table.forecast) ** 2).groupby(table.step).mean())
    np.testing.assert_allclose(squared, expected)
    percentage = BacktestDisplay(table).plot(error="percentage")
    assert percentage.ax_.get_ylabel() == "symmetric percentage error"
    bias = BacktestDisplay(table).plot(error=lambda y, forecast: forecast - y).errors_[0]
    np.testing.assert_allclose(bias, (table.forecast - table.y).groupby(table.step).mean())
    with pytest.raises(ValueError, match="error='relative'"):
        BacktestDisplay(table).plot(error="relative")
    with pytest.raises(ValueError, match="returned an array of shape"):
        BacktestDisplay(table).plot(error=lambda y, forecast: 1.0)


@pytest.mark.parametrize("n_series", [2, 12, 30])
def test_several_series(n_series):
    table = table_of([Y + 10 * k for k in range(n_series)])
    display = BacktestDisplay.from_predictions(table)
    assert [len(lines) for lines in display.series_lines_] == [n_series] * 2
    assert display.lines_[0].get_label() == f"mean of {n_series} series"
    display.figure_.canvas.draw()
    again = BacktestDisplay(table, name="b").plot(display.axes_, each_series=False)
    assert again.series_lines_ == [[], []] and again.figure_ is display.figure_


def test_columns_of_several_series():
    table = backtest(
        SequenceForecaster(Flat()), [TOGETHER, TOGETHER + 1], horizon=4, initial=40, step=4
    )
    display = BacktestDisplay.from_predictions(table)
    labels = [line.get_label() for line in display.series_lines_[0]]
    assert labels == ["0, 0", "0, 1", "1, 0", "1, 1"]


def test_a_second_forecaster_is_not_cut_off():
    table = table_of()
    display = BacktestDisplay.from_predictions(table)
    worse = table.assign(forecast=table.forecast + 100)
    BacktestDisplay.from_predictions(worse, ax=display.axes_)
    low, high = display.ax_.get_ylim()
    assert low == 0 and high > 90


def test_axes_of_a_figure_of_the_user():
    _, axes = plt.subplots(1, 2)
    display = BacktestDisplay.from_predictions(table_of(), name="a", ax=axes)
    assert display.axes_[1] is axes[1] and axes[1].get_legend() is not None
    with pytest.raises(ValueError, match="ax has 1 axes, but BacktestDisplay draws 2"):
        BacktestDisplay.from_predictions(table_of(), ax=axes[0])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"y": [1.0]}), "table has the columns .'y'.*'cutoff', 'step'"),
        ({"y": [1.0]}, "expected a DataFrame of pandas, as sklstm.backtest returns it"),
        (pd.DataFrame(columns=["cutoff", "step", "y", "forecast"]), "table has no rows"),
        (
            pd.DataFrame({"cutoff": [1], "step": [1], "y": [np.nan], "forecast": [1.0]}),
            "no row with a known y",
        ),
    ],
)
def test_wrong_tables(table, message):
    with pytest.raises((ValueError, TypeError), match=message):
        BacktestDisplay.from_predictions(table)


def test_coverage_of_a_backtest():
    table = table_of(coverage=[0.8, 0.5])
    display = CalibrationDisplay.from_backtest(table)
    inside = [
        ((table[f"lower_{c}"] <= table.y) & (table.y <= table[f"upper_{c}"])).mean()
        for c in (50, 80)
    ]
    np.testing.assert_allclose(display.observed, inside)
    np.testing.assert_allclose(display.nominal, [0.5, 0.8])
    assert display.kind == "bounds" and display.n_targets == len(table)
    with pytest.raises(ValueError, match="table has no bounds: run the backtest with coverage"):
        CalibrationDisplay.from_backtest(table_of())


@pytest.mark.parametrize("missing", ["matplotlib", "pandas"])
def test_a_missing_package_is_named_before_work_is_done(monkeypatch, missing):
    table = table_of()
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot" if missing != "pandas" else "pandas", None)
    expected = rf"needs {missing}, which is not installed.*pip install matplotlib pandas"
    with pytest.raises(ImportError, match=expected):
        ForecastDisplay.from_estimator(object(), 3)
    if missing == "matplotlib":
        with pytest.raises(ImportError, match=expected):
            BacktestDisplay.from_estimator(object(), None, horizon=1, initial=1)
        with pytest.raises(ImportError, match=expected):
            BacktestDisplay(table).plot()


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_no_text_is_outside_of_the_figure(style):
    """Twelve series with long names, dates, and several bounds, on a light and a dark ground."""
    long = [f"a long name of a shop in a town, number {k}" for k in range(12)]
    y = pd.DataFrame({name: Y + 10 * k for k, name in enumerate(long)}, DATES)
    forecaster = ridge().fit(None, [y[name][:50] for name in long])
    forecasts = dict(zip(long, forecaster.forecast(10, coverage=[0.5, 0.8]), strict=True))
    with plt.style.context(style):
        display = ForecastDisplay.from_predictions(
            forecasts, y_history={name: y[name][:50] for name in long}
        )
        assert_inside(display.figure_)
        table = backtest(ridge(), [y[name] for name in long], horizon=4, initial=40, step=4)
        table["series"] = [long[k] for k in table["series"]]
        assert_inside(BacktestDisplay.from_predictions(table).figure_)


def seen_labels(axis):
    """Labels of the ticks within the limits."""
    low, high = sorted(axis.get_view_interval())
    ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [tick.label1 for tick in ticks if tick.label1.get_visible()]


def assert_inside(figure):
    figure.canvas.draw()
    whole = figure.bbox
    for ax in figure.axes:
        if not ax.get_visible():
            continue
        texts = [ax.title, ax.xaxis.label, ax.yaxis.label]
        texts += [label for axis in (ax.xaxis, ax.yaxis) for label in seen_labels(axis)]
        legend = ax.get_legend()
        texts += [] if legend is None else legend.get_texts()
        for text in texts:
            if text.get_text():
                box = text.get_window_extent()
                assert box.x0 > whole.x0 - 1 and box.x1 < whole.x1 + 1, text
                assert box.y0 > whole.y0 - 1 and box.y1 < whole.y1 + 1, text
