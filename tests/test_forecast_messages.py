"""What the forecasters say of bad input: what came, what was expected, and what to do.

Each case is a call, the type of its error or warning, and words that its message must contain.
"""

import pickle
from datetime import date

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster

N = 60
rng = np.random.default_rng(0)
Y = 50 + np.arange(N) + 5 * np.sin(np.arange(N) * np.pi / 6) + rng.normal(size=N)
X, AHEAD = rng.normal(size=(N, 2)), rng.normal(size=(5, 2))
DATES = pd.date_range("2020-01-01", periods=N, freq="MS")
DATED = pd.Series(Y, DATES)
TOGETHER = np.column_stack([Y, Y[::-1]])
IDS = np.repeat(["a", "b"], N // 2)
WALK = np.cumsum(np.random.default_rng(0).normal(size=40))


class Flat(Ridge):
    """Ridge regression of windows with channels."""

    def fit(self, X, y):
        return super().fit(X.reshape(len(X), -1), y)

    def predict(self, X):
        return super().predict(X.reshape(len(X), -1))


class Predicting(Flat):
    """Predicts whatever `how` makes of windows."""

    def __init__(self, how=None):
        super().__init__()
        self.how = how

    def predict(self, X):
        return self.how(X)


class Naive(BaseEstimator):
    """A member that knows neither X nor series_id, and forecasts the last value."""

    def fit(self, X, y):
        self.last_ = float(np.asarray(y)[-1])
        return self

    def update(self, y):
        self.last_ = float(np.asarray(y)[-1])

    def forecast(self, steps):
        return np.full(steps, self.last_)

    def predict(self, X):
        return self.forecast(len(X))


class Saying(BaseEstimator):
    """A member that takes everything, and forecasts what `what` makes of the number of steps."""

    def __init__(self, what=None):
        self.what = what

    def fit(self, X, y, series_id=None, static=None):
        self.fitted_ = True
        return self

    def update(self, y, X=None, series_id=None, static=None):
        return self

    def forecast(self, steps, X=None, series_id=None):
        return self.what(steps)

    def predict(self, X, series_id=None):
        return self.what(len(X))


def one(regressor=None, **params):
    regressor = Flat() if regressor is None else regressor
    return SequenceForecaster(regressor, **({"calibration_fraction": None, "window": 6} | params))


def vote(*members, **params):
    pairs = [(f"m{i}", member) for i, member in enumerate(members or [one()])]
    return VotingForecaster(pairs, **({"calibration_fraction": None} | params))


def said(what):
    return vote(one(), Saying(what)).fit(None, Y)


both = pytest.mark.parametrize("make", [one, vote])


def check_message(raised, words):
    missing = [word for word in words if word not in str(raised)]
    assert not missing, f"{missing} not in: {raised}"


# Values that are no series, in every form of y ---------------------------------------------------

T = 12  # rows that are good but for what is wrong with them


def with_value(value, kind=float):
    rows = np.linspace(1, 2, T).astype(kind)
    rows[7] = value
    return rows


BAD_ROWS = {
    "NaN": (with_value(np.nan), ValueError, ["contains NaN at row", "interpolation"]),
    "infinity": (with_value(-np.inf), ValueError, ["contains infinity at row"]),
    "None": (with_value(None, object), ValueError, ["contains NaN at row"]),
    "NA": (pd.array([1, None] * (T // 2), dtype="Int64"), ValueError, ["contains NaN at row"]),
    "too large": (with_value(1e306), ValueError, ["at most 1e+304", "Divide it"]),
    "huge integers": (
        pd.Series([10**400] * T, dtype=object),
        ValueError,
        ["cannot be read as numbers"],
    ),
    "complex": (with_value(1j, complex), ValueError, ["Complex data not supported", "complex128"]),
    "complex objects": (with_value(1j, object), TypeError, ["cannot be read as numbers"]),
    "strings": (np.array(["1", "b"] * (T // 2)), ValueError, ["strings, such as '1'", "OneHot"]),
    "string objects": (with_value("b", object), ValueError, ["strings, such as 'b'", "astype"]),
    "pandas strings": (pd.array(["1"] * T, dtype="string"), ValueError, ["holds strings"]),
    "categories": (pd.Categorical(["u", "v"] * (T // 2)), ValueError, ["holds strings"]),
    "dates": (DATES[:T], ValueError, ["holds times", "datetime64", "Put dates in the index"]),
    "dates with a zone": (
        DATES[:T].tz_localize("UTC"),
        ValueError,
        ["holds times", "in the index"],
    ),
    "periods": (DATES[:T].to_period("M"), ValueError, ["holds times", "period[M]"]),
    "durations": (DATES[:T] - DATES[0], ValueError, ["holds times", "timedelta64"]),
    "date objects": ([date(2020, 1, 1 + i) for i in range(T)], TypeError, ["dates in the index"]),
    "dicts": (with_value({}, object), TypeError, ["cannot be read as numbers"]),
}
GOOD = np.linspace(1.0, 2.0, T)


def in_form(form, rows):
    """Rows (of the second series) in a form of y, with the other arguments."""
    rows = pd.Series(rows)
    return {
        "array": lambda: (rows if rows.dtype == object else rows.array, {}),
        "column": lambda: (pd.DataFrame({"u": GOOD, "w": rows}), {}),
        "list": lambda: ([GOOD, rows.array], {}),
        "frames": lambda: ([pd.DataFrame({"w": GOOD}), pd.DataFrame({"w": rows})], {}),
        "series_id": lambda: (
            pd.concat([rows, rows], ignore_index=True).array,
            {"series_id": np.repeat(["a", "b"], T)},
        ),
    }[form]()


FORMS = ["array", "column", "list", "frames", "series_id"]


@both
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", BAD_ROWS)
@pytest.mark.parametrize("method", ["fit", "update", "score"])
def test_bad_values_are_refused_in_every_form(make, form, case, method):
    rows, error, words = BAD_ROWS[case]
    y, others = in_form(form, rows)
    good, _ = in_form(form, GOOD)
    model = make() if method == "fit" else make().fit(None, good, **others)
    before = pickle.dumps(model)
    arguments = (y,) if method == "update" else (None, y)
    with pytest.raises(error) as raised:
        getattr(model, method)(*arguments, **others)
    check_message(raised.value, words + (["y[1]"] if form in ("list", "frames") else ["y"]))
    assert pickle.dumps(model) == before


@both
@pytest.mark.parametrize("case", BAD_ROWS)
def test_bad_values_of_exogenous_variables_are_refused(make, case):
    rows, error, words = BAD_ROWS[case]
    table = pd.DataFrame({"u": GOOD, "v": rows})
    with pytest.raises(error) as raised:
        make().fit(table, GOOD)
    check_message(raised.value, [*words, "X"])
    with pytest.raises(error) as raised:
        make().fit([table[["u"]], table[["v"]]], [GOOD, GOOD])
    check_message(raised.value, [*words, "X[1]"])
    model = make().fit(np.column_stack([GOOD, GOOD]), GOOD)
    with pytest.raises(error) as raised:
        model.predict(table.set_axis(["u", "v"], axis=1))
    check_message(raised.value, [*words, "X"])


# Calls -----------------------------------------------------------------------------------------

# What both forecasters say; `make` is one of them.
OF_BOTH = {
    # y
    "a number": (lambda make: make().fit(None, 5), TypeError, ["y is 5", "(n_times,)"]),
    "a 0-d array": (lambda make: make().fit(None, np.array(5)), TypeError, ["a single value"]),
    "a word": (lambda make: make().fit(None, "abc"), TypeError, ["y is 'abc'"]),
    "a set": (lambda make: make().fit(None, {1.0, 2.0}), TypeError, ["y is a set", "list(y)"]),
    "a generator": (
        lambda make: make().fit(None, (i for i in range(9))),
        TypeError,
        ["y is a generator", "list(y)"],
    ),
    "a dict": (lambda make: make().fit(None, {"a": Y}), TypeError, ["a dict", "list(y.values())"]),
    "no y": (lambda make: make().fit(Y, None), ValueError, ["y is None", "fit(None, y)"]),
    "sparse": (
        lambda make: make().fit(None, sparse.eye(9).tocsr()),
        TypeError,
        ["y is sparse", ".toarray()"],
    ),
    "three dimensions": (
        lambda make: make().fit(None, np.zeros((2, 9, 1))),
        ValueError,
        ["y has shape (2, 9, 1)", "list(y)"],
    ),
    "empty": (lambda make: make().fit(None, []), ValueError, ["y is empty", "shape (0,)"]),
    "no columns": (lambda make: make().fit(None, [[]]), ValueError, ["y has shape (1, 0)"]),
    "an empty series": (
        lambda make: make().fit(None, [Y, []]),
        ValueError,
        ["y[1] is empty", "Leave an empty series out"],
    ),
    "None in a list": (lambda make: make().fit(None, [Y, None]), TypeError, ["y[1] is None"]),
    "a number in a list": (lambda make: make().fit(None, [Y, 3]), TypeError, ["y[1] is 3"]),
    "ragged rows in a list": (
        lambda make: make().fit(None, [Y, [[1.0, 2.0], [3.0]]]),
        ValueError,
        ["y[1] is not a regular array"],
    ),
    "lists of one length": (
        lambda make: make().fit(None, [[1.0, 2, 3, 4, 5]] * 2),
        ValueError,
        ["2 lists of 5 numbers", "2 series or a table of 2 times", "np.array(rows)", "np.array(y)"],
    ),
    "series in rows": (
        lambda make: make().fit(None, np.ones((2, 30))),
        ValueError,
        ["y has 2 time point(s)", "read as 2 time(s) of 30 series", "transpose"],
    ),
    "other columns in a list": (
        lambda make: make().fit(
            None, [pd.DataFrame(TOGETHER, columns=list(c)) for c in ("uv", "vu")]
        ),
        ValueError,
        ["y[1] has the columns ['v', 'u']", "y[0] has ['u', 'v']"],
    ),
    "one point": (
        lambda make: make().fit(None, Y[:1]),
        ValueError,
        ["1 time point", "at least 3", "Give a longer series."],
    ),
    # X
    "X a number": (lambda make: make().fit(5, Y), TypeError, ["X is 5", "(n_times, k)"]),
    "X a dict": (lambda make: make().fit({"u": Y}, Y), TypeError, ["X is a dict"]),
    "X of one dimension": (
        lambda make: make().fit(Y, Y),
        ValueError,
        ["X has shape (60,)", "X.reshape(-1, 1)", "X.to_frame()"],
    ),
    "X a list for one series": (
        lambda make: make().fit([X, X], Y),
        ValueError,
        ["X is a list of 2 arrays, but y is one series"],
    ),
    "X one array for a list": (
        lambda make: make().fit(X, [Y, Y]),
        ValueError,
        ["y is a list of 2 series", "it is a ndarray of shape (60, 2)"],
    ),
    "X for some of a list": (
        lambda make: make().fit([X, None], [Y, Y]),
        ValueError,
        ["X[1] is None", "2 exogenous variable(s)"],
    ),
    "X narrower in a list": (
        lambda make: make().fit([X, X[:, :1]], [Y, Y]),
        ValueError,
        ["X[1] has 1 features", "expecting 2 features"],
    ),
    "forecast with X, fit without": (
        lambda make: make().fit(None, Y).forecast(5, X=AHEAD),
        ValueError,
        ["X has 2 features", "fit had no X, so leave it out"],
    ),
    "predict with X, fit without": (
        lambda make: make().fit(None, Y).predict(AHEAD),
        ValueError,
        ["fit had no X"],
    ),
    "forecast without X": (
        lambda make: make().fit(X, Y).forecast(5),
        ValueError,
        ["X is None", "2 exogenous variable(s)"],
    ),
    "score without X": (
        lambda make: make().fit(X, Y).score(None, Y[:5]),
        ValueError,
        ["X is None", "2 exogenous variable(s)"],
    ),
    "predict a number": (
        lambda make: make().fit(None, Y).predict(3),
        TypeError,
        ["X is 3", "forecast(steps)"],
    ),
    "predict None": (
        lambda make: make().fit(None, Y).predict(None),
        TypeError,
        ["X is None", "forecast(steps)"],
    ),
    "predict no rows": (
        lambda make: make().fit(None, Y).predict(np.empty((0, 0))),
        ValueError,
        ["X is empty"],
    ),
    "steps of a float": (
        lambda make: make().fit(None, Y).forecast(2.0),
        ValueError,
        ["steps=2.0", "integer >= 1"],
    ),
    "coverage by place": (
        lambda make: make(calibration_fraction=0.3).fit(None, Y).predict_interval(2, 0.8),
        TypeError,
        ["coverage=0.8"],
    ),
    # series_id and static
    "series_id a word": (
        lambda make: make().fit(None, Y, series_id="shop"),
        ValueError,
        ["series_id is 'shop'", "one id for each row"],
    ),
    "series_id a number": (
        lambda make: make().fit(None, Y, series_id=3),
        ValueError,
        ["series_id is 3"],
    ),
    "series_id a table": (
        lambda make: make().fit(None, Y, series_id=pd.DataFrame({"shop": IDS})),
        ValueError,
        ["of shape (60, 1)", "a column of a DataFrame"],
    ),
    "series_id too short": (
        lambda make: make().fit(None, Y, series_id=IDS[:5]),
        ValueError,
        ["series_id has shape (5,)", "60 rows"],
    ),
    "no series_id later": (
        lambda make: make().fit(None, Y, series_id=IDS).update(Y),
        ValueError,
        ["pass the same form and series_id"],
    ),
    "static words": (
        lambda make: make().fit(None, [Y, Y], static=[["u"], ["v"]]),
        ValueError,
        ["static has dtype", "strings, such as 'u'", "OneHotEncoder"],
    ),
    "static word objects": (
        lambda make: make().fit(None, [Y, Y], static=pd.DataFrame({"kind": ["u", "v"]})),
        ValueError,
        ["static", "strings, such as 'u'"],
    ),
    "static dates": (
        lambda make: make().fit(None, [Y, Y], static=pd.DataFrame({"since": DATES[:2]})),
        ValueError,
        ["static holds times in column 'since'"],
    ),
    "static of one dimension": (
        lambda make: make().fit(None, [Y, Y], static=[1.0, 2.0]),
        ValueError,
        ["static has shape (2,)", "(n_series, m)"],
    ),
    "static a dict": (
        lambda make: make().fit(None, [Y, Y], static={"a": 1}),
        TypeError,
        ["static is a dict", "(n_series, m)"],
    ),
    "static twice": (
        lambda make: make().fit(
            None, Y, series_id=IDS, static=pd.DataFrame({"k": [1, 2, 3]}, ["a", "b", "b"])
        ),
        ValueError,
        ["several rows for the series ['b']"],
    ),
    # update and score
    "update None": (lambda make: make().fit(None, Y).update(None), ValueError, ["update(y)"]),
    "update a number": (lambda make: make().fit(None, Y).update(3.0), TypeError, ["y is 3.0"]),
    "update a wider series": (
        lambda make: make().fit(None, Y).update(TOGETHER[:3]),
        ValueError,
        ["(n_times, 2); expected (n_times,), as in fit"],
    ),
    "update another form": (
        lambda make: make().fit(None, [Y, Y]).update(Y[:3]),
        ValueError,
        ["y is one series", "fitted on a list of series"],
    ),
    "score None": (lambda make: make().fit(None, Y).score(None, None), ValueError, ["y is None"]),
    "score a narrower series": (
        lambda make: make().fit(None, TOGETHER).score(None, Y[:3]),
        ValueError,
        ["(n_times,); expected (n_times, 2)"],
    ),
    "score rows of fit": (
        lambda make: make().fit(None, DATED).score(None, DATED[10:30]),
        ValueError,
        ["The rows to forecast begin at 2020-11-01", "last time known is 2024-12-01"],
    ),
    "score rows of fit in a list": (
        lambda make: make().fit(None, [DATED, DATED]).score(None, [DATED[10:30]] * 2),
        ValueError,
        ["The rows to forecast of series 0 begin at 2020-11-01"],
    ),
    "score unsorted": (
        lambda make: make().fit(None, DATED[:50]).score(None, DATED[:49:-1]),
        ValueError,
        ["The index of y is not sorted"],
    ),
    "score with other columns": (
        lambda make: (
            make()
            .fit(None, pd.DataFrame(TOGETHER, columns=["u", "v"]))
            .score(None, pd.DataFrame(TOGETHER, columns=["v", "u"]))
        ),
        ValueError,
        ["columns ['v', 'u']", "fitted on ['u', 'v']"],
    ),
    "too few weights": (
        lambda make: make().fit(None, Y).score(None, Y[:3], [1, 2]),
        ValueError,
        ["sample_weight has shape (2,)", "expected (3,)"],
    ),
    "weights of words": (
        lambda make: make().fit(None, Y).score(None, Y[:2], ["a", "b"]),
        ValueError,
        ["sample_weight", "strings"],
    ),
    # parameters
    "a seed of a word": (
        lambda make: make(random_state="a").fit(None, Y),
        ValueError,
        ["random_state='a'", "integer"],
    ),
    "no calibration": (
        lambda make: make().fit(None, Y).predict_interval(2),
        ValueError,
        ["calibration_fraction=None", "such as 0.2"],
    ),
    "a fraction too small": (
        lambda make: make(calibration_fraction=0.001).fit(None, Y).predict_interval(2),
        ValueError,
        ["calibration_fraction=0.001 of 60 time point(s) is less than one", "larger"],
    ),
    "a fraction too large": (
        lambda make: make(calibration_fraction=0.99).fit(None, Y).predict_interval(2),
        ValueError,
        ["calibration_fraction=0.99 leaves 1 of 60 time point(s)", "smaller"],
    ),
    "a fraction too small for the coverage": (
        lambda make: make(calibration_fraction=0.05).fit(None, Y).predict_interval(2),
        ValueError,
        ["needs at least 9 calibration errors", "there are 3", "larger calibration_fraction"],
    ),
}

OF_ONE = {
    "a season of more than half": (
        lambda: one(season_length=13).fit(None, Y[:20]),
        ValueError,
        ["season_length=13 is too long", "20 time point(s)", "27 are needed", "season_length=1"],
    ),
    "a lag of 0": (
        lambda: one(differences=(0,)).fit(None, Y),
        ValueError,
        ["differences[0]=0", "integer >= 1"],
    ),
    "the logarithm of 0": (
        lambda: one(transformer="log").fit(None, [Y, np.r_[Y, 0]]),
        ValueError,
        ["transformer='log'", "y[1] contains 0 in row 60", "transformer='auto' or None"],
    ),
    "the logarithm of an update": (
        lambda: (
            one(transformer="log")
            .fit(None, Y, series_id=IDS)
            .update([-3.0, 4], series_id=["b", "a"])
        ),
        ValueError,
        ["series 'b' contains -3", "transformer=None"],
    ),
    "an inverse of another shape": (
        lambda: one(
            transformer=FunctionTransformer(None, lambda x: x[:, :0], check_inverse=False)
        ).fit(None, Y),
        ValueError,
        ["shape (60, 0)", "inverse_transform", "one value for each level"],
    ),
    # Regressors that are given
    "windows with channels": (
        lambda: one(Ridge()).fit(X, Y),
        ValueError,
        ["regressor=Ridge()", "windows of shape (n, 6, 3)", "FunctionTransformer", "reshape"],
    ),
    "windows of several series": (
        lambda: one(KNeighborsRegressor()).fit(None, TOGETHER),
        ValueError,
        ["windows of shape (n, 6, 2)", "targets of shape (n, 2)", "FunctionTransformer"],
    ),
    "a tree": (
        lambda: one(DecisionTreeRegressor()).fit([X, X], [Y, Y]),
        ValueError,
        ["regressor=DecisionTreeRegressor()", "must read windows with channels"],
    ),
    "targets at several steps": (
        lambda: one(SVR(), strategy="direct", horizon=3).fit(None, Y),
        ValueError,
        ["targets of shape (n, 3)", "MultiOutputRegressor"],
    ),
    "too many neighbours": (
        lambda: one(KNeighborsRegressor(50)).fit(None, Y[:20]).forecast(2),
        ValueError,
        ["could not predict windows of shape (1, 6)", "n_neighbors = 50"],
    ),
    "predictions of NaN": (
        lambda: one(Predicting(lambda X: X[:, 0] * np.nan)).fit(None, [Y, Y]).forecast(2),
        ValueError,
        ["predicted NaN or infinity", "y[0]"],
    ),
    "predictions of NaN in calibration": (
        lambda: one(Predicting(lambda X: X[:, 0] * np.nan), calibration_fraction=0.2).fit(None, Y),
        ValueError,
        ["the calibration rows is not finite"],
    ),
    "NaN for one series": (
        lambda: (
            one(Predicting(lambda X: np.r_[X[:1, 0], X[1:, 0] * np.nan]))
            .fit(None, Y, series_id=IDS)
            .forecast(2)
        ),
        ValueError,
        ["series 'b'"],
    ),
    "too few predictions": (
        lambda: one(Predicting(lambda X: np.zeros(3))).fit(None, Y).forecast(2),
        ValueError,
        ["array of shape (3,)", "expected real numbers of shape (1,)"],
    ),
    "predictions of words": (
        lambda: one(Predicting(lambda X: np.array(["a"]))).fit(None, Y).forecast(2),
        ValueError,
        ["dtype <U1", "real numbers"],
    ),
    "complex predictions": (
        lambda: one(Predicting(lambda X: np.zeros(len(X), complex))).fit(None, Y).forecast(2),
        ValueError,
        ["dtype complex128", "real numbers"],
    ),
    "no predictions": (
        lambda: one(Predicting(lambda X: None)).fit(None, Y).forecast(2),
        ValueError,
        ["dtype object", "real numbers"],
    ),
    "a forecast beyond what numbers can be": (
        lambda: one(LinearRegression(), level=None, window=18).fit(None, WALK).forecast(30_000),
        ValueError,
        [
            "The forecast of y is not finite",
            "strategy='direct'",
            "combine=True",
            "level='smoothed'",
        ],
    ),
    "a transformer without an inverse for all levels": (
        lambda: (
            one(
                Predicting(lambda X: X[:, -1] - 9),
                level=None,
                transformer=FunctionTransformer(np.exp, np.log),
            )
            .fit(None, np.log(Y))
            .forecast(9)
        ),
        ValueError,
        ["The forecast of y is not finite at step", "a transformer whose inverse is defined"],
    ),
    "logarithms beyond what numbers can be": (
        lambda: (
            one(Predicting(lambda X: 3 * X[:, -1]), level=None, transformer="log")
            .fit(None, [np.full(N, 5.0), Y])
            .forecast(40)
        ),
        ValueError,
        ["The forecast of y[1] is not finite at step", "transformer=None"],
    ),
}

OF_VOTES = {
    "a number of processes as text": (lambda: vote(n_jobs="2").fit(None, Y), ["n_jobs='2'"]),
    "half a process": (lambda: vote(n_jobs=1.5).fit(None, Y), ["n_jobs=1.5", "integer"]),
    "no process": (lambda: vote(n_jobs=0).fit(None, Y), ["n_jobs=0", "other than 0"]),
    "a dict of members": (
        lambda: VotingForecaster({"a": one()}).fit(None, Y),
        ["estimators={", "list of (name, forecaster)"],
    ),
    "members without names": (
        lambda: VotingForecaster([one(), one()]).fit(None, Y),
        ["estimators[0] is", "tuple (name, forecaster)"],
    ),
    "a list for an array": (lambda: said(lambda n: [np.ones(n)]).forecast(3), ["'m1' is a list"]),
    "nothing": (lambda: said(lambda n: None).forecast(3), ["member 'm1' is None", "shape (3,)"]),
    "a word": (lambda: said(lambda n: "abc").forecast(3), ["member 'm1' is a str", "(3,)"]),
    "a column": (lambda: said(lambda n: np.ones((n, 1))).forecast(3), ["'m1'", "shape (3, 1)"]),
    "two columns": (lambda: said(lambda n: np.ones((n, 2))).forecast(3), ["shape (3, 2)", "(3,)"]),
    "another length": (lambda: said(lambda n: np.ones(n - 1)).forecast(3), ["'m1'", "shape (2,)"]),
    "a single step": (
        lambda: said(lambda n: np.ones(1)).predict(np.empty((3, 0))),
        ["'m1'", "shape (1,)", "of shape (3,)"],
    ),
    "words": (lambda: said(lambda n: np.full(n, "a")).forecast(3), ["'m1'", "dtype <U1"]),
    "NaN": (lambda: said(lambda n: np.full(n, np.nan)).forecast(3), ["'m1' is nan at step 1"]),
    "infinity": (
        lambda: said(lambda n: np.r_[np.ones(n - 1), np.inf]).predict(np.empty((3, 0))),
        ["member 'm1' is inf at step 3", "finite", "Leave this member out"],
    ),
    "NaN in calibration": (
        lambda: vote(one(), Saying(lambda n: np.full(n, np.nan)), calibration_fraction=0.2).fit(
            None, Y
        ),
        ["'m1' is nan"],
    ),
    "one array for a list": (
        lambda: vote(one(), Saying(np.ones)).fit(None, [Y, Y]).forecast(3),
        ["'m1' is an array", "list of 2 forecasts"],
    ),
    "another length in a list": (
        lambda: (
            vote(one(), Saying(lambda n: [np.ones(n), np.ones(2)])).fit(None, [Y, Y]).forecast(3)
        ),
        ["member 'm1'[1]", "shape (2,)"],
    ),
    "an array for ids": (
        lambda: vote(one(), Saying(np.ones)).fit(None, Y, series_id=IDS).forecast(3),
        ["'m1' is an array", "dict of 2 forecasts"],
    ),
    "other ids": (
        lambda: (
            vote(one(), Saying(lambda n: {"a": np.ones(n), "c": np.ones(n)}))
            .fit(None, Y, series_id=IDS)
            .forecast(3)
        ),
        ["'m1' has the keys ['a', 'c']", "not the series 'b'"],
    ),
    "a member's regressor": (
        lambda: vote(one(), one(Ridge())).fit(X, Y),
        ["Member 'm1' could not be fitted: regressor=Ridge()", "FunctionTransformer"],
    ),
    "a member's update": (
        lambda: vote().fit(None, DATED).update(DATED[:3]),
        ["Member 'm0' could not be updated", "it is not after it"],
    ),
    "a member that explodes": (
        lambda: (
            vote(one(), one(Predicting(lambda X: 3 * X[:, -1]), level=None))
            .fit(None, Y)
            .forecast(1000)
        ),
        ["Member 'm1' could not forecast", "not finite"],
    ),
}
OF_MEMBERS = {
    "X for a member without": (
        lambda: vote(one(), Naive()).fit(X, Y).forecast(5, AHEAD),
        TypeError,
        ["Member 'm1' could not forecast", "forecast()"],
    ),
    "ids for a member without": (
        lambda: vote(one(), Naive()).fit(None, Y, series_id=IDS),
        TypeError,
        ["Member 'm1' could not be fitted", "series_id"],
    ),
    "a class": (
        lambda: VotingForecaster([("a", SequenceForecaster)]).fit(None, Y),
        TypeError,
        ["Member 'a' is", "a class", "SequenceForecaster()"],
    ),
    "a regressor": (
        lambda: VotingForecaster([("a", LSTMRegressor())]).fit(None, Y),
        TypeError,
        ["Member 'a' is LSTMRegressor()", "no update"],
    ),
    "a word": (
        lambda: VotingForecaster([("a", one()), ("b", "drop")]).fit(None, Y),
        TypeError,
        ["Member 'b' is 'drop'"],
    ),
    "an error of another kind": (
        lambda: vote(one(), Saying(lambda n: {}[0])).fit(None, Y).forecast(2),
        RuntimeError,
        ["Member 'm1' could not forecast"],
    ),
}


@both
@pytest.mark.parametrize("case", OF_BOTH)
def test_what_both_say(make, case):
    call, error, words = OF_BOTH[case]
    with pytest.raises(error) as raised:
        call(make)
    check_message(raised.value, words)


@pytest.mark.parametrize("case", OF_ONE)
def test_what_a_forecaster_says(case):
    call, error, words = OF_ONE[case]
    with pytest.raises(error) as raised:
        call()
    check_message(raised.value, words)


@pytest.mark.parametrize("case", OF_VOTES)
def test_what_a_vote_says(case):
    call, words = OF_VOTES[case]
    with pytest.raises(ValueError) as raised:
        call()
    check_message(raised.value, words)


@pytest.mark.parametrize("case", OF_MEMBERS)
def test_what_a_vote_says_of_its_members(case):
    call, error, words = OF_MEMBERS[case]
    with pytest.raises(error) as raised:
        call()
    check_message(raised.value, words)


# Warnings of forecasts that cannot be ------------------------------------------------------------

FAR = {
    "an array": (WALK, {}, ["of y is"]),
    "columns": (np.column_stack([np.sin(WALK / 9), WALK]), {}, ["of y, column"]),
    "a list": ([WALK, WALK], {}, ["of y[0] (and of 1 more series)"]),
    "rows with ids": (np.r_[WALK, WALK], {"series_id": np.repeat(["u", "v"], 40)}, ["series 'u'"]),
}
LINE = make_pipeline(FunctionTransformer(lambda X: X.reshape(len(X), -1)), LinearRegression())


@pytest.mark.parametrize("case", FAR)
@pytest.mark.parametrize("method", ["forecast", "predict", "score"])
def test_a_forecast_far_from_all_that_was_observed_is_a_warning(case, method):
    y, others, words = FAR[case]
    model = one(LINE, level=None, transformer=None, window=18).fit(None, y, **others)
    steps = 300 if case != "columns" else 3000
    calls = {
        "forecast": lambda: model.forecast(steps),
        "predict": lambda: model.predict(ahead(case, steps), **ids(case, steps)),
        "score": lambda: model.score(None, truth(case, steps), **ids(case, steps)),
    }
    advice = ["far from all values observed", "strategy='direct'", "combine=True", "fewer steps"]
    with pytest.warns(UserWarning) as caught:
        calls[method]()
    assert len(caught) == 1
    assert caught[0].filename == __file__
    check_message(caught[0].message, [*words, *advice])


def ahead(case, steps):
    n_series = 1 + (case == "rows with ids")
    rows = np.empty((n_series * steps, 0))
    return [rows, rows] if case == "a list" else rows


def truth(case, steps):
    rows = np.arange(steps * (1 + (case == "rows with ids"))) % 7.0
    return {"a list": [rows, rows], "columns": np.column_stack([rows, rows])}.get(case, rows)


def ids(case, steps):
    return {"series_id": np.repeat(["u", "v"], steps)} if case == "rows with ids" else {}


def test_far_is_a_thousand_ranges_beyond_the_largest_value():
    def forecast(y, value):
        regressor = Predicting(lambda X: np.full(len(X), value))
        return one(regressor, level=None, scale=False, transformer=None).fit(None, y).forecast(1)

    for value in (1001.0, -1000.0):  # 1001 from their middle, 0.5
        assert forecast(np.arange(N) % 2, value) == value
    for value in (1002.0, -1001.0):
        with pytest.warns(UserWarning, match="of y is .* at step 1, far from .*, 0 to 1"):
            forecast(np.arange(N) % 2, value)
    assert forecast(np.zeros(N), 7.0) == 7  # there is no range of nothing


def test_what_is_plausible_is_no_warning():
    """Warnings are errors here: trends far ahead, constants, tiny changes, a level shift."""
    one(transformer=None).fit(None, Y).forecast(2000)
    assert_allclose(one().fit(None, np.full(30, 3.0)).forecast(50), 3)
    assert_allclose(one().fit(None, np.zeros(30)).forecast(50), 0)
    one().fit(None, 1e6 + 1e-3 * WALK).forecast(50)
    one().fit(None, Y).update(1e5 + Y).forecast(5)  # what was observed later counts


# What is right, in every guise --------------------------------------------------------------------


def test_members_that_differ_agree_on_a_forecast():
    members = [one(strategy="direct", horizon=h) for h in (3, 7)]
    alone = [member.fit(None, Y).forecast(10) for member in members]
    assert_allclose(vote(*members).fit(None, Y).forecast(10), np.mean(alone, axis=0))
    ignores = vote(one(), Saying(np.zeros)).fit(X, Y)
    assert_allclose(ignores.forecast(5, AHEAD), one().fit(X, Y).forecast(5, AHEAD) / 2)
    simple = vote(one(), Naive(), calibration_fraction=0.3).fit(None, Y)
    expected = (one().fit(None, Y).forecast(4) + Y[-1]) / 2
    assert_allclose(simple.forecast(4), expected)
    lower, upper = simple.predict_interval(4, coverage=0.5)
    assert (lower < upper).all()
    simple.update([7.0])
    assert simple.estimators_[1].last_ == 7


@pytest.mark.parametrize("first", [np.arange, lambda n: list(range(n)), lambda n: np.arange(n) > 1])
def test_forecasts_of_integers_are_not_rounded(first):
    model = vote(Saying(first), one()).fit(None, Y)
    assert_allclose(model.forecast(3), (np.array(first(3)) + one().fit(None, Y).forecast(3)) / 2)
    halves = vote(Saying(first), Saying(lambda n: np.ones(n, int))).fit(None, Y).forecast(3)
    assert_allclose(halves, (np.array(first(3)) + 1) / 2)
    exact = vote(Saying(lambda n: np.ones(n, "f4")), Saying(first)).fit(None, Y).forecast(3)
    assert exact.dtype == np.float64


def test_lists_of_one_length_are_read_by_the_form_of_fit():
    new = [[1.0, 2.0], [3.0, 4.0]]
    listed = one().fit(None, [Y, Y])
    expected = one().fit(None, [Y, Y]).update([np.array(rows) for rows in new]).forecast(2)
    assert_array_equal(listed.update(new).forecast(2), expected)
    table = one().fit(None, TOGETHER).update(new).forecast(2)
    assert_array_equal(table, one().fit(None, TOGETHER).update(np.array(new)).forecast(2))
    column = one().fit(None, Y[:, np.newaxis].tolist()).forecast(2)
    assert_array_equal(column[:, 0], one().fit(None, Y).forecast(2))
    tables = one().fit(None, [TOGETHER.tolist()] * 2).forecast(2)
    assert_array_equal(tables[1], one().fit(None, [TOGETHER] * 2).forecast(2)[1])
    nested = one().fit([X.tolist()] * 2, [Y, Y]).forecast(5, [AHEAD.tolist()] * 2)
    assert_array_equal(nested[0], one().fit([X, X], [Y, Y]).forecast(5, [AHEAD] * 2)[0])
    assert one().fit([None, None], [Y, Y]).n_features_in_ == 0


WHOLE = np.round(Y)
GUISES = {
    "int": WHOLE.astype(int),
    "uint8": WHOLE.astype("uint8"),
    "float16": WHOLE.astype("float16"),
    "float32": WHOLE.astype("float32"),
    "longdouble": WHOLE.astype(np.longdouble),
    "object": WHOLE.astype(object),
    "list": WHOLE.tolist(),
    "read-only": WHOLE.copy(),
    "backwards": WHOLE[::-1].copy()[::-1],
    "big-endian": WHOLE.astype(">f8"),
    "Series": pd.Series(WHOLE),
    "Int64": pd.Series(WHOLE, dtype="Int64"),
    "Float32": pd.Series(WHOLE, dtype="Float32"),
    "Float64": pd.array(WHOLE, dtype="Float64"),
    "masked, but for none": np.ma.masked_greater(WHOLE, 1000),
}
GUISES["read-only"].flags.writeable = False


@both
@pytest.mark.parametrize("guise", GUISES)
def test_numbers_in_any_guise(make, guise):
    y = GUISES[guise]
    expected = make().fit(X, WHOLE).update(WHOLE[:5], AHEAD).forecast(5, AHEAD)
    new = y[:5].array if isinstance(y, pd.Series) else y[:5]  # an index would say that it is old
    model = make().fit(X, y).update(new, AHEAD)
    assert_allclose(model.forecast(5, AHEAD), expected, rtol=1e-5)
    listed = make().fit(None, [y, y[:40]]).forecast(3)
    assert_allclose(listed, make().fit(None, [WHOLE, WHOLE[:40]]).forecast(3), rtol=1e-5)
    dtype = np.float32 if guise == "float32" else np.float64
    assert listed[0].dtype == dtype


@both
def test_flags_are_numbers(make):
    y = np.arange(N) % 5 == 0
    expected = make().fit(X > 0, y.astype(float)).forecast(5, AHEAD > 0)
    for guise in (y, pd.Series(y, dtype="boolean"), y.astype(object), y.tolist()):
        assert_array_equal(make().fit(X > 0, guise).forecast(5, AHEAD > 0), expected)


@both
def test_weights_belong_to_rows_in_their_order(make):
    mixed, weights = np.tile(["b", "a"], 30), np.arange(1.0, 61)
    model = make().fit(None, np.r_[Y, Y[::-1]], series_id=np.repeat(["b", "a"], N))
    rows = rng.normal(80, 20, size=N)
    order = np.argsort(mixed, kind="stable")
    expected = model.score(None, rows[order], weights[order], series_id=mixed[order])
    assert_allclose(model.score(None, rows, weights, series_id=mixed), expected)


SCALES = ["common", "series", "window", False]


@pytest.mark.filterwarnings("ignore:Training learned nothing")
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("form", ["array", "list", "series_id"])
def test_very_short_series_and_constants_at_every_scale(scale, form):
    def fit(values):
        values = np.asarray(values, float)
        y, others = {
            "array": (values, {}),
            "list": ([values, values], {}),
            "series_id": (np.r_[values, values], {"series_id": np.repeat(["a", "b"], len(values))}),
        }[form]
        model = SequenceForecaster(scale=scale, calibration_fraction=None, random_state=0)
        forecast = model.fit(None, y, **others).forecast(3)
        return np.array(list(forecast.values()) if form == "series_id" else forecast)

    for n in (1, 2):
        with pytest.raises(ValueError, match=rf"{n} time point.*need at least 3.*longer series"):
            fit(Y[:n])
    assert np.isfinite(fit(Y[:3])).all()
    assert (fit([3] * 9) == 3).all()
    assert (fit([0] * 9) == 0).all()
    assert np.isfinite(fit([0, 0, 5, 0, -2, 0, 0, 1, 0])).all()  # not a logarithm, with "auto"
