"""Character-level language model: training loss, and time to memorise a short text.

The text, character_model.txt, has about 2,450 characters. Every window of 100 characters is one
update, and the hidden state is carried over from window to window.

1. 100 hidden units. With Adam, the loss decreases. With plain gradient descent at rate 0.1 and
   without clipping, it hardly changes if the loss is the mean over the characters of a window, and
   increases if it is the sum. (sklstm uses the mean: for the sum, the rate is 10.)
2. 128 hidden units, with Adam. Number of updates until the cross-entropy of the trained model on
   the whole text is below 0.1233 nats per character, for five seeds.

With ``--full``, also train on a longer text, Python's help topics, and test on the last tenth.
"""

import argparse
import lzma
import time
from pathlib import Path

import numpy as np

from sklstm import DivergenceError, LSTMLanguageModel
from sklstm.cells import LSTM
from sklstm.optimizers import SGD
from sklstm.schedules import Constant, CosineDecay

TEXT = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
WINDOW = 100
CARRIED = {"batch_size": 1, "bptt_steps": WINDOW, "dropout": 0.0, "recurrent_dropout": 0.0}


def compare_losses():
    """Print the training losses of 30 epochs, with 100 hidden units."""
    plain = SGD(momentum=0.0)
    rules = {
        "Adam, rate 0.01, clipped": {},
        "descent, 0.1 of the mean": {
            "optimizer": plain,
            "learning_rate": Constant(0.1),
            "max_grad_norm": None,
        },
        "descent, 0.1 of the sum": {
            "optimizer": plain,
            "learning_rate": Constant(0.1 * WINDOW),
            "max_grad_norm": None,
        },
    }
    epochs = [1, 2, 3, 5, 10, 20, 30]
    print("Training loss in epoch   " + "".join(f"{epoch:8d}" for epoch in epochs))
    for name, rule in rules.items():
        model = LSTMLanguageModel(
            100, cell=LSTM(forget_bias=1.0), max_iter=30, random_state=0, **CARRIED, **rule
        )
        try:
            curve = model.fit([TEXT]).loss_curve_
        except DivergenceError as error:
            print(f"{name:25}{error}")
        else:
            print(f"{name:25}" + "".join(f"{curve[epoch - 1]:8.3f}" for epoch in epochs))


def memorise(seed, goal=0.1233, max_epochs=100):
    """Train a model of 128 units until its cross-entropy is below `goal`; return both."""
    model = LSTMLanguageModel(128, random_state=seed, **CARRIED)
    for _ in range(max_epochs):
        loss = -model.partial_fit([TEXT]).score([TEXT])
        if loss < goal:
            return model, loss
    raise RuntimeError(f"seed {seed}: the cross-entropy is {loss:.4f} after {max_epochs} epochs")


def count_updates():
    """Print the number of updates and minutes for five seeds, and samples of the last model."""
    per_epoch = -(-len(TEXT) // WINDOW)
    updates = []
    print("\nUpdates until the cross-entropy is below 0.1233 nats per character:")
    for seed in range(5):
        began = time.perf_counter()
        model, loss = memorise(seed)
        minutes = (time.perf_counter() - began) / 60
        updates.append(model.n_iter_ * per_epoch)
        print(
            f"seed {seed}: {updates[-1]} updates, {minutes:.2f} minutes, training loss "
            f"{model.loss_:.4f}, loss of the trained model {loss:.4f}"
        )
    print(f"median {np.median(updates):.0f} updates, a window each (the write-up: 52,800)")
    for temperature in (0.5, 1.0):
        sample = model.sample(100, temperature=temperature, random_state=0)
        print(f"temperature {temperature}: {sample!r}")


def help_topics():
    """Return Python's help topics as one text, without repeated paragraphs."""
    from pydoc_data.topics import topics

    paragraphs = "\n\n".join(topics.values()).split("\n\n")
    return "\n\n".join(dict.fromkeys(p.rstrip() for p in paragraphs if p.strip()))


def test_longer_text(n_epochs):
    """Train on nine tenths of the help topics; print the bits per character of the last tenth."""
    text = help_topics()
    train = text[: len(text) * 9 // 10]
    known = set(train)  # level "char" has no token for unknown characters
    test = "".join(character for character in text[len(train) :] if character in known)
    model = LSTMLanguageModel(
        256,
        recurrent_dropout=0.0,
        learning_rate=CosineDecay(0.005),
        batch_size=16,
        bptt_steps=50,
        max_iter=n_epochs,
        random_state=0,
    )
    began = time.perf_counter()
    model.fit([train])
    bits = -model.score([test]) / np.log(2)
    packed = [len(lzma.compress(part.encode(), preset=9)) for part in (train, train + test)]
    print(f"\nHelp topics, {len(train)} characters for training, {len(test)} for the test:")
    print(f"LSTM, {n_epochs} epochs  {bits:.3f} bits per character", end="")
    print(f", {(time.perf_counter() - began) / 60:.1f} minutes")
    print(f"xz -9            {8 * (packed[1] - packed[0]) / len(test):.3f} bits per character")
    print(model.sample(300, temperature=0.7, random_state=0))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help="also train on a longer text")
    full = parser.parse_args().full
    compare_losses()
    count_updates()
    if full:
        test_longer_text(n_epochs=10)
