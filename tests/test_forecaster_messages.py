"""What SequenceForecaster says of its parameters and of a regressor that is given.

Each case is a call, the type of its error, and words that its message must contain.
"""

import numpy as np
import pytest
from quick_forecasters import IDS, TOGETHER, WALK, Flat, N, Predicting, X, Y, check_message, one
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

from sklstm import LSTMRegressor

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


@pytest.mark.parametrize("case", OF_ONE)
def test_what_a_forecaster_says(case):
    call, error, words = OF_ONE[case]
    with pytest.raises(error) as raised:
        call()
    check_message(raised.value, words)


class Failing(Flat):
    def __init__(self, error=None):
        super().__init__()
        self.error = error

    def fit(self, X, y):
        raise self.error


@pytest.mark.parametrize(
    "error", [KeyError("a"), UnicodeDecodeError("utf-8", b"a", 0, 1, "no shape")], ids=str
)
def test_an_error_that_is_not_about_its_input_is_left_as_it_is(error):
    with pytest.raises(type(error)) as raised:
        one(Failing(error)).fit(None, Y)
    assert str(raised.value) == str(error)


def test_an_error_of_our_network_is_left_as_it_is():
    with pytest.raises(ValueError, match="^batch_size=0"):
        one(LSTMRegressor(4, batch_size=0)).fit(None, Y)
