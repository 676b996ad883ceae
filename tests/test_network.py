"""The network against a slow reference, its gradient against a numeric one, and its properties.

The properties: the output for a sequence does not depend on the other sequences; a state can be
carried over; reused memory has no effect.
"""

import itertools

import numpy as np
import pytest
import reference
from helpers import (
    dense_sequences,
    gradient_errors,
    numeric_gradient,
    ragged_sequences,
    relative_error,
    rows_of,
    split,
    steps,
)

from sklstm.core.cells import LSTM
from sklstm.core.network import Network
from sklstm.core.packing import Batch, RaggedSequences
from sklstm.core.parts.pooling import POOLINGS
from sklstm.core.workspace import Workspace

UNLIMITED = 10**9
C, H, OUTPUTS = 2, 2, 2
LENGTHS = {"equal": [4, 4, 4], "ragged": [2, 5, 1, 2]}
MODES = {
    **{name: {"pooling": name} for name in POOLINGS},
    "sequence": {"return_sequences": True},
}
STRUCTURES = [
    pytest.param(
        {"num_layers": n_layers, "bidirectional": both, **MODES[mode]},
        id=f"{n_layers} {'both' if both else 'one'} {mode}",
    )
    for n_layers, both, mode in itertools.product((1, 2, 3), (False, True), MODES)
]
every_structure = pytest.mark.parametrize("structure", STRUCTURES)
every_length = pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
every_dtype = pytest.mark.parametrize(("dtype", "tol"), [(np.float64, 1e-12), (np.float32, 1e-6)])
DEEP = {"num_layers": 2, "bidirectional": True}
every_mode = pytest.mark.parametrize("mode", MODES.values(), ids=MODES)


def make_network(dtype=np.float64, hidden_size=H, **structure):
    """A network, and parameters at which no array's gradient vanishes, not even with Max."""
    network = Network(LSTM(), C, hidden_size, OUTPUTS, dtype=dtype, **structure)
    params = network.initialize(np.random.default_rng(7), 0.1)
    noise = np.random.default_rng(26).standard_normal(params.size)
    return network, params + (0.3 * noise).astype(dtype)


def make_sequences(lengths, dtype=np.float64):
    rng = np.random.default_rng(1)
    if len(set(lengths)) == 1:
        return dense_sequences(rng, len(lengths), lengths[0], C, dtype)
    return ragged_sequences(rng, lengths, C, dtype)


def make_batch(network, sequences, max_columns, index=None, cut_every=None):
    """With segments joined where the network does, but for small ones."""
    index = np.arange(len(sequences)) if index is None else np.asarray(index)
    joins = network.joins_segments and max_columns == UNLIMITED
    return Batch(sequences, index, max_columns, cut_every, joins)


def predict(network, params, sequences, index=None, max_columns=UNLIMITED):
    """Raw outputs as rows, in the order of the sequences."""
    batch = make_batch(network, sequences, max_columns, index)
    raw, _ = network.forward(params, batch, Workspace(history=True))
    return rows_of(network, batch, raw)


# Forward, backward -------------------------------------------------------------------------------


@every_structure
@every_length
@pytest.mark.parametrize("max_columns", [5, UNLIMITED])
def test_same_as_the_reference(structure, lengths, max_columns):
    network, params = make_network(hidden_size=3, **structure)
    sequences = make_sequences(lengths)
    expected = [
        reference.network(
            network.cell,
            x,
            network.named_arrays(params),
            structure["num_layers"],
            structure["bidirectional"],
            structure.get("pooling"),
            structure.get("return_sequences", False),
        )
        for x in split(sequences)
    ]
    raw = predict(network, params, sequences, max_columns=max_columns)
    np.testing.assert_allclose(raw, np.vstack(expected), rtol=0, atol=1e-12)


@every_structure
@every_length
@pytest.mark.parametrize("dropout", [0.0, 0.3], ids=["", "dropout"])
def test_gradient_of_every_parameter_and_of_the_input(structure, lengths, dropout):
    network, params = make_network(dropout=dropout, recurrent_dropout=dropout, **structure)
    sequences = make_sequences(lengths)
    batch = make_batch(network, sequences, UNLIMITED)
    masks = network.draw_masks(np.random.default_rng(5), batch)
    errors = gradient_errors(network, params, batch, masks)
    assert max(errors.values()) < 1e-7, errors


