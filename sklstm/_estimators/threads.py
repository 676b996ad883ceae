"""The number of threads for the parameter `n_jobs`."""

from joblib import cpu_count, effective_n_jobs
from joblib.parallel import get_active_backend

from ..core.checks import check_n_jobs
from ..core.kernels import kernel_in_use
from ..core.messages import shorten
from ..core.user_warnings import warn_user


def n_threads(n_jobs):
    """Number of threads.

    Parameters
    ----------
    n_jobs : int or None
        As in joblib: None is 1, or the number given to ``joblib.parallel_config``; negative numbers
        count from all processors. In a worker of joblib, such as that of a search, negative numbers
        are 1, since the other processors are those of the other workers.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If n_jobs is not valid.
    """
    check_n_jobs(n_jobs)
    backend, _ = get_active_backend()
    if n_jobs is not None and n_jobs < 0 and getattr(backend, "nesting_level", 0):
        return 1
    n = effective_n_jobs(n_jobs)
    return n if n == 1 else min(n, cpu_count())  # to count them takes 0.2 ms


def n_threads_of_training(n_jobs, network):
    """Number of threads that share the work on a mini-batch.

    Only the compiled kernels give the same results, to the bit, for any number of threads.

    Parameters
    ----------
    n_jobs : int or None
    network : Network

    Returns
    -------
    int

    Warns
    -----
    UserWarning
        If several were asked for, and none of the kernels is used.
    """
    n = n_threads(n_jobs)
    if n == 1 or (network.cell.has_run and not kernel_in_use().calls_blas):
        return n
    if n_jobs is not None:
        warn_user(
            f"n_jobs={n_jobs} has no effect on training with cell={shorten(network.cell)}: the "
            "threads "
            "are those of the compiled kernels of the LSTM and the GRU."
            + (" They were not built, see sklstm.show_versions()." if network.cell.has_run else "")
        )
    return 1
