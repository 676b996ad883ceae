"""Sums of outer products, compiled. Arguments: ``core/products.py``."""

from ... import products
from . import extension

# For few columns the sums of a large gradient, which are kept transposed, cost more than the
# products, and BLAS is faster.
_MIN_COLUMNS = 128
_LARGE = 2**14


def add_outer_products(gradient, inputs, d_gates, widths=None):
    """Add the sum of s_t z̄_tᵀ over all steps to `gradient`, in place."""
    n_steps, _, width = d_gates.shape
    is_small = widths is None and n_steps * width < _MIN_COLUMNS
    if is_small and gradient.size >= _LARGE:
        products.add_outer_products(gradient, inputs, d_gates)
    else:
        extension.outer_products(gradient, inputs, d_gates, widths)