@every_mode
@every_length
@pytest.mark.parametrize("max_columns", [1, 6])
def test_gradient_through_many_segments(mode, lengths, max_columns):
    network, params = make_network(dropout=0.3, recurrent_dropout=0.3, **DEEP, **mode)
    batch = Batch(make_sequences(lengths), np.arange(len(lengths)), max_columns)
    masks = network.draw_masks(np.random.default_rng(5), batch)
    errors = gradient_errors(network, params, batch, masks)
    assert max(errors.values()) < 1e-7, errors


@every_mode
def test_gradient_in_float32_is_that_of_float64_rounded(mode):
    gradients = []
    sequences = make_sequences(LENGTHS["ragged"], np.float32)
    batch = Batch(sequences, np.arange(4), 5)
    for dtype in (np.float32, np.float64):
        network, params = make_network(dtype, **DEEP, **mode)
        raw, trace = network.forward(params, batch, Workspace(history=True))
        gradient, blocks = network.backward(params, trace, np.ones_like(raw), wrt_input=True)
        assert {raw.dtype, gradient.dtype, *(b.dtype for b in blocks)} == {np.dtype(dtype)}
        gradients.append(gradient)
    assert relative_error(*gradients) < 1e-5


# Dropout -----------------------------------------------------------------------------------------


@every_mode
def test_without_rates_masks_are_none_and_change_nothing(mode):
    network, params = make_network(**DEEP, **mode)
    batch = Batch(make_sequences(LENGTHS["ragged"]), np.arange(4), UNLIMITED)
    masks = network.draw_masks(np.random.default_rng(0), batch)
    assert (masks.between, masks.recurrent, masks.head) == ([None], [[None] * 2] * 2, None)
    with_masks, _ = network.forward(params, batch, Workspace(history=True), masks)
    without, _ = network.forward(params, batch, Workspace(history=True))
    np.testing.assert_array_equal(with_masks, without)


def test_recurrent_dropout_is_the_references_one_mask_for_all_steps():
    network, params = make_network(recurrent_dropout=0.5, return_sequences=True)
    sequences = make_sequences([5, 5, 5])
    batch = Batch(sequences, np.arange(3), 6)
    masks = network.draw_masks(np.random.default_rng(0), batch)
    mask = masks.recurrent[0][0]
    assert mask.shape == (H, 3)
    assert 0 < (mask == 0).sum() < mask.size
    raw, _ = network.forward(params, batch, Workspace(history=True), masks)
    arrays = network.named_arrays(params)
    weights = reference.arrays_of(arrays, "l0")
    hidden = [
        reference.lstm(LSTM(), x, weights, m) for x, m in zip(split(sequences), mask.T, strict=True)
    ]
    expected = np.vstack(hidden) @ arrays["head_weight"].T + arrays["head_bias"]
    np.testing.assert_allclose(rows_of(network, batch, raw), expected, rtol=0, atol=1e-12)


def test_recurrent_masks_may_be_given():
    network, _ = make_network(dropout=0.5, recurrent_dropout=0.5, **DEEP)
    batch = Batch(make_sequences(LENGTHS["ragged"]), np.arange(4), UNLIMITED)
    given = network.draw_recurrent_masks(np.random.default_rng(0), 4)
    masks = network.draw_masks(np.random.default_rng(1), batch, given)
    assert masks.recurrent is given
    assert [[mask.shape for mask in layer] for layer in given] == [[(H, 4)] * 2] * 2
    assert masks.head.shape == (2 * H, 4)
    shapes = [mask.shape for mask in masks.between[0]]
    assert shapes == [(s.n_steps, 2 * H, s.width) for s in batch.segments]


# A sequence among others -------------------------------------------------------------------------


