"""What both forecasters say of bad calls: what came, what was expected, and what to do.

Each case is a call, the type of its error, and words that its message must contain.
"""

import numpy as np
import pandas as pd
import pytest
from quick_forecasters import AHEAD, DATED, DATES, IDS, TOGETHER, X, Y, both, check_message
from scipy import sparse

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
        ["static (column 'since')", "holds times"],
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


@both
@pytest.mark.parametrize("case", OF_BOTH)
def test_what_both_say(make, case):
    call, error, words = OF_BOTH[case]
    with pytest.raises(error) as raised:
        call(make)
    check_message(raised.value, words)
