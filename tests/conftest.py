"""Settings that have to be in place before the tests import NumPy or matplotlib."""

import os
import tempfile

import pytest

# The tests' matrices are so small that BLAS threads cost more than they bring.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
# One of scikit-learn's checks is skipped without it.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

# Hypothesis would write tables of its own into the checkout.
os.environ.setdefault(
    "HYPOTHESIS_STORAGE_DIRECTORY", os.path.join(tempfile.gettempdir(), "sklstm-hypothesis")
)
try:
    import hypothesis
except ImportError:  # the tests of an installed wheel's kernels run without it
    pass
else:
    # Properties of random estimators: a fixed sample in every run, and by hand a longer one,
    # `pytest tests/test_properties_*.py --hypothesis-profile long`, which differs each time.
    always = {
        "database": None,
        "deadline": None,
        "print_blob": True,
        "suppress_health_check": list(hypothesis.HealthCheck),
    }
    hypothesis.settings.register_profile("sample", derandomize=True, max_examples=15, **always)
    hypothesis.settings.register_profile("long", max_examples=500, **always)
    hypothesis.settings.load_profile("sample")

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
