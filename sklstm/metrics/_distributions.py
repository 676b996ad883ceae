"""Metrics of predicted distributions."""

from typing import Literal, overload

import numpy as np

from .._forecasting.coverages import check_quantiles
from .._typing import Array, ArrayLike, MeanOf
from ..core.user_warnings import warn_user
from ._arguments import average, read_scored


@overload
def continuous_ranked_probability_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    quantiles: ArrayLike | None = ...,
    sample_weight: ArrayLike | None = ...,
    multioutput: MeanOf = ...,
) -> float: ...


@overload
def continuous_ranked_probability_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    quantiles: ArrayLike | None = ...,
    sample_weight: ArrayLike | None = ...,
    multioutput: Literal["raw_values"],
) -> Array: ...


def continuous_ranked_probability_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    quantiles: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    multioutput: str | ArrayLike = "uniform_average",
) -> float | Array:
    """Mean continuous ranked probability score, CRPS, of samples or quantiles.

    For a single sample, a point forecast, it is the absolute error.

    Parameters
    ----------
    y_true : array-like of shape (n_times,) or (n_times, S), or list of such
        Observed values: one series, S series observed together, or a list of series.
    y_pred : array-like of shape (n_times, M) or (n_times, S, M), or list of such
        M samples of the predicted distribution of each value, or its M `quantiles`. Sample paths
        of a forecaster have the samples in their first axis: pass ``sample_paths(...).T``, or for
        several columns ``np.moveaxis(paths, 0, -1)``.
    quantiles : array-like of shape (M,), default=None
        The levels of the quantiles in `y_pred`, in (0, 1) and increasing; None if these are
        samples. At least ten, evenly spread, are a good approximation.
    sample_weight : array-like of shape (n_times,), or list of such, default=None
        Weights of the rows.
    multioutput : {"raw_values", "uniform_average"} or array-like, default="uniform_average"
        Whether to return the values of all series, or their mean. Or the weights of the series in
        the mean, in the shape of "raw_values".

    Returns
    -------
    float or ndarray of shape (S,), (N,) or (N, S)
        The mean over the series, or a value for each column, and for each series of a list. Lower
        is better; it has the unit of y.

    Raises
    ------
    ValueError, TypeError
        If an argument is not valid, for example if it contains NaN, or the shapes or indexes are
        not the same.

    Warns
    -----
    UserWarning
        If the quantiles of a level are below those of the level before in most rows, as if
        `quantiles` and `y_pred` were not in the same order.

    See Also
    --------
    interval_score : The score of an interval.
    sklearn.metrics.mean_pinball_loss : The score of one quantile.

    Notes
    -----
    *Samples*, x_1, ..., x_M: the score of their empirical distribution for the value y is
    ``mean |x_i - y| - 1/2 mean |x_i - x_j|``, over all i and all pairs i, j ([1]_, eq. 21 with the
    other sign).

    *Quantiles*: the score is twice the integral of the pinball loss over all levels [2]_ [3]_. It
    is approximated by a sum in which a quantile has the weight of the levels that are nearest to
    its own, between 0 and 1. With the levels 0.1, 0.2, ..., 0.9 the weights are 0.15 for the first
    and the last, and 0.1 for the others. For M sorted samples, as quantiles of the levels
    (i - 1/2) / M, the sum is the score of the samples. Quantiles that cross are not sorted.

    References
    ----------
    .. [1] T. Gneiting, A.E. Raftery. "Strictly proper scoring rules, prediction, and estimation."
       JASA 102, 2007.
    .. [2] F. Laio, S. Tamea. "Verification tools for probabilistic forecasts of continuous
       hydrological variables." Hydrology and Earth System Sciences 11, 2007.
    .. [3] T. Gneiting, R. Ranjan. "Comparing density forecasts using threshold- and
       quantile-weighted scoring rules." Journal of Business & Economic Statistics 29, 2011.

    Examples
    --------
    >>> from sklstm.metrics import continuous_ranked_probability_score
    >>> continuous_ranked_probability_score([2.0], [[1.0, 3.0]])
    0.5
    >>> continuous_ranked_probability_score([2.0], [[1.0, 3.0]], quantiles=[0.25, 0.75])
    0.5
    """
    scored = read_scored({"y_true": y_true, "y_pred": y_pred}, sample_weight, draws="y_pred")
    if quantiles is None:
        return average(scored.mean_over_rows(_score_of_samples), multioutput)
    quantiles = _read_quantiles(quantiles, scored)
    _warn_of_order(quantiles, scored)
    parameters = [(quantiles, _weights(quantiles))] * len(scored.series)
    return average(scored.mean_over_rows(_score_of_quantiles, parameters), multioutput)


def _score_of_samples(true, samples):
    """Scores (n, S) of samples (n, S, M); sorted, the pairs are a weighted sum of the samples."""
    deviations = np.sort(samples - true[:, :, np.newaxis], axis=2)
    n_samples = deviations.shape[2]
    ranks = np.arange(1, n_samples + 1)
    spread = deviations @ ((2 * ranks - n_samples - 1) / n_samples**2)
    return np.abs(deviations).mean(axis=2) - spread


def _score_of_quantiles(true, values, levels_and_weights):
    """Scores (n, S) of quantiles (n, S, M)."""
    levels, weights = levels_and_weights
    errors = true[:, :, np.newaxis] - values
    return 2 * (np.maximum(levels * errors, (levels - 1) * errors) @ weights)


def _read_quantiles(quantiles, scored):
    """The levels of the quantiles, as an array (M,)."""
    levels = np.array(check_quantiles(quantiles))
    for i, series in enumerate(scored.series):
        n_values = series.arrays[1].shape[2]
        if len(levels) != n_values:
            name = f"y_pred[{i}]" if scored.several else "y_pred"
            raise ValueError(
                f"quantiles has {len(levels)} level(s), but the last axis of {name} has length "
                f"{n_values}; expected the level of each of its quantiles."
            )
    if len(np.unique(levels)) < len(levels):
        raise ValueError("quantiles has the same level more than once; expected each level once.")
    if (falls := np.diff(levels) < 0).any():
        i = int(falls.argmax())
        raise ValueError(
            f"quantiles is not increasing: {levels[i + 1]:g} comes after {levels[i]:g}; expected "
            "the lowest level first. Sort both: order = np.argsort(quantiles), "
            "quantiles[order] and y_pred[..., order]."
        )
    return levels


def _warn_of_order(levels, scored):
    """Warn if quantiles fall from one level to the next in most rows; a few may cross."""
    values = np.concatenate([each.arrays[1].reshape(-1, len(levels)) for each in scored.series])
    shares = (np.diff(values, axis=1) < 0).mean(axis=0)
    if (often := shares > 0.5).any():
        i = int(often.argmax())
        warn_user(
            f"y_pred falls from the quantile {levels[i]:g} to the quantile {levels[i + 1]:g} in "
            f"{shares[i]:.0%} of its values; expected that it rises, but for a few. Check that "
            "its last axis has the order of quantiles."
        )


def _weights(levels):
    """The share of (0, 1) that is nearest to each level."""
    return np.diff((levels[1:] + levels[:-1]) / 2, prepend=0, append=1)
