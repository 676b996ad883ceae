"""The coverage of intervals: one probability or several, and their columns in a table."""

from collections.abc import Iterable

import numpy as np

from ..core.checks import check_number
from ..core.messages import shorten_list


def check_coverages(coverage):
    """Validate `coverage`, a number or several, as a list of floats."""
    several = isinstance(coverage, Iterable) and not isinstance(coverage, str)
    values = list(coverage) if several else [coverage]
    if not values:
        raise ValueError("coverage is empty; expected a number such as 0.9, or several.")
    coverages = [_checked(value) for value in values]
    if len(set(coverages)) < len(coverages):
        raise ValueError(f"coverage={shorten_list(values)} has the same number more than once.")
    return coverages


def _checked(coverage):
    if np.isscalar(coverage) and np.isreal(coverage) and 1 < coverage < 100:
        raise ValueError(
            f"coverage={coverage} is not between 0 and 1: did you mean {coverage / 100:g}? It is a "
            "probability."
        )
    return check_number(coverage, "coverage", "(0, 1)")


def column_names(coverages):
    """Names of the columns of a table of forecasts and bounds."""
    bounds = [(f"lower_{100 * c:.10g}", f"upper_{100 * c:.10g}") for c in coverages]
    return ["forecast", *(name for pair in bounds for name in pair)]
