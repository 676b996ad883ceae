"""The floor: the time of the matrix products and the tanh of a network at the best rates.

The products of a network are smaller than those with which the rate is measured, and each step has
to wait for the one before: the floor is a bound, not an aim. For one row, whose product is one of a
matrix with a vector, it is far away.
"""

from dataclasses import dataclass

from .cases import STEP
from .report import processor_flags
from .workers import AVX512_BLAS, Worker


@dataclass(frozen=True)
class Floor:
    """The best rates in this run.

    Attributes
    ----------
    flops, tanhs : float
        Operations per second in a product of large float32 matrices, and tanh per second.
    by : tuple of str
        The contestants that reached them.
    """

    flops: float
    tanhs: float
    by: tuple

    def seconds(self, case, work):
        """Lower bound of the time of a work; the backward pass has twice the products."""
        flops, tanhs = case.work(1 if work == "one row" else case.B)
        return (3 if work == STEP else 1) * flops / self.flops + tanhs / self.tanhs

    def describe(self):
        return (
            f"Best rates of this machine: {self.flops / 1e9:,.0f} GFLOP/s in a product of large "
            f"float32 matrices ({self.by[0]}), and {self.tanhs / 1e9:.2f} tanh per nanosecond "
            f"({self.by[1]})."
        )


def measure_floor(workers, threads, duration=0.5):
    """The best rates of all contestants, and of an OpenBLAS that uses AVX-512 if there is any."""
    rates = {worker.name: worker.rates(duration) for worker in workers}
    if "avx512f" in processor_flags():
        worker = Worker("OpenBLAS for AVX-512", *AVX512_BLAS, threads)
        if worker.missing is None:
            rates[worker.name] = worker.rates(duration)
        worker.close()
    by = tuple(max(rates, key=lambda name: rates[name][k]) for k in (0, 1))
    return Floor(rates[by[0]][0], rates[by[1]][1], by)
