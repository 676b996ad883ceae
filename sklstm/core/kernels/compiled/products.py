"""Sums of outer products, compiled. Arguments: ``core/products.py``."""

from . import extension


def add_outer_products(gradient, inputs, d_gates):
    """Add the sum of s_t z̄_tᵀ over all steps to `gradient`, in place."""
    extension.outer_products(gradient, inputs, d_gates)
