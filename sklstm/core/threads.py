"""Threads that share the work of one call. The compiled kernels release the interpreter lock."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property


class Threads:
    """A number of threads, the calling one included.

    The others are started when they are first needed, and end with this object.

    Parameters
    ----------
    n : int
    """

    def __init__(self, n):
        self.n = n

    @cached_property
    def _others(self):
        return ThreadPoolExecutor(self.n - 1, thread_name_prefix="sklstm")

    def run(self, function, items):
        """Call a function with each of the items, and wait for all calls.

        Parameters
        ----------
        function : callable
        items : sequence
            A thread that is done with one takes the next one.

        Raises
        ------
        Exception
            That of the first call that fails; items that were not begun are then left out.
        """
        if self.n == 1 or len(items) == 1:
            for item in items:
                function(item)
            return
        waiting = deque(items)

        def work():
            while waiting:
                try:
                    item = waiting.popleft()
                except IndexError:  # another thread took the last one
                    return
                function(item)

        futures = self._start(work, min(self.n, len(items)) - 1)
        try:
            work()
        finally:
            waiting.clear()
            for future in futures:
                future.exception()  # waits
        for future in futures:
            future.result()

    def _start(self, work, n):
        futures = []
        try:
            for _ in range(n):
                futures.append(self._others.submit(work))
        except RuntimeError:  # the interpreter is shutting down: the calling thread does the rest
            pass
        return futures


SINGLE = Threads(1)


def shares(n_items, n, multiple):
    """Slices that divide `n_items` items among at most n threads, evenly.

    Parameters
    ----------
    n_items, n : int
    multiple : int
        All slices but the last begin and end at multiples of it.

    Returns
    -------
    list of slice
    """
    n_units = -(-n_items // multiple)
    n = max(1, min(n, n_units))
    edges = [multiple * (k * n_units // n) for k in range(n)] + [n_items]
    return [slice(start, stop) for start, stop in zip(edges[:-1], edges[1:], strict=True)]
