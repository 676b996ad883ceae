"""Settings that have to be in place before the tests import NumPy or matplotlib."""

import os

import pytest

# The tests' matrices are so small that BLAS threads cost more than they bring.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
# One of scikit-learn's checks is skipped without it.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

# Where an assert in a module of helpers fails, pytest shows the values, as it does in tests.
pytest.register_assert_rewrite("helpers", "estimator_cases", "quick_forecasters", "refusals")


def pytest_report_header():
    """Name the versions, and the copy of sklstm, that this run really tests."""
    import numpy
    import scipy
    import sklearn

    import sklstm

    versions = ", ".join(f"{m.__name__} {m.__version__}" for m in (numpy, scipy, sklearn))
    return f"sklstm from {os.path.dirname(sklstm.__file__)}, {versions}"
