"""to_torch and from_torch: equal predictions in both directions."""

import copy
import io
import pickle

import numpy as np
import pytest
import torch
from estimator_cases import CUBE, LABELS, RAGGED, TABLE, C, N, Y
from torch.nn.utils.rnn import pack_sequence, pad_sequence

from sklstm import LSTMClassifier, LSTMRegressor, cells, losses
from sklstm.export import from_torch, to_torch

torch.set_num_threads(1)
H, OUTPUTS = 4, 2
MODULES = {
    "lstm": (torch.nn.LSTM, {}),
    "gru": (torch.nn.GRU, {}),
    "rnn": (torch.nn.RNN, {}),
    "relu": (torch.nn.RNN, {"nonlinearity": "relu"}),
}
CELLS = {"lstm": "lstm", "gru": "gru", "rnn": "rnn", "relu": cells.RNN("relu")}
every_cell = pytest.mark.parametrize("cell", CELLS)
every_structure = pytest.mark.parametrize(
    ("num_layers", "bidirectional"), [(1, False), (2, False), (1, True), (2, True)]
)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def tensors(X, dtype=np.float32):
    """X for a module: a tensor, or a list of tensors."""
    return [tensors(x, dtype) for x in X] if isinstance(X, list) else torch.tensor(X.astype(dtype))


def assert_same(module, model, X, method="predict", dtype=np.float32):
    """The module returns what the method does, up to 1e-5 of the spread of the predictions."""
    inputs = [x.astype(dtype) for x in X] if isinstance(X, list) else X.astype(dtype)
    expected = getattr(model, method)(inputs)
    with torch.no_grad():
        found = module(tensors(X, dtype)).numpy()
    if isinstance(expected, list):  # padded
        found = np.concatenate([f[: len(e)] for f, e in zip(found, expected, strict=True)])
        expected = np.concatenate(expected)
    assert found.shape == expected.shape and found.dtype == expected.dtype == dtype
    spread = np.abs(expected - expected.mean(axis=0)).max()
    assert np.abs(found - expected).max() <= (1e-5 if dtype == np.float32 else 1e-12) * spread


def fitted(make, X, y, dtype=np.float32, **params):
    X = [x.astype(dtype) for x in X] if isinstance(X, list) else X.astype(dtype)
    return make(H, max_iter=3, random_state=0, **params).fit(X, y)


# From an estimator to a module -------------------------------------------------------------------


@every_cell
@every_structure
@every_dtype
@pytest.mark.parametrize("X", [TABLE, CUBE, RAGGED], ids=["table", "3-D", "ragged"])
def test_a_regressor(cell, num_layers, bidirectional, dtype, X):
    params = {"cell": CELLS[cell], "num_layers": num_layers, "bidirectional": bidirectional}
    model = fitted(LSTMRegressor, X, 20 + 3 * Y, dtype, **params)
    assert_same(to_torch(model), model, X, dtype=dtype)


@every_cell
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
@pytest.mark.parametrize("patch_length", [1, 2])
@pytest.mark.parametrize("X", [CUBE, RAGGED], ids=["3-D", "ragged"])
def test_poolings_and_patches(cell, bidirectional, pooling, patch_length, X):
    params = {"cell": CELLS[cell], "bidirectional": bidirectional, "num_layers": 2}
    model = fitted(LSTMRegressor, X, Y, pooling=pooling, patch_length=patch_length, **params)
    assert_same(to_torch(model), model, X)


@every_cell
@pytest.mark.parametrize("X", [TABLE, CUBE, RAGGED], ids=["table", "3-D", "ragged"])
def test_a_target_at_every_step(cell, X):
    y = [np.sin(np.arange(len(x)) + i) for i, x in enumerate(X)]
    labels = [np.where(steps > 0, "up", "down") for steps in y]
    y, labels = (y, labels) if X is RAGGED else (np.array(y), np.array(labels))
    model = fitted(LSTMRegressor, X, y, cell=CELLS[cell], return_sequences=True)
    assert_same(to_torch(model), model, X)
    model = fitted(LSTMClassifier, X, labels, cell=CELLS[cell], return_sequences=True)
    assert_same(to_torch(model), model, X, "predict_proba")


