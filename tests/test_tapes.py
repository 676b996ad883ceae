"""Required attributes of tapes, for every cell; and custom cells on whole segments."""

import inspect
from functools import cached_property

import numpy as np
import pytest
from cell_forms import FORMS
from test_step_cell import Simple

from sklstm import LSTMRegressor
from sklstm.cells import RNN, Cell, StepCell
from sklstm.core.cells import base
from sklstm.core.cells.tape import Tape, TapeShape
from sklstm.gradcheck import check_gradients

L, C, H, B = 4, 2, 3, 5
CELLS = {**FORMS, "a custom cell": Simple()}
every_cell = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
RNG = np.random.default_rng(0)
X = [RNG.standard_normal((t, C)) for t in (5, 3, 1, 6, 4, 2)]
Y = np.array([x[:, 0].sum() for x in X])


def shape_of(dtype=np.float64, masked=False, projected=False):
    n_inputs = 0 if projected else C
    return TapeShape(L, n_inputs, H, B, np.dtype(dtype), masked, projected)


def parameters(cell, dtype):
    arrays = cell.initialize(np.random.default_rng(0), C, H)
    return {name: array.astype(dtype) for name, array in arrays.items()}


@every_cell
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("masked", [False, True])
def test_a_tape_has_what_is_documented(cell, dtype, masked):
    tape = cell.tape(shape_of(dtype, masked))
    sizes = cell.state_sizes(H)
    assert tape.x.shape == (L, C, B)
    assert [slots.shape for slots in tape.states] == [(L + 1, rows, B) for rows in sizes]
    assert {tape.x.dtype, *(slots.dtype for slots in tape.states)} == {np.dtype(dtype)}
    assert tape.h is tape.states[0]
    # The input is written before the states are loaded: no two of them may share memory.
    arrays = [tape.x, *tape.states]
    for k, array in enumerate(arrays):
        assert not any(np.shares_memory(array, other) for other in arrays[:k])


@every_cell
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("projected", [False, True])
def test_a_tape_is_used_as_documented(cell, dtype, masked, projected):
    """Only what is documented is written here, as `Direction` and `TokenDirection` do."""
    if projected and not cell.has_projection:
        pytest.skip("the input is not projected")
    rng = np.random.default_rng(1)
    arrays = parameters(cell, dtype)
    x = rng.standard_normal((L, C, B)).astype(dtype)
    mask = np.full((H, B), 2, dtype) if masked else None
    state = [rng.standard_normal((rows, B)).astype(dtype) for rows in cell.state_sizes(H)]
    tape = cell.tape(shape_of(dtype, masked, projected))
    for slots in tape.states:
        slots[...] = np.nan
    if projected:
        arrays, table = cell.split_input(arrays)
        tape.projected[...] = np.matmul(cell.prepare_table(table).T, x)
        assert tape.projected.shape == (L, table.shape[1], B)
    else:
        tape.x[...] = x
    tape.load(state, mask)
    for slots, initial in zip(tape.states, state, strict=True):
        np.testing.assert_array_equal(slots[0], initial)
    cell.forward(cell.prepare(arrays), tape, mask)
    for slots, initial in zip(tape.states, state, strict=True):
        np.testing.assert_array_equal(slots[0], initial)
        assert np.isfinite(slots).all()
    cell.backward(arrays, tape, mask, state, np.ones((L, H, B), dtype))
    if projected:
        assert (tape.d_projected.shape, tape.d_projected.dtype) == (tape.projected.shape, dtype)
    else:
        d_x = cell.input_gradient(arrays, tape)
        assert (d_x.shape, d_x.dtype) == ((L, C, B), dtype)
        assert list(cell.activations(tape)) == list(cell.gates)


# Custom cells that work on whole segments: the example of `Cell`, as a stranger would copy it


def example():
    """The class of the example in the docstring of `Cell`."""
    lines = inspect.cleandoc(base.Cell.__doc__).splitlines()
    code = "\n".join(line[4:] for line in lines if line.startswith((">>> ", "...")))
    names = {}
    exec(code[: code.index("X = np.random")], names)
    return names["Average"]


