"""skorch around the PyTorch modules: scikit-learn's interface, as sklstm has it."""

import skorch
import torch

from .cases import BATCH, CLIP, RATE, ROW, STEP, NetworkCase
from .contestant import Contestant
from .torch_ import Module


class Skorch(Contestant):
    packages = ("skorch",)

    def __init__(self, threads):
        super().__init__(threads)
        torch.set_num_threads(threads)

    def prepare_network(self, case, fitted):
        if case.lengths == "ragged":
            return {}  # skorch has no packed sequences
        net, (X, y) = _net(case, 1), case.arrays()
        net.initialize().module_.load(fitted.weights)
        y = y if case.classes else y[:, None]
        predict = net.predict_proba if case.classes else lambda X: net.predict(X)[:, 0]
        return {
            STEP: lambda: net.partial_fit(X, y),
            BATCH: lambda: predict(X),
            ROW: lambda: predict(X[:1]),
        }

    def outputs_after_step(self, case, weights):
        """Outputs with the weights and after one training step, in which the zero bias stays."""
        net, (X, y) = _net(case, 1), case.arrays()
        module = net.initialize().module_.load(weights)
        for name, parameter in module.rnn.named_parameters():
            parameter.requires_grad_(not name.startswith("bias_hh"))
        before = net.predict(X)[:, 0].copy()
        return before, net.partial_fit(X, y[:, None]).predict(X)[:, 0]

    def prepare_fit(self, case, fitted):
        X, y = case.arrays()
        y = y[:, None]
        net, trained = _net(_as_network(case), case.epochs), _net(_as_network(case), 1)
        trained.fit(X[: case.B], y[: case.B])
        return {"fit": lambda: net.fit(X, y), "predict": lambda: trained.predict(X)}


def _as_network(case):
    """The network of a whole fit."""
    return NetworkCase(case.C, case.H, case.T, case.B)


def _net(case, epochs):
    kind = skorch.NeuralNetClassifier if case.classes else skorch.NeuralNetRegressor
    loss = torch.nn.CrossEntropyLoss if case.classes else torch.nn.MSELoss
    return kind(
        Module,
        module__case=case,
        criterion=loss,
        optimizer=torch.optim.Adam,
        optimizer__fused=True,
        lr=RATE,
        batch_size=case.B,
        max_epochs=epochs,
        train_split=None,
        verbose=0,
        callbacks=[skorch.callbacks.GradientNormClipping(CLIP)],
    )


CONTESTANT = Skorch