OUTPUT_FORMS = {
    "several": np.column_stack([Y, 5 - Y]),
    "one column": Y[:, np.newaxis],
    "one": Y,
}
LOSSES = [*losses.REGRESSION_LOSSES, losses.Quantile([0.1, 0.5, 0.9]), losses.Huber(0.3)]


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("form", OUTPUT_FORMS)
def test_losses_and_forms_of_y(loss, form):
    y = np.round(10 * np.abs(OUTPUT_FORMS[form]))
    model = fitted(LSTMRegressor, CUBE, y, loss=loss)
    assert_same(to_torch(model), model, CUBE)


def test_a_loss_of_several_quantiles_at_every_step():
    model = fitted(LSTMRegressor, TABLE, TABLE, return_sequences=True, loss=LOSSES[-2])
    assert_same(to_torch(model), model, TABLE)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_classifier(n_classes):
    y = np.where(LABELS == "flat", "up", LABELS) if n_classes == 2 else LABELS
    model = fitted(LSTMClassifier, RAGGED, y)
    module = to_torch(model)
    assert_same(module, model, RAGGED, "predict_proba")
    assert module.classes == sorted(set(y))
    logits = module.raw(tensors(RAGGED)).detach()
    found = np.array(module.classes)[logits.argmax(1)]
    np.testing.assert_array_equal(found, model.predict([x.astype("float32") for x in RAGGED]))


def test_several_labels_at_once():
    y = np.column_stack([Y > 0, Y > 0.5, Y < 0.2]).astype(int)
    model = fitted(LSTMClassifier, CUBE, y)
    assert_same(to_torch(model), model, CUBE, "predict_proba")


def test_a_custom_loss_that_predicts_as_one_of_ours():
    class Asymmetric(losses.SquaredError):
        def pointwise(self, raw, y):
            value, slope = super().pointwise(raw, y)
            return 3 * value, 3 * slope

    model = fitted(LSTMRegressor, CUBE, Y, loss=Asymmetric())
    assert_same(to_torch(model), model, CUBE)


def test_padded_packed_and_listed_sequences_are_the_same():
    model = fitted(LSTMRegressor, RAGGED, Y, pooling="mean", patch_length=2, bidirectional=True)
    module, xs = to_torch(model), tensors(RAGGED)
    expected = module(xs)
    padded = pad_sequence(xs, batch_first=True, padding_value=7.0)
    lengths = [len(x) for x in xs]
    for found in [
        module(padded, lengths),
        module(padded, torch.tensor(lengths)),
        module(pack_sequence(xs, enforce_sorted=False)),
    ]:
        torch.testing.assert_close(found, expected)
    each = torch.cat([module(x[None]) for x in xs])
    torch.testing.assert_close(each, expected)


@pytest.mark.parametrize("lengths", [[3], [3, 0], [3, 99], [[3, 2]]])
def test_lengths_that_are_refused(lengths):
    X = np.random.default_rng(0).standard_normal((20, 5, 2))
    module = to_torch(LSTMRegressor(2, max_iter=1, random_state=0).fit(X, X[:, 0, 0]))
    with pytest.raises(ValueError, match=r"expected 2 number\(s\) from 1 to 5"):
        module(torch.from_numpy(X[:2]), lengths=lengths)
    with pytest.raises(TypeError, match="x is a ndarray; expected a tensor"):
        module(X[:2])


def test_the_names_of_the_state_dict():
    model = fitted(LSTMRegressor, CUBE, Y, bidirectional=True)
    state = to_torch(model).state_dict()
    suffixes = ("_l0", "_l0_reverse")
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    rnn = {f"rnn.{name}{suffix}" for suffix in suffixes for name in names}
    assert set(state) == {*rnn, "head.weight", "head.bias", "target_mean", "target_scale"}
    np.testing.assert_array_equal(state["rnn.weight_hh_l0"], model.weights_["weight_hh_l0"])
    assert not state["rnn.bias_hh_l0"].any()


