"""Every cell in `CELLS`, in all its forms, with all its kernels: the same tests for all of them.

A cell that is registered is tested here, against its slow version in `reference.CELLS` and against
numeric gradients. Tests of a single family are at the end.
"""

import pickle

import numpy as np
import pytest
import reference
from cell_forms import FORMS, GATED, choose_kernel, kernel, over_kernels  # noqa: F401
from helpers import (
    dense_sequences,
    gradient_errors,
    ragged_sequences,
    relative_error,
    rows_of,
    split,
)
from sklearn.base import clone

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.cells import CELLS, CIFG, FGR, GRU, LSTM, NFG, NIG, NOAF, RNN, Diagonal
from sklstm.core import kernels
from sklstm.core.cells.gate_activations import GATE_ACTIVATIONS
from sklstm.core.cells.gated import GatedCell
from sklstm.core.network import Network
from sklstm.core.packing import Batch, RaggedSequences
from sklstm.core.parts.direction import Direction
from sklstm.core.workspace import Workspace

UNLIMITED = 10**9
C, H, OUTPUTS = 2, 3, 2
every_form = over_kernels("cell", FORMS)
every_name = over_kernels("name", {name: make() for name, make in CELLS.items()})
every_gated = pytest.mark.parametrize("kind", GATED)
LENGTHS = {"equal": [4, 4, 4], "ragged": [2, 5, 1, 2]}
every_length = pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
STRUCTURES = {
    "one": {"num_layers": 1, "bidirectional": False},
    "both": {"num_layers": 1, "bidirectional": True},
    "stacked": {"num_layers": 2, "bidirectional": False},
    "stacked both": {"num_layers": 2, "bidirectional": True},
}
every_structure = pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)
STACKED, BOTH = STRUCTURES["stacked"], STRUCTURES["stacked both"]


@pytest.fixture
def cell(request, monkeypatch):
    return FORMS[choose_kernel(request, monkeypatch)]


@pytest.fixture
def name(request, monkeypatch):
    return choose_kernel(request, monkeypatch)


def make_network(cell, dtype=np.float64, **structure):
    """A network with an output at each step, and parameters at which no gradient vanishes."""
    network = Network(cell, C, H, OUTPUTS, dtype=dtype, return_sequences=True, **structure)
    params = network.initialize(np.random.default_rng(7), 0.1)
    noise = np.random.default_rng(26).standard_normal(params.size)
    return network, params + (0.3 * noise).astype(dtype)


def make_batch(lengths, max_columns=UNLIMITED, cut_every=None, dtype=np.float64, joins=False):
    """Values large enough for hard-sigmoid gates to reach both ends."""
    rng = np.random.default_rng(1)
    if len(set(lengths)) == 1:
        sequences = dense_sequences(rng, len(lengths), lengths[0], C, dtype)
    else:
        sequences = ragged_sequences(rng, lengths, C, dtype)
    sequences.values *= 2
    return Batch(sequences, np.arange(len(lengths)), max_columns, cut_every, joins)


def outputs(network, params, batch, masks=None, history=True):
    """Raw outputs as rows, in the order of the sequences' steps."""
    raw, _ = network.forward(params, batch, Workspace(history), masks)
    return rows_of(network, batch, raw)


# Forward -----------------------------------------------------------------------------------------


def test_every_cell_has_a_reference():
    assert {type(cell) for cell in FORMS.values()} <= set(reference.CELLS)


@every_form
@every_structure
@every_length
def test_same_as_the_reference(cell, structure, lengths):
    network, params = make_network(cell, **structure)
    arrays = network.named_arrays(params)
    for max_columns in (5, UNLIMITED):
        batch = make_batch(lengths, max_columns)
        expected = [
            reference.network(cell, x, arrays, **structure, pooling=None, return_sequences=True)
            for x in split(batch.sequences)
        ]
        raw = outputs(network, params, batch)
        np.testing.assert_allclose(raw, np.vstack(expected), rtol=0, atol=1e-12)


