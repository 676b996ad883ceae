"""The optimizers and the clipping against PyTorch's, step by step in float64."""

import numpy as np
import pytest
import torch

from sklstm.core.optimizers import SGD, Adam, AdamW, RMSprop, clip_by_global_norm

CASES = [
    (SGD(0.9, nesterov=True), torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    (SGD(0.8, nesterov=False), torch.optim.SGD, {"momentum": 0.8}),
    (SGD(0.0, nesterov=False), torch.optim.SGD, {}),
    (RMSprop(), torch.optim.RMSprop, {"alpha": 0.9}),
    (RMSprop(0.5, eps=1e-2), torch.optim.RMSprop, {"alpha": 0.5, "eps": 1e-2}),
    (Adam(), torch.optim.Adam, {}),
    (Adam(0.5, 0.9, 1e-2), torch.optim.Adam, {"betas": (0.5, 0.9), "eps": 1e-2}),
    (AdamW(), torch.optim.AdamW, {}),
    (AdamW(weight_decay=0.3), torch.optim.AdamW, {"weight_decay": 0.3}),
]


@pytest.mark.parametrize(
    ("optimizer", "torch_class", "options"), CASES, ids=[repr(case[0]) for case in CASES]
)
def test_same_path_as_torch(optimizer, torch_class, options):
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=8), rng.normal(size=(100, 8))
    ours, theirs = start.copy(), torch.nn.Parameter(torch.tensor(start))
    state = optimizer.init(ours, np.ones(8, bool))
    torch_optimizer = torch_class([theirs], lr=0.01, **options)
    for gradient in gradients:
        optimizer.update(ours, gradient, state, 0.01)
        theirs.grad = torch.tensor(gradient)
        torch_optimizer.step()
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("max_norm", [0.1, 1.0, 1e3])
def test_same_clipping_as_torch(max_norm):
    gradient = np.random.default_rng(0).normal(size=20)
    parameter = torch.nn.Parameter(torch.zeros(20, dtype=torch.float64))
    parameter.grad = torch.tensor(gradient)
    expected = float(torch.nn.utils.clip_grad_norm_([parameter], max_norm))
    assert clip_by_global_norm(gradient, max_norm) == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(gradient, parameter.grad.numpy(), rtol=1e-12)
