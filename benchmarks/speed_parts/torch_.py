"""PyTorch: nn.LSTM or nn.GRU with a linear head, fused Adam, inference mode for predictions."""

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from .cases import BATCH, CLIP, RATE, ROW, STEP
from .contestant import Contestant


class Module(torch.nn.Module):
    """Recurrent layers, and a linear head on their last states."""

    def __init__(self, case):
        super().__init__()
        kind = torch.nn.LSTM if case.cell == "lstm" else torch.nn.GRU
        options = {"batch_first": True, "bidirectional": case.bidirectional}
        self.rnn = kind(case.C, case.H, case.layers, **options)
        self.head = torch.nn.Linear(case.H * case.directions, case.n_outputs)
        self.directions = case.directions

    def forward(self, X, lengths=None):
        if lengths is not None:
            X = pack_padded_sequence(X, lengths, batch_first=True, enforce_sorted=False)
        out, state = self.rnn(X)
        if self.directions == 1 and lengths is None:
            return self.head(out[:, -1])
        h = state[0] if isinstance(state, tuple) else state
        return self.head(torch.cat(list(h[-self.directions :]), dim=1))

    def load(self, weights):
        """Copy the weights of sklstm. Of the two biases of a gate, the second is zero.

        An exception is the one of the GRU that the reset gate multiplies.
        """
        with torch.no_grad():
            for name, parameter in self.rnn.named_parameters():
                if name.startswith("bias_hh"):
                    parameter.zero_()
                    by_reset = weights.get(name.replace("bias_hh", "bias_hn"))
                    if by_reset is not None:
                        parameter[-len(by_reset) :] = torch.from_numpy(by_reset)
                else:
                    ours = weights[name.replace("bias_ih", "bias")]
                    parameter.copy_(torch.from_numpy(ours))
            self.head.weight.copy_(torch.from_numpy(weights["head_weight"]))
            self.head.bias.copy_(torch.from_numpy(weights["head_bias"]))
        return self


class TextModule(torch.nn.Module):
    """A language model of one layer, on one-hot characters or an embedding."""

    def __init__(self, case, n_symbols):
        super().__init__()
        self.n_symbols = n_symbols
        self.embedding = case.embedding_dim and torch.nn.Embedding(n_symbols, case.embedding_dim)
        self.lstm = torch.nn.LSTM(case.embedding_dim or n_symbols, case.H)
        self.head = torch.nn.Linear(case.H, n_symbols)

    def forward(self, tokens, state):
        if self.embedding:
            x = self.embedding(tokens)
        else:
            x = torch.nn.functional.one_hot(tokens, self.n_symbols).float()
        h, state = self.lstm(x, state)
        return self.head(h), state


class PyTorch(Contestant):
    packages = ("torch",)

    def __init__(self, threads):
        super().__init__(threads)
        torch.set_num_threads(threads)

    def prepare_network(self, case, fitted):
        module, arguments, y = self._network(case, fitted.weights)
        first = [None if a is None else a[:1] for a in arguments]
        return {
            STEP: _training_step(module, arguments, y, case),
            BATCH: lambda: _predict(module, arguments, case),
            ROW: lambda: _predict(module, first, case),
        }

    def outputs_after_step(self, case, weights):
        """Outputs with the weights and after one training step, in which the zero bias stays."""
        module, arguments, y = self._network(case, weights)
        before = _predict(module, arguments, case).copy()
        for name, parameter in module.rnn.named_parameters():
            parameter.requires_grad_(not name.startswith("bias_hh"))
        _training_step(module, arguments, y, case)()
        return before, _predict(module, arguments, case)

    def _network(self, case, weights):
        """The module, its arguments and the targets."""
        X, y = case.arrays()
        lengths = torch.from_numpy(case.n_steps()) if case.lengths == "ragged" else None
        y = torch.from_numpy(y)
        y = y if case.classes else y[:, None]
        return Module(case).load(weights), (torch.from_numpy(X), lengths), y

    def prepare_text(self, case, fitted):
        return {"epoch": _text_epoch(case)}

    def prepare_stream(self, case, fitted):
        by_step = torch.nn.LSTM(case.C, case.H, batch_first=True)
        head, x = torch.nn.Linear(case.H, 1), torch.randn(1, 1, case.C)
        state = None

        @torch.inference_mode()
        def push():
            nonlocal state
            h, state = by_step(x, state)
            head(h[:, -1]).numpy()

        lstm, last = torch.nn.LSTM(1, case.H, batch_first=True), torch.nn.Linear(case.H, 1)

        @torch.inference_mode()
        def forecast():
            path = np.zeros(case.window + case.steps, np.float32)
            path[: case.window] = case.series()[-case.window :]
            for t in range(case.steps):
                X = torch.from_numpy(path[t : t + case.window].reshape(1, -1, 1))
                path[t + case.window] = last(lstm(X)[0][:, -1]).numpy()[0, 0]

        return {"push": push, "forecast": forecast}

    def product(self, size):
        a, b = torch.rand(2, size, size)
        out = torch.empty_like(a)
        return lambda: torch.mm(a, b, out=out)

    def tanh(self, size):
        x = torch.randn(size)
        out = torch.empty_like(x)
        return lambda: torch.tanh(x, out=out)


def _predict(module, arguments, case):
    with torch.inference_mode():
        raw = module(*arguments)
        return (raw.softmax(1) if case.classes else raw[:, 0]).numpy()


def _training_step(module, arguments, y, case):
    optimizer = torch.optim.Adam(module.parameters(), lr=RATE, fused=True)
    functions = torch.nn.functional
    loss_of = functions.cross_entropy if case.classes else functions.mse_loss

    def step():
        optimizer.zero_grad()
        loss_of(module(*arguments), y).backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), CLIP)
        optimizer.step()

    return step


def _text_epoch(case):
    """An epoch over the text; its tokens are numbers already."""
    symbols, tokens = np.unique(list(case.text), return_inverse=True)
    tokens = torch.from_numpy(np.concatenate([[0], tokens]))
    inputs, targets = (t.reshape(case.strips, -1).T.contiguous() for t in (tokens[:-1], tokens[1:]))
    module = TextModule(case, len(symbols))
    optimizer = torch.optim.Adam(module.parameters(), lr=RATE, fused=True)

    def epoch():
        state = None
        for start in range(0, len(inputs), case.window):
            raw, state = module(inputs[start : start + case.window], state)
            state = tuple(s.detach() for s in state)
            wanted = targets[start : start + case.window].flatten()
            loss = torch.nn.functional.cross_entropy(raw.flatten(0, 1), wanted)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), CLIP)
            optimizer.step()

    return epoch


CONTESTANT = PyTorch
