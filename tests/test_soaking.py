"""A few rounds of `tests/soaking.py`: predictions beside fits, and nothing is left open."""

from soaking import growth, run


def test_some_rounds():
    samples, rounds, predictions, problems = run(4, at_least=4)
    assert not problems
    assert rounds >= 4 and predictions > 20
    memory, files, threads = growth(samples)
    assert (files, threads) == (0, 0)
    assert memory < 50e6