@every_form
@every_length
def test_a_recurrent_mask_is_the_references(cell, lengths):
    network, params = make_network(cell, recurrent_dropout=0.5)
    batch = make_batch(lengths, 5)
    masks = network.draw_masks(np.random.default_rng(2), batch)
    (mask,) = masks.recurrent[0]
    assert 0 < (mask == 0).sum() < mask.size
    arrays = network.named_arrays(params)
    xs = [split(batch.sequences)[i] for i in batch.index]
    run, weights = reference.CELLS[type(cell)], reference.arrays_of(arrays, "l0")
    hidden = [run(cell, x, weights, m) for x, m in zip(xs, mask.T, strict=True)]
    in_order = [hidden[k] for k in np.argsort(batch.index)]
    expected = np.vstack(in_order) @ arrays["head_weight"].T + arrays["head_bias"]
    raw = outputs(network, params, batch, masks)
    np.testing.assert_allclose(raw, expected, rtol=0, atol=1e-12)


@every_form
@every_length
def test_chunks_with_the_state_carried_over_are_one_pass(cell, lengths):
    network, params = make_network(cell, **STACKED)
    whole = make_batch(lengths)
    batch = make_batch(lengths, max_columns=5, cut_every=2)
    expected, state = (network.zero_state(len(lengths)) for _ in range(2))
    raw, _ = network.forward(params, whole, Workspace(history=True), state=expected)
    workspace = Workspace(history=False)
    chunks = [
        network.forward(params, chunk, workspace, state=state)[0] for chunk in batch.chunks(2)
    ]
    np.testing.assert_allclose(
        rows_of(network, batch, np.hstack(chunks)),
        rows_of(network, whole, raw),
        rtol=0,
        atol=1e-12,
    )
    for layer, expected_layer in zip(state, expected, strict=True):
        for array, expected_array in zip(layer[0], expected_layer[0], strict=True):
            np.testing.assert_allclose(array, expected_array, rtol=0, atol=1e-12)
            assert np.abs(array).max() > 0


@every_form
@every_length
def test_without_history_outputs_are_the_same(cell, lengths):
    network, params = make_network(cell, **BOTH)
    batch = make_batch(lengths, max_columns=1)
    np.testing.assert_array_equal(
        outputs(network, params, batch, history=True),
        outputs(network, params, batch, history=False),
    )


@every_form
def test_activations_are_those_of_the_steps(cell):
    """Recorded from segments of any size they are the same, and one for each gate."""
    direction = Direction(cell, C, H, reverse=False, name="l0")
    rng = np.random.default_rng(0)
    shapes = cell.shapes(C, H)
    arrays = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    found = []
    for max_columns in (3, UNLIMITED):
        batch = make_batch(LENGTHS["equal"], max_columns)
        tapes = [cell.tape(direction.tape_shape(s, np.float64, False)) for s in batch.segments]
        state = [np.zeros((rows, 3)) for rows in cell.state_sizes(H)]
        for k, out in direction.forward(
            arrays,
            batch.segments,
            lambda k, out, batch=batch: batch.gather(batch.segments[k], out),
            state,
            None,
            lambda k, segment, tapes=tapes: tapes[k],
        ):
            assert out.shape == (batch.segments[k].n_steps, H, 3)
        found.append([cell.activations(tape) for tape in tapes])
    assert len(found[0]) == 4
    assert len(found[1]) == 1
    for gate in cell.gates:
        steps = np.concatenate([one[gate] for one in found[0]])
        assert steps.shape == (4, H, 3)
        np.testing.assert_allclose(found[1][0][gate], steps, rtol=0, atol=1e-12)
    assert [list(one) for one in (*found[0], *found[1])] == [list(cell.gates)] * 5


# Backward ----------------------------------------------------------------------------------------

GRADIENTS = {
    "dense": (LENGTHS["equal"], UNLIMITED, {"num_layers": 1}),
    "ragged": (LENGTHS["ragged"], 5, {"num_layers": 1}),
    "masked": (LENGTHS["ragged"], 5, {"num_layers": 1, "recurrent_dropout": 0.3}),
    "stacked both": (
        [3, 1],
        UNLIMITED,
        {**BOTH, "recurrent_dropout": 0.3, "dropout": 0.3},
    ),
}


@every_form
@pytest.mark.parametrize("case", GRADIENTS.values(), ids=GRADIENTS)
def test_gradient_of_every_parameter_and_of_the_input(cell, case):
    lengths, max_columns, structure = case
    network, params = make_network(cell, **structure)
    batch = make_batch(lengths, max_columns)
    masks = network.draw_masks(np.random.default_rng(5), batch)
    errors = gradient_errors(network, params, batch, masks)
    assert max(errors.values()) < 1e-7, errors


