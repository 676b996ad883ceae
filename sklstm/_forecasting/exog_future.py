"""Exogenous variables of the steps to forecast that X does not have: computed from times alone."""

from ..core.user_warnings import warn_user
from .exog import check_no_exog, read_exog
from .exog_encoding import following_times
from .panel import Panel


def read_without_exog(estimator, steps):
    """The next steps of all series without X; None if forecasts need nothing that is read."""
    if not estimator._encodes_exog:
        if not estimator._members_encode_exog:
            check_no_exog(estimator, "X", is_future=True)
        return None
    check_no_exog(estimator, "X", is_future=True)
    if estimator.exog_transformer_ is None:
        return None
    ids = estimator._origin["ids"]
    exog, past = _exog_without_x(estimator, range(len(ids)), steps)
    form, indexes = estimator._form["form"], [None] * len(ids)
    return Panel(form, ids, None, exog, past, None, indexes, None, None)


def exog_after_gaps(estimator, origin, indices, gaps, exog):
    """Exogenous rows with those of the steps in the gap before them.

    These are computed if X has no columns; otherwise the last ones known are repeated.

    Parameters
    ----------
    estimator : SequenceForecaster
        The fitted forecaster.
    origin : ForecastOrigin
        The state of its series.
    indices, gaps : list of int
        The position of each series in the state, and its number of steps in the gap.
    exog : list of ndarray of shape (steps, k)
        Rows after the gaps.

    Returns
    -------
    list of ndarray of shape (gap + steps, k)
    """
    are_computed = estimator.exog_transformer_ is not None and not estimator.n_features_in_
    if any(gaps) and exog[0].shape[1] and not are_computed:
        warn_user(
            f"X begins {max(gaps)} step(s) after the next one to forecast; the exogenous "
            "variables in between are not known, and the last known ones are used.",
        )
    between = [
        _exog_without_x(estimator, [i], gap)[0][0] if gap and are_computed else None
        for i, gap in zip(indices, gaps, strict=True)
    ]
    return [origin.fill_gap(*each) for each in zip(indices, gaps, exog, between, strict=True)]


def _exog_without_x(estimator, indices, steps):
    """Exogenous variables of the next steps of some series, from their times alone."""
    ids, n = [estimator._origin["ids"][i] for i in indices], len(indices)

    def times(i, n_rows):
        return following_times(estimator._summaries_of_times(), [ids[i]], None, [n_rows], None)

    return read_exog(
        estimator, [None] * n, [steps] * n, ["X"] * n, times, reset=False, known_only=True
    )