def test_a_module_is_saved_and_copied():
    model = fitted(LSTMClassifier, RAGGED, LABELS, pooling="attention", cell="gru")
    module, xs = to_torch(model), tensors(RAGGED)
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    another = to_torch(
        fitted(LSTMClassifier, RAGGED, LABELS[::-1], pooling="attention", cell="gru")
    )
    assert not torch.equal(another(xs), module(xs))
    another.load_state_dict(module.state_dict())
    for other in [
        torch.load(file, weights_only=False),
        copy.deepcopy(module),
        pickle.loads(pickle.dumps(module)),
        another,
    ]:
        assert torch.equal(other(xs), module(xs))
        assert other.classes == module.classes and not other.training


def test_a_module_has_memory_of_its_own():
    model = fitted(LSTMRegressor, CUBE, Y)
    before = model.predict(CUBE)
    module = to_torch(model)
    with torch.no_grad():
        for tensor in module.state_dict().values():
            tensor.zero_()
    np.testing.assert_array_equal(model.predict(CUBE), before)


@pytest.mark.filterwarnings("ignore:The tensor attributes self.rnn")  # of any LSTM of PyTorch
@pytest.mark.parametrize("patch_length", [1, 2])
def test_a_module_can_be_exported_by_pytorch(patch_length):
    model = fitted(LSTMRegressor, CUBE, Y, patch_length=patch_length, pooling="mean")
    module, x = to_torch(model), tensors(CUBE)
    program = torch.export.export(module, (x,))
    torch.testing.assert_close(program.module()(x), module(x))


def test_training_goes_on_in_pytorch_and_comes_back():
    model = fitted(LSTMRegressor, CUBE, 20 + 3 * Y, dropout=0.1, num_layers=2)
    module = to_torch(model).train()
    assert (module.rnn.dropout, module.dropout.p) == (0.1, 0.1)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    x, y = tensors(CUBE), torch.tensor(20 + 3 * Y, dtype=torch.float32)
    before = None
    for _ in range(30):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(module(x), y)
        before = before or loss.item()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.9 * before
    model.weights_ = from_torch(module.rnn, module.head).weights_
    assert_same(module.eval(), model, CUBE)


def refused(estimator, kind, match):
    with pytest.raises(kind, match=match):
        to_torch(estimator)


@pytest.mark.parametrize(
    "cell",
    [
        *("peephole", "cifg", "fgr", "diagonal"),
        *(cells.GRU(reset_after=False), cells.LSTM(gate_activation="hard_sigmoid")),
    ],
    ids=str,
)
def test_cells_that_pytorch_does_not_have(cell):
    model = fitted(LSTMRegressor, CUBE, Y, cell=cell)
    refused(model, ValueError, r"PyTorch has no layer for the cell .*'lstm', 'gru' and 'rnn'")


def test_a_custom_loss_that_predicts_in_its_own_way():
    class Rounded(losses.SquaredError):
        def point(self, raw):
            return np.round(raw)

    refused(fitted(LSTMRegressor, CUBE, Y, loss=Rounded()), ValueError, r"Rounded\(\) computes its")


# From a module to an estimator -------------------------------------------------------------------


def both(
    cell, num_layers=1, bidirectional=False, n_outputs=OUTPUTS, dtype=torch.float32, **options
):
    """A module with random weights, its head, and what PyTorch computes with them."""
    torch.manual_seed(0)
    make, kind = MODULES[cell]
    options |= {"bidirectional": bidirectional, "dtype": dtype, "batch_first": True} | kind
    rnn = make(C, H, num_layers, **options)
    head = torch.nn.Linear(H * (1 + bidirectional), n_outputs, dtype=dtype)
    return rnn, head


def outputs(rnn, head, x, pooling="last"):
    with torch.no_grad():
        h, final = rnn(x)
        final = final[0] if isinstance(final, tuple) else final
        features = {
            "last": torch.cat(list(final[-1 - rnn.bidirectional :]), -1),
            "mean": h.mean(1),
            "max": h.amax(1),
            "every": h,
        }
        return head(features[pooling]).numpy()