@every_form
@every_length
@pytest.mark.parametrize("cut_every", [1, 3])
def test_a_cut_gradient_is_the_sum_of_those_of_the_chunks(cell, lengths, cut_every):
    network, params = make_network(cell, **STACKED)
    batch = make_batch(lengths, max_columns=5, cut_every=cut_every)
    raw, trace = network.forward(params, batch, Workspace(history=True))
    d_raw = np.random.default_rng(3).standard_normal(raw.shape)
    gradient, _ = network.backward(params, trace, d_raw, cut_every=cut_every)
    d_rows = np.split(rows_of(network, batch, d_raw), batch.sequences.offsets[1:-1])
    expected = np.zeros_like(params)
    for x, d in zip(split(batch.sequences), d_rows, strict=True):
        state = network.zero_state(1)
        for t in range(0, len(x), cut_every):
            part = x[t : t + cut_every]
            chunk = Batch(RaggedSequences(part, np.array([0, len(part)])), np.arange(1), UNLIMITED)
            _, trace = network.forward(params, chunk, Workspace(history=True), state=state)
            d_part = np.ascontiguousarray(d[t : t + cut_every].T)
            expected += network.backward(params, trace, d_part)[0]
    assert relative_error(gradient, expected) < 1e-12


@every_form
@pytest.mark.parametrize("max_columns", [12, 40, UNLIMITED])
@pytest.mark.parametrize("cut_every", [None, 4])
@pytest.mark.parametrize("masked", [False, True])
def test_joined_segments_are_the_same_as_segments(cell, max_columns, cut_every, masked):
    """Outputs and states to the bit, gradients but for the order of sums."""
    network, params = make_network(cell, recurrent_dropout=0.3 * masked, **STACKED)
    if not network.joins_segments:
        return
    lengths = [9, 3, 14, 1, 9, 10, 2, 3, 12]
    found, initial = [], network.zero_state(len(lengths))
    for array in (array for layer in initial for state in layer for array in state):
        array[...] = np.random.default_rng(4).standard_normal(array.shape)
    for joins in (False, True):
        batch = make_batch(lengths, max_columns, cut_every, joins=joins)
        assert (len(batch.spans) < len(batch.segments)) == joins
        masks = network.draw_masks(np.random.default_rng(2), batch)
        state, without = (
            [[[array.copy() for array in part] for part in layer] for layer in initial]
            for _ in range(2)
        )
        workspace = Workspace(history=True)
        network.forward(params, batch, workspace, masks)
        for tape in workspace.open(batch.spans)._tapes.values():
            for array in (tape.inputs[:, :-1], tape.gates, *tape.states):
                array[...] = np.inf  # whatever memory has
        raw, trace = network.forward(params, batch, workspace, masks, state)
        rows = rows_of(network, batch, raw)
        raw_, _ = network.forward(params, batch, Workspace(history=False), masks, without)
        np.testing.assert_array_equal(rows_of(network, batch, raw_), rows)
        np.testing.assert_array_equal(without, state)
        arrays = {}
        for k, _, values in network.layers[-1].activations(trace):
            flat = batch.segments[k].flat_index(batch.index, batch.sequences.offsets)
            for gate, array in values.items():
                empty = np.full((sum(lengths), H), np.nan)
                arrays.setdefault(gate, empty)[flat] = array.transpose(0, 2, 1)
        d_raw = np.random.default_rng(3).standard_normal(rows.shape)[batch.step_index()].T
        gradient, blocks = network.backward(
            params, trace, np.ascontiguousarray(d_raw), cut_every=cut_every, wrt_input=True
        )
        d_x = np.full((sum(lengths), C), np.nan)
        d_x[batch.step_index()] = np.concatenate(
            [block.transpose(0, 2, 1).reshape(-1, C) for block in blocks]
        )
        found.append(([rows, np.array(state), *arrays.values()], [gradient, d_x]))
    (exact, rounded), (joined, joined_rounded) = found
    for array, expected in zip(joined, exact, strict=True):
        np.testing.assert_array_equal(array, expected)
    for array, expected in zip(joined_rounded, rounded, strict=True):
        assert relative_error(array, expected) < 1e-13


@every_form
def test_gradient_of_joined_segments(cell):
    network, params = make_network(cell, dropout=0.3, recurrent_dropout=0.3, **STACKED)
    batch = make_batch([2, 5, 1, 4, 2], joins=network.joins_segments)
    masks = network.draw_masks(np.random.default_rng(5), batch)
    errors = gradient_errors(network, params, batch, masks)
    assert max(errors.values()) < 1e-7, errors


