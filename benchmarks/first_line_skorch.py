"""The default settings in skorch: are the scores due to the settings or to the code?

``OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python benchmarks/first_line_skorch.py`` compares the
test scores on some sets of first_line.py with those of PyTorch's LSTM in skorch. It has PyTorch's
initial weights, and the same rate, batches, epochs, patches, pooling, penalty, clipping and
standardised targets as sklstm. Also needs torch and skorch.
"""

import argparse
import time
import warnings
from functools import partial

import numpy as np
import torch
from first_line import is_of_classes, measure, parts
from skorch import NeuralNetClassifier, NeuralNetRegressor
from skorch.callbacks import GradientNormClipping, LRScheduler

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.preprocessing import Patches
from sklstm.schedules import Cooldown

CLASSES = ["GunPoint", "ArrowHead", "BasicMotions", "OSULeaf", "control charts", "digits"]
SERIES = ["elecequip", "hyndsight", "gas", "gasoline", "sunspot.year", "usmelec", "Nile"]


class Module(torch.nn.Module):
    """An LSTM with pooling and a linear head."""

    def __init__(self, n_inputs, n_outputs, hidden_size, pooling):
        super().__init__()
        self.lstm = torch.nn.LSTM(n_inputs, hidden_size, batch_first=True)
        self.head = torch.nn.Linear(hidden_size, n_outputs)
        self.pooling = pooling

    def forward(self, X):
        h, _ = self.lstm(X)
        return self.head(h[:, -1] if self.pooling == "last" else h.max(dim=1).values)


class Penalised:
    """Adds alpha / 2 times the squared norm of the weights to skorch's loss."""

    alpha = 0.0

    def get_loss(self, *args, training=False, **kwargs):
        loss = super().get_loss(*args, training=training, **kwargs)
        if training and self.alpha:
            weights = (p for name, p in self.module_.named_parameters() if "bias" not in name)
            loss = loss + 0.5 * self.alpha * sum((w**2).sum() for w in weights)
        return loss


class Classifier(Penalised, NeuralNetClassifier):
    """skorch's classifier, with the penalty."""


class Regressor(Penalised, NeuralNetRegressor):
    """skorch's regressor, with the penalty."""


def cooldown(epoch, max_epochs):
    """Return the factor of the learning rate in an epoch, as by `sklstm.schedules.Cooldown`."""
    return Cooldown(1.0).rate(epoch, max_epochs, {})


def by_skorch(name, seed):
    """Return the score of the same settings in skorch, and the processor time in seconds."""
    _, (X, y), (X_new, y_new) = parts(name, "test")
    classes = is_of_classes(y)
    # Fit for one epoch to determine the values of "auto" for these data.
    ours = (LSTMClassifier if classes else LSTMRegressor)()
    ours.set_params(max_iter=1).fit(X, y)
    max_epochs = type(ours)().max_iter
    if X.ndim == 2:
        X, X_new = X[:, :, np.newaxis], X_new[:, :, np.newaxis]
    patches = Patches(ours.patch_length_).fit(X)
    X, X_new = (patches.transform(x).astype(np.float32) for x in (X, X_new))
    labels, codes = np.unique(y, return_inverse=True)
    torch.manual_seed(seed)
    start = time.process_time()
    network = (Classifier if classes else Regressor)(
        Module,
        module__n_inputs=X.shape[2],
        module__n_outputs=len(labels) if classes else 1,
        module__hidden_size=ours.hidden_size,
        module__pooling=ours.pooling_,
        criterion=torch.nn.CrossEntropyLoss if classes else torch.nn.MSELoss,
        optimizer=torch.optim.Adam,
        lr=ours.learning_rate,
        batch_size=ours.batch_size_,
        max_epochs=max_epochs,
        iterator_train__shuffle=True,
        train_split=None,
        callbacks=[
            ("clip", GradientNormClipping(ours.max_grad_norm)),
            ("rate", LRScheduler("LambdaLR", lr_lambda=partial(cooldown, max_epochs=max_epochs))),
        ],
        verbose=0,
    )
    network.alpha = ours.alpha_
    mean, scale = y.mean() if not classes else 0, y.std() if not classes else 1
    target = codes if classes else ((y - mean) / scale).astype(np.float32)[:, np.newaxis]
    network.fit(X, target)
    seconds = time.process_time() - start
    if classes:
        return np.mean(labels[network.predict(X_new)] == y_new), seconds
    return np.mean((network.predict(X_new)[:, 0] * scale + mean - y_new) ** 2), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(parser.parse_args().seeds)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    print(f"{'':18}{'sklstm':>8}{'skorch':>8}{'time of skorch / ours':>24}")
    for name in CLASSES + SERIES:
        ours = np.array([measure(name, "test", {}, seed) for seed in seeds])
        theirs = np.array([by_skorch(name, seed) for seed in seeds])
        divisor = 1.0 if name in CLASSES else measure(name, "test", "ridge", 0)[0]
        scores = [np.median(values[:, 0]) / divisor for values in (ours, theirs)]
        ratio = np.median(theirs[:, 1]) / np.median(ours[:, 1])
        print(f"{name:18}{scores[0]:8.3f}{scores[1]:8.3f}{ratio:24.1f}", flush=True)


if __name__ == "__main__":
    main()
