"""Times of all contestants, measured in turn, and their ratios."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How long to measure: number of rounds, and seconds of each contestant in a round."""

    rounds: int
    seconds: float


class Times:
    """Seconds of each contestant in each round.

    Parameters
    ----------
    rounds : list of dict of str to float
    """

    def __init__(self, rounds):
        self.rounds = rounds

    @property
    def names(self):
        return list(self.rounds[0]) if self.rounds else []

    @property
    def base(self):
        """The contestant to which the others are compared."""
        return self.names[0]

    def seconds(self, name):
        """Median and quartiles: (low, middle, high)."""
        return quartiles([times[name] for times in self.rounds])

    def median(self, name):
        return self.seconds(name)[1]

    def ratio(self, name):
        """Time of a contestant / time of the base in the same round: (low, middle, high)."""
        return quartiles([times[name] / times[self.base] for times in self.rounds])


def quartiles(values):
    """Return lower quartile, median and upper quartile; of one value that value."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))


def in_turns(callables, n_rounds):
    """Measure in rounds, each of which begins with the next contestant.

    Parameters
    ----------
    callables : dict of str to callable
        Functions that return seconds.
    n_rounds : int

    Returns
    -------
    Times
    """
    names = list(callables)
    rounds = []
    for k in range(n_rounds):
        first = k % len(names) if names else 0
        times = {name: callables[name]() for name in names[first:] + names[:first]}
        rounds.append({name: times[name] for name in names})
    return Times(rounds)


def measure(workers, case, work, effort):
    """Times of one work of all contestants that can do it.

    Each is called before: in a first call JAX compiles, and others create their arrays.

    Parameters
    ----------
    workers : Workers
    case, work
        What has been prepared.
    effort : Effort

    Returns
    -------
    Times
    """
    for worker in workers.those_with(case, work):
        worker.call(case, work)
    able = {
        worker.name: lambda worker=worker: worker.seconds(case, work, effort.seconds)
        for worker in workers.those_with(case, work)
    }
    return in_turns(able, effort.rounds)