@pytest.mark.usefixtures("kernel")
def test_kernels_that_take_widths_join_the_segments_of_their_cells():
    takes = kernels.kernel_in_use().takes_widths
    sequences = ragged_sequences(np.random.default_rng(1), [2, 5, 1, 2], C)
    for cell, joins in [
        (LSTM(), takes),
        (GRU(), takes),
        (LSTM(peepholes=True), False),
        (RNN(), False),
    ]:
        for both in (False, True):
            network = Network(cell, C, H, OUTPUTS, bidirectional=both)
            for make in (network.batch, network.batch_to_predict):
                batch = make(sequences, np.arange(4))
                assert len(batch.segments) == 3
                assert len(batch.spans) == (1 if joins and not both else 3)


@every_form
def test_float32_is_float64_rounded(cell):
    raws, gradients = [], []
    for dtype in (np.float32, np.float64):
        network, params = make_network(cell, dtype, recurrent_dropout=0.3, **BOTH)
        batch = make_batch(LENGTHS["ragged"], 5, dtype=dtype)
        masks = network.draw_masks(np.random.default_rng(5), batch)
        raw, trace = network.forward(params, batch, Workspace(history=True), masks)
        d_raw = np.random.default_rng(3).standard_normal(raw.shape).astype(dtype)
        gradient, blocks = network.backward(params, trace, d_raw, wrt_input=True)
        assert {raw.dtype, gradient.dtype, *(b.dtype for b in blocks)} == {np.dtype(dtype)}
        raws.append(raw)
        gradients.append(gradient)
    assert relative_error(*raws) < 1e-5
    assert relative_error(*gradients) < 1e-5


@every_form
def test_a_workspace_used_again_leaves_no_trace(cell):
    network, params = make_network(cell, recurrent_dropout=0.3, **BOTH)
    used = Workspace(history=True)

    def both(workspace, lengths, masked):
        batch = make_batch(lengths, 5)
        masks = network.draw_masks(np.random.default_rng(0), batch) if masked else None
        raw, trace = network.forward(params, batch, workspace, masks)
        return raw, network.backward(params, trace, np.ones_like(raw))[0]

    for lengths, masked in [([2, 5], True), ([2, 5], False), ([3, 3], True), ([2, 5], True)]:
        fresh = both(Workspace(history=True), lengths, masked)
        for again, expected in zip(both(used, lengths, masked), fresh, strict=True):
            np.testing.assert_array_equal(again, expected)


@every_form
def test_forward_and_backward_leave_the_parameters_alone(cell):
    network, params = make_network(cell, **BOTH)
    before = params.copy()
    raw, trace = network.forward(params, make_batch(LENGTHS["ragged"]), Workspace(history=True))
    network.backward(params, trace, np.ones_like(raw))
    np.testing.assert_array_equal(params, before)


# Parameters --------------------------------------------------------------------------------------


@every_form
def test_named_arrays_are_views_that_cover_every_parameter_once(cell):
    network, params = make_network(cell, **BOTH)
    named = network.named_arrays(np.arange(params.size))
    everything = np.concatenate([array.ravel() for array in named.values()])
    assert sorted(everything) == list(range(params.size))
    for array in network.named_arrays(params).values():
        assert np.shares_memory(array, params)


@every_form
def test_all_but_biases_decay(cell):
    """But for a diagonal cell's numbers, one per unit and gate."""
    network, _ = make_network(cell, **BOTH)
    excepted = ("weight_input", "weight_recurrent") if isinstance(cell, Diagonal) else ()
    for name, flags in network.named_arrays(network.is_weight()).items():
        decays = "bias" not in name and not name.startswith(excepted)
        assert flags.all() == flags.any() == decays


@every_form
def test_a_seed_means_one_set_of_weights(cell):
    drawn = [cell.initialize(np.random.default_rng(0), C, H) for _ in range(2)]
    assert {name: array.shape for name, array in drawn[0].items()} == cell.shapes(C, H)
    for name, array in drawn[0].items():
        assert array.dtype == np.float64
        np.testing.assert_array_equal(array, drawn[1][name])