@every_structure
@every_dtype
def test_a_sequence_alone_among_others_and_among_longer_ones(structure, dtype, tol):
    network, params = make_network(dtype, **structure)
    lengths = [3, 1, 6, 3, 4]
    sequences = make_sequences(lengths, dtype)
    longer = make_sequences([*lengths, 20, 30], dtype)
    steps(longer)[: sequences.offsets[-1]] = steps(sequences)
    together = predict(network, params, sequences)
    with_longer = predict(network, params, longer)[: len(together)]
    cut = predict(network, params, sequences, max_columns=3)
    alone = np.vstack([predict(network, params, sequences.take([i])) for i in range(5)])
    for other in (with_longer, cut, alone):
        np.testing.assert_allclose(other, together, rtol=0, atol=tol)


@every_structure
@every_dtype
def test_shuffled_sequences_give_shuffled_outputs(structure, dtype, tol):
    network, params = make_network(dtype, **structure)
    sequences = make_sequences([3, 1, 6, 3, 4], dtype)
    index = np.array([3, 4, 0, 2, 1])
    together = predict(network, params, sequences)
    # Either the index is shuffled, or the sequences themselves are.
    np.testing.assert_allclose(
        predict(network, params, sequences, index), together, rtol=0, atol=tol
    )
    taken = predict(network, params, sequences.take(index))
    if network.return_sequences:
        together = np.concatenate([np.split(together, sequences.offsets[1:-1])[i] for i in index])
    else:
        together = together[index]
    np.testing.assert_allclose(taken, together, rtol=0, atol=tol)


# State carried over, gradient cut ----------------------------------------------------------------


def copy_state(state):
    return [[[array.copy() for array in direction] for direction in layer] for layer in state]


