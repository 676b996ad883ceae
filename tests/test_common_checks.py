"""scikit-learn's own checks of an estimator, on several of ours: none is expected to fail."""

import warnings
from collections import Counter

import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

from sklstm import LSTMClassifier, LSTMRegressor

# Three of the checks ask for R2 > 0.5 on 200 rows. One update an epoch reaches that only for some
# seeds with these variants; with four, and patience, all of twelve seeds had 0.7 or more.
PATIENT = {"batch_size": 50, "n_iter_no_change": 50}
VARIANTS = {
    "defaults": {},
    "bidirectional": {"bidirectional": True, **PATIENT},
    "two layers": {"num_layers": 2, **PATIENT},
    "mean": {"pooling": "mean", **PATIENT},
    "early stopping": {"early_stopping": True, **PATIENT},
    "sgd": {"optimizer": "sgd", "learning_rate": 0.07, "max_iter": 400, **PATIENT},
}
# What a check may be skipped for: a package or a setting that it needs and that is not there.
OPTIONAL = ("polars", "array_api", "SCIPY_ARRAY_API", "pyarrow")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
def test_check_estimator(make, variant):
    estimator = make(**VARIANTS[variant])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        warnings.filterwarnings("ignore", message="batch_size=50 is larger", category=UserWarning)
        results = check_estimator(estimator, on_fail=None)
    counts = Counter(result["status"] for result in results)
    print(f"{estimator}: {dict(counts)}")
    failed = [
        f"{result['check_name']}: {result['status']}, {result['exception']!r}"
        for result in results
        if result["status"] != "passed"
        and not (
            result["status"] == "skipped"
            and any(name in str(result["exception"]) for name in OPTIONAL)
        )
    ]
    assert not failed, "\n".join(failed)
    assert counts["passed"] > 50
