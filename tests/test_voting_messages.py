"""What VotingForecaster says of its parameters, its members and what they forecast.

Each case is a call, the type of its error, and words that its message must contain.
"""

import numpy as np
import pytest
from quick_forecasters import (
    AHEAD,
    DATED,
    IDS,
    Naive,
    Predicting,
    Saying,
    X,
    Y,
    check_message,
    one,
    vote,
)
from sklearn.linear_model import Ridge

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster


def said(what):
    return vote(one(), Saying(what)).fit(None, Y)


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
