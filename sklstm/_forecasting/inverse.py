"""The inverse of a transformer, followed only as far as it is monotone and defined."""

import warnings

import numpy as np

from ..core.messages import shorten
from .forecast_checks import MAX_RANGES

# The slope of the inverse is measured over this share of the path from the levels of fit.
STEP = 1e-6
N_HALVINGS = 50  # of the path, to find its last valid level
TINY = 1e-9  # values below this share of the range, at the end of the domain, are 0


def inverse(transformer, levels, known=None):
    """Values (..., S) of levels (..., S).

    The inverse of a transformer may be wrong beyond the levels of fit: squares grow again for
    negative roots. There the values are those of the last level on the way from the levels of fit
    at which the inverse is still defined and monotone. They are NaN or infinite only if it has no
    limit there.

    Parameters
    ----------
    transformer : transformer
        The fitted transformer.
    levels : ndarray of shape (..., S)
        Levels.
    known : ndarray of shape (2, S), default=None
        The lowest and highest levels of fit, see `known_levels`. None to use all values as they
        are.
    """
    values = _inverse(transformer, levels)
    if known is None:
        return values
    near = np.clip(levels, *known)
    outside = (levels != near).any(axis=-1)
    if outside.any():
        path = _Path(transformer, near[outside], levels[outside], known)
        values = values.copy()
        values[outside] = path.corrected(values[outside])
    return values


def _inverse(transformer, levels):
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is not finite is an error in the checks of forecasts
        rows = transformer.inverse_transform(levels.reshape(-1, levels.shape[-1]))
    if np.size(rows) != levels.size:
        raise ValueError(
            f"transformer={shorten(transformer)} returned shape {np.shape(rows)} for levels of "
            f"shape {levels.shape} in inverse_transform; expected one value for each level."
        )
    return np.asarray(rows).reshape(levels.shape)


def known_levels(transformer, levels):
    """The lowest and highest of levels (n, S), (2, S); None if the inverse mixes columns."""
    known = np.stack([levels.min(axis=0), levels.max(axis=0)])
    n_columns = levels.shape[1]
    columns = np.arange(n_columns)
    alternating = columns % 2
    mixed = _inverse(transformer, known[alternating, columns][np.newaxis])[0]
    apart = _inverse(transformer, known)[alternating, columns]
    return known if np.allclose(mixed, apart, rtol=1e-6, atol=0, equal_nan=True) else None


class _Path:
    """The straight path from levels near those of fit to levels beyond, both (R, S)."""

    def __init__(self, transformer, start, stop, known):
        self._transformer, self._start, self._way = transformer, start, stop - start
        edges = _inverse(transformer, known)
        rising = np.where(edges[1] >= edges[0], 1, -1)
        self._range = np.abs(edges[1] - edges[0])
        self._direction = np.sign(self._way) * rising  # in which values have to move
        self._edge = np.where(self._direction * rising < 0, edges[0], edges[1])

    def corrected(self, values):
        """The values (R, S) at the end, or at the last valid level of the path."""
        bad = (self._way != 0) & ~self._is_valid(np.ones(self._way.shape))
        if not bad.any():
            return values
        low, high = np.zeros(bad.shape), np.ones(bad.shape)
        for _ in range(N_HALVINGS):
            middle = (low + high) / 2
            valid = self._is_valid(middle)
            low, high = np.where(valid, middle, low), np.where(valid, high, middle)
        with np.errstate(all="ignore"):
            limit = self._values(low)
            before = self._values(low - STEP)
            approached = (
                np.abs(limit - before) <= np.abs(before - self._edge) / 2 + self._range / 10
            )
            approached &= np.abs(limit - self._edge) <= MAX_RANGES * self._range
            # Never between the values of fit, from which the path leads away.
            limit = self._edge + self._direction * np.maximum(
                self._direction * (limit - self._edge), 0
            )
        # Exactly 0, which may be the commonest value, if a last step would lead beyond it.
        nearly = np.maximum(np.abs(before) - np.abs(limit), TINY * self._range)
        limit[np.abs(limit) <= nearly] = 0
        return np.where(bad, np.where(approached, limit, np.nan), values)

    def _values(self, share):
        return _inverse(self._transformer, self._start + share * self._way)

    def _is_valid(self, share):
        """Whether the inverse is defined and monotone at these shares (R, S) of the path."""
        with np.errstate(all="ignore"):
            values = self._values(share)
            change = self._direction * (values - self._values(share - STEP))
            # Beyond a pole, as that of 1/y at 0, it is monotone again, but on the other side.
            beyond = self._direction * (values - self._edge) >= -TINY * self._range
            return np.isfinite(change) & (change >= 0) & beyond
