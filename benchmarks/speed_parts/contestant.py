"""What a contestant offers."""

import importlib.metadata
import resource
import sys
import time
from collections import namedtuple

# What the first contestant hands to the others: the weights with PyTorch's names, and the fitted
# estimator as a pickle, for the other kernel of sklstm.
Fitted = namedtuple("Fitted", "weights pickle")


class Contestant:
    """Base class: calls by case and work, which are timed in the process of the contestant.

    A subclass has a method ``prepare_KIND(case, fitted)`` for each kind of case that it can do. It
    returns a dict from the name of a work to a function without arguments; an empty dict if it
    cannot do this one.

    Parameters
    ----------
    threads : int
        Number of threads that it may use.
    """

    packages = ()

    def __init__(self, threads):
        self.threads = threads
        self._calls = {}

    def versions(self):
        """Versions of its packages, by name."""
        return {name: importlib.metadata.version(name) for name in self.packages}

    def prepare(self, case, fitted=None):
        """Prepare the calls of a case; return the names of its work."""
        method = getattr(self, f"prepare_{case.kind}", None)
        calls = {} if method is None else method(case, fitted)
        self._calls |= {(case, work): call for work, call in calls.items()}
        return list(calls)

    def forget(self):
        """Drop all calls, and the memory behind them."""
        self._calls.clear()

    def close(self):
        """Called before its process ends."""

    def outputs(self, case):
        """The outputs for the batch: values (B,), or probabilities (B, K)."""
        return self._calls[case, "batch"]()

    def seconds(self, case, work, duration):
        """Time of a call: the mean over about `duration` seconds, but at least one call.

        The first call is not counted, unless it alone takes longer: it fills the caches, which the
        contestants before have emptied.
        """
        call = self._calls[case, work]
        first = _time(call, 1)
        if first > duration:
            return first
        return _time(call, max(1, int(duration / (first + 1e-9))))

    def processor_seconds(self, case, work):
        """Processor time of a single call."""
        start = time.process_time()
        self._calls[case, work]()
        return time.process_time() - start

    def call(self, case, work):
        """Call once, without a result."""
        self._calls[case, work]()

    def peak_memory(self):
        """Peak memory of this process so far, in MB."""
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6

    # The rates of the floor

    def product(self, size):
        """A function that multiplies two square float32 matrices, or None."""

    def tanh(self, size):
        """A function that computes the tanh of a float32 vector, or None."""

    def rates(self, duration):
        """Best rates: operations per second in a product, tanh per second; 0 if unknown."""
        return (
            max(_rate(self.product(n), 2 * n**3, duration) for n in (512, 1024, 2048)),
            max(_rate(self.tanh(n), n, duration) for n in (2**12, 2**14, 2**20)),
        )


def _time(call, n_calls):
    start = time.perf_counter()
    for _ in range(n_calls):
        call()
    return (time.perf_counter() - start) / n_calls


def _rate(call, amount, duration):
    if call is None:
        return 0.0
    call()
    n_calls = max(1, int(duration / 10 / _time(call, 1)))
    return amount / min(_time(call, n_calls) for _ in range(10))
