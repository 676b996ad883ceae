"""Limit of BLAS to one thread, since the matrix products of a time step are small."""

from contextlib import contextmanager, nullcontext
from functools import cache
from threading import Lock
from weakref import WeakSet

from threadpoolctl import ThreadpoolController

from ..core.kernels import kernel_in_use

# Products that OpenBLAS shares among threads have more multiplications (2**18).
_MIN_SHARED = 2**16
# Seconds to wait for a lock that is held for microseconds.
_PATIENCE = 1.0


@contextmanager
def one_blas_thread():
    """Context in which the BLAS of NumPy and SciPy uses one thread.

    A second thread does not speed up products of this size. If another process uses the second
    core, the threads wait for each other, which can be hundreds of times slower. Use ``n_jobs`` of
    scikit-learn to use several cores. threadpoolctl is a dependency of scikit-learn.

    The limit is that of the process: of threads that are inside at the same time, the first one
    sets it, and the last one restores the previous limit.
    """
    guest = _Guest()
    try:
        try:
            _limit.enter(guest)
            yield
        finally:
            _limit.leave(guest)
    except KeyboardInterrupt:
        _limit.leave(guest)  # it may have come in the line above
        raise


def blas_limit(network, n_sequences):
    """`one_blas_thread` if it is needed, or `nullcontext`: see `needs_blas_limit`."""
    return one_blas_thread if needs_blas_limit(network, n_sequences) else nullcontext


def needs_blas_limit(network, n_sequences):
    """Whether BLAS might share a product: the limit takes 50 us.

    Parameters
    ----------
    network : Network
    n_sequences : int
        Number of columns of the products.

    Returns
    -------
    bool
    """
    if network.cell.has_run and not kernel_in_use().calls_blas:  # only the head calls BLAS
        return n_sequences * network.n_raw * network.n_features > _MIN_SHARED
    return n_sequences > 1  # the products of one sequence are too small


class _SharedLimit:
    """The limit of the process, for whoever is inside.

    An interrupt may come at any line. Leaving twice does no harm. Whoever could not leave is
    forgotten by the `WeakSet`, and the next one that leaves restores the limit; a lock that was not
    released is replaced.
    """

    def __init__(self):
        self._lock = Lock()
        self._inside = WeakSet()
        self._before = None

    def enter(self, guest):
        with self._locked():
            self._inside.add(guest)
            if self._before is None:
                self._before = [(library, library.num_threads) for library in _libraries()]
                for library, _ in self._before:
                    library.set_num_threads(1)

    def leave(self, guest):
        with self._locked():
            self._inside.discard(guest)
            if self._before is not None and not self._inside:
                for library, n_threads in self._before:
                    library.set_num_threads(n_threads)
                self._before = None

    @contextmanager
    def _locked(self):
        lock = self._lock
        if not lock.acquire(timeout=_PATIENCE):
            lock = self._lock = Lock()
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


class _Guest:
    pass


_limit = _SharedLimit()


@cache
def _libraries():
    """The BLAS libraries in use, cached: finding them takes milliseconds.

    Limits of threadpoolctl itself would also restore OpenMP's, which belong to a thread.
    """
    return ThreadpoolController().select(user_api="blas").lib_controllers