@every_cell
@every_structure
@every_dtype
@pytest.mark.parametrize("bias", [True, False])
def test_from_a_module(cell, num_layers, bidirectional, dtype, bias):
    kind = torch.float32 if dtype is np.float32 else torch.float64
    rnn, head = both(cell, num_layers, bidirectional, dtype=kind, bias=bias)
    expected = outputs(rnn, head, tensors(CUBE, dtype))
    model = from_torch(rnn, head)
    found = model.predict(CUBE)
    assert found.dtype == dtype and found.shape == (N, OUTPUTS)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 if dtype == np.float32 else 1e-12)
    assert_same(to_torch(model), model, CUBE, dtype=dtype)
    if cell in ("lstm", "gru"):  # a state dict does not say which activation an RNN has
        other = from_torch(rnn.state_dict(), head.state_dict())
        np.testing.assert_array_equal(other.predict(CUBE), found)


@every_cell
@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_poolings_of_a_module(cell, pooling):
    rnn, head = both(cell, 2, True, n_outputs=1)
    expected = outputs(rnn, head, tensors(CUBE), pooling)[:, 0]
    found = from_torch(rnn, head, pooling=pooling).predict(CUBE)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@every_cell
def test_an_output_at_every_step(cell):
    rnn, head = both(cell)
    model = from_torch(rnn, head, return_sequences=True)
    np.testing.assert_allclose(
        model.predict(CUBE), outputs(rnn, head, tensors(CUBE), "every"), rtol=0, atol=1e-5
    )
    each = [outputs(rnn, head, x[None], "every")[0] for x in tensors(RAGGED)]
    for found, expected in zip(model.predict(RAGGED), each, strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("classes", [["up", "down", "flat"], [3, 1, 2], [0, 1, 2]])
def test_a_head_with_an_output_for_each_class(classes):
    rnn, head = both("lstm", n_outputs=3)
    model = from_torch(rnn, head, classes=classes)
    logits = outputs(rnn, head, tensors(CUBE))
    np.testing.assert_array_equal(model.predict(CUBE), np.array(classes)[logits.argmax(1)])
    expected = torch.tensor(logits).softmax(1).numpy()[:, np.argsort(classes)]
    np.testing.assert_allclose(model.predict_proba(CUBE), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("classes", [["ok", "fault"], [False, True]])
def test_a_head_with_one_logit(classes):
    rnn, head = both("gru", n_outputs=1)
    torch.nn.init.constant_(head.bias, head.bias.item() - outputs(rnn, head, tensors(CUBE)).mean())
    logits = outputs(rnn, head, tensors(CUBE))[:, 0]
    model = from_torch(rnn, head, classes=classes)
    assert 0 < np.sum(logits > 0) < N
    np.testing.assert_array_equal(model.predict(CUBE), np.array(classes)[(logits > 0).astype(int)])
    second = model.predict_proba(CUBE)[:, list(model.classes_).index(classes[1])]
    np.testing.assert_allclose(second, torch.tensor(logits).sigmoid().numpy(), rtol=0, atol=1e-6)


def test_half_precision_becomes_float32():
    rnn, head = both("lstm")
    halves = [m.to(torch.bfloat16).state_dict() for m in copy.deepcopy((rnn, head))]
    model = from_torch(*halves)
    assert model.predict(CUBE).dtype == np.float32
    np.testing.assert_allclose(
        model.predict(CUBE), outputs(rnn, head, tensors(CUBE)), rtol=0, atol=0.02
    )


def test_modules_that_are_refused():
    rnn, head = both("lstm")
    for wrong, match in [
        (torch.nn.Sequential(rnn), r"module is a Sequential; expected torch.nn.LSTM, GRU or RNN"),
        (torch.nn.LSTMCell(C, H), r"module is a LSTMCell; expected"),
    ]:
        with pytest.raises(TypeError, match=match):
            from_torch(wrong, head)
    with pytest.raises(TypeError, match=r"head is a Sequential; expected torch.nn.Linear"):
        from_torch(rnn, torch.nn.Sequential(head))
    with pytest.raises(ValueError, match=r"projections, weight_hr_l0 of shape \(2, 4\)"):
        from_torch(torch.nn.LSTM(C, H, proj_size=2), torch.nn.Linear(2, 1))
    with pytest.raises(ValueError, match=r"of a torch.nn.RNN, which does not say"):
        from_torch(both("rnn")[0].state_dict(), head)