@pytest.mark.parametrize("num_layers", [1, 2, 3])
@pytest.mark.parametrize("n_steps", [1, 2, 3, 100])
@pytest.mark.parametrize("max_columns", [5, UNLIMITED])
@every_length
def test_chunks_with_the_state_carried_over_give_one_forward(
    num_layers, n_steps, max_columns, lengths
):
    network, params = make_network(num_layers=num_layers, return_sequences=True)
    sequences = make_sequences(lengths)
    whole_state, state = network.zero_state(len(lengths)), network.zero_state(len(lengths))
    whole, _ = network.forward(
        params,
        make_batch(network, sequences, UNLIMITED),
        Workspace(history=True),
        state=whole_state,
    )
    batch = make_batch(network, sequences, max_columns, cut_every=n_steps)
    workspace = Workspace(history=True)
    raw = [
        network.forward(params, chunk, workspace, state=state)[0] for chunk in batch.chunks(n_steps)
    ]
    expected = rows_of(network, make_batch(network, sequences, UNLIMITED), whole)
    np.testing.assert_allclose(
        rows_of(network, batch, np.hstack(raw)), expected, rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(np.array(state), np.array(whole_state), rtol=0, atol=1e-12)


def test_chunks_of_one_shape_share_their_tapes():
    """However many chunks a long sequence has, each kind of array is made once."""
    sequences = dense_sequences(np.random.default_rng(0), 2, 12, 2)
    batch = Network(LSTM(), 2, 3, 1).batch(sequences, np.arange(2), cut_every=5)
    first, second, rest = (chunk.segments for chunk in batch.chunks(5))
    workspace = Workspace(history=True)
    assert workspace.open(first) is workspace.open(second)
    assert workspace.open(first) is not workspace.open(rest)


def test_a_state_is_carried_over_to_the_next_call():
    network, params = make_network(num_layers=2)
    whole = dense_sequences(np.random.default_rng(0), 3, 7, C)
    state = network.zero_state(3)
    for part in (whole.values[:, :4], whole.values[:, 4:]):
        raw = network.forward(
            params,
            Batch(type(whole)(part), np.arange(3), 6),
            Workspace(history=False),
            state=state,
        )[0]
    np.testing.assert_allclose(raw.T, predict(network, params, whole), rtol=0, atol=1e-12)


def cut_gradient(network, params, batch, cut_every):
    """The gradient cut at multiples of `cut_every`, and the d_raw that it belongs to."""
    raw, trace = network.forward(params, batch, Workspace(history=True))
    d_raw = np.random.default_rng(3).standard_normal(raw.shape)
    return network.backward(params, trace, d_raw, cut_every=cut_every)[0], d_raw


@every_length
@pytest.mark.parametrize("num_layers", [1, 2, 3])
@pytest.mark.parametrize("cut_every", [1, 2, 3, 100])
@pytest.mark.parametrize("max_columns", [1, UNLIMITED])
def test_a_cut_gradient_is_the_sum_of_those_of_the_chunks(
    lengths, num_layers, cut_every, max_columns
):
    network, params = make_network(num_layers=num_layers, return_sequences=True)
    batch = make_batch(network, make_sequences(lengths), max_columns, cut_every=cut_every)
    gradient, d_raw = cut_gradient(network, params, batch, cut_every)
    d_rows = rows_of(network, batch, d_raw)
    expected = np.zeros_like(params)
    starts = batch.sequences.offsets
    for i, x in enumerate(split(batch.sequences)):
        state = network.zero_state(1)
        for t in range(0, len(x), cut_every):
            part = x[t : t + cut_every]
            chunk = RaggedSequences(part, np.array([0, len(part)]))
            _, trace = network.forward(
                params,
                Batch(chunk, np.array([0]), UNLIMITED),
                Workspace(history=True),
                state=state,
            )
            d_chunk = d_rows[starts[i] + t : starts[i] + t + len(part)].T
            expected += network.backward(params, trace, np.ascontiguousarray(d_chunk))[0]
    assert relative_error(gradient, expected) < 1e-12


def slow_cut_outputs(x, arrays, structure, cut_every, frozen):
    """Raw outputs of one sequence; states that cross a cut are looked up in `frozen`.

    What is not yet there is put there: call it once with the parameters at which to freeze.
    """
    sides = [(1, ""), (-1, "_reverse")][: 1 + structure["bidirectional"]]
    for depth in range(structure["num_layers"]):
        outputs, finals = [], []
        for sign, suffix in sides:
            name = f"l{depth}{suffix}"
            weights = [arrays[f"{kind}_{name}"] for kind in ("weight_ih", "weight_hh", "bias")]
            h, c, out = np.zeros(H), np.zeros(H), np.empty((len(x), H))
            for n, t in enumerate(range(len(x))[::sign]):
                crossed = t if sign == 1 else t + 1
                if n and crossed % cut_every == 0:
                    h, c = frozen.setdefault((name, t), (h, c))
                o, i, f, g = np.split(weights[0] @ x[t] + weights[1] @ h + weights[2], 4)
                c = reference.sigmoid(f) * c + reference.sigmoid(i) * np.tanh(g)
                h = reference.sigmoid(o) * np.tanh(c)
                out[t] = h
            outputs.append(out)
            finals.append(h)
        x = np.hstack(outputs)
    if "pooling" in structure:
        x = reference.POOLINGS[structure["pooling"]](x, np.concatenate(finals), arrays)[None]
    return x @ arrays["head_weight"].T + arrays["head_bias"]


@every_length
@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "max"])  # it has kinks
@pytest.mark.parametrize(
    ("bidirectional", "max_columns"),
    [
        pytest.param(False, 1, id="one in pieces"),
        pytest.param(False, UNLIMITED, id="one"),
        pytest.param(
            True,
            1,
            id="both in pieces",
        ),
    ],
)
def test_a_cut_gradient_holds_the_states_at_the_cuts_fixed(
    lengths, mode, bidirectional, max_columns
):
    """Also in the reverse direction, where a state crosses a cut from right to left."""
    structure = {"num_layers": 2, "bidirectional": bidirectional, **MODES[mode]}
    network, params = make_network(**structure)
    batch = make_batch(network, make_sequences(lengths), max_columns, cut_every=3)
    gradient, d_raw = cut_gradient(network, params, batch, cut_every=3)
    d_rows, arrays = rows_of(network, batch, d_raw), network.named_arrays(params)
    frozen = [{} for _ in lengths]

    def loss():
        outputs = [
            slow_cut_outputs(x, arrays, structure, 3, states)
            for x, states in zip(split(batch.sequences), frozen, strict=True)
        ]
        return float((np.vstack(outputs) * d_rows).sum())

    loss()  # freezes
    assert relative_error(gradient, numeric_gradient(loss, params)) < 1e-8


# Memory used again -------------------------------------------------------------------------------


