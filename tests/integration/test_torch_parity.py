"""The network, its gradient, and whole training runs against PyTorch's, from equal weights."""

import numpy as np
import pytest
import torch
from helpers import dense_sequences, ragged_sequences, relative_error, split, steps
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from sklstm.core.cells import GRU, LSTM, RNN
from sklstm.core.losses import LogLoss, SquaredError
from sklstm.core.network import Network
from sklstm.core.optimizers import SGD, Adam, AdamW, RMSprop
from sklstm.core.packing import Batch
from sklstm.core.workspace import Workspace

torch.set_num_threads(1)  # more of them only get into each other's way here

C, H, OUTPUTS = 3, 5, 2
CELLS = {
    "lstm": (LSTM(forget_bias=1.0), torch.nn.LSTM, {}),
    "gru": (GRU(), torch.nn.GRU, {}),
    "tanh": (RNN(), torch.nn.RNN, {"nonlinearity": "tanh"}),
    "relu": (RNN("relu"), torch.nn.RNN, {"nonlinearity": "relu"}),
}
LENGTHS = {"equal": [7] * 6, "ragged": [4, 9, 1, 4, 7, 2]}
every_length = pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
every_cell = pytest.mark.parametrize("cell", CELLS)
every_structure = pytest.mark.parametrize(
    ("num_layers", "bidirectional", "return_sequences"),
    [
        pytest.param(n, both, per_step, id=f"{n}{' both' * both}{' sequence' * per_step}")
        for n in (1, 2)
        for both in (False, True)
        for per_step in (False, True)
    ],
)
OPTIMIZERS = {
    "momentum": (
        SGD(0.9, nesterov=False),
        lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.9),
        0.1,
    ),
    "nesterov": (
        SGD(0.9, nesterov=True),
        lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True),
        0.1,
    ),
    "rmsprop": (RMSprop(0.9), lambda groups: torch.optim.RMSprop(groups, lr=0.01, alpha=0.9), 0.01),
    "adam": (Adam(), lambda groups: torch.optim.Adam(groups, lr=0.02), 0.02),
    "adamw": (AdamW(weight_decay=0.1), lambda groups: torch.optim.AdamW(groups, lr=0.02), 0.02),
}
LOSSES = {
    "squared_error": (SquaredError(), torch.nn.MSELoss()),
    "log_loss": (LogLoss(), torch.nn.CrossEntropyLoss()),
}


class TorchTwin(torch.nn.Module):
    """The same network in PyTorch. Of its two biases, one is zero and stays so.

    Only the GRU has a use for the second one, for n.
    """

    def __init__(self, cell, network, params, num_layers, bidirectional, return_sequences):
        super().__init__()
        dtype = torch.float32 if network.dtype == np.float32 else torch.float64
        _, module, options = CELLS[cell]
        options = dict(options, bidirectional=bidirectional, dtype=dtype)
        self.rnn = module(C, H, num_layers, batch_first=True, **options)
        self.head = torch.nn.Linear(network.n_features, OUTPUTS, dtype=dtype)
        self.return_sequences = return_sequences
        for name, parameter in self.rnn.named_parameters():
            if name.startswith("bias_hh"):
                torch.nn.init.zeros_(parameter)
                parameter.requires_grad_(cell == "gru")
        arrays = network.named_arrays(params)
        with torch.no_grad():
            for name, tensor in self.twins().items():
                tensor.copy_(torch.tensor(in_torch_order(network.cell, name, arrays[name])))

    def twins(self, read=lambda parameter: parameter):
        """The parameters that train, or what is read of them, by our names."""
        tensors = {name: read(p) for name, p in self.rnn.named_parameters() if p.requires_grad}
        return {
            **{
                name.replace("bias_ih", "bias").replace("bias_hh", "bias_hn"): (
                    tensor[2 * H :] if name.startswith("bias_hh") else tensor
                )
                for name, tensor in tensors.items()
            },
            "head_weight": read(self.head.weight),
            "head_bias": read(self.head.bias),
        }

    def forward(self, xs):
        """Rows for the sequences `xs`, tensors (T, C), or for all their steps."""
        packed = pack_padded_sequence(
            pad_sequence(xs, batch_first=True),
            torch.tensor([len(x) for x in xs]),
            batch_first=True,
            enforce_sorted=False,
        )
        out, h = self.rnn(packed)
        if isinstance(h, tuple):
            h, _ = h  # of an LSTM there is c, too
        if self.return_sequences:
            padded, lengths = pad_packed_sequence(out, batch_first=True)
            features = torch.cat([x[:n] for x, n in zip(padded, lengths, strict=True)])
        else:
            n_directions = 2 if self.rnn.bidirectional else 1
            features = torch.cat(list(h[-n_directions:]), dim=1)
        return self.head(features)


def in_torch_order(cell, name, array):
    """Our array with the gates in PyTorch's order; a copy."""
    if cell.torch_order is None or name.startswith("head"):
        return array.copy()
    gates = array.reshape(len(cell.torch_order), -1, *array.shape[1:])
    return gates[list(cell.torch_order)].reshape(array.shape)


