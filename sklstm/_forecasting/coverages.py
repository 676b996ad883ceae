"""The coverage of intervals, one or several, and their columns in a table; levels of quantiles."""

from collections.abc import Iterable

import numpy as np

from ..core.checks import check_number
from ..core.messages import shorten, shorten_list


def check_coverages(coverage):
    """Validate `coverage`, a number or several, as a list of floats."""
    several = isinstance(coverage, Iterable) and not isinstance(coverage, str)
    values = list(coverage) if several else [coverage]
    if not values:
        raise ValueError("coverage is empty; expected a number such as 0.9, or several.")
    coverages = [_probability(value, "coverage") for value in values]
    if len(set(coverages)) < len(coverages):
        raise ValueError(f"coverage={shorten_list(values)} has the same number more than once.")
    return coverages


def check_quantiles(quantiles):
    """Validate `quantiles`, several levels, as a list of floats."""
    several = isinstance(quantiles, Iterable) and not isinstance(quantiles, str)
    if not several or not len(levels := list(quantiles)):
        raise ValueError(
            f"quantiles={shorten(quantiles)} is not valid; expected a list of levels in (0, 1), "
            "such as [0.1, 0.5, 0.9]."
        )
    return [_probability(level, "quantiles") for level in levels]


def _probability(value, name):
    if np.isscalar(value) and np.isreal(value) and 1 < value < 100:
        raise ValueError(
            f"{name}={value} is not between 0 and 1: did you mean {value / 100:g}? It is a "
            "probability."
        )
    return check_number(value, name, "(0, 1)")


def column_names(coverages):
    """Names of the columns of a table of forecasts and bounds."""
    bounds = [(f"lower_{100 * c:.10g}", f"upper_{100 * c:.10g}") for c in coverages]
    return ["forecast", *(name for pair in bounds for name in pair)]