@every_form
def test_cells_are_copied_and_saved_whole(cell):
    for copy in (clone(cell), pickle.loads(pickle.dumps(cell)), eval(repr(cell), vars_of_cells())):
        assert type(copy) is type(cell)
        assert copy.get_params() == cell.get_params()
        assert repr(copy) == repr(cell)
    assert clone(cell).set_params(**cell.get_params()).get_params() == cell.get_params()


def vars_of_cells():
    return {kind.__name__: kind for kind in {type(cell) for cell in FORMS.values()}}


@every_name
def test_a_name_is_its_object_to_an_estimator(name):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((10, 4)), np.arange(10.0)
    by_name, by_object = (
        LSTMRegressor(H, cell=cell, max_iter=2, random_state=0).fit(X, y)
        for cell in (name, CELLS[name]())
    )
    np.testing.assert_array_equal(by_name.predict(X), by_object.predict(X))
    again = pickle.loads(pickle.dumps(by_object))
    np.testing.assert_array_equal(again.predict(X), by_object.predict(X))


@every_name
def test_gates_are_recorded_by_name(name):
    X = np.random.default_rng(0).standard_normal((5, 4))
    model = LSTMClassifier(H, cell=name, max_iter=2, random_state=0).fit(X, [0, 1, 0, 1, 1])
    gates = model.gates(X)
    assert list(gates) == list(CELLS[name]().gates)
    assert {array.shape for array in gates.values()} == {(5, 4, H)}


# The LSTM and its variants -----------------------------------------------------------------------


class Generic(GatedCell):
    """The LSTM without peepholes, by the loop of the variants."""

    def __init__(self):
        super().__init__(peepholes=False)


@every_length
@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("other", [Generic(), LSTM(peepholes=True)], ids=repr)
def test_kernel_and_loop_of_the_variants_are_one_lstm(other, lengths, dtype):
    """Without peepholes, or while these are zero, which they are at first."""
    batch = make_batch(lengths, 5, dtype=dtype)
    found = []
    for one in (LSTM(), other):
        network = Network(one, C, H, OUTPUTS, recurrent_dropout=0.3, dtype=dtype, **BOTH)
        params = network.initialize(np.random.default_rng(0))
        masks = network.draw_masks(np.random.default_rng(5), batch)
        raw, trace = network.forward(params, batch, Workspace(history=True), masks)
        gradient, blocks = network.backward(params, trace, np.ones_like(raw), wrt_input=True)
        named = network.named_arrays(gradient)
        found.append({"raw": raw, "X": np.concatenate([b.ravel() for b in blocks]), **named})
    for name, expected in found[0].items():
        assert relative_error(found[1][name], expected) < (1e-13 if dtype == np.float64 else 1e-5)