class Both:
    """One network and its twin on the same sequences."""

    def __init__(self, cell, lengths, dtype=np.float64, **structure):
        rng = np.random.default_rng(0)
        if len(set(lengths)) == 1:
            self.sequences = dense_sequences(rng, len(lengths), lengths[0], C, dtype)
        else:
            self.sequences = ragged_sequences(rng, lengths, C, dtype)
        self.network = Network(CELLS[cell][0], C, H, OUTPUTS, dtype=dtype, **structure)
        self.params = self.network.initialize(rng, 0.1)
        self.params += (0.1 * rng.standard_normal(self.params.size)).astype(dtype)
        self.twin = TorchTwin(cell, self.network, self.params, **structure)
        self.xs = [torch.tensor(x, requires_grad=True) for x in split(self.sequences)]
        self.batch = Batch(self.sequences, np.arange(len(lengths)), 13)
        per_step = structure["return_sequences"]
        self.rows = self.batch.step_index() if per_step else self.batch.index
        self.workspace = Workspace(history=True)

    def forward(self):
        """Our raw outputs as rows, and the trace."""
        raw, trace = self.network.forward(self.params, self.batch, self.workspace)
        rows = np.empty_like(raw.T)
        rows[self.rows] = raw.T
        return rows, trace


def make_both(cell, lengths, num_layers, bidirectional, return_sequences, dtype=np.float64):
    return Both(
        cell,
        lengths,
        dtype,
        num_layers=num_layers,
        bidirectional=bidirectional,
        return_sequences=return_sequences,
    )


@every_cell
@every_structure
@every_length
@pytest.mark.parametrize(("dtype", "tol"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_same_outputs(cell, lengths, dtype, tol, num_layers, bidirectional, return_sequences):
    both = make_both(cell, lengths, num_layers, bidirectional, return_sequences, dtype)
    rows, _ = both.forward()
    assert rows.dtype == dtype
    # Relative: what a rectifier gives has no bound.
    assert relative_error(rows, both.twin(both.xs).detach().numpy()) < tol


@every_cell
@every_structure
@every_length
@pytest.mark.parametrize(("dtype", "tol"), [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_same_gradients(cell, lengths, dtype, tol, num_layers, bidirectional, return_sequences):
    both = make_both(cell, lengths, num_layers, bidirectional, return_sequences, dtype)
    rows, trace = both.forward()
    d_rows = np.random.default_rng(1).standard_normal(rows.shape).astype(dtype)
    both.twin(both.xs).backward(torch.tensor(d_rows))
    d_raw = np.ascontiguousarray(d_rows[both.rows].T)
    gradient, blocks = both.network.backward(both.params, trace, d_raw, wrt_input=True)
    ours = both.network.named_arrays(gradient)
    theirs = both.twin.twins(lambda parameter: parameter.grad)
    assert ours.keys() == theirs.keys()
    errors = {
        name: relative_error(in_torch_order(both.network.cell, name, ours[name]), tensor.numpy())
        for name, tensor in theirs.items()
    }
    d_steps = np.empty_like(steps(both.sequences))
    d_steps[both.batch.step_index()] = np.concatenate(
        [block.transpose(0, 2, 1).reshape(-1, C) for block in blocks]
    )
    errors["X"] = relative_error(d_steps, torch.cat([x.grad for x in both.xs]).numpy())
    assert max(errors.values()) < tol, errors


def train_twin(both, torch_loss, make_optimizer, weight_decay, y, n_steps):
    """PyTorch's loss curve."""
    twins = both.twin.twins()
    biases = [p for name, p in twins.items() if "bias" in name]
    weights = [p for name, p in twins.items() if "bias" not in name]
    optimizer = make_optimizer(
        [
            {"params": biases, "weight_decay": 0.0},
            {"params": weights, "weight_decay": weight_decay},
        ]
    )
    curve = []
    for _ in range(n_steps):
        optimizer.zero_grad()
        loss = torch_loss(both.twin(both.xs), y)
        loss.backward()
        optimizer.step()
        curve.append(loss.item())
    return np.array(curve)


def train(both, loss, optimizer, rate, y, n_steps):
    """Our loss curve; y as rows (M, O)."""
    columns = y[both.rows].T
    state = optimizer.init(both.params, both.network.is_weight())
    curve = []
    for _ in range(n_steps):
        raw, trace = both.network.forward(both.params, both.batch, both.workspace)
        value, d_raw = loss.value_and_gradient(raw, columns)
        gradient, _ = both.network.backward(both.params, trace, d_raw / len(y))
        optimizer.update(both.params, gradient, state, rate)
        curve.append(value / len(y))
    return np.array(curve)


@pytest.mark.parametrize("loss_name", LOSSES)
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("return_sequences", [False, True], ids=["", "sequence"])
@every_length
def test_same_loss_over_50_steps(lengths, return_sequences, name, loss_name):
    optimizer, make_optimizer, rate = OPTIMIZERS[name]
    loss, torch_loss = LOSSES[loss_name]
    both = make_both("lstm", lengths, 2, True, return_sequences)
    rng, n_rows = np.random.default_rng(2), len(both.rows)
    if loss_name == "log_loss":
        y = rng.integers(0, OUTPUTS, (n_rows, 1))
        torch_y = torch.tensor(y[:, 0])
    else:
        y = rng.standard_normal((n_rows, OUTPUTS))
        torch_y = torch.tensor(y)
    decay = getattr(optimizer, "weight_decay", 0.0)
    theirs = train_twin(both, torch_loss, make_optimizer, decay, torch_y, 50)
    ours = train(both, loss, optimizer, rate, y, 50)
    assert theirs[-1] < 0.95 * theirs[0]  # something has been learned
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
    arrays = both.network.named_arrays(both.params)
    for array_name, parameter in both.twin.twins().items():
        np.testing.assert_allclose(
            in_torch_order(both.network.cell, array_name, arrays[array_name]),
            parameter.detach().numpy(),
            rtol=0,
            atol=1e-8,
        )