@every_structure
@every_length
@pytest.mark.parametrize("max_columns", [1, UNLIMITED])
def test_without_history_outputs_are_the_same(structure, lengths, max_columns):
    network, params = make_network(**structure)
    batch = make_batch(network, make_sequences(lengths), max_columns)
    raw = [network.forward(params, batch, Workspace(history))[0] for history in (True, False)]
    np.testing.assert_array_equal(*raw)


@every_structure
@pytest.mark.parametrize("masked", [False, True], ids=["", "masked"])
def test_a_workspace_used_again_leaves_no_trace(structure, masked):
    rate = 0.3 if masked else 0.0
    network, params = make_network(dropout=rate, recurrent_dropout=rate, **structure)
    sequences = make_sequences([2, 5, 1, 2, 6, 4])
    used = Workspace(history=True)

    def both(workspace, index, max_columns):
        batch = make_batch(network, sequences, max_columns, index)
        masks = network.draw_masks(np.random.default_rng(0), batch)
        raw, trace = network.forward(params, batch, workspace, masks)
        gradient, blocks = network.backward(params, trace, np.ones_like(raw), wrt_input=True)
        return raw, gradient, *blocks

    # First, then others (one of the same shape), more than are kept, and the first again.
    jobs = [([0, 1, 2], 9), ([4, 5], 9), ([3, 1, 2], 9), ([2], 1), ([1], 9), ([0, 1, 2], 9)]
    # These have one shape, but other widths.
    jobs += [(index, UNLIMITED) for index in ([0, 1, 2], [5, 1, 2], [1, 1, 1], [0, 1, 2])]
    for job in jobs:
        for again, fresh in zip(both(used, *job), both(Workspace(True), *job), strict=True):
            np.testing.assert_array_equal(again, fresh)


def test_a_workspace_keeps_the_tapes_of_the_last_few_shapes():
    sequences = make_sequences(range(1, 9))
    shapes = [Batch(sequences, np.array([i]), UNLIMITED).segments for i in range(8)]
    workspace = Workspace(history=True)
    first = workspace.open(shapes[0])
    assert workspace.open(shapes[1]) is not first
    assert workspace.open(Batch(sequences, np.array([0]), UNLIMITED).segments) is first
    for other in shapes[1:]:
        workspace.open(other)
    assert workspace.open(shapes[0]) is not first  # given back


@pytest.mark.parametrize("history", [False, True])
def test_a_batch_takes_over_tapes_of_the_shapes_that_are_given_up(history):
    network, _ = make_network()
    workspace, tapes, sizes = Workspace(history), [], []
    for length in (5, 4, 3, 2):
        batch = Batch(make_sequences([9, length]), np.arange(2), 4)
        get = workspace.open(batch.spans).getter(
            network.layers[0].directions[0], network.dtype, False
        )
        tapes.append([get(k, span) for k, span in enumerate(batch.spans)])
        sizes.append(workspace.size)
    first, second, _, fourth = tapes
    assert fourth[0] is first[0]
    assert second[0] is not first[0]
    for tape, span in zip(fourth, batch.spans, strict=True):
        assert (tape.shape.n_steps, tape.shape.width) == (span.n_steps, span.width)
    if history:  # one tape for each span
        assert np.diff([0, *sizes[:3]]).tolist() == [H * (9 + n) for n in (5, 4, 3)]
        assert sizes[3] - sizes[2] == H * (2 - 5)


def test_a_workspace_keeps_the_views_of_two_vectors():
    network, params = make_network()
    workspace = Workspace(history=True)
    gradient, other = np.zeros_like(params), np.zeros_like(params)
    views = workspace.views(network.layout, params)
    of_gradient = workspace.views(network.layout, gradient)
    assert workspace.views(network.layout, params) is views
    assert workspace.views(network.layout, gradient) is of_gradient
    equal = workspace.views(network.layout, params.copy())  # another array: other views
    assert equal is not views
    for array in workspace.views(network.layout, other)["head"].values():
        array[...] = 1.0
    assert other.any() and not gradient.any()


