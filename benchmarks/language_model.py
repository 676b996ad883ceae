"""Training speed of the language model and of PyTorch's nn.LSTM, in characters per second.

Run ``python benchmarks/language_model.py`` on an idle machine with torch installed. Both use one
thread, float32, 128 hidden units, 32 parallel strips of one text, and windows of 100 characters
with the state carried over; forward, backward, clipping at norm 5 and Adam. Inputs are one-hot
characters, or embeddings of dimension 64. Tokenization is included for the language model, but not
for PyTorch.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import statistics
import time
from pydoc_data.topics import topics

import numpy as np
import torch

from sklstm import LSTMLanguageModel

HIDDEN, STRIPS, WINDOW, WINDOWS, ROUNDS = 128, 32, 100, 20, 15


class Module(torch.nn.Module):
    """The same network in PyTorch."""

    def __init__(self, n_symbols, embedding_dim):
        super().__init__()
        self.n_symbols = n_symbols
        self.embedding = embedding_dim and torch.nn.Embedding(n_symbols, embedding_dim)
        self.lstm = torch.nn.LSTM(embedding_dim or n_symbols, HIDDEN)
        self.head = torch.nn.Linear(HIDDEN, n_symbols)

    def forward(self, tokens, state):
        if self.embedding:
            x = self.embedding(tokens)
        else:
            x = torch.nn.functional.one_hot(tokens, self.n_symbols).float()
        h, state = self.lstm(x, state)
        return self.head(h), state


def torchs(text, embedding_dim):
    """Return a function that trains PyTorch for one epoch."""
    symbols, tokens = np.unique(list(text), return_inverse=True)
    tokens = torch.from_numpy(np.concatenate([[0], tokens]))
    inputs, targets = (t.reshape(STRIPS, -1).T.contiguous() for t in (tokens[:-1], tokens[1:]))
    module = Module(len(symbols), embedding_dim)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.005, fused=True)

    def epoch():
        state = None
        for start in range(0, len(inputs), WINDOW):
            raw, state = module(inputs[start : start + WINDOW], state)
            state = tuple(s.detach() for s in state)
            wanted = targets[start : start + WINDOW].flatten()
            loss = torch.nn.functional.cross_entropy(raw.flatten(0, 1), wanted)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), 5.0)
            optimizer.step()

    return epoch


def ours(text, embedding_dim):
    """Return a function that trains sklstm for one epoch."""
    model = LSTMLanguageModel(
        HIDDEN,
        embedding_dim=embedding_dim,
        dropout=0.0,
        recurrent_dropout=0.0,
        batch_size=STRIPS,
        bptt_steps=WINDOW,
        random_state=0,
    )
    return lambda: model.partial_fit([text])


def seconds(call):
    """Return the time of a call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main():
    torch.set_num_threads(1)
    n_characters = STRIPS * WINDOW * WINDOWS
    text = "\n".join(topics.values())[:n_characters]
    print("characters per second, median of rounds; x = PyTorch's time / sklstm's [quartiles]")
    for embedding_dim in (None, 64):
        epochs = [make(text, embedding_dim) for make in (ours, torchs)]
        for epoch in epochs:
            epoch()
        times = [[seconds(epoch) for epoch in epochs] for _ in range(ROUNDS)]
        mine, theirs = (n_characters / statistics.median(t) for t in zip(*times, strict=True))
        low, middle, high = statistics.quantiles([b / a for a, b in times], n=4)
        print(
            f"{f'embedding {embedding_dim}' if embedding_dim else 'one-hot':12} "
            f"sklstm {mine:8,.0f}, PyTorch {theirs:8,.0f} ({middle:.2f}x [{low:.2f}, {high:.2f}])",
            flush=True,
        )


if __name__ == "__main__":
    main()
