"""What is timed: networks with data, whole fits, and texts.

A case is sent to the process of every contestant, which draws the same data from the same seed.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

STEP, BATCH, ROW = WORK = "training step", "batch", "one row"
RATE, CLIP = 0.01, 5.0  # learning rate and maximum norm of the gradient: the defaults of sklstm


@dataclass(frozen=True)
class NetworkCase:
    """A network and one mini-batch.

    Attributes
    ----------
    C, H, T, B : int
        Channels, hidden units, steps, and sequences of the batch.
    classes : int
        Number of classes of a classifier with log loss; 0 for a regressor with squared error.
    lengths : {"equal", "ragged", "padded"}
        "ragged" are lengths between 5 and T, and "padded" the same sequences with zeros after
        their end, as one array: the network then runs over the zeros, too.
    """

    C: int
    H: int
    T: int
    B: int
    cell: str = "lstm"
    layers: int = 1
    bidirectional: bool = False
    classes: int = 0
    lengths: str = "equal"
    kind: ClassVar[str] = "network"

    @property
    def title(self):
        return f"{self.C},{self.H},{self.T},{self.B}"

    @property
    def directions(self):
        return 2 if self.bidirectional else 1

    @property
    def n_outputs(self):
        return self.classes or 1

    def n_steps(self):
        """Array (B,): number of steps of each sequence."""
        if self.lengths == "equal":
            return np.full(self.B, self.T)
        return np.random.default_rng(1).integers(5, self.T + 1, self.B)

    def arrays(self):
        """X (B, T, C), with zeros after the end of a sequence, and y (B,).

        y is standardised, as sklstm would do it: the outputs of all contestants have its units.
        """
        rng = np.random.default_rng(0)
        X = rng.standard_normal((self.B, self.T, self.C)).astype(np.float32)
        X[np.arange(self.T) >= self.n_steps()[:, None]] = 0
        if self.classes:
            return X, np.arange(self.B) % self.classes
        y = rng.standard_normal(self.B)
        return X, ((y - y.mean()) / y.std()).astype(np.float32)

    def work(self, rows):
        """Return the operations in the products of a forward pass, and the number of tanh.

        A sigmoid is a tanh of half its argument.
        """
        gates, tanhs = (4, 5) if self.cell == "lstm" else (3, 3)
        steps = self.T * rows if self.lengths == "padded" else int(self.n_steps()[:rows].sum())
        n_inputs, flops = self.C, 2 * rows * self.H * self.directions * self.n_outputs
        for _ in range(self.layers):
            flops += 2 * steps * self.directions * gates * self.H * (n_inputs + self.H)
            n_inputs = self.H * self.directions
        return flops, tanhs * steps * self.H * self.directions * self.layers


SHAPES = [
    NetworkCase(*shape)
    for shape in [  # C, H, T, B
        (1, 8, 12, 32),
        (1, 16, 24, 32),
        (1, 32, 30, 32),
        (4, 32, 50, 64),
        (4, 64, 50, 64),
        (8, 64, 100, 128),
        (8, 128, 50, 128),
        (16, 256, 50, 64),
    ]
]
EXTRAS = {
    "ragged, 5 to 100 steps": NetworkCase(4, 32, 100, 64, lengths="ragged"),
    "the same, padded": NetworkCase(4, 32, 100, 64, lengths="padded"),
    "bidirectional": NetworkCase(4, 32, 50, 64, bidirectional=True),
    "two layers": NetworkCase(4, 32, 50, 64, layers=2),
    "GRU": NetworkCase(4, 32, 50, 64, cell="gru"),
    "classifier, 5 classes": NetworkCase(4, 32, 50, 64, classes=5),
}


@dataclass(frozen=True)
class FitCase:
    """A whole fit: n sequences, batches of B, a number of epochs."""

    C: int
    H: int
    T: int
    B: int
    n: int
    epochs: int
    kind: ClassVar[str] = "fit"

    @property
    def title(self):
        return f"{self.C},{self.H},{self.T},{self.B}, n={self.n:,}, {self.epochs} epochs"

    def arrays(self):
        """X (n, T, C) and y (n,)."""
        rng = np.random.default_rng(0)
        X = rng.standard_normal((self.n, self.T, self.C), dtype=np.float32)
        return X, X[:, -3:, 0].mean(axis=1)


FITS = [
    FitCase(1, 16, 12, 32, n=120, epochs=20),
    FitCase(1, 32, 24, 32, n=480, epochs=10),
    FitCase(4, 64, 50, 64, n=640, epochs=5),
    FitCase(16, 256, 50, 64, n=320, epochs=2),
]


@dataclass(frozen=True)
class TextCase:
    """An epoch of a language model over a text, cut into strips and windows.

    `embedding_dim` is None for one-hot characters.
    """

    embedding_dim: int | None
    windows: int = 10
    H: int = 128
    strips: int = 32
    window: int = 100
    kind: ClassVar[str] = "text"

    @property
    def title(self):
        return f"embedding {self.embedding_dim}" if self.embedding_dim else "one-hot"

    @cached_property
    def text(self):
        """Python's help topics, from the beginning."""
        from pydoc_data.topics import topics

        return "\n".join(topics.values())[: self.strips * self.window * self.windows]


@dataclass(frozen=True)
class StreamCase:
    """Sequences that arrive step by step: a stream, and a recursive forecast of one member."""

    H: int = 32
    C: int = 3
    window: int = 24
    steps: int = 1000
    kind: ClassVar[str] = "stream"

    def series(self):
        """A noisy monthly sine wave, for the forecast."""
        rng = np.random.default_rng(0)
        wave = np.sin(2 * np.pi * np.arange(600) / 12)
        return (wave + 0.1 * rng.standard_normal(600)).astype(np.float32)


@dataclass(frozen=True)
class JobsCase:
    """What a second processor core is for: many windows, a wide step, a search."""

    H: int = 32
    T: int = 24
    n_windows: int = 100_000
    wide: NetworkCase = NetworkCase(8, 128, 50, 128)
    search: FitCase = FitCase(1, 32, 24, 32, n=300, epochs=20)
    kind: ClassVar[str] = "jobs"
