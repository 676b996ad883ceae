"""Limit of BLAS to one thread, since the matrix products of a time step are small."""

from contextlib import contextmanager, nullcontext
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController

from ..core.kernels import kernel_in_use

# Products that OpenBLAS shares among threads have more multiplications (2**18).
_MIN_SHARED = 2**16


@contextmanager
def one_blas_thread():
    """Context in which the BLAS of NumPy and SciPy uses one thread.

    A second thread does not speed up products of this size. If another process uses the second
    core, the threads wait for each other, which can be hundreds of times slower. Use ``n_jobs`` of
    scikit-learn to use several cores. threadpoolctl is a dependency of scikit-learn.

    The limit is that of the process: of threads that are inside at the same time, the first one
    sets it, and the last one restores the previous limit.
    """
    _limit.enter()
    try:
        yield
    finally:
        _limit.leave()


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
    def __init__(self):
        self._lock = Lock()
        self._n_inside = 0
        self._limiter = None

    def enter(self):
        with self._lock:
            if self._n_inside == 0:
                self._limiter = _controller().limit(limits=1, user_api="blas")
            self._n_inside += 1

    def leave(self):
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0:
                self._limiter.restore_original_limits()


_limit = _SharedLimit()


@cache
def _controller():
    """Return the controller, cached: finding the loaded libraries takes milliseconds."""
    return ThreadpoolController()
