"""Sample weights: of the rows of series as passed to fit, and of the windows made from them."""

import numpy as np
from sklearn import get_config
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from .._validation.containers import refuse_containers
from .._validation.numbers import as_numbers, refuse_masked, refuse_not_finite
from .._validation.weights import check_weights
from ..core.messages import shorten
from ..core.user_warnings import warn_user
from ..core.windows import windows_of
from .forms import describe, is_list
from .missing import windows_with_targets
from .times import times_of


def read_row_weights(sample_weight, y, series_id, panel):
    """Validate sample weights, one for each row of y.

    Parameters
    ----------
    sample_weight : array-like of shape (n_times,), list of such, or None
        In the form of y.
    y, series_id : array-like
        As passed to `fit`. A pandas index of the weights must have the times of y.
    panel : Panel
        The validated series.

    Returns
    -------
    list of N arrays (n_i,), or None
    """
    if sample_weight is None:
        return None
    refuse_masked(sample_weight, "sample_weight")
    if panel.form == "list":
        if not is_list(sample_weight) or len(sample_weight) != len(y):
            raise ValueError(
                f"sample_weight is {describe(sample_weight)}, but y is a list of {len(y)} series; "
                "expected a list with the weights of each series, one per row."
            )
        weights = [
            _weights_of_rows(rows, y[i], None, n, f"[{i}]")
            for i, (rows, n) in enumerate(zip(sample_weight, panel.lengths, strict=True))
        ]
    else:
        rows = _weights_of_rows(sample_weight, y, series_id, sum(panel.lengths))
        numbers = [slice(None)] if panel.form == "one" else panel.row_numbers
        weights = [rows[each] for each in numbers]
    check_weights(np.concatenate(weights), "sample_weight", panel.values[0].dtype)
    return weights


def _weights_of_rows(sample_weight, y, series_id, n_rows, at=""):
    name = f"sample_weight{at}"
    refuse_containers(sample_weight, name, "one weight for each row of y", each="series")
    weights = as_numbers(sample_weight, name)
    if weights.shape != (n_rows,):
        raise ValueError(
            f"{name} has shape {weights.shape}; expected ({n_rows},), one weight for each row of "
            f"y{at}."
        )
    refuse_not_finite(weights, name)
    times_of({name: sample_weight, f"y{at}": y}, series_id)
    return weights


def check_uses_weights(regressor):
    """Raise unless the fit of a regressor accepts sample weights; warn if it is smoothing."""
    if isinstance(regressor, str):
        warn_user("regressor='smoothing' does not use sample_weight: it has no effect.")
    elif not accepts_weights(regressor):
        raise ValueError(
            f"sample_weight was given, but fit of regressor={shorten(regressor)} does not accept "
            "it. Leave it out, or use another regressor. A pipeline accepts it with metadata "
            "routing: sklearn.set_config(enable_metadata_routing=True), and in the pipeline "
            "Ridge().set_fit_request(sample_weight=True)."
        )


def accepts_weights(regressor):
    """Whether `fit` accepts sample weights; None is the default regressor."""
    if regressor is None or has_fit_parameter(regressor, "sample_weight"):
        return True
    if not get_config()["enable_metadata_routing"] or not hasattr(
        regressor, "get_metadata_routing"
    ):
        return False
    return bool(get_routing_for_object(regressor).consumes("fit", ["sample_weight"]))


def first_rows(weights, n_left_out):
    """The weights without the last rows of each series; None for None."""
    if weights is None:
        return None
    return [rows[: len(rows) - n] for rows, n in zip(weights, n_left_out, strict=True)]


def window_weights(weights, plan, origins, series):
    """Weights (n,) of the windows of all series, in the order of `make_examples`; None for None.

    The weight of a window is the mean of those of its target rows.

    Parameters
    ----------
    weights : list of N arrays (n_i,), or None
        Weights of rows.
    plan : Plan
        The parameters.
    origins : list of N pairs of ints
        First and last number of rows before a target, see `make_examples`.
    series : list of N arrays (n_i, S)
        The changes; windows whose targets are all missing are left out.
    """
    if weights is None:
        return None
    means = []
    for rows, (first, last), changes in zip(weights, origins, series, strict=True):
        if first <= last:
            windows = windows_of(rows[plan.total_lag :], plan.horizon)[first : last + 1]
            kept = windows_with_targets(changes, (first, last), plan.horizon)
            means.append(windows.mean(axis=1)[... if kept is None else kept])
    return np.concatenate(means)


def with_weight(X, y, weights):
    """The windows and targets whose weight is not 0, and their weights, of mean 1.

    A regressor may compare weighted losses with a penalty: only proportions are to matter.
    """
    if weights is None or not len(weights):
        return X, y, None
    if weights.all():
        return X, y, weights / weights.mean()
    kept = weights > 0
    if not kept.any():
        raise ValueError(
            f"All {len(X)} windows have weight 0: sample_weight is 0 at all of their target rows. "
            "Give a weight to some of these rows; without weights before the calibration rows use "
            "calibration_fraction=None."
        )
    return X[kept], y[kept], weights[kept] / weights[kept].mean()


def warn_if_only_smoothing(weights, n_exog):
    """Warn of what has no effect if there are too few windows for a regressor."""
    unused = [] if weights is None else ["sample_weight"]
    unused += ["X"] if n_exog else []
    if unused:
        warn_user(
            "y has too few windows to train on, so that the forecast is that of smoothing and "
            f"{' and '.join(unused)} has no effect. Give a longer series, or use combine=False."
        )
