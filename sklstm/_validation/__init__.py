"""Validation of parameters, X, y and sample weights, with all error messages about them."""