@every_mode
def test_a_gradient_is_written_to_out(mode):
    network, params = make_network(**DEEP, **mode)
    batch = Batch(make_sequences(LENGTHS["ragged"]), np.arange(4), 5)
    workspace, out = Workspace(history=True), np.full_like(params, np.nan)
    for _ in range(2):
        raw, trace = network.forward(params, batch, Workspace(history=True))
        expected, _ = network.backward(params, trace, np.ones_like(raw))
        raw, trace = network.forward(params, batch, workspace)
        gradient, _ = network.backward(params, trace, np.ones_like(raw), out=out)
        assert gradient is out
        np.testing.assert_array_equal(out, expected)


@every_mode
def test_masked_and_unmasked_passes_share_a_workspace(mode):
    """A training step, then its validation, on batches of one shape."""
    network, params = make_network(dropout=0.3, recurrent_dropout=0.3, **DEEP, **mode)
    batch = Batch(make_sequences(LENGTHS["ragged"]), np.arange(4), 5)
    masks = network.draw_masks(np.random.default_rng(0), batch)
    used = Workspace(history=True)
    for wanted in (masks, None, masks, None):
        again, _ = network.forward(params, batch, used, wanted)
        fresh, _ = network.forward(params, batch, Workspace(history=True), wanted)
        np.testing.assert_array_equal(again, fresh)


@every_mode
def test_forward_and_backward_leave_their_arguments_alone(mode):
    network, params = make_network(dropout=0.3, recurrent_dropout=0.3, **DEEP, **mode)
    sequences = make_sequences(LENGTHS["ragged"])
    batch = Batch(sequences, np.arange(4), 5)
    masks = network.draw_masks(np.random.default_rng(0), batch)
    arrays = [params, sequences.values, *masks.between[0], *itertools.chain(*masks.recurrent)]
    arrays.append(masks.head)
    raw, trace = network.forward(params, batch, Workspace(history=True), masks)
    d_raw = np.ones_like(raw)
    before = [array.copy() for array in (*arrays, raw)]
    network.backward(params, trace, d_raw, wrt_input=True)
    for array, copy in zip((*arrays, raw), before, strict=True):
        np.testing.assert_array_equal(array, copy)
    np.testing.assert_array_equal(d_raw, np.ones_like(raw))


# Parameters --------------------------------------------------------------------------------------


@every_structure
def test_named_arrays_are_views_that_cover_every_parameter_once(structure):
    network, params = make_network(**structure)
    named = network.named_arrays(np.arange(params.size))
    everything = np.concatenate([array.ravel() for array in named.values()])
    assert sorted(everything) == list(range(params.size))
    for array in network.named_arrays(params).values():
        assert np.shares_memory(array, params)


def test_names_and_shapes():
    network, params = make_network(**DEEP)
    assert {name: array.shape for name, array in network.named_arrays(params).items()} == {
        **{f"weight_ih_l0{side}": (4 * H, C) for side in ("", "_reverse")},
        **{f"weight_ih_l1{side}": (4 * H, 2 * H) for side in ("", "_reverse")},
        **{f"weight_hh_l{n}{side}": (4 * H, H) for n in (0, 1) for side in ("", "_reverse")},
        **{f"bias_l{n}{side}": (4 * H,) for n in (0, 1) for side in ("", "_reverse")},
        "head_weight": (OUTPUTS, 2 * H),
        "head_bias": (OUTPUTS,),
    }


def test_only_weights_are_weights():
    network, _ = make_network(**DEEP)
    for name, flags in network.named_arrays(network.is_weight()).items():
        assert flags.all() == flags.any() == ("weight" in name)


def test_a_seed_means_one_set_of_weights_in_either_precision():
    double, single = (
        Network(LSTM(), C, H, OUTPUTS, dtype=dtype, **DEEP).initialize(np.random.default_rng(0))
        for dtype in (np.float64, np.float32)
    )
    assert (double.dtype, single.dtype) == (np.float64, np.float32)
    np.testing.assert_array_equal(double.astype(np.float32), single)


def test_segments_are_limited_but_short_batches_stay_whole():
    network, _ = make_network(hidden_size=64)
    long = dense_sequences(np.random.default_rng(0), 32, 300, C)
    assert len(network.batch(long, np.arange(32)).segments) > 1
    assert len(network.batch(long, np.arange(1)).segments) == 1
    cut = network.batch(long, np.arange(1), cut_every=200).segments
    assert [s.stop for s in cut] == [200, 300]
