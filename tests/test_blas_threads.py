"""The limit of BLAS threads is that of the process, and is restored when the last one leaves."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from interrupts import interrupt
from threadpoolctl import ThreadpoolController

from sklstm import LSTMRegressor
from sklstm._estimators import blas_threads as blas_threads_module
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


def test_threads_that_overlap_in_any_order():
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        before = blas_threads()
        rng = np.random.default_rng(0)
        for _ in range(20):
            inside = {}
            for k in rng.permutation(np.repeat(np.arange(6), 2)):
                if k not in inside:
                    inside[k] = one_blas_thread()
                    inside[k].__enter__()
                else:
                    inside.pop(k).__exit__(None, None, None)
                assert blas_threads() == ({1} if inside else before)


def test_real_threads_leave_blas_as_it_was():
    X = np.random.default_rng(0).standard_normal((12, 5))

    def work(k):
        model = LSTMRegressor(2, max_iter=1 + k % 4, random_state=k).fit(X, X[:, 0])
        model.hidden_states(X)

    with ThreadpoolController().limit(limits=2, user_api="blas"):
        before = blas_threads()
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(40)))
        assert blas_threads() == before


def test_it_is_restored_after_interrupts_at_any_line(monkeypatch):
    monkeypatch.setattr(blas_threads_module, "_PATIENCE", 0.01)

    def use():
        with one_blas_thread():
            pass

    with ThreadpoolController().limit(limits=2, user_api="blas"):
        before, at_line = blas_threads(), 1
        while interrupt(use, at_line):
            use()
            assert blas_threads() == before
            at_line += 1
        assert at_line > 20
