"""The limit of BLAS threads is that of the process, and is restored when the last one leaves."""

import numpy as np
from threadpoolctl import ThreadpoolController

from sklstm._estimators.blas_threads import one_blas_thread


def blas_threads():
    controller = ThreadpoolController()
    return {lib.num_threads for lib in controller.lib_controllers if lib.user_api == "blas"}


def test_overlapping_contexts_restore_the_number_of_threads():
    np.dot(np.ones((2, 2)), np.ones((2, 2)))
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        before = blas_threads()
        first, second = one_blas_thread(), one_blas_thread()
        first.__enter__()
        assert blas_threads() == {1}
        second.__enter__()
        first.__exit__(None, None, None)
        assert blas_threads() == {1}
        second.__exit__(None, None, None)
        assert blas_threads() == before


def test_it_is_restored_after_an_error():
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        before = blas_threads()
        try:
            with one_blas_thread():
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            pass
        assert blas_threads() == before
