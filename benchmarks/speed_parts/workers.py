"""Each contestant in a process of its own, which waits while the others are timed.

A library is thereby not slowed down by the threads and settings of another one, and a missing or
broken one ends nothing but its own process.
"""

import contextlib
import importlib
import multiprocessing
import os
import platform
import signal
import traceback
import warnings

# Name -> module of this package, and environment variables.
CONTESTANTS = {
    "sklstm": ("sklstm_", {"SKLSTM_KERNEL": "compiled"}),
    "NumPy kernel": ("sklstm_", {"SKLSTM_KERNEL": "numpy"}),
    "PyTorch": ("torch_", {}),
    "skorch": ("skorch_", {}),
    "JAX": ("jax_", {"JAX_PLATFORMS": "cpu"}),
    "ONNX Runtime": ("onnx_", {}),
}
# Only for the rates of the floor: OpenBLAS does not choose its fastest products on all processors.
AVX512_BLAS = ("sklstm_", {"SKLSTM_KERNEL": "numpy", "OPENBLAS_CORETYPE": "SKYLAKEX"})
_LIMITS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Worker:
    """The process of a contestant; its methods are those of `Contestant`.

    Parameters
    ----------
    name : str
    module : str
        A module of this package with `CONTESTANT`.
    environment : dict
    threads : int
        Number of threads, and of processor cores on which the process may run.

    Attributes
    ----------
    missing : str or None
        Why the contestant does not take part.
    work : set of (case, str)
        The calls that it has prepared.
    """

    def __init__(self, name, module, environment, threads):
        self.name = name
        self.work = set()
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        arguments = (theirs, module, threads)
        self._process = context.Process(target=_serve, args=arguments, name=name)
        with _environment({**environment, **_limits(threads)}):
            self._process.start()
        theirs.close()
        self.missing = self._answer()

    def __getattr__(self, method):
        """A function that calls a method of the contestant in its process."""
        if method.startswith("_"):
            raise AttributeError(method)
        return lambda *arguments: self._ask(method, arguments)

    def prepare(self, case, fitted=None):
        """Prepare a case, if the contestant can do it."""
        self.work |= {(case, work) for work in self._ask("prepare", (case, fitted))}

    def forget(self):
        """Drop all cases."""
        self.work.clear()
        self._ask("forget", ())

    def close(self):
        """End the process."""
        if self._process.is_alive():
            with contextlib.suppress(OSError):  # it may have ended meanwhile
                self._connection.send(None)
            self._process.join(10)
        if self._process.is_alive():
            self._process.terminate()

    def _ask(self, method, arguments):
        self._connection.send((method, arguments))
        return self._answer()

    def _answer(self):
        try:
            error, answer = self._connection.recv()
        except EOFError:
            raise RuntimeError(f"The process of {self.name} has ended.") from None
        if error:
            raise RuntimeError(f"{self.name}: {error}")
        return answer


class Workers(list):
    """Context manager: the processes of several contestants.

    Attributes
    ----------
    missing : dict of str to str
        The contestants that cannot be imported, with the reason.
    """

    def __init__(self, names, threads):
        super().__init__(Worker(name, *CONTESTANTS[name], threads) for name in names)
        self.missing = {worker.name: worker.missing for worker in self if worker.missing}
        self[:] = [worker for worker in self if not worker.missing]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for worker in self:
            worker.close()

    def prepare(self, case):
        """Prepare a case; the first contestant fits the network whose weights all get."""
        fitted = None
        for k, worker in enumerate(self):
            worker.prepare(case, fitted)
            if k == 0 and case.kind == "network":
                fitted = worker.fitted()

    def forget(self):
        for worker in self:
            worker.forget()

    def those_with(self, case, work):
        """The contestants that have prepared this work."""
        return [worker for worker in self if (case, work) in worker.work]


def _limits(threads):
    """Environment variables that limit the number of threads."""
    limits = dict.fromkeys(_LIMITS, str(threads))
    if threads == 1:
        flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        limits["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}".strip()
    return limits


class _environment:
    """Context with other environment variables, which a process that is started inherits."""

    def __init__(self, variables):
        self._variables = variables

    def __enter__(self):
        self._before = dict(os.environ)
        os.environ.update(self._variables)

    def __exit__(self, *error):
        os.environ.clear()
        os.environ.update(self._before)


def _serve(connection, module, threads):
    """The loop of a process: import the contestant, then answer until there is no question."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # after Ctrl-C, speed.py ends this process
    warnings.simplefilter("ignore")  # such as: nothing is learned in one epoch
    if platform.system() == "Linux":  # the last cores: the first one serves most interrupts
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
    try:
        contestant = importlib.import_module(f"speed_parts.{module}").CONTESTANT(threads)
    except Exception as error:
        connection.send((None, f"{type(error).__name__}: {error}".splitlines()[0]))
        return
    connection.send((None, None))
    with contextlib.suppress(EOFError):  # speed.py itself has ended
        while (question := connection.recv()) is not None:
            connection.send(_answer(contestant, *question))
    contestant.close()


def _answer(contestant, method, arguments):
    """An error as text, or None, and the result of a method."""
    try:
        return None, getattr(contestant, method)(*arguments)
    except Exception:
        return traceback.format_exc(), None
