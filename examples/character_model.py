"""A character model: does its loss fall, and how soon does it know a text by heart?

The text, character_model.txt beside this script, has some 2,450 characters. It is read in windows
of 100, one at a time; h and c are carried from window to window, and each window is one update.

1. 100 hidden units. With Adam the loss falls; with plain gradient descent, rate 0.1 and nothing
   clipped, it hardly moves if a window's loss is the mean over its characters, and rises if it is
   their sum (ours is the mean, so that the sum's 0.1 is a rate of 10).
2. 128 hidden units, Adam. Updates until the cross-entropy of the whole text, read from its
   beginning by the trained model, is below 0.1233 nats a character, for five seeds.

With ``--full`` also a longer text, Python's help topics, of which a part is held out.
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
    """Training losses of 30 epochs, with 100 hidden units."""
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


def learn_by_heart(seed, goal=0.1233, most_epochs=100):
    """A model of 128 units, trained until its cross-entropy is below `goal`; and that one."""
    model = LSTMLanguageModel(128, random_state=seed, **CARRIED)
    for _ in range(most_epochs):
        loss = -model.partial_fit([TEXT]).score([TEXT])
        if loss < goal:
            return model, loss
    raise RuntimeError(f"seed {seed}: the cross-entropy is {loss:.4f} after {most_epochs} epochs")


def until_known():
    """Updates and minutes for five seeds, and samples of the last model."""
    per_epoch = -(-len(TEXT) // WINDOW)
    updates = []
    print("\nUntil the cross-entropy is below 0.1233 nats a character:")
    for seed in range(5):
        began = time.perf_counter()
        model, loss = learn_by_heart(seed)
        minutes = (time.perf_counter() - began) / 60
        updates.append(model.n_iter_ * per_epoch)
        print(
            f"seed {seed}: {updates[-1]} updates, {minutes:.2f} minutes, loss while training "
            f"{model.loss_:.4f}, of the trained model {loss:.4f}"
        )
    print(f"median {np.median(updates):.0f} updates, a window each (the write-up: 52,800)")
    for temperature in (0.5, 1.0):
        sample = model.sample(100, temperature=temperature, random_state=0)
        print(f"temperature {temperature}: {sample!r}")


def help_topics():
    """Python's help topics as one text, every paragraph once."""
    from pydoc_data.topics import topics

    paragraphs = "\n\n".join(topics.values()).split("\n\n")
    return "\n\n".join(dict.fromkeys(p.rstrip() for p in paragraphs if p.strip()))


def held_out_bits(n_epochs):
    """Train on nine tenths of the help topics; bits per character of the last tenth."""
    text = help_topics()
    train = text[: len(text) * 9 // 10]
    known = set(train)  # at level "char" there is no unknown character
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
    print(f"\nHelp topics, {len(train)} characters, then {len(test)} held out:")
    print(f"LSTM, {n_epochs} epochs  {bits:.3f} bits a character", end="")
    print(f", {(time.perf_counter() - began) / 60:.1f} minutes")
    print(f"xz -9            {8 * (packed[1] - packed[0]) / len(test):.3f} bits a character")
    print(model.sample(300, temperature=0.7, random_state=0))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help="train on a longer text, too")
    full = parser.parse_args().full
    compare_losses()
    until_known()
    if full:
        held_out_bits(n_epochs=10)
