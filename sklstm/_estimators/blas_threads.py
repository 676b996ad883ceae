"""Limit of BLAS to one thread, since the matrix products of a time step are small."""

from functools import cache

from threadpoolctl import ThreadpoolController


def one_blas_thread():
    """Return a context manager in which the BLAS of NumPy and SciPy uses one thread.

    A second thread does not speed up products of this size. If another process uses the second
    core, the threads wait for each other, which can be hundreds of times slower. Use ``n_jobs`` of
    scikit-learn to use several cores. threadpoolctl is a dependency of scikit-learn.

    Returns
    -------
    context manager
    """
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller():
    """Return the controller, cached: finding the loaded libraries takes milliseconds."""
    return ThreadpoolController()