class StepAverage(StepCell):
    """The same cell, by a step and its adjoint."""

    def shapes(self, n_inputs, hidden_size):
        return {"weight": (hidden_size, n_inputs), "rate": (hidden_size, 1)}

    def step(self, weights, x, state):
        return (weights["rate"] * state[0] + weights["weight"] @ x,), {"x": x, "h": state[0]}

    def adjoint(self, weights, memo, d_state):
        d_rate = (d_state[0] * memo["h"]).sum(axis=1, keepdims=True)
        d_weights = {"weight": d_state[0] @ memo["x"].T, "rate": d_rate}
        return weights["weight"].T @ d_state[0], (weights["rate"] * d_state[0],), d_weights


STRUCTURES = [
    {},
    {"num_layers": 2, "bidirectional": True, "recurrent_dropout": 0.3, "dropout": 0.2},
]


@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
def test_the_documented_example_is_a_cell(structure):
    Average = example()
    model = LSTMRegressor(H, cell=Average(), random_state=0, max_iter=3, **structure)
    assert max(check_gradients(model, X, Y).values()) < 1e-7
    weights = model.fit(X, Y).weights_
    Average.initialize, before = StepAverage.initialize, Average.initialize
    try:
        again = model.set_params(cell=Average()).fit(X, Y)
        by_steps = LSTMRegressor(H, cell=StepAverage(), random_state=0, max_iter=3, **structure)
        np.testing.assert_allclose(by_steps.fit(X, Y).predict(X), again.predict(X), atol=1e-12)
    finally:
        Average.initialize = before
    assert weights.keys() == by_steps.weights_.keys()


class WrongTape(RNN):
    """A simple recurrent cell with a mistake in its tape."""

    def __init__(self, how=None):
        super().__init__()
        self.how = how

    def new_tape(self, shape):
        tape = super().new_tape(shape)
        if self.how == "None":
            return None
        if self.how == "states":
            tape.states = (tape.h, tape.h)
        elif self.how == "h":
            tape.h = tape.h[1:]
        elif self.how == "x":
            tape.x = tape.x.transpose(1, 0, 2)
        elif self.how:
            delattr(tape, self.how.removeprefix("no "))
        return tape


WRONG = {
    "None": "The tape of WrongTape, a NoneType, must have the attribute 'states'",
    "no states": "tape of WrongTape, a RNNTape, must have the attribute 'states'; see .*tape.Tape",
    "no h": "must have the attribute 'h'",
    "no x": "must have the attribute 'x'",
    "states": r"have states of shape \[\(\d+, 3, 6\)\]; got \[\(\d+, 3, 6\), \(\d+, 3, 6\)\]",
    "h": r"must have h of shape \(\d+, 3, 6\); got \(\d+, 3, 6\)",
    "x": r"must have x of shape \(\d+, 2, 6\); got \(2, \d+, 6\)",
}


@pytest.mark.parametrize("how", WRONG)
def test_what_a_wrong_tape_lacks_is_named(how):
    LSTMRegressor(H, cell=WrongTape(), max_iter=1).fit(np.ones((6, 4, C)), Y)
    with pytest.raises((TypeError, ValueError), match=WRONG[how]):
        LSTMRegressor(H, cell=WrongTape(how), max_iter=1).fit(np.ones((6, 4, C)), Y)


@pytest.mark.parametrize("name", ["projected", "d_projected"])
def test_a_tape_for_tokens_needs_more(name):
    WrongTape(f"no {name}").tape(shape_of(projected=False))
    with pytest.raises(TypeError, match=f"must have the attribute '{name}'"):
        WrongTape(f"no {name}").tape(shape_of(projected=True))


def test_arrays_of_the_backward_pass_are_not_allocated_by_the_check():
    for cell in FORMS.values():
        tape = cell.tape(shape_of(projected=cell.has_projection))
        members = inspect.getmembers_static(type(tape))
        assert not {n for n, v in members if isinstance(v, cached_property)} & vars(tape).keys()


def test_a_base_tape_is_enough_for_a_start():
    tape = Tape(shape_of(np.float32), (H, 2))
    assert [slots.shape for slots in tape.states] == [(L + 1, H, B), (L + 1, 2, B)]
    assert isinstance(Simple().tape(shape_of()), Tape)
    assert not issubclass(Cell, StepCell)
