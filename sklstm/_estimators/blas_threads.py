"""One BLAS thread: the products of a time step are too small to be shared."""

from functools import cache

from threadpoolctl import ThreadpoolController


def one_blas_thread():
    """Context in which NumPy's and SciPy's BLAS use one thread.

    Two threads gain nothing on products of this size, and where another process wants the second
    core they wait for each other: hundreds of times slower. The core belongs to another fit, by
    ``n_jobs``. threadpoolctl comes with scikit-learn.

    Returns
    -------
    context manager
    """
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller():
    """Looking for the loaded libraries takes milliseconds, setting their threads microseconds."""
    return ThreadpoolController()