@pytest.mark.parametrize("name", GATE_ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gate_activations(name, dtype):
    z = np.linspace(-5, 5, 41).astype(dtype)  # has a value on each kink
    activation = GATE_ACTIVATIONS[name](dtype)
    function = getattr(reference, name)
    a, slope = z * activation.scale, np.empty_like(z)
    activation(a)
    activation.slope(a, out=slope)
    assert {a.dtype, slope.dtype} == {np.dtype(dtype)}
    np.testing.assert_allclose(a, function(z.astype(float)), atol=1e-6)
    smooth = np.abs(np.abs(z) - 3) > 1e-3
    expected = (function(z + 1e-5) - function(z - 1e-5)) / 2e-5
    if dtype == np.float64:
        np.testing.assert_allclose(slope[smooth], expected[smooth], atol=1e-9)


def test_hard_gates_of_these_tests_reach_both_ends():
    """Else their gradients would be tested on the straight line only."""
    network, params = make_network(LSTM(gate_activation="hard_sigmoid", forget_bias=1.0))
    batch = make_batch(LENGTHS["ragged"])
    _, trace = network.forward(params, batch, Workspace(history=True))
    gates = np.concatenate(
        [
            activations[gate]
            for _, _, activations in network.layers[0].activations(trace)
            for gate in ["input", "forget", "output"]
        ],
        axis=None,
    )
    assert (gates == 0).any()
    assert (gates == 1).any()
    assert ((gates > 0) & (gates < 1)).any()


@every_gated
@pytest.mark.usefixtures("kernel")
def test_hidden_states_follow_from_the_gates(kind):
    X = np.random.default_rng(0).standard_normal((6, 5, C))
    model = LSTMRegressor(H, cell=kind(), max_iter=3, random_state=0).fit(X, X[:, 0, 0])
    gates, hidden = model.gates(X), model.hidden_states(X)
    c = 0.0
    for t in range(5):
        now = {gate: values[:, t] for gate, values in gates.items()}
        f = 1 - now["input"] if kind is CIFG else now.get("forget", 1.0)
        c = f * c + now.get("input", 1.0) * now["cell"]
        h = now.get("output", 1.0) * (c if kind is NOAF else np.tanh(c))
        np.testing.assert_allclose(h, hidden[:, t], rtol=0, atol=1e-13)


@every_gated
def test_names_and_first_values(kind):
    params = {"peepholes": True}
    if kind is not NFG:
        params["forget_bias"] = 2.5
    cell = kind(**params)
    arrays = cell.named(cell.initialize(np.random.default_rng(0), C, H))
    sigmoids = [gate for gate in cell.gates if gate != "cell"]
    n_rows = len(cell.gates) * H
    shapes = {"weight_ih": (n_rows, C), "weight_hh": (n_rows, H), "bias": (n_rows,)}
    shapes |= {f"peephole_{gate}": (H,) for gate in sigmoids}
    if kind is FGR:
        shapes |= {f"weight_{a}_to_{b}": (H, H) for a in sigmoids for b in sigmoids}
    assert {name: array.shape for name, array in arrays.items()} == shapes
    first = dict.fromkeys(cell.gates, 0.0)
    if kind is CIFG:  # whose forget gate is sigma(-z) of its input gate
        first["input"] = -2.5
    elif kind is not NFG:
        first["forget"] = 2.5
    np.testing.assert_array_equal(arrays["bias"], np.repeat(list(first.values()), H))
    for name in shapes.keys() - {"bias"}:  # a cell starts out as if it had no such thing
        assert arrays[name].any() == (name in ("weight_ih", "weight_hh"))


@every_gated
def test_torchs_order_is_that_of_the_gates_that_there_are(kind):
    cell = kind()
    order = [cell.gates[k] for k in cell.torch_order]
    assert order == [g for g in ("input", "forget", "cell", "output") if g in cell.gates]


def test_weights_are_in_torchs_order_without_the_gates_that_are_missing():
    X = np.random.default_rng(0).standard_normal((6, 4))
    model = LSTMRegressor(H, cell=NIG(forget_bias=1.0), max_iter=1, random_state=0).fit(X, X[:, 0])
    f, g, o = np.split(model.weights_["bias_l0"], 3)
    assert (f > 0.5).all()  # starts at 1
    assert np.abs(np.concatenate([g, o])).max() < 0.5


WRONG = [
    ({"peepholes": "yes"}, ValueError, "peepholes='yes' is not valid; expected True or False"),
    ({"gate_activation": "hard_sigmoi"}, ValueError, "did you mean 'hard_sigmoid'"),
    ({"gate_activation": None}, TypeError, "gate_activation must be one of 'hard_sigmoid', 'sig"),
    ({"forget_bias": "1"}, TypeError, "forget_bias must be a number"),
    ({"forget_bias": np.nan}, ValueError, "forget_bias must be in"),
]


@every_gated
@pytest.mark.parametrize(("params", "error", "message"), WRONG, ids=[str(w[0]) for w in WRONG])
def test_invalid_parameters_are_errors_of_fit(kind, params, error, message):
    X = np.random.default_rng(0).standard_normal((5, 4))
    if kind is NFG and "forget_bias" in params:
        with pytest.raises(TypeError, match="forget_bias"):
            kind(**params)
        return
    model = LSTMRegressor(H, cell=kind(**params))
    with pytest.raises(error, match=message):
        model.fit(X, X[:, 0])
    assert not hasattr(model, "weights_")
    assert not hasattr(model, "n_features_in_")


def test_the_initial_weights_of_the_diagonal_cell():
    cell = Diagonal()
    drawn = cell.initialize(np.random.default_rng(0), 3, 1000)["diagonal"]
    by_input, recurrent, bias = drawn
    assert 0.99 * np.sqrt(3) < by_input.max() < np.sqrt(3)  # Glorot's limit for 1 input, 1 output
    assert abs(by_input.mean()) < 0.1
    assert set(np.unique(recurrent)) == {-1.0, 1.0}
    assert (bias == (np.array(cell.gates) == "forget")[:, np.newaxis]).all()


def test_the_names_of_variants():
    assert CELLS["peephole"]().peepholes
    assert not CELLS["lstm"]().peepholes
