"""A few random configurations; ``python tests/fuzzing.py`` runs many."""

import pytest
from fuzzing import run


@pytest.mark.parametrize("seed", range(20))
def test_random_configuration(seed):
    n_checks, failures = run(seed)
    assert not failures
    assert n_checks > 10
